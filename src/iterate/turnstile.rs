//! Whoever waited for the same as thousands of others goes on in turn.

use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// Those who go on between two looks at the network: thousands may have waited for the same, and all at once they would
/// keep others waiting, whose replies are there.
const AT_A_TIME: usize = 16;

/// The turns of one thread.
pub(super) struct Turnstile(Semaphore);

impl Default for Turnstile {
    fn default() -> Self {
        Self(Semaphore::new(AT_A_TIME))
    }
}

impl Turnstile {
    /// Goes on when few others do.
    pub async fn pass(&self) {
        let _turn = self.0.acquire().await; // never closed
        yield_now().await;
    }
}
