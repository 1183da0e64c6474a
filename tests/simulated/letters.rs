//! Servers that repeat names in other letters than they are asked in, and have no TCP to show that it is they who do: a
//! forwarder without another beside it, and the only server of a zone. They are asked without 0x20, soon, and nothing is
//! remembered of it; who takes DNSSEC records out as well is found out all the same.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bailiwick::clock::SharedClock;
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::{Conditions, Key, Keyring, Role, Site};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
use bailiwick::resolver::{Resolver, Shared};
use bailiwick::trace::Trace;
use bailiwick::wire::{Message, Name, Question, Rcode, RrSet, RrType, compose};

use super::cases::Forwarder;
use super::reasons::assert_has_reason;
use super::world::{ROOT, TOP, World};

const FORWARDER: &str = "192.0.2.53:53";
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// How long a connection that nobody hears of is waited for where the server is known to be near.
const NO_CONNECTION: Duration = Duration::from_millis(300);
/// The same of a server that nobody knows.
const NO_CONNECTION_TO_NEW: Duration = Duration::from_millis(752);

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tcp {
    Works,
    Refused,
    /// Nobody hears of them any more.
    Lost,
}

/// What the server is like.
#[derive(Clone, Copy, Debug)]
struct Habits {
    tcp: Tcp,
    strips: bool,
}

/// A server of odd habits, or all those `beyond`.
struct Odd {
    beyond: Rc<dyn Exchange>,
    habits: Habits,
    /// What was asked, and whether in random letters.
    asked: RefCell<Vec<(Transport, Question, bool)>>,
    /// How long the way there and back takes, beside what it takes beyond.
    round_trip: Duration,
}

impl Odd {
    async fn said(&self, outgoing: Outgoing<'_>) -> Result<Vec<u8>, ExchangeError> {
        let reply = self.beyond.exchange(outgoing).await?;
        let mut message = Message::parse(&reply).expect("a message");
        message.questions[0].name = message.questions[0].name.to_lowercase();
        if self.habits.strips {
            strip(&mut message);
        }
        Ok(compose(&message, 65_535, true))
    }

    /// No reply, however long it is waited for.
    async fn nothing(outgoing: &Outgoing<'_>) -> Result<Vec<u8>, ExchangeError> {
        tokio::time::sleep(outgoing.timeout).await;
        Err(ExchangeError::Timeout)
    }

    /// What was asked since the last time, in short.
    fn told(&self) -> String {
        let line = |(transport, question, random): (Transport, Question, bool)| {
            let letters = if random { "0x20" } else { "plain" };
            format!("{} {question} {letters}", transport.name())
        };
        let lines: Vec<_> = self.asked.take().into_iter().map(line).collect();
        lines.join("\n")
    }
}

fn strip(message: &mut Message) {
    let dnssec = |set: &RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
    for section in [&mut message.answer, &mut message.authority, &mut message.additional] {
        section.retain(|set| !dnssec(set));
        section.iter_mut().for_each(|set| set.signatures.clear());
    }
}

impl Exchange for Odd {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let asked = (outgoing.transport, outgoing.question.clone(), outgoing.letters > 0);
            self.asked.borrow_mut().push(asked);
            let tcp = (outgoing.transport == Transport::Tcp).then_some(self.habits.tcp);
            if tcp == Some(Tcp::Lost) {
                return Self::nothing(&outgoing).await;
            }
            tokio::time::sleep(self.round_trip).await;
            if tcp == Some(Tcp::Refused) {
                return Err(ExchangeError::Unreachable);
            }
            let reply = self.said(outgoing).await?;
            if outgoing.accepts(&reply) { Ok(reply) } else { Self::nothing(&outgoing).await }
        })
    }
}

/// A resolver before odd servers.
struct House {
    resolver: Rc<Resolver>,
    odd: Rc<Odd>,
    clock: SharedClock,
}

const HOSTS: [(&str, &[&str]); 3] = [ROOT, TOP, ("only", &["192.0.2.11"])];

/// No wildcard, which would settle further names without a question (RFC 8198).
fn records() -> String {
    let records = (0..NAMES).map(|number| format!("\nn{number} A 198.51.100.1"));
    format!("$TTL 86400{}", records.collect::<String>())
}

/// The clients' own letters change nothing.
fn name(number: u32) -> String {
    let name = format!("n{number}.example.com.");
    if number.is_multiple_of(2) { name } else { name.to_uppercase() }
}

const NAMES: u32 = 20;

fn sites() -> Vec<Site> {
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let keys = || vec![Key::new(pair.clone(), Role::Combined)];
    vec![
        Site::signed(".", "", keys()).on(&["root"]),
        Site::signed("com.", "", keys()).on(&["top"]),
        Site::signed("example.com.", &records(), keys()).on(&["only"]),
    ]
}

impl House {
    /// All is forwarded to one server of these habits.
    fn forwarding(habits: Habits) -> Self {
        let world = World::new(&HOSTS, &sites());
        world
            .network
            .set_conditions(Conditions { latency: Duration::ZERO, ..Conditions::default() });
        let to = [FORWARDER.parse().expect("a socket")];
        let mut settings = world.shared.settings.clone();
        settings.iterate.zones =
            vec![Zone::new(Name::root(), Source::Forward, &to, Fallback::None)];
        let beyond: Rc<dyn Exchange> = Rc::new(Forwarder::honest(Rc::clone(&world.resolver)));
        let odd = odd(beyond, habits, ROUND_TRIP);
        let shared = Shared::new(settings, Arc::clone(&world.shared.clock));
        let exchange = Rc::clone(&odd) as _;
        let resolver = Resolver::new(shared, exchange, Rc::new(Entropy::seeded(3)));
        Self { resolver, odd, clock: Arc::clone(&world.shared.clock) }
    }

    /// Each zone has one server, and all of these habits.
    fn recursing(habits: Habits) -> Self {
        let seen: RefCell<Option<Rc<Odd>>> = RefCell::default();
        let world = World::behind(
            3,
            &HOSTS,
            &sites(),
            |_| (),
            |network| {
                let odd = odd(network, habits, Duration::ZERO);
                *seen.borrow_mut() = Some(Rc::clone(&odd));
                odd
            },
        );
        let odd = seen.into_inner().expect("a way");
        Self { resolver: world.resolver, odd, clock: Arc::clone(&world.shared.clock) }
    }

    /// The answer, how long it took, and what was asked for it.
    async fn ask(&self, name: &str) -> (Answer, Duration, String) {
        let question = Question::new(name.parse().expect("a name"), RrType::A);
        let start = self.clock.now();
        let answer = self.resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
        assert_has_reason(&answer);
        (answer, self.clock.now().since(start), self.odd.told())
    }
}

fn odd(beyond: Rc<dyn Exchange>, habits: Habits, round_trip: Duration) -> Rc<Odd> {
    Rc::new(Odd { beyond, habits, asked: RefCell::default(), round_trip })
}

type Build = fn(Habits) -> House;

impl House {
    /// What must be answered within `longest`, after it was asked in random letters, and with `over_tcp` connections.
    async fn expect(&self, number: u32, longest: Duration, over_tcp: usize) {
        let (answer, took, asked) = self.ask(&name(number)).await;
        let habits = self.odd.habits;
        let what = format!("{habits:?} {number}: {} after {took:?}\n{asked}", answer.security);
        assert!(answer.security.is_secure() && took <= longest, "{what}");
        let of_name: Vec<_> = asked.lines().filter(|line| line.contains(" A ")).collect();
        assert!(of_name.iter().any(|line| line.ends_with(" 0x20")), "{what}");
        assert!(of_name.last().is_some_and(|line| line.ends_with(" plain")), "{what}");
        assert_eq!(asked.matches("tcp ").count(), over_tcp, "{what}");
    }
}

/// Nothing is remembered of its letters, since no connection confirmed it, and still no question waits for more than the
/// replies that it needs: but for a connection, once a minute.
#[tokio::test(start_paused = true)]
async fn the_only_server_that_loses_the_case_and_has_no_tcp_is_asked_without_random_letters() {
    let forwarding: Build = House::forwarding;
    for (build, tcp, connections, at_first) in [
        (forwarding, Tcp::Refused, 1, ROUND_TRIP * 12),
        (forwarding, Tcp::Lost, 1, ROUND_TRIP * 11 + NO_CONNECTION_TO_NEW),
        (House::recursing, Tcp::Refused, 3, ROUND_TRIP * 7),
        // One after the other at two servers, of which the second is asked for its keys as well.
        (House::recursing, Tcp::Lost, 4, ROUND_TRIP * 4 + NO_CONNECTION_TO_NEW * 2),
    ] {
        let house = build(Habits { tcp, strips: false });
        house.expect(0, at_first, connections).await;
        for number in 1..10 {
            house.expect(number, ROUND_TRIP * 2, 0).await;
        }
        tokio::time::sleep(Duration::from_secs(61)).await;
        let again = if tcp == Tcp::Lost { NO_CONNECTION } else { ROUND_TRIP };
        house.expect(10, ROUND_TRIP * 3 + again, 1).await;
        house.expect(11, ROUND_TRIP * 2, 0).await;
    }
}

/// Whatever is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines_with(&self, words: &str) -> usize {
        let octets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&octets).lines().filter(|line| line.contains(words)).count()
    }
}

/// RFC 4035 section 3.2.1.
#[tokio::test(start_paused = true)]
async fn a_forwarder_that_takes_dnssec_records_out_is_named_whatever_else_it_does() {
    for tcp in [Tcp::Works, Tcp::Refused, Tcp::Lost] {
        let log = Log::default();
        let made = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || made.clone()).finish();
        let _until_the_end = tracing::subscriber::set_default(subscriber);
        let house = House::forwarding(Habits { tcp, strips: true });
        for number in 0..5 {
            let (answer, took, asked) = house.ask(&name(number)).await;
            assert_eq!(answer.rcode, Rcode::SERVFAIL);
            assert!(took <= Duration::from_secs(1), "{tcp:?} {number}: {took:?}\n{asked}");
            let named = format!(". is forwarded to {FORWARDER}, which passes no DNSSEC records on");
            let text = answer.errors.first().map_or("", |error| &error.text);
            assert!(text.starts_with(&named), "{tcp:?} {number}: {text}\n{asked}");
        }
        assert_eq!(log.lines_with("forwarder passes no DNSSEC records on"), 1);
    }
}
