//! Where the chain of trust stands, by name: few and dear.

use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

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
    /// It must be proven anew from here on.
    pub deadline: Instant,
}

/// Statuses by name.
#[derive(Debug)]
pub struct Keys(Cache<Name, KeptStatus>);

impl Keys {
    pub(super) fn new(octets: u64) -> Self {
        let weight = |name: &Name, kept: &KeptStatus| {
            let keys = match &*kept.status {
                ZoneStatus::Secure(keys) => RrSet::weight(keys.dnskey_rrset()) * 2,
                ZoneStatus::Insecure(_) | ZoneStatus::Bogus(_) => 256,
                ZoneStatus::Indeterminate | ZoneStatus::NotACut => 0,
            };
            u32::try_from(ENTRY_OVERHEAD + name.as_wire().len() + size_of::<ZoneStatus>() + keys)
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

    /// The live status of `name`.
    #[must_use]
    pub fn get(&self, name: &Name, now: Instant) -> Option<KeptStatus> {
        self.0.get(name).filter(|kept| now < kept.deadline)
    }

    /// Keeps the status of `name` until `deadline`.
    pub fn put(&self, name: &Name, status: Arc<ZoneStatus>, deadline: Instant) {
        self.0.insert(name.clone(), KeptStatus { status, deadline });
    }

    /// Forgets the status of `name`.
    pub fn remove(&self, name: &Name) {
        self.0.invalidate(name);
    }
}
