//! RFC 4035 section 5.3: what is known of a signature that was verified before, and what is judged each time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::assert_shape;
use crate::dnssec::testing::*;
use crate::dnssec::{
    Budget, Fingerprint, KnownSignatures, Limits, Policy, Reason, Verified, verify_rrset,
};
use crate::wire::RrSet;

const A: &str = "www.example. 300 A 192.0.2.1";

#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<HashSet<Fingerprint>>>);

impl KnownSignatures for Seen {
    fn contains(&self, check: &Fingerprint) -> bool {
        self.0.lock().expect("whole").contains(check)
    }

    fn keep(&self, check: Fingerprint) {
        assert!(self.0.lock().expect("whole").insert(check), "kept once");
    }
}

impl Seen {
    fn budget(&self, limits: Limits) -> Budget {
        budget_of(limits).recalling(Arc::new(self.clone()))
    }

    /// What comes of verifying `set` at `wall`, and how many checks were good, failed, and were not run.
    fn verify_by(
        &self,
        zone: &TestZone,
        set: &RrSet,
        wall: u64,
    ) -> (Result<Verified, Reason>, [u32; 3]) {
        let budget = self.budget(Limits::default());
        let outcome = verify_rrset(set, &zone.zone_keys(), at(wall), &Policy::default(), &budget);
        let spent = budget.spent();
        (outcome, [spent.good_signatures, spent.failed_signatures, spent.known_signatures])
    }

    fn verify(&self, set: &RrSet) -> (Result<Verified, Reason>, [u32; 3]) {
        self.verify_by(&example(), set, NOW)
    }
}

#[test]
fn a_signature_is_verified_once_and_means_the_same_each_time() {
    let (seen, signed) = (Seen::default(), example().signed(set(A)));
    let (first, counts) = seen.verify(&signed);
    assert_eq!(counts, [1, 0, 0]);
    let (second, counts) = seen.verify(&signed);
    assert_eq!(counts, [0, 0, 1]);
    assert_eq!((first.is_ok(), &first), (true, &second));
    let aged = RrSet { ttl: 7, ..signed };
    let (third, counts) = seen.verify(&aged);
    assert_eq!((counts, third.map(|v| v.rrset().ttl)), ([0, 0, 1], Ok(7)), "no TTL is signed");
}

#[test]
fn dates_are_judged_each_time() {
    let (seen, signed) = (Seen::default(), example().signed(set(A)));
    assert_eq!(seen.verify(&signed).1, [1, 0, 0]);
    const DAY: u64 = 86_400;
    let (late, counts) = seen.verify_by(&example(), &signed, NOW + DAY + 1);
    assert_shape!(late, Err(Reason::SignatureExpired { .. }));
    assert_eq!(counts, [0; 3]);
    let (early, counts) = seen.verify_by(&example(), &signed, NOW - DAY - 1);
    assert_shape!(early, Err(Reason::SignatureNotYetValid { .. }));
    assert_eq!(counts, [0; 3]);
    assert_eq!(seen.verify_by(&example(), &signed, NOW + DAY).1, [0, 0, 1], "its last second");
}

#[test]
fn one_octet_more_or_less_is_another_check() {
    let (seen, signed) = (Seen::default(), example().signed(set(A)));
    assert_eq!(seen.verify(&signed).1, [1, 0, 0]);
    let mut other = signed.clone();
    other.rdatas[0][3] ^= 1;
    let mut more = signed.clone();
    more.rdatas.push(signed.rdatas[0].iter().rev().copied().collect());
    let owner = RrSet { owner: name("w3.example."), ..signed.clone() };
    for changed in [other, more, owner] {
        let (outcome, counts) = seen.verify(&changed);
        assert_shape!(outcome, Err(Reason::SignatureMismatch { .. }));
        assert_eq!(counts, [0, 1, 0]);
    }
    for at in 0..signed.signatures[0].len() {
        let mut changed = signed.clone();
        changed.signatures[0][at] ^= 1;
        let (outcome, counts) = seen.verify(&changed);
        assert!(outcome.is_err() && counts[2] == 0, "{at} {counts:?}");
    }
}

#[test]
fn what_another_key_signed_is_another_check() {
    let (seen, stranger) =
        (Seen::default(), TestZone { keys: vec![TestKey::stranger()], ..example() });
    assert_eq!(seen.verify(&example().signed(set(A))).1, [1, 0, 0]);
    let (outcome, counts) = seen.verify_by(&stranger, &stranger.signed(set(A)), NOW);
    assert_eq!((outcome.is_ok(), counts), (true, [1, 0, 0]));
    let (outcome, counts) = seen.verify_by(&stranger, &example().signed(set(A)), NOW);
    assert_shape!(outcome, Err(Reason::NoKeyForSignature { .. }));
    assert_eq!(counts, [0; 3]);
    // One that bears the other's tag: the key is tried, and what is known of its namesake does not help it.
    let posing = stranger.signed_with(set(A), |draft| draft.key_tag = TestKey::ed25519().tag());
    assert_eq!(seen.verify(&posing).1, [0, 1, 0]);
}

#[test]
fn what_fails_is_not_remembered() {
    let (seen, mut signed) = (Seen::default(), example().signed(set(A)));
    signed.signatures[0][30] ^= 1;
    for _ in 0..2 {
        assert_eq!(seen.verify(&signed).1, [0, 1, 0]);
    }
    assert!(seen.0.lock().expect("whole").is_empty());
}

#[test]
fn one_signature_of_a_wildcard_is_that_of_all_its_names() {
    let (seen, zone) = (Seen::default(), example());
    let source = zone.signed(set("*.example. 300 A 192.0.2.1"));
    for (owner, counts) in [("a.example.", [1, 0, 0]), ("b.example.", [0, 0, 1])] {
        let expanded = RrSet { owner: name(owner), ..source.clone() };
        let (verified, counted) = seen.verify(&expanded);
        let verified = verified.expect("verified");
        assert_eq!((&verified.rrset().owner, counted), (&name(owner), counts));
        assert_eq!(verified.wildcard(), Some(&name("example.")));
    }
}

#[test]
fn what_is_known_gets_no_question_further() {
    let (seen, signed) = (Seen::default(), example().signed(set(A)));
    assert_eq!(seen.verify(&signed).1, [1, 0, 0]);
    let budget = seen.budget(Limits { good_signatures: 32, ..Limits::default() });
    let keys = example().zone_keys();
    let verify = || verify_rrset(&signed, &keys, at(NOW), &Policy::default(), &budget);
    assert_eq!((0..100).take_while(|_| verify().is_ok()).count(), 32);
    assert_shape!(verify(), Err(Reason::WorkExceeded { what: "good-signatures", .. }));
}
