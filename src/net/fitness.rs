//! For which zones an address is of no use: pure figures.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Instant;
use crate::wire::Name;

/// Zones remembered per address.
const MAX_ZONES: usize = 16;
/// How long a lame answer is remembered: RFC 4697 section 2.2.1 asks for some caching, an operator's mend should show
/// soon.
const LAME_FOR: Duration = Duration::from_secs(900);
/// The same for errors (RFC 9520 section 3.2: at most 5 minutes). Such a server is asked still, after others, and one good
/// answer is enough.
const FAILED_FOR: Duration = Duration::from_secs(300);
/// Errors in a row after which a server is of no use for a zone: one may be about a single name, or bad luck.
const FAILS_AFTER: u32 = 2;

#[derive(Clone, Copy, Debug)]
struct Failing {
    lame: bool,
    times: u32,
    /// When it last gave an answer, after it had failed.
    served: Option<Instant>,
    until: Instant,
}

impl Failing {
    /// Nothing but failures of late: who answers some questions and fails on others is asked all of them.
    fn is_unfit(&self, now: Instant) -> bool {
        let has_served = self.served.is_some_and(|served| now.since(served) < FAILED_FOR);
        self.lame || self.times >= FAILS_AFTER && !has_served
    }
}

/// What one address made of questions about zones that it cannot answer.
#[derive(Debug, Default)]
pub(super) struct Fitness(BTreeMap<Name, Failing>);

impl Fitness {
    /// It is not authoritative for `zone`.
    pub fn lame(&mut self, zone: &Name, now: Instant) {
        if let Some(failing) = self.note(zone, now, LAME_FOR) {
            failing.lame = true;
        }
    }

    /// It gave an error, or what is no answer, to a question about `zone`.
    pub fn failed(&mut self, zone: &Name, now: Instant) {
        if !self.is_lame(zone, now) {
            self.note(zone, now, FAILED_FOR);
        }
    }

    /// It answered a question about `zone`.
    pub fn served(&mut self, zone: &Name, now: Instant) {
        if let Some(failing) = self.0.get_mut(zone) {
            *failing =
                Failing { lame: false, times: 0, served: Some(now), until: now + FAILED_FOR };
        }
    }

    /// Was it lame for `zone` lately?
    pub fn is_lame(&self, zone: &Name, now: Instant) -> bool {
        self.at(zone, now).is_some_and(|failing| failing.lame)
    }

    /// Was it of no use for `zone` of late, whatever was asked?
    pub fn is_unfit(&self, zone: &Name, now: Instant) -> bool {
        self.at(zone, now).is_some_and(|failing| failing.is_unfit(now))
    }

    fn at(&self, zone: &Name, now: Instant) -> Option<&Failing> {
        self.0.get(zone).filter(|failing| failing.until > now)
    }

    fn note(&mut self, zone: &Name, now: Instant, life: Duration) -> Option<&mut Failing> {
        self.0.retain(|_, failing| failing.until > now);
        if self.0.len() >= MAX_ZONES && !self.0.contains_key(zone) {
            return None;
        }
        let new = Failing { lame: false, times: 0, served: None, until: now };
        let failing = self.0.entry(zone.clone()).or_insert(new);
        failing.times = failing.times.saturating_add(1);
        failing.until = now + life;
        Some(failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4697_s2_2_1_lame_is_per_zone_and_runs_out() {
        let mut fitness = Fitness::default();
        let (now, zone) = (Instant::from_nanos(1), "example.".parse::<Name>().expect("a name"));
        fitness.lame(&zone, now);
        fitness.failed(&zone, now); // an error says less, and shortens nothing
        assert!(fitness.is_lame(&zone, now) && fitness.is_unfit(&zone, now));
        assert!(!fitness.is_lame(&Name::root(), now) && !fitness.is_unfit(&Name::root(), now));
        assert!(fitness.is_lame(&zone, now + FAILED_FOR));
        assert!(!fitness.is_lame(&zone, now + LAME_FOR));
    }

    #[test]
    fn two_errors_in_a_row_count_until_an_answer_or_for_a_while() {
        let mut fitness = Fitness::default();
        let (now, zone) = (Instant::from_nanos(1), "example.".parse::<Name>().expect("a name"));
        for times in 1..=2 {
            fitness.failed(&zone, now);
            assert_eq!(
                (fitness.is_unfit(&zone, now), fitness.is_lame(&zone, now)),
                (times == 2, false)
            );
        }
        assert!(!fitness.is_unfit(&zone, now + FAILED_FOR));
        let fail_twice = |fitness: &mut Fitness, now| {
            (0..2).for_each(|_| fitness.failed(&zone, now));
            fitness.is_unfit(&zone, now)
        };
        assert!(fail_twice(&mut fitness, now));
        fitness.served(&zone, now);
        assert!(!fail_twice(&mut fitness, now), "it fails on some questions");
        assert!(fail_twice(&mut fitness, now + FAILED_FOR), "on all of late");
    }

    #[test]
    fn so_many_zones_and_no_more() {
        let mut fitness = Fitness::default();
        for zone in 0..100 {
            fitness.lame(&format!("z{zone}.").parse().expect("a name"), Instant::from_nanos(1));
        }
        assert_eq!(fitness.0.len(), MAX_ZONES);
    }
}
