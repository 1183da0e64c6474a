//! Turns of those who waited for the same.

use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// Those who go on between two looks at the network: thousands may have waited for the same, and all at once they would
/// keep others waiting, whose replies are there.
const AT_A_TIME: usize = 16;

/// The turns of one thread.
pub(super) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(AT_A_TIME))
    }
}

impl Turns {
    /// Comes when few others go on.
    pub async fn come(&self) {
        let _turn = self.0.acquire().await; // never closed
        yield_now().await;
    }
}
