//! What a resolver is made of. What it does lies in the other files of the room.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::errands::{Errands, Places};
use super::fetch::Fetcher;
use super::report::Report;
use super::witness::Recalling;
use super::{Settings, Validation};
use crate::cache::{Cache, Flights, Key, Share};
use crate::clock::SharedClock;
use crate::entropy::Entropy;
use crate::iterate::Iterator;
use crate::model::Answer;
use crate::net::{Exchange, Fetches, Servers};
use crate::validate::{Fetch, Validator};

/// What all workers of a process share.
#[derive(Debug)]
pub struct Shared {
    /// What was learnt.
    pub cache: Arc<Cache>,
    /// What was seen of each server.
    pub servers: Arc<Servers>,
    /// What is under way to servers.
    pub fetches: Arc<Fetches>,
    /// The time.
    pub clock: SharedClock,
    /// What the operator set.
    pub settings: Settings,
    pub(super) report: Report,
    pub(super) flights: Arc<Flights<Key, Arc<Answer>>>,
    /// What is being renewed before its end.
    pub(super) renewals: Arc<Flights<Key, Arc<Answer>>>,
    places: Arc<Places>,
}

impl Shared {
    /// Empty caches by `settings`.
    #[must_use]
    pub fn new(settings: Settings, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self {
            cache: Arc::new(match settings.persist {
                true => Cache::persistent(settings.cache_octets),
                false => Cache::new(settings.cache_octets),
            }),
            servers: Arc::new(Servers::within(Share::Servers.of(settings.cache_octets))),
            fetches: Arc::new(Fetches::new(settings.fetches)),
            clock,
            places: Places::new(settings.ageing.background.resolutions),
            settings,
            report: Report::default(),
            flights: Arc::default(),
            renewals: Arc::default(),
        })
    }
}

/// One worker's resolver.
pub struct Resolver {
    pub(super) shared: Arc<Shared>,
    pub(super) iterator: Rc<Iterator>,
    pub(super) validator: Validator,
    /// Judges what was recalled, and asks nobody.
    pub(super) recaller: Option<Validator>,
    pub(super) errands: Errands,
    /// Itself, for what outlives a question.
    pub(super) me: Weak<Self>,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Resolver {
    /// A resolver that reaches the network through `exchange`. It does nothing but what clients wait for.
    #[must_use]
    pub fn new(shared: Arc<Shared>, exchange: Rc<dyn Exchange>, entropy: Rc<Entropy>) -> Rc<Self> {
        Self::with(shared, exchange, entropy, Errands::None)
    }

    /// The same for who asks it in a `LocalSet`: resolutions for which no client waits are tasks there.
    #[must_use]
    pub fn in_local_set(
        shared: Arc<Shared>,
        exchange: Rc<dyn Exchange>,
        entropy: Rc<Entropy>,
    ) -> Rc<Self> {
        let errands = Errands::InLocalSet(Arc::clone(&shared.places));
        Self::with(shared, exchange, entropy, errands)
    }

    fn with(
        shared: Arc<Shared>,
        exchange: Rc<dyn Exchange>,
        entropy: Rc<Entropy>,
        errands: Errands,
    ) -> Rc<Self> {
        let (cache, clock) = (Arc::clone(&shared.cache), Arc::clone(&shared.clock));
        let settings = &shared.settings;
        let iterator = Rc::new(Iterator::new(
            Arc::clone(&cache),
            Arc::clone(&shared.servers),
            Arc::clone(&shared.fetches),
            exchange,
            Arc::clone(&clock),
            entropy,
            Rc::new(settings.iterate_options()),
        ));
        let fetcher = Fetcher {
            cache: Arc::clone(&cache),
            clock: Arc::clone(&clock),
            iterator: Rc::clone(&iterator),
        };
        let anchors = Arc::new(settings.anchors.clone());
        let negative = Arc::new(settings.negative_anchors.clone());
        let policy = Arc::new(settings.policy.clone());
        let judging_by = |fetch: Rc<dyn Fetch>| {
            let (cache, clock) = (Arc::clone(&cache), Arc::clone(&clock));
            let (anchors, negative) = (Arc::clone(&anchors), Arc::clone(&negative));
            Validator::new(cache, fetch, clock, anchors, negative, Arc::clone(&policy))
        };
        let validator = judging_by(Rc::new(fetcher));
        let recalls = settings.persist && settings.validation != Validation::Off;
        let recaller = recalls.then(|| {
            let (cache, clock) = (Arc::clone(&cache), Arc::clone(&clock));
            judging_by(Rc::new(Recalling { cache, clock }))
        });
        Rc::new_cyclic(|me| {
            let me = Weak::clone(me);
            Self { shared, iterator, validator, recaller, errands, me }
        })
    }

    /// The clock that all TTLs and signatures are judged by.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.shared.clock
    }
}
