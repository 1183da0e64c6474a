//! Replies kept ready: octet for octet those that are made anew, and made without an allocation.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use bailiwick::clock::{Clock, SystemClock};
use bailiwick::entropy::Entropy;
use bailiwick::lab::Site;
use bailiwick::model::Checking;
use bailiwick::resolver::Resolver;
use bailiwick::server::{Cookies, Limits, Outcome, Service, ServiceOptions, Transport};
use bailiwick::trace::Trace;
use bailiwick::wire::{
    Edns, EdnsOption, Flags, Header, Message, Name, Opcode, OptionCode, Question, Rcode, RrSet,
    RrType, compose,
};

use super::{cases, world};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// One resolver behind two services: one that keeps replies ready, and one that makes each anew.
struct Pair {
    ready: Rc<Service>,
    anew: Rc<Service>,
    chance: Entropy,
    /// Replies that took no allocation.
    hits: Cell<u32>,
}

/// What was said to one query, and whether that took allocations.
struct Said {
    octets: Option<Vec<u8>>,
    allocations: u64,
}

fn say(service: &Service, query: &[u8], transport: Transport) -> Said {
    let (mut out, mut at_once) = (Vec::with_capacity(65_536), false);
    let allocations = measure(|| {
        at_once = matches!(service.take(query, CLIENT, transport, &mut out), Outcome::Reply);
    });
    Said { octets: at_once.then_some(out), allocations: allocations.count_total }
}

impl Pair {
    fn before(resolver: &Rc<Resolver>) -> Self {
        let cookies = Some(Arc::new(Cookies::new(&Entropy::seeded(3))));
        let service = |ready_replies| {
            let limits = Limits { ready_replies, ..Limits::default() };
            let options =
                ServiceOptions { limits, cookies: cookies.clone(), ..ServiceOptions::default() };
            Service::new(Arc::new(options), Rc::clone(resolver) as _)
        };
        let (ready, anew) = (service(1_000), service(0));
        Self { ready, anew, chance: Entropy::seeded(11), hits: Cell::new(0) }
    }

    fn one_of<T: Copy>(&self, all: &[T]) -> T {
        all[self.chance.below(u32::try_from(all.len()).expect("few")) as usize]
    }

    /// A query for `name` and `rtype`, in some letter case, with some flags and options.
    fn query(&self, name: &Name, rtype: RrType) -> Vec<u8> {
        let flags = Flags {
            recursion_desired: true,
            checking_disabled: self.one_of(&[false, false, true]),
            authentic_data: self.one_of(&[false, true]),
            ..Flags::default()
        };
        let (id, opcode, rcode) = (self.chance.u16(), Opcode::QUERY, Rcode::NOERROR);
        let mut message = Message::new(Header { id, opcode, flags, rcode });
        let mut letters = name.as_wire().to_vec();
        if self.one_of(&[false, false, true]) {
            letters.make_ascii_uppercase();
        }
        let name = Name::from_wire(&letters).expect("the same name");
        message.questions.push(Question::new(name, rtype));
        message.edns = self.one_of(&[false, true, true]).then(|| Edns {
            udp_size: self.one_of(&[0, 512, 700, 1_232, 4_096]),
            dnssec_ok: self.one_of(&[false, true]),
            compact_ok: self.one_of(&[false, false, false, true]),
            options: self.options(),
            ..Edns::default()
        });
        compose(&message, 65_535, false)
    }

    fn options(&self) -> Vec<EdnsOption> {
        let option = |code, length| EdnsOption { code, data: vec![5; length].into() };
        match self.chance.below(5) {
            0 => vec![option(OptionCode::COOKIE, 8)],
            1 => vec![option(OptionCode(12), 30), option(OptionCode::COOKIE, 24)],
            2 => vec![option(OptionCode::COOKIE, 9)],
            _ => Vec::new(),
        }
    }

    /// Asks both services; both must say the same, TTLs of a chain apart, of which a ready reply may be a second ahead.
    fn compare(&self, name: &Name, rtype: RrType) {
        let query = self.query(name, rtype);
        let transport = self.one_of(&[Transport::Udp, Transport::Udp, Transport::Tcp]);
        let date = SystemClock.wall();
        let ready = say(&self.ready, &query, transport);
        let anew = say(&self.anew, &query, transport);
        if date != SystemClock.wall() {
            return; // cookies hold the date (RFC 9018 section 4.3)
        }
        self.hits.set(self.hits.get() + u32::from(ready.allocations == 0));
        assert_ne!(anew.allocations, 0, "it keeps none ready");
        if ready.octets == anew.octets {
            return;
        }
        let parsed = |said: Said| {
            let octets = said.octets.expect("both say something, or both nothing");
            Message::parse(&octets).expect("a message")
        };
        let (mut ready, anew) = (parsed(ready), parsed(anew));
        let is_alias = |set: &RrSet| set.rtype == RrType::CNAME;
        assert!(ready.answer.iter().any(is_alias), "one link: {ready:?} {anew:?}");
        let sections = |m: &mut Message| {
            [std::mem::take(&mut m.answer), std::mem::take(&mut m.authority)].concat()
        };
        let mut expected = anew.clone();
        let (own, others) = (sections(&mut ready), sections(&mut expected));
        assert_eq!((ready, own.len()), (expected, others.len()));
        for (own, mut other) in own.into_iter().zip(others) {
            assert!(own.ttl == other.ttl || own.ttl + 1 == other.ttl, "{own:?} {other:?}");
            other.ttl = own.ttl;
            assert_eq!(own, other);
        }
    }

    async fn learn(&self, resolver: &Resolver, name: &Name, rtype: RrType) {
        for checking in [Checking::Enabled, Checking::Disabled] {
            let question = Question::new(name.clone(), rtype);
            let _ = resolver.resolve(&question, checking, Trace::off()).await;
        }
    }
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

#[tokio::test(start_paused = true)]
async fn whatever_is_asked_a_ready_reply_is_the_one_that_would_be_made() {
    let world = cases::World::new();
    let resolver = world.recursing();
    let pair = Pair::before(&resolver);
    let mut asked = 0;
    for case in world.internet.cases() {
        pair.learn(&resolver, &case.name, case.rtype).await;
    }
    for round in 0..60 {
        for case in world.internet.cases() {
            if round % 20 == 19 {
                pair.learn(&resolver, &case.name, case.rtype).await; // some will have been due
            }
            pair.compare(&case.name, case.rtype);
            asked += 1;
        }
        tokio::time::advance(Duration::from_millis(pair.chance.below(20_000).into())).await;
    }
    let hits = pair.hits.get();
    assert!(hits > asked / 6, "{hits} of {asked} were ready");
}

/// A resolver that knows a name with several addresses, long and short.
async fn with_addresses() -> (world::World, Pair) {
    let addresses: String =
        (1..=20).map(|n| format!("many A 198.51.100.{n}\nmany AAAA 2001:db8::{n}\n")).collect();
    let text = format!("$TTL 60\n{addresses}few 600 A 198.51.100.1\nalias CNAME many\n");
    let example = Site::unsigned("example.com.", &text).on(&["one"]);
    let hosts = [world::ROOT, world::TOP, ("one", &["192.0.2.11"][..])];
    let world = world::World::new(&hosts, &world::with_top(vec![example]));
    let pair = Pair::before(&world.resolver);
    for (owner, rtype) in NAMES {
        pair.learn(&world.resolver, &name(owner), *rtype).await;
    }
    (world, pair)
}

const NAMES: &[(&str, RrType)] = &[
    ("many.example.com.", RrType::A),
    ("many.example.com.", RrType::AAAA),
    ("few.example.com.", RrType::A),
    ("few.example.com.", RrType::AAAA),
    ("alias.example.com.", RrType::A),
];

#[tokio::test(start_paused = true)]
async fn rfc1794_turns_are_the_same_too() {
    let (_world, pair) = with_addresses().await;
    for _ in 0..400 {
        for (owner, rtype) in NAMES {
            pair.compare(&name(owner), *rtype);
        }
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert!(pair.hits.get() > 800, "{} were ready", pair.hits.get());
}

/// The query that most stubs send, with DO=1.
pub fn usual(owner: &str) -> Vec<u8> {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let (opcode, rcode) = (Opcode::QUERY, Rcode::NOERROR);
    let mut message = Message::new(Header { id: 7, opcode, flags, rcode });
    message.questions.push(Question::new(name(owner), RrType::A));
    message.edns = Some(Edns { udp_size: 1_232, dnssec_ok: true, ..Edns::default() });
    compose(&message, 65_535, false)
}

#[tokio::test(start_paused = true)]
async fn a_hit_allocates_nothing() {
    let (_world, pair) = with_addresses().await;
    let query = usual("many.example.com.");
    let mut out = Vec::with_capacity(4_096);
    for transport in [Transport::Udp, Transport::Tcp] {
        for _ in 0..2 {
            assert!(say(&pair.ready, &query, transport).octets.is_some());
        }
        let allocations = measure(|| {
            for _ in 0..1_000 {
                out.clear();
                assert!(matches!(
                    pair.ready.take(&query, CLIENT, transport, &mut out),
                    Outcome::Reply
                ));
            }
        });
        assert_eq!(allocations.count_total, 0, "{transport:?}");
    }
    // Who may ask is decided before it is looked up.
    out.clear();
    let stranger = world::ip("192.0.2.1");
    let said = pair.ready.take(&query, stranger, Transport::Udp, &mut out);
    assert!(matches!(said, Outcome::Reply));
    assert_eq!(Header::peek(&out).expect("a header").rcode, Rcode::REFUSED);
}

#[tokio::test(start_paused = true)]
async fn in_the_last_tenth_of_its_life_an_answer_comes_from_the_shared_cache() {
    let (_world, pair) = with_addresses().await;
    let query = usual("few.example.com.");
    let allocations = || {
        let said = say(&pair.ready, &query, Transport::Udp);
        assert!(said.octets.is_some());
        said.allocations
    };
    assert_ne!(allocations(), 0, "the first time");
    assert_ne!(allocations(), 0, "and the second, that it is made ready");
    assert_eq!(allocations(), 0);
    tokio::time::advance(Duration::from_secs(538)).await;
    assert_eq!(allocations(), 0);
    tokio::time::advance(Duration::from_secs(3)).await;
    for _ in 0..3 {
        assert_ne!(allocations(), 0);
    }
}
