//! Which address to ask next: a pure choice by what was seen of each.

use std::net::SocketAddr;
use std::time::Duration;

use crate::entropy::Entropy;
use crate::net::Estimate;

/// Questions to one address for one question (RFC 9520 section 3.1: at most three tries).
pub(super) const MAX_SENDS: u8 = 3;

/// Addresses this much slower than the fastest are as good as it: spreading the questions widens what a forger must
/// guess (RFC 5452 section 9.2) and keeps the figures fresh.
const BAND: Duration = Duration::from_millis(40);
/// One choice in this many goes to any address, so that one which became faster is found.
const EXPLORE: u32 = 32;

/// An address that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub socket: SocketAddr,
    pub estimate: Estimate,
    /// How often it was asked for this question.
    pub sends: u8,
    /// It gave something unusable: asking again is of no use.
    pub spent: bool,
}

/// The index of the candidate to ask; `None` when all are spent. Least asked first, then those not silent, then by
/// round-trip time.
pub(super) fn pick(candidates: &[Candidate], entropy: &Entropy) -> Option<usize> {
    let usable = |c: &&Candidate| !c.spent && c.sends < MAX_SENDS;
    let rank = |c: &Candidate| (c.sends, c.estimate.silent);
    let best_rank = candidates.iter().filter(usable).map(rank).min()?;
    let ranked = |c: &&Candidate| usable(c) && rank(c) == best_rank;
    let fastest = candidates.iter().filter(ranked).map(|c| c.estimate.rtt).min()?;
    let explore = entropy.below(EXPLORE) == 0;
    let choice: Vec<usize> = (0..candidates.len())
        .filter(|i| {
            ranked(&&candidates[*i]) && (explore || candidates[*i].estimate.rtt <= fastest + BAND)
        })
        .collect();
    choice.get(entropy.below(u32::try_from(choice.len()).unwrap_or(u32::MAX)) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(last: u8, rtt_ms: u64) -> Candidate {
        let rtt = Duration::from_millis(rtt_ms);
        let estimate = Estimate { rtt, wait: rtt, known: true, silent: false };
        Candidate {
            socket: SocketAddr::from(([192, 0, 2, last], 53)),
            estimate,
            sends: 0,
            spent: false,
        }
    }

    fn picks(candidates: &[Candidate]) -> Vec<usize> {
        let entropy = Entropy::seeded(3);
        (0..400).filter_map(|_| pick(candidates, &entropy)).collect()
    }

    #[test]
    fn fast_ones_share_and_slow_ones_are_explored() {
        let found = picks(&[candidate(1, 10), candidate(2, 45), candidate(3, 300)]);
        let count = |i| found.iter().filter(|f| **f == i).count();
        assert!(
            count(0) > 150 && count(1) > 150 && (1..20).contains(&count(2)),
            "{} {} {}",
            count(0),
            count(1),
            count(2)
        );
    }

    #[test]
    fn asked_silent_and_spent_ones_come_later_or_never() {
        let mut candidates = [candidate(1, 1), candidate(2, 5), candidate(3, 9)];
        candidates[0].sends = 1;
        candidates[1].estimate.silent = true;
        assert!(picks(&candidates).iter().all(|i| *i == 2));
        candidates[2].spent = true;
        assert!(picks(&candidates).iter().all(|i| *i == 1));
        candidates[1].sends = MAX_SENDS;
        assert!(picks(&candidates).iter().all(|i| *i == 0));
        candidates[0].spent = true;
        assert!(picks(&candidates).is_empty());
    }
}
