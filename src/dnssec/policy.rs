//! What an operator can set about validation.

use std::time::Duration;

use super::{Algorithm, DigestType};
use crate::wire::Name;
use crate::wire::rdata::Ds;

/// Something switched off at and below a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below<T> {
    /// The name; the root for everywhere.
    pub name: Name,
    /// What is switched off there.
    pub what: T,
}

/// The rules that RFCs leave to the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Algorithms taken as unknown, so that zones signed by nothing else are insecure (RFC 9905 section 2).
    pub disabled_algorithms: Vec<Below<Algorithm>>,
    /// DS digests taken as unknown.
    pub disabled_digests: Vec<Below<DigestType>>,
    /// How far the clock of a signer, or ours, may be wrong.
    pub signature_skew: Duration,
    /// NSEC3 with more iterations prove nothing but insecurity (RFC 9276 section 3.2).
    pub nsec3_insecure_above: u16,
    /// NSEC3 with more iterations than this are bogus (RFC 9276 section 3.2).
    pub nsec3_servfail_above: Option<u16>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            disabled_algorithms: Vec::new(),
            disabled_digests: Vec::new(),
            signature_skew: Duration::ZERO,
            nsec3_insecure_above: 50,
            nsec3_servfail_above: None,
        }
    }
}

impl Policy {
    /// May `zone` be signed by `algorithm`, as far as we can tell and the operator allows?
    #[must_use]
    pub fn supports_algorithm(&self, zone: &Name, algorithm: Algorithm) -> bool {
        algorithm.is_implemented() && !is_off(&self.disabled_algorithms, zone, &algorithm)
    }

    /// May the keys of `zone` be vouched for by digests of `digest_type`?
    #[must_use]
    pub fn supports_digest(&self, zone: &Name, digest_type: DigestType) -> bool {
        digest_type.is_implemented() && !is_off(&self.disabled_digests, zone, &digest_type)
    }

    /// Can `ds` vouch for a key of `zone`: algorithm and digest both supported?
    #[must_use]
    pub fn supports_ds(&self, zone: &Name, ds: &Ds<'_>) -> bool {
        self.supports_algorithm(zone, Algorithm(ds.algorithm))
            && self.supports_digest(zone, DigestType(ds.digest_type))
    }
}

fn is_off<T: PartialEq>(list: &[Below<T>], zone: &Name, what: &T) -> bool {
    list.iter().any(|below| below.what == *what && zone.is_at_or_below(&below.name))
}
