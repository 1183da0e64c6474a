//! Questions to answers.

use std::rc::Rc;
use std::sync::Arc;

use super::Settings;
use crate::cache::Cache;
use crate::clock::SharedClock;
use crate::entropy::Entropy;
use crate::model::{Answer, Checking};
use crate::net::{Exchange, Servers};
use crate::trace::Trace;
use crate::wire::Question;

/// What all workers of a process share.
#[derive(Debug)]
pub struct Shared {
    /// What was learnt.
    pub cache: Arc<Cache>,
    /// What was seen of each server.
    pub servers: Arc<Servers>,
    /// The time.
    pub clock: SharedClock,
    /// What the operator set.
    pub settings: Settings,
}

impl Shared {
    /// Empty caches by `settings`.
    #[must_use]
    pub fn new(settings: Settings, clock: SharedClock) -> Arc<Self> {
        let cache = Arc::new(Cache::new(settings.cache_octets));
        Arc::new(Self { cache, servers: Arc::default(), clock, settings })
    }
}

/// One worker's resolver.
pub struct Resolver {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Resolver {
    /// A resolver that reaches the network through `exchange`.
    #[must_use]
    pub fn new(
        shared: Arc<Shared>,
        _exchange: Rc<dyn Exchange>,
        _entropy: Rc<Entropy>,
    ) -> Rc<Self> {
        Rc::new(Self { shared })
    }

    /// The clock that all TTLs and signatures are judged by.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.shared.clock
    }

    /// The answer, if the cache holds all of it. TTLs are counted down to now.
    #[must_use]
    pub fn answer_from_cache(&self, _question: &Question, _checking: Checking) -> Option<Answer> {
        None
    }

    /// The answer to `question`: whatever goes wrong is a SERVFAIL with its reason.
    pub async fn resolve(
        &self,
        _question: &Question,
        _checking: Checking,
        _trace: Trace,
    ) -> Answer {
        let error = crate::wire::ExtendedError {
            code: crate::wire::EdeCode::NOT_READY,
            text: String::new(),
        };
        Answer::failed(crate::dnssec::Security::Indeterminate, error)
    }
}
