//! RFC 4035 section 4.4, RFC 7646: where chains of trust begin, and where the operator ends them.

use crate::dnssec::testing::*;
use crate::dnssec::{
    AnchorProblem, DigestType, KeyProblem, NegativeTrustAnchor, NegativeTrustAnchors, TrustAnchor,
    TrustAnchors,
};
use crate::wire::RrType;

fn anchor(zone: &str, rtype: RrType, rdata: &[u8]) -> TrustAnchor {
    TrustAnchor::new(name(zone), rtype, rdata.into(), "root.key:3".into()).expect("an anchor")
}

#[test]
fn rfc4035_s4_4_an_anchor_is_a_ds_or_a_dnskey() {
    let key = TestKey::ed25519();
    let dnskey = anchor("example.", RrType::DNSKEY, &key.rdata());
    let ds_rdata = example().ds(&key, DigestType::SHA256);
    let ds = anchor("example.", RrType::DS, &ds_rdata);
    for (anchor, rtype, rdata) in
        [(&dnskey, RrType::DNSKEY, &key.rdata()), (&ds, RrType::DS, &ds_rdata)]
    {
        assert_eq!((anchor.zone(), anchor.rtype()), (&name("example."), rtype));
        assert_eq!((anchor.rdata(), anchor.source()), (&**rdata, "root.key:3"));
        assert_eq!((anchor.key_tag(), anchor.algorithm()), (key.tag(), 15));
        assert_eq!(anchor.ds().is_some(), rtype == RrType::DS);
        assert_eq!(anchor.dnskey().is_some(), rtype == RrType::DNSKEY);
        assert_eq!(anchor.check(), Ok(()));
    }
    assert!(
        TrustAnchor::new(name("."), RrType::DS, [0, 1, 8, 2].into(), String::new()).is_none(),
        "without a digest"
    );
}

#[test]
fn keys_that_can_verify_nothing_are_no_anchors() {
    let check = |change: fn(&mut TestKey)| {
        let mut key = TestKey::ed25519();
        change(&mut key);
        anchor(".", RrType::DNSKEY, &key.rdata()).check()
    };
    assert_eq!(check(|key| key.flags = 256), Ok(()));
    assert_eq!(check(|key| key.flags = 1), Err(AnchorProblem::NotZoneKey));
    assert_eq!(check(|key| key.protocol = 0), Err(AnchorProblem::NotZoneKey));
    assert_eq!(check(|key| key.flags = 385), Err(AnchorProblem::Revoked));
    let short = anchor(".", RrType::DNSKEY, &[1, 1, 3, 15, 1]);
    assert_eq!(short.check(), Err(AnchorProblem::Key(KeyProblem::Malformed)));
}

#[test]
fn rfc4035_s4_4_anchors_are_kept_by_zone_and_once() {
    let key = TestKey::ed25519();
    let dnskey = anchor("example.", RrType::DNSKEY, &key.rdata());
    let ds = anchor("example.", RrType::DS, &example().ds(&key, DigestType::SHA256));
    let root = anchor(".", RrType::DNSKEY, &key.rdata());
    let anchors: TrustAnchors = [&dnskey, &ds, &dnskey, &root].into_iter().cloned().collect();
    assert_eq!(anchors.at(&name("example.")), Some(&[dnskey.clone(), ds.clone()][..]));
    assert_eq!(anchors.at(&name("www.example.")), None);
    assert_eq!(anchors.iter().collect::<Vec<_>>(), [&root, &dnskey, &ds]);
    let above = |owner: &str| {
        let all = anchors.all_above(&name(owner)).collect::<Vec<_>>();
        assert_eq!(anchors.closest_above(&name(owner)), all.first());
        all
    };
    assert_eq!(above("example."), [name("example."), name(".")]);
    assert_eq!(above("www.example.net."), [name(".")]);
    assert!(!anchors.is_empty());
    assert!(TrustAnchors::default().is_empty());
}

#[test]
fn rfc7646_s2_1_and_s3_the_closest_negative_anchor_that_stands_counts() {
    let negative =
        |zone: &str, until| NegativeTrustAnchor { zone: name(zone), reason: zone.into(), until };
    let list = vec![
        negative("a.example.", Some(NOW)),
        negative("b.a.example.", None),
        negative("example.", None),
    ];
    let anchors = NegativeTrustAnchors::new(list.clone());
    let zone = |owner: &str, now| anchors.covering(&name(owner), now).map(|a| a.reason.clone());
    assert_eq!(zone("c.b.a.example.", NOW).as_deref(), Some("b.a.example."));
    assert_eq!(zone("a.example.", NOW - 1).as_deref(), Some("a.example."));
    assert_eq!(zone("a.example.", NOW).as_deref(), Some("example."), "it has ended");
    assert_eq!(zone("c.a.example.", NOW + 1).as_deref(), Some("example."));
    assert_eq!(zone("net.", NOW), None);
    assert_eq!(anchors.iter().collect::<Vec<_>>(), list.iter().collect::<Vec<_>>());
}
