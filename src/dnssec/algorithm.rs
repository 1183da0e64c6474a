//! Which algorithms and digests this program knows (RFC 9904 sections 3 and 4), and what a check costs.

use std::fmt;

/// A DNSSEC algorithm number (IANA registry "DNS Security Algorithm Numbers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Algorithm(pub u8);

impl Algorithm {
    /// RFC 3110.
    pub const RSASHA1: Self = Self(5);
    /// RFC 5155 section 2.
    pub const RSASHA1_NSEC3_SHA1: Self = Self(7);
    /// RFC 5702.
    pub const RSASHA256: Self = Self(8);
    /// RFC 5702.
    pub const RSASHA512: Self = Self(10);
    /// RFC 6605.
    pub const ECDSAP256SHA256: Self = Self(13);
    /// RFC 6605.
    pub const ECDSAP384SHA384: Self = Self(14);
    /// RFC 8080.
    pub const ED25519: Self = Self(15);
    /// RFC 8080.
    pub const ED448: Self = Self(16);

    /// The registry's mnemonic, where this program can verify the algorithm.
    #[must_use]
    pub const fn mnemonic(self) -> Option<&'static str> {
        Some(match self {
            Self::RSASHA1 => "RSASHA1",
            Self::RSASHA1_NSEC3_SHA1 => "RSASHA1-NSEC3-SHA1",
            Self::RSASHA256 => "RSASHA256",
            Self::RSASHA512 => "RSASHA512",
            Self::ECDSAP256SHA256 => "ECDSAP256SHA256",
            Self::ECDSAP384SHA384 => "ECDSAP384SHA384",
            Self::ED25519 => "ED25519",
            Self::ED448 => "ED448",
            _ => return None,
        })
    }

    /// Can this program verify it?
    #[must_use]
    pub const fn is_implemented(self) -> bool {
        self.mnemonic().is_some()
    }

    /// What one check costs, in checks of ECDSA P-256 (56 us): measured with the crates in use, P-384 takes 730 us,
    /// Ed448 1.9 ms, RSA of up to 4096 bits at most 78 us.
    #[must_use]
    pub const fn cost(self) -> u32 {
        match self {
            Self::ECDSAP384SHA384 => 13,
            Self::ED448 => 34,
            _ => 1,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(text) => f.write_str(text),
            None => write!(f, "algorithm {}", self.0),
        }
    }
}

/// A DS digest type (IANA registry "DS RR Type Digest Algorithms").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestType(pub u8);

impl DigestType {
    /// RFC 3658.
    pub const SHA1: Self = Self(1);
    /// RFC 4509.
    pub const SHA256: Self = Self(2);
    /// RFC 6605.
    pub const SHA384: Self = Self(4);

    /// The registry's mnemonic, where this program can compute the digest.
    #[must_use]
    pub const fn mnemonic(self) -> Option<&'static str> {
        Some(match self {
            Self::SHA1 => "SHA-1",
            Self::SHA256 => "SHA-256",
            Self::SHA384 => "SHA-384",
            _ => return None,
        })
    }

    /// Can this program compute it?
    #[must_use]
    pub const fn is_implemented(self) -> bool {
        self.mnemonic().is_some()
    }
}

impl fmt::Display for DigestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(text) => f.write_str(text),
            None => write!(f, "digest type {}", self.0),
        }
    }
}
