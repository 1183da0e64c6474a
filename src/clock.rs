//! The only place that reads a clock.
//!
//! Two clocks, never mixed: [`Clock::now`] counts from some fixed point in the past and never goes back, so lives
//! and timeouts run on it; [`Clock::wall`] is the date, by which RRSIG validity is judged. It can be set, wrong,
//! or step, and no lifetime may depend on it.
#![allow(clippy::disallowed_methods, reason = "this is the room that may read clocks")]

use std::ops::{Add, AddAssign};
use std::sync::Arc;
use std::time::Duration;

/// A point on the monotonic clock (`CLOCK_BOOTTIME`: it goes on while the machine sleeps), in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The instant `nanos` nanoseconds after the clock's origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, by: Duration) {
        *self = *self + by;
    }
}

/// Seconds since 1970-01-01T00:00:00Z, not counting leap seconds.
pub type WallSeconds = u64;

/// Both clocks, read together once per message, so that all its signatures and TTLs are judged at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock: TTLs, deadlines, round-trip times.
    pub now: Instant,
    /// The date: signature validity.
    pub wall: WallSeconds,
}

/// A source of time: the operating system's, or a simulation's.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The monotonic clock.
    fn now(&self) -> Instant;
    /// The date, in seconds since 1970.
    fn wall(&self) -> WallSeconds;
    /// Both at once.
    fn moment(&self) -> Moment {
        Moment { now: self.now(), wall: self.wall() }
    }
}

/// A clock that can be handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The operating system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        read(nix::time::ClockId::CLOCK_BOOTTIME)
            .map_or(Instant(0), |t| Instant(u64::try_from(t.as_nanos()).unwrap_or(u64::MAX)))
    }

    fn wall(&self) -> WallSeconds {
        read(nix::time::ClockId::CLOCK_REALTIME).map_or(0, |t| t.as_secs())
    }
}

/// Reads one clock through libc, so that a preloaded clock shim is obeyed. Both clocks exist on every Linux that
/// this program runs on, so `None` is not expected.
fn read(id: nix::time::ClockId) -> Option<Duration> {
    nix::time::clock_gettime(id).ok().map(Duration::from)
}

/// A simulation's clock: the date it was given, moved on by tokio's (pausable) time.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedClock {
    origin: tokio::time::Instant,
    wall_at_origin: WallSeconds,
}

impl SimulatedClock {
    /// A clock whose date is `wall` now. Must be made inside the tokio runtime whose time it follows.
    #[must_use]
    pub fn starting_at(wall: WallSeconds) -> Self {
        Self { origin: tokio::time::Instant::now(), wall_at_origin: wall }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        // An hour, so that a test can look at "earlier than the start".
        Instant(3_600_000_000_000) + self.origin.elapsed()
    }

    fn wall(&self) -> WallSeconds {
        self.wall_at_origin + self.origin.elapsed().as_secs()
    }
}

/// A clock that stands still: for tests of pure code.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedClock(pub Moment);

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        self.0.now
    }

    fn wall(&self) -> WallSeconds {
        self.0.wall
    }
}
