//! Whether datagrams to port 53 get through at all, as far as was seen: pure.

use std::net::IpAddr;
use std::time::Duration;

use crate::clock::Instant;

/// Silences over UDP in a row, none answering in between: then it may be the way, not the servers. Of a root server each
/// counts, of others one an address.
const WITHOUT_UDP: usize = 4;
/// The time between two looks whether it is: of all workers together.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The time to the look that follows when it was found to be: the datagrams may have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Looks in a row that TCP brought no answer to either, after which UDP is blamed no more: one may be chance.
const VAIN_LOOKS: u8 = 2;

/// What was seen of the way.
#[derive(Debug, Default)]
pub(super) struct UdpPath {
    /// Who was silent since one answered; a few.
    silent: Vec<IpAddr>,
    next_look: Instant,
    blocked: bool,
    /// Looks since one was answered.
    vain: u8,
}

impl UdpPath {
    /// An answer came over UDP. `true` when that is news: none was expected.
    pub fn answered(&mut self) -> bool {
        self.silent.clear();
        self.vain = 0;
        std::mem::take(&mut self.blocked)
    }

    pub fn timed_out(&mut self, address: IpAddr, is_root: bool) {
        if self.silent.len() < WITHOUT_UDP && (is_root || !self.silent.contains(&address)) {
            self.silent.push(address);
        }
    }

    fn is_in_doubt(&self) -> bool {
        self.blocked || self.silent.len() >= WITHOUT_UDP
    }

    /// Is it time to look? Whoever is told so does.
    pub fn claim_look(&mut self, now: Instant) -> bool {
        let may = self.is_in_doubt() && now >= self.next_look;
        if may {
            self.next_look = now + LOOK_EVERY;
        }
        may
    }

    /// A server was asked over both, and was silent over UDP; over TCP it answered, or not. `true` when it is found now that UDP
    /// alone is blocked.
    pub fn looked(&mut self, answered_over_tcp: bool, now: Instant) -> bool {
        let was = self.blocked;
        self.vain = if answered_over_tcp { 0 } else { self.vain.saturating_add(1) };
        self.blocked = if answered_over_tcp {
            self.is_in_doubt()
        } else {
            self.blocked && self.vain < VAIN_LOOKS
        };
        let is_news = self.blocked && !was;
        if is_news || self.blocked && self.vain > 0 {
            self.next_look = now + LOOK_AGAIN;
        }
        is_news
    }

    pub const fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Would an answer over UDP change nothing?
    pub const fn is_clear(&self) -> bool {
        !self.blocked && self.silent.is_empty() && self.vain == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    fn silences(path: &mut UdpPath, count: u8) {
        (0..count).for_each(|last| path.timed_out([192, 0, 2, last].into(), false));
    }

    #[test]
    fn it_is_looked_into_after_four_silences_and_not_all_the_time() {
        let mut path = UdpPath::default();
        (0..9).for_each(|_| silences(&mut path, 3));
        assert!(!path.claim_look(at(1)), "three servers may be dead");
        path.answered();
        silences(&mut path, 4);
        let looks = [1, 2, 10, 11, 12, 21].map(|second| path.claim_look(at(second)));
        assert_eq!(looks, [true, false, false, true, false, true]);
        path.answered();
        assert!(!path.claim_look(at(40)), "one that answers ends the doubt");
        (0..4).for_each(|_| path.timed_out([192, 0, 2, 1].into(), true));
        assert!(path.claim_look(at(40)), "there may be one root server only");
    }

    #[test]
    fn it_is_blocked_while_there_are_answers_over_tcp_alone() {
        let mut path = UdpPath::default();
        assert!(!path.looked(true, at(1)) && !path.is_blocked(), "nobody doubts it");
        silences(&mut path, 4);
        assert!(!path.looked(false, at(1)) && !path.is_blocked(), "nothing gets through");
        assert!(path.looked(true, at(1)) && path.is_blocked());
        assert!(!path.looked(true, at(1)) && path.is_blocked(), "known already");
        assert!(!path.looked(false, at(1)) && path.is_blocked(), "one may be chance");
        assert!(!path.looked(true, at(1)) && path.is_blocked());
        assert!(!path.looked(false, at(1)) && path.is_blocked(), "not two in a row");
        assert!(!path.looked(false, at(1)) && !path.is_blocked(), "now nothing gets through");
        assert!(path.looked(true, at(1)));
        assert!(!path.claim_look(at(1)) && path.claim_look(at(2)), "it may have been chance");
        assert!(path.answered() && !path.is_blocked());
        assert!(!path.answered());
    }
}
