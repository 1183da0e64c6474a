//! Conversations under way at the same time about one question: usually one, and another when the first takes longer
//! than its server usually does.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::converse::{Miss, Outcome};

/// Conversations at a time for one question: more would make a slow zone cost more than a fast one.
const MAX_UNDER_WAY: usize = 2;

/// One conversation under way.
pub(super) type Talk<'a> = Pin<Box<dyn Future<Output = Outcome<Miss>> + 'a>>;

/// All of them, each with the number of its candidate.
#[derive(Default)]
pub(super) struct Flights<'a> {
    under_way: Vec<(usize, Talk<'a>)>,
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
    /// Starts a conversation with the candidate `at`, which usually ends within `usually`.
    pub fn launch(&mut self, at: usize, talk: Talk<'a>, usually: Duration) {
        self.under_way.push((at, talk));
        self.latest = at;
        self.late = self.has_room().then(|| Box::pin(sleep(usually)));
    }

    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    pub fn has_room(&self) -> bool {
        self.under_way.len() < MAX_UNDER_WAY
    }

    /// The candidates that are being talked to.
    pub fn candidates(&self) -> Vec<usize> {
        self.under_way.iter().map(|(at, _)| *at).collect()
    }

    /// Those of them that took unusually long.
    pub fn late_candidates(&self) -> impl Iterator<Item = usize> + '_ {
        self.candidates().into_iter().filter(|at| *at != self.latest)
    }

    /// Waits for the next event; there must be a conversation.
    pub async fn next(&mut self) -> Event {
        let (under_way, late) = (&mut self.under_way, &mut self.late);
        let timer = async {
            match late {
                Some(timer) => timer.await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            (at, outcome) = poll_fn(|context| poll_any(under_way, context)) => {
                Event::Ended(at, Box::new(outcome))
            }
            () = timer => {
                self.late = None;
                Event::Late
            }
        }
    }
}

/// The first of the conversations that has ended, in the order in which they began.
fn poll_any(
    under_way: &mut Vec<(usize, Talk<'_>)>,
    context: &mut Context<'_>,
) -> Poll<(usize, Outcome<Miss>)> {
    for i in 0..under_way.len() {
        if let Poll::Ready(outcome) = under_way[i].1.as_mut().poll(context) {
            let (at, _) = under_way.remove(i);
            return Poll::Ready((at, outcome));
        }
    }
    Poll::Pending
}
