//! What one client question may cost. Nothing resets it: not an alias, not a sub-question, not a second try.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::limit::limits;
use super::{Algorithm, Fingerprint, KnownSignatures, Reason};
use crate::clock::Instant;

limits! {
    /// The limits of one client question. [`Limits::TABLE`] gives each its range and its why.
    Limits {
        /// Questions sent to servers.
        upstream_packets = 60, "upstream-packets" in 20..=400,
            "a cold chain of 8 aliases through 8 signed zones takes 47; amplification attacks take thousands";
        /// Octets received from servers.
        upstream_octets = 1 << 20, "upstream-octets" in 1 << 16..=1 << 26,
            "sixteen answers of 64 KB, more than any real chain of trust holds";
        /// Zone cuts crossed.
        referrals = 24, "referrals" in 8..=200,
            "real names cross 2 to 5 zone cuts, and each alias or name server some more; hostile ones have no end";
        /// Names asked for one after another: the question's own, those of aliases and of name servers.
        names = 15, "names" in 8..=200,
            "names asked for in turn, of aliases and of name servers: real chains have up to 6 aliases, each with a \
             name server to look up; CAMP multiplies aliases by delegations without addresses";
        /// DS questions asked to find zone cuts that no referral showed.
        ds_queries = 12, "ds-queries" in 4..=64,
            "a name has few labels between its zone cuts; a hostile one up to 127";
        /// Signature checks that failed or came too much.
        failed_signatures = 8, "failed-signatures" in 1..=64,
            "key tags collide rarely and by twos; KeyTrap (CVE-2023-50387) needs thousands";
        /// Signature checks that succeeded.
        good_signatures = 128, "good-signatures" in 32..=1024,
            "one for each RRset that a proof needs: a cold chain of 8 aliases through 8 signed zones takes 47";
        /// SHA-1 invocations for NSEC3.
        nsec3_hashes = 4_000, "nsec3-hashes" in 500..=100_000,
            "50 iterations times the labels of a long name, and a quarter for what the cache proves; CVE-2023-50868 needs millions";
        /// Servers whose bogus words are asked for anew, elsewhere.
        refetches = 1, "refetches" in 0..=4,
            "servers whose bogus words are asked for once more, elsewhere; retries are what multiplies an attack";
        /// Milliseconds until the client is told of failure.
        time = 4_400, "resolution-time" in 1_000..=30_000,
            "in milliseconds; stubs give up after 5 s, and should hear the reason before";
    }
}

/// What a failed check may cost for each one allowed, in checks of P-256: eight of these take half a millisecond, two of
/// P-384 three times as long.
const FAILED_COST: u32 = 3;
/// The same for good checks: as many of P-384 are allowed.
const GOOD_COST: u32 = 13;
/// So many failed checks are allowed whatever they cost: one server of two may spoil keys and data, each signed twice,
/// and the check of what the other says must still be run, in any zone.
const FAILED_WHATEVER_THE_COST: u32 = 5;

/// This part of the NSEC3 hashes is for what is proven from a cache: it spares a packet, so it may cost less than what a
/// packet brings; and it suffices for names of 19 labels at 50 iterations, of hundreds at those that are usual.
const PART_APART: u32 = 4;
/// And no more of them while other clients wait: they take no longer than the check of one signature. That suffices for any
/// name at the iterations that are usual, none (RFC 9276 section 3.1), and for most at 50.
const HASHES_AT_ONCE: u32 = 250;

/// So many packets are not too many for a name in a zone that is known, even where half of them get lost.
const FEW_PACKETS: u128 = 6;

/// What one client question has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Questions sent to servers.
    pub packets: u32,
    /// Octets received from servers.
    pub octets: u32,
    /// Signature checks that succeeded.
    pub good_signatures: u32,
    /// Those that had succeeded before, and were not run again.
    pub known_signatures: u32,
    /// Signature checks that failed.
    pub failed_signatures: u32,
    /// SHA-1 invocations for NSEC3.
    pub nsec3_hashes: u32,
}

/// Do signature checks follow one another at once?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    AtOnce,
    WithPauses,
    /// A pause is due.
    Interrupted,
}

/// What is left of the limits for one client question.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    started: Instant,
    deadline: Instant,
    packets: Cell<u32>,
    octets: Cell<u32>,
    referrals: Cell<u32>,
    names: Cell<u32>,
    ds_queries: Cell<u32>,
    failed: Cell<u32>,
    failed_cost: Cell<u32>,
    good: Cell<u32>,
    good_cost: Cell<u32>,
    /// Was a check run since the last pause?
    checked: Cell<bool>,
    pace: Cell<Pace>,
    recalled: Cell<u32>,
    known: Option<Arc<dyn KnownSignatures>>,
    hashes: Cell<u32>,
    /// Hashes that are for the other of two budgets, whether it spends them or not.
    hashes_apart: u32,
    refetches: Cell<u32>,
}

impl Budget {
    /// A full budget for a question that came at `now`.
    #[must_use]
    pub fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            started: now,
            deadline: now + Duration::from_millis(limits.time.into()),
            packets: Cell::default(),
            octets: Cell::default(),
            referrals: Cell::default(),
            names: Cell::default(),
            ds_queries: Cell::default(),
            failed: Cell::default(),
            failed_cost: Cell::default(),
            good: Cell::default(),
            good_cost: Cell::default(),
            checked: Cell::default(),
            pace: Cell::default(),
            recalled: Cell::default(),
            known: None,
            hashes: Cell::default(),
            hashes_apart: 0,
            refetches: Cell::default(),
        }
    }

    /// The same budget, which does not pay again for signatures that `known` has seen to be good.
    #[must_use]
    pub fn recalling(self, known: Arc<dyn KnownSignatures>) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Sets a part of the hashes apart, in a budget of its own. What is proven from a cache is paid from that, whether it comes
    /// to be or not: what fails there and must be proven again from a response finds as much left, so no verdict depends on
    /// how warm the cache is.
    #[must_use]
    pub fn set_apart(&mut self) -> Self {
        let share = self.limits.nsec3_hashes / PART_APART;
        self.hashes_apart = share;
        let hashes_apart = self.limits.nsec3_hashes - share;
        Self { hashes_apart, known: self.known.clone(), ..Self::new(self.limits, self.started) }
    }

    /// For what is proven from a cache on the spot, at `now`: as much as would be set apart for it, but not so much that other
    /// clients notice.
    #[must_use]
    pub fn at_once(limits: Limits, now: Instant) -> Self {
        let nsec3_hashes = (limits.nsec3_hashes / PART_APART).min(HASHES_AT_ONCE);
        Self::new(Limits { nsec3_hashes, ..limits }, now)
    }

    /// One more question to a server.
    ///
    /// # Errors
    /// When the limit is reached; so for all the others.
    pub fn spend_packet(&self) -> Result<(), Reason> {
        spend(&self.packets, 1, self.limits.upstream_packets, "upstream-packets")
    }

    /// A question was not sent after all: there is no way to its server.
    pub fn return_packet(&self) {
        self.packets.set(self.packets.get().saturating_sub(1));
    }

    /// So many octets came from a server.
    ///
    /// # Errors
    /// When the limit is passed.
    pub fn spend_octets(&self, octets: usize) -> Result<(), Reason> {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        spend(&self.octets, octets, self.limits.upstream_octets, "upstream-octets")
    }

    /// One more zone cut.
    ///
    /// # Errors
    /// When the limit is reached.
    pub fn spend_referral(&self) -> Result<(), Reason> {
        spend(&self.referrals, 1, self.limits.referrals, "referrals")
    }

    /// One more name: the question's own, that of an alias or of a name server.
    ///
    /// # Errors
    /// When the limit is reached.
    pub fn spend_name(&self) -> Result<(), Reason> {
        spend(&self.names, 1, self.limits.names, "names")
    }

    /// One more DS question.
    ///
    /// # Errors
    /// When the limit is reached.
    pub fn spend_ds_query(&self) -> Result<(), Reason> {
        spend(&self.ds_queries, 1, self.limits.ds_queries, "ds-queries")
    }

    /// So many SHA-1 invocations.
    ///
    /// # Errors
    /// When the limit would be passed.
    pub fn spend_hashes(&self, count: u32) -> Result<(), Reason> {
        let limit = self.limits.nsec3_hashes;
        spend(&self.hashes, count, limit - self.hashes_apart, "nsec3-hashes")
            .map_err(|_| exceeded("nsec3-hashes", limit))
    }

    /// May the words of one more server be asked for anew?
    #[must_use]
    pub fn may_refetch(&self) -> bool {
        self.refetches.get() < self.limits.refetches
    }

    /// Are they? Once more, if they may.
    #[must_use]
    pub fn take_refetch(&self) -> bool {
        spend(&self.refetches, 1, self.limits.refetches, "refetches").is_ok()
    }

    /// When the question came: what was learnt by then came from a cache.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// The time until the client must be told something.
    ///
    /// # Errors
    /// When it has run out.
    pub fn time_left(&self, now: Instant) -> Result<Duration, Reason> {
        match self.deadline.since(now) {
            Duration::ZERO => Err(exceeded("resolution-time", self.limits.time)),
            left => Ok(left),
        }
    }

    /// Has more been spent of the packets than of the time, and more than a name in a zone that is known should take? Then there is
    /// time to make sure of those that are left.
    #[must_use]
    pub fn is_short_of_packets(&self, now: Instant) -> bool {
        let (spent, all) =
            (u128::from(self.packets.get()), u128::from(self.limits.upstream_packets));
        let time = now.since(self.started).as_millis();
        spent > FEW_PACKETS && spent * u128::from(self.limits.time) > time * all
    }

    /// Runs one signature check and pays for it by its outcome: what is limited hard is what fails. One that is known to
    /// succeed is not run; it takes no time, and counts among the good ones all the same, so that no question gets further for
    /// what others have verified. What fails is not remembered: who sends it could fill the memory with it.
    ///
    /// # Errors
    /// When either limit is already reached, or a pause is due; the check is not run then.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        fingerprint: impl FnOnce() -> Fingerprint,
        check: impl FnOnce() -> bool,
    ) -> Result<bool, Reason> {
        self.may_check()?;
        let known = self.known.as_deref().map(|known| (known, fingerprint()));
        if known.is_some_and(|(known, fingerprint)| known.contains(&fingerprint)) {
            self.recalled.set(self.recalled.get() + 1);
            return Ok(true);
        }
        self.go_on()?;
        self.checked.set(true);
        let good = check();
        let (count, cost) =
            if good { (&self.good, &self.good_cost) } else { (&self.failed, &self.failed_cost) };
        count.set(count.get() + 1);
        cost.set(cost.get().saturating_add(algorithm.cost()));
        if let Some((known, fingerprint)) = known.filter(|_| good) {
            known.keep(fingerprint);
        }
        Ok(good)
    }

    /// What `attempt` comes to, unless it needs a second signature check since the last [pause](Self::pause): that one would keep
    /// waiting whoever can be answered at once. Then it is `None`, and to be tried again after a pause.
    pub fn until_pause<T>(&self, attempt: impl FnOnce() -> T) -> Option<T> {
        self.pace.set(Pace::WithPauses);
        let outcome = attempt();
        (self.pace.take() != Pace::Interrupted).then_some(outcome)
    }

    /// Others have their turn.
    pub fn pause(&self) {
        self.checked.set(false);
    }

    /// May another check be run before the next pause?
    fn go_on(&self) -> Result<(), Reason> {
        if self.pace.get() != Pace::AtOnce && self.checked.get() {
            self.pace.set(Pace::Interrupted);
            // As a limit of ours, which no proof takes for a verdict.
            return Err(exceeded("checks-between-pauses", 1));
        }
        Ok(())
    }

    /// Is another signature check within the limits?
    fn may_check(&self) -> Result<(), Reason> {
        let Limits { failed_signatures, good_signatures, .. } = self.limits;
        let too_dear =
            |cost: &Cell<u32>, limit: u32, unit| cost.get() >= limit.saturating_mul(unit);
        let failed = self.failed.get();
        if failed >= failed_signatures
            || failed >= FAILED_WHATEVER_THE_COST
                && too_dear(&self.failed_cost, failed_signatures, FAILED_COST)
        {
            return Err(exceeded("failed-signatures", failed_signatures));
        }
        if self.good.get() + self.recalled.get() >= good_signatures
            || too_dear(&self.good_cost, good_signatures, GOOD_COST)
        {
            return Err(exceeded("good-signatures", good_signatures));
        }
        Ok(())
    }

    /// What was spent so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent {
            packets: self.packets.get(),
            octets: self.octets.get(),
            good_signatures: self.good.get(),
            known_signatures: self.recalled.get(),
            failed_signatures: self.failed.get(),
            nsec3_hashes: self.hashes.get(),
        }
    }

    /// Signature checks run so far: good and failed.
    #[cfg(test)]
    pub(super) fn signatures_checked(&self) -> (u32, u32) {
        (self.good.get(), self.failed.get())
    }
}

fn spend(spent: &Cell<u32>, more: u32, limit: u32, what: &'static str) -> Result<(), Reason> {
    match spent.get().checked_add(more).filter(|sum| *sum <= limit) {
        Some(sum) => {
            spent.set(sum);
            Ok(())
        }
        None => Err(exceeded(what, limit)),
    }
}

const fn exceeded(what: &'static str, limit: u32) -> Reason {
    Reason::WorkExceeded { what, limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a budget that recalls nothing.
    fn unseen() -> Fingerprint {
        unreachable!("nobody asks for it")
    }

    fn budget() -> Budget {
        Budget::new(Limits::default(), Instant::from_nanos(1))
    }

    #[test]
    fn defaults_lie_in_their_ranges() {
        for limit in Limits::TABLE {
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
        }
    }

    #[test]
    fn running_out_is_a_reason_that_names_the_limit() {
        let budget = budget();
        for _ in 0..60 {
            assert_eq!(budget.spend_packet(), Ok(()));
        }
        assert_eq!(budget.spend_packet(), Err(exceeded("upstream-packets", 60)));
        assert_eq!(budget.spent().packets, 60);
        assert!(budget.time_left(Instant::from_nanos(1)).is_ok());
        assert!(budget.time_left(Instant::from_nanos(4_400_000_001)).is_err());
    }

    #[test]
    fn packets_are_short_when_a_few_are_spent_and_sooner_than_the_time() {
        for (packets, millis, short) in [
            (6, 0, false),
            (7, 0, true),
            (7, 510, true),
            (7, 520, false),
            (31, 2_270, true),
            (31, 2_280, false),
            (60, 4_390, true),
            (60, 4_400, false),
        ] {
            let budget = budget();
            (0..packets).for_each(|_| assert!(budget.spend_packet().is_ok()));
            let now = Instant::from_nanos(1) + Duration::from_millis(millis);
            assert_eq!(budget.is_short_of_packets(now), short, "{packets} {millis}");
        }
    }

    #[test]
    fn what_is_proven_on_the_spot_costs_no_more_than_beside() {
        let now = Instant::from_nanos(1);
        for (nsec3_hashes, at_once, apart) in [(4_000, 250, 1_000), (500, 125, 125)] {
            let limits = Limits { nsec3_hashes, ..Limits::default() };
            for (budget, most) in [
                (Budget::at_once(limits, now), at_once),
                (Budget::new(limits, now).set_apart(), apart),
            ] {
                assert!(budget.spend_hashes(most).is_ok());
                assert!(budget.spend_hashes(1).is_err());
            }
        }
    }

    #[test]
    fn failed_checks_are_limited_hard_and_dear_ones_by_cost() {
        let cheap = budget();
        let failed = (0..100)
            .take_while(|_| cheap.check(Algorithm::RSASHA256, unseen, || false).is_ok())
            .count();
        assert_eq!(failed, 8);
        assert!(cheap.check(Algorithm::RSASHA256, unseen, || true).is_err());
        let dear = budget();
        let failed =
            (0..100).take_while(|_| dear.check(Algorithm::ED448, unseen, || false).is_ok()).count();
        assert_eq!(failed, 5);
        let good = budget();
        assert_eq!(
            (0..200)
                .take_while(|_| good.check(Algorithm::RSASHA256, unseen, || true).is_ok())
                .count(),
            128
        );
    }
}
