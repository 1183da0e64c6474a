//! Where the chain of trust stands, by name: few and dear.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::clock::Instant;
use crate::model::ZoneStatus;
use crate::wire::{Name, RrSet};

/// What an entry costs beside its own octets: table slot, key, reference counts.
const ENTRY_OVERHEAD: usize = 120;
/// The first guess of an entry's weight, by which the table is sized; it grows as needed.
const USUAL_WEIGHT: u64 = 1_200;

/// A zone's status and until when it holds.
#[derive(Clone, Debug)]
pub struct KeptStatus {
    /// The status.
    pub status: Arc<ZoneStatus>,
    /// When it was proven.
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
pub struct Keys(Cache<(Name, Via), KeptStatus, ByOctets>);

#[derive(Clone, Debug)]
struct ByOctets;

impl Weighter<(Name, Via), KeptStatus> for ByOctets {
    fn weight(&self, (name, _): &(Name, Via), kept: &KeptStatus) -> u64 {
        let keys = match &*kept.status {
            ZoneStatus::Secure(keys) => RrSet::weight(keys.dnskey_rrset()) * 2,
            ZoneStatus::Insecure(_) | ZoneStatus::Bogus(_) => 256,
            ZoneStatus::Indeterminate | ZoneStatus::NotACut | ZoneStatus::NoSuchName => 0,
        };
        (ENTRY_OVERHEAD + name.as_wire().len() + size_of::<ZoneStatus>() + keys) as u64
    }
}

/// A key to look for, with a name of somebody else's.
#[derive(Hash)]
struct At<'a>(&'a Name, Via);

impl Equivalent<(Name, Via)> for At<'_> {
    fn equivalent(&self, (name, via): &(Name, Via)) -> bool {
        self.0 == name && self.1 == *via
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} entries, {} octets)", self.0.len(), self.0.weight())
    }
}

impl Keys {
    pub(super) fn new(octets: u64) -> Self {
        let entries = usize::try_from(octets / USUAL_WEIGHT).unwrap_or(usize::MAX).clamp(16, 1_024);
        Self(Cache::with_weighter(entries, octets, ByOctets))
    }

    /// The live status of `name`.
    #[must_use]
    pub fn get(&self, name: &Name, via: Via, now: Instant) -> Option<KeptStatus> {
        self.0.get(&At(name, via)).filter(|kept| now < kept.deadline)
    }

    /// Keeps the status of `name`.
    pub fn put(&self, name: &Name, via: Via, kept: KeptStatus) {
        self.0.insert((name.clone(), via), kept);
    }

    /// Forgets the status of `name`.
    pub fn remove(&self, name: &Name) {
        for via in [Via::Anchor, Via::Parent] {
            self.0.remove(&At(name, via));
        }
    }
}
