//! Black-outs: what is told while all or some servers are silent, and how soon after their return the first good answer
//! comes (RFC 9520 section 3.2). A type that is lost for a while is no verdict either.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::clock::{Instant, SharedClock, SimulatedClock};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Options, Zone};
use bailiwick::lab::{Conditions, Host, Internet, Key, Keyring, Network, Role, Site};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
use bailiwick::resolver::{Resolver, Settings, Shared};
use bailiwick::trace::Trace;
use bailiwick::wire::{EdeCode, Message, Name, Question, Rcode, RrType, compose};
use tokio::task::{JoinHandle, LocalSet};

use super::cases::Forwarder;
use super::network::settings;
use super::reasons::assert_has_reason;
use super::world::{THEN, host};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What becomes of a datagram.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    Vanishes,
    HasNoRoute,
    /// It gets SERVFAIL.
    Fails,
}

fn failure(outgoing: &Outgoing<'_>) -> Vec<u8> {
    let mut message = Message::parse(outgoing.octets).expect("our own query");
    (message.header.flags.response, message.header.rcode) = (true, Rcode::SERVFAIL);
    compose(&message, 512, false)
}

type Rule = Box<dyn Fn(&Outgoing<'_>) -> Fate>;

/// After how long a lost first segment of a connection is sent again (RFC 6298 section 2).
const SYN_AGAIN: Duration = Duration::from_secs(1);

/// The way to all servers.
struct Line {
    beyond: Rc<dyn Exchange>,
    round_trip: Duration,
    rule: RefCell<Rule>,
    sent: Cell<u32>,
    /// The same of those that ask whether a server is alive.
    probes: Cell<u32>,
}

impl Line {
    fn rule(&self, rule: impl Fn(&Outgoing<'_>) -> Fate + 'static) {
        *self.rule.borrow_mut() = Box::new(rule);
    }

    fn all(&self, fate: Fate) {
        self.rule(move |_| fate);
    }

    fn fate(&self, outgoing: &Outgoing<'_>) -> Fate {
        (self.rule.borrow())(outgoing)
    }

    /// Waits until it is there and back, which a lost datagram never is. The first segment of a connection is sent again.
    async fn arrives(&self, outgoing: &Outgoing<'_>) {
        while self.fate(outgoing) == Fate::Vanishes {
            match outgoing.transport {
                Transport::Udp => std::future::pending().await,
                Transport::Tcp => tokio::time::sleep(SYN_AGAIN).await,
            }
        }
        tokio::time::sleep(self.round_trip).await;
    }
}

impl Exchange for Line {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let fate = self.fate(&outgoing);
            if fate == Fate::HasNoRoute {
                return Err(ExchangeError::NoRoute);
            }
            self.sent.set(self.sent.get() + 1);
            let is_probe = outgoing.question.rtype == RrType::SOA;
            self.probes.set(self.probes.get() + u32::from(is_probe));
            let arrived = tokio::time::timeout(outgoing.timeout, self.arrives(&outgoing)).await;
            if arrived.is_err() {
                return Err(ExchangeError::Timeout);
            }
            if fate == Fate::Fails {
                return Ok(failure(&outgoing));
            }
            self.beyond.exchange(outgoing).await
        })
    }
}

/// How the resolver gets its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Recursing,
    Forwarding,
    /// Forwarding, and recursing where that fails.
    FallingBack,
}

const ALL_WAYS: [Way; 3] = [Way::Recursing, Way::Forwarding, Way::FallingBack];
const FORWARDERS: [&str; 2] = ["192.0.2.101:53", "192.0.2.102:53"];

/// Forwarders, and the servers of zones.
struct Everybody {
    forwarder: Forwarder,
    servers: Rc<dyn Exchange>,
}

impl Exchange for Everybody {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        let is_forwarder = FORWARDERS.contains(&outgoing.to.to_string().as_str());
        if is_forwarder {
            self.forwarder.exchange(outgoing)
        } else {
            self.servers.exchange(outgoing)
        }
    }
}

/// Two addresses of the servers of each zone.
const HOSTS: [(&str, &[&str]); 4] = [
    ("root", &["192.0.2.1", "192.0.2.2"]),
    ("top", &["192.0.2.11", "192.0.2.12"]),
    ("one", &["192.0.2.21", "192.0.2.22"]),
    ("two", &["192.0.2.31", "192.0.2.32"]),
];

/// Nothing lives longer than this: what is fetched after a quarter of an hour is fetched from the root down.
const LONGEST: u32 = 300;

fn internet() -> Internet {
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let keys = vec![Key::new(pair, Role::Combined)];
    let site = |apex: &str, records: &str, host: &str| {
        Site::signed(apex, records, keys.clone()).on(&[host])
    };
    let data = "$TTL 5\nkept 300 A 198.51.100.2\n* A 198.51.100.1";
    let hosts: Vec<Host> = HOSTS.iter().map(|(name, all)| host(name, all)).collect();
    let sites = [
        site(".", "", "root"),
        site("com.", "", "top"),
        site("example.com.", data, "one"),
        site("child.example.com.", data, "one"),
        site("other.com.", &format!("{data}\nelsewhere A 192.0.2.31"), "two"),
        site("glueless.com.", data, "two").name_servers(&["ns1.other.com."]),
        site("unglued.com.", data, "two").name_servers(&["elsewhere.other.com."]),
    ];
    Internet::build(&hosts, &sites, THEN).expect("an Internet")
}

/// A resolver behind a line.
struct House {
    line: Rc<Line>,
    resolver: Rc<Resolver>,
    clock: SharedClock,
    next: Cell<u32>,
}

impl House {
    fn new(way: Way, round_trip: u64) -> Rc<Self> {
        let internet = Rc::new(internet());
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(THEN));
        let plain = || -> Settings {
            let mut settings = settings(internet.hints().servers.clone());
            settings.iterate = Options::with_hints(internet.hints().servers.clone());
            settings.anchors = internet.anchors().into_iter().collect();
            settings.ageing.serve_stale.enabled = false; // else nobody would see the failures
            settings
        };
        let entropy = || Rc::new(Entropy::seeded(3));
        let over = |settings, exchange| {
            Resolver::new(Shared::new(settings, Arc::clone(&clock)), exchange, entropy())
        };
        let network = Network::new(Rc::clone(&internet), Arc::clone(&clock), entropy());
        network.set_conditions(Conditions { latency: ms(0), ..Conditions::default() });
        network.set_hook(Box::new(|passing| {
            let reply = passing.reply;
            for section in [&mut reply.answer, &mut reply.authority, &mut reply.additional] {
                section.iter_mut().for_each(|set| set.ttl = set.ttl.min(LONGEST));
            }
            true
        }));
        let network: Rc<dyn Exchange> = Rc::new(network);
        let mut own = plain();
        let fallback = match way {
            Way::FallingBack => Fallback::Recurse,
            Way::Recursing | Way::Forwarding => Fallback::None,
        };
        let beyond: Rc<dyn Exchange> = if way == Way::Recursing {
            network
        } else {
            let to: Vec<SocketAddr> = FORWARDERS.iter().map(|at| at.parse().expect("it")).collect();
            own.iterate.zones = vec![Zone::new(Name::root(), Source::Forward, &to, fallback)];
            let forwarder = Forwarder::honest(over(plain(), Rc::clone(&network)));
            Rc::new(Everybody { forwarder, servers: network })
        };
        let line = Rc::new(Line {
            beyond,
            round_trip: ms(round_trip),
            rule: RefCell::new(Box::new(|_| Fate::Passes)),
            sent: Cell::default(),
            probes: Cell::default(),
        });
        let exchange: Rc<dyn Exchange> = Rc::clone(&line) as _;
        let resolver = over(own, exchange);
        Rc::new(Self { line, resolver, clock, next: Cell::default() })
    }

    async fn ask(&self, name: &str) -> Answer {
        let question = Question::new(name.parse().expect("a name"), RrType::A);
        let answer = match self.resolver.answer_from_cache(&question, Checking::Enabled) {
            Some(answer) => answer,
            None => self.resolver.resolve(&question, Checking::Enabled, Trace::off()).await,
        };
        assert_has_reason(&answer);
        answer
    }

    /// The time, and what was sent, and how many probes were among that.
    fn figures(&self) -> (Instant, u32, u32) {
        (self.clock.now(), self.line.sent.get(), self.line.probes.get())
    }

    /// The same beside whatever comes next.
    fn spawn_clients(
        self: &Rc<Self>,
        zone: &'static str,
        names: Names,
        every: Duration,
        time: Duration,
    ) -> JoinHandle<Vec<Told>> {
        let house = Rc::clone(self);
        tokio::task::spawn_local(async move { house.clients(zone, names, every, time).await })
    }

    /// From here on nothing reaches the servers of the first zone.
    fn zone_goes_dark(&self) {
        self.line.rule(|outgoing| {
            let is_zones = outgoing.to.ip().to_string().starts_with("192.0.2.2");
            if is_zones { Fate::Vanishes } else { Fate::Passes }
        });
    }

    /// A failure within the time that a client waits, which answers for a second without a question to anybody.
    async fn fails_as_a_network_does(&self, name: &str, code: EdeCode, context: &str) {
        let (start, sent) = (self.clock.now(), self.line.sent.get());
        let answer = self.ask(name).await;
        let took = self.clock.now().since(start);
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{context}");
        assert_eq!(answer.errors[0].code, code, "{context}");
        assert!(!answer.security.is_bogus(), "{context}: {}", answer.security);
        assert!(took <= ms(4_500) && self.line.sent.get() > sent, "{context}: {took:?}");
        let sent = self.line.sent.get();
        for _ in 0..9 {
            assert_eq!(self.ask(name).await.rcode, Rcode::SERVFAIL, "{context}");
            tokio::time::sleep(ms(100)).await;
        }
        let probes = self.line.sent.get() - sent;
        assert!(probes <= 1, "{context}: {probes}");
    }

    /// Asks without being waited for.
    fn send(self: &Rc<Self>, name: String, told: &mut Vec<JoinHandle<Told>>) {
        let house = Rc::clone(self);
        told.push(tokio::task::spawn_local(async move {
            let (start, answer) = (house.clock.now(), house.ask(&name).await);
            Told { asked: start, at: house.clock.now(), answer }
        }));
    }

    /// Names below `zone`, four of them in the time `every`.
    async fn clients(
        self: &Rc<Self>,
        zone: &str,
        names: Names,
        every: Duration,
        time: Duration,
    ) -> Vec<Told> {
        let (begin, mut asked) = (self.clock.now(), Vec::new());
        while self.clock.now().since(begin) < time {
            let next = self.next.get();
            self.next.set(next + 1);
            for label in names.labels(next) {
                self.send(format!("{label}.{zone}"), &mut asked);
            }
            tokio::time::sleep(every / 4).await;
        }
        let mut told = Vec::new();
        for one in asked {
            told.push(one.await.expect("no panic"));
        }
        told
    }
}

/// What a client was told.
struct Told {
    asked: Instant,
    at: Instant,
    answer: Answer,
}

impl Told {
    fn took(&self) -> Duration {
        self.at.since(self.asked)
    }

    fn is_good(&self) -> bool {
        self.answer.rcode == Rcode::NOERROR && self.answer.security.is_secure()
    }
}

const ZONE: &str = "example.com.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dark {
    /// The root, all forwarders, everybody.
    All,
    /// One zone's servers.
    OneZone,
    /// There is no network when the resolver starts.
    FromTheStart,
    /// There is one that leads nowhere.
    Unplugged,
}

/// What clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// Four names, one after the other, and with the first of them one never asked for.
    Few,
    /// None twice.
    New,
    /// One and the same.
    One,
}

impl Names {
    fn labels(self, next: u32) -> Vec<String> {
        let (few, new) = (format!("n{}", next % 4), format!("new{next}"));
        match self {
            Self::Few if next.is_multiple_of(4) => vec![few, new],
            Self::Few => vec![few],
            Self::New => vec![new],
            Self::One => vec!["n0".into()],
        }
    }
}

/// A black-out, and the clients meanwhile.
#[derive(Clone, Copy, Debug)]
struct BlackOut {
    way: Way,
    dark: Dark,
    /// The zone that they ask about.
    zone: &'static str,
    names: Names,
    round_trip: u64,
    /// The time in which four of their questions come.
    every: u64,
    seconds: u32,
    /// The time from the last question to the return.
    phase: u64,
}

impl BlackOut {
    fn begin(&self, house: &House) {
        match self.dark {
            Dark::All | Dark::Unplugged => house.line.all(Fate::Vanishes),
            Dark::FromTheStart => house.line.all(Fate::HasNoRoute),
            Dark::OneZone => house.zone_goes_dark(),
        }
    }

    /// The time from the return to the first good answer.
    async fn first_good(self) -> Duration {
        let house = House::new(self.way, self.round_trip);
        let every = ms(self.every);
        if !matches!(self.dark, Dark::FromTheStart | Dark::Unplugged) {
            let told = house.clients(self.zone, self.names, every, ms(1_000)).await;
            assert!(told.iter().all(Told::is_good));
        }
        self.begin(&house);
        let long = ms(1_000) * self.seconds.saturating_sub(12);
        if !long.is_zero() {
            self.is_told_in_time(&house.clients(self.zone, self.names, every, ms(3_000)).await);
            house.clients(self.zone, self.names, ms(20_000), long).await;
        }
        let run = house.spawn_clients(self.zone, self.names, every, ms(13_200));
        let found_out = self.found_out();
        tokio::time::sleep(found_out).await;
        let (known, sent, probes) = house.figures();
        tokio::time::sleep(ms(12_000) - found_out).await;
        let (_, now_sent, now_probes) = house.figures();
        tokio::time::sleep(ms(self.phase)).await;
        house.line.all(Fate::Passes);
        let back = house.clock.now();
        let told = run.await.expect("no panic");
        self.is_told_in_time(&told);
        let meanwhile: Vec<_> =
            told.iter().filter(|told| told.asked >= known && told.at < back).collect();
        self.is_told_at_once(&meanwhile, now_sent - sent, now_probes - probes);
        let good = told.iter().filter(|told| told.is_good() && told.at >= back);
        good.map(|told| told.at).min().expect("a good answer").since(back)
    }

    /// When the last question ends that began before all were known to be dead, and with it those that wait for the same: who
    /// falls back asks the servers of zones once the forwarders are.
    const fn found_out(self) -> Duration {
        match self.way {
            Way::Recursing | Way::Forwarding => ms(10_000),
            Way::FallingBack => ms(11_000),
        }
    }

    async fn is_over_within(self, time: Duration) {
        let took = self.first_good().await;
        println!("{self:?}: {took:?}");
        assert!(took <= time, "{self:?}: {took:?}");
    }

    fn is_told_in_time(&self, told: &[Told]) {
        let slowest = told.iter().map(Told::took).max().expect("some");
        assert!(slowest <= ms(4_500), "{self:?}: {slowest:?}");
    }

    /// While all is dark nobody waits, and no more is sent than is asked for and a probe a second.
    fn is_told_at_once(&self, told: &[&Told], sent: u32, probes: u32) {
        let slowest = told.iter().map(|told| told.took()).max().expect("some");
        for told in told {
            assert_eq!(told.answer.rcode, Rcode::SERVFAIL);
            assert_eq!(told.answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY);
        }
        assert!(slowest <= ms(50), "{self:?}: {slowest:?}");
        assert!(probes <= 3, "{self:?}: {probes}");
        // Within two seconds the failure of one name comes to its end twice.
        let asked = if self.names == Names::One { 3 } else { told.len() };
        assert!(sent <= u32::try_from(asked).expect("few") + probes, "{self:?}: {sent}");
    }
}

/// Each of four names is asked each 100 ms of servers that are near, or each 300 ms of servers that are far.
async fn first_good_within_a_second(ways: &[Way], dark: Dark, seconds: u32) {
    let all = async {
        for (round_trip, every, phase) in [(10, 100, 1), (90, 300, 9), (90, 300, 33)] {
            for way in ways {
                let (way, zone, names) = (*way, ZONE, Names::Few);
                let black_out =
                    BlackOut { way, dark, zone, names, round_trip, every, seconds, phase };
                black_out.is_over_within(ms(1_000)).await;
            }
        }
    };
    LocalSet::new().run_until(all).await;
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_after_twelve_seconds_without_any_server() {
    first_good_within_a_second(&ALL_WAYS, Dark::All, 12).await;
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_after_ninety_seconds_without_any_server() {
    first_good_within_a_second(&ALL_WAYS, Dark::All, 90).await;
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_after_a_quarter_of_an_hour_without_any_server() {
    first_good_within_a_second(&ALL_WAYS, Dark::All, 900).await;
}

/// How long a question takes when all is well, and nothing is known of zones and keys or all of it.
async fn usual(way: Way, round_trip: u64, cold: bool) -> Duration {
    let house = House::new(way, round_trip);
    if !cold {
        house.ask("first.example.com.").await;
    }
    let start = house.clock.now();
    assert!(house.ask("then.example.com.").await.security.is_secure());
    house.clock.now().since(start)
}

/// A tenth of a second, the round trip that shows it, and what the question itself takes, after the return of all servers or those
/// of a zone: while clients ask for other names all the time, fifty a second. Of one and the same name the failure is kept for
/// a second.
#[tokio::test(start_paused = true)]
async fn new_names_are_answered_a_tenth_of_a_second_after_the_return() {
    let all = async {
        for (way, dark) in [
            (Way::Recursing, Dark::All),
            (Way::Forwarding, Dark::All),
            (Way::FallingBack, Dark::All),
            (Way::Recursing, Dark::OneZone),
        ] {
            for seconds in [90, 900] {
                for (names, wait, round_trip, phase) in [
                    (Names::New, 100, 10, 1),
                    (Names::New, 100, 10, 47),
                    (Names::New, 100, 90, 3),
                    (Names::One, 1_000, 90, 3),
                ] {
                    let (zone, every) = (ZONE, 80);
                    let black_out =
                        BlackOut { way, dark, zone, names, round_trip, every, seconds, phase };
                    let usual = usual(way, round_trip, seconds > LONGEST).await;
                    black_out.is_over_within(ms(wait + round_trip) + usual).await;
                }
            }
        }
    };
    LocalSet::new().run_until(all).await;
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_after_a_zones_servers_were_silent() {
    for seconds in [90, 900] {
        first_good_within_a_second(&[Way::Recursing], Dark::OneZone, seconds).await;
    }
}

#[tokio::test(start_paused = true)]
async fn started_without_a_network_and_then_connected() {
    for dark in [Dark::FromTheStart, Dark::Unplugged] {
        first_good_within_a_second(&ALL_WAYS, dark, 900).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_where_servers_have_their_names_in_another_zone() {
    let all = async {
        for seconds in [12, 900] {
            let black_out = BlackOut {
                way: Way::Recursing,
                dark: Dark::All,
                zone: "glueless.com.",
                names: Names::Few,
                round_trip: 10,
                every: 100,
                seconds,
                phase: 9,
            };
            black_out.is_over_within(ms(1_000)).await;
        }
    };
    LocalSet::new().run_until(all).await;
}

/// Nobody gives glue for the name of the zone's server, which has never been looked up: that it could not be had is not
/// kept longer than any other failure.
#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_where_servers_without_glue_were_looked_up_during_a_short_black_out() {
    let all = async {
        for (seconds, round_trip) in [(2, 10), (3, 10), (5, 10), (2, 90), (3, 90), (5, 90)] {
            let house = House::new(Way::Recursing, round_trip);
            assert!(house.ask("www.example.com.").await.security.is_secure());
            house.line.rule(|outgoing| {
                let is_two = outgoing.to.ip().to_string().starts_with("192.0.2.3");
                if is_two { Fate::Vanishes } else { Fate::Passes }
            });
            let dark = ms(1_000) * seconds;
            let clients =
                house.spawn_clients("unglued.com.", Names::Few, ms(100), dark + ms(3_000));
            tokio::time::sleep(dark).await;
            house.line.all(Fate::Passes);
            let back = house.clock.now();
            let told = clients.await.expect("no panic");
            let good = told.iter().filter(|told| told.is_good()).map(|told| told.at).min();
            let took = good.expect("a good answer").since(back);
            println!("{seconds} s, {round_trip} ms: {took:?}");
            assert!(took <= ms(1_000), "{seconds} s: {took:?}");
        }
    };
    LocalSet::new().run_until(all).await;
}

#[tokio::test(start_paused = true)]
async fn meanwhile_other_zones_and_what_is_cached_go_on() {
    let all = async {
        let house = House::new(Way::Recursing, 20);
        for name in ["kept.example.com.", "www.example.com.", "www.other.com."] {
            assert!(house.ask(name).await.security.is_secure(), "{name}");
        }
        house.zone_goes_dark();
        let dark = house.spawn_clients(ZONE, Names::Few, ms(100), ms(20_000));
        let told = house.clients("other.com.", Names::Few, ms(100), ms(20_000)).await;
        let slowest = told.iter().map(Told::took).max().expect("some");
        assert!(told.iter().all(Told::is_good) && slowest <= ms(20), "{slowest:?}");
        let (start, answer) = (house.clock.now(), house.ask("kept.example.com.").await);
        assert!(answer.security.is_secure() && house.clock.now() == start);
        let told = dark.await.expect("no panic");
        assert!(told.iter().any(|told| told.answer.rcode == Rcode::SERVFAIL));
    };
    LocalSet::new().run_until(all).await;
}

/// DS or DNSKEY that cannot be had is no verdict: it is a failure of the network, asked about again after a second; where
/// servers answer errors for longer than that, less and less often.
#[tokio::test(start_paused = true)]
async fn rfc4035_s5_5_keys_that_are_lost_for_a_while_make_nothing_bogus() {
    let (silence, error) = (EdeCode::NO_REACHABLE_AUTHORITY, EdeCode::NETWORK_ERROR);
    for (fate, code, times) in [(Fate::Vanishes, silence, 3), (Fate::Fails, error, 1)] {
        for (way, zone, rtype) in LOST_KEYS {
            let lost = Question::new(zone.parse().expect("a name"), rtype);
            let context = format!("{way:?} {lost} {code}");
            let house = House::new(way, 20);
            house.line.rule(move |o| if *o.question == lost { fate } else { Fate::Passes });
            for _ in 0..times {
                house.fails_as_a_network_does(NAME, code, &context).await;
                tokio::time::sleep(ms(100)).await;
            }
            house.line.all(Fate::Passes);
            let answer = house.ask(NAME).await;
            assert!(answer.security.is_secure(), "{context}: {:?}", answer.errors);
        }
    }
}

/// What is asked for, and which DS or keys of the zones above it are lost. The DS of example.com comes with the referral,
/// unasked, but not through a forwarder.
const NAME: &str = "www.child.example.com.";
const LOST_KEYS: [(Way, &str, RrType); 9] = [
    (Way::Recursing, ".", RrType::DNSKEY),
    (Way::Recursing, "example.com.", RrType::DNSKEY),
    (Way::Recursing, "child.example.com.", RrType::DNSKEY),
    (Way::Recursing, "child.example.com.", RrType::DS),
    (Way::Forwarding, ".", RrType::DNSKEY),
    (Way::Forwarding, "example.com.", RrType::DNSKEY),
    (Way::Forwarding, "example.com.", RrType::DS),
    (Way::Forwarding, "child.example.com.", RrType::DNSKEY),
    (Way::Forwarding, "child.example.com.", RrType::DS),
];
