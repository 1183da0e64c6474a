//! `dnssec.validation: log`: failures are told, and what failed is given all the same; and `false`.

use bailiwick::dnssec::Security;
use bailiwick::lab::{Expectation, Fault, Outcome};
use bailiwick::resolver::{Settings, Validation};
use bailiwick::wire::{EdeCode, Rcode, RrType};

use crate::asking::*;
use crate::forging::on;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\nalias CNAME www\n";

fn world() -> World {
    World::new([
        ("g", signed("good.test.", "www A 198.51.100.2\nto CNAME www.expired.test.\n")),
        ("e", signed("expired.test.", WWW).fault(Fault::Expired)),
        ("d", signed("ds.test.", WWW).fault(Fault::DsAltered)),
        ("s", signed("stripped.test.", WWW).fault(Fault::Stripped)),
        ("n", signed("no-denial.test.", WWW).fault(Fault::NoDenial)),
    ])
}

fn logging(settings: &mut Settings) {
    settings.validation = Validation::Log;
}

const fn all_the_same(outcome: Outcome, code: EdeCode) -> Expectation {
    Expectation::Insecure(outcome, Some(code))
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_and_answered() {
    let world = world();
    let rows = &[
        ("www.expired.test.", "A", all_the_same(Outcome::Answer, EdeCode::SIGNATURE_EXPIRED)),
        ("no.expired.test.", "A", all_the_same(Outcome::NameError, EdeCode::SIGNATURE_EXPIRED)),
        ("www.expired.test.", "MX", all_the_same(Outcome::NoData, EdeCode::SIGNATURE_EXPIRED)),
        ("alias.expired.test.", "A", all_the_same(Outcome::Answer, EdeCode::SIGNATURE_EXPIRED)),
        ("to.good.test.", "A", all_the_same(Outcome::Answer, EdeCode::SIGNATURE_EXPIRED)),
        ("www.ds.test.", "A", all_the_same(Outcome::Answer, EdeCode::DNSKEY_MISSING)),
        ("www.stripped.test.", "A", all_the_same(Outcome::Answer, EdeCode::RRSIGS_MISSING)),
        ("no.no-denial.test.", "A", all_the_same(Outcome::NameError, EdeCode::NSEC_MISSING)),
        ("www.no-denial.test.", "A", SECURE),
        ("www.good.test.", "A", SECURE),
        ("no.good.test.", "A", NO_NAME),
    ];
    Trial::of(&world).settings(logging).alone().expect(rows).await;
}

/// Keys that cannot be had: SERVFAIL where failures count, the answer where they do not.
#[tokio::test(start_paused = true)]
async fn unreachable_keys_are_told_and_the_answer_given() {
    let world = world();
    let refuse = || {
        on("good.test.", RrType::DNSKEY, |reply| {
            reply.header.rcode = Rcode::REFUSED;
            reply.answer.clear();
        })
    };
    let strict = Trial::of(&world).hook(refuse).bench();
    let answer = strict.ask("www.good.test.", "A").await;
    assert_eq!((answer.rcode, answer.errors[0].code), (Rcode::SERVFAIL, EdeCode::NETWORK_ERROR));
    let lenient = Trial::of(&world).settings(logging).hook(refuse).bench();
    lenient
        .expect(("www.good.test.", "A", all_the_same(Outcome::Answer, EdeCode::NETWORK_ERROR)))
        .await;
}

/// What was not judged for want of budget is given, and not kept.
#[tokio::test(start_paused = true)]
async fn a_limit_is_told_and_not_kept() {
    let world = world();
    let tight = |s: &mut Settings| {
        logging(s);
        s.limits.good_signatures = 2;
    };
    let bench = Trial::of(&world).settings(tight).bench();
    let answer = bench.ask("www.good.test.", "A").await;
    assert_eq!((answer.rcode, answer.answer.len()), (Rcode::NOERROR, 1), "{}", tell(&answer));
    assert!(
        !answer.security.is_secure() && answer.errors[0].text.contains("good-signatures"),
        "{}",
        tell(&answer)
    );
    // With the keys learnt so far the next question gets further, and in the end through.
    for _ in 0..3 {
        bench.ask("www.good.test.", "A").await;
    }
    bench.expect(("www.good.test.", "A", SECURE)).await;
}

#[tokio::test(start_paused = true)]
async fn off_nothing_is_judged() {
    let world = world();
    let bench = Trial::of(&world).settings(|s| s.validation = Validation::Off).bench();
    for asked in ["www.good.test.", "www.expired.test.", "www.ds.test."] {
        let answer = bench.ask(asked, "A").await;
        assert_eq!((answer.rcode, answer.security), (Rcode::NOERROR, Security::Indeterminate));
    }
    let transcript = bench.network.transcript();
    assert!(!transcript.contains("DNSKEY"), "{transcript}");
}
