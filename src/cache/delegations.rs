//! Zone cuts and who serves the zones below them: few and dear, so that losing one costs questions to the parent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::clock::Instant;
use crate::model::{Delegation, NameServer, Source};
use crate::wire::Name;

/// What an entry costs beside its own octets: table slot, key, reference counts.
const ENTRY_OVERHEAD: usize = 120;
/// The first guess of an entry's weight, by which the table is sized; it grows as needed.
const USUAL_WEIGHT: u64 = 600;

struct Kept {
    delegation: Arc<Delegation>,
    /// The zone whose servers said so; none for the root's own servers and those that the operator wrote.
    parent: Option<Name>,
    deadline: Instant,
}

/// Delegations by zone.
pub struct Delegations(Cache<Name, Arc<Kept>, ByOctets>);

#[derive(Clone, Debug)]
struct ByOctets;

impl Weighter<Name, Arc<Kept>> for ByOctets {
    fn weight(&self, zone: &Name, kept: &Arc<Kept>) -> u64 {
        let server = |s: &NameServer| {
            size_of::<NameServer>() + s.name.as_wire().len() + 17 * s.addresses.len() + 32
        };
        let servers: usize = kept.delegation.servers.iter().map(server).sum();
        let own = 2 * zone.as_wire().len() + size_of::<Kept>() + size_of::<Delegation>();
        (ENTRY_OVERHEAD + own + 17 * kept.delegation.last_resort.len() + servers) as u64
    }
}

impl fmt::Debug for Delegations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delegations({} entries, {} octets)", self.0.len(), self.0.weight())
    }
}

impl Delegations {
    pub(super) fn new(octets: u64) -> Self {
        let entries = usize::try_from(octets / USUAL_WEIGHT).unwrap_or(usize::MAX).clamp(16, 1_024);
        Self(Cache::with_weighter(entries, octets, ByOctets))
    }

    /// The deepest delegation at or above `name` that is live, and so are those through which it was learnt: a zone that its
    /// parent took away delegates nothing any more (phoenix domains, CVE-2022-30698).
    #[must_use]
    pub fn closest(&self, name: &Name, now: Instant) -> Option<Arc<Delegation>> {
        name.self_and_ancestors().find_map(|zone| self.standing(&zone, now))
    }

    fn standing(&self, zone: &Name, now: Instant) -> Option<Arc<Delegation>> {
        let kept = self.live(zone, now)?;
        let mut at = Arc::clone(&kept);
        while let Some(above) = &at.parent {
            at = self.live(above, now)?;
        }
        Some(Arc::clone(&kept.delegation))
    }

    fn live(&self, zone: &Name, now: Instant) -> Option<Arc<Kept>> {
        self.0.get(zone).filter(|kept| now < kept.deadline)
    }

    /// The live delegation of exactly `zone`.
    #[must_use]
    pub fn get(&self, zone: &Name, now: Instant) -> Option<Arc<Delegation>> {
        self.live(zone, now).map(|kept| Arc::clone(&kept.delegation))
    }

    /// Keeps a delegation for `ttl`, as servers of `parent` made it. A zone's own servers cannot prolong it: only the
    /// parent's referral and priming come here (ghost domains).
    pub fn put(
        &self,
        delegation: Arc<Delegation>,
        parent: Option<&Delegation>,
        ttl: Duration,
        now: Instant,
    ) {
        let learnt = parent.filter(|p| p.source == Source::Referral && !p.zone.is_root());
        let parent = learnt.map(|parent| parent.zone.clone());
        let zone = delegation.zone.clone();
        self.0.insert(zone, Arc::new(Kept { delegation, parent, deadline: now + ttl }));
    }

    /// Forgets the delegation of `zone`.
    pub fn remove(&self, zone: &Name) {
        self.0.remove(zone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delegation(zone: &str) -> Arc<Delegation> {
        let zone = zone.parse().expect("a name");
        Arc::new(Delegation::new(zone, Vec::new(), Source::Referral))
    }

    #[test]
    fn a_delegation_stands_no_longer_than_those_above_it() {
        let delegations = Delegations::new(1 << 20);
        let (now, name) = (Instant::from_nanos(1), "www.a.b.example.".parse().expect("a name"));
        let seconds = Duration::from_secs;
        let [root, example, b, a] = [".", "example.", "b.example.", "a.b.example."].map(delegation);
        let closest = |after| delegations.closest(&name, now + seconds(after));
        delegations.put(Arc::clone(&root), None, seconds(900), now);
        delegations.put(Arc::clone(&example), Some(&root), seconds(600), now);
        delegations.put(Arc::clone(&b), Some(&example), seconds(300), now);
        delegations.put(Arc::clone(&a), Some(&b), seconds(10_000), now);
        assert_eq!(closest(299), Some(Arc::clone(&a)));
        assert_eq!(closest(300), Some(Arc::clone(&example)), "b is gone, and a with it");
        delegations.put(b, Some(&example), seconds(10_000), now + seconds(300));
        assert_eq!(closest(300), Some(Arc::clone(&a)), "b is back, and a with it");
        assert_eq!(closest(600), Some(root));
        assert_eq!(closest(900), None);
        // The operator's own servers speak for themselves.
        let own = Delegation { source: Source::Stub, ..(*example).clone() };
        delegations.put(Arc::clone(&a), Some(&own), seconds(10_000), now);
        assert_eq!(closest(900), Some(a));
    }
}
