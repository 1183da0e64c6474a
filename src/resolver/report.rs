//! Failures in the log: one line for each distinct one, not for each question.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::clock::Instant;
use crate::dnssec::Reason;
use crate::wire::{Name, Question};

/// The same failure is logged again after this long.
const QUIET: Duration = Duration::from_secs(60);
/// And this long where it may be meant so.
const DAY: Duration = Duration::from_secs(86_400);
/// Distinct failures remembered.
const REMEMBERED: usize = 1_024;
/// Lines in one second, whatever fails: a flood of broken names must not fill the disk.
const LINES_A_SECOND: u32 = 20;

/// What was logged lately.
#[derive(Debug)]
pub(super) struct Report(Mutex<Memory>);

#[derive(Debug)]
struct Memory {
    logged: LruCache<String, Instant>,
    second: Instant,
    lines: u32,
    suppressed: u64,
}

impl Default for Report {
    fn default() -> Self {
        let logged = LruCache::new(NonZeroUsize::MIN.saturating_add(REMEMBERED - 1));
        Self(Mutex::new(Memory { logged, second: Instant::default(), lines: 0, suppressed: 0 }))
    }
}

impl Report {
    /// Logs that `question` failed to validate. Names in it are escaped (RFC 1035 section 5.1).
    pub fn bogus(&self, question: &Question, reason: &Reason, now: Instant) {
        let text = reason.to_string();
        if let Some(suppressed) = self.may_log(&text, now) {
            tracing::warn!(
                %question,
                reason = %text,
                rule = reason.rule(),
                ede = reason.ede().0,
                suppressed,
                "validation failed"
            );
        }
    }

    /// Logs that a forwarder passes no DNSSEC records on.
    pub fn stripper(&self, server: SocketAddr, zone: &Name, now: Instant) {
        if self.may_log(&format!("{server} {zone}"), now).is_some() {
            tracing::warn!(%server, %zone, "forwarder passes no DNSSEC records on; others are asked before it");
        }
    }

    /// Logs why nothing can be resolved.
    pub fn symptom(&self, symptom: &'static str, now: Instant) {
        if self.may_log(symptom, now).is_some() {
            tracing::error!(
                why = symptom,
                "nothing can be resolved; `bailiwick doctor` tells more"
            );
        }
    }

    /// Logs that an address family leads nowhere: once a day, since some hosts are meant to have only one.
    pub fn lost_family(&self, family: &'static str, now: Instant) {
        if self.may_log_after(family, now, DAY).is_some() {
            tracing::info!(
                family,
                "no server answers over this address family, and it is asked last; `bailiwick doctor` tells more"
            );
        }
    }

    /// Logs that servers answer over UDP alone.
    pub fn no_tcp(&self, now: Instant) {
        if self.may_log_after("no TCP", now, DAY).is_some() {
            tracing::warn!(
                "servers answer over UDP, none over TCP: let TCP to port 53 through the firewall, for long answers come \
                 over TCP alone (RFC 7766); `bailiwick doctor` tells more"
            );
        }
    }

    /// Logs that servers answer over TCP alone.
    pub fn no_udp(&self, now: Instant) {
        if self.may_log_after("no UDP", now, DAY).is_some() {
            tracing::warn!(
                "servers answer over TCP, none over UDP: let UDP to port 53 through the firewall; until then they are asked \
                 over TCP, which takes longer; `bailiwick doctor` tells more"
            );
        }
    }

    /// May this failure be logged now? How many lines were left out since the last one.
    fn may_log(&self, text: &str, now: Instant) -> Option<u64> {
        self.may_log_after(text, now, QUIET)
    }

    fn may_log_after(&self, text: &str, now: Instant, quiet: Duration) -> Option<u64> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |at: &Instant| now.since(*at) < quiet;
        if memory.logged.get(text).is_some_and(recent) {
            return None;
        }
        if now.since(memory.second) >= Duration::from_secs(1) {
            (memory.second, memory.lines) = (now, 0);
        }
        if memory.lines >= LINES_A_SECOND {
            memory.suppressed += 1;
            return None;
        }
        memory.lines += 1;
        memory.logged.put(text.to_owned(), now);
        Some(std::mem::take(&mut memory.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_failure_is_logged_once_a_minute() {
        let report = Report::default();
        assert_eq!(report.may_log("a", at(100)), Some(0));
        assert_eq!(report.may_log("a", at(159)), None);
        assert_eq!(report.may_log("b", at(159)), Some(0));
        assert_eq!(report.may_log("a", at(160)), Some(0));
        assert_eq!(report.may_log_after("a", at(86_559), DAY), None);
        assert_eq!(report.may_log_after("a", at(86_560), DAY), Some(0));
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let report = Report::default();
        let logged = (0..100).filter(|i| report.may_log(&i.to_string(), at(100)).is_some()).count();
        assert_eq!(logged, 20);
        assert_eq!(report.may_log("later", at(101)), Some(80));
    }
}
