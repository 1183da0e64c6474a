//! Whoever waited for the same as many others goes on in turn.

use std::cell::Cell;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use crate::clock::Instant;

/// Of so many that waited for the same nobody has to wait longer.
const FEW: usize = 8;
/// Of more, one goes on in each of these. What he does next takes up to a quarter of a millisecond, his servers' part included
/// where they are as near as a forwarder on this host: thousands at once would keep others waiting for a processor.
const EVERY: Duration = Duration::from_micros(500);
/// The longest wait. The nearer it comes, the faster they go on.
const LONGEST: Duration = Duration::from_millis(300);

/// The turns of one thread.
#[derive(Default)]
pub(super) struct Turnstile {
    /// When all who came until now have gone on, and one more may.
    free: Cell<Instant>,
}

impl Turnstile {
    /// Goes on in turn, `now` that what `waiters` waited for is there.
    pub async fn pass(&self, waiters: usize, now: Instant) {
        if waiters > FEW {
            let wait = self.turn(now);
            if wait.is_zero() { yield_now().await } else { sleep(wait).await }
        }
    }

    /// How long whoever comes `now` waits for his turn.
    fn turn(&self, now: Instant) -> Duration {
        let wait = self.free.get().since(now).min(LONGEST);
        let room = (LONGEST - wait).as_secs_f64() / LONGEST.as_secs_f64();
        self.free.set(now + wait + EVERY.mul_f64(room));
        wait
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn many_go_on_evenly_and_nobody_waits_longer_than_that() {
        let (turnstile, start) = (Turnstile::default(), Instant::default() + LONGEST);
        let waits: Vec<_> = (0..5_000).map(|_| turnstile.turn(start)).collect();
        assert!(waits[0].is_zero() && waits.is_sorted());
        let within =
            |time| waits.iter().filter(|wait| **wait < Duration::from_millis(time)).count();
        assert!((20..=22).contains(&within(10)), "{}", within(10));
        assert!((230..=260).contains(&within(100)), "{}", within(100));
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
    }

    #[test]
    fn turns_that_were_long_ago_are_of_no_matter() {
        let (turnstile, start) = (Turnstile::default(), Instant::default() + LONGEST);
        let last = (0..100).map(|_| turnstile.turn(start)).last();
        assert!(last > Some(EVERY * 90));
        assert!(turnstile.turn(start + LONGEST).is_zero());
    }

    #[test]
    fn few_do_not_wait() {
        let turnstile = Turnstile::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut passes = |waiters| {
            let pass = pin!(turnstile.pass(waiters, Instant::default()));
            pass.poll(&mut context).is_ready()
        };
        assert!((0..100).all(|_| passes(FEW)));
        assert!(!passes(FEW + 1));
    }
}
