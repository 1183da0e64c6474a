//! The verdict on data (RFC 4033 section 5, RFC 4035 section 4.3).

use std::fmt;

use super::{Algorithm, DigestType, Reason};
use crate::clock::WallSeconds;
use crate::wire::{EdeCode, ExtendedError, Name};

/// How far data can be trusted.
#[must_use]
#[derive(Clone, Debug, PartialEq)]
pub enum Security {
    /// Proven along a chain of trust from a trust anchor.
    Secure,
    /// Proven, or decided by the operator, to be outside any chain of trust.
    Insecure(Insecurity),
    /// Should be provable and is not.
    Bogus(Reason),
    /// No trust anchor covers the name (RFC 4033 section 5), or validation is switched off.
    Indeterminate,
}

impl Security {
    /// Is it proven?
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        matches!(self, Self::Secure)
    }

    /// Did a proof fail?
    #[must_use]
    pub const fn is_bogus(&self) -> bool {
        matches!(self, Self::Bogus(_))
    }

    /// The rule that the verdict rests on.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Secure => "RFC 4035 5",
            Self::Insecure(why) => why.rule(),
            Self::Bogus(reason) => reason.rule(),
            Self::Indeterminate => "RFC 4033 5",
        }
    }

    /// The weaker of two links of one chain: what a chain of aliases is worth.
    pub fn and(self, other: Self) -> Self {
        if other.rank() < self.rank() { other } else { self }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Secure => 3,
            Self::Insecure(_) => 2,
            Self::Indeterminate => 1,
            Self::Bogus(_) => 0,
        }
    }

    /// The extended error that belongs to an answer with this verdict, if any does.
    #[must_use]
    pub fn extended_error(&self) -> Option<ExtendedError> {
        match self {
            Self::Secure | Self::Indeterminate => None,
            Self::Insecure(why) => {
                why.ede().map(|code| ExtendedError { code, text: why.to_string() })
            }
            Self::Bogus(reason) => Some(reason.to_extended_error()),
        }
    }
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secure => f.write_str("secure"),
            Self::Insecure(why) => write!(f, "insecure: {why}"),
            Self::Bogus(reason) => write!(f, "bogus: {reason}"),
            Self::Indeterminate => f.write_str("indeterminate: no trust anchor covers the name"),
        }
    }
}

/// Why data are not secure, and need not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insecurity {
    /// The parent proved that the zone has no DS RRset (RFC 4035 section 5.2).
    NoDs {
        /// The zone.
        zone: Name,
    },
    /// The parent's Opt-Out span may hide an unsigned delegation (RFC 5155 section 8.6).
    OptOut {
        /// The name below which it may be.
        zone: Name,
    },
    /// The denial rests on an Opt-Out span (RFC 5155 section 9.2).
    OptOutDenial {
        /// The name denied.
        name: Name,
    },
    /// No DS record of the zone has an algorithm that is supported (RFC 4035 section 5.2).
    UnsupportedAlgorithms {
        /// The zone.
        zone: Name,
        /// The algorithms that its DS records name.
        algorithms: Vec<Algorithm>,
    },
    /// No DS record of the zone has a digest that is supported (RFC 6840 section 5.2).
    UnsupportedDigests {
        /// The zone.
        zone: Name,
        /// The digest types that its DS records have.
        digests: Vec<DigestType>,
    },
    /// The zone's NSEC3 records have more iterations than are computed (RFC 9276 section 3.2).
    Nsec3Iterations {
        /// The zone.
        zone: Name,
        /// Its iterations.
        iterations: u16,
        /// The most that are computed.
        limit: u16,
    },
    /// The operator's negative trust anchor (RFC 7646).
    NegativeTrustAnchor {
        /// Where it stands.
        zone: Name,
        /// The operator's words.
        reason: String,
        /// When it ends.
        until: Option<WallSeconds>,
    },
    /// Bogus, or not to be judged, and answered all the same: the operator wants failures logged and no more.
    Tolerated {
        /// What a client would be told.
        error: ExtendedError,
        /// The rule that was broken.
        rule: &'static str,
    },
    /// Signatures are not signed themselves (RFC 4035 section 2.2).
    NeverSigned,
}

impl Insecurity {
    /// The extended error code, for those worth telling the client.
    #[must_use]
    pub const fn ede(&self) -> Option<EdeCode> {
        match self {
            Self::UnsupportedAlgorithms { .. } => Some(EdeCode::UNSUPPORTED_DNSKEY_ALGORITHM),
            Self::UnsupportedDigests { .. } => Some(EdeCode::UNSUPPORTED_DS_DIGEST),
            Self::Nsec3Iterations { .. } => Some(EdeCode::UNSUPPORTED_NSEC3_ITERATIONS),
            Self::NegativeTrustAnchor { .. } => Some(EdeCode::NEGATIVE_TRUST_ANCHOR),
            Self::Tolerated { error, .. } => Some(error.code),
            Self::NoDs { .. }
            | Self::OptOut { .. }
            | Self::OptOutDenial { .. }
            | Self::NeverSigned => None,
        }
    }

    /// The rule that was applied.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NoDs { .. } | Self::UnsupportedAlgorithms { .. } => "RFC 4035 5.2",
            Self::OptOut { .. } => "RFC 5155 8.6",
            Self::OptOutDenial { .. } => "RFC 5155 9.2",
            Self::UnsupportedDigests { .. } => "RFC 6840 5.2",
            Self::Nsec3Iterations { .. } => "RFC 9276 3.2",
            Self::NegativeTrustAnchor { .. } => "RFC 7646 2",
            Self::Tolerated { rule, .. } => rule,
            Self::NeverSigned => "RFC 4035 2.2",
        }
    }

    /// When it ends by the operator's word, in seconds since 1970.
    #[must_use]
    pub const fn until(&self) -> Option<WallSeconds> {
        if let Self::NegativeTrustAnchor { until, .. } = self { *until } else { None }
    }
}

impl fmt::Display for Insecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDs { zone } => write!(f, "{zone} has no DS RRset, as its parent proves"),
            Self::OptOut { zone } => write!(f, "{zone} lies in an Opt-Out span of its parent"),
            Self::OptOutDenial { name } => write!(f, "{name} is denied by an Opt-Out span"),
            Self::UnsupportedAlgorithms { zone, algorithms } => {
                write!(f, "{zone} is signed by unsupported algorithms only: {}", list(algorithms))
            }
            Self::UnsupportedDigests { zone, digests } => {
                write!(f, "{zone} has DS records of unsupported digests only: {}", list(digests))
            }
            Self::Nsec3Iterations { zone, iterations, limit } => {
                write!(f, "{zone} has NSEC3 records of {iterations} iterations, more than {limit}")
            }
            Self::NegativeTrustAnchor { zone, reason, .. } => {
                let colon = if reason.is_empty() { "" } else { ": " };
                write!(f, "{zone} has a negative trust anchor{colon}{reason}")
            }
            Self::Tolerated { error, .. } => f.write_str(&error.text),
            Self::NeverSigned => f.write_str("RRSIG records are not signed themselves"),
        }
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4035_s3_2_3_the_weakest_link_counts() {
        let bogus = || Security::Bogus(Reason::DnskeyMissing { zone: Name::root() });
        let insecure = || Security::Insecure(Insecurity::NeverSigned);
        assert_eq!(Security::Secure.and(insecure()), insecure());
        assert_eq!(insecure().and(Security::Secure), insecure());
        assert_eq!(insecure().and(bogus()), bogus());
        assert_eq!(Security::Indeterminate.and(Security::Secure), Security::Indeterminate);
        let also = || Security::Insecure(Insecurity::NoDs { zone: Name::root() });
        assert_eq!(insecure().and(also()), insecure(), "of equals the first");
        assert_eq!(also().and(insecure()), also());
    }
}
