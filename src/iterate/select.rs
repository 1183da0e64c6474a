//! Which address to ask next: a pure choice by what was seen of each.

use std::net::SocketAddr;
use std::time::Duration;

use super::manner::Manner;
use crate::clock::Instant;
use crate::entropy::Entropy;
use crate::net::{Estimate, Servers, Transport};

/// Questions over UDP to one address for one question (RFC 9520 section 3.1: at most three tries).
pub(super) const MAX_SENDS: u8 = 3;
/// Those over TCP that follow them, for what loses or blocks datagrams.
const TCP_TRIES: u8 = 1;
/// For an address that is known to answer, and did lately: a lost first segment takes TCP itself a second.
const TCP_TRIES_OF_KNOWN: u8 = 2;
/// Silences after which a server that never showed EDNS may be one that drops queries for having it.
const DROPS_EDNS_AFTER: u8 = 2;
/// The wait for a reply of a silent address, when all that serve a zone are silent: one that is back answers, and whoever
/// asks is not kept waiting for those that are not.
pub(super) const SILENT_WAIT: Duration = Duration::from_millis(45);
/// The time between two tries of a silent address, when all that serve a zone are: less than the tenth of a second within which its
/// return is to be noticed, since the next question may come a little later.
pub(super) const TRY_EVERY: Duration = Duration::from_millis(80);
/// The same where the address of a name server is looked up: attackers have many of them looked up (NRDelegation, CVE-2022-3204).
pub(super) const LOOK_UP_TRY_EVERY: Duration = Duration::from_millis(250);
/// A silent address comes after those asked less than this many times.
const SILENT_RANK: u8 = 2;

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
    /// How often a query with EDNS brought silence, or an error that may say that EDNS was not understood.
    pub unheard: u8,
    /// So many of them by silence.
    pub silences: u8,
    /// It does not keep the case of names, or somebody says so, and it has no TCP to find out.
    pub plain_case: bool,
    /// It was silent, and had been so before the client's question came.
    pub dead: bool,
    /// It replied, and that was of no use.
    pub useless: bool,
    /// It gave no answer about this zone of late, whatever was asked.
    pub unfit: bool,
    /// It was asked over TCP before its time.
    pub early_tcp: bool,
}

/// What is known of a server besides its figures, and what the operator wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Must the answer be signed? Then OPT is never left out.
    pub signed: bool,
    pub reads_edns: bool,
    pub has_spoken_edns: bool,
    pub random_case: bool,
}

impl Candidate {
    pub const fn new(socket: SocketAddr, estimate: Estimate) -> Self {
        Self {
            socket,
            estimate,
            sends: 0,
            spent: false,
            unheard: 0,
            silences: 0,
            plain_case: false,
            dead: false,
            useless: false,
            unfit: false,
            early_tcp: false,
        }
    }

    /// One of the zone's servers has come back.
    pub fn look_again(&mut self, servers: &Servers, now: Instant) {
        self.estimate = servers.estimate(self.socket.ip(), now);
        self.dead &= self.estimate.silent;
    }

    /// May it be asked?
    pub const fn is_usable(&self) -> bool {
        !self.spent && self.sends < self.max_tries()
    }

    /// The one that was answered in other letters is put once more as it is: that was no silence.
    const fn max_sends(&self) -> u8 {
        if self.plain_case { MAX_SENDS + 1 } else { MAX_SENDS }
    }

    const fn max_tries(&self) -> u8 {
        let answers = self.estimate.known && !self.dead && !self.unfit;
        self.max_sends() + if answers { TCP_TRIES_OF_KNOWN } else { TCP_TRIES }
    }

    /// Is it asked for the last time?
    pub const fn is_last_try(&self) -> bool {
        self.sends >= self.max_tries()
    }

    /// Is it asked over UDP for the last time?
    pub const fn is_last_send(&self) -> bool {
        self.sends == self.max_sends()
    }

    /// How to ask it, now that `sends` counts this time.
    pub fn manner(&self, habits: Habits) -> Manner {
        let drops_edns = !habits.has_spoken_edns && self.unheard == DROPS_EDNS_AFTER;
        Manner {
            transport: if self.sends > self.max_sends() { Transport::Tcp } else { Transport::Udp },
            alone: false,
            edns: habits.signed || habits.reads_edns && !drops_edns,
            random_case: habits.random_case && !self.plain_case,
            new_cookie: false,
        }
    }
}

/// The index of the candidate to ask, which is none of those `busy`; `None` when all are spent. Least asked first, then
/// by round-trip time; those silent of late come after others were asked twice.
pub(super) fn pick(candidates: &[Candidate], busy: &[usize], entropy: &Entropy) -> Option<usize> {
    let usable = |i: &usize| candidates[*i].is_usable() && !busy.contains(i);
    let rank = |c: &Candidate| c.sends + if c.estimate.silent { SILENT_RANK } else { 0 };
    let of = |i: usize| &candidates[i];
    let best_rank = (0..candidates.len()).filter(usable).map(|i| rank(of(i))).min()?;
    let ranked: Vec<usize> =
        (0..candidates.len()).filter(usable).filter(|i| rank(of(*i)) == best_rank).collect();
    let fastest = ranked.iter().map(|i| of(*i).estimate.rtt).min()?;
    let explore = entropy.below(EXPLORE) == 0;
    let fast = |i: &usize| explore || of(*i).estimate.rtt <= fastest + BAND;
    let choice: Vec<usize> = ranked.into_iter().filter(fast).collect();
    choice.get(entropy.below(u32::try_from(choice.len()).unwrap_or(u32::MAX)) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(last: u8, rtt_ms: u64) -> Candidate {
        let rtt = Duration::from_millis(rtt_ms);
        let estimate =
            Estimate { rtt, wait: rtt, late: rtt, known: true, silent: false, silent_since: None };
        Candidate::new(SocketAddr::from(([192, 0, 2, last], 53)), estimate)
    }

    fn picks(candidates: &[Candidate]) -> Vec<usize> {
        let entropy = Entropy::seeded(3);
        (0..400).filter_map(|_| pick(candidates, &[], &entropy)).collect()
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
        let all = |candidates: &[Candidate], wanted| picks(candidates).iter().all(|i| *i == wanted);
        assert!(all(&candidates, 2));
        candidates[2].spent = true;
        assert!(all(&candidates, 0), "asked once, but not silent");
        candidates[0].sends = 3;
        assert!(all(&candidates, 1));
        candidates[1].sends = candidates[1].max_tries();
        assert!(all(&candidates, 0));
        assert_eq!(pick(&candidates, &[0], &Entropy::seeded(1)), None, "it is being asked");
        candidates[0].spent = true;
        assert!(picks(&candidates).is_empty());
    }

    const USUAL: Habits =
        Habits { signed: false, reads_edns: true, has_spoken_edns: false, random_case: true };

    #[test]
    fn rfc9520_s3_1_the_fourth_time_over_tcp_once_more_if_known_and_never_again() {
        let mut candidate = candidate(1, 1);
        for (sends, transport, of_known, of_new) in [
            (1, Transport::Udp, true, true),
            (3, Transport::Udp, true, true),
            (4, Transport::Tcp, true, false),
            (5, Transport::Tcp, false, false),
        ] {
            candidate.sends = sends;
            assert_eq!(candidate.manner(USUAL).transport, transport, "{sends}");
            for (known, usable) in [(true, of_known), (false, of_new)] {
                candidate.estimate.known = known;
                assert_eq!(candidate.is_usable(), usable, "{sends}");
                assert_eq!(candidate.is_last_try(), !usable, "{sends}");
            }
        }
    }

    #[test]
    fn opt_is_left_out_after_two_silences_unless_signed_or_once_seen() {
        let signed = Habits { signed: true, ..USUAL };
        let spoken = Habits { has_spoken_edns: true, ..USUAL };
        let without = Habits { reads_edns: false, ..USUAL };
        let signed_without = Habits { signed: true, ..without };
        for (habits, unheard, edns) in [
            (USUAL, 0, true),
            (USUAL, 1, true),
            (USUAL, 2, false),
            (USUAL, 3, true),
            (signed, 2, true),
            (spoken, 2, true),
            (without, 0, false),
            (signed_without, 0, true),
        ] {
            let candidate = Candidate { unheard, ..candidate(1, 1) };
            assert_eq!(candidate.manner(habits).edns, edns, "{habits:?} {unheard}");
        }
    }

    #[test]
    fn who_answers_in_other_letters_the_last_time_over_udp_is_asked_over_udp_once_more() {
        let mut candidate = Candidate { sends: MAX_SENDS, ..candidate(1, 1) };
        assert!(candidate.is_last_send());
        (candidate.plain_case, candidate.sends) = (true, MAX_SENDS + 1);
        assert_eq!(candidate.manner(USUAL).transport, Transport::Udp);
        assert!(candidate.is_last_send() && candidate.is_usable());
        candidate.sends += TCP_TRIES_OF_KNOWN;
        assert_eq!(candidate.manner(USUAL).transport, Transport::Tcp);
        assert!(candidate.is_last_try() && !candidate.is_usable());
    }

    #[test]
    fn names_are_put_in_random_case_unless_that_is_lost() {
        for (wanted, plain_case, expected) in
            [(true, false, true), (true, true, false), (false, false, false)]
        {
            let candidate = Candidate { plain_case, ..candidate(1, 1) };
            let habits = Habits { random_case: wanted, ..USUAL };
            assert_eq!(candidate.manner(habits).random_case, expected);
        }
    }
}
