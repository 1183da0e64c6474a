//! What was asked before, by whomever, changes no verdict.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Hook, Site, Tamper};
use bailiwick::model::Checking;
use bailiwick::wire::{EdeCode, Rcode, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const RECORDS: &str = "www A 198.51.100.1\nwww TXT \"x\"\n*.wild A 198.51.100.2\nalias CNAME www\n";

fn world() -> World {
    World::new([
        ("v", signed("v.test.", RECORDS)),
        ("3", signed("n3.test.", RECORDS).chain(nsec3(0))),
        ("u", Site::unsigned("u.test.", RECORDS)),
    ])
}

const GOOD: &[Row] = &[
    ("www.v.test.", "A", SECURE),
    ("www.v.test.", "MX", NO_DATA),
    ("no.v.test.", "A", NO_NAME),
    ("any.wild.v.test.", "A", SECURE),
    ("alias.v.test.", "A", SECURE),
    ("www.n3.test.", "MX", NO_DATA),
    ("no.n3.test.", "A", NO_NAME),
    ("any.wild.n3.test.", "A", SECURE),
    ("www.u.test.", "A", INSECURE),
    ("no.u.test.", "A", INSECURE_NO_NAME),
];

/// A hook that can be switched off.
fn while_on(switch: &Rc<Cell<bool>>, mut hook: Hook) -> Hook {
    let switch = Rc::clone(switch);
    Box::new(move |passing| !switch.get() || hook(passing))
}

/// RFC 4035 section 3.2.2: whatever was fetched for clients that check by themselves, forged in every way, is not what others
/// are told.
#[tokio::test(start_paused = true)]
async fn cd_fetches_poison_nothing() {
    let world = world();
    let forgeries = [
        Tamper::StripSignatures,
        Tamper::DropDenials,
        Tamper::AlterAnswer,
        Tamper::EmptyAnswer,
        Tamper::FalseNameError,
        Tamper::DropDs,
        Tamper::Smuggle(a("www.v.test.", 66)),
    ];
    for forgery in forgeries {
        let switch = Rc::new(Cell::new(true));
        let bench = Bench::new(&world).hooked(while_on(&switch, forgery.clone().hook(None)));
        for (asked, kind, _) in GOOD {
            bench.ask_checking(asked, kind, Checking::Disabled).await;
        }
        switch.set(false);
        // What was malformed is the failure of a server, which answers all for a second (RFC 9520 section 3.2).
        tokio::time::sleep(Duration::from_secs(2)).await;
        for row in GOOD.iter().copied() {
            let answer = bench.ask(row.0, row.1).await;
            bench.assert(&format!("{forgery:?} {} {}", row.0, row.1), &answer, rtype(row.1), row.2);
        }
    }
}

/// The other way round: after a verdict the data for CD=1 are still there, and are no verdict.
#[tokio::test(start_paused = true)]
async fn verdicts_do_not_leak_to_cd() {
    let world = world();
    let hook = || {
        on_all(vec![("www.v.test.", RrType::A), ("no.v.test.", RrType::A)], |reply| {
            reply
                .answer
                .iter_mut()
                .chain(&mut reply.authority)
                .for_each(|set| set.signatures.clear());
        })
    };
    let bench = Trial::of(&world).hook(hook).bench();
    for (asked, rcode) in [("www.v.test.", Rcode::NOERROR), ("no.v.test.", Rcode::NXDOMAIN)] {
        for _ in 0..2 {
            let answer = bench.ask(asked, "A").await;
            assert!(answer.security.is_bogus(), "{}", tell(&answer));
            let answer = bench.ask_checking(asked, "A", Checking::Disabled).await;
            assert_eq!(answer.rcode, rcode, "{}", tell(&answer));
            assert!(!answer.security.is_secure(), "{}", tell(&answer));
        }
    }
}

/// A denial of one type says nothing of another, nor of the name; and one that failed leaves what is good alone. What is
/// good settles other questions (RFC 8198), which is not what is tried here.
#[tokio::test(start_paused = true)]
async fn one_message_is_not_another() {
    let world = world();
    let hook = || {
        on("www.v.test.", RrType::MX, |reply| {
            reply.header.rcode = Rcode::NXDOMAIN;
            reply.authority.retain(|set| set.rtype == RrType::SOA);
        })
    };
    Trial::of(&world)
        .settings(|settings| settings.aggressive_denial = false)
        .hook(hook)
        .expect(&[
            ("www.v.test.", "A", SECURE),
            ("www.v.test.", "MX", bogus(EdeCode::NSEC_MISSING)),
            ("www.v.test.", "TXT", SECURE),
            ("www.v.test.", "AAAA", NO_DATA),
        ])
        .await;
}

/// Secure and insecure, found under one alias and asked for alone.
#[tokio::test(start_paused = true)]
async fn every_order_of_questions() {
    let world = world();
    Trial::of(&world).expect(GOOD).await;
    let hook = || {
        on_all(vec![("www.v.test.", RrType::A), ("alias.v.test.", RrType::A)], |reply| {
            let www = name("www.v.test.");
            reply
                .answer
                .iter_mut()
                .filter(|set| set.owner == www)
                .for_each(|set| set.signatures.clear());
        })
    };
    Trial::of(&world)
        .hook(hook)
        .expect(&[
            ("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING)),
            ("www.v.test.", "TXT", SECURE),
            ("alias.v.test.", "CNAME", SECURE),
            ("alias.v.test.", "TXT", SECURE),
            ("alias.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING)),
        ])
        .await;
}

/// Forgotten and asked again; and asked again when lives are over.
#[tokio::test(start_paused = true)]
async fn flushed_and_outlived() {
    let world = world();
    let bench = Bench::new(&world);
    for round in 0..3 {
        for row in GOOD.iter().copied() {
            bench.expect(row).await;
            let kind = rtype(row.1);
            if round == 0 {
                bench.shared.cache.findings.remove(&name(row.0), kind);
            }
            bench.shared.cache.keys.remove(&name("v.test."));
            bench.expect(row).await;
        }
        tokio::time::sleep(Duration::from_secs(5_000 * round)).await;
    }
}

/// A failure is told from memory for a short time, and not for longer (RFC 9520 section 3.2).
#[tokio::test(start_paused = true)]
async fn failures_pass() {
    let world = world();
    let switch = Rc::new(Cell::new(true));
    let strip = while_on(&switch, Tamper::StripSignatures.hook(None));
    let bench = Bench::new(&world).hooked(strip);
    bench.expect(("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))).await;
    let sent = bench.network.queries();
    bench.expect(("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))).await;
    assert_eq!(bench.network.queries(), sent);
    switch.set(false);
    tokio::time::sleep(Duration::from_secs(6)).await;
    bench.expect(("www.v.test.", "A", SECURE)).await;
}
