//! Forwarders and servers of the operator's own: several of them, such as fail, such as pass no DNSSEC on, and zones that
//! nobody signed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::config::Config;
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
use bailiwick::resolver::{Resolver, Settings, Shared};
use bailiwick::server::{Incoming, Origin, Transport as ClientTransport, reply};
use bailiwick::trace::Trace;
use bailiwick::wire::{EdeCode, Flags, Message, Rcode, RrSet, RrType, compose};

use crate::asking::*;
use crate::reasons::assert_has_reason;
use crate::world::*;
use bailiwick::lab::Fault;

const ONE: &str = "198.51.100.251:53";
const TWO: &str = "198.51.100.252:53";
/// A server of zones of the operator's own, which signs nothing.
const OWN: &str = "198.51.100.253:53";

/// What becomes of questions to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A resolver that hands on what there is.
    Good,
    /// One that takes DNSSEC records out.
    Strips,
    /// One that does, writes names in lower case, and has no TCP.
    StripsAndLowers,
    /// One that has room for nothing in a datagram.
    Truncates,
    Silent,
    Refuses,
    /// Has an address for every name.
    Own,
}

/// The servers that the operator wrote, in front of the world.
struct Written {
    upstream: Bench,
    kinds: BTreeMap<SocketAddr, Kind>,
    asked: RefCell<Vec<(SocketAddr, Transport)>>,
    unknown: Cell<u32>,
    /// Names that were asked for in random letters.
    in_random_case: Cell<u32>,
}

impl Written {
    async fn said(&self, kind: Kind, outgoing: &Outgoing<'_>) -> Option<Message> {
        let Incoming::Query(query) = Incoming::read(outgoing.octets, ClientTransport::Tcp) else {
            return None;
        };
        let answer = match kind {
            Kind::Silent => return None,
            Kind::Own => return Some(own(outgoing)),
            _ => self.upstream.ask_question(&query.question, Checking::Disabled).await,
        };
        let mut message = Message::parse(&reply(&query, answer, Origin::Resolved)).ok()?;
        match kind {
            Kind::Strips => strip(&mut message),
            Kind::StripsAndLowers => {
                strip(&mut message);
                message.questions[0].name = message.questions[0].name.to_lowercase();
            }
            Kind::Refuses => message.header.rcode = Rcode::REFUSED,
            Kind::Truncates if outgoing.transport == Transport::Udp => {
                message.answer.clear();
                message.authority.clear();
                message.header.flags.truncated = true;
            }
            _ => {}
        }
        Some(message)
    }

    fn count(&self, at: &str) -> usize {
        let at: SocketAddr = at.parse().expect("a socket");
        self.asked.borrow().iter().filter(|(server, _)| *server == at).count()
    }
}

fn own(outgoing: &Outgoing<'_>) -> Message {
    let mut message = Message::parse(outgoing.octets).expect("our own query");
    let recursive = message.header.flags.recursion_desired;
    message.header.flags = Flags {
        response: true,
        authoritative: !recursive,
        recursion_available: recursive,
        ..message.header.flags
    };
    let question = &message.questions[0];
    if question.rtype == RrType::A {
        let owner = question.name.clone();
        message.answer = vec![RrSet::new(owner, RrType::A, 60, vec![[10, 9, 9, 9].into()])];
    }
    message
}

fn strip(message: &mut Message) {
    let dnssec = |set: &RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3 | RrType::RRSIG);
    for section in [&mut message.answer, &mut message.authority, &mut message.additional] {
        section.retain(|set| !dnssec(set));
        section.iter_mut().for_each(|set| set.signatures.clear());
    }
}

impl Exchange for Written {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let Some(kind) = self.kinds.get(&outgoing.to).copied() else {
                self.unknown.set(self.unknown.get() + 1);
                return self.upstream.network.exchange(outgoing).await;
            };
            self.asked.borrow_mut().push((outgoing.to, outgoing.transport));
            if kind == Kind::StripsAndLowers && outgoing.transport == Transport::Tcp {
                return Err(ExchangeError::Unreachable);
            }
            let random = self.in_random_case.get() + u32::from(outgoing.letters > 0);
            self.in_random_case.set(random);
            let said = self.said(kind, &outgoing).await;
            let reply = said.map(|message| compose(&message, 65_535, true));
            match reply.filter(|reply| outgoing.accepts(reply)) {
                Some(reply) => Ok(reply),
                None => {
                    tokio::time::sleep(outgoing.timeout).await;
                    Err(ExchangeError::Timeout)
                }
            }
        })
    }
}

/// A resolver with servers that the operator wrote.
struct Office {
    resolver: Rc<Resolver>,
    written: Rc<Written>,
}

impl Office {
    fn new(world: &World, settings: Settings, kinds: &[(&str, Kind)]) -> Self {
        let upstream = Bench::new(world);
        let kinds = kinds.iter().map(|(at, kind)| (at.parse().expect("a socket"), *kind)).collect();
        let written = Rc::new(Written {
            kinds,
            asked: RefCell::default(),
            unknown: Cell::default(),
            in_random_case: Cell::default(),
            upstream,
        });
        let shared = Shared::new(settings, Arc::clone(written.upstream.resolver.clock()));
        let exchange: Rc<dyn Exchange> = Rc::clone(&written) as _;
        let resolver = Resolver::new(shared, exchange, Rc::new(Entropy::seeded(5)));
        Self { resolver, written }
    }

    /// All is forwarded to servers of these kinds.
    fn forwarding(world: &World, kinds: &[(&str, Kind)], fallback: Fallback) -> Self {
        let to: Vec<_> = kinds.iter().map(|(at, _)| *at).collect();
        let zone = zone(".", Source::Forward, &to, fallback);
        let settings = with(world, zone);
        Self::new(world, settings, kinds)
    }

    async fn ask(&self, asked: &str, kind: &str) -> Answer {
        let question = question(asked, kind);
        let answer = self.resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
        assert_has_reason(&answer);
        answer
    }

    async fn expect(&self, rows: &[Row]) {
        for (asked, kind, expected) in rows {
            let answer = self.ask(asked, kind).await;
            let right = meets(&answer, rtype(kind), *expected);
            assert!(right, "{asked} {kind}: {expected} expected\n{}", tell(&answer));
        }
    }
}

fn zone(name_: &str, source: Source, to: &[&str], fallback: Fallback) -> Zone {
    let to: Vec<_> = to.iter().map(|at| at.parse().expect("a socket")).collect();
    Zone::new(name(name_), source, &to, fallback)
}

fn with(world: &World, zone: Zone) -> Settings {
    let mut settings = settings(world);
    settings.iterate.zones = vec![zone];
    settings
}

fn text(answer: &Answer) -> &str {
    answer.errors.first().map_or("", |error| &error.text)
}

const WWW: &str = "www A 198.51.100.1\nw2 A 198.51.100.2\nw3 A 198.51.100.3\nw4 A 198.51.100.4\n";

fn world() -> World {
    World::new([
        ("s", signed("s.test.", WWW)),
        ("b", signed("b.test.", WWW).fault(Fault::Stripped)),
    ])
}

const ROWS: &[Row] = &[
    ("www.s.test.", "A", SECURE),
    ("no.s.test.", "A", NO_NAME),
    ("w2.s.test.", "A", SECURE),
    ("w3.s.test.", "MX", NO_DATA),
    ("w4.s.test.", "A", SECURE),
];

#[tokio::test(start_paused = true)]
async fn several_targets_of_which_one_is_good() {
    let world = world();
    for bad in [Kind::Silent, Kind::Refuses] {
        for kinds in [[(ONE, bad), (TWO, Kind::Good)], [(ONE, Kind::Good), (TWO, bad)]] {
            let office = Office::forwarding(&world, &kinds, Fallback::None);
            office.expect(ROWS).await;
            assert_eq!(office.written.unknown.get(), 0, "nobody else was asked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_target_cuts_short_is_asked_for_over_tcp() {
    let office = Office::forwarding(&world(), &[(ONE, Kind::Truncates)], Fallback::None);
    office.expect(ROWS).await;
    let asked = office.written.asked.borrow();
    assert!(asked.iter().any(|(_, transport)| *transport == Transport::Tcp), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn the_zones_own_servers_are_asked_if_and_only_if_the_operator_says_so() {
    let world = world();
    let kinds = [(ONE, Kind::Refuses), (TWO, Kind::Refuses)];
    Office::forwarding(&world, &kinds, Fallback::Recurse).expect(ROWS).await;
    let office = Office::forwarding(&world, &kinds, Fallback::None);
    let answer = office.ask("www.s.test.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL, "{}", tell(&answer));
    assert_eq!(office.written.unknown.get(), 0, "nobody else was asked");
}

/// RFC 4035 section 3.2.1: who takes DNSSEC records out is found out once, and passed over from then on.
#[tokio::test(start_paused = true)]
async fn a_target_that_strips_is_passed_over_where_another_is_good() {
    let world = world();
    for kinds in
        [[(ONE, Kind::Strips), (TWO, Kind::Good)], [(ONE, Kind::Good), (TWO, Kind::Strips)]]
    {
        let office = Office::forwarding(&world, &kinds, Fallback::None);
        office.expect(ROWS).await;
        let strips = if kinds[0].1 == Kind::Strips { ONE } else { TWO };
        // By now it has been found out: no question is lost on it any more.
        let before = office.written.count(strips);
        for asked in 0..40 {
            office.expect(&[(&*format!("x{asked}.www.s.test.").leak(), "A", NO_NAME)]).await;
        }
        assert_eq!(office.written.count(strips), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_strips_is_named_where_there_is_no_other() {
    let office = Office::forwarding(&world(), &[(ONE, Kind::Strips)], Fallback::None);
    for asked in ["www.s.test.", "no.s.test.", "w2.s.test."] {
        let answer = office.ask(asked, "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{}", tell(&answer));
        let named = format!(". is forwarded to {ONE}, which passes no DNSSEC records on");
        assert!(text(&answer).starts_with(&named), "{}", tell(&answer));
    }
}

/// One that does not keep the letters of names either, and has no TCP, is found out in the letters that the operator wants.
#[tokio::test(start_paused = true)]
async fn a_target_that_strips_is_asked_in_the_letters_that_the_operator_wants() {
    let world = world();
    for wanted in [true, false] {
        let mut settings = with(&world, zone("s.test.", Source::Forward, &[ONE], Fallback::None));
        settings.anchors = [super::anchors::anchor_of("s.test.")].into_iter().collect();
        settings.iterate.case_randomization = wanted;
        let office = Office::new(&world, settings, &[(ONE, Kind::StripsAndLowers)]);
        for asked in ["www.s.test.", "W2.S.Test."] {
            let answer = office.ask(asked, "A").await;
            let named = format!("s.test. is forwarded to {ONE}, which passes no DNSSEC records on");
            assert!(text(&answer).starts_with(&named), "{}", tell(&answer));
        }
        assert_eq!(office.written.in_random_case.get() > 0, wanted);
    }
}

/// A zone that lacks its own signatures has nobody accused of taking them out.
#[tokio::test(start_paused = true)]
async fn a_broken_zone_is_no_fault_of_the_forwarder() {
    let office = Office::forwarding(&world(), &[(ONE, Kind::Good)], Fallback::None);
    let answer = office.ask("www.b.test.", "A").await;
    assert!(meets(&answer, RrType::A, bogus(EdeCode::RRSIGS_MISSING)), "{}", tell(&answer));
    assert!(!text(&answer).contains(ONE), "{}", tell(&answer));
    office.expect(ROWS).await;
}

/// The error says the one key to add; with that key the zone is answered.
#[tokio::test(start_paused = true)]
async fn an_unsigned_zone_of_ones_own_below_a_signed_one() {
    let world = world();
    for source in [Source::Stub, Source::Forward] {
        // Nobody delegates the first one; the parent says of the second one that it is signed.
        for own in ["corp.s.test.", "b.test."] {
            let written = |negative: &[&str]| {
                let mut settings = with(&world, zone(own, source, &[OWN], Fallback::None));
                settings.negative_anchors = negative_anchors(negative);
                Office::new(&world, settings, &[(OWN, Kind::Own)])
            };
            let asked = format!("www.{own}");
            let answer = written(&[]).ask(&asked, "A").await;
            assert_eq!(answer.rcode, Rcode::SERVFAIL, "{own}: {}", tell(&answer));
            let remedy = format!("negative-trust-anchors: [{own}]");
            assert!(text(&answer).contains(&remedy), "{source:?} {own}: {}", tell(&answer));
            let answer = written(&[]).ask(&asked, "MX").await;
            assert!(text(&answer).contains(&remedy), "{source:?} {own} MX: {}", tell(&answer));
            let answer = written(&[own]).ask(&asked, "A").await;
            assert_eq!(answer.rcode, Rcode::NOERROR, "{own}: {}", tell(&answer));
            assert_eq!(*answer.answer[0].rdatas[0], [10, 9, 9, 9]);
        }
    }
}

fn negative_anchors(zones: &[&str]) -> bailiwick::dnssec::NegativeTrustAnchors {
    let anchor = |zone: &&str| bailiwick::dnssec::NegativeTrustAnchor {
        zone: name(zone),
        reason: String::new(),
        until: None,
    };
    bailiwick::dnssec::NegativeTrustAnchors::new(zones.iter().map(anchor).collect())
}

/// RFC 6761 section 6, RFC 6762 appendix G: a private zone needs no second setting.
#[tokio::test(start_paused = true)]
async fn a_private_zone_needs_no_second_setting() {
    let world = world();
    for own in ["corp.internal.", "lan.", "local.", "home.arpa.", "10.in-addr.arpa.", "onion."] {
        let yaml = format!("forward: [{{zone: \"{own}\", to: \"{OWN}\"}}]");
        let config = Config::parse(Path::new("office.yaml"), &yaml).expect("a configuration");
        let mut settings = settings(&world);
        settings.iterate.zones = config.settings.iterate.zones;
        settings.negative_anchors = config.settings.negative_anchors;
        let office = Office::new(&world, settings, &[(OWN, Kind::Own)]);
        let answer = office.ask(&format!("www.{own}"), "A").await;
        assert_eq!(answer.rcode, Rcode::NOERROR, "{own}: {}", tell(&answer));
        assert!(!answer.security.is_secure() && answer.answer.len() == 1, "{}", tell(&answer));
        // What lies outside of it is validated as ever.
        office.expect(&[("www.s.test.", "A", SECURE)]).await;
    }
}

/// Addresses of name servers within a host's own networks are not asked, unless the operator wrote them.
#[tokio::test(start_paused = true)]
async fn addresses_that_the_operator_wrote_are_exempt_from_do_not_query() {
    let world = world();
    let mut settings = with(&world, zone(".", Source::Forward, &[ONE], Fallback::None));
    let address: IpAddr = "198.51.100.251".parse().expect("an address");
    settings.iterate.do_not_query.networks.push(address.into());
    Office::new(&world, settings, &[(ONE, Kind::Good)]).expect(ROWS).await;
    // But for the resolver's own sockets: to ask them would be to ask oneself.
    let mut settings = with(&world, zone(".", Source::Forward, &[ONE], Fallback::None));
    settings.iterate.do_not_query.own = vec![ONE.parse().expect("a socket")];
    let office = Office::new(&world, settings, &[(ONE, Kind::Good)]);
    let answer = office.ask("www.s.test.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL, "{}", tell(&answer));
    assert_eq!(office.written.count(ONE), 0);
}
