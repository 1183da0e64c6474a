//! How validation gets DS and DNSKEY RRsets: what a parent told unasked or was fetched ahead, else by iteration. Equal
//! fetches of all client questions are one: iteration validates nothing, so that none of them ever waits for another.

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
use crate::work::{Fetching, Work};

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
    async fn find(&self, question: &Question, freshness: Freshness, work: &Work) -> Fetching {
        if question.rtype == RrType::DS {
            if let Some(told) = self.told(question, freshness) {
                return Ok(told);
            }
            work.budget.spend_ds_query().map_err(Failure::Limit)?;
        }
        // Who looks a second time wants to see for himself.
        if freshness == Freshness::Refetch || !work.asks_plainly() {
            return self.ask(question, work).await;
        }
        match work.take_early(question) {
            Some(early) => early,
            None => {
                let asked = pin!(self.ask(question, work));
                self.iterator.once(&self.cache.coming, question, work, asked).await
            }
        }
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

    async fn ask(&self, question: &Question, work: &Work) -> Fetching {
        let Some(_pending) = work.enter(question) else {
            return Err(Failure::NoServerAddress {
                zone: question.name.clone(),
                servers: Vec::new(),
            });
        };
        self.iterator.iterate(question, work).await.map(Arc::new)
    }
}
