//! Questions in flight: equal ones wait for one resolution, over all workers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::cache::Key;
use crate::model::Answer;

/// How a resolution ended: an answer for all who wait, or nothing that could be handed on.
type Outcome = Option<Arc<Answer>>;

/// The table of all workers.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Key, watch::Receiver<Outcome>>>);

/// Whether a question is new.
pub(super) enum Boarding {
    /// It is ours to resolve.
    Lead(Flight),
    /// Another is at it.
    Join(watch::Receiver<Outcome>),
}

/// A resolution under way. Dropping it, for whatever reason, lets those who wait go.
pub(super) struct Flight {
    table: Arc<Flights>,
    key: Key,
    outcome: watch::Sender<Outcome>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, watch::Receiver<Outcome>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // no step leaves the table half-written
    }

    /// Joins the resolution of `key`, or starts it. The table is bounded by the limit on waiting clients: each entry has
    /// one that leads it.
    pub fn join_or_lead(self: &Arc<Self>, key: Key) -> Boarding {
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

impl Flight {
    /// Hands `answer` to those who wait.
    pub fn land(self, answer: &Arc<Answer>) {
        let _ = self.outcome.send(Some(Arc::clone(answer))); // nobody may be waiting
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.table.lock().remove(&self.key);
    }
}

/// Waits until the leader has landed. `None` when it ended without an answer to hand on: then somebody else leads.
pub(super) async fn landed(mut flight: watch::Receiver<Outcome>) -> Outcome {
    let outcome = flight.wait_for(Option::is_some).await;
    outcome.ok().and_then(|answer| answer.clone())
}
