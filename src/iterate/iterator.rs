//! What an iterator is made of. What it does lies in the other files of the room.

use std::rc::Rc;
use std::sync::Arc;

use super::Options;
use super::probe::Probes;
use super::turnstile::Turnstile;
use crate::cache::Cache;
use crate::clock::SharedClock;
use crate::entropy::Entropy;
use crate::net::{Exchange, Fetches, Servers};

/// Resolves questions to authoritative responses.
pub struct Iterator {
    pub(super) cache: Arc<Cache>,
    pub(super) servers: Arc<Servers>,
    pub(super) fetches: Arc<Fetches>,
    pub(super) exchange: Rc<dyn Exchange>,
    pub(super) clock: SharedClock,
    pub(super) entropy: Rc<Entropy>,
    pub(super) options: Rc<Options>,
    pub(super) probes: Probes,
    pub(super) turnstile: Turnstile,
}

impl std::fmt::Debug for Iterator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Iterator").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Iterator {
    /// An iterator over the network behind `exchange`.
    #[must_use]
    pub fn new(
        cache: Arc<Cache>,
        servers: Arc<Servers>,
        fetches: Arc<Fetches>,
        exchange: Rc<dyn Exchange>,
        clock: SharedClock,
        entropy: Rc<Entropy>,
        options: Rc<Options>,
    ) -> Self {
        let (probes, turnstile) = (Probes::default(), Turnstile::default());
        Self { cache, servers, fetches, exchange, clock, entropy, options, probes, turnstile }
    }
}
