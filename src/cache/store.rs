//! The store of what there may be by the million: sharded, evicting, bounded by octets.

use std::fmt;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::model::Checking;
use crate::wire::{Name, RrType};

/// What an entry costs beside its own octets: table slot, key, reference counts.
const ENTRY_OVERHEAD: u64 = 120;
/// The first guess of an entry's weight, by which the table is sized; it grows as needed.
const USUAL_WEIGHT: u64 = 600;

/// Name, type and whether verdicts were wanted: data seen under CD=1 lie apart and never answer CD=0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The name.
    pub name: Name,
    /// The type.
    pub rtype: RrType,
    /// CD=0 or CD=1.
    pub checking: Checking,
}

/// Something whose octets can be counted.
pub(super) trait Weigh {
    fn weigh(&self) -> usize;
}

#[derive(Clone, Debug)]
struct ByOctets;

impl<V: Weigh> Weighter<Key, Arc<V>> for ByOctets {
    fn weight(&self, key: &Key, value: &Arc<V>) -> u64 {
        weight(key, &**value)
    }
}

/// What an entry takes.
pub(super) fn weight<V: Weigh>(key: &Key, value: &V) -> u64 {
    ENTRY_OVERHEAD + (key.name.as_wire().len() + value.weigh()) as u64
}

/// Entries by [`Key`].
pub(super) struct Store<V: Weigh>(Cache<Key, Arc<V>, ByOctets>);

impl<V: Weigh> fmt::Debug for Store<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({} entries, {} octets)", self.0.len(), self.0.weight())
    }
}

impl<V: Weigh> Store<V> {
    /// A store of `octets`; the table starts small and grows.
    pub fn new(octets: u64) -> Self {
        let entries = usize::try_from(octets / USUAL_WEIGHT).unwrap_or(usize::MAX).clamp(16, 1_024);
        Self(Cache::with_weighter(entries, octets, ByOctets))
    }

    pub fn get(&self, key: &Key) -> Option<Arc<V>> {
        self.0.get(key)
    }

    pub fn put(&self, key: Key, value: V) {
        self.0.insert(key, Arc::new(value));
    }

    pub fn remove(&self, key: &Key) {
        self.0.remove(key);
    }

    /// All entries, in no order; those that come or go meanwhile may be among them or not.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Arc<V>)> + '_ {
        self.0.iter()
    }
}
