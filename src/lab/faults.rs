//! What can be broken in a signed zone, one way at a time.
//!
//! A fault acts where an operator's mistake or an attacker would: on the keys and times before the zone is signed, on
//! the signed zone, or on the DS RRset that the parent publishes.

use std::sync::Arc;

use super::{Key, Role, Signer, Validity, Zone};
use crate::clock::WallSeconds;
use crate::dnssec::{Algorithm, SigningError, SigningKey};
use crate::wire::{Name, Rdata, RrSet, RrType};

/// DNSKEY flag: zone key (RFC 4034 section 2.1.1).
const ZONE_KEY: u16 = 0x0100;
/// DNSKEY flag: revoked (RFC 5011 section 2.1).
const REVOKED: u16 = 0x0080;

/// One way in which a zone is broken. Owners are the RRset's that is hit.
#[derive(Clone, Debug)]
pub enum Fault {
    /// All signatures ended two days ago.
    Expired,
    /// All signatures begin in two days.
    NotYetValid,
    /// All signatures end before they begin.
    Reversed,
    /// All keys are revoked; the DS names them so.
    Revoked,
    /// No key has the zone key flag.
    NoZoneKey,
    /// All keys have another protocol than 3.
    Protocol(u8),
    /// Keys, signatures and DS bear the number of another algorithm.
    Algorithm(Algorithm),
    /// The RRset has no signature.
    Unsigned(Name, RrType),
    /// The RRset is signed by this key, which the DNSKEY RRset does not have.
    Stranger(Name, RrType, Arc<SigningKey>),
    /// The last octet of the RRset's first RDATA was changed after it was signed.
    Altered(Name, RrType),
    /// Every RRset but the keys has as many signatures in place of its own, all by the key's tag and none good: KeyTrap
    /// (CVE-2023-50387).
    Trapped(u8),
    /// No RRset has a signature.
    Stripped,
    /// There is no DNSKEY RRset.
    NoKeys,
    /// There are no NSEC and NSEC3 records.
    NoDenial,
    /// Of the NSEC or NSEC3 records only the apex' is left, which covers next to nothing.
    WrongDenial,
    /// The digests in the DS are those of no key.
    DsAltered,
    /// The DS names a key tag that is not there.
    DsTag,
    /// The DS has this digest type.
    DsDigest(u8),
}

impl Fault {
    /// Before signing: keys and times.
    pub fn prepare(&self, signer: &mut Signer, wall: WallSeconds) {
        let keys = &mut signer.keys;
        match self {
            Self::Expired => signer.validity = Validity::days(wall, -30, -2),
            Self::NotYetValid => signer.validity = Validity::days(wall, 2, 30),
            Self::Reversed => signer.validity = Validity::days(wall, 2, -2),
            Self::Revoked => keys.iter_mut().for_each(|key| key.flags |= REVOKED),
            Self::NoZoneKey => keys.iter_mut().for_each(|key| key.flags &= !ZONE_KEY),
            Self::Protocol(protocol) => keys.iter_mut().for_each(|key| key.protocol = *protocol),
            Self::Algorithm(number) => keys.iter_mut().for_each(|key| key.algorithm = *number),
            _ => {}
        }
    }

    /// After signing: the zone.
    ///
    /// # Errors
    /// When the library refuses to sign.
    pub fn spoil(&self, zone: &mut Zone, signer: &Signer) -> Result<(), SigningError> {
        match self {
            Self::Unsigned(owner, rtype) => {
                each(zone, owner, *rtype, |set| set.signatures.clear());
            }
            Self::Altered(owner, rtype) => each(zone, owner, *rtype, alter),
            Self::Stranger(owner, rtype, pair) => {
                let keys = vec![Key::new(pair.clone(), Role::Combined)];
                let stranger = Signer { keys, ..signer.clone() };
                let apex = zone.apex().clone();
                for set in zone.rrsets_mut().filter(|set| set.is(owner, *rtype)) {
                    stranger.sign_rrset(&apex, set)?;
                }
            }
            Self::Trapped(count) => {
                let but_the_keys = |set: &&mut RrSet| set.rtype != RrType::DNSKEY;
                zone.rrsets_mut().filter(but_the_keys).for_each(|set| trap(set, *count));
            }
            Self::Stripped => zone.rrsets_mut().for_each(|set| set.signatures.clear()),
            Self::NoKeys => zone.retain(|set| set.rtype != RrType::DNSKEY),
            Self::NoDenial => zone.retain(|set| !is_denial(set)),
            Self::WrongDenial => keep_apex_denial(zone),
            _ => {}
        }
        Ok(())
    }

    /// What the parent publishes.
    pub fn spoil_ds(&self, ds: &mut RrSet) {
        let change: fn(&mut [u8], u8) = match self {
            Self::DsAltered => |rdata, _| flip_last(rdata),
            Self::DsTag => |rdata, _| rdata[0] ^= 0x55,
            Self::DsDigest(_) => |rdata, digest| rdata[3] = digest,
            _ => return,
        };
        let digest = if let Self::DsDigest(digest) = self { *digest } else { 0 };
        let whole = |rdata: &&mut Rdata| rdata.len() > 4;
        ds.rdatas.iter_mut().filter(whole).for_each(|rdata| change(rdata, digest));
    }
}

fn each(zone: &mut Zone, owner: &Name, rtype: RrType, change: impl FnMut(&mut RrSet)) {
    zone.rrsets_mut().filter(|set| set.is(owner, rtype)).for_each(change);
}

/// Changes one octet of the data and leaves the signatures.
pub(super) fn alter(set: &mut RrSet) {
    if let Some(rdata) = set.rdatas.first_mut() {
        flip_last(rdata);
    }
}

/// Puts `count` bad signatures in the place of the good one.
fn trap(set: &mut RrSet, count: u8) {
    let Some(good) = set.signatures.first().cloned() else { return };
    let bad = |n: u8| {
        let mut rdata = good.clone();
        let at = rdata.len() - 1 - usize::from(n / 8);
        rdata[at] ^= 1 << (n % 8);
        rdata
    };
    set.signatures = (0..count).map(bad).collect();
}

fn flip_last(octets: &mut [u8]) {
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
}

/// Is it a record that proves absence?
pub(super) fn is_denial(set: &RrSet) -> bool {
    matches!(set.rtype, RrType::NSEC | RrType::NSEC3)
}

fn keep_apex_denial(zone: &mut Zone) {
    let apex = zone.apex().clone();
    let hash = zone.hashing().map(|hashing| hashing.hash(&apex));
    let hashed = hash.and_then(|hash| zone.nsec3_matching(&hash)).map(|set| set.owner.clone());
    let kept = hashed.unwrap_or(apex);
    zone.retain(|set| !is_denial(set) || set.owner == kept);
}
