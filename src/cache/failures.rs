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
/// Servers that answer errors do so mostly for long. A question that is repeated a thousand times a minute may cost no more
/// than 20 packets: asked anew each second it would be 60 and more, in these steps it is eight times. An error that passes
/// soon costs its clients no more than the first second.
const ERROR: BackOff = (Duration::from_secs(1), Duration::from_secs(16));
/// A validation failure: it costs the most, and passes seldom.
const VALIDATION: BackOff = (Duration::from_secs(5), Duration::from_secs(60));

/// A failure and until when it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedFailure {
    /// `Bogus` with its reason, which a limit of proofs may be, or `Indeterminate` for a failure of the network.
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
        self.keep(key, Security::Indeterminate, error, silent, now);
    }

    /// Keeps a validation failure; one that comes again soon after stands longer.
    pub fn put_bogus(&self, key: Key, reason: &Reason, now: Instant) {
        let (security, error) = (Security::Bogus(reason.clone()), reason.to_extended_error());
        self.keep(key, security, error, Box::default(), now);
    }

    fn keep(
        &self,
        key: Key,
        security: Security,
        error: ExtendedError,
        silent: Box<[IpAddr]>,
        now: Instant,
    ) {
        let life = self.next_life(&key, &security, &error, now);
        let (since, deadline) = (now, now + life);
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

    /// The seconds for which each of these failures stands, each put when the one before ends.
    fn lives(put: impl Fn(&Failures, Instant), times: usize, failures: &Failures) -> Vec<u64> {
        let mut now = Instant::from_nanos(1);
        let next = |_| {
            put(failures, now);
            let before = now;
            while failures.get(&key(), now).is_some() {
                now += Duration::from_secs(1);
            }
            now.since(before).as_secs()
        };
        (0..times).map(next).collect()
    }

    fn key() -> Key {
        let name = "www.example.".parse().expect("a name");
        Key { name, rtype: RrType::A, checking: Checking::Enabled }
    }

    #[test]
    fn rfc9520_s3_2_a_failure_that_comes_again_stands_longer_unless_it_is_a_silence() {
        let error = |code| ExtendedError { code, text: "why".into() };
        let fails = move |code| {
            move |failures: &Failures, now| failures.put(key(), error(code), Box::default(), now)
        };
        let bogus = |failures: &Failures, now| {
            let zone = "example.".parse().expect("a name");
            failures.put_bogus(key(), &Reason::DnskeyMissing { zone }, now);
        };
        let failures = &Failures::new(1 << 20);
        let silent = fails(EdeCode::NO_REACHABLE_AUTHORITY);
        for _ in 0..2 {
            assert_eq!(lives(silent, 3, failures), [1, 1, 1]);
            assert_eq!(lives(fails(EdeCode::NETWORK_ERROR), 6, failures), [1, 2, 4, 8, 16, 16]);
            assert_eq!(lives(bogus, 6, failures), [5, 10, 20, 40, 60, 60]);
            failures.clear(&key());
            // After an answer all is as it was at first.
            assert_eq!(lives(fails(EdeCode::NETWORK_ERROR), 2, failures), [1, 2]);
            failures.clear(&key());
            assert_eq!(lives(bogus, 2, failures), [5, 10]);
            failures.clear(&key());
        }
    }

    #[test]
    fn rfc8767_s5_what_was_asked_for_in_vain_until_there_is_an_answer() {
        let failures = Failures::new(1 << 20);
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
