//! How the chain of trust gets DS and DNSKEY RRsets: a seam, so that it can be judged without a network.

use std::future::Future;
use std::pin::Pin;

use crate::clock::Instant;
use crate::model::Failure;
use crate::wire::Question;
use crate::work::{Fetched, Work};

/// Whether a referral's unasked word will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// What a parent told with its referral will do.
    Any,
    /// It must be asked for: what was there did not convince.
    Refetch,
}

/// A fetch under way.
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Result<Fetched, Failure>> + 'a>>;

/// Something that gets responses, unjudged.
pub trait Fetch {
    /// The response to `question`, at the cost of the client question whose `work` it is.
    fn fetch<'a>(
        &'a self,
        question: Question,
        freshness: Freshness,
        work: &'a Work,
    ) -> FetchFuture<'a>;

    /// When it was that servers said what is got `now`. Keys and DS that are not of today are doubted before what they fail to
    /// prove (RFC 4035 section 4.7).
    fn said(&self, now: Instant) -> Instant {
        now
    }

    /// Is there a network, so that what is fetched before it is wanted is there sooner?
    fn takes_time(&self) -> bool {
        true
    }
}
