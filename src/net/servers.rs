//! What was seen of each server address: how fast it answers, whether it is silent, for which zones it is lame.
//!
//! Shared by all workers and bounded. Nothing in it is a verdict: it only orders and spaces the questions.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::clock::Instant;
use crate::wire::Name;

/// Addresses remembered: about 15 MB at the most, and more than a large resolver talks to within an hour.
const MAX_ADDRESSES: usize = 50_000;
/// Zones remembered as lame per address.
const MAX_LAME_ZONES: usize = 16;
/// How long a lame answer is remembered: RFC 4697 section 2.2.1 asks for some caching, an operator's mend should show
/// soon.
const LAME_FOR: Duration = Duration::from_secs(900);
/// An address never asked: slower than most, so that known fast ones come first, faster than a bad one.
const UNKNOWN_RTT: Duration = Duration::from_millis(376);
/// Bounds of the time waited for a reply over UDP.
const WAIT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(1_500));
/// Silence that is held against an address, at the most, before it is tried again as if new.
const MAX_BACK_OFF: Duration = Duration::from_secs(60);
/// Time outs in a row before an address is passed over while others are there.
const SILENT_AFTER: u32 = 3;

/// What is expected of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Smoothed round-trip time (RFC 6298 section 2), or a guess.
    pub rtt: Duration,
    /// How long to wait for a reply over UDP.
    pub wait: Duration,
    /// Has it ever answered?
    pub known: bool,
    /// Has it been silent lately, so that others should be asked first?
    pub silent: bool,
}

#[derive(Debug, Default)]
struct Memory {
    smoothed: Option<Duration>,
    variation: Duration,
    timeouts: u32,
    silent_until: Instant,
    lame: BTreeMap<Name, Instant>,
}

/// The memory of all addresses.
#[derive(Debug)]
pub struct Servers(Mutex<LruCache<IpAddr, Memory>>);

impl Default for Servers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::MIN.saturating_add(MAX_ADDRESSES - 1))))
    }
}

impl Servers {
    fn lock(&self) -> MutexGuard<'_, LruCache<IpAddr, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // figures, never in a half-written state that matters
    }

    fn update(&self, address: IpAddr, change: impl FnOnce(&mut Memory)) {
        change(self.lock().get_or_insert_mut(address, Memory::default));
    }

    /// What to expect of `address` at `now`.
    #[must_use]
    pub fn estimate(&self, address: IpAddr, now: Instant) -> Estimate {
        let mut table = self.lock();
        let memory = table.get(&address);
        let smoothed = memory.and_then(|m| m.smoothed);
        let timeouts = memory.map_or(0, |m| m.timeouts);
        let base = smoothed
            .map_or(UNKNOWN_RTT, |s| s + memory.map_or(Duration::ZERO, |m| m.variation) * 4);
        Estimate {
            rtt: smoothed.unwrap_or(UNKNOWN_RTT),
            wait: base.saturating_mul(1 << timeouts.min(3)).clamp(WAIT.0, WAIT.1),
            known: smoothed.is_some(),
            silent: memory.is_some_and(|m| m.timeouts >= SILENT_AFTER && m.silent_until > now),
        }
    }

    /// It answered after `rtt` (RFC 6298 section 2.3).
    pub fn answered(&self, address: IpAddr, rtt: Duration) {
        self.update(address, |memory| {
            (memory.smoothed, memory.variation) = match memory.smoothed {
                None => (Some(rtt), rtt / 2),
                Some(smoothed) => (
                    Some((smoothed * 7 + rtt) / 8),
                    (memory.variation * 3 + smoothed.abs_diff(rtt)) / 4,
                ),
            };
            memory.timeouts = 0;
        });
    }

    /// It was silent; from the third time in a row it is passed over, for twice as long each time.
    pub fn timed_out(&self, address: IpAddr, now: Instant) {
        self.update(address, |memory| {
            memory.timeouts = memory.timeouts.saturating_add(1);
            let doubled = Duration::from_secs(1)
                .saturating_mul(1 << memory.timeouts.saturating_sub(SILENT_AFTER).min(6));
            memory.silent_until = now + doubled.min(MAX_BACK_OFF);
        });
    }

    /// It is not authoritative for `zone`.
    pub fn lame(&self, address: IpAddr, zone: &Name, now: Instant) {
        self.update(address, |memory| {
            memory.lame.retain(|_, until| *until > now);
            if memory.lame.len() < MAX_LAME_ZONES {
                memory.lame.insert(zone.clone(), now + LAME_FOR);
            }
        });
    }

    /// Was it lame for `zone` lately?
    #[must_use]
    pub fn is_lame(&self, address: IpAddr, zone: &Name, now: Instant) -> bool {
        self.lock().peek(&address).and_then(|m| m.lame.get(zone)).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn rfc6298_s2_smoothing() {
        let servers = Servers::default();
        let now = Instant::default();
        assert!(!servers.estimate(ADDRESS, now).known);
        servers.answered(ADDRESS, Duration::from_millis(80));
        assert_eq!(servers.estimate(ADDRESS, now).rtt, Duration::from_millis(80));
        servers.answered(ADDRESS, Duration::from_millis(160));
        let estimate = servers.estimate(ADDRESS, now);
        assert_eq!(estimate.rtt, Duration::from_millis(90));
        assert_eq!(estimate.wait, Duration::from_millis(90 + 4 * 50));
    }

    #[test]
    fn silence_is_held_against_an_address_for_a_while() {
        let servers = Servers::default();
        let now = Instant::from_nanos(1);
        for _ in 0..SILENT_AFTER {
            assert!(!servers.estimate(ADDRESS, now).silent);
            servers.timed_out(ADDRESS, now);
        }
        assert!(servers.estimate(ADDRESS, now).silent);
        assert!(!servers.estimate(ADDRESS, now + Duration::from_secs(2)).silent);
        servers.answered(ADDRESS, Duration::from_millis(5));
        assert!(!servers.estimate(ADDRESS, now).silent);
    }

    #[test]
    fn lame_is_per_zone_and_runs_out() {
        let servers = Servers::default();
        let (now, zone) = (Instant::from_nanos(1), "example.".parse::<Name>().expect("a name"));
        servers.lame(ADDRESS, &zone, now);
        assert!(servers.is_lame(ADDRESS, &zone, now));
        assert!(!servers.is_lame(ADDRESS, &Name::root(), now));
        assert!(!servers.is_lame(ADDRESS, &zone, now + LAME_FOR));
    }
}
