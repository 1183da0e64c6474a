//! RFC 4035 section 5.4: the work for one question is bounded.

use std::time::Duration;

use crate::clock::Instant;
use crate::dnssec::testing::{budget, budget_of};
use crate::dnssec::{Algorithm, Budget, Fingerprint, Limits, Policy, Reason};

/// How often `spend` can be done before it fails with the limit called `name`.
fn times(name: &'static str, limit: u32, spend: impl Fn(&Budget) -> Result<(), Reason>) -> u32 {
    let budget = budget();
    let failed = (0..1_000).find_map(|times| Some((times, spend(&budget).err()?)));
    let (times, reason) = failed.expect("a limit");
    assert_eq!(reason, Reason::WorkExceeded { what: name, limit });
    times
}

#[test]
fn rfc4035_s5_4_each_kind_of_work_has_its_limit() {
    assert_eq!(times("upstream-packets", 60, Budget::spend_packet), 60);
    assert_eq!(times("referrals", 24, Budget::spend_referral), 24);
    assert_eq!(times("names", 15, Budget::spend_name), 15);
    assert_eq!(times("ds-queries", 12, Budget::spend_ds_query), 12);
    assert_eq!(times("nsec3-hashes", 4_000, |b| b.spend_hashes(1_000)), 4);
    assert_eq!(times("nsec3-hashes", 4_000, |b| b.spend_hashes(1_001)), 3);
    assert_eq!(times("upstream-octets", 1 << 20, |b| b.spend_octets(1 << 16)), 16);
    assert_eq!(times("upstream-octets", 1 << 20, |b| b.spend_octets(usize::MAX)), 0);
    let budget = budget_of(Limits { refetches: 2, ..Limits::default() });
    for _ in 0..2 {
        assert!(budget.may_refetch() && budget.take_refetch());
    }
    assert!(!budget.may_refetch() && !budget.take_refetch());
}

#[test]
fn what_was_refused_is_not_paid() {
    let budget = budget();
    assert!(budget.spend_hashes(4_001).is_err());
    assert!(budget.spend_hashes(u32::MAX).is_err());
    assert_eq!(budget.spend_hashes(4_000), Ok(()));
    assert!(budget.spend_hashes(u32::MAX).is_err());
}

#[test]
fn a_question_that_was_not_sent_is_not_paid() {
    let budget = budget_of(Limits { upstream_packets: 1, ..Limits::default() });
    budget.return_packet(); // nothing was spent: nothing is won
    for _ in 0..3 {
        assert_eq!(budget.spend_packet(), Ok(()));
        assert!(budget.spend_packet().is_err());
        budget.return_packet();
    }
    assert_eq!(budget.spent().packets, 0);
}

#[test]
fn two_budgets_share_the_hashes_of_one_question() {
    for (limit, here, apart) in [(4_000, 3_000, 1_000), (500, 375, 125), (7, 6, 1)] {
        let mut budget =
            budget_of(Limits { nsec3_hashes: limit, time: 1_000, ..Limits::default() });
        let cached = budget.set_apart();
        let exceeded = Err(Reason::WorkExceeded { what: "nsec3-hashes", limit });
        for (budget, share) in [(&budget, here), (&cached, apart)] {
            assert_eq!(budget.spend_hashes(share + 1), exceeded);
            assert_eq!(budget.spend_hashes(share), Ok(()), "the other's are left to it");
            assert_eq!(budget.spend_hashes(1), exceeded);
        }
        assert_eq!(budget.spent().nsec3_hashes + cached.spent().nsec3_hashes, limit);
        assert_eq!(cached.started(), budget.started());
        assert_eq!(cached.time_left(Instant::from_nanos(1)), Ok(Duration::from_secs(1)));
    }
}

#[test]
fn every_limit_of_the_table_is_one_of_the_limits() {
    let mut limits = Limits::default();
    for (i, limit) in Limits::TABLE.iter().enumerate() {
        assert_eq!(*(limit.field)(&mut limits), limit.default, "{}", limit.name);
        *(limit.field)(&mut limits) = u32::try_from(i).expect("few");
    }
    let values: Vec<_> = Limits::TABLE.iter().map(|l| *(l.field)(&mut limits)).collect();
    let all = u32::try_from(values.len()).expect("few");
    assert_eq!(values, (0..all).collect::<Vec<_>>());
    let octets = Limits::TABLE.iter().find(|limit| limit.name == "upstream-octets");
    assert_eq!(
        octets.map(|limit| (limit.default, limit.range.clone())),
        Some((1_048_576, 65_536..=67_108_864))
    );
}

#[test]
fn the_time_that_is_left() {
    let budget = budget_of(Limits { time: 1_000, ..Limits::default() });
    let left = |nanos| budget.time_left(Instant::from_nanos(nanos));
    assert_eq!(left(1), Ok(Duration::from_secs(1)));
    assert_eq!(left(1_000_000_000), Ok(Duration::from_nanos(1)));
    let over = Err(Reason::WorkExceeded { what: "resolution-time", limit: 1_000 });
    assert_eq!(left(1_000_000_001), over);
    assert_eq!(left(u64::MAX), over);
}

#[test]
fn checks_are_paid_for_by_outcome_and_cost() {
    let run = |algorithm, good| {
        let budget = budget();
        let done =
            (0..500).take_while(|_| budget.check(algorithm, unseen, || good) == Ok(good)).count();
        let counted = budget.signatures_checked();
        assert_eq!(counted, if good { (count(done), 0) } else { (0, count(done)) });
        done
    };
    // Each allowed good check may cost 13: P-384 does, Ed448 costs 34. Each failed one may cost 3, but five of any are allowed.
    assert_eq!(run(Algorithm::ECDSAP256SHA256, true), 128);
    assert_eq!(run(Algorithm::ECDSAP384SHA384, true), 128);
    assert_eq!(run(Algorithm::ED448, true), 49);
    assert_eq!(run(Algorithm::ECDSAP256SHA256, false), 8);
    assert_eq!(run(Algorithm::ECDSAP384SHA384, false), 5);
    assert_eq!(run(Algorithm::ED448, false), 5);
    let budget = budget_of(Limits { good_signatures: 1, ..Limits::default() });
    assert_eq!(budget.check(Algorithm::ED25519, unseen, || false), Ok(false));
    assert_eq!(budget.check(Algorithm::ED25519, unseen, || true), Ok(true));
    assert_eq!(
        budget.check(Algorithm::ED25519, unseen, || unreachable!("the check is not run")),
        Err(Reason::WorkExceeded { what: "good-signatures", limit: 1 })
    );
    assert_eq!(budget.signatures_checked(), (1, 1));
}

/// Of a budget that recalls nothing.
fn unseen() -> Fingerprint {
    unreachable!("nobody asks for it")
}

fn count(done: usize) -> u32 {
    u32::try_from(done).expect("few")
}

#[test]
fn rfc9276_s3_2_and_rfc9905_s2_what_the_operator_does_not_set() {
    let policy = Policy::default();
    assert!(policy.disabled_algorithms.is_empty() && policy.disabled_digests.is_empty());
    assert_eq!(policy.signature_skew, Duration::ZERO);
    assert_eq!((policy.nsec3_insecure_above, policy.nsec3_servfail_above), (50, None));
}
