//! Pauses between the signature checks of a proof: whoever can be answered at once waits for no more than one of them. The DS and
//! the keys of a zone are checked without one between, lest others ask for what is about to be kept.

use tokio::task::yield_now;

use crate::dnssec::{Evidence, ProofError};
use crate::work::Work;

/// Lets others have their turn.
pub(super) async fn pause(work: &Work) {
    work.budget.pause();
    yield_now().await;
}

/// Lets others have their turn if a signature was checked since they had it.
pub(super) async fn pause_after_check(work: &Work) {
    if work.budget.wants_pause() {
        pause(work).await;
    }
}

/// What `prove` makes of `evidence`. It is tried again after each pause, with what was verified up to there.
pub(super) async fn proven<'e, T>(
    evidence: Evidence<'e>,
    prove: impl Fn(&mut Evidence<'e>) -> Result<T, ProofError>,
    work: &Work,
) -> Result<T, ProofError> {
    let mut evidence = evidence.with_pauses();
    loop {
        let outcome = prove(&mut evidence);
        if !evidence.take_interruption() {
            return outcome;
        }
        pause(work).await;
    }
}
