//! Algorithms and digests switched off make zones insecure, and never bogus (RFC 9905 section 2, RFC 6840 section 5.2).

use std::sync::Arc;
use std::time::Duration;

use bailiwick::dnssec::{Algorithm, Below, DigestType};
use bailiwick::lab::{Expectation, Key, Outcome, Role, Site};
use bailiwick::wire::EdeCode;

use crate::asking::*;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";

fn world() -> World {
    let ring = keyring();
    let p256 = Key::new(Arc::clone(&ring.p256[0]), Role::Combined);
    World::with_test(
        Site::signed("test.", "", vec![p256.clone()]),
        [
            ("e", signed("e.test.", WWW)),
            ("b", Site::signed("b.test.", WWW, vec![p256.clone(), key(1, Role::Combined)])),
            ("p", Site::signed("p.test.", WWW, vec![p256])),
            ("s", signed("s.test.", WWW).digests(&[DigestType::SHA1])),
            ("m", signed("m.test.", WWW).digests(&[DigestType::SHA1, DigestType::SHA384])),
            ("c", signed("c.e.test.", WWW)),
        ],
    )
}

const fn without(outcome: Outcome, code: EdeCode) -> Expectation {
    Expectation::Insecure(outcome, Some(code))
}

const NO_ALGORITHM: Expectation = without(Outcome::Answer, EdeCode::UNSUPPORTED_DNSKEY_ALGORITHM);
const NO_DIGEST: Expectation = without(Outcome::Answer, EdeCode::UNSUPPORTED_DS_DIGEST);

fn off<T>(below: &str, what: T) -> Below<T> {
    Below { name: name(below), what }
}

#[tokio::test(start_paused = true)]
async fn algorithms_below_a_name() {
    let world = world();
    let rows = &[
        ("www.e.test.", "A", NO_ALGORITHM),
        ("no.e.test.", "A", without(Outcome::NameError, EdeCode::UNSUPPORTED_DNSKEY_ALGORITHM)),
        ("www.c.e.test.", "A", NO_ALGORITHM),
        ("e.test.", "DS", SECURE),
        ("www.b.test.", "A", SECURE),
        ("www.p.test.", "A", SECURE),
        ("www.s.test.", "A", SECURE),
    ];
    let below = |s: &mut bailiwick::resolver::Settings| {
        s.policy.disabled_algorithms =
            vec![off("e.test.", Algorithm::ED25519), off("b.test.", Algorithm::ED25519)];
    };
    Trial::of(&world).settings(below).expect(rows).await;
}

/// Everywhere: also where the root's own trust anchor is of that algorithm.
#[tokio::test(start_paused = true)]
async fn algorithms_everywhere() {
    let world = world();
    let everywhere = |s: &mut bailiwick::resolver::Settings| {
        s.policy.disabled_algorithms = vec![off(".", Algorithm::ED25519)];
    };
    let rows = &[
        ("www.e.test.", "A", NO_ALGORITHM),
        ("www.p.test.", "A", NO_ALGORITHM),
        (".", "SOA", NO_ALGORITHM),
    ];
    Trial::of(&world).settings(everywhere).expect(rows).await;
    let others = |s: &mut bailiwick::resolver::Settings| {
        s.policy.disabled_algorithms = vec![off(".", Algorithm::ECDSAP256SHA256)];
    };
    let rows = &[
        ("www.e.test.", "A", NO_ALGORITHM),
        ("www.b.test.", "A", NO_ALGORITHM),
        (".", "SOA", SECURE),
    ];
    Trial::of(&world).settings(others).expect(rows).await;
}

#[tokio::test(start_paused = true)]
async fn digests() {
    let world = world();
    let sha1 = |s: &mut bailiwick::resolver::Settings| {
        s.policy.disabled_digests =
            vec![off(".", DigestType::SHA1), off("e.test.", DigestType::SHA256)];
    };
    let rows = &[
        ("www.s.test.", "A", NO_DIGEST),
        ("www.m.test.", "A", SECURE),
        ("www.e.test.", "A", NO_DIGEST),
        ("www.c.e.test.", "A", NO_DIGEST),
        ("www.p.test.", "A", SECURE),
    ];
    Trial::of(&world).settings(sha1).expect(rows).await;
}

#[tokio::test(start_paused = true)]
async fn clocks_that_are_wrong() {
    const HOUR: u64 = 3600;
    let world = world();
    let (begins, ends) = (validity().inception, validity().expiration);
    for (wall, skew, good) in [
        (ends + HOUR, 0, false),
        (ends + HOUR, HOUR - 1, false),
        (ends + HOUR, HOUR, true),
        (begins - HOUR, 0, false),
        (begins - HOUR, HOUR, true),
    ] {
        let mut settings = settings(&world);
        settings.policy.signature_skew = Duration::from_secs(skew);
        let answer = Bench::at(&world, settings, wall).ask("www.p.test.", "A").await;
        assert_eq!(answer.security.is_secure(), good, "{wall} {skew}: {}", tell(&answer));
    }
}
