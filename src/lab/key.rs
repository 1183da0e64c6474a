//! The keys of a zone: what they sign, and the records that publish them.

use std::sync::Arc;

use crate::dnssec::{Algorithm, DigestType, SigningKey, digest};
use crate::wire::rdata::Dnskey;
use crate::wire::{Name, Rdata, RrType};

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
    /// The last field of its DNSKEY record; another than the pair's for trials alone.
    pub public_key: Vec<u8>,
    /// Is it in the DNSKEY RRset? A key that signs before or after it is there is on its way in or out (RFC 6781
    /// section 4.1.4).
    pub published: bool,
}

impl Key {
    /// A key with the flags that go with its role.
    #[must_use]
    pub fn new(pair: Arc<SigningKey>, role: Role) -> Self {
        let algorithm = pair.algorithm();
        let flags = if role == Role::ZoneSigning { 256 } else { 257 };
        let public_key = pair.public_key();
        Self { pair, role, flags, protocol: 3, algorithm, public_key, published: true }
    }

    /// The same, not in the DNSKEY RRset.
    #[must_use]
    pub fn unpublished(self) -> Self {
        Self { published: false, ..self }
    }

    /// Its DNSKEY RDATA.
    #[must_use]
    pub fn dnskey(&self) -> Rdata {
        let [hi, lo] = self.flags.to_be_bytes();
        [&[hi, lo, self.protocol, self.algorithm.0], &*self.public_key].concat().into()
    }

    /// Its key tag.
    #[must_use]
    pub fn tag(&self) -> u16 {
        Dnskey::parse(&self.dnskey()).map_or(0, |key| key.key_tag())
    }

    /// Does it sign RRsets of this type?
    pub(super) fn signs(&self, rtype: RrType) -> bool {
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
