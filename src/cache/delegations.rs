//! Zone cuts and who serves the zones below them: few and dear, so that losing one costs questions to the parent.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::{CompResult, Op};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use quick_cache::DefaultHashBuilder;

use crate::clock::Instant;
use crate::model::{Delegation, NameServer, Source};
use crate::wire::{Name, block};

/// What moka holds beside key and value, as measured.
const ENTRY_OVERHEAD: usize = 300;

#[derive(Clone, Debug)]
struct Kept {
    delegation: Arc<Delegation>,
    /// The zone whose servers said so; none for the root's own servers and those that the operator wrote.
    parent: Option<Name>,
    /// When they did.
    since: Instant,
    /// When it was last to be asked for anew.
    looked: Instant,
    deadline: Instant,
}

/// Octets of the blocks of `delegation`, its zone's name aside.
fn weight(delegation: &Delegation) -> usize {
    let addresses = |all: &Vec<IpAddr>| block(all.capacity() * size_of::<IpAddr>());
    let server = |s: &NameServer| block(s.name.as_wire().len()) + addresses(&s.addresses);
    block(size_of::<[usize; 2]>() + size_of::<Delegation>()) // the `Arc`
        + block(delegation.servers.capacity() * size_of::<NameServer>())
        + delegation.servers.iter().map(server).sum::<usize>()
        + addresses(&delegation.last_resort)
}

/// Delegations by zone.
#[derive(Debug)]
pub struct Delegations(Cache<Name, Kept, DefaultHashBuilder>);

impl Delegations {
    pub(super) fn new(octets: u64) -> Self {
        let weight = |zone: &Name, kept: &Kept| {
            let name = |name: &Name| block(name.as_wire().len());
            let names = 2 * name(zone) + kept.parent.as_ref().map_or(0, name);
            u32::try_from(ENTRY_OVERHEAD + names + weight(&kept.delegation)).unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .max_capacity(octets)
                .weigher(weight)
                .eviction_policy(EvictionPolicy::lru())
                .build_with_hasher(DefaultHashBuilder::default()),
        )
    }

    /// The deepest delegation at or above `name` that is live, and so are those through which it was learnt: a zone that its
    /// parent took away delegates nothing any more (phoenix domains, CVE-2022-30698).
    #[must_use]
    pub fn closest(&self, name: &Name, now: Instant) -> Option<Arc<Delegation>> {
        name.self_and_ancestors().find_map(|zone| self.standing(&zone, now))
    }

    fn standing(&self, zone: &Name, now: Instant) -> Option<Arc<Delegation>> {
        let kept = self.live(zone, now)?;
        let mut parent = kept.parent;
        while let Some(above) = parent {
            parent = self.live(&above, now)?.parent;
        }
        Some(kept.delegation)
    }

    fn live(&self, zone: &Name, now: Instant) -> Option<Kept> {
        self.0.get(zone).filter(|kept| now < kept.deadline)
    }

    /// The live delegation of exactly `zone`.
    #[must_use]
    pub fn get(&self, zone: &Name, now: Instant) -> Option<Arc<Delegation>> {
        self.live(zone, now).map(|kept| kept.delegation)
    }

    /// For how long the live delegation of exactly `zone` has been known.
    #[must_use]
    pub fn age(&self, zone: &Name, now: Instant) -> Option<Duration> {
        self.live(zone, now).map(|kept| now.since(kept.since))
    }

    /// Is the live delegation of exactly `zone` to be asked for anew, since it is as old as `time`? Whoever is told so does that,
    /// and for as long nobody else is.
    #[must_use]
    pub fn claim_renewal(&self, zone: &Name, time: Duration, now: Instant) -> bool {
        let is_due = |kept: &Kept| now < kept.deadline && now.since(kept.looked) >= time;
        let claim = || {
            self.0.entry_by_ref(zone).and_compute_with(|entry| match entry {
                Some(entry) if is_due(entry.value()) => {
                    Op::Put(Kept { looked: now, ..entry.into_value() })
                }
                _ => Op::Nop,
            })
        };
        self.0.get(zone).is_some_and(|kept| is_due(&kept))
            && matches!(claim(), CompResult::ReplacedWith(_))
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
        let (zone, deadline) = (delegation.zone.clone(), now + ttl);
        self.0.insert(zone, Kept { delegation, parent, since: now, looked: now, deadline });
    }

    /// Forgets the delegation of `zone`.
    pub fn remove(&self, zone: &Name) {
        self.0.invalidate(zone);
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

    #[test]
    fn one_at_a_time_asks_anew_for_a_delegation_that_is_no_longer_young() {
        let delegations = Delegations::new(1 << 20);
        let (now, seconds) = (Instant::from_nanos(1), Duration::from_secs);
        let zone: Name = "example.".parse().expect("a name");
        let claim = |after| delegations.claim_renewal(&zone, seconds(120), now + seconds(after));
        assert!(!claim(200), "it is not known");
        delegations.put(delegation("example."), None, seconds(600), now);
        let claims = [119, 120, 120, 239, 240, 600].map(claim);
        assert_eq!(claims, [false, true, false, false, true, false]);
        assert!(delegations.get(&zone, now + seconds(599)).is_some(), "it lives no less for that");
        assert!(delegations.get(&zone, now + seconds(600)).is_none(), "and no longer");
        delegations.put(delegation("example."), None, seconds(600), now + seconds(400));
        assert_eq!([510, 520].map(claim), [false, true]);
    }
}
