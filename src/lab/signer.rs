//! Signing a zone as an operator's signer would (RFC 4035 section 2, RFC 5155 section 7.1).

use super::key::ds;
use super::{Chain, Key, Zone, chain};
use crate::clock::WallSeconds;
use crate::dnssec::{DigestType, SigningError, signed_data};
use crate::wire::rdata::Rrsig;
use crate::wire::{Name, Rdata, RrSet, RrType};

/// From when to when signatures are valid, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub inception: WallSeconds,
    /// The last second.
    pub expiration: WallSeconds,
}

impl Validity {
    /// `after` and `before` in days from `wall`, negative for the past.
    #[must_use]
    pub const fn days(wall: WallSeconds, after: i64, before: i64) -> Self {
        const DAY: i64 = 86_400;
        Self {
            inception: wall.saturating_add_signed(after * DAY),
            expiration: wall.saturating_add_signed(before * DAY),
        }
    }
}

/// All that signing a zone takes.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The keys that are published, and used by their roles.
    pub keys: Vec<Key>,
    /// How absence is proven.
    pub chain: Chain,
    /// When the signatures are valid.
    pub validity: Validity,
}

impl Signer {
    /// Signs `set` for the zone at `apex` by the keys whose role it is, in place of the signatures it has.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn sign_rrset(&self, apex: &Name, set: &mut RrSet) -> Result<(), SigningError> {
        set.signatures.clear();
        for key in self.keys.iter().filter(|key| key.signs(set.rtype)) {
            let signature = signature(apex, set, key, self.validity)?;
            set.signatures.push(signature);
        }
        Ok(())
    }

    /// The DNSKEY RRset of the zone at `apex`.
    #[must_use]
    pub fn dnskey_rrset(&self, apex: &Name, ttl: u32) -> RrSet {
        let keys = self.keys.iter().filter(|key| key.published).map(Key::dnskey).collect();
        RrSet::new(apex.clone(), RrType::DNSKEY, ttl, keys)
    }

    /// The DS RRset that the parent has for the zone at `apex`: each key that signs the DNSKEY RRset, with each digest.
    #[must_use]
    pub fn ds_rrset(&self, apex: &Name, ttl: u32, digests: &[DigestType]) -> RrSet {
        let entry_points = self.keys.iter().filter(|key| key.signs(RrType::DNSKEY));
        let records = entry_points
            .flat_map(|key| digests.iter().filter_map(|digest| ds(apex, &key.dnskey(), *digest)));
        RrSet::new(apex.clone(), RrType::DS, ttl, records.collect())
    }
}

/// `zone` with DNSKEY, the chain of NSEC or NSEC3, and signatures over all that it has authority over: not over the NS
/// RRsets of zone cuts, and not over glue (RFC 4035 section 2.2).
///
/// # Errors
/// When the library refuses to sign.
pub fn sign(zone: &Zone, signer: &Signer) -> Result<Zone, SigningError> {
    let mut signed = zone.clone();
    let ttl = zone.soa().map_or(3600, |(soa, _)| soa.ttl);
    if !signer.keys.is_empty() {
        signed.insert(signer.dnskey_rrset(zone.apex(), ttl));
    }
    chain::add(&mut signed, &signer.chain);
    let unsigned: Vec<RrSet> =
        signed.authoritative().flat_map(|(name, sets)| signable(&signed, name, sets)).collect();
    let hashed: Vec<RrSet> =
        signed.rrsets().filter(|set| set.rtype == RrType::NSEC3).cloned().collect();
    for mut set in unsigned.into_iter().chain(hashed) {
        signer.sign_rrset(zone.apex(), &mut set)?;
        signed.insert(set);
    }
    Ok(signed)
}

/// The RRsets of `name` that are signed: at a zone cut DS and NSEC alone.
fn signable(zone: &Zone, name: &Name, sets: &[RrSet]) -> Vec<RrSet> {
    let cut = zone.is_cut(name);
    let signed = |set: &&RrSet| !cut || matches!(set.rtype, RrType::DS | RrType::NSEC);
    sets.iter().filter(signed).cloned().collect()
}

/// The RDATA of the RRSIG of `set` by `key` (RFC 4034 section 3.1).
///
/// # Errors
/// When the library refuses.
pub fn signature(
    apex: &Name,
    set: &RrSet,
    key: &Key,
    validity: Validity,
) -> Result<Rdata, SigningError> {
    let mut rdata = Vec::with_capacity(18 + apex.as_wire().len() + 64);
    rdata.extend_from_slice(&set.rtype.0.to_be_bytes());
    rdata.push(key.algorithm.0);
    rdata.push(u8::try_from(set.owner.signed_label_count()).map_err(|_| SigningError)?);
    rdata.extend_from_slice(&set.ttl.to_be_bytes());
    rdata.extend_from_slice(&serial(validity.expiration).to_be_bytes());
    rdata.extend_from_slice(&serial(validity.inception).to_be_bytes());
    rdata.extend_from_slice(&key.tag().to_be_bytes());
    rdata.extend_from_slice(apex.to_lowercase().as_wire());
    let data = Rrsig::parse(&rdata).and_then(|rrsig| signed_data(set, &rrsig));
    rdata.extend_from_slice(&key.pair.sign(&data.ok_or(SigningError)?)?);
    Ok(rdata.into())
}

/// A time as RRSIGs have it: modulo 2^32 (RFC 4034 section 3.1.5).
fn serial(time: WallSeconds) -> u32 {
    u32::try_from(time & 0xffff_ffff).unwrap_or(0)
}
