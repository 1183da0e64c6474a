//! Signature checks that succeeded: RRsets whose TTL ran out mostly come back as they were, and their signatures, which live
//! for weeks, need not be verified again.

use std::fmt;

use quick_cache::sync::Cache;

use crate::dnssec::{Fingerprint, KnownSignatures};

/// What an entry takes: the digest, and the table's slot and links.
const ENTRY_OCTETS: u64 = 80;
/// The first guess of how many there will be; the table grows as needed.
const FIRST_ENTRIES: usize = 1_024;

/// Their fingerprints. When there are too many, those give way that were not of use lately.
pub struct Signatures(Cache<Fingerprint, ()>);

impl Signatures {
    pub(super) fn new(octets: u64) -> Self {
        let most = (octets / ENTRY_OCTETS).max(1);
        Self(Cache::with_weighter(FIRST_ENTRIES, most, quick_cache::UnitWeighter))
    }
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signatures({})", self.0.len())
    }
}

impl KnownSignatures for Signatures {
    fn contains(&self, check: &Fingerprint) -> bool {
        self.0.get(check).is_some()
    }

    fn keep(&self, check: Fingerprint) {
        self.0.insert(check, ());
    }
}
