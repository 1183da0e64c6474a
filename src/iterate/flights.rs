//! Conversations under way at the same time about one question: usually one, and another when the first takes longer
//! than its server usually does. One whose server counts as silent is listened to a little longer: a reply that is late
//! is no loss.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::converse::{Miss, Outcome, Sign};
use super::probe::Probes;
use crate::net::Transport;

/// Conversations at a time for one question: each is a ticket more in a forger's lottery (VU#457875).
const MAX_UNDER_WAY: usize = 2;
/// Conversations over each transport beside those whose reply is late: over UDP they are tickets, too.
const MAX_OVERDUE: usize = 2;

/// Who was asked in a conversation, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The candidate.
    pub at: usize,
    pub transport: Transport,
    /// It had been asked before, and was silent.
    pub again: bool,
}

/// One conversation.
pub(super) type Talk<'a> = Pin<Box<dyn Future<Output = Outcome<Miss>> + 'a>>;

/// The wait for a server's first sign.
pub(super) type Patience = Pin<Box<dyn Future<Output = ()>>>;

/// One conversation under way.
pub(super) struct Flight<'a> {
    /// The number of its candidate.
    pub at: usize,
    pub talk: Talk<'a>,
    pub sign: Sign,
    pub transport: Transport,
    /// The same server was asked before, and was silent.
    pub again: bool,
    /// Runs out when its server counts as silent, if that is not the end of the conversation. It begins when it is looked at
    /// first, once the question was sent.
    pub patience: Option<Patience>,
}

/// All of them, in the order in which they began.
#[derive(Default)]
pub(super) struct Flights<'a> {
    under_way: Vec<Flight<'a>>,
    overdue: Vec<Flight<'a>>,
    /// The candidate of the latest one.
    latest: usize,
    /// When that one takes unusually long.
    late: Option<Pin<Box<Sleep>>>,
}

/// What happens next.
pub(super) enum Event {
    /// A conversation ended so.
    Ended(Asked, Box<Outcome<Miss>>),
    /// This candidate counts as silent, asked so.
    Overdue(usize, Transport),
    /// The latest conversation takes longer than usual.
    Late,
}

/// What comes first.
pub(super) enum Beside<T> {
    /// What was waited for.
    Found(T),
    /// An overdue reply.
    Ended(Asked, Box<Outcome<Miss>>),
}

impl<'a> Flights<'a> {
    /// Starts a conversation, which usually ends within `usually`.
    pub fn launch(&mut self, flight: Flight<'a>, usually: Duration) {
        self.latest = flight.at;
        self.under_way.push(flight);
        self.late = self.has_room().then(|| Box::pin(sleep(usually)));
    }

    /// Is there nothing to wait for but what is overdue?
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    fn has_room(&self) -> bool {
        self.under_way.len() < MAX_UNDER_WAY
    }

    /// The candidates that are being talked to.
    pub fn candidates(&self) -> Vec<usize> {
        self.under_way.iter().map(|flight| flight.at).collect()
    }

    /// Is each one's server silent so far?
    pub fn are_silent(&self) -> bool {
        self.under_way.iter().all(|flight| !flight.sign.heard.get())
    }

    /// Is nothing left but to wait for what has no other end?
    pub fn are_last_tries(&self) -> bool {
        self.under_way.iter().all(|flight| flight.patience.is_none())
    }

    /// Those that took unusually long without a sign.
    pub fn overtaken(&self) -> impl Iterator<Item = usize> + '_ {
        let slow = |flight: &&Flight<'_>| {
            flight.at != self.latest && flight.sign.sent.get() && !flight.sign.heard.get()
        };
        self.under_way.iter().filter(slow).map(|flight| flight.at)
    }

    /// Waits for the next event, and moves `probes` on; there must be a conversation.
    pub async fn next(&mut self, probes: &Probes) -> Event {
        poll_fn(|context| {
            probes.poll(context);
            if let Poll::Ready((at, outcome)) = self.poll_talks(context) {
                return Poll::Ready(Event::Ended(at, Box::new(outcome)));
            }
            if let Poll::Ready((at, transport)) = self.poll_patience(context) {
                return Poll::Ready(Event::Overdue(at, transport));
            }
            let Some(late) = &mut self.late else { return Poll::Pending };
            late.as_mut().poll(context).map(|()| {
                self.late = None;
                Event::Late
            })
        })
        .await
    }

    /// Waits for `found`, unless what is overdue comes before: its reply must not lie unread.
    pub async fn beside<T>(&mut self, mut found: Pin<&mut impl Future<Output = T>>) -> Beside<T> {
        poll_fn(|context| {
            if let Poll::Ready((at, outcome)) = self.poll_overdue(context) {
                return Poll::Ready(Beside::Ended(at, Box::new(outcome)));
            }
            found.as_mut().poll(context).map(Beside::Found)
        })
        .await
    }

    /// The first of the conversations that has ended.
    fn poll_talks(&mut self, context: &mut Context<'_>) -> Poll<(Asked, Outcome<Miss>)> {
        match self.poll_overdue(context) {
            Poll::Pending => poll_any(&mut self.under_way, context),
            ended => ended,
        }
    }

    /// The first of the overdue ones that has ended; that one stays silent is nothing new.
    fn poll_overdue(&mut self, context: &mut Context<'_>) -> Poll<(Asked, Outcome<Miss>)> {
        while let Poll::Ready((at, outcome)) = poll_any(&mut self.overdue, context) {
            if !matches!(outcome, Ok(Err(Miss::Silent))) {
                return Poll::Ready((at, outcome));
            }
        }
        Poll::Pending
    }

    /// The first of those without a sign whose time is over. From then on it is overdue.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<(usize, Transport)> {
        for i in 0..self.under_way.len() {
            let flight = &mut self.under_way[i];
            let Some(patience) = &mut flight.patience else { continue };
            if !flight.sign.sent.get() || patience.as_mut().poll(context).is_pending() {
                continue;
            }
            flight.patience = None;
            if !flight.sign.heard.get() {
                let flight = self.under_way.remove(i);
                let (at, transport) = (flight.at, flight.transport);
                self.overdue.push(flight);
                let mut alike =
                    (0..self.overdue.len()).filter(|i| self.overdue[*i].transport == transport);
                if let (Some(oldest), true) = (alike.next(), alike.count() >= MAX_OVERDUE) {
                    self.overdue.remove(oldest);
                }
                return Poll::Ready((at, transport));
            }
        }
        Poll::Pending
    }
}

/// The first of `flights` that has ended.
fn poll_any(
    flights: &mut Vec<Flight<'_>>,
    context: &mut Context<'_>,
) -> Poll<(Asked, Outcome<Miss>)> {
    for i in 0..flights.len() {
        if let Poll::Ready(outcome) = flights[i].talk.as_mut().poll(context) {
            let Flight { at, transport, again, .. } = flights.remove(i);
            return Poll::Ready((Asked { at, transport, again }, outcome));
        }
    }
    Poll::Pending
}
