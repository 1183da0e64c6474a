//! What one client question may cost. Nothing resets it: not an alias, not a sub-question, not a second try.

use std::cell::Cell;
use std::time::Duration;

use super::{Algorithm, Reason};
use crate::clock::Instant;

/// The limits of one client question. [`Limits::TABLE`] gives each its range and its why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Questions sent to servers.
    pub upstream_packets: u32,
    /// Octets received from servers.
    pub upstream_octets: u32,
    /// Zone cuts crossed.
    pub referrals: u32,
    /// DS questions asked to find zone cuts that no referral showed.
    pub ds_queries: u32,
    /// Signature checks that failed or came too much.
    pub failed_signatures: u32,
    /// Signature checks that succeeded.
    pub good_signatures: u32,
    /// SHA-1 invocations for NSEC3.
    pub nsec3_hashes: u32,
    /// Links asked for anew after they were found bogus.
    pub refetches: u32,
    /// Milliseconds until the client is told of failure.
    pub time: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let mut limits = Self {
            upstream_packets: 0,
            upstream_octets: 0,
            referrals: 0,
            ds_queries: 0,
            failed_signatures: 0,
            good_signatures: 0,
            nsec3_hashes: 0,
            refetches: 0,
            time: 0,
        };
        for limit in &Self::TABLE {
            *(limit.field)(&mut limits) = limit.default;
        }
        limits
    }
}

/// One limit of a table of them, `L`: its name in the configuration, its default, its range, and why.
#[derive(Clone, Copy, Debug)]
pub struct Limit<L> {
    /// The key under `limits`.
    pub name: &'static str,
    /// The default.
    pub default: u32,
    /// The least and the greatest value taken.
    pub range: (u32, u32),
    /// Why it is what it is.
    pub why: &'static str,
    /// Where it lies.
    pub field: fn(&mut L) -> &mut u32,
}

impl Limits {
    /// Every limit of one client question.
    pub const TABLE: [Limit<Self>; 9] = [
        Limit {
            name: "upstream-packets",
            default: 60,
            range: (20, 400),
            why: "a cold chain of 8 aliases through 8 signed zones takes 47; amplification attacks take thousands",
            field: |l| &mut l.upstream_packets,
        },
        Limit {
            name: "upstream-octets",
            default: 1 << 20,
            range: (1 << 16, 1 << 26),
            why: "sixteen answers of 64 KB, more than any real chain of trust holds",
            field: |l| &mut l.upstream_octets,
        },
        Limit {
            name: "referrals",
            default: 30,
            range: (8, 200),
            why: "real names cross 2 to 5 zone cuts, and each alias or name server some more",
            field: |l| &mut l.referrals,
        },
        Limit {
            name: "ds-queries",
            default: 12,
            range: (4, 64),
            why: "a name has few labels between its zone cuts; a hostile one up to 127",
            field: |l| &mut l.ds_queries,
        },
        Limit {
            name: "failed-signatures",
            default: 8,
            range: (1, 64),
            why: "key tags collide rarely and by twos; KeyTrap (CVE-2023-50387) needs thousands",
            field: |l| &mut l.failed_signatures,
        },
        Limit {
            name: "good-signatures",
            default: 128,
            range: (32, 1024),
            why: "one for each RRset that a proof needs: 8 aliases through 8 cold zones need about 80",
            field: |l| &mut l.good_signatures,
        },
        Limit {
            name: "nsec3-hashes",
            default: 4_000,
            range: (500, 100_000),
            why: "50 iterations times the labels of a long name; CVE-2023-50868 needs millions",
            field: |l| &mut l.nsec3_hashes,
        },
        Limit {
            name: "refetches",
            default: 3,
            range: (0, 8),
            why: "a server that lies does so about DS, keys and data: each is asked for once more, elsewhere",
            field: |l| &mut l.refetches,
        },
        Limit {
            name: "resolution-time",
            default: 4_400,
            range: (1_000, 30_000),
            why: "in milliseconds; stubs give up after 5 s, and should hear the reason before",
            field: |l| &mut l.time,
        },
    ];
}

/// What a failed check may cost for each one allowed, in checks of P-256: a failed P-384 is allowed as often.
const FAILED_COST: u32 = 13;
/// The same for good checks.
const GOOD_COST: u32 = 13;

/// What is left of the limits for one client question.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    deadline: Instant,
    packets: Cell<u32>,
    octets: Cell<u32>,
    referrals: Cell<u32>,
    ds_queries: Cell<u32>,
    failed: Cell<u32>,
    failed_cost: Cell<u32>,
    good: Cell<u32>,
    good_cost: Cell<u32>,
    hashes: Cell<u32>,
    refetches: Cell<u32>,
}

impl Budget {
    /// A full budget for a question that came at `now`.
    #[must_use]
    pub fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            deadline: now + Duration::from_millis(limits.time.into()),
            packets: Cell::default(),
            octets: Cell::default(),
            referrals: Cell::default(),
            ds_queries: Cell::default(),
            failed: Cell::default(),
            failed_cost: Cell::default(),
            good: Cell::default(),
            good_cost: Cell::default(),
            hashes: Cell::default(),
            refetches: Cell::default(),
        }
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
        spend(&self.hashes, count, self.limits.nsec3_hashes, "nsec3-hashes")
    }

    /// May a link be asked for anew?
    #[must_use]
    pub fn take_refetch(&self) -> bool {
        spend(&self.refetches, 1, self.limits.refetches, "refetches").is_ok()
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

    /// Runs one signature check and pays for it by its outcome: what is limited hard is what fails.
    ///
    /// # Errors
    /// When either limit is already reached; the check is not run then.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        check: impl FnOnce() -> bool,
    ) -> Result<bool, Reason> {
        let reached = |count: &Cell<u32>, cost: &Cell<u32>, limit: u32, unit: u32| {
            count.get() >= limit || cost.get() >= limit.saturating_mul(unit)
        };
        if reached(&self.failed, &self.failed_cost, self.limits.failed_signatures, FAILED_COST) {
            return Err(exceeded("failed-signatures", self.limits.failed_signatures));
        }
        if reached(&self.good, &self.good_cost, self.limits.good_signatures, GOOD_COST) {
            return Err(exceeded("good-signatures", self.limits.good_signatures));
        }
        let good = check();
        let (count, cost) =
            if good { (&self.good, &self.good_cost) } else { (&self.failed, &self.failed_cost) };
        count.set(count.get() + 1);
        cost.set(cost.get().saturating_add(algorithm.cost()));
        Ok(good)
    }

    /// Questions sent so far.
    #[must_use]
    pub fn packets_sent(&self) -> u32 {
        self.packets.get()
    }

    /// Signature checks run so far: good and failed.
    #[must_use]
    pub fn signatures_checked(&self) -> (u32, u32) {
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

    fn budget() -> Budget {
        Budget::new(Limits::default(), Instant::from_nanos(1))
    }

    #[test]
    fn defaults_lie_in_their_ranges() {
        for limit in &Limits::TABLE {
            assert!((limit.range.0..=limit.range.1).contains(&limit.default), "{}", limit.name);
        }
    }

    #[test]
    fn running_out_is_a_reason_that_names_the_limit() {
        let budget = budget();
        for _ in 0..60 {
            assert_eq!(budget.spend_packet(), Ok(()));
        }
        assert_eq!(budget.spend_packet(), Err(exceeded("upstream-packets", 60)));
        assert_eq!(budget.packets_sent(), 60);
        assert!(budget.time_left(Instant::from_nanos(1)).is_ok());
        assert!(budget.time_left(Instant::from_nanos(4_400_000_001)).is_err());
    }

    #[test]
    fn failed_checks_are_limited_hard_and_dear_ones_by_cost() {
        let cheap = budget();
        let failed =
            (0..100).take_while(|_| cheap.check(Algorithm::RSASHA256, || false).is_ok()).count();
        assert_eq!(failed, 8);
        assert!(cheap.check(Algorithm::RSASHA256, || true).is_err());
        let dear = budget();
        let failed =
            (0..100).take_while(|_| dear.check(Algorithm::ED448, || false).is_ok()).count();
        assert_eq!(failed, 4);
        let good = budget();
        assert_eq!(
            (0..200).take_while(|_| good.check(Algorithm::RSASHA256, || true).is_ok()).count(),
            128
        );
    }
}
