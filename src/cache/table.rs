//! The table of what there may be by the million: sharded, evicting, bounded by octets.
//!
//! Each entry lies under the hash of its name, type and kind of question, and says itself which these are: so they are
//! kept once. Of two with one hash the later one is there.

use std::fmt;
use std::hash::BuildHasher;

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Weighter};

use crate::model::Checking;
use crate::wire::{Name, RrType};

/// What a slot takes: hash, value, links and place by hash, some 45 octets, of tables that are on average filled by two
/// thirds and remember, with a third of their slots, what they no longer hold.
pub(super) const SLOT: usize = 96;
/// The first guess of an entry's weight, by which the table is sized; it grows as needed.
const USUAL_WEIGHT: u64 = 600;

/// Octets in front of what an `Arc` holds: its counts of references.
pub(super) const COUNTS: usize = size_of::<[usize; 2]>();

/// What a table holds.
pub(super) trait Entry: Clone {
    /// Is it about this name, type and kind of question?
    fn is_about(&self, name: &Name, rtype: RrType, checking: Checking) -> bool;
    /// Octets of all blocks that it holds on to.
    fn weight(&self) -> usize;
}

#[derive(Clone, Debug)]
struct ByOctets;

impl<E: Entry> Weighter<u64, E> for ByOctets {
    fn weight(&self, _: &u64, entry: &E) -> u64 {
        (SLOT + entry.weight()) as u64
    }
}

/// Entries by name, type and kind of question.
pub(super) struct Table<E: Entry> {
    entries: Cache<u64, E, ByOctets>,
    hasher: DefaultHashBuilder,
}

impl<E: Entry> fmt::Debug for Table<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} entries, {} octets)", self.entries.len(), self.octets())
    }
}

impl<E: Entry> Table<E> {
    /// A table of `octets`; it starts small and grows.
    pub fn new(octets: u64) -> Self {
        let first = usize::try_from(octets / USUAL_WEIGHT).unwrap_or(usize::MAX).clamp(16, 1_024);
        Self {
            entries: Cache::with_weighter(first, octets, ByOctets),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// What lies at `name`.
    pub fn at<'a>(&'a self, name: &'a Name, checking: Checking) -> Place<'a, E> {
        Place { table: self, name, hash: self.hasher.hash_one(name), checking }
    }

    /// All entries, in no order; those that come or go meanwhile may be among them or not.
    pub fn iter(&self) -> impl Iterator<Item = E> + '_ {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// Octets held.
    pub fn octets(&self) -> u64 {
        self.entries.weight()
    }
}

/// A name that may be looked up by one type after the other: it is hashed once.
pub(super) struct Place<'a, E: Entry> {
    table: &'a Table<E>,
    name: &'a Name,
    hash: u64,
    checking: Checking,
}

impl<E: Entry> Place<'_, E> {
    fn hash(&self, rtype: RrType) -> u64 {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15; // so that the types of a name lie far from each other
        let disabled = u64::from(self.checking == Checking::Disabled);
        self.hash.wrapping_add((u64::from(rtype.0) << 1 | disabled).wrapping_mul(SPREAD))
    }

    pub fn get(&self, rtype: RrType) -> Option<E> {
        let entry = self.table.entries.get(&self.hash(rtype))?;
        entry.is_about(self.name, rtype, self.checking).then_some(entry)
    }

    /// Puts in `entry`, which is about this name and `rtype`.
    pub fn put(&self, rtype: RrType, entry: E) {
        self.table.entries.insert(self.hash(rtype), entry);
    }

    pub fn remove(&self, rtype: RrType) {
        self.table.entries.remove(&self.hash(rtype));
    }
}
