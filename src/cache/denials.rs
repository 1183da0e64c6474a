//! What was proven not to exist, for names that nobody asked for yet (RFC 8198): by zone the verified NSEC and NSEC3
//! records, and the RRsets of wildcards. Only [`Verified`] records come in, so nothing that was seen under CD=1 and
//! nothing bogus can.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use lru::LruCache;

use super::spans::{LongestLives, ZoneDenials};
use crate::clock::Instant;
use crate::dnssec::Verified;
use crate::wire::Name;

/// One zone may hold this part of all, or whoever asks for random names below his own zone puts out the others.
const ZONE_SHARE: usize = 4;
/// What the table holds of a zone beside its records.
const ZONE_OVERHEAD: usize = 200;

type Shared = Arc<RwLock<ZoneDenials>>;

/// Denials by zone; the zone that was not used for longest gives way.
pub struct Denials {
    zones: Mutex<Zones>,
    octets: usize,
}

struct Zones {
    by_apex: LruCache<Name, Shared>,
    octets: usize,
}

impl std::fmt::Debug for Denials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zones = self.lock();
        write!(f, "Denials({} zones, {} octets)", zones.by_apex.len(), zones.octets)
    }
}

impl Denials {
    pub(super) fn new(octets: u64) -> Self {
        let zones = Zones { by_apex: LruCache::unbounded(), octets: 0 };
        Self { zones: Mutex::new(zones), octets: usize::try_from(octets).unwrap_or(usize::MAX) }
    }

    fn lock(&self) -> MutexGuard<'_, Zones> {
        self.zones.lock().unwrap_or_else(PoisonError::into_inner) // no step leaves the table half-written
    }

    /// Keeps what `verified` records, of one secure answer, say about other names.
    pub fn put(&self, verified: &[Verified], now: Instant, longest: LongestLives) {
        let mut zones = self.lock();
        for verified in verified {
            let zone = zones.of(verified.zone());
            let mut zone = zone.write().unwrap_or_else(PoisonError::into_inner);
            let before = zone.octets();
            zone.put(verified, now, longest);
            zone.trim(self.octets / ZONE_SHARE);
            zones.octets = zones.octets + zone.octets() - before;
        }
        while zones.octets > self.octets {
            let Some((_, zone)) = zones.by_apex.pop_lru() else { break };
            zones.octets -= weight(&zone);
        }
    }

    /// What `look` finds in what is known of the zone `apex`.
    pub fn in_zone<T>(
        &self,
        apex: &Name,
        look: impl FnOnce(&ZoneDenials) -> Option<T>,
    ) -> Option<T> {
        let zone = Arc::clone(self.lock().by_apex.get(apex)?);
        look(&zone.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Octets held.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.lock().octets
    }
}

impl Zones {
    fn of(&mut self, apex: &Name) -> Shared {
        if let Some(zone) = self.by_apex.get(apex) {
            return Arc::clone(zone);
        }
        let zone = Arc::new(RwLock::new(ZoneDenials::new(apex.clone())));
        self.octets += weight(&zone);
        self.by_apex.put(apex.clone(), Arc::clone(&zone));
        zone
    }
}

fn weight(zone: &Shared) -> usize {
    ZONE_OVERHEAD + zone.read().unwrap_or_else(PoisonError::into_inner).octets()
}
