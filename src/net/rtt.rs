//! How fast an address answers, and whether it answers at all: pure figures.

use std::time::Duration;

use crate::clock::Instant;

/// An address never asked: slower than most, so that known fast ones come first, faster than a bad one.
const UNKNOWN_RTT: Duration = Duration::from_millis(376);
/// Bounds of the time first waited for a reply over UDP.
const WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(1_500));
/// Bounds of the time after which a reply is late, and another address is asked as well.
const LATE: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(200));
/// Silences in a row before an address that never answered is passed over while others are there.
const SILENT_AFTER: u32 = 3;
/// The same for one that did: where half of the exchanges fail, three in a row are nothing special.
const KNOWN_SILENT_AFTER: u32 = 8;
/// Each silence in a row counts like an answer that takes this much longer: enough to prefer another address.
const PER_SILENCE: Duration = Duration::from_millis(50);
/// For so long at first, then for twice as long each time, at the most for the second: then it is tried again.
pub(super) type BackOff = (Duration, Duration);
/// That of an address.
pub(super) const OF_ADDRESS: BackOff = (Duration::from_secs(1), Duration::from_secs(60));
/// That of all new addresses of a family: longer, since the other one serves, and a probe's reply ends it.
pub(super) const OF_FAMILY: BackOff = (Duration::from_secs(60), Duration::from_secs(600));

/// An address that has been silent for this long is dead; before that it may be slow, as far as anybody knows.
const DEAD_AFTER: Duration = Duration::from_millis(600);

/// What is expected of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Smoothed round-trip time (RFC 6298 section 2), or a guess; longer for each silence of late.
    pub rtt: Duration,
    /// How long to wait for a reply over UDP, the first time.
    pub wait: Duration,
    /// After how long a reply is late: nineteen of twenty come before.
    pub late: Duration,
    /// Has it ever answered?
    pub known: bool,
    /// Has it been silent lately, so that others should be asked first?
    pub silent: bool,
    /// Since when it has been silent, if it is at all.
    pub silent_since: Option<Instant>,
}

impl Estimate {
    /// Had it, at `moment`, been silent for so long that it is not worth waiting for?
    #[must_use]
    pub fn is_dead(&self, moment: Instant) -> bool {
        self.silent && self.silent_since.is_some_and(|since| moment.since(since) >= DEAD_AFTER)
    }
}

/// Questions in a row that were not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Silence {
    pub times: u32,
    first: Instant,
    last: Instant,
    until: Instant,
}

impl Silence {
    /// Once more.
    pub fn note(&mut self, now: Instant, back_off: BackOff) {
        if self.times == 0 {
            self.first = now;
        }
        self.times = self.times.saturating_add(1);
        let doublings = self.times.saturating_sub(SILENT_AFTER).min(16);
        self.last = now;
        self.until = now + back_off.0.saturating_mul(1 << doublings).min(back_off.1);
    }

    /// Was the last one before `then`?
    pub fn ended_before(&self, then: Instant) -> bool {
        self.times > 0 && self.last < then
    }

    /// Should others be asked first, before one that never answered?
    pub fn holds(&self, now: Instant) -> bool {
        self.times >= SILENT_AFTER && self.until > now
    }
}

/// The figures of one address.
#[derive(Debug, Default)]
pub(super) struct Rtt {
    smoothed: Option<Duration>,
    variation: Duration,
    pub silence: Silence,
    /// When it was last asked although it was silent.
    tried: Option<Instant>,
}

impl Rtt {
    /// It answered after `rtt` (RFC 6298 section 2.3).
    pub fn answered(&mut self, rtt: Duration) {
        (self.smoothed, self.variation) = match self.smoothed {
            None => (Some(rtt), rtt / 2),
            Some(smoothed) => {
                (Some((smoothed * 7 + rtt) / 8), (self.variation * 3 + smoothed.abs_diff(rtt)) / 4)
            }
        };
        self.silence = Silence::default();
    }

    /// Has it ever answered?
    pub const fn is_known(&self) -> bool {
        self.smoothed.is_some()
    }

    /// Has it been silent too often for that to be chance?
    pub const fn is_silent(&self) -> bool {
        let most = if self.is_known() { KNOWN_SILENT_AFTER } else { SILENT_AFTER };
        self.silence.times >= most
    }

    /// May it be asked although it is silent? That was not done for the time `every` then, and is now.
    pub fn claim_try(&mut self, every: Duration, now: Instant) -> bool {
        let may = self.tried.is_none_or(|tried| now.since(tried) >= every);
        if may {
            self.tried = Some(now);
        }
        may
    }

    /// What to expect at `now`. Silences before the end of the latest `outage` may have been its doing: it is asked as if
    /// nothing had been, until it is silent once more.
    pub fn estimate(&self, outage: Option<Instant>, now: Instant) -> Estimate {
        if outage.is_some_and(|end| self.silence.ended_before(end)) {
            let Self { smoothed, variation, .. } = *self;
            return Self { smoothed, variation, ..Self::default() }.estimate(None, now);
        }
        let most = self.smoothed.map_or(UNKNOWN_RTT, |s| s + self.variation * 4);
        Estimate {
            rtt: self.smoothed.unwrap_or(UNKNOWN_RTT) + PER_SILENCE * self.silence.times.min(8),
            wait: most.clamp(WAIT.0, WAIT.1),
            late: most.clamp(LATE.0, LATE.1),
            known: self.is_known(),
            silent: self.silence.holds(now) && self.is_silent(),
            silent_since: (self.silence.times > 0).then_some(self.silence.first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn after(samples: &[u64], silences: u32) -> Estimate {
        let mut rtt = Rtt::default();
        samples.iter().for_each(|sample| rtt.answered(ms(*sample)));
        (0..silences).for_each(|_| rtt.silence.note(Instant::from_nanos(1), OF_ADDRESS));
        rtt.estimate(None, Instant::from_nanos(2))
    }

    #[test]
    fn rfc6298_s2_estimates() {
        for (samples, silences, rtt, wait, late, silent) in [
            (&[][..], 0, 376, 376, 200, false),
            (&[80][..], 0, 80, 240, 200, false),
            (&[80, 160][..], 0, 90, 290, 200, false),
            (&[4][..], 0, 4, 100, 40, false),
            (&[20; 40][..], 0, 20, 100, 40, false),
            (&[100; 40][..], 0, 100, 100, 100, false),
            (&[100; 40][..], 2, 200, 100, 100, false),
            (&[100; 40][..], 7, 450, 100, 100, false),
            (&[100; 40][..], 8, 500, 100, 100, true),
            (&[][..], 2, 476, 376, 200, false),
            (&[][..], 3, 526, 376, 200, true),
            (&[1_600; 40][..], 0, 1_600, 1_500, 200, false),
            (&[900; 40][..], 0, 900, 900, 200, false),
        ] {
            let known = !samples.is_empty();
            let (rtt, wait, late) = (ms(rtt), ms(wait), ms(late));
            let estimate = after(samples, silences);
            let exact = Estimate { rtt, wait, late, known, silent, ..estimate };
            let near = |a: Duration, b: Duration| a.abs_diff(b) < ms(1);
            assert!(
                near(estimate.rtt, rtt)
                    && near(estimate.wait, wait)
                    && near(estimate.late, late)
                    && (estimate.known, estimate.silent) == (known, silent),
                "{samples:?} {silences}: {estimate:?}, not {exact:?}"
            );
        }
    }

    #[test]
    fn silence_is_held_against_an_address_for_longer_each_time() {
        let mut silence = Silence::default();
        let now = Instant::from_nanos(1);
        for seconds in [0, 0, 1, 2, 4, 8, 16, 32, 60, 60] {
            silence.note(now, OF_ADDRESS);
            let last = now + Duration::from_secs(seconds);
            assert!(!silence.holds(last), "{seconds}");
            assert_eq!(silence.holds(now), seconds > 0);
        }
    }
}
