//! Signing a zone as an operator's signer would (RFC 4035 section 2, RFC 5155 section 7.1).

use std::sync::Arc;

use super::{Zone, chain};
use crate::clock::WallSeconds;
use crate::dnssec::{Algorithm, DigestType, SigningError, SigningKey, digest, signed_data};
use crate::wire::rdata::{Dnskey, Rrsig};
use crate::wire::{Name, Rdata, RrSet, RrType};

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The DNSKEY RRset alone.
    KeySigning,
    /// Everything else.
    ZoneSigning,
    /// Everything (CSK).
    Combined,
    /// Nothing yet, or nothing any more: the key is only published.
    Standby,
}

/// One key of a zone.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key pair, which several zones may share.
    pub pair: Arc<SigningKey>,
    /// What it signs.
    pub role: Role,
    /// The flags field of its DNSKEY record.
    pub flags: u16,
    /// The protocol field, which must be 3 (RFC 4034 section 2.1.2).
    pub protocol: u8,
    /// The algorithm number that its DNSKEY and RRSIGs bear; another than the pair's for trials alone.
    pub algorithm: Algorithm,
}

impl Key {
    /// A key with the flags that go with its role.
    #[must_use]
    pub fn new(pair: Arc<SigningKey>, role: Role) -> Self {
        let algorithm = pair.algorithm();
        let flags = if role == Role::ZoneSigning { 256 } else { 257 };
        Self { pair, role, flags, protocol: 3, algorithm }
    }

    /// Its DNSKEY RDATA.
    #[must_use]
    pub fn dnskey(&self) -> Rdata {
        let [hi, lo] = self.flags.to_be_bytes();
        [&[hi, lo, self.protocol, self.algorithm.0], &*self.pair.public_key()].concat().into()
    }

    /// Its key tag.
    #[must_use]
    pub fn tag(&self) -> u16 {
        Dnskey::parse(&self.dnskey()).map_or(0, |key| key.key_tag())
    }

    fn signs(&self, rtype: RrType) -> bool {
        match self.role {
            Role::Combined => true,
            Role::KeySigning => rtype == RrType::DNSKEY,
            Role::ZoneSigning => rtype != RrType::DNSKEY,
            Role::Standby => false,
        }
    }
}

/// The DS RDATA that names `dnskey` of `zone` (RFC 4034 section 5.1.4). A digest that is not implemented is made up of
/// the zero octets that 32 would be.
#[must_use]
pub fn ds(zone: &Name, dnskey: &[u8], digest_type: DigestType) -> Option<Rdata> {
    let key = Dnskey::parse(dnskey)?;
    let value = digest(digest_type, &[zone.to_lowercase().as_wire(), dnskey]);
    let [hi, lo] = key.key_tag().to_be_bytes();
    let value = value.unwrap_or_else(|| vec![0; 32]);
    Some([&[hi, lo, key.algorithm, digest_type.0], &*value].concat().into())
}

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

/// How absence is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chain {
    /// By NSEC.
    #[default]
    Nsec,
    /// By NSEC3 with SHA-1.
    Nsec3 {
        /// Additional iterations.
        iterations: u16,
        /// The salt.
        salt: Vec<u8>,
        /// Insecure delegations are left out of the chain (RFC 5155 section 6).
        opt_out: bool,
    },
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
        let keys = self.keys.iter().map(Key::dnskey).collect();
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
