//! The row of those that wait for their turns.
//!
//! Whoever began first goes first: what is begun is done before more is begun, which its outcome may settle (a denial says
//! what other names there are not). But whoever has been under way for longer than servers usually take notices a little more
//! least: each may be passed for as long as that, up to 100 ms each time, and for some times what he has used already, so that
//! who makes much work holds up nobody who makes little. So those thousands that a slow server's answer wakes at once let pass
//! whoever came a moment ago, and yet nobody waits for ever.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;
use std::task::Waker;
use std::time::Duration;

use crate::clock::Instant;

/// How long most questions are under way at the most: two ways to servers at the other end of a continent.
const USUAL: Duration = Duration::from_millis(100);

/// How many times as long as he has worked each may be passed: little enough that a proof with a handful of signatures is done
/// before others begin.
const WORK_WEIGHS: u32 = 4;

/// Where somebody stands in the row: in front of those who are due later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stand {
    due: Instant,
    /// Of those who are due at the same time, whoever began first is in front. No two have the same.
    number: u64,
}

impl Stand {
    /// That of whoever began at `began`, has `worked` for so long, and joins the row `now`.
    pub fn new(began: Instant, worked: Duration, now: Instant, number: u64) -> Self {
        let late = now.since(began).saturating_sub(USUAL);
        let due = (began + late * 2).min(now + USUAL);
        Self { due: due + worked * WORK_WEIGHS, number }
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
