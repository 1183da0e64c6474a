//! Signed zones hold what RFC 4035 section 2 and RFC 5155 section 7.1 ask for, and the validator agrees.

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::dnssec::{
    Budget, DigestType, Limits, Policy, TrustAnchor, Vouch, ZoneKeys, verify_rrset, zone_keys,
};
use crate::lab::{Keyring, sign};

fn keyring() -> Keyring {
    Keyring::built_in().expect("keys that the library takes")
}

fn keys(zone: &Zone, signer: &Signer) -> ZoneKeys {
    let ds = signer.ds_rrset(zone.apex(), 300, &[DigestType::SHA256]);
    let anchor =
        TrustAnchor::new(zone.apex().clone(), RrType::DS, ds.rdatas[0].clone(), String::new());
    let vouch = Vouch::Anchors(vec![anchor.expect("a DS")]);
    let budget = Budget::new(Limits::default(), moment().now);
    let dnskey = zone.get(zone.apex(), RrType::DNSKEY).expect("keys");
    zone_keys(zone.apex(), dnskey, &vouch, moment(), &Policy::default(), &budget).expect("trusted")
}

/// Owners and types of all that is signed; every signature must verify.
fn verified(zone: &Zone, signer: &Signer) -> Vec<String> {
    let keys = keys(zone, signer);
    let verify = |set: &RrSet| {
        let budget = Budget::new(Limits::default(), moment().now);
        verify_rrset(set, &keys, moment(), &Policy::default(), &budget).expect("a good signature");
        format!("{} {}", set.owner, set.rtype)
    };
    zone.rrsets().filter(|set| !set.signatures.is_empty()).map(verify).collect()
}

#[test]
fn every_algorithm_that_signs_here_verifies() {
    let keyring = keyring();
    for pair in [
        &keyring.p256[0],
        &keyring.p384,
        &keyring.ed25519[0],
        &keyring.rsa_sha256,
        &keyring.rsa_sha512,
    ] {
        let signer = signer(pair, Chain::Nsec);
        let zone = sign(&unsigned(), &signer).expect("signed");
        assert!(verified(&zone, &signer).contains(&"www.x. A".into()), "{pair:?}");
    }
}

#[test]
fn rfc4035_s2_2_neither_cuts_nor_glue_are_signed() {
    let signer = signer(&keyring().p256[0], Chain::Nsec);
    let zone = sign(&unsigned(), &signer).expect("signed");
    let signed = verified(&zone, &signer);
    for owner in ["safe.x. NS", "plain.x. NS", "ns.safe.x. A", "ns.plain.x. A"] {
        assert!(!signed.contains(&owner.into()), "{owner}");
    }
    for owner in ["x. NS", "x. DNSKEY", "safe.x. DS", "safe.x. NSEC", "*.wild.x. A"] {
        assert!(signed.contains(&owner.into()), "{owner}");
    }
}

#[test]
fn rfc4035_s2_3_the_nsec_chain_runs_through_every_owner_once() {
    let zone = sign(&unsigned(), &signer(&keyring().p256[0], Chain::Nsec)).expect("signed");
    let mut at = zone.apex().clone();
    let mut owners = Vec::new();
    loop {
        owners.push(at.to_string());
        let nsec = zone.get(&at, RrType::NSEC).expect("an NSEC");
        at = Name::from_wire_prefix(&nsec.rdatas[0]).expect("a next owner");
        if at == *zone.apex() {
            break;
        }
    }
    assert_eq!(
        owners,
        [
            "x.",
            "alias.x.",
            "deep.empty.non-terminal.x.",
            "way.to.nothing.x.",
            "ns.x.",
            "plain.x.",
            "renamed.x.",
            "safe.x.",
            "*.wild.x.",
            "www.x."
        ]
    );
}

#[test]
fn rfc5155_s7_1_empty_non_terminals_are_hashed_and_opt_out_leaves_out_insecure_cuts() {
    for (opt_out, missing) in
        [(false, &[][..]), (true, &["plain.x.", "way.to.nothing.x.", "to.nothing.x."])]
    {
        let signer = signer(&keyring().p256[0], nsec3(opt_out));
        let zone = sign(&unsigned(), &signer).expect("signed");
        verified(&zone, &signer);
        let hashing = zone.hashing().expect("NSEC3");
        for name in ["x.", "empty.non-terminal.x.", "non-terminal.x.", "wild.x.", "safe.x."]
            .iter()
            .chain(&["plain.x.", "way.to.nothing.x.", "to.nothing.x."])
        {
            let found = zone.nsec3_matching(&hashing.hash(&super::name(name))).is_some();
            assert_eq!(found, !missing.contains(name), "{name} {opt_out}");
        }
        assert!(zone.nsec3_matching(&hashing.hash(&name("ns.safe.x."))).is_none());
    }
}

#[test]
fn key_and_zone_signing_keys_sign_what_is_theirs() {
    let keyring = keyring();
    let key = |pair: &Arc<SigningKey>, role| Key::new(pair.clone(), role);
    let keys = vec![
        key(&keyring.p256[0], Role::KeySigning),
        key(&keyring.p256[1], Role::ZoneSigning),
        key(&keyring.p256[2], Role::Standby),
    ];
    let signer = Signer { keys, ..signer(&keyring.p256[0], Chain::Nsec) };
    let zone = sign(&unsigned(), &signer).expect("signed");
    let tag = |set: &RrSet| u16::from_be_bytes([set.signatures[0][16], set.signatures[0][17]]);
    let dnskey = zone.get(zone.apex(), RrType::DNSKEY).expect("keys");
    assert_eq!((dnskey.rdatas.len(), dnskey.signatures.len()), (3, 1));
    assert_eq!(tag(dnskey), signer.keys[0].tag());
    assert_eq!(tag(zone.get(zone.apex(), RrType::SOA).expect("SOA")), signer.keys[1].tag());
    verified(&zone, &signer);
}

#[test]
fn two_thousand_names_are_signed_quickly() {
    let mut zone = unsigned();
    (0..2000).for_each(|i| zone.insert(address(&format!("host{i}.x."))));
    for chain in [Chain::Nsec, nsec3(false)] {
        let start = SystemClock.now();
        sign(&zone, &signer(&keyring().p256[0], chain)).expect("signed");
        let took = SystemClock.now().since(start);
        assert!(took.as_secs() < 10, "{took:?}");
    }
}
