//! How one server address likes to be asked: its cookie, and what it cannot do. All of it runs out, so that a server that
//! was mended, or one falsely accused, is asked as any other again.

use std::time::Duration;

use crate::clock::Instant;

/// How long it is remembered that an address does not repeat a name's letters.
const NO_CASE_FOR: Duration = Duration::from_secs(3_600);
/// How long it is remembered that an address cannot read EDNS (RFC 6891 section 6.2.2 lets us remember it).
const NO_EDNS_FOR: Duration = Duration::from_secs(900);
/// How long it is remembered that an address failed over TCP: long enough to spare most questions the same wait, and soon
/// over, since a connection may fail by chance.
const NO_TCP_FOR: Duration = Duration::from_secs(60);
/// A client cookie is used for this long: the day that RFC 7873 section 7.1 recommends, so that it tells little about us
/// when our own address changes.
const COOKIE_FOR: Duration = Duration::from_secs(86_400);
/// Octets of a server cookie (RFC 7873 section 4.2).
const SERVER_COOKIE: std::ops::RangeInclusive<usize> = 8..=32;

/// The cookie of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Ours: random, and another one for each address (RFC 9018 section 3).
    pub client: [u8; 8],
    /// The server's, once it gave one.
    pub server: Option<Box<[u8]>>,
    made: Instant,
}

impl Cookie {
    /// The data of the option.
    #[must_use]
    pub fn to_option(&self) -> Vec<u8> {
        [&self.client[..], self.server.as_deref().unwrap_or_default()].concat()
    }
}

/// What is known of one address.
#[derive(Debug, Default)]
pub(super) struct Habits {
    cookie: Option<Cookie>,
    no_case_until: Instant,
    no_edns_until: Instant,
    no_tcp_until: Instant,
    /// Has it ever sent an OPT record? Then it does not drop queries for having one.
    pub speaks_edns: bool,
}

impl Habits {
    /// The cookie to send; `fresh` makes a client cookie where there is none, or an old one.
    pub fn cookie(&mut self, now: Instant, fresh: impl FnOnce() -> u64) -> Cookie {
        let lives = |cookie: &Cookie| now.since(cookie.made) < COOKIE_FOR;
        let make = || Cookie { client: fresh().to_be_bytes(), server: None, made: now };
        let cookie = self.cookie.take().filter(lives).unwrap_or_else(make);
        self.cookie.insert(cookie).clone()
    }

    /// A matching reply came with `option`, or without one: then the server has ceased to send cookies.
    pub fn keep_cookie(&mut self, option: Option<&[u8]>) {
        let Some(cookie) = &mut self.cookie else { return };
        let server = option.and_then(|data| data.strip_prefix(&cookie.client));
        let well_formed = |server: &&[u8]| SERVER_COOKIE.contains(&server.len());
        cookie.server = server.filter(well_formed).map(Into::into);
    }

    pub fn loses_case(&mut self, now: Instant) {
        self.no_case_until = now + NO_CASE_FOR;
    }

    pub fn keeps_case(&self, now: Instant) -> bool {
        self.no_case_until <= now
    }

    pub fn cannot_read_edns(&mut self, now: Instant) {
        self.no_edns_until = now + NO_EDNS_FOR;
    }

    pub fn reads_edns(&self, now: Instant) -> bool {
        self.no_edns_until <= now
    }

    pub fn asked_over_tcp(&mut self, answered: bool, now: Instant) {
        self.no_tcp_until = if answered { now } else { now + NO_TCP_FOR };
    }

    pub fn takes_tcp(&self, now: Instant) -> bool {
        self.no_tcp_until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn rfc7873_s5_3_the_last_good_server_cookie_is_sent() {
        let mut habits = Habits::default();
        habits.keep_cookie(Some(&[1; 24]));
        let first = habits.cookie(at(1), || 7);
        assert_eq!((first.server.as_deref(), first.to_option().len()), (None, 8));
        let option = |client: [u8; 8], length| [&client[..], &[9_u8; 32][..length]].concat();
        for (length, kept) in [(7, false), (8, true), (16, true), (32, true), (0, false)] {
            habits.keep_cookie(Some(&option(first.client, length)));
            let cookie = habits.cookie(at(2), || 8);
            assert_eq!(cookie.client, first.client);
            assert_eq!(cookie.server.map(|s| s.len()), kept.then_some(length));
        }
        habits.keep_cookie(Some(&option(first.client, 16)));
        habits.keep_cookie(Some(&option([1; 8], 16)));
        assert_eq!(habits.cookie(at(3), || 8).server, None, "of another client cookie");
        habits.keep_cookie(Some(&option(first.client, 16)));
        habits.keep_cookie(None);
        assert_eq!(habits.cookie(at(3), || 8).server, None);
    }

    #[test]
    fn rfc7873_s7_1_a_client_cookie_is_changed_daily() {
        let mut habits = Habits::default();
        let first = habits.cookie(at(1), || 7);
        assert_eq!(habits.cookie(at(86_400), || 8).client, first.client);
        let second = habits.cookie(at(86_401), || 8);
        assert_eq!((second.client, second.server), (8_u64.to_be_bytes(), None));
    }

    #[test]
    fn what_an_address_cannot_do_is_forgotten() {
        let mut habits = Habits::default();
        assert!(habits.keeps_case(at(1)) && habits.reads_edns(at(1)) && habits.takes_tcp(at(1)));
        habits.loses_case(at(1));
        assert!(!habits.keeps_case(at(3_600)) && habits.keeps_case(at(3_601)));
        habits.cannot_read_edns(at(1));
        assert!(!habits.reads_edns(at(900)) && habits.reads_edns(at(901)));
        habits.asked_over_tcp(false, at(1));
        assert!(!habits.takes_tcp(at(60)) && habits.takes_tcp(at(61)));
        habits.asked_over_tcp(false, at(61));
        habits.asked_over_tcp(true, at(62));
        assert!(habits.takes_tcp(at(62)));
    }
}
