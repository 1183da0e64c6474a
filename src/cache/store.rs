//! Values by [`Key`], of which there may be many.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::table::{COUNTS, Entry, SLOT, Table};
use crate::model::Checking;
use crate::wire::{Name, RrType, block};

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
    /// Octets of the blocks that it holds on to, beside its own.
    fn weigh(&self) -> usize;
}

/// A value that was found, and its key.
pub(super) struct Held<V>(Arc<(Key, V)>);

impl<V> Clone for Held<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V> Deref for Held<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0.1
    }
}

impl<V: Weigh> Entry for Held<V> {
    fn is_about(&self, name: &Name, rtype: RrType, checking: Checking) -> bool {
        let Key { name: own, rtype: own_type, checking: own_checking } = &self.0.0;
        *own_type == rtype && *own_checking == checking && own == name
    }

    fn weight(&self) -> usize {
        let (key, value) = &*self.0;
        held_octets(key, value)
    }
}

/// Octets of the blocks of a value and its key.
fn held_octets<V: Weigh>(key: &Key, value: &V) -> usize {
    block(COUNTS + size_of::<(Key, V)>()) + block(key.name.as_wire().len()) + value.weigh()
}

/// What an entry takes.
pub(super) fn weight<V: Weigh>(key: &Key, value: &V) -> u64 {
    (SLOT + held_octets(key, value)) as u64
}

/// Entries by [`Key`].
pub(super) struct Store<V: Weigh>(Table<Held<V>>);

impl<V: Weigh> fmt::Debug for Store<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<V: Weigh> Store<V> {
    /// A store of `octets`.
    pub fn new(octets: u64) -> Self {
        Self(Table::new(octets))
    }

    pub fn get(&self, key: &Key) -> Option<Held<V>> {
        self.0.at(&key.name, key.checking).get(key.rtype)
    }

    pub fn put(&self, key: Key, value: V) {
        let held = Held(Arc::new((key, value)));
        let Key { name, rtype, checking } = &held.0.0;
        self.0.at(name, *checking).put(*rtype, held.clone());
    }

    pub fn remove(&self, key: &Key) {
        self.0.at(&key.name, key.checking).remove(key.rtype);
    }

    /// All entries, in no order; those that come or go meanwhile may be among them or not.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Held<V>)> + '_ {
        self.0.iter().map(|held| (held.0.0.clone(), held))
    }
}
