//! Questions that failed, with the reason (RFC 9520 section 3.2, RFC 4035 section 4.7).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::store::{Key, Store, Weigh};
use crate::clock::Instant;
use crate::dnssec::{Reason, Security};
use crate::wire::ExtendedError;

/// A network failure is asked again after this long (RFC 9520 section 3.2: at least 1 s).
const NETWORK_LIFE: Duration = Duration::from_secs(1);
/// A validation failure is asked again after this long, twice as long each time it comes again.
const VALIDATION_LIFE: Duration = Duration::from_secs(5);
/// But never later than this (RFC 9520 section 3.2: at most 5 minutes).
const LONGEST_LIFE: Duration = Duration::from_secs(60);

/// A failure and until when it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedFailure {
    /// `Bogus` with its reason, or `Indeterminate` for a failure of the network.
    pub security: Security,
    /// What clients are told.
    pub error: ExtendedError,
    /// The servers for whose silence it failed: it ends when one of them is heard of.
    pub silent: Box<[IpAddr]>,
    /// When it failed.
    pub since: Instant,
    life: Duration,
    deadline: Instant,
}

impl Weigh for CachedFailure {
    fn weigh(&self) -> usize {
        size_of::<Self>() + self.error.text.capacity() + size_of_val(&*self.silent) + 256 // the reason's names
    }
}

/// Failures by question.
#[derive(Debug)]
pub struct Failures(Store<CachedFailure>);

impl Failures {
    pub(super) fn new(octets: u64) -> Self {
        Self(Store::new(octets))
    }

    /// The failure of a question that still stands.
    #[must_use]
    pub fn get(&self, key: &Key, now: Instant) -> Option<Arc<CachedFailure>> {
        self.0.get(key).filter(|failure| now < failure.deadline)
    }

    /// Keeps a failure of the network, by the silence of these servers among others.
    pub fn put(&self, key: Key, error: ExtendedError, silent: Box<[IpAddr]>, now: Instant) {
        let (security, life) = (Security::Indeterminate, NETWORK_LIFE);
        let deadline = now + life;
        self.0.put(key, CachedFailure { security, error, silent, since: now, life, deadline });
    }

    /// Keeps a validation failure; one that comes again soon after stands longer.
    pub fn put_bogus(&self, key: Key, reason: &Reason, now: Instant) {
        let life = self.next_validation_life(&key, now);
        let (security, error) = (Security::Bogus(reason.clone()), reason.to_extended_error());
        let (silent, deadline) = (Box::default(), now + life);
        self.0.put(key, CachedFailure { security, error, silent, since: now, life, deadline });
    }

    fn next_validation_life(&self, key: &Key, now: Instant) -> Duration {
        let before =
            self.0.get(key).filter(|f| f.security.is_bogus() && now < f.deadline + LONGEST_LIFE);
        before.map_or(VALIDATION_LIFE, |f| (f.life * 2).min(LONGEST_LIFE))
    }

    /// The question was answered.
    pub fn clear(&self, key: &Key) {
        self.0.remove(key);
    }
}
