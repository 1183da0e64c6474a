//! One reply, kept and repeated.

use super::super::testing::{name, octets, query, read_query, secure_address, with_edns};
use super::super::{Origin, Query, Transport, reply};
use super::*;
use crate::cache::Versions;
use crate::dnssec::Security;
use crate::model::{Answer, Fact, Finding};
use crate::wire::{Message, RrSet};

const OWNER: &str = "www.example.";

fn at(millis: u64) -> Instant {
    Instant::default() + Duration::from_millis(1_000_000 + millis)
}

/// What answers to `owner` rest on, from `at(0)` on for so many seconds.
fn basis(owner: &str, life: u64, versions: &Versions) -> Basis {
    let (since, fact) = (at(0), Fact::NoData);
    let deadline = since + Duration::from_secs(life);
    let (authority, security) = (Vec::new(), Security::Indeterminate);
    let mut basis = Basis::at(since);
    assert!(basis.watch(versions, &name(owner)));
    basis.rest_on(&Finding { fact, authority, security, compact: false, since, deadline });
    basis
}

fn addresses(count: u8) -> Answer {
    let mut answer = secure_address(OWNER);
    answer.answer[0].rdatas = (0..count).map(|n| [192, 0, 2, n].into()).collect();
    answer
}

fn with_id(mut query: Query, id: u16) -> Query {
    query.envelope.id = id;
    query
}

/// Ready replies, and what they rest on.
struct Shelf {
    ready: Ready,
    versions: Versions,
}

impl Shelf {
    fn new(limits: Limits) -> Self {
        let ready = Ready::new(&limits, &Entropy::seeded(1));
        Self { ready, versions: Versions::default() }
    }

    /// One with the reply to `sent`.
    fn with(sent: &Query, answer: Answer) -> Self {
        let mut shelf = Self::new(Limits::default());
        shelf.keep(sent, answer);
        shelf
    }

    fn keep(&mut self, sent: &Query, answer: Answer) {
        let asked = octets(sent);
        let plain = Plain::read(&asked, Transport::Tcp).expect("a plain query");
        let said = reply(&read_query(&asked), answer, Origin::Resolved);
        let basis = basis(&sent.question.name.to_string(), 300, &self.versions);
        self.ready.keep(&self.ready.asked(plain), &said, basis);
    }

    fn repeat_over(&mut self, sent: &Query, transport: Transport, now: Instant) -> Option<Vec<u8>> {
        let (asked, mut out) = (octets(sent), Vec::new());
        let plain = Plain::read(&asked, transport).expect("a plain query");
        let cookie = |_: &[u8]| Some([9; 24]);
        let found =
            self.ready.repeat(&self.ready.asked(plain), cookie, &self.versions, now, &mut out);
        assert_eq!(found, !out.is_empty());
        found.then_some(out)
    }

    fn repeat(&mut self, sent: &Query, now: Instant) -> Option<Vec<u8>> {
        self.repeat_over(sent, Transport::Udp, now)
    }
}

#[test]
fn a_reply_is_repeated_as_it_would_be_made() {
    let sent = with_edns(query(OWNER, RrType::A), 1_232, true);
    let mut shelf = Shelf::with(&with_id(sent.clone(), 3), addresses(5));
    for id in 0..12 {
        let mut again = with_id(sent.clone(), id);
        again.question.name = name("wWw.ExAmple.");
        let made = reply(&read_query(&octets(&again)), addresses(5), Origin::Resolved);
        assert_eq!(shelf.repeat(&again, at(999)), Some(made), "{id}");
    }
}

#[test]
fn rfc1794_addresses_take_turns() {
    let sent = query(OWNER, RrType::A);
    let mut shelf = Shelf::with(&with_id(sent.clone(), 7), addresses(3));
    let mut first = |id| {
        let said = shelf.repeat(&with_id(sent.clone(), id), at(0)).expect("a ready reply");
        Message::parse(&said).expect("a message").answer[0].rdatas[0][3]
    };
    assert_eq!([first(0), first(1), first(2), first(3)], [0, 1, 2, 0]);
}

#[test]
fn ttls_count_down_and_it_ends_before_they_do() {
    let sent = query(OWNER, RrType::A);
    let mut shelf = Shelf::with(&sent, addresses(2));
    let mut ttl = |millis| {
        let said = shelf.repeat(&sent, at(millis))?;
        Some(Message::parse(&said).expect("a message").answer[0].ttl)
    };
    assert_eq!(ttl(0), Some(300));
    assert_eq!(ttl(1_000), Some(299));
    assert_eq!(ttl(269_999), Some(31));
    assert_eq!(ttl(270_000), None, "in the last tenth the cache is asked");
    let mut short = secure_address(OWNER);
    short.answer[0].ttl = 5;
    shelf.keep(&sent, short);
    assert!(shelf.repeat(&sent, at(4_999)).is_some());
    assert_eq!(shelf.repeat(&sent, at(5_000)), None, "whatever it rests on");
}

#[test]
fn a_change_of_what_it_rests_on_ends_it() {
    let sent = query(OWNER, RrType::A);
    let mut shelf = Shelf::with(&sent, addresses(1));
    assert!(shelf.repeat(&sent, at(0)).is_some());
    shelf.versions.all_changed();
    assert_eq!(shelf.repeat(&sent, at(0)), None);
    shelf.keep(&sent, addresses(1));
    assert!(shelf.repeat(&sent, at(0)).is_some());
}

#[test]
fn another_question_or_manner_is_not_answered() {
    let sent = with_edns(query(OWNER, RrType::A), 1_232, true);
    let mut shelf = Shelf::with(&sent, addresses(1));
    let change = |change: &dyn Fn(&mut Query)| {
        let mut other = sent.clone();
        change(&mut other);
        other
    };
    for other in [
        change(&|q| q.question.name = name("w.example.")),
        change(&|q| q.question.name = name("xww.example.")),
        change(&|q| q.question.rtype = RrType::AAAA),
        change(&|q| q.envelope.flags.checking_disabled = true),
        change(&|q| q.envelope.flags.authentic_data = true),
        change(&|q| q.envelope.edns = None),
        with_edns(sent.clone(), 1_232, false),
        change(&|q| q.envelope.edns.as_mut().expect("EDNS").compact_ok = true),
    ] {
        assert_eq!(shelf.repeat(&other, at(0)), None, "{other:?}");
        let (own, foreign) = (octets(&sent), octets(&other));
        let [own, foreign] =
            [&own, &foreign].map(|o| Plain::read(o, Transport::Udp).expect("a plain query"));
        let entry = shelf.ready.replies.peek(&hash(shelf.ready.seed, &own)).expect("kept");
        assert!(entry.answers(&own) && !entry.answers(&foreign), "even with equal hashes");
    }
}

#[test]
fn rfc1035_s4_2_1_only_to_clients_that_take_it_whole() {
    let sent = query(OWNER, RrType::A);
    let mut shelf = Shelf::with(&with_edns(sent.clone(), 1_232, false), addresses(40));
    for (size, fits) in [(512, false), (600, false), (800, true), (4_096, true)] {
        let said = shelf.repeat(&with_edns(sent.clone(), size, false), at(0));
        assert_eq!(said.is_some(), fits, "{size}");
    }
    let small = with_edns(sent.clone(), 512, false);
    assert!(shelf.repeat_over(&small, Transport::Tcp, at(0)).is_some());
    let mut cut = Shelf::with(&sent, addresses(40));
    assert_eq!(cut.repeat(&sent, at(0)), None, "a truncated reply is not kept");
}

#[test]
fn rfc7873_s5_2_each_client_gets_its_own_cookie() {
    let with_cookie = |data: &[u8]| {
        let mut sent = with_edns(query(OWNER, RrType::A), 1_232, true);
        let option = crate::wire::EdnsOption { code: OptionCode::COOKIE, data: data.into() };
        sent.envelope.edns.as_mut().expect("with EDNS").options = vec![option];
        sent
    };
    let told = |said: &[u8]| {
        let edns = Message::parse(said).expect("a message").edns.expect("with EDNS");
        assert!(!edns.malformed && edns.options.len() <= 1);
        edns.option(OptionCode::COOKIE).map(<[u8]>::to_vec)
    };
    let mut query = read_query(&octets(&with_cookie(&[1; 8])));
    query.envelope.cookie = Some([7; 24]);
    let mut shelf = Shelf::new(Limits::default());
    let asked = octets(&query);
    let plain = Plain::read(&asked, Transport::Udp).expect("a plain query");
    let said = reply(&query, addresses(1), Origin::Resolved);
    assert_eq!(told(&said), Some(vec![7; 24]));
    let basis = basis(OWNER, 300, &shelf.versions);
    shelf.ready.keep(&shelf.ready.asked(plain), &said, basis);
    let others = shelf.repeat(&with_cookie(&[2; 8]), at(0)).expect("a ready reply");
    assert_eq!(told(&others), Some(vec![9; 24]));
    let without = shelf.repeat(&with_cookie(&[1; 8]), at(0)).map(|said| said.len());
    let none = with_edns(super::super::testing::query(OWNER, RrType::A), 1_232, true);
    let none = shelf.repeat(&none, at(0)).expect("a ready reply");
    assert_eq!((told(&none), without), (None, Some(none.len() + COOKIE_OPTION)));
}

#[test]
fn rfc7828_s3_3_2_who_asks_over_tcp_is_told_the_idle_time() {
    let mut sent = with_edns(query(OWNER, RrType::A), 1_232, true);
    let mut shelf = Shelf::with(&sent, addresses(1));
    let bare = shelf.repeat(&sent, at(0)).expect("a ready reply");
    let cookie = crate::wire::EdnsOption { code: OptionCode::COOKIE, data: [1; 8].into() };
    let keepalive = crate::wire::EdnsOption::keepalive(None);
    for options in [vec![keepalive.clone()], vec![cookie, keepalive]] {
        let count = options.len();
        sent.envelope.edns.as_mut().expect("with EDNS").options = options;
        let said = shelf.repeat_over(&sent, Transport::Tcp, at(0)).expect("a ready reply");
        let edns = Message::parse(&said).expect("a message").edns.expect("with EDNS");
        assert_eq!((edns.options.len(), edns.malformed), (count, false));
        assert_eq!(edns.keepalive(), Some(Limits::default().idle_time()));
        let said = shelf.repeat(&sent, at(0)).expect("a ready reply");
        let cookie = if count == 2 { COOKIE_OPTION } else { 0 };
        assert_eq!(said.len(), bare.len() + cookie, "over UDP it is not told");
    }
}

#[test]
fn names_in_rdata_keep_their_letter_case() {
    let mut answer = secure_address(OWNER);
    let mx = [&[0, 10][..], name("mail.example.").as_wire()].concat();
    answer.answer[0] = RrSet::new(name(OWNER), RrType::MX, 300, vec![mx.into()]);
    let sent = query(OWNER, RrType::MX);
    let mut shelf = Shelf::with(&sent, answer);
    assert!(shelf.repeat(&sent, at(0)).is_some());
    assert_eq!(shelf.repeat(&query("www.EXAMPLE.", RrType::MX), at(0)), None);
}

#[test]
fn what_is_asked_once_more_is_worth_keeping() {
    let mut shelf = Shelf::new(Limits::default());
    let mut wants = |n: u32| {
        let asked = octets(&query(&format!("n{n}.example."), RrType::A));
        let plain = Plain::read(&asked, Transport::Udp).expect("a plain query");
        shelf.ready.wants(&shelf.ready.asked(plain))
    };
    assert!(!wants(0) && wants(0) && wants(0));
    let seen = (1..100_000).filter(|n| wants(*n)).count();
    assert!(seen < 25_000, "{seen} of 100,000 that were asked once");
    let mut none = Shelf::new(Limits { ready_replies: 0, ..Limits::default() });
    let asked = octets(&query(OWNER, RrType::A));
    let plain = Plain::read(&asked, Transport::Udp).expect("a plain query");
    let asked = none.ready.asked(plain);
    assert!(!none.ready.wants(&asked) && !none.ready.wants(&asked));
}

#[test]
fn those_not_asked_for_longest_make_room() {
    let owner = |n: u32| query(&format!("n{n}.example."), RrType::A);
    let answer = |n: u32| secure_address(&format!("n{n}.example."));
    let small = Limits { ready_replies: 10, ..Limits::default() };
    let light = Limits { ready_reply_octets: 3_000, ..Limits::default() };
    for limits in [small, light] {
        let mut shelf = Shelf::new(limits);
        for n in 0..100 {
            shelf.keep(&owner(n), answer(n));
            assert!(shelf.repeat(&owner(0), at(0)).is_some(), "asked for again and again");
            let weighed: usize = shelf.ready.replies.iter().map(|(_, entry)| entry.weight()).sum();
            assert_eq!(shelf.ready.octets, weighed);
            assert!(shelf.ready.replies.len() <= 10 || limits == light);
            assert!(weighed <= limits.ready_reply_octets as usize);
        }
        assert!(shelf.ready.replies.len() >= 9);
        assert!(shelf.repeat(&owner(99), at(0)).is_some());
        assert_eq!(shelf.repeat(&owner(1), at(0)), None);
    }
    let mut none = Shelf::new(Limits { ready_replies: 0, ..Limits::default() });
    none.keep(&owner(1), answer(1));
    assert_eq!((none.repeat(&owner(1), at(0)), none.ready.octets), (None, 0));
}
