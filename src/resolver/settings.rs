//! All that an operator can set about resolving, checked.

use crate::dnssec::{Limits, NegativeTrustAnchors, Policy, TrustAnchors};
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
    /// Seconds: bounds of TTLs, and the longest life of a denial.
    pub ttl: TtlBounds,
}

impl Settings {
    /// What iteration must know: also below which zones answers are to be signed.
    pub(super) fn iterate_options(&self) -> iterate::Options {
        let zones = self.anchors.iter().map(|anchor| anchor.zone().clone());
        let anchored = zones.filter(|_| self.validation != Validation::Off).collect();
        iterate::Options { anchored, ..self.iterate.clone() }
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
