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
use crate::cache::{Boarding, Flight, Flights, landed_among};
use crate::model::Failure;
use crate::work::Work;

/// A flight of ours.
type Own<K, T> = Option<Flight<K, Result<T, Failure>>>;

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
        let (found, flight) = self.find_or_join(table, key, work, find).await;
        if let Some(flight) = flight {
            flight.land(|| found.clone());
        }
        found
    }

    /// The same, and the flight if it is ours: as long as it is held, whoever comes is handed what was found.
    ///
    /// # Errors
    /// The same.
    pub async fn within_reach<K: Eq + Hash + Clone, T: Clone>(
        &self,
        table: &Arc<Flights<K, Result<T, Failure>>>,
        key: &K,
        work: &Work,
        find: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    ) -> Result<(T, Own<K, T>), Failure> {
        let (found, flight) = self.find_or_join(table, key, work, find).await;
        if let Some(flight) = &flight {
            flight.meanwhile(&found);
        }
        found.map(|found| (found, flight))
    }

    /// What comes of it, and our flight where that may be handed on.
    async fn find_or_join<K: Eq + Hash + Clone, T: Clone>(
        &self,
        table: &Arc<Flights<K, Result<T, Failure>>>,
        key: &K,
        work: &Work,
        find: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    ) -> (Result<T, Failure>, Own<K, T>) {
        loop {
            match table.join_or_lead(key.clone()) {
                Boarding::Lead(flight) => {
                    let found = find.await;
                    let is_own_limit = found.as_ref().is_err_and(Failure::is_own_limit);
                    return (found, (!is_own_limit).then_some(flight));
                }
                Boarding::Join(flight) => {
                    let left = match work.budget.time_left(self.clock.now()) {
                        Ok(left) => left,
                        Err(limit) => return (Err(Failure::Limit(limit)), None),
                    };
                    if let Ok(Some((found, waiters))) = timeout(left, landed_among(flight)).await {
                        self.turnstile.pass(waiters, self.clock.now()).await;
                        return (found, None);
                    }
                }
            }
        }
    }
}
