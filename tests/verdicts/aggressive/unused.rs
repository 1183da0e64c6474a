//! What never settles anything.

use bailiwick::dnssec::NegativeTrustAnchor;
use bailiwick::dnssec::NegativeTrustAnchors;
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::Hook;
use bailiwick::model::{Checking, Source};
use bailiwick::resolver::{Settings, Validation};
use bailiwick::wire::{EdeCode, RrType};

use super::*;
use crate::forging::{nsec, on, sign};

/// RFC 8198 section 5.2, RFC 5155 section 9.2: an Opt-Out span denies nothing. The record at a name still says which
/// types it has.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_2_opt_out_spans_settle_nothing() {
    let world = World::new([("z", signed("z.test.", RECORDS).chain(opt_out()))]);
    let bench = Bench::new(&world);
    for number in 0..20 {
        let asked = format!("{number}.z.test.");
        let before = bench.network.queries();
        let answer = bench.ask(&asked, "A").await;
        bench.assert(&asked, &answer, RrType::A, INSECURE_NO_NAME);
        assert!(bench.network.queries() > before, "{asked}");
    }
    for (row, expected) in [
        (("q.w.z.test.", "A", INSECURE), Paid),
        (("r.w.z.test.", "A", INSECURE), Paid),
        (("a.z.test.", "MX", NO_DATA), Paid),
        (("a.z.test.", "TXT", NO_DATA), Free),
    ] {
        assert_eq!(cost(&bench, row).await, expected, "{} {}", row.0, row.1);
    }
}

/// RFC 9276 section 3.2: more iterations than are computed make the denial insecure, and nothing secure comes of it.
#[tokio::test(start_paused = true)]
async fn rfc9276_s3_2_too_many_iterations_settle_nothing() {
    let world = World::new([("z", signed("z.test.", RECORDS).chain(nsec3(51)))]);
    let bench = Bench::new(&world);
    let code = Some(EdeCode::UNSUPPORTED_NSEC3_ITERATIONS);
    for number in 0..12 {
        let asked = format!("{number}.z.test.");
        let before = bench.network.queries();
        let answer = bench.ask(&asked, "A").await;
        let expected =
            bailiwick::lab::Expectation::Insecure(bailiwick::lab::Outcome::NameError, code);
        bench.assert(&asked, &answer, RrType::A, expected);
        assert!(bench.network.queries() > before, "{asked}");
    }
}

/// RFC 8198 appendix A: who checks for himself is told what the servers say; and what he was told settles nothing.
#[tokio::test(start_paused = true)]
async fn rfc8198_a_checking_disabled() {
    let world = world();
    let bench = Bench::new(&world);
    bench.ask_checking("b.z.test.", "A", Checking::Disabled).await;
    assert_eq!(cost(&bench, ("bb.z.test.", "A", NO_NAME)).await, Paid);
    assert_eq!(cost(&bench, ("bc.z.test.", "A", NO_NAME)).await, Free);
    let before = bench.network.queries();
    bench.ask_checking("bd.z.test.", "A", Checking::Disabled).await;
    assert!(bench.network.queries() > before);
}

/// RFC 8198 section 9: without validation there is nothing that could settle anything.
#[tokio::test(start_paused = true)]
async fn rfc8198_s9_switched_off() {
    let world = world();
    let changes: [fn(&mut Settings); 2] =
        [|s| s.aggressive_denial = false, |s| s.validation = Validation::Off];
    for change in changes {
        let bench = Trial::of(&world).settings(change).bench();
        for asked in ["b.z.test.", "bb.z.test."] {
            let before = bench.network.queries();
            bench.ask(asked, "A").await;
            assert!(bench.network.queries() > before, "{asked}");
        }
    }
}

/// What did not verify, what another zone signed, and what lies outside its signer.
#[tokio::test(start_paused = true)]
async fn rfc8198_s9_bogus_and_foreign_records_settle_nothing() {
    let world = world();
    let unsigned: fn() -> Hook = || {
        on("b.z.test.", RrType::A, |reply| {
            reply.authority.iter_mut().for_each(|set| {
                set.signatures.iter_mut().for_each(|s| {
                    if let Some(last) = s.last_mut() {
                        *last ^= 1;
                    }
                });
            });
        })
    };
    let bench = Bench::new(&world).hooked(unsigned());
    assert!(bench.ask("b.z.test.", "A").await.security.is_bogus());
    assert_eq!(cost(&bench, ("bb.z.test.", "A", NO_NAME)).await, Paid);
    // z.test. signs a span over all of test., and one over all of its own with a key that is not its own.
    let outside = nsec("a.test.", "zzz.test.", &[RrType::A]);
    let inside = sign(nsec("a.z.test.", "zzz.z.test.", &[RrType::A]), "test.");
    let foreign = move || -> Hook {
        let sets = [sign(outside.clone(), "z.test."), inside.clone()];
        on("b.z.test.", RrType::A, move |reply| reply.authority.extend(sets.clone()))
    };
    let bench = Bench::new(&world).hooked(foreign());
    for (row, expected) in [
        (("b.z.test.", "A", NO_NAME), Paid),
        (("e.test.", "A", NO_NAME), Paid),
        (("yy.z.test.", "A", NO_NAME), Paid),
    ] {
        assert_eq!(cost(&bench, row).await, expected, "{} {}", row.0, row.1);
    }
}

/// Where the operator says that another tree begins, the zone above has no say.
#[tokio::test(start_paused = true)]
async fn boundaries_of_the_operator_end_what_a_zone_says() {
    let world = world();
    let server = (world.host("z"), 53).into();
    let written = |source: Source| {
        move |s: &mut Settings| {
            let zone = Zone::new(name("bb.z.test."), source, &[server], Fallback::None);
            s.iterate.zones = vec![zone];
        }
    };
    let bench = |change: &dyn Fn(&mut Settings)| Trial::of(&world).settings(change).bench();
    for source in [Source::Stub, Source::Forward] {
        let bench = bench(&written(source));
        assert_eq!(cost(&bench, ("b.z.test.", "A", NO_NAME)).await, Paid);
        assert_eq!(cost(&bench, ("ba.z.test.", "A", NO_NAME)).await, Free);
        assert_eq!(cost(&bench, ("bb.z.test.", "DS", NO_NAME)).await, Free); // the parent's word
        for asked in ["bb.z.test.", "x.bb.z.test."] {
            let before = bench.network.queries();
            bench.ask(asked, "A").await;
            assert!(bench.network.queries() > before, "{asked} {source:?}");
        }
    }
    let negative = bench(&|s| {
        let zone = name("bb.z.test.");
        let anchor = NegativeTrustAnchor { zone, reason: String::new(), until: None };
        s.negative_anchors = NegativeTrustAnchors::new(vec![anchor]);
    });
    assert_eq!(cost(&negative, ("b.z.test.", "A", NO_NAME)).await, Paid);
    assert_eq!(cost(&negative, ("ba.z.test.", "A", NO_NAME)).await, Free);
    for asked in ["bb.z.test.", "x.bb.z.test."] {
        let before = negative.network.queries();
        let answer = negative.ask(asked, "A").await;
        assert!(!answer.security.is_secure(), "{}", tell(&answer));
        assert!(negative.network.queries() > before, "{asked}");
    }
    let negative = Bench::with(&world, negative.shared.settings.clone());
    assert_eq!(cost(&negative, ("b.z.test.", "A", NO_NAME)).await, Paid);
    let before = negative.network.queries();
    assert!(!negative.ask("bb.z.test.", "DS").await.security.is_secure());
    assert!(negative.network.queries() > before);
}
