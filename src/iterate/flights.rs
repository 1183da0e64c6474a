//! Conversations under way at the same time about one question: usually one, and another when the first takes longer
//! than its server usually does.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::converse::{Miss, Outcome, Sign};
use super::probe::Probes;

/// Conversations at a time for one question: each is a ticket more in a forger's lottery (VU#457875).
const MAX_UNDER_WAY: usize = 2;

/// One conversation.
pub(super) type Talk<'a> = Pin<Box<dyn Future<Output = Outcome<Miss>> + 'a>>;

/// One conversation under way.
pub(super) struct Flight<'a> {
    /// The number of its candidate.
    pub at: usize,
    pub talk: Talk<'a>,
    pub sign: Sign,
}

/// All of them, in the order in which they began.
#[derive(Default)]
pub(super) struct Flights<'a> {
    under_way: Vec<Flight<'a>>,
    /// The candidate of the latest one.
    latest: usize,
    /// When that one takes unusually long.
    late: Option<Pin<Box<Sleep>>>,
}

/// What happens next.
pub(super) enum Event {
    /// This candidate's conversation ended so.
    Ended(usize, Box<Outcome<Miss>>),
    /// The latest conversation takes longer than usual.
    Late,
}

impl<'a> Flights<'a> {
    /// Starts a conversation, which usually ends within `usually`.
    pub fn launch(&mut self, flight: Flight<'a>, usually: Duration) {
        self.latest = flight.at;
        self.under_way.push(flight);
        self.late = self.has_room().then(|| Box::pin(sleep(usually)));
    }

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
        self.under_way.iter().all(|flight| !flight.sign.get())
    }

    /// Those that took unusually long without a sign.
    pub fn overtaken(&self) -> impl Iterator<Item = usize> + '_ {
        let slow = |flight: &&Flight<'_>| flight.at != self.latest && !flight.sign.get();
        self.under_way.iter().filter(slow).map(|flight| flight.at)
    }

    /// Waits for the next event, and moves `probes` on; there must be a conversation.
    pub async fn next(&mut self, probes: &Probes) -> Event {
        let (under_way, late) = (&mut self.under_way, &mut self.late);
        let timer = async {
            match late {
                Some(timer) => timer.await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            (at, outcome) = poll_fn(|context| {
                probes.poll(context);
                poll_any(under_way, context)
            }) => {
                Event::Ended(at, Box::new(outcome))
            }
            () = timer => {
                self.late = None;
                Event::Late
            }
        }
    }
}

/// The first of the conversations that has ended.
fn poll_any(
    under_way: &mut Vec<Flight<'_>>,
    context: &mut Context<'_>,
) -> Poll<(usize, Outcome<Miss>)> {
    for i in 0..under_way.len() {
        if let Poll::Ready(outcome) = under_way[i].talk.as_mut().poll(context) {
            return Poll::Ready((under_way.remove(i).at, outcome));
        }
    }
    Poll::Pending
}
