//! All that an operator can set about resolving, checked.

use std::time::Duration;

use crate::dnssec::{Limits, NegativeTrustAnchors, Policy, TrustAnchors, limits};
use crate::iterate;
use crate::net::FetchLimits;

/// What a resolver is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Iteration and forwarding.
    pub iterate: iterate::Options,
    /// Are answers validated?
    pub validation: Validation,
    /// Are questions settled by what was proven for others (RFC 8198)?
    pub aggressive_denial: bool,
    /// Where chains of trust begin.
    pub anchors: TrustAnchors,
    /// Where they end.
    pub negative_anchors: NegativeTrustAnchors,
    /// Algorithms, digests, skew, iterations.
    pub policy: Policy,
    /// Work for one client question.
    pub limits: Limits,
    /// Questions under way to servers.
    pub fetches: FetchLimits,
    /// Octets that all caches may hold.
    pub cache_octets: u64,
    /// Is what they hold to outlive the process?
    pub persist: bool,
    /// Seconds: bounds of TTLs, and the longest life of a denial.
    pub ttl: TtlBounds,
    /// What is done about data near their end and past it.
    pub ageing: Ageing,
}

impl Settings {
    /// What iteration must know: also below which zones answers are to be signed.
    pub(super) fn iterate_options(&self) -> iterate::Options {
        let zones = self.anchors.iter().map(|anchor| anchor.zone().clone());
        let anchored = zones.filter(|_| self.validation != Validation::Off).collect();
        iterate::Options { anchored, ..self.iterate.clone() }
    }
}

/// What is done about data near their end and past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ageing {
    /// Is what clients ask for in the last tenth of its life resolved again at once?
    pub prefetch: bool,
    /// What has expired, for want of better (RFC 8767).
    pub serve_stale: ServeStale,
    /// Resolutions for which no client waits.
    pub background: BackgroundLimits,
}

impl Default for Ageing {
    fn default() -> Self {
        let (serve_stale, background) = (ServeStale::default(), BackgroundLimits::default());
        Self { prefetch: true, serve_stale, background }
    }
}

/// How what has expired is given to clients (RFC 8767 sections 4 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServeStale {
    /// Is it at all?
    pub enabled: bool,
    /// Seconds after its end until which it is: the maximum stale timer. The least of the suggested days, since most outages
    /// are shorter, and old data are of use to who took over an address (section 10).
    pub max_age: u32,
    /// Seconds that it may be kept by the client.
    pub reply_ttl: u32,
    /// The longest that a client waits for better: the client response timer.
    pub client_timeout: Duration,
}

impl ServeStale {
    /// How long what has expired may be given.
    pub(super) fn longest(&self) -> Duration {
        Duration::from_secs(if self.enabled { self.max_age.into() } else { 0 })
    }
}

impl Default for ServeStale {
    fn default() -> Self {
        let client_timeout = Duration::from_millis(1_800);
        Self { enabled: true, max_age: 86_400, reply_ttl: 30, client_timeout }
    }
}

limits! {
    /// The limit on what no client waits for. [`BackgroundLimits::TABLE`] gives its range and its why.
    BackgroundLimits {
        /// Resolutions under way for which no client waits.
        resolutions = 1_024, "background-resolutions" in 0..=65_536,
            "prefetches, what goes on after a stale answer, and looks where dead zones moved, of all threads: each takes some \
             kilobytes and its questions under way; beyond it nothing is prefetched, and clients wait to the end";
    }
}

/// What is made of proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// What should be provable and is not, is not given.
    #[default]
    On,
    /// It is logged, and given without AD and with the extended error: for a trial.
    Log,
    /// Nothing is secure and nothing bogus.
    Off,
}

/// Bounds of the lives of what is cached, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TtlBounds {
    /// Data live at least this long. More than 0 stretches TTLs against RFC 1035, at the operator's wish.
    pub min: u32,
    /// Data live at most this long (RFC 8767 section 4).
    pub max: u32,
    /// Denials live at most this long (RFC 2308 section 5).
    pub max_negative: u32,
}

impl Default for TtlBounds {
    fn default() -> Self {
        Self { min: 0, max: 86_400, max_negative: 3_600 }
    }
}
