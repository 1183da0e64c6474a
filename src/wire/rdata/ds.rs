//! DS (RFC 4034 section 5).

/// A digest of a child zone's key, as a view of its RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ds<'a> {
    /// Tag of the key that the digest is of.
    pub key_tag: u16,
    /// Algorithm of that key.
    pub algorithm: u8,
    /// How the digest was made: 1 SHA-1, 2 SHA-256, 4 SHA-384.
    pub digest_type: u8,
    /// The digest.
    pub digest: &'a [u8],
}

impl<'a> Ds<'a> {
    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &'a [u8]) -> Option<Self> {
        let (fixed, digest) = rdata.split_first_chunk::<4>()?;
        let [hi, lo, algorithm, digest_type] = *fixed;
        Some(Self { key_tag: u16::from_be_bytes([hi, lo]), algorithm, digest_type, digest })
    }
}
