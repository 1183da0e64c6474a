//! Where the chain of trust stands, by name: few and dear.

use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use quick_cache::DefaultHashBuilder;

use crate::clock::Instant;
use crate::model::ZoneStatus;
use crate::wire::{Name, RrSet};

/// What moka holds beside key and value, as measured.
const ENTRY_OVERHEAD: usize = 300;

/// A zone's status and until when it holds.
#[derive(Clone, Debug)]
pub struct KeptStatus {
    /// The status.
    pub status: Arc<ZoneStatus>,
    /// When servers said what proves it.
    pub since: Instant,
    /// It must be proven anew from here on.
    pub deadline: Instant,
}

/// Who was asked where the chain stands at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// The trust anchors at the name itself.
    Anchor,
    /// The zone above it.
    Parent,
}

/// Statuses by name and way: what failed by one way is not held against the other (RFC 6840 section 5.10).
#[derive(Debug)]
pub struct Keys(Cache<(Name, Via), KeptStatus, DefaultHashBuilder>);

impl Keys {
    pub(super) fn new(octets: u64) -> Self {
        let weight = |(name, _): &(Name, Via), kept: &KeptStatus| {
            let keys = match &*kept.status {
                ZoneStatus::Secure(keys) => RrSet::weight(keys.dnskey_rrset()) * 2,
                ZoneStatus::Insecure(_) | ZoneStatus::Bogus(_) => 256,
                ZoneStatus::Indeterminate | ZoneStatus::NotACut | ZoneStatus::NoSuchName => 0,
            };
            u32::try_from(ENTRY_OVERHEAD + name.as_wire().len() + size_of::<ZoneStatus>() + keys)
                .unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .max_capacity(octets)
                .weigher(weight)
                .eviction_policy(EvictionPolicy::lru())
                .build_with_hasher(DefaultHashBuilder::default()),
        )
    }

    /// The live status of `name`.
    #[must_use]
    pub fn get(&self, name: &Name, via: Via, now: Instant) -> Option<KeptStatus> {
        self.0.get(&(name.clone(), via)).filter(|kept| now < kept.deadline)
    }

    /// Keeps the status of `name`.
    pub fn put(&self, name: &Name, via: Via, kept: KeptStatus) {
        self.0.insert((name.clone(), via), kept);
    }

    /// Forgets the status of `name`.
    pub fn remove(&self, name: &Name) {
        for via in [Via::Anchor, Via::Parent] {
            self.0.invalidate(&(name.clone(), via));
        }
    }
}
