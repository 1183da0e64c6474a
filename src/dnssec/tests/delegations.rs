//! RFC 4034 section 5, RFC 4035 section 5.2, RFC 4509, RFC 6840 section 5.2: who vouches for a zone's keys.

use super::assert_shape;
use crate::dnssec::reason::Voucher;
use crate::dnssec::testing::*;
use crate::dnssec::{
    Algorithm, Below, DigestType, Insecurity, Policy, Reason, Vouch, ZoneKeys, zone_keys,
};
use crate::wire::{Rdata, RrSet, RrType};

const ALL: [DigestType; 3] = [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384];

fn keys_by_ds(zone: &TestZone, ds: Vec<Rdata>) -> Result<ZoneKeys, Reason> {
    zone.keys_by(&zone.dnskey(), &zone.anchors(RrType::DS, ds))
}

/// The DS RDATA of the zone's first key, after `change`.
fn changed(digest: DigestType, change: impl FnOnce(&mut Vec<u8>)) -> Vec<Rdata> {
    let mut ds = example().ds(&TestKey::ed25519(), digest).to_vec();
    change(&mut ds);
    vec![ds.into()]
}

/// The DS RRset of `ds` at `owner`, verified with the parent's keys.
fn by_parent(owner: &str, ds: Vec<Rdata>) -> Vouch {
    let parent = TestZone { apex: name("."), ..example() };
    let set = parent.signed(RrSet::new(name(owner), RrType::DS, 300, ds));
    Vouch::Ds(parent.verify(&set).expect("a signed DS RRset"))
}

#[test]
fn rfc4034_s5_1_4_a_digest_names_its_key() {
    for digest in ALL {
        let keys = keys_by_ds(&example(), changed(digest, |_| {})).expect("keys");
        assert_eq!(keys.zone(), &name("example."));
        assert_eq!(keys.vouched_tags(), [TestKey::ed25519().tag()]);
        for at in [0, 1, 2] {
            let other = keys_by_ds(&example(), changed(digest, |ds| ds[at] ^= 1));
            assert_shape!(other, Err(Reason::NoMatchingKey { .. })); // another tag or algorithm
        }
        let forged = keys_by_ds(&example(), changed(digest, |ds| ds[4] ^= 1));
        assert_shape!(forged, Err(Reason::DigestMismatch { digest: d, .. }) if *d == digest);
    }
}

#[test]
fn rfc4034_s5_1_4_the_digest_is_over_the_name_in_lower_case() {
    let upper = TestZone { apex: name("EXAMPLE."), ..example() };
    let ds = example().ds(&TestKey::ed25519(), DigestType::SHA256);
    assert!(keys_by_ds(&upper, vec![ds.clone()]).is_ok());
    let other = TestZone { apex: name("example.net."), ..example() };
    assert_shape!(keys_by_ds(&other, vec![ds]), Err(Reason::DigestMismatch { .. }));
}

#[test]
fn rfc4509_s2_the_digest_is_whole() {
    for digest in ALL {
        let cut = keys_by_ds(&example(), changed(digest, |ds| ds.truncate(ds.len() - 1)));
        assert_shape!(cut, Err(Reason::DigestMismatch { .. }));
        let longer = keys_by_ds(&example(), changed(digest, |ds| ds.push(0)));
        assert_shape!(longer, Err(Reason::DigestMismatch { .. }));
    }
}

#[test]
fn rfc4509_s3_sha1_is_ignored_beside_better_digests() {
    let ds = |digest| example().ds(&TestKey::ed25519(), digest);
    let wrong = |digest| changed(digest, |ds| ds[4] ^= 1).remove(0);
    for better in [DigestType::SHA256, DigestType::SHA384] {
        for both in [[ds(DigestType::SHA1), wrong(better)], [wrong(better), ds(DigestType::SHA1)]] {
            let keys = keys_by_ds(&example(), both.to_vec());
            assert_shape!(keys, Err(Reason::DigestMismatch { digest, .. }) if *digest == better);
        }
        assert!(keys_by_ds(&example(), vec![wrong(DigestType::SHA1), ds(better)]).is_ok());
    }
    let unknown = changed(DigestType::SHA256, |ds| ds[3] = 3).remove(0);
    let beside_unknown = keys_by_ds(&example(), vec![ds(DigestType::SHA1), unknown]);
    assert!(beside_unknown.is_ok(), "what cannot be computed is no better digest");
}

#[test]
fn rfc4035_s5_2_any_one_ds_record_suffices() {
    let ds = example().ds(&TestKey::ed25519(), DigestType::SHA256);
    let of_stranger = example().ds(&TestKey::stranger(), DigestType::SHA256);
    assert!(keys_by_ds(&example(), vec![of_stranger.clone(), ds.clone()]).is_ok());
    assert!(keys_by_ds(&example(), vec![ds.clone(), of_stranger.clone()]).is_ok());
    let alone = keys_by_ds(&example(), vec![of_stranger.clone()]);
    let (wanted, found) = (TestKey::stranger().tag(), TestKey::ed25519().tag());
    assert_shape!(
        alone,
        Err(Reason::NoMatchingKey { by: Voucher::TrustAnchor, wanted: w, found: f, .. })
            if *w == [wanted] && *f == [found]
    );
    let many = |n: usize| {
        std::iter::repeat_n(&of_stranger, n)
            .enumerate()
            .map(|(i, ds)| {
                let mut ds = ds.clone();
                ds[4] = u8::try_from(i).expect("few");
                ds
            })
            .chain([ds.clone()])
            .collect::<Vec<_>>()
    };
    assert!(keys_by_ds(&example(), many(7)).is_ok());
    assert_shape!(keys_by_ds(&example(), many(8)), Err(Reason::NoMatchingKey { .. })); // eight are read
}

#[test]
fn rfc4035_s5_2_the_key_that_is_vouched_for_signs_the_dnskey_rrset() {
    let mut zone = example();
    zone.keys.push(TestKey::stranger());
    let of_second = || vec![zone.ds(&zone.keys[1], DigestType::SHA256)];
    let not_by_it = keys_by_ds(&zone, of_second()); // the first key signed alone
    assert_shape!(not_by_it, Err(Reason::NoKeyForSignature { .. }));
    let mut dnskey = zone.dnskey();
    dnskey.signatures = vec![zone.signature_by(&zone.keys[1], &dnskey, |_| {})];
    let keys = zone.keys_by(&dnskey, &zone.anchors(RrType::DS, of_second())).expect("keys");
    assert_eq!(keys.vouched_tags(), [zone.keys[1].tag()]);
    assert_eq!(keys.tags().count(), 2, "then all keys of the set may sign");
    let unsigned = RrSet { signatures: Vec::new(), ..dnskey };
    let vouch = zone.anchors(RrType::DS, of_second());
    assert_shape!(zone.keys_by(&unsigned, &vouch), Err(Reason::SignaturesMissing { .. }));
}

#[test]
fn rfc4034_appendix_b_a_ds_record_may_fit_several_keys_of_its_tag() {
    let own = TestKey::ed25519().rdata();
    let decoy = |i: usize| {
        let mut rdata = own.clone();
        let (a, b) = (4 + 2 * i, 6 + 2 * i);
        (rdata[a], rdata[a + 1], rdata[b], rdata[b + 1]) = (own[b], own[b + 1], own[a], own[a + 1]);
        rdata
    };
    let keys = |decoys: usize| {
        let rdatas = (0..decoys).map(decoy).chain([own.clone()]).collect();
        let dnskey = example().signed(RrSet::new(name("example."), RrType::DNSKEY, 300, rdatas));
        let ds = example().ds(&TestKey::ed25519(), DigestType::SHA256);
        example().keys_by(&dnskey, &example().anchors(RrType::DS, vec![ds]))
    };
    assert!(keys(3).is_ok());
    assert_shape!(keys(4), Err(Reason::DigestMismatch { .. })); // four are hashed
}

/// The zone's keys when its first key is as `change` makes it, in the RRset and in the DS record.
fn with_key(change: impl FnOnce(&mut TestKey)) -> Result<ZoneKeys, Reason> {
    let mut zone = example();
    change(&mut zone.keys[0]);
    let ds = zone.ds(&zone.keys[0], DigestType::SHA256);
    keys_by_ds(&zone, vec![ds])
}

#[test]
fn rfc4034_s2_1_1_a_key_without_the_zone_key_flag_is_not_used() {
    assert_shape!(with_key(|key| key.flags = 1), Err(Reason::NoZoneKey { .. }));
    assert_shape!(with_key(|key| key.flags = 0), Err(Reason::NoZoneKey { .. }));
    let mut zone = example();
    zone.keys.push(TestKey { flags: 1, ..TestKey::stranger() });
    let signature = zone.signature_by(&zone.keys[1], &set("www.example. 300 A 192.0.2.1"), |_| {});
    let signed = RrSet { signatures: vec![signature], ..set("www.example. 300 A 192.0.2.1") };
    assert_shape!(zone.verify(&signed), Err(Reason::NoZoneKey { .. }));
}

#[test]
fn rfc4034_s5_2_a_ds_record_refers_to_a_zone_key() {
    assert_shape!(with_key(|key| key.flags = 1), Err(Reason::NoZoneKey { .. }));
    assert!(with_key(|key| key.flags = 256).is_ok());
}

#[test]
fn rfc4034_s2_1_1_the_secure_entry_point_flag_changes_nothing() {
    for flags in [256, 257] {
        assert!(with_key(|key| key.flags = flags).is_ok(), "{flags}");
        let mut zone = example();
        zone.keys.push(TestKey { flags, ..TestKey::stranger() });
        let mut signed = set("www.example. 300 A 192.0.2.1");
        signed.signatures = vec![zone.signature_by(&zone.keys[1], &signed, |_| {})];
        assert!(zone.verify(&signed).is_ok(), "{flags}");
    }
}

#[test]
fn rfc4034_s2_1_1_reserved_flags_are_ignored() {
    for bit in (0..16).map(|i| 1 << i).filter(|bit| ![256, 128].contains(bit)) {
        assert!(with_key(|key| key.flags = 256 | bit).is_ok(), "{bit:#x}");
    }
}

#[test]
fn rfc4034_s2_1_2_the_protocol_is_3() {
    for protocol in [0, 2, 4, 255] {
        assert_shape!(with_key(|key| key.protocol = protocol), Err(Reason::NoZoneKey { .. }));
    }
    let mut zone = example();
    zone.keys.push(TestKey { protocol: 4, ..TestKey::stranger() });
    assert_eq!(zone.zone_keys().tags().count(), 1);
}

#[test]
fn rfc5011_s2_1_a_revoked_key_vouches_for_nothing() {
    assert_shape!(with_key(|key| key.flags = 385), Err(Reason::KeyRevoked { .. }));
    let mut zone = example();
    zone.keys.push(TestKey { flags: 385, ..TestKey::stranger() });
    assert_eq!(zone.zone_keys().tags().count(), 1);
    // Written without the flag, the anchor is the same key all the same.
    zone.keys = vec![TestKey { flags: 385, ..TestKey::ed25519() }];
    let by_anchor = zone.keys_by(&zone.dnskey(), &example().anchor());
    assert_shape!(by_anchor, Err(Reason::KeyRevoked { .. }));
}

#[test]
fn rfc4035_s4_4_a_dnskey_can_be_the_anchor() {
    let keys = example().zone_keys();
    assert_eq!(keys.vouched_tags(), [TestKey::ed25519().tag()]);
    assert_eq!((keys.ttl(), keys.dnskey_rrset().rdatas.len()), (3600, 1));
    let anchor = |change: fn(&mut TestKey)| {
        let mut key = TestKey::ed25519();
        change(&mut key);
        let vouch = example().anchors(RrType::DNSKEY, vec![key.rdata()]);
        example().keys_by(&example().dnskey(), &vouch)
    };
    assert!(anchor(|key| key.flags = 256).is_ok(), "the same key, whatever its flags");
    for other in [
        anchor(|key| *key = TestKey::stranger()),
        anchor(|key| key.protocol = 2),
        anchor(|key| key.algorithm = Algorithm(200)),
    ] {
        assert_shape!(other, Err(Reason::NoMatchingKey { .. }));
    }
}

#[test]
fn a_key_that_is_vouched_for_and_can_verify_nothing_says_why() {
    let mut zone = example();
    zone.keys[0].algorithm = Algorithm::ECDSAP256SHA256; // 32 octets are no point
    let ds = zone.ds(&zone.keys[0], DigestType::SHA256);
    assert_shape!(keys_by_ds(&zone, vec![ds]), Err(Reason::KeyUnusable { .. }));
    let off = Policy {
        disabled_algorithms: vec![Below { name: name("."), what: Algorithm::ED25519 }],
        ..Policy::default()
    };
    let (dnskey, anchor) = (example().dnskey(), example().anchor());
    let keys = zone_keys(&name("example."), &dnskey, &anchor, at(NOW), &off, &budget());
    assert_shape!(keys, Err(Reason::KeyUnusable { .. }));
}

#[test]
fn several_named_keys_may_fail_each_in_its_own_way() {
    let mut zone = example();
    zone.keys.push(TestKey { flags: 1, ..TestKey::stranger() });
    let ds = zone.keys.iter().map(|key| zone.ds(key, DigestType::SHA256)).collect::<Vec<_>>();
    assert!(keys_by_ds(&zone, ds.clone()).is_ok(), "one good key suffices");
    let mut forged = ds;
    forged[0][4] ^= 1;
    assert_shape!(keys_by_ds(&zone, forged), Err(Reason::DigestMismatch { .. }));
}

#[test]
fn a_key_named_twice_is_vouched_for_once() {
    let ds = ALL.map(|digest| example().ds(&TestKey::ed25519(), digest)).to_vec();
    let keys = keys_by_ds(&example(), ds).expect("keys");
    assert_eq!(keys.vouched_tags().len(), 1);
}

#[test]
fn keys_say_who_vouches_for_them() {
    let tag = TestKey::ed25519().tag();
    let text = format!("the trust anchor names key {tag}; keys that may sign: {tag} (ED25519)");
    assert_eq!(example().zone_keys().to_string(), text);
    let ds = vec![example().ds(&TestKey::ed25519(), DigestType::SHA256)];
    let keys = example().keys_by(&example().dnskey(), &by_parent("example.", ds)).expect("keys");
    assert!(keys.to_string().starts_with("the DS RRset names key"));
    let of_stranger = vec![example().ds(&TestKey::stranger(), DigestType::SHA256)];
    let none = example().keys_by(&example().dnskey(), &by_parent("example.", of_stranger));
    assert_shape!(none, Err(Reason::NoMatchingKey { by: Voucher::Ds, .. }));
}

fn usable(rtype: RrType, rdatas: Vec<Rdata>, policy: &Policy) -> Result<(), Insecurity> {
    example().anchors(rtype, rdatas).usable(&name("example."), policy)
}

#[test]
fn rfc4035_s5_2_without_a_supported_algorithm_the_zone_is_insecure() {
    let ds = |algorithm: u8| changed(DigestType::SHA256, |ds| ds[2] = algorithm).remove(0);
    let policy = Policy::default();
    let unsupported = usable(RrType::DS, vec![ds(200), ds(3), ds(200)], &policy);
    assert_shape!(
        unsupported,
        Err(Insecurity::UnsupportedAlgorithms { algorithms, .. })
            if *algorithms == [Algorithm(3), Algorithm(200)]
    );
    assert_eq!(usable(RrType::DS, vec![ds(200), ds(15)], &policy), Ok(()));
    let dnskey = |algorithm| TestKey { algorithm, ..TestKey::ed25519() }.rdata();
    assert_eq!(usable(RrType::DNSKEY, vec![dnskey(Algorithm::ED25519)], &policy), Ok(()));
    assert_shape!(
        usable(RrType::DNSKEY, vec![dnskey(Algorithm(200))], &policy),
        Err(Insecurity::UnsupportedAlgorithms { algorithms, .. }) if *algorithms == [Algorithm(200)]
    );
    let by_parent = by_parent("example.", vec![ds(200)]);
    assert!(by_parent.usable(&name("example."), &policy).is_err());
}

#[test]
fn rfc6840_s5_2_without_a_supported_digest_the_zone_is_insecure() {
    let ds = |digest: u8| changed(DigestType::SHA256, |ds| ds[3] = digest).remove(0);
    let policy = Policy::default();
    assert_shape!(
        usable(RrType::DS, vec![ds(3), ds(0)], &policy),
        Err(Insecurity::UnsupportedDigests { digests, .. })
            if *digests == [DigestType(0), DigestType(3)]
    );
    assert_eq!(usable(RrType::DS, vec![ds(3), ds(2)], &policy), Ok(()));
    // The supported digest is of an unsupported algorithm, and the other way round.
    let other = changed(DigestType::SHA256, |ds| ds[2] = 200).remove(0);
    assert!(usable(RrType::DS, vec![other, ds(3)], &policy).is_err());
}

#[test]
fn rfc6840_s5_3_private_algorithms_are_not_supported() {
    for algorithm in [253, 254] {
        let ds = changed(DigestType::SHA256, |ds| ds[2] = algorithm);
        assert!(usable(RrType::DS, ds, &Policy::default()).is_err(), "{algorithm}");
    }
}

#[test]
fn rfc9905_s2_the_operator_can_make_sha1_zones_insecure() {
    let ds = |algorithm: u8| changed(DigestType::SHA256, |ds| ds[2] = algorithm);
    let off = |below: &str| Policy {
        disabled_algorithms: [5, 7]
            .map(|n| Below { name: name(below), what: Algorithm(n) })
            .to_vec(),
        ..Policy::default()
    };
    for algorithm in [5, 7] {
        assert_eq!(usable(RrType::DS, ds(algorithm), &Policy::default()), Ok(()), "implemented");
        assert!(usable(RrType::DS, ds(algorithm), &off(".")).is_err());
        assert!(usable(RrType::DS, ds(algorithm), &off("example.")).is_err());
        assert!(usable(RrType::DS, ds(algorithm), &off("www.example.")).is_ok());
        let beside = [ds(algorithm), ds(15)].concat();
        assert!(usable(RrType::DS, beside, &off(".")).is_ok(), "others are still there");
    }
}

#[test]
fn digests_can_be_taken_as_unknown() {
    let off = |below: &str| Policy {
        disabled_digests: vec![Below { name: name(below), what: DigestType::SHA1 }],
        ..Policy::default()
    };
    let sha1 = || changed(DigestType::SHA1, |_| {});
    assert_eq!(usable(RrType::DS, sha1(), &off("net.")), Ok(()));
    assert_shape!(
        usable(RrType::DS, sha1(), &off(".")),
        Err(Insecurity::UnsupportedDigests { .. })
    );
}
