//! Questions that failed, with the reason (RFC 9520 section 3.2, RFC 4035 section 4.7).

use std::net::IpAddr;
use std::ops::Deref;
use std::time::Duration;

use super::store::{Held, Key, Store, Weigh};
use crate::clock::Instant;
use crate::dnssec::{Reason, Security};
use crate::wire::{EdeCode, ExtendedError, block};

/// Seconds after which a failure is asked again at first, and at the latest: twice as long each time it comes again
/// (RFC 9520 section 3.2: at least 1 s, at most 5 minutes, and a back-off in between).
type BackOff = (Duration, Duration);
/// Silent servers are tried once a second by whoever asks, since their return should be noticed at once.
const SILENCE: BackOff = (Duration::from_secs(1), Duration::from_secs(1));
/// Servers that answer errors.
const ERROR: BackOff = (Duration::from_secs(1), Duration::from_secs(16));
/// A validation failure: it costs the most, and passes seldom.
const VALIDATION: BackOff = (Duration::from_secs(5), Duration::from_secs(60));

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

/// What a reason's names take: up to four, of usual length.
const REASON_OCTETS: usize = 4 * block(56);

impl Weigh for CachedFailure {
    fn weigh(&self) -> usize {
        let names = if self.security.is_bogus() { REASON_OCTETS } else { 0 };
        block(self.error.text.capacity()) + block(size_of_val(&*self.silent)) + names
    }
}

/// When an answer was asked for in vain, and why it was.
#[derive(Debug)]
struct Tried {
    at: Instant,
    why: ExtendedError,
}

impl Weigh for Tried {
    fn weigh(&self) -> usize {
        block(self.why.text.capacity())
    }
}

/// Failures by question.
#[derive(Debug)]
pub struct Failures {
    kept: Store<CachedFailure>,
    /// Of questions to which there was an answer before.
    tried: Store<Tried>,
}

impl Failures {
    pub(super) fn new(octets: u64) -> Self {
        let tried = octets / 5;
        Self { kept: Store::new(octets - tried), tried: Store::new(tried) }
    }

    /// The failure of a question that still stands.
    #[must_use]
    pub fn get(
        &self,
        key: &Key,
        now: Instant,
    ) -> Option<impl Deref<Target = CachedFailure> + use<>> {
        self.kept.get(key).filter(|failure| now < failure.deadline)
    }

    /// What is known was asked for anew, in vain.
    pub fn note_try(&self, key: Key, why: ExtendedError, now: Instant) {
        self.tried.put(key, Tried { at: now, why });
    }

    /// Was it within the last `time`, and why in vain?
    #[must_use]
    pub fn tried(&self, key: &Key, time: Duration, now: Instant) -> Option<ExtendedError> {
        let tried = self.tried.get(key).filter(|tried| now < tried.at + time)?;
        Some(tried.why.clone())
    }

    /// Keeps a failure of the network, by the silence of these servers among others; by errors, one that comes again soon
    /// after stands longer.
    pub fn put(&self, key: Key, error: ExtendedError, silent: Box<[IpAddr]>, now: Instant) {
        let security = Security::Indeterminate;
        let life = self.next_life(&key, &security, &error, now);
        let (since, deadline) = (now, now + life);
        self.kept.put(key, CachedFailure { security, error, silent, since, life, deadline });
    }

    /// Keeps a validation failure; one that comes again soon after stands longer.
    pub fn put_bogus(&self, key: Key, reason: &Reason, now: Instant) {
        let (security, error) = (Security::Bogus(reason.clone()), reason.to_extended_error());
        let life = self.next_life(&key, &security, &error, now);
        let (silent, since, deadline) = (Box::default(), now, now + life);
        self.kept.put(key, CachedFailure { security, error, silent, since, life, deadline });
    }

    fn next_life(
        &self,
        key: &Key,
        security: &Security,
        error: &ExtendedError,
        now: Instant,
    ) -> Duration {
        let (first, longest) = back_off(security, error);
        let again = |f: &Held<CachedFailure>| {
            back_off(&f.security, &f.error) == (first, longest) && now < f.deadline + longest
        };
        self.kept.get(key).filter(again).map_or(first, |f| (f.life * 2).min(longest))
    }

    /// The question was answered.
    pub fn clear(&self, key: &Key) {
        self.kept.remove(key);
        self.tried.remove(key);
    }
}

fn back_off(security: &Security, error: &ExtendedError) -> BackOff {
    match error.code {
        _ if security.is_bogus() => VALIDATION,
        EdeCode::NO_REACHABLE_AUTHORITY => SILENCE,
        _ => ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Checking;
    use crate::wire::RrType;

    #[test]
    fn rfc8767_s5_what_was_asked_for_in_vain_until_there_is_an_answer() {
        let failures = Failures::new(1 << 20);
        let name: crate::wire::Name = "www.example.".parse().expect("a name");
        let key = || Key { name: name.clone(), rtype: RrType::A, checking: Checking::Enabled };
        let at = |seconds| Instant::from_nanos(1) + Duration::from_secs(seconds);
        let why = || ExtendedError { code: EdeCode::NETWORK_ERROR, text: "why".into() };
        let tried = |after| failures.tried(&key(), Duration::from_secs(30), at(after));
        assert!(tried(0).is_none());
        failures.note_try(key(), why(), at(0));
        assert_eq!((tried(29), tried(30)), (Some(why()), None));
        failures.put(key(), why(), Box::default(), at(0));
        assert_eq!(tried(29), Some(why()));
        failures.clear(&key());
        assert!(tried(0).is_none());
    }
}
