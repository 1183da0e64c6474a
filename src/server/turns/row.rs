//! The row of those that wait for their turns.
//!
//! Whoever began long ago has waited for servers most of the time, and notices a little more least: each may be passed by
//! others for as long as he has been under way. So those thousands that a slow server's answer wakes at once let pass whoever
//! came a moment ago, and yet nobody waits for ever.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;
use std::task::Waker;

use crate::clock::Instant;

/// Where somebody stands in the row: in front of those who are due later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stand {
    due: Instant,
    /// Of those who are due at the same time, whoever began first is in front. No two have the same.
    number: u64,
}

impl Stand {
    /// That of whoever began at `began` and joins the row `now`.
    pub fn new(began: Instant, now: Instant, number: u64) -> Self {
        Self { due: now + now.since(began), number }
    }
}

/// Those who wait.
#[derive(Debug, Default)]
pub(super) struct Row(BTreeMap<Stand, Waker>);

impl Row {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whoever `waker` wakes waits at `stand`.
    pub fn join(&mut self, stand: Stand, waker: Waker) {
        self.0.insert(stand, waker);
    }

    /// Whoever waits at `stand` does no longer.
    pub fn leave(&mut self, stand: Stand) {
        self.0.remove(&stand);
    }

    /// Takes out whoever is in front.
    pub fn leave_first(&mut self) -> Option<(Stand, Waker)> {
        self.0.pop_first()
    }
}

impl IntoIterator for Row {
    type Item = (Stand, Waker);
    type IntoIter = IntoIter<Stand, Waker>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
