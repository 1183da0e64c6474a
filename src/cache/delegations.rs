//! Zone cuts and who serves the zones below them: few and dear, so that losing one costs questions to the parent.

use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::clock::Instant;
use crate::model::{Delegation, NameServer};
use crate::wire::Name;

/// What moka holds beside key and value, as measured.
const ENTRY_OVERHEAD: usize = 300;

#[derive(Clone, Debug)]
struct Kept {
    delegation: Arc<Delegation>,
    deadline: Instant,
}

/// Delegations by zone.
#[derive(Debug)]
pub struct Delegations(Cache<Name, Kept>);

impl Delegations {
    pub(super) fn new(octets: u64) -> Self {
        let weight = |zone: &Name, kept: &Kept| {
            let server = |s: &NameServer| {
                size_of::<NameServer>() + s.name.as_wire().len() + 17 * s.addresses.len() + 32
            };
            let servers: usize = kept.delegation.servers.iter().map(server).sum();
            u32::try_from(
                ENTRY_OVERHEAD
                    + 2 * zone.as_wire().len()
                    + size_of::<Delegation>()
                    + 17 * kept.delegation.last_resort.len()
                    + servers,
            )
            .unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .max_capacity(octets)
                .weigher(weight)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        )
    }

    /// The deepest live delegation at or above `name`.
    #[must_use]
    pub fn closest(&self, name: &Name, now: Instant) -> Option<Arc<Delegation>> {
        name.self_and_ancestors().find_map(|zone| self.get(&zone, now))
    }

    /// The live delegation of exactly `zone`.
    #[must_use]
    pub fn get(&self, zone: &Name, now: Instant) -> Option<Arc<Delegation>> {
        self.0.get(zone).filter(|kept| now < kept.deadline).map(|kept| kept.delegation)
    }

    /// Keeps a delegation for `ttl`. A zone's own servers cannot prolong it: only the parent's referral and priming
    /// come here (ghost domains).
    pub fn put(&self, delegation: Arc<Delegation>, ttl: Duration, now: Instant) {
        self.0.insert(delegation.zone.clone(), Kept { delegation, deadline: now + ttl });
    }

    /// Forgets the delegation of `zone`.
    pub fn remove(&self, zone: &Name) {
        self.0.invalidate(zone);
    }
}
