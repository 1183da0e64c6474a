//! Trust anchors of both kinds, and several of them above one name.

use std::time::Duration;

use bailiwick::dnssec::{NegativeTrustAnchor, NegativeTrustAnchors, TrustAnchor};
use bailiwick::lab::{Expectation, Fault, Key, Outcome, Role, Site, Tamper, ds};
use bailiwick::resolver::Settings;
use bailiwick::wire::{EdeCode, Rcode, RrType};

use crate::asking::*;
use crate::forging::{deny, key_of_zone, on, on_all};
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";
const TAKEN_OUT: Expectation =
    Expectation::Insecure(Outcome::Answer, Some(EdeCode::NEGATIVE_TRUST_ANCHOR));

fn world() -> World {
    World::new([
        ("k", signed("k.test.", WWW)),
        ("c", signed("c.k.test.", WWW)),
        ("b", signed("broken.test.", WWW).fault(Fault::Expired)),
        ("i", signed("in.broken.test.", WWW)),
        ("u", Site::unsigned("u.test.", "www A 198.51.100.1\nalias CNAME www.broken.test.\n")),
        ("s", signed("island.u.test.", WWW)),
        ("d", signed("deep.island.u.test.", WWW)),
        ("a", signed("alias.test.", "www CNAME www.broken.test.\n")),
    ])
}

fn negative(zones: &[(&str, Option<u64>)]) -> NegativeTrustAnchors {
    let anchor = |(zone, until): &(&str, Option<u64>)| NegativeTrustAnchor {
        zone: name(zone),
        reason: "for a trial".into(),
        until: *until,
    };
    NegativeTrustAnchors::new(zones.iter().map(anchor).collect())
}

/// The anchor of the zone that `signed` makes.
pub fn anchor_of(zone: &str) -> TrustAnchor {
    anchor_by(zone, &key_of_zone(zone))
}

fn anchor_by(zone: &str, key: &Key) -> TrustAnchor {
    let rdata =
        ds(&name(zone), &key.dnskey(), bailiwick::dnssec::DigestType::SHA256).expect("a DS");
    anchor(zone, RrType::DS, &rdata)
}

fn and(settings: &mut Settings, anchor: TrustAnchor) {
    settings.anchors = settings.anchors.iter().cloned().chain([anchor]).collect();
}

#[tokio::test(start_paused = true)]
async fn rfc7646_negative() {
    let world = world();
    let rows = &[
        ("www.broken.test.", "A", TAKEN_OUT),
        (
            "no.broken.test.",
            "A",
            Expectation::Insecure(Outcome::NameError, Some(EdeCode::NEGATIVE_TRUST_ANCHOR)),
        ),
        ("www.in.broken.test.", "A", TAKEN_OUT),
        ("www.alias.test.", "A", TAKEN_OUT),
        ("alias.u.test.", "A", INSECURE_BY_ANY),
        ("www.k.test.", "A", SECURE),
        ("broken.test.", "DS", TAKEN_OUT),
    ];
    let set = |s: &mut Settings| s.negative_anchors = negative(&[("broken.test.", None)]);
    Trial::of(&world).settings(set).expect(rows).await;
}

/// The first of two equally weak links is told: the zone that is not signed.
const INSECURE_BY_ANY: Expectation = INSECURE;

/// RFC 7646 section 2: it ends, and what was taken on its word with it.
#[tokio::test(start_paused = true)]
async fn rfc7646_s2_negative_anchors_end() {
    let world = world();
    let mut settings = settings(&world);
    settings.negative_anchors =
        negative(&[("broken.test.", Some(WALL + 100)), ("k.test.", Some(WALL - 1))]);
    let bench = Bench::with(&world, settings);
    bench.expect(("www.k.test.", "A", SECURE)).await;
    for row in [("www.broken.test.", "A", TAKEN_OUT), ("www.alias.test.", "A", TAKEN_OUT)] {
        bench.expect(row).await;
    }
    tokio::time::sleep(Duration::from_secs(98)).await;
    bench.expect(("www.broken.test.", "A", TAKEN_OUT)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    for row in [
        ("www.broken.test.", "A", bogus(EdeCode::SIGNATURE_EXPIRED)),
        ("www.alias.test.", "A", bogus(EdeCode::SIGNATURE_EXPIRED)),
    ] {
        bench.expect(row).await;
    }
}

/// RFC 7646 section 3: a trust anchor below a negative one holds, for better and for worse.
#[tokio::test(start_paused = true)]
async fn rfc7646_s3_positive_below_negative() {
    let world = world();
    let rows = &[
        ("www.c.k.test.", "A", SECURE),
        ("no.c.k.test.", "A", NO_NAME),
        ("www.k.test.", "A", TAKEN_OUT),
        ("www.broken.test.", "A", TAKEN_OUT),
        ("c.k.test.", "DS", TAKEN_OUT),
    ];
    let good = |s: &mut Settings| {
        s.negative_anchors = negative(&[("test.", None)]);
        and(s, anchor_of("c.k.test."));
    };
    Trial::of(&world).settings(good).expect(rows).await;
    // An anchor that fits no key: neither the negative one nor a way from the root makes that good.
    let rows =
        &[("www.c.k.test.", "A", bogus(EdeCode::DNSKEY_MISSING)), ("www.k.test.", "A", TAKEN_OUT)];
    let bad = |s: &mut Settings| {
        s.negative_anchors = negative(&[("k.test.", None)]);
        and(s, anchor_by("c.k.test.", &key(99, Role::Combined)));
    };
    Trial::of(&world).settings(bad).expect(rows).await;
    // At the same name the negative one wins.
    let same = |s: &mut Settings| {
        s.negative_anchors = negative(&[("k.test.", None)]);
        and(s, anchor_of("k.test."));
    };
    Trial::of(&world).settings(same).expect(&[("www.k.test.", "A", TAKEN_OUT)]).await;
}

/// RFC 6840 section 5.10, appendix C.2: any success is accepted; and without one, bogus is not made insecure.
#[tokio::test(start_paused = true)]
async fn several_anchors() {
    let world = world();
    let island = |s: &mut Settings| and(s, anchor_of("island.u.test."));
    let rows = &[
        ("www.island.u.test.", "A", SECURE),
        ("www.deep.island.u.test.", "A", SECURE),
        ("no.island.u.test.", "A", NO_NAME),
        ("www.u.test.", "A", INSECURE),
    ];
    Trial::of(&world).settings(island).expect(rows).await;
    // An old anchor in a zone that the root vouches for does no harm.
    let old = |s: &mut Settings| and(s, anchor_by("k.test.", &key(99, Role::Combined)));
    let rows = &[
        ("www.k.test.", "A", SECURE),
        ("www.c.k.test.", "A", SECURE),
        ("no.k.test.", "A", NO_NAME),
    ];
    Trial::of(&world).settings(old).expect(rows).await;
    // One in a zone that nobody else vouches for does.
    let wrong = |s: &mut Settings| and(s, anchor_by("island.u.test.", &key(99, Role::Combined)));
    let rows = &[
        ("www.island.u.test.", "A", bogus(EdeCode::DNSKEY_MISSING)),
        ("www.u.test.", "A", INSECURE),
    ];
    Trial::of(&world).settings(wrong).expect(rows).await;
    // So an attacker who spoils the keys of an island does not make it insecure.
    let hook = || {
        on("island.u.test.", RrType::DNSKEY, |reply| {
            reply.answer.iter_mut().for_each(|set| set.signatures.clear())
        })
    };
    let rows = &[
        ("www.island.u.test.", "A", bogus(EdeCode::RRSIGS_MISSING)),
        ("www.u.test.", "A", INSECURE),
    ];
    Trial::of(&world).settings(island).hook(hook).expect(rows).await;
}

/// RFC 4033 section 5: the anchor of a zone that its unsigned parent gave up. What lies there does not exist, and nobody
/// proves it; as long as the zone answers for its keys, it alone says what exists in it.
#[tokio::test(start_paused = true)]
async fn rfc4033_s5_a_zone_given_up_below_an_unsigned_one() {
    let world = world();
    let island = |s: &mut Settings| and(s, anchor_of("island.u.test."));
    let gone = |s: &mut Settings| and(s, anchor_of("gone.u.test."));
    let rows = &[
        ("www.gone.u.test.", "A", INSECURE_NO_NAME),
        ("gone.u.test.", "A", INSECURE_NO_NAME),
        ("no.u.test.", "A", INSECURE_NO_NAME),
    ];
    Trial::of(&world).settings(gone).expect(rows).await;
    let zone = world.zone("u.test.");
    let soa = zone.soa().expect("an SOA").0;
    let denied = |asked: &'static str, kind: RrType| {
        let soa = soa.clone();
        on(asked, kind, move |reply| deny(reply, Rcode::NXDOMAIN, std::slice::from_ref(&soa)))
    };
    let rows = &[("www.island.u.test.", "A", bogus(EdeCode::NSEC_MISSING))];
    let forged = || denied("www.island.u.test.", RrType::A);
    Trial::of(&world).settings(island).hook(forged).expect(rows).await;
    // Spoilt keys alone are no word on the zone.
    let rows = &[("www.island.u.test.", "A", bogus(EdeCode::DNSKEY_MISSING))];
    let forged = || denied("island.u.test.", RrType::DNSKEY);
    Trial::of(&world).settings(island).hook(forged).expect(rows).await;
    // Nor is the same said of the whole zone while its keys are known.
    let bench = Trial::of(&world).settings(island).bench();
    bench.expect(("www.island.u.test.", "A", SECURE)).await;
    let all = [("www.island.u.test.", RrType::MX), ("island.u.test.", RrType::DNSKEY)];
    let soa = soa.clone();
    let bench = bench.hooked(on_all(all.to_vec(), move |reply| {
        deny(reply, Rcode::NXDOMAIN, std::slice::from_ref(&soa));
    }));
    bench.expect(("www.island.u.test.", "MX", bogus(EdeCode::NSEC_MISSING))).await;
    // Below a signed zone such a denial is proven, or bogus.
    let gone = |s: &mut Settings| and(s, anchor_of("gone.k.test."));
    Trial::of(&world).settings(gone).expect(&[("www.gone.k.test.", "A", NO_NAME)]).await;
    let forged = || Tamper::DropDenials.hook(None);
    let rows = &[("www.gone.k.test.", "A", bogus(EdeCode::NSEC_MISSING))];
    Trial::of(&world).settings(gone).hook(forged).alone().expect(rows).await;
}

/// By DNSKEY, and by several records of which one fits.
#[tokio::test(start_paused = true)]
async fn anchors_of_every_form() {
    let world = world();
    let by_key = |s: &mut Settings| {
        s.anchors = [anchor(".", RrType::DNSKEY, &key_of_zone(".").dnskey())].into_iter().collect();
    };
    let rows = &[("www.k.test.", "A", SECURE), ("www.u.test.", "A", INSECURE)];
    Trial::of(&world).settings(by_key).expect(rows).await;
    let several = |s: &mut Settings| {
        and(s, anchor_by(".", &key(98, Role::Combined)));
        and(s, anchor(".", RrType::DNSKEY, &key(99, Role::Combined).dnskey()));
    };
    Trial::of(&world).settings(several).expect(rows).await;
    let none = |s: &mut Settings| s.anchors = [anchor_of("k.test.")].into_iter().collect();
    let bench = Trial::of(&world).settings(none).bench();
    bench.expect(("www.k.test.", "A", SECURE)).await;
    let answer = bench.ask("www.broken.test.", "A").await;
    assert_eq!(answer.security, bailiwick::dnssec::Security::Indeterminate, "{}", tell(&answer));
}
