//! Pauses between signature checks: whoever can be answered at once waits for no more than one of them.

use tokio::task::yield_now;

use super::Validator;
use crate::dnssec::{Reason, Tried, Verified, ZoneKeys, verify_rrset_beyond};
use crate::model::Response;
use crate::wire::RrSet;
use crate::work::Work;

/// Lets others have their turn.
pub(super) async fn pause(work: &Work) {
    work.budget.pause();
    yield_now().await;
}

/// What `attempt` comes to, which is interrupted when it wants a second signature check since others had their turn. It is
/// tried again after each pause, and goes on with what was verified, and what failed, up to there.
pub(super) async fn with_pauses<T>(work: &Work, mut attempt: impl FnMut() -> T) -> T {
    loop {
        match work.budget.until_pause(&mut attempt) {
            Some(outcome) => return outcome,
            None => pause(work).await,
        }
    }
}

impl Validator {
    /// `set` of `response`, if one of `keys` signed it.
    pub(super) async fn verified(
        &self,
        set: &RrSet,
        keys: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<Verified, Reason> {
        let (policy, budget, mut tried) = (&self.policy, &work.budget, Tried::default());
        let verify =
            || verify_rrset_beyond(&mut tried, set, keys, response.arrived, policy, budget);
        with_pauses(work, verify).await
    }
}
