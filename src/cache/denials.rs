//! What was proven not to exist, for names that nobody asked for yet (RFC 8198): by zone the verified NSEC and NSEC3
//! records, and the RRsets of wildcards. Only [`Verified`] records come in, so nothing that was seen under CD=1 and
//! nothing bogus can.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use lru::LruCache;

use super::known::KnownZone;
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
///
/// All workers meet at the table's lock, so whoever has it waits for nothing: a zone's lock is never taken under it, but
/// it may be taken under a zone's.
pub struct Denials {
    zones: Mutex<Zones>,
    octets: usize,
}

struct Zones {
    /// By the wire form of the apex in lower case.
    by_apex: LruCache<Box<[u8]>, Entry>,
    octets: usize,
}

struct Entry {
    zone: Shared,
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

    /// Keeps what the records of one secure answer say about other names.
    pub fn put(&self, answer: &[Verified], now: Instant, longest: LongestLives) {
        let mut apexes: Vec<&Name> = answer.iter().map(Verified::zone).collect();
        apexes.sort_unstable();
        apexes.dedup();
        for apex in apexes {
            let shared = self.lock().of(apex);
            let mut zone = shared.write().unwrap_or_else(PoisonError::into_inner);
            zone.put(answer, now, longest);
            zone.trim(self.octets / ZONE_SHARE);
            let mut zones = self.lock();
            zones.account(apex, &shared, zone.octets());
            let gone = zones.trim(self.octets);
            drop(zones);
            drop(zone);
            drop(gone); // what many records held is given back while nobody waits
        }
    }

    /// What is known of zones at or above `name`, from the deepest up.
    pub fn above(&self, name: &Name, now: Instant) -> impl Iterator<Item = KnownZone> + '_ {
        let lower = name.to_lowercase();
        let mut labels = lower.label_count() + 1;
        std::iter::from_fn(move || {
            while labels > 0 {
                labels -= 1;
                let apex = lower.wire_of_ancestor(labels);
                let zone = self.lock().by_apex.get(apex).map(|entry| Arc::clone(&entry.zone));
                if let Some(zone) = zone {
                    return Some(KnownZone::new(lower.ancestor(labels)?, zone, now));
                }
            }
            None
        })
    }

    /// Octets held.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.lock().octets
    }
}

impl Zones {
    fn of(&mut self, apex: &Name) -> Shared {
        let key = key(apex);
        if let Some(entry) = self.by_apex.get(&*key) {
            return Arc::clone(&entry.zone);
        }
        let zone = Arc::new(RwLock::new(ZoneDenials::new(apex.clone())));
        let entry = Entry { zone: Arc::clone(&zone), octets: 0 };
        self.by_apex.put(key, entry);
        zone
    }

    /// `zone` holds so many octets now. One that gave way meanwhile is counted no more.
    fn account(&mut self, apex: &Name, zone: &Shared, octets: usize) {
        let there =
            self.by_apex.peek_mut(&*key(apex)).filter(|entry| Arc::ptr_eq(&entry.zone, zone));
        if let Some(entry) = there {
            let before = std::mem::replace(&mut entry.octets, ZONE_OVERHEAD + octets);
            self.octets = self.octets + entry.octets - before;
        }
    }

    /// Takes out what was not used for longest, until no more than `octets` are held.
    fn trim(&mut self, octets: usize) -> Vec<Entry> {
        let mut gone = Vec::new();
        while self.octets > octets
            && let Some((_, entry)) = self.by_apex.pop_lru()
        {
            self.octets -= entry.octets;
            gone.push(entry);
        }
        gone
    }
}

fn key(apex: &Name) -> Box<[u8]> {
    apex.as_wire().to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests;
