//! RFC 4034 section 3, RFC 4035 section 5.3, RFC 6840 sections 5.4, 5.11 and 5.12: signatures.

use std::time::Duration;

use super::assert_shape;
use crate::dnssec::testing::*;
use crate::dnssec::{
    Algorithm, Limits, Policy, Reason, Timestamp, Tried, verify_rrset, verify_rrset_beyond,
};
use crate::wire::{Class, RrSet, RrType};

const A: &str = "www.example. 300 A 192.0.2.1";

fn mismatch(set: &RrSet) {
    assert_shape!(example().verify(set), Err(Reason::SignatureMismatch { .. }));
}

fn missing(set: &RrSet) {
    assert_shape!(example().verify(set), Err(Reason::SignaturesMissing { .. }));
}

#[test]
fn rfc4035_s5_3_a_good_signature_makes_an_rrset_secure() {
    let verified = example().verify(&example().signed(set(A))).expect("verified");
    assert_eq!(verified.rrset().owner, name("www.example."));
    assert_eq!(verified.zone(), &name("example."));
    assert_eq!(verified.wildcard(), None);
    missing(&set(A));
}

#[test]
fn rfc4035_s5_3_1_owner_and_class_are_the_same() {
    let signed = example().signed(set(A));
    mismatch(&RrSet { owner: name("w3.example."), ..signed.clone() });
    mismatch(&RrSet { class: Class::CH, ..signed });
}

#[test]
fn rfc4035_s5_3_1_the_signer_is_the_zone() {
    missing(&example().signed_with(set(A), |draft| draft.signer = name("www.example.")));
    missing(&example().signed_with(set(A), |draft| draft.signer = name(".")));
    missing(&example().signed(set("www.example.net. 300 A 192.0.2.1")));
    missing(&example().signed(set("notexample. 300 A 192.0.2.1")));
}

#[test]
fn rfc4035_s2_4_a_ds_rrset_is_never_that_of_its_own_zone() {
    let ds = |owner: &str| example().signed(set(&format!("{owner} 300 DS 1 13 2 00")));
    assert!(example().verify(&ds("sub.example.")).is_ok());
    missing(&ds("example."));
    missing(&ds("sub.net."));
    let root = crate::dnssec::testing::TestZone { apex: name("."), ..example() };
    assert!(root.verify(&root.signed(set(". 300 DS 1 13 2 00"))).is_ok(), "it has no parent");
}

#[test]
fn rfc4035_s5_3_1_the_type_covered_is_that_of_the_rrset() {
    mismatch(&example().signed_with(set(A), |draft| draft.covered = RrType::AAAA));
    let aaaa = example().signed(set("www.example. 300 AAAA 2001:db8::1"));
    mismatch(&RrSet { signatures: aaaa.signatures, ..set(A) });
    mismatch(&RrSet { rtype: RrType::AAAA, ..example().signed(set(A)) });
}

#[test]
fn rfc4035_s5_3_1_labels_are_at_most_those_of_the_owner() {
    let with = |labels| example().verify(&example().signed_with(set(A), |d| d.labels = labels));
    assert_shape!(with(3), Err(Reason::SignatureLabels { labels: 3, .. }));
    assert!(with(2).is_ok());
    assert!(with(1).is_ok(), "of *.example.");
    assert_shape!(with(0), Err(Reason::SignatureLabels { labels: 0, .. }));
}

#[test]
fn rfc4034_s3_1_3_neither_the_root_nor_the_asterisk_counts_as_a_label() {
    let wildcard = "*.example. 300 A 192.0.2.1";
    let verified = example().verify(&example().signed(set(wildcard))).expect("verified");
    assert_eq!(verified.wildcard(), None, "it is the wildcard itself");
    let two = example().signed_with(set(wildcard), |draft| draft.labels = 2);
    assert_shape!(example().verify(&two), Err(Reason::SignatureLabels { .. }));
}

#[test]
fn rfc4034_s3_1_3_the_apex_of_a_zone_may_begin_with_an_asterisk() {
    let zone = TestZone { apex: name("*.example."), ..example() };
    let apex = zone.verify(&zone.signed(set("*.example. 300 A 192.0.2.1"))).expect("its own");
    assert_eq!((apex.wildcard(), apex.encloser()), (None, None), "it is no source of synthesis");
    let inside = set("*.*.example. 300 A 192.0.2.1");
    let source = zone.verify(&zone.signed(inside)).expect("a wildcard in it");
    assert_eq!(source.encloser(), Some(name("*.example.")));
    for (owner, labels) in [("*.example.", 0), ("a.*.example.", 1), ("*.*.example.", 1)] {
        let above = set(&format!("{owner} 300 A 192.0.2.1"));
        let above = zone.signed_with(above, |draft| draft.labels = labels);
        assert_shape!(zone.verify(&above), Err(Reason::SignatureLabels { .. }));
    }
}

#[test]
fn rfc4035_s5_3_2_an_expanded_owner_is_rebuilt_from_the_labels() {
    let wildcard = example().signed(set("*.w.example. 300 A 192.0.2.1"));
    let expanded = |owner| RrSet { owner: name(owner), ..wildcard.clone() };
    let verified = example().verify(&expanded("A.b.W.example.")).expect("verified");
    assert_eq!(verified.wildcard(), Some(&name("w.example.")));
    mismatch(&expanded("a.v.example."));
    mismatch(&RrSet { owner: name("w.example."), ..wildcard });
}

fn valid(inception: u32, expiration: u32, wall: u64) -> Result<(), Reason> {
    let signed = example().signed_with(set(A), |draft| {
        (draft.inception, draft.expiration) = (inception, expiration);
    });
    example().verify_at(&signed, wall).map(|_| ())
}

#[test]
fn rfc4035_s5_3_1_now_is_not_before_inception_nor_after_expiration() {
    for (wall, good) in [(999, false), (1000, true), (1500, true), (2000, true), (2001, false)] {
        assert_eq!(valid(1000, 2000, wall).is_ok(), good, "{wall}");
    }
    assert_shape!(
        valid(1000, 2000, 999),
        Err(Reason::SignatureNotYetValid { inception: Timestamp(1000), now: Timestamp(999), .. })
    );
    assert_shape!(
        valid(1000, 2000, 2001),
        Err(Reason::SignatureExpired { expired: Timestamp(2000), now: Timestamp(2001), .. })
    );
}

#[test]
fn rfc4034_s3_1_5_times_are_compared_by_serial_number_arithmetic() {
    const WRAP: u64 = 1 << 32;
    let (before, behind) = (u32::MAX - 100, 100);
    for (wall, good) in [
        (WRAP - 102, false),
        (WRAP - 101, true),
        (WRAP, true),
        (WRAP + 100, true),
        (WRAP + 101, false),
    ] {
        assert_eq!(valid(before, behind, wall).is_ok(), good, "{wall}");
    }
    assert!(valid(before, behind, 50).is_ok(), "the clock may count from 1970 or from 2106");
    assert!(valid(NOW_SERIAL - 1, NOW_SERIAL + (1 << 31) - 2, NOW).is_ok());
}

#[test]
fn rfc4034_s3_1_5_what_ends_before_it_begins_is_never_valid() {
    let ended = |inception, expiration| valid(inception, expiration, NOW);
    assert!(ended(NOW_SERIAL, NOW_SERIAL).is_ok());
    for expiration in [NOW_SERIAL - 1, NOW_SERIAL + (1 << 31)] {
        assert_shape!(
            ended(NOW_SERIAL, expiration),
            Err(Reason::SignatureExpiredBeforeValid { .. })
        );
    }
}

#[test]
fn the_operator_can_allow_for_clocks_that_are_wrong() {
    let policy = Policy { signature_skew: Duration::from_secs(10), ..Policy::default() };
    let signed = example().signed_with(set(A), |draft| {
        (draft.inception, draft.expiration) = (1000, 2000);
    });
    for (wall, good) in [(989, false), (990, true), (2010, true), (2011, false)] {
        let verified = verify_rrset(&signed, &example().zone_keys(), at(wall), &policy, &budget());
        assert_eq!(verified.is_ok(), good, "{wall}");
        assert!(verified.is_err() || wall < 2000 || verified.is_ok_and(|v| v.rrset().ttl == 0));
    }
}

#[test]
fn rfc4035_s5_3_1_key_tag_and_algorithm_are_those_of_a_key_of_the_zone() {
    let unknown = |set: &RrSet| {
        assert_shape!(example().verify(set), Err(Reason::NoKeyForSignature { .. }));
    };
    unknown(&example().signed_with(set(A), |draft| draft.key_tag ^= 1));
    unknown(&example().signed_with(set(A), |draft| draft.algorithm = 13));
    let stranger = TestKey::stranger();
    let by_stranger = example().signature_by(&stranger, &set(A), |_| {});
    unknown(&RrSet { signatures: vec![by_stranger], ..set(A) });
}

#[test]
fn rfc4034_appendix_b_a_key_tag_names_no_one_key() {
    // Swapped pairs of octets have the same sum, hence the same tag: keys that are none of ours.
    let mut zone = example();
    let own = zone.keys[0].rdata();
    let decoy = |i: usize| {
        let mut rdata = own.clone();
        let (a, b) = (4 + 2 * i, 6 + 2 * i);
        (rdata[a], rdata[a + 1], rdata[b], rdata[b + 1]) = (own[b], own[b + 1], own[a], own[a + 1]);
        rdata
    };
    let verify = |decoys: usize| {
        let rdatas = (0..decoys).map(decoy).chain([own.clone()]).collect();
        let dnskey = RrSet::new(zone.apex.clone(), RrType::DNSKEY, 3600, rdatas);
        let dnskey = zone.signed(dnskey);
        let keys = zone.keys_by(&dnskey, &zone.anchor()).expect("keys");
        assert_eq!(keys.tags().count(), decoys + 1);
        let signed = zone.signed(set(A));
        verify_rrset(&signed, &keys, at(NOW), &Policy::default(), &budget())
    };
    assert!(verify(3).is_ok(), "each key of the tag is tried");
    assert_shape!(verify(4), Err(Reason::SignatureMismatch { .. })); // KeyTrap: four and no more
    zone.keys.push(TestKey::stranger());
    assert!(zone.verify(&zone.signed(set(A))).is_ok());
}

#[test]
fn rfc4034_s3_1_8_1_every_octet_is_signed() {
    let signed = example().signed(set(A));
    for at in 0..signed.signatures[0].len() {
        let mut forged = signed.clone();
        forged.signatures[0][at] ^= 0x20;
        let verified = example().verify(&forged);
        let in_signer = (19..26).contains(&at); // letter case does not matter there
        assert_eq!(verified.is_ok(), in_signer, "octet {at}: {verified:?}");
    }
    mismatch(&RrSet { rdatas: set("www.example. A 192.0.2.2").rdatas, ..signed.clone() });
    let more = set("www.example. A 192.0.2.1\nwww.example. A 192.0.2.2").rdatas;
    mismatch(&RrSet { rdatas: more, ..signed });
}

#[test]
fn rfc4034_s6_2_letter_case_of_owners_and_of_the_listed_types_does_not_matter() {
    for (text, other) in [
        ("www.example. 300 A 192.0.2.1", "WWW.eXample. 300 A 192.0.2.1"),
        ("www.example. 300 MX 1 mail.example.", "www.example. 300 MX 1 MAIL.Example."),
        ("www.example. 300 CNAME a.example.", "www.example. 300 CNAME A.EXAMPLE."),
        ("_a.example. 300 SRV 1 2 3 a.example.", "_A.example. 300 SRV 1 2 3 A.example."),
    ] {
        let signed = example().signed(set(text));
        let received = RrSet { signatures: signed.signatures, ..set(other) };
        assert!(example().verify(&received).is_ok(), "{text}");
    }
}

#[test]
fn rfc6840_s5_1_names_in_nsec_keep_their_case() {
    let signed = example().signed(set("a.example. 300 NSEC b.example. A"));
    let received = set("a.example. 300 NSEC B.example. A");
    mismatch(&RrSet { signatures: signed.signatures, ..received });
    let upper = example().signed(set("a.example. 300 NSEC B.example. A"));
    assert!(example().verify(&upper).is_ok());
}

#[test]
fn rfc3597_s7_names_in_newer_types_keep_their_case() {
    let signed = example().signed(set("a.example. 300 SVCB 1 b.example."));
    let received = set("a.example. 300 SVCB 1 B.example.");
    mismatch(&RrSet { signatures: signed.signatures, ..received });
}

#[test]
fn rfc6672_s2_5_the_target_of_a_dname_is_lowered() {
    let signed = example().signed(set("a.example. 300 DNAME b.example."));
    let received = set("a.example. 300 DNAME B.EXAMPLE.");
    assert!(example().verify(&RrSet { signatures: signed.signatures, ..received }).is_ok());
}

#[test]
fn rfc4034_s3_1_4_the_ttl_that_is_signed_is_the_original_one() {
    let signed = example().signed(set(A));
    assert!(example().verify(&RrSet { ttl: 7, ..signed.clone() }).is_ok());
    assert!(example().verify(&RrSet { ttl: 86_400, ..signed }).is_ok());
}

#[test]
fn rfc4034_s6_3_the_order_of_records_and_copies_do_not_matter() {
    let text = "www.example. A 192.0.2.1\nwww.example. A 192.0.2.2";
    let mut signed = example().signed(set(text));
    signed.rdatas.reverse();
    assert!(example().verify(&signed).is_ok());
    signed.rdatas.push(signed.rdatas[0].clone());
    assert!(example().verify(&signed).is_ok(), "all but one of the copies are dropped");
}

#[test]
fn rfc4035_s5_3_3_the_ttl_is_capped() {
    let ttl = |received, original: u32, left: u32| {
        let signed = example().signed_with(set(A), |draft| {
            (draft.original_ttl, draft.expiration) = (original, NOW_SERIAL + left);
        });
        let set = RrSet { ttl: received, ..signed };
        example().verify(&set).map(|v| v.rrset().ttl)
    };
    assert_eq!(ttl(100, 200, 300), Ok(100), "the TTL received");
    assert_eq!(ttl(200, 100, 300), Ok(100), "the original TTL");
    assert_eq!(ttl(300, 200, 100), Ok(100), "the rest of the signature's life");
}

#[test]
fn rfc6840_s5_4_any_valid_signature_suffices() {
    let good = || example().signature(&set(A), |_| {});
    let bad = || {
        let mut signature = good();
        *signature.last_mut().expect("an octet") ^= 1;
        signature
    };
    let verify = |signatures: Vec<_>| example().verify(&RrSet { signatures, ..set(A) }).map(|_| ());
    assert_eq!(verify(vec![bad(), bad(), good()]), Ok(()));
    assert_eq!(verify(vec![good(), bad()]), Ok(()));
    assert_eq!(verify(vec![b"short"[..].into(), good()]), Ok(()));
    assert_shape!(verify(vec![bad(), bad()]), Err(Reason::SignatureMismatch { .. }));
    let many = |n: usize| (0..n).map(|_| bad()).chain([good()]).collect();
    assert_eq!(verify(many(7)), Ok(()));
    assert_shape!(verify(many(8)), Err(Reason::WorkExceeded { .. })); // bad ones are paid for
}

#[test]
fn of_many_signatures_few_are_kept_the_valid_one_in_front() {
    let mut signed = example().signed(set(A));
    let good = signed.signatures[0].clone();
    let other = example().signature(&set(A), |draft| draft.key_tag ^= 1);
    signed.signatures = std::iter::repeat_n(other, 99).chain([good.clone()]).collect();
    let verified = example().verify(&signed).expect("verified");
    assert_eq!(verified.rrset().signatures.len(), 8);
    assert_eq!(verified.rrset().signatures[0], good);
}

#[test]
fn rfc6840_s5_11_one_algorithm_of_several_suffices() {
    let mut zone = example();
    zone.keys.push(TestKey::p256());
    zone.keys.push(TestKey::p384());
    assert_eq!(zone.zone_keys().tags().count(), 3);
    for key in &zone.keys {
        let signature = zone.signature_by(key, &set(A), |_| {});
        let signed = RrSet { signatures: vec![signature], ..set(A) };
        assert!(zone.verify(&signed).is_ok(), "{}", key.algorithm);
    }
}

#[test]
fn rfc6840_s5_12_signatures_by_unknown_keys_and_algorithms_are_disregarded() {
    let beside = |signature: Box<[u8]>| {
        let mut signed = example().signed(set(A));
        signed.signatures.insert(0, signature);
        example().verify(&signed).map(|_| ())
    };
    let by = |key: &TestKey| example().signature_by(key, &set(A), |_| {});
    assert_eq!(beside(by(&TestKey::stranger())), Ok(()), "a key that is not in the zone");
    assert_eq!(beside(by(&TestKey::p256())), Ok(()), "an algorithm that is not in the zone");
    let unknown = || example().signature(&set(A), |draft| draft.algorithm = 200);
    assert_eq!(beside(unknown()), Ok(()), "an algorithm that nobody knows");
    let alone = RrSet { signatures: vec![unknown()], ..set(A) };
    assert_shape!(example().verify(&alone), Err(Reason::SignatureAlgorithm { .. }));
}

#[test]
fn a_signature_by_a_key_that_can_verify_nothing_says_why() {
    // What is said of a signature with this tag and algorithm, beside a second key that is as `change` makes it.
    let told = |change: fn(&mut TestKey), forge: fn(&mut Draft)| {
        let mut zone = example();
        let mut second = TestKey::stranger();
        change(&mut second);
        zone.keys.push(second.clone());
        let signature = zone.signature_by(&second, &set(A), forge);
        zone.verify(&RrSet { signatures: vec![signature], ..set(A) })
    };
    let malformed: fn(&mut TestKey) = |key| key.algorithm = Algorithm::ECDSAP256SHA256; // 32 octets
    let revoked: fn(&mut TestKey) = |key| key.flags = 385;
    let no_zone_key: fn(&mut TestKey) = |key| key.flags = 1;
    assert_shape!(told(malformed, |_| {}), Err(Reason::KeyUnusable { .. }));
    assert_shape!(told(revoked, |_| {}), Err(Reason::KeyRevoked { .. }));
    assert_shape!(told(no_zone_key, |_| {}), Err(Reason::NoZoneKey { .. }));
    for other in [
        told(malformed, |draft| draft.key_tag ^= 1),
        told(malformed, |draft| draft.algorithm = 14),
        told(revoked, |draft| draft.key_tag ^= 1),
        told(no_zone_key, |draft| draft.key_tag ^= 1),
    ] {
        assert_shape!(other, Err(Reason::NoKeyForSignature { .. }));
    }
}

#[test]
fn a_limit_ends_the_search_for_a_valid_signature() {
    let good = example().signature(&set(A), |_| {});
    let mut bad = good.clone();
    *bad.last_mut().expect("an octet") ^= 1;
    let signed = RrSet { signatures: vec![bad, good], ..set(A) };
    let budget = budget_of(Limits { failed_signatures: 1, ..Limits::default() });
    let verified =
        verify_rrset(&signed, &example().zone_keys(), at(NOW), &Policy::default(), &budget);
    assert_eq!(
        verified,
        Err(Reason::WorkExceeded { what: "failed-signatures", limit: 1 }),
        "a limit is told as such"
    );
    assert_eq!(budget.signatures_checked(), (0, 1));
}

#[test]
fn what_failed_before_a_pause_is_not_run_again_after_it() {
    let good = example().signature(&set(A), |_| {});
    let bad = |bit: u8| {
        let mut bad = good.clone();
        *bad.last_mut().expect("an octet") ^= bit;
        bad
    };
    let signed = |last| RrSet { signatures: vec![bad(1), bad(2), last], ..set(A) };
    for (set, outcome, good) in [(signed(good.clone()), true, 1), (signed(bad(4)), false, 0)] {
        let (keys, policy, budget) = (example().zone_keys(), Policy::default(), budget());
        let mut tried = Tried::default();
        let mut go = || verify_rrset_beyond(&mut tried, &set, &keys, at(NOW), &policy, &budget);
        for failed in 1..=2 {
            for _ in 0..2 {
                assert!(budget.until_pause(&mut go).is_none());
                assert_eq!(budget.signatures_checked(), (0, failed), "one until the pause");
            }
            budget.pause();
        }
        let verified = budget.until_pause(&mut go).expect("nothing is left to check");
        assert_eq!(verified.is_ok(), outcome, "{verified:?}");
        assert_eq!(budget.signatures_checked(), (good, 3 - good));
        // Without pauses it is the same.
        assert_eq!(verify_rrset(&set, &keys, at(NOW), &policy, &budget), verified);
    }
}

#[test]
fn the_signature_that_came_furthest_gives_the_reason() {
    let verify = |changes: [fn(&mut Draft); 2]| {
        let signatures = changes.map(|change| example().signature(&set(A), change)).to_vec();
        example().verify(&RrSet { signatures, ..set(A) })
    };
    let unsupported: fn(&mut Draft) = |draft| draft.algorithm = 200;
    let expired: fn(&mut Draft) = |draft| draft.expiration = NOW_SERIAL - 1;
    for changes in [[unsupported, expired], [expired, unsupported]] {
        assert_shape!(verify(changes), Err(Reason::SignatureExpired { .. }));
    }
}

#[test]
fn rfc9905_s2_algorithms_can_be_taken_as_unknown() {
    use crate::dnssec::Below;
    let off = |below: &str| Policy {
        disabled_algorithms: vec![Below { name: name(below), what: Algorithm::ED25519 }],
        ..Policy::default()
    };
    let signed = example().signed(set(A));
    let verify =
        |policy| verify_rrset(&signed, &example().zone_keys(), at(NOW), &policy, &budget());
    assert_shape!(verify(off("example.")), Err(Reason::SignatureAlgorithm { .. }));
    assert!(verify(off("sub.example.")).is_ok());
}
