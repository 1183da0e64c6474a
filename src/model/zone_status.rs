//! What the chain of trust says about a name that may be a zone cut.

use crate::dnssec::{Insecurity, Reason, ZoneKeys};

/// Where the chain of trust stands at a name.
#[derive(Clone, Debug)]
pub enum ZoneStatus {
    /// A zone whose keys are vouched for.
    Secure(ZoneKeys),
    /// A zone cut behind which nothing is signed for us (RFC 4035 section 4.3).
    Insecure(Insecurity),
    /// A zone that should be signed, and whose keys could not be proven.
    Bogus(Reason),
    /// No trust anchor is at or above the name.
    Indeterminate,
    /// Proven to be no zone cut: the zone above goes on here.
    NotACut,
    /// Proven not to exist: no zone cut is here or below (RFC 8020 section 2).
    NoSuchName,
}
