//! Who has his turn: those who look for answers, a few at a time, between two looks at the clients' sockets.
//!
//! What answers a miss checks signatures, of which one takes as long as a dozen hits. All that are ready at once would keep
//! clients waiting who can be answered by a copy. So they begin only as long as little time was spent since the last
//! look; the others stand in a [row](Row), in which each look lets the first one go on.

mod row;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use self::row::{Row, Stand};
use crate::clock::{Clock, Instant, SystemClock};

/// What may be spent between two looks before nobody begins any more: one check of a P-256 signature takes 42 µs.
const SLICE: Duration = Duration::from_micros(40);

/// The turns of one worker's tasks. Without anybody who looks at sockets there is nothing to wait for.
#[derive(Debug, Default)]
pub(super) struct Turns {
    spent: Cell<Duration>,
    row: RefCell<Row>,
    /// Whose turn it is among those that waited: nobody passes him.
    next: RefCell<Option<(Stand, Waker)>>,
    /// Whoever looks.
    looker: RefCell<Option<Waker>>,
    tickets: Cell<u64>,
}

impl Turns {
    /// The clients' sockets were looked at, by whoever `context` wakes: the next one has his turn.
    pub fn looked(&self, context: &Context<'_>) {
        self.spent.set(Duration::ZERO);
        let mut looker = self.looker.borrow_mut();
        if !looker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *looker = Some(context.waker().clone());
        }
        self.wake_next();
    }

    /// Nobody looks any more.
    pub fn end(&self) {
        self.looker.borrow_mut().take();
        let next = self.next.borrow_mut().take();
        next.into_iter().chain(self.row.take()).for_each(|(_, waker)| waker.wake());
    }

    /// What `work` comes to, which begins and goes on only in its turn.
    pub async fn in_turn<F: Future>(&self, work: F) -> F::Output {
        let number = self.tickets.get();
        self.tickets.set(number.wrapping_add(1));
        let began = SystemClock.now();
        let (worked, stand) = (Cell::default(), Cell::default());
        let ticket = Ticket { turns: self, number, began, worked, stand };
        let mut work = pin!(work);
        poll_fn(|context| {
            if ticket.waits(context) {
                return Poll::Pending;
            }
            let polled = SystemClock.now();
            let outcome = work.as_mut().poll(context);
            let time = SystemClock.now().since(polled);
            ticket.worked.set(ticket.worked.get() + time);
            self.spend(time);
            outcome
        })
        .await
    }

    fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
        if self.spent.get() < SLICE {
            self.wake_next();
        } else if !self.row.borrow().is_empty() {
            self.want_look();
        }
    }

    /// Gives the first one in the row his turn, if nobody else has it.
    fn wake_next(&self) {
        let mut next = self.next.borrow_mut();
        if next.is_none() {
            *next = self.row.borrow_mut().leave_first();
            next.iter().for_each(|(_, waker)| waker.wake_by_ref());
        }
    }

    fn want_look(&self) {
        self.looker.borrow().iter().for_each(Waker::wake_by_ref);
    }
}

/// One task's right to have its turn.
struct Ticket<'t> {
    turns: &'t Turns,
    number: u64,
    began: Instant,
    worked: Cell<Duration>,
    /// Where it stands in the row, until it has its turn.
    stand: Cell<Option<Stand>>,
}

impl Ticket<'_> {
    /// Must whoever `context` wakes wait for the next look?
    fn waits(&self, context: &Context<'_>) -> bool {
        let turns = self.turns;
        let is_free = turns.looker.borrow().is_none()
            || turns.spent.get() < SLICE
                && turns.next.borrow().is_none()
                && turns.row.borrow().is_empty();
        if is_free || self.takes_turn() {
            return false;
        }
        if self.stand.get().is_none() {
            let stand = Stand::new(self.began, self.worked.get(), SystemClock.now(), self.number);
            turns.row.borrow_mut().join(stand, context.waker().clone());
            self.stand.set(Some(stand));
        }
        turns.want_look();
        true
    }

    /// Is it this one's turn?
    fn takes_turn(&self) -> bool {
        let is_next = |(stand, _): &mut (Stand, Waker)| Some(*stand) == self.stand.get();
        let taken = self.turns.next.borrow_mut().take_if(is_next).is_some();
        if taken {
            self.stand.take();
        }
        taken
    }
}

/// Whoever goes away leaves his turn to the next one.
impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if self.takes_turn() {
            self.turns.wake_next();
        } else if let Some(stand) = self.stand.get() {
            self.turns.row.borrow_mut().leave(stand);
        }
    }
}

#[cfg(test)]
mod tests;
