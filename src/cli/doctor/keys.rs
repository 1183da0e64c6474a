//! What the root's keys say: of the clock, by the time of their signatures, and of the trust anchors.

use std::time::Duration;

use super::check::{Check, Finding};
use crate::clock::{Moment, WallSeconds};
use crate::dnssec::{
    Budget, Limits, Policy, Reason, Timestamp, TrustAnchors, Vouch, ZoneKeys, zone_keys,
};
use crate::wire::rdata::Rrsig;
use crate::wire::{Name, RrSet};

const CLOCK: &str = "clock";
const ANCHORS: &str = "trust anchors";

/// By which anchors and rules, and at what time, keys are judged.
pub(super) struct Judge<'a> {
    pub anchors: &'a TrustAnchors,
    pub policy: &'a Policy,
    pub moment: Moment,
}

/// Nobody gave the root's keys with a signature.
pub(super) fn without_keys() -> Vec<Check> {
    let why = "not to be told: no server gave the root's keys with their signatures";
    vec![Check::note(CLOCK, why), Check::note(ANCHORS, why)]
}

impl Judge<'_> {
    /// Clock and anchors before the root's DNSKEY RRset. If the anchors vouch for it at the date of its signatures and
    /// not at ours, our clock is wrong: nobody else can sign with these keys.
    pub fn keys(&self, dnskey: &RrSet) -> Vec<Check> {
        let Some(anchors) = self.anchors.at(&Name::root()) else {
            let why = "there is none for the root: nothing is validated from there";
            return vec![
                Check::note(CLOCK, "not to be told without a trust anchor"),
                Check::note(ANCHORS, why),
            ];
        };
        let vouch = Vouch::Anchors(anchors.to_vec());
        if let Err(why) = vouch.usable(&Name::root(), self.policy) {
            let unfit = Check::bad(ANCHORS, Finding::AnchorUnfit, why.to_string());
            return vec![Check::note(CLOCK, "not to be told without a usable trust anchor"), unfit];
        }
        let windows = windows(dnskey, self.moment.wall);
        let reason = match self.vouched(dnskey, &vouch, self.moment.wall) {
            Ok(keys) => {
                let until = windows.iter().map(|window| window.end).max().unwrap_or(0);
                let evidence = format!(
                    "{}, within the root's signatures, which last until {}",
                    Timestamp(self.moment.wall),
                    Timestamp(until)
                );
                return vec![Check::good(CLOCK, evidence), Check::good(ANCHORS, keys.to_string())];
            }
            Err(reason) => reason,
        };
        let then = windows
            .iter()
            .find_map(|window| Some((window, self.vouched(dnskey, &vouch, window.middle()).ok()?)));
        match then {
            Some((window, keys)) => vec![
                Check::bad(CLOCK, Finding::WrongClock, window.misses(self.moment.wall)),
                Check::good(ANCHORS, format!("at the date of the signatures: {keys}")),
            ],
            None => vec![
                Check::note(CLOCK, "not to be told: no trust anchor vouches for the root's keys"),
                Check::bad(ANCHORS, Finding::AnchorUnfit, reason.to_string()),
            ],
        }
    }

    fn vouched(
        &self,
        dnskey: &RrSet,
        vouch: &Vouch,
        wall: WallSeconds,
    ) -> Result<ZoneKeys, Reason> {
        let moment = Moment { wall, ..self.moment };
        let budget = Budget::new(Limits::default(), moment.now);
        zone_keys(&Name::root(), dnskey, vouch, moment, self.policy, &budget)
    }
}

/// When a signature is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    begin: WallSeconds,
    end: WallSeconds,
}

impl Window {
    const fn middle(self) -> WallSeconds {
        self.begin.midpoint(self.end)
    }

    /// How far `wall` is off, as far as the signature tells.
    fn misses(self, wall: WallSeconds) -> String {
        let (off, direction) = if wall < self.begin {
            (self.begin - wall, "slow")
        } else {
            (wall.saturating_sub(self.end), "fast")
        };
        format!(
            "says {}, but the root's signatures are valid from {} to {}: it is at least {} {direction}",
            Timestamp(wall),
            Timestamp(self.begin),
            Timestamp(self.end),
            in_words(Duration::from_secs(off))
        )
    }
}

fn windows(dnskey: &RrSet, wall: WallSeconds) -> Vec<Window> {
    let window = |rrsig: Rrsig<'_>| Window {
        begin: Timestamp::from_serial(rrsig.inception, wall).0,
        end: Timestamp::from_serial(rrsig.expiration, wall).0,
    };
    dnskey.signatures.iter().filter_map(|rdata| Rrsig::parse(rdata)).map(window).collect()
}

/// The largest unit that fits is exact enough.
fn in_words(time: Duration) -> String {
    const UNITS: [(u64, &str); 4] =
        [(365 * 86_400, "years"), (86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let seconds = time.as_secs();
    let fits = UNITS.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    fits.map_or_else(
        || format!("{seconds} seconds"),
        |(unit, name)| format!("{} {name}", seconds / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_200, "2 hours"),
            (5 * 86_400, "5 days"),
            (1_771_000_000, "56 years"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn how_far_a_clock_is_off() {
        let window = Window { begin: 1_000_000, end: 2_000_000 };
        assert!(window.misses(0).ends_with("at least 11 days slow"), "{}", window.misses(0));
        assert!(window.misses(2_000_300).ends_with("at least 5 minutes fast"));
        assert_eq!(window.middle(), 1_500_000);
    }
}
