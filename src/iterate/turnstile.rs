//! Whoever waited for the same as thousands of others goes on in turn.

use std::cell::Cell;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use crate::clock::Instant;

/// One goes on in each of these on average. What he does next takes a tenth of a millisecond, his servers' part included where
/// they are as near as a forwarder on this host: thousands at once would keep others waiting for a processor.
const EVERY: Duration = Duration::from_micros(300);
/// So many go on before that holds: where few waited for the same, none waits longer.
const AT_ONCE: u32 = 8;

/// The turns of one thread.
#[derive(Default)]
pub(super) struct Turnstile {
    /// When all who came until now have gone on, and one more may.
    free: Cell<Instant>,
}

impl Turnstile {
    /// Goes on when few others do.
    pub async fn pass(&self, now: Instant) {
        let wait = self.turn(now);
        if wait.is_zero() { yield_now().await } else { sleep(wait).await }
    }

    /// How long whoever comes `now` waits for his turn.
    fn turn(&self, now: Instant) -> Duration {
        let free = self.free.get().max(now);
        self.free.set(free + EVERY);
        free.since(now).saturating_sub(EVERY * (AT_ONCE - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_go_on_at_once_and_thousands_evenly() {
        let (turnstile, start) = (Turnstile::default(), Instant::default() + EVERY * 5_000);
        let waits: Vec<_> = (0..1_000).map(|_| turnstile.turn(start)).collect();
        let (at_once, others) = waits.split_at(AT_ONCE as usize);
        assert!(at_once.iter().all(Duration::is_zero));
        assert!(others.iter().zip(1..).all(|(wait, n)| *wait == EVERY * n), "{others:?}");
    }

    #[test]
    fn a_turn_that_nobody_took_is_kept_for_few() {
        let (turnstile, start) = (Turnstile::default(), Instant::default() + EVERY * 5_000);
        let last = (0..100).map(|_| turnstile.turn(start)).last();
        assert_eq!(last, Some(EVERY * (100 - AT_ONCE)));
        let later = start + EVERY * 100;
        assert!((0..AT_ONCE).all(|_| turnstile.turn(later).is_zero()));
        assert_eq!(turnstile.turn(later), EVERY);
    }
}
