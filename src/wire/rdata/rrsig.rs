//! RRSIG (RFC 4034 section 3).

use crate::wire::{Name, RrType};

/// A signature over an RRset, as a view of its RDATA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig<'a> {
    /// The type that is signed.
    pub type_covered: RrType,
    /// Algorithm of the signature.
    pub algorithm: u8,
    /// Labels of the owner before any wildcard expansion, without root and `*`.
    pub labels: u8,
    /// The TTL that was signed.
    pub original_ttl: u32,
    /// Seconds since 1970 in serial arithmetic (RFC 4034 section 3.1.5).
    pub expiration: u32,
    /// Seconds since 1970 in serial arithmetic.
    pub inception: u32,
    /// Tag of the key that signed.
    pub key_tag: u16,
    /// The zone that signed, case as received.
    pub signer: Name,
    /// The signature in the algorithm's own format.
    pub signature: &'a [u8],
    fixed: &'a [u8; 18],
}

impl<'a> Rrsig<'a> {
    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &'a [u8]) -> Option<Self> {
        let (fixed, rest) = rdata.split_first_chunk::<18>()?;
        let signer = Name::from_wire_prefix(rest).ok()?;
        let signature = &rest[signer.as_wire().len()..];
        let u16_at = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
        let u32_at = |at: usize| {
            u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        Some(Self {
            type_covered: RrType(u16_at(0)),
            algorithm: fixed[2],
            labels: fixed[3],
            original_ttl: u32_at(4),
            expiration: u32_at(8),
            inception: u32_at(12),
            key_tag: u16_at(16),
            signer,
            signature,
            fixed,
        })
    }

    /// The octets in front of the signer name, as they enter the signed data.
    #[must_use]
    pub const fn fixed_part(&self) -> &'a [u8; 18] {
        self.fixed
    }
}
