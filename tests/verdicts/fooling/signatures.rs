//! Signatures that are good and not the right ones.

use bailiwick::lab::{Role, Site};
use bailiwick::wire::{EdeCode, RrSet, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n*.wild A 198.51.100.2\n";

fn world() -> World {
    World::new([
        ("v", signed("v.test.", WWW)),
        ("c", signed("c.v.test.", WWW)),
        ("p", signed("p.test.", WWW)),
        ("p", signed("c.p.test.", WWW)),
        ("e", signed("evil.test.", WWW)),
    ])
}

async fn bogus_when(world: &World, asked: &'static str, set: RrSet, code: EdeCode) {
    let hook = || {
        let set = set.clone();
        on(asked, RrType::A, move |reply| {
            if reply.header.flags.authoritative {
                reply.answer = vec![set.clone()];
            }
        })
    };
    Trial::of(world).alone().hook(hook).expect(&[(asked, "A", bogus(code))]).await;
}

/// RFC 4035 section 5.3.1: the signer is the zone that contains the RRset; not its parent, its child, or a neighbour.
#[tokio::test(start_paused = true)]
async fn by_a_zone_that_does_not_own_it() {
    let world = world();
    for (owner, signer) in [
        ("www.v.test.", "evil.test."),
        ("www.v.test.", "test."),
        ("www.v.test.", "."),
        ("www.v.test.", "c.v.test."),
        ("www.c.v.test.", "v.test."),
        ("v.test.", "c.v.test."),
        // Parent and child on one server: nothing but the child's own apex tells them apart.
        ("www.c.p.test.", "p.test."),
        ("c.p.test.", "p.test."),
    ] {
        println!("{owner} by {signer}");
        bogus_when(&world, owner, sign(a(owner, 66), signer), EdeCode::RRSIGS_MISSING).await;
    }
}

/// The signer's name is written right, and the key is another zone's.
#[tokio::test(start_paused = true)]
async fn by_a_key_of_another_zone() {
    let set = a("www.v.test.", 66);
    let forged = Forgery::of(&set, "v.test.", key_of_zone("evil.test.")).sign(set);
    bogus_when(&world(), "www.v.test.", forged, EdeCode::DNSKEY_MISSING).await;
}

/// RFC 4035 section 5.3.1: not more labels than the owner; and not fewer than the signer, or it would be a wildcard of a zone
/// above.
#[tokio::test(start_paused = true)]
async fn with_impossible_labels() {
    for labels in [0, 1, 4, 5, 127, 255] {
        let set = a("www.v.test.", 66);
        let forgery = Forgery { labels, ..Forgery::of(&set, "v.test.", key_of_zone("v.test.")) };
        bogus_when(&world(), "www.v.test.", forgery.sign(set), EdeCode::DNSSEC_BOGUS).await;
    }
}

/// The wildcard's RRset given for a name that exists, and for one that a closer wildcard or name covers.
#[tokio::test(start_paused = true)]
async fn expanded_where_a_name_exists() {
    let world = World::new([(
        "w",
        signed("w.test.", "* A 198.51.100.1\nwww TXT \"x\"\nsub.www TXT \"x\"\n"),
    )]);
    let zone = world.zone("w.test.");
    let wildcard = zone.get(&name("*.w.test."), RrType::A).expect("there").clone();
    for asked in ["www.w.test.", "x.www.w.test."] {
        let hook = || {
            let set = RrSet { owner: name(asked), ..wildcard.clone() };
            on(asked, RrType::A, move |reply| {
                reply.header.rcode = bailiwick::wire::Rcode::NOERROR;
                reply.answer = vec![set.clone()];
            })
        };
        let bench = Trial::of(&world).hook(hook).bench();
        let answer = bench.ask(asked, "A").await;
        assert!(
            answer.security.is_bogus() && answer.answer.is_empty(),
            "{asked}: {}",
            tell(&answer)
        );
    }
}

/// Of another type, class or TTL than what was signed.
#[tokio::test(start_paused = true)]
async fn over_something_else() {
    let world = world();
    let other = sign(RrSet { rtype: RrType::TXT, ..a("www.v.test.", 66) }, "v.test.");
    let forged = RrSet { signatures: other.signatures, ..a("www.v.test.", 66) };
    bogus_when(&world, "www.v.test.", forged, EdeCode::RRSIGS_MISSING).await;
    let more = sign(a("www.v.test.", 1), "v.test.");
    let forged = RrSet { rdatas: [more.rdatas.clone(), a("x.", 66).rdatas].concat(), ..more };
    bogus_when(&world, "www.v.test.", forged, EdeCode::DNSSEC_BOGUS).await;
}

/// A zone that a signed parent delegates as `*`: it owns what is literally there, and answers for nobody else.
#[tokio::test(start_paused = true)]
async fn planted_as_a_wildcard_from_below() {
    let world = World::new([
        ("v", signed("v.test.", "www A 198.51.100.1\n")),
        ("e", signed("e.v.test.", "* A 198.51.100.66\n*.x TXT \"planted\"\n")),
    ]);
    let planted =
        world.zone("e.v.test.").get(&name("*.e.v.test."), RrType::A).expect("there").clone();
    for asked in ["no.v.test.", "www.v.test.", "*.v.test."] {
        let set = RrSet { owner: name(asked), ..planted.clone() };
        bogus_when(&world, asked, set, EdeCode::RRSIGS_MISSING).await;
    }
    // Known as a wildcard in its own zone, it still answers for no name above.
    let bench = Bench::new(&world);
    bench.expect(("*.e.v.test.", "A", SECURE)).await;
    bench.expect(("any.e.v.test.", "A", SECURE)).await;
    bench.expect(("no.v.test.", "A", NO_NAME)).await;
}

/// One zone signs with a key that another publishes; an unsigned zone between.
#[tokio::test(start_paused = true)]
async fn across_an_insecure_zone() {
    let world = World::new([
        ("v", signed("v.test.", WWW)),
        ("u", Site::unsigned("u.v.test.", WWW)),
        ("s", Site::signed("s.u.v.test.", WWW, vec![key(key_of("v.test."), Role::Combined)])),
    ]);
    Trial::of(&world)
        .expect(&[("www.s.u.v.test.", "A", INSECURE), ("www.u.v.test.", "A", INSECURE)])
        .await;
}
