//! Signatures that were verified before: what a public-key operation said of the same octets, it says again.

use std::fmt;

/// What tells one signature check from every other: the SHA-256 digest of all that the public-key operation reads. Only
/// `crypto` makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub(super) [u8; 32]);

#[cfg(test)]
impl Fingerprint {
    /// Of no check that there ever was.
    pub(crate) fn numbered(number: u32) -> Self {
        let mut octets = [0; 32];
        octets[..4].copy_from_slice(&number.to_be_bytes());
        Self(octets)
    }
}

/// Where the checks that succeeded are remembered. Nothing else about a signature is: its dates, labels, signer and key are
/// judged each time, as if it had never been seen.
pub trait KnownSignatures: fmt::Debug + Send + Sync {
    /// Did this check succeed before?
    fn contains(&self, check: &Fingerprint) -> bool;
    /// It did.
    fn keep(&self, check: Fingerprint);
}
