//! Questions of the resolver's own, which equal ones of other clients wait for: keys, DS, steps of the descent, addresses
//! of servers, the root's servers.
//!
//! Nobody waits for somebody who waits for him: while keys are fetched, steps of the descent may be waited for, in both
//! of them addresses, and in all the root's servers; while addresses are looked up or the root is primed, nothing is waited for.
//! Nor does anybody wait for what is asked of servers that were known to be dead when his client asked.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::timeout;

use super::iterator::Iterator;
use crate::cache::{Boarding, Flight, Flights, landed};
use crate::model::Failure;
use crate::work::Work;

/// What was found, and the flight that found it where that was not another's.
type Found<K, T> = (T, Option<Flight<K, Result<T, Failure>>>);

impl Iterator {
    /// What `find` brings, or what another brings who is at the same, `key`, already. What fails for want of the other's
    /// budget is not taken: then it is asked for on our own account.
    /// `find` stays where it is pinned: moved in here it would take its space twice, for each question that waits.
    ///
    /// # Errors
    /// Those of `find`, and when the time of `work` runs out.
    pub async fn once<K: Eq + Hash + Clone, T: Clone>(
        &self,
        table: &Arc<Flights<K, Result<T, Failure>>>,
        key: &K,
        work: &Work,
        find: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    ) -> Result<T, Failure> {
        self.within_reach(table, key, work, find).await.map(|(found, _)| found)
    }

    /// The same; and whoever comes as long as the flight is held, joins it.
    ///
    /// # Errors
    /// The same.
    pub async fn within_reach<K: Eq + Hash + Clone, T: Clone>(
        &self,
        table: &Arc<Flights<K, Result<T, Failure>>>,
        key: &K,
        work: &Work,
        find: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    ) -> Result<Found<K, T>, Failure> {
        loop {
            match table.join_or_lead(key.clone()) {
                Boarding::Lead(flight) => {
                    let found = find.await;
                    if !found.as_ref().is_err_and(Failure::is_own_limit) {
                        flight.meanwhile(&found);
                    }
                    return found.map(|found| (found, Some(flight)));
                }
                Boarding::Join(flight) => {
                    let left = work.budget.time_left(self.clock.now()).map_err(Failure::Limit)?;
                    let landed = timeout(left, landed(flight)).await;
                    self.turnstile.pass().await;
                    if let Ok(Some(found)) = landed {
                        return found.map(|found| (found, None));
                    }
                }
            }
        }
    }
}
