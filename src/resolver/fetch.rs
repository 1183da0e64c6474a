//! How validation gets DS and DNSKEY RRsets: what a parent told unasked or was fetched ahead, else by iteration. Equal
//! fetches of all client questions are one, and what came stays within reach until it has proven what it is to prove: iteration
//! validates nothing, so that none of them ever waits for another.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use super::witness::note_link;
use crate::cache::Cache;
use crate::clock::SharedClock;
use crate::iterate::Iterator;
use crate::model::{Failure, Response};
use crate::validate::{Fetch, FetchFuture, Freshness};
use crate::wire::{Question, RrType};
use crate::work::{Arrival, Fetched, Work};

/// Fetches through the resolver's iterator.
pub(super) struct Fetcher {
    pub cache: Arc<Cache>,
    pub clock: SharedClock,
    pub iterator: Rc<Iterator>,
}

impl Fetch for Fetcher {
    fn fetch<'a>(
        &'a self,
        question: Question,
        freshness: Freshness,
        work: &'a Work,
    ) -> FetchFuture<'a> {
        Box::pin(async move {
            let found = self.find(&question, freshness, work).await;
            found.inspect(|found| note_link(&self.cache, found))
        })
    }
}

impl Fetcher {
    async fn find(
        &self,
        question: &Question,
        freshness: Freshness,
        work: &Work,
    ) -> Result<Fetched, Failure> {
        if question.rtype == RrType::DS
            && let Some(told) = self.told(question, freshness)
        {
            return Ok(Fetched::new(told));
        }
        let asked = pin!(self.ask(question, work));
        // Who looks a second time wants to see for himself.
        if freshness == Freshness::Refetch || !work.asks_plainly() {
            return asked.await.map(Fetched::new);
        }
        if let Some(early) = work.take_early(question) {
            return early;
        }
        let (response, flight) =
            self.iterator.within_reach(&self.cache.coming, question, work, asked).await?;
        work.budget.pause(); // while it was waited for
        Ok(match flight {
            Some(flight) => Fetched::within_reach(response, flight),
            None => Fetched::new(response),
        })
    }

    /// What a referral or a minimised question brought, as if it came now: its TTLs counted down, its signatures judged
    /// by today's date. When it did not convince, it is forgotten.
    fn told(&self, question: &Question, freshness: Freshness) -> Option<Arc<Response>> {
        if freshness == Freshness::Refetch {
            self.cache.unproven.remove(&question.name);
        }
        let moment = self.clock.moment();
        let told = self.cache.unproven.get(&question.name, moment.now)?;
        Some(Arc::new(told.aged(moment)))
    }

    async fn ask(&self, question: &Question, work: &Work) -> Arrival {
        if question.rtype == RrType::DS {
            work.budget.spend_ds_query().map_err(Failure::Limit)?;
        }
        let Some(_pending) = work.enter(question) else {
            return Err(Failure::NoServerAddress {
                zone: question.name.clone(),
                servers: Vec::new(),
            });
        };
        self.iterator.iterate(question, work).await.map(Arc::new)
    }
}
