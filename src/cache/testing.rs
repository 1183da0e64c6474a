//! What the tests of this room share: the verified records of small zones.

use std::time::Duration;

use super::LongestLives;
use crate::clock::{Instant, Moment};
use crate::dnssec::{
    Budget, Limits, Policy, TrustAnchor, Verified, Vouch, verify_rrset, zone_keys,
};
use crate::lab::{Chain as Proofs, Key, Keyring, Role, Signer, Validity, Zone, sign};
use crate::wire::{Name, RrSet, RrType};

const WALL: u64 = 1_767_225_600;
pub(super) const LONGEST: LongestLives =
    LongestLives { data: Duration::from_secs(86_400), denial: Duration::from_secs(3_600) };

pub(super) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(super) fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}

pub(super) const fn hashed(iterations: u16, opt_out: bool) -> Proofs {
    Proofs::Nsec3 { iterations, salt: Vec::new(), opt_out }
}

/// The records of types `wanted` of the zone `example.` with these names, verified.
pub(super) fn records(names: &str, proofs: Proofs, wanted: &[RrType]) -> Vec<Verified> {
    counted_down(names, proofs, wanted, u32::MAX)
}

/// The same with no TTL above `ttl`.
pub(super) fn counted_down(
    names: &str,
    proofs: Proofs,
    wanted: &[RrType],
    ttl: u32,
) -> Vec<Verified> {
    let lines: String = names.split(' ').map(|owner| format!("{owner} A 192.0.2.1\n")).collect();
    let text = format!("$TTL 3600\n@ SOA ns me 1 2 3 4 300\n@ NS ns\n{lines}");
    let apex = name("example");
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let keys = vec![Key::new(pair, Role::Combined)];
    let signer = Signer { keys, chain: proofs, validity: Validity::days(WALL, -1, 13) };
    let zone = Zone::from_text(apex.clone(), &text).expect("a zone");
    let zone = sign(&zone, &signer).expect("signatures");
    let dnskey = zone.get(&apex, RrType::DNSKEY).expect("keys");
    let key = signer.keys[0].dnskey();
    let anchor = TrustAnchor::new(apex.clone(), RrType::DNSKEY, key, String::new());
    let vouch = Vouch::Anchors(anchor.into_iter().collect());
    let (moment, policy) = (Moment { now: at(1), wall: WALL }, Policy::default());
    let budget = Budget::new(Limits::default(), at(1));
    let keys = zone_keys(&apex, dnskey, &vouch, moment, &policy, &budget).expect("trust");
    let verify = |set| verify_rrset(&set, &keys, moment, &policy, &budget).expect("good");
    let sets = zone.rrsets().filter(|set| wanted.contains(&set.rtype)).cloned();
    sets.map(|set| verify(RrSet { ttl: set.ttl.min(ttl), ..set })).collect()
}

/// What `make` makes, and how many octets it asked the allocator for and holds.
pub(super) fn held_octets<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(make()));
    let held = usize::try_from(counted.bytes_current).expect("more than was given back");
    (made.expect("made"), held)
}
