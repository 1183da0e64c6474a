//! What is not known yet but being asked for: equal questions wait for one resolution, over all workers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::DefaultHashBuilder;
use tokio::sync::watch;

/// Those who wait for `T`: it comes, and how many they are, or nothing that could be handed on.
type Waiting<T> = watch::Receiver<Option<(T, usize)>>;

/// The table of all workers: what is asked for by `K`, and found as `T`.
#[derive(Debug)]
pub struct Flights<K: Eq + Hash, T>(Mutex<Table<K, T>>);

type Table<K, T> = HashMap<K, Waiting<T>, DefaultHashBuilder>;

/// Whether a question is new.
pub enum Boarding<K: Eq + Hash, T> {
    /// It is ours to resolve.
    Lead(Flight<K, T>),
    /// Another is at it.
    Join(Waiting<T>),
}

/// A resolution under way. Dropping it, for whatever reason, lets those who wait go.
pub struct Flight<K: Eq + Hash, T> {
    table: Arc<Flights<K, T>>,
    key: K,
    outcome: watch::Sender<Option<(T, usize)>>,
}

impl<K: Eq + Hash, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, T> Flights<K, T> {
    /// Joins the resolution of `key`, or starts it. The table is bounded by the limit on waiting clients: each entry has
    /// one that leads it, and each of them few.
    pub fn join_or_lead(self: &Arc<Self>, key: K) -> Boarding<K, T> {
        match self.lock().entry(key) {
            Entry::Occupied(flight) => Boarding::Join(flight.get().clone()),
            Entry::Vacant(place) => {
                let (outcome, receiver) = watch::channel(None);
                let key = place.key().clone();
                place.insert(receiver);
                Boarding::Lead(Flight { table: Arc::clone(self), key, outcome })
            }
        }
    }
}

impl<K: Eq + Hash, T> Flights<K, T> {
    fn lock(&self) -> MutexGuard<'_, Table<K, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // no step leaves the table half-written
    }
}

impl<K: Eq + Hash, T: Clone> Flight<K, T> {
    /// Hands `found` to those who wait, and to those who come until it lands: something to go on with.
    pub fn meanwhile(&self, found: &T) {
        self.hand(found.clone());
    }

    /// Hands what `found` makes to those who wait; where nobody does, it is not made. Whoever joins at this very moment finds
    /// the flight ended, and leads.
    pub fn land(self, found: impl FnOnce() -> T) {
        if self.waiters() > 0 {
            self.hand(found());
        }
    }

    fn waiters(&self) -> usize {
        self.outcome.receiver_count().saturating_sub(1) // the table's own
    }

    fn hand(&self, found: T) {
        let _ = self.outcome.send(Some((found, self.waiters()))); // they may have gone meanwhile
    }
}

impl<K: Eq + Hash, T> Drop for Flight<K, T> {
    fn drop(&mut self) {
        self.table.lock().remove(&self.key);
    }
}

/// Waits until the leader has landed. `None` when it ended with nothing to hand on: then somebody else leads.
pub async fn landed<T: Clone>(flight: Waiting<T>) -> Option<T> {
    Some(landed_among(flight).await?.0)
}

/// The same, and how many waited for it.
pub async fn landed_among<T: Clone>(mut flight: Waiting<T>) -> Option<(T, usize)> {
    let outcome = flight.wait_for(Option::is_some).await;
    outcome.ok().and_then(|found| found.clone())
}
