//! The keys of a zone, once somebody vouches for them (RFC 4035 section 5.2).

use std::fmt;

use super::reason::Voucher;
use super::signature::{Key, Signers, Tried, verify_by};
use super::{Algorithm, Budget, Policy, Reason, Verified, Vouch, crypto, delegation_signer};
use crate::clock::Moment;
use crate::wire::rdata::Dnskey;
use crate::wire::{Name, RrSet};

/// Where a usable key lies in the DNSKEY RRset.
#[derive(Clone, Debug)]
struct UsableKey {
    index: usize,
    tag: u16,
    algorithm: Algorithm,
}

/// A DNSKEY RRset that a DS RRset or a trust anchor vouches for. Only [`zone_keys()`] and [`zone_keys_beyond`] make it.
#[derive(Clone, Debug)]
pub struct ZoneKeys {
    dnskey: RrSet,
    usable: Vec<UsableKey>,
    unusable: Vec<Reason>,
    vouched: Vec<u16>,
    by: Voucher,
}

impl ZoneKeys {
    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &Name {
        &self.dnskey.owner
    }

    /// Seconds for which they hold.
    #[must_use]
    pub const fn ttl(&self) -> u32 {
        self.dnskey.ttl
    }

    /// The RRset.
    #[must_use]
    pub const fn dnskey_rrset(&self) -> &RrSet {
        &self.dnskey
    }

    /// Are these the same keys as `other`? Then they prove nothing that those do not, whoever vouches for them.
    #[must_use]
    pub fn are_same(&self, other: &Self) -> bool {
        let (ours, others) = (&self.dnskey.rdatas, &other.dnskey.rdatas);
        self.zone() == other.zone()
            && ours.len() == others.len() // an RRset holds no record twice
            && ours.iter().all(|key| others.contains(key))
    }

    /// Tags of the keys that are vouched for.
    #[must_use]
    pub fn vouched_tags(&self) -> &[u16] {
        &self.vouched
    }

    /// Tag and algorithm of each key that may sign.
    pub fn tags(&self) -> impl Iterator<Item = (u16, Algorithm)> + '_ {
        self.usable.iter().map(|key| (key.tag, key.algorithm))
    }

    pub(super) fn keys(&self) -> Vec<Key<'_>> {
        let key = |usable: &UsableKey| {
            let dnskey =
                self.dnskey.rdatas.get(usable.index).and_then(|rdata| Dnskey::parse(rdata))?;
            Some(Key {
                tag: usable.tag,
                algorithm: usable.algorithm,
                public_key: dnskey.public_key,
            })
        };
        self.usable.iter().filter_map(key).collect()
    }
}

impl fmt::Display for ZoneKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vouched = self.vouched.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let keys = self
            .tags()
            .map(|(tag, algorithm)| format!("{tag} ({algorithm})"))
            .collect::<Vec<_>>()
            .join(", ");
        write!(f, "{} names key {vouched}; keys that may sign: {keys}", self.by)
    }
}

/// The keys of `zone`: its DNSKEY RRset `dnskey`, if a key that `vouch` names signed it (RFC 4035 section 5.2). Then
/// all its usable keys may sign the zone.
///
/// # Errors
/// Why nothing vouches for it.
pub fn zone_keys(
    zone: &Name,
    dnskey: &RrSet,
    vouch: &Vouch,
    moment: Moment,
    policy: &Policy,
    budget: &Budget,
) -> Result<ZoneKeys, Reason> {
    zone_keys_beyond(&mut Tried::default(), zone, dnskey, vouch, moment, policy, budget)
}

/// [`zone_keys()`] that goes on after a pause with what was `tried`.
///
/// # Errors
/// The same, or that a pause is due.
pub fn zone_keys_beyond(
    tried: &mut Tried,
    zone: &Name,
    dnskey: &RrSet,
    vouch: &Vouch,
    moment: Moment,
    policy: &Policy,
    budget: &Budget,
) -> Result<ZoneKeys, Reason> {
    let mut reason = None;
    let mut entry_points = Vec::new();
    for key in delegation_signer::named_keys(zone, dnskey, vouch, policy, &mut reason) {
        match usable(zone, &key, policy) {
            Ok(()) => entry_points.push(key),
            Err(problem) => reason = Some(problem.or(reason)),
        }
    }
    if entry_points.is_empty() {
        return Err(reason.unwrap_or_else(|| delegation_signer::no_match(zone, dnskey, vouch)));
    }
    let keys: Vec<_> = entry_points.iter().map(as_key).collect();
    let signers = Signers { zone, keys: &keys, unusable: &[] };
    let verified = verify_by(dnskey, signers, moment, policy, budget, tried)?;
    let vouched = keys.iter().map(|key| key.tag).collect();
    let (usable, unusable) = sorted_keys(zone, dnskey, policy);
    Ok(ZoneKeys {
        usable,
        unusable,
        dnskey: verified.rrset().clone(),
        vouched,
        by: vouch.voucher(),
    })
}

fn as_key<'a>(key: &Dnskey<'a>) -> Key<'a> {
    Key { tag: key.key_tag(), algorithm: Algorithm(key.algorithm), public_key: key.public_key }
}

/// May the key sign RRsets of `zone`: zone key, protocol 3 (RFC 4034 sections 2.1.1, 2.1.2), not revoked (RFC 5011
/// section 2.1), and of a form that can be verified?
fn usable(zone: &Name, key: &Dnskey<'_>, policy: &Policy) -> Result<(), Reason> {
    let (zone_name, key_tag, algorithm) =
        (|| zone.clone(), key.key_tag(), Algorithm(key.algorithm));
    if !key.is_zone_key() || key.protocol != 3 {
        return Err(Reason::NoZoneKey { zone: zone_name(), key_tag });
    }
    if key.is_revoked() {
        return Err(Reason::KeyRevoked { zone: zone_name(), key_tag });
    }
    if !policy.supports_algorithm(zone, algorithm) {
        let problem = crypto::KeyProblem::Malformed;
        return Err(Reason::KeyUnusable { zone: zone_name(), key_tag, algorithm, problem });
    }
    crypto::check_key(algorithm, key.public_key).map_err(|problem| Reason::KeyUnusable {
        zone: zone_name(),
        key_tag,
        algorithm,
        problem,
    })
}

/// The keys that may sign, and why the others may not.
fn sorted_keys(zone: &Name, dnskey: &RrSet, policy: &Policy) -> (Vec<UsableKey>, Vec<Reason>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (index, rdata) in dnskey.rdatas.iter().enumerate() {
        let Some(key) = Dnskey::parse(rdata) else { continue };
        let (tag, algorithm) = (key.key_tag(), Algorithm(key.algorithm));
        match usable(zone, &key, policy) {
            Ok(()) => good.push(UsableKey { index, tag, algorithm }),
            Err(reason) => bad.push(reason),
        }
    }
    (good, bad)
}

/// Verifies `set` with the keys of its zone: any one valid signature suffices (RFC 6840 section 5.4).
///
/// # Errors
/// Why none is valid: the reason of the one that came furthest.
pub fn verify_rrset(
    set: &RrSet,
    keys: &ZoneKeys,
    moment: Moment,
    policy: &Policy,
    budget: &Budget,
) -> Result<Verified, Reason> {
    verify_rrset_beyond(&mut Tried::default(), set, keys, moment, policy, budget)
}

/// [`verify_rrset`] that goes on after a pause with what was `tried`.
///
/// # Errors
/// The same, or that a pause is due.
pub fn verify_rrset_beyond(
    tried: &mut Tried,
    set: &RrSet,
    keys: &ZoneKeys,
    moment: Moment,
    policy: &Policy,
    budget: &Budget,
) -> Result<Verified, Reason> {
    let signers = Signers { zone: keys.zone(), keys: &keys.keys(), unusable: &keys.unusable };
    verify_by(set, signers, moment, policy, budget, tried)
}
