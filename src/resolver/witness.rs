//! What chains of trust rest on, for a process to come: noted when validation is given it, and given to it again by who asks
//! nobody.

use std::future::ready;
use std::sync::Arc;

use super::testimony::{of_response, response};
use crate::cache::{Cache, Key};
use crate::clock::{Instant, SharedClock};
use crate::model::{Checking, Failure, Response};
use crate::validate::{Fetch, FetchFuture, Freshness};
use crate::wire::Question;
use crate::work::{Fetched, Work};

/// What validation is given of DS and DNSKEY RRsets, to be written down.
pub(super) fn note_link(cache: &Cache, said: &Response) {
    if cache.links.are_kept()
        && let Some(testimony) = of_response(said)
    {
        cache.links.put(link_key(&said.question), testimony);
    }
}

pub(super) fn link_key(question: &Question) -> Key {
    let (name, rtype) = (question.name.clone(), question.rtype);
    Key { name, rtype, checking: Checking::Enabled }
}

/// Fetches from what was written down, and from nowhere else.
pub(super) struct Recalling {
    pub cache: Arc<Cache>,
    pub clock: SharedClock,
}

impl Fetch for Recalling {
    fn fetch<'a>(
        &'a self,
        question: Question,
        freshness: Freshness,
        _work: &'a Work,
    ) -> FetchFuture<'a> {
        let none = || Failure::NoServerAddress { zone: question.name.clone(), servers: Vec::new() };
        let found = self.link(&question, freshness).map(Fetched::new);
        Box::pin(ready(found.ok_or_else(none)))
    }

    /// Before this process began, however long that is.
    fn said(&self, _now: Instant) -> Instant {
        Instant::default()
    }

    fn takes_time(&self) -> bool {
        false
    }
}

impl Recalling {
    fn link(&self, question: &Question, freshness: Freshness) -> Option<Arc<Response>> {
        let (key, moment) = (link_key(question), self.clock.moment());
        if freshness == Freshness::Refetch {
            self.cache.links.remove(&key); // it did not convince
        }
        let response = response(&self.cache.links.get(&key, moment)?, moment)?;
        (response.question == *question).then(|| Arc::new(response))
    }
}
