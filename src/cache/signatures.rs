//! Signature checks that succeeded: RRsets whose TTL ran out mostly come back as they were, and their signatures, which live
//! for weeks, need not be verified again.

use std::fmt;

use quick_cache::sync::Cache;

use crate::dnssec::{Fingerprint, KnownSignatures};

/// What an entry takes: the digest, and the table's slot and links, 64 octets, and half of that for what the table remembers
/// of those that gave way; all of it once and a half, since a table that grows has places that are free.
const ENTRY_OCTETS: u64 = 144;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::held_octets;

    #[test]
    fn so_many_that_they_take_no_more_than_their_octets() {
        for most in [1_000, 5_000, 37_000] {
            let octets = most * ENTRY_OCTETS;
            let (signatures, held) = held_octets(|| {
                let signatures = Signatures::new(octets);
                (0..100_000).for_each(|n| signatures.keep(Fingerprint::numbered(n)));
                signatures
            });
            let kept = signatures.0.len() as u64;
            println!("{kept} of 100,000 kept, in {held} octets of {octets}");
            assert!((most / 10 * 9..=most).contains(&kept), "{kept}");
            let full = octets * 4 / 3; // at the worst moment of its growth
            assert!(held as u64 <= full, "{held} octets for {kept}");
        }
    }
}
