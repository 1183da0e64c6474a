//! What the header says against what is proven.

use bailiwick::wire::{EdeCode, Message, Rcode, RrSet, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const RECORDS: &str =
    "www A 198.51.100.1\nalias CNAME www\nfar CNAME www.o.test.\nd DNAME o.test.\n";

fn world() -> World {
    World::new([
        ("v", signed("v.test.", RECORDS)),
        ("o", signed("o.test.", "www A 198.51.100.2\n")),
    ])
}

/// NXDOMAIN beside an answer, or behind an alias whose target exists: the data are proven.
#[tokio::test(start_paused = true)]
async fn name_errors_beside_data() {
    let world = world();
    let say = |rcode: Rcode| move |reply: &mut Message| reply.header.rcode = rcode;
    for (asked, kind, expected) in [
        ("www.v.test.", "A", SECURE),
        ("alias.v.test.", "A", SECURE),
        ("far.v.test.", "A", SECURE),
        ("www.d.v.test.", "A", SECURE),
        ("www.v.test.", "MX", NO_DATA),
        ("alias.v.test.", "MX", NO_DATA),
        ("far.v.test.", "MX", NO_DATA),
    ] {
        for rcode in [Rcode::NXDOMAIN, Rcode::YXDOMAIN] {
            if rcode == Rcode::YXDOMAIN && kind == "MX" && asked.starts_with("www") {
                continue; // neither an answer nor a denial
            }
            let hook = || on(asked, rtype(kind), say(rcode));
            Trial::of(&world).hook(hook).expect(&[(asked, kind, expected)]).await;
        }
    }
}

/// The genuine answer to another name's question of the same zone, denial and all.
#[tokio::test(start_paused = true)]
async fn denials_behind_an_alias_are_of_its_target() {
    let world = world();
    // A denial of a name of v.test. behind an alias into o.test.
    let zone = world.zone("v.test.");
    let proof: Vec<RrSet> = zone
        .rrsets()
        .filter(|set| matches!(set.rtype, RrType::NSEC | RrType::SOA))
        .cloned()
        .collect();
    for rcode in [Rcode::NXDOMAIN, Rcode::NOERROR] {
        let hook = || {
            let proof = proof.clone();
            on("far.v.test.", RrType::A, move |reply| {
                reply.header.rcode = rcode;
                reply.authority = proof.clone();
            })
        };
        Trial::of(&world).hook(hook).expect(&[("far.v.test.", "A", SECURE)]).await;
    }
}

/// RFC 6672 section 2.2: YXDOMAIN by a DNAME that nobody signed, or that does not make too long a name.
#[tokio::test(start_paused = true)]
async fn too_long_by_a_forged_dname() {
    let long = format!("{}.{}.{}.t.test.", "a".repeat(63), "b".repeat(63), "c".repeat(63));
    let asked: &'static str = Box::leak(format!("{}.www.v.test.", "x".repeat(60)).into_boxed_str());
    let hook = || {
        let forged = pointing("www.v.test.", RrType::DNAME, &long);
        on(asked, RrType::A, move |reply| {
            deny(reply, Rcode::YXDOMAIN, &[]);
            reply.answer = vec![forged.clone()];
        })
    };
    let world = world();
    Trial::of(&world).hook(hook).expect(&[(asked, "A", bogus(EdeCode::RRSIGS_MISSING))]).await;
}

/// Data and a denial of it in one response: what is proven of the name asked for is the data.
#[tokio::test(start_paused = true)]
async fn data_beside_a_denial() {
    let world = world();
    let zone = world.zone("v.test.");
    let denials: Vec<RrSet> =
        zone.rrsets().filter(|set| set.rtype == RrType::NSEC).cloned().collect();
    let hook = || {
        let denials = denials.clone();
        on("www.v.test.", RrType::A, move |reply| {
            reply.authority.extend(denials.clone());
            reply.authority.extend(
                denials.iter().map(|set| RrSet { rtype: RrType::SOA, ..set.clone() }).take(1),
            );
        })
    };
    let bench = Trial::of(&world).hook(hook).bench();
    for _ in 0..2 {
        let answer = bench.ask("www.v.test.", "A").await;
        bench.assert("data", &answer, RrType::A, SECURE);
        assert!(answer.authority.is_empty(), "{}", tell(&answer));
    }
    bench.expect(("www.v.test.", "MX", NO_DATA)).await;
    // A forged answer beside the genuine denial of it.
    let hook = || {
        on("no.v.test.", RrType::A, |reply| {
            reply.header.rcode = Rcode::NOERROR;
            reply.answer = vec![a("no.v.test.", 66)];
        })
    };
    Trial::of(&world)
        .hook(hook)
        .expect(&[("no.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))])
        .await;
}

/// AD and CD as upstream servers set them mean nothing (RFC 4035 section 4.6).
#[tokio::test(start_paused = true)]
async fn the_word_of_upstream_flags() {
    let world = world();
    let hook = || {
        on("www.v.test.", RrType::A, |reply| {
            (reply.header.flags.authentic_data, reply.header.flags.checking_disabled) =
                (true, true);
            reply.answer.iter_mut().for_each(|set| set.signatures.clear());
        })
    };
    Trial::of(&world)
        .hook(hook)
        .expect(&[("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))])
        .await;
}
