//! Every case of the built-in Internet, through the whole resolver: cold and warm, in two orders, with and without CD
//! before, recursing and forwarding. The verdict is always the same.

use std::rc::Rc;
use std::sync::Arc;

use bailiwick::clock::{SharedClock, SimulatedClock};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::{Case, Expectation, Internet, Network, Outcome, Tamper};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeFuture, Outgoing, Transport};
use bailiwick::resolver::{Resolver, Settings, Shared};
use bailiwick::server::{self, Incoming, Origin};
use bailiwick::trace::Trace;
use bailiwick::wire::{EdeCode, Message, Name, Question, Rcode, RrSet, RrType, compose};

use super::network::settings;

const WALL: u64 = 1_767_225_600; // 2026-01-01

/// The mini-Internet, and resolvers in it.
pub struct World {
    pub internet: Rc<Internet>,
    clock: SharedClock,
    pub network: Rc<Network>,
}

impl World {
    pub fn new() -> Self {
        let internet = Rc::new(Internet::new(WALL).expect("built in"));
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(WALL));
        let entropy = Rc::new(Entropy::seeded(7));
        let network = Network::new(Rc::clone(&internet), Arc::clone(&clock), entropy);
        Self { internet, clock, network: Rc::new(network) }
    }

    pub fn settings(&self) -> Settings {
        let mut settings = settings(self.internet.hints().servers.clone());
        settings.anchors = self.internet.anchors().into_iter().collect();
        settings
    }

    pub fn over(&self, settings: Settings, exchange: Rc<dyn Exchange>) -> Rc<Resolver> {
        let shared = Shared::new(settings, Arc::clone(&self.clock));
        Resolver::new(shared, exchange, Rc::new(Entropy::seeded(9)))
    }

    pub fn recursing(&self) -> Rc<Resolver> {
        self.over(self.settings(), Rc::clone(&self.network) as _)
    }

    /// A resolver that forwards all to `forwarders`, the first of which has the first address.
    fn forwarding(&self, forwarders: Vec<Rc<dyn Exchange>>) -> Rc<Resolver> {
        let mut settings = self.settings();
        let targets: Vec<_> = (1..=forwarders.len())
            .map(|i| format!("192.0.2.{i}:53").parse().expect("a socket"))
            .collect();
        let zone = Zone::new(Name::root(), Source::Forward, &targets, Fallback::None);
        settings.iterate.zones = vec![zone];
        self.over(settings, Rc::new(ByAddress(forwarders)))
    }
}

async fn ask(resolver: &Resolver, case: &Case, checking: Checking) -> Answer {
    let question = Question::new(case.name.clone(), case.rtype);
    resolver.resolve(&question, checking, Trace::off()).await
}

/// What is wrong with `answer`, if anything is.
fn complaint(case: &Case, answer: &Answer) -> Option<String> {
    let there = |set: &RrSet| set.rtype == case.rtype;
    let outcome = match answer.rcode {
        Rcode::NOERROR if answer.answer.iter().any(there) => Some(Outcome::Answer),
        Rcode::NOERROR => Some(Outcome::NoData),
        Rcode::NXDOMAIN => Some(Outcome::NameError),
        _ => None,
    };
    let (secure, code) = (answer.security.is_secure(), answer.errors.first().map(|e| e.code));
    let right = match case.expect {
        Expectation::Secure(wanted) => secure && outcome == Some(wanted),
        Expectation::Insecure(wanted, why) => !secure && outcome == Some(wanted) && code == why,
        Expectation::Bogus(why) => answer.rcode == Rcode::SERVFAIL && code == Some(why),
    };
    let Answer { rcode, security, .. } = answer;
    (!right).then(|| {
        format!("{} {}: expected {}, found {rcode} {security}", case.name, case.rtype, case.expect)
    })
}

async fn complaints<'a>(
    resolver: &Resolver,
    cases: impl IntoIterator<Item = &'a Case>,
) -> Vec<String> {
    let mut all = Vec::new();
    for case in cases {
        all.extend(complaint(case, &ask(resolver, case, Checking::Enabled).await));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn the_same_whether_cold_or_warm_and_in_either_order() {
    let world = World::new();
    let (forth, back) = (world.recursing(), world.recursing());
    let cases = world.internet.cases();
    let none: [String; 0] = [];
    assert_eq!(complaints(&forth, cases).await, none);
    let asked = world.network.queries();
    // What failed for want of a question's own budget is no verdict, and asked for anew.
    let kept = cases.iter().filter(|case| case.expect != Expectation::Bogus(EdeCode::OTHER));
    assert_eq!(complaints(&forth, kept).await, none);
    assert_eq!(world.network.queries(), asked, "all was in the cache");
    assert_eq!(complaints(&forth, cases).await, none);
    assert_eq!(complaints(&back, cases.iter().rev()).await, none);
    for case in cases {
        assert_eq!(complaints(&world.recursing(), [case]).await, none);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_transcript() {
    let transcript = async || {
        let world = World::new();
        complaints(&world.recursing(), world.internet.cases()).await;
        world.network.transcript()
    };
    assert_eq!(transcript().await, transcript().await);
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s3_2_2_who_checks_for_himself_gets_the_data_and_changes_nothing_for_others() {
    let world = World::new();
    let resolver = world.recursing();
    for case in world.internet.cases() {
        let unchecked = ask(&resolver, case, Checking::Disabled).await;
        assert_ne!(unchecked.rcode, Rcode::SERVFAIL, "{} {}", case.name, case.rtype);
    }
    assert_eq!(complaints(&resolver, world.internet.cases()).await, [""; 0]);
    for case in world.internet.cases() {
        let unchecked = ask(&resolver, case, Checking::Disabled).await;
        assert_ne!(unchecked.rcode, Rcode::SERVFAIL, "{} {}", case.name, case.rtype);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_through_a_forwarder() {
    let world = World::new();
    let resolver = world.forwarding(vec![Rc::new(Forwarder::honest(world.recursing()))]);
    assert_eq!(complaints(&resolver, world.internet.cases()).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lying_forwarder_is_found_out_and_the_other_one_asked() {
    let world = World::new();
    let liar = Forwarder::that(world.recursing(), Lie::Always);
    let honest = Forwarder::honest(world.recursing());
    let resolver = world.forwarding(vec![Rc::new(liar), Rc::new(honest)]);
    let case = world.internet.cases().iter().find(|c| c.name.to_string() == "www.p256.test.");
    assert_eq!(complaints(&resolver, case).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn rfc6840_s5_9_after_a_bogus_answer_a_forwarder_is_asked_with_cd_0() {
    let world = World::new();
    let case = world.internet.cases().iter().find(|c| c.name.to_string() == "www.p256.test.");
    let lax = Forwarder::that(world.recursing(), Lie::ToWhoChecks);
    let resolver = world.forwarding(vec![Rc::new(lax)]);
    assert_eq!(complaints(&resolver, case).await, [""; 0]);
    let liar = Forwarder::that(world.recursing(), Lie::Always);
    let resolver = world.forwarding(vec![Rc::new(liar)]);
    let answer = ask(&resolver, case.expect("a case"), Checking::Enabled).await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
}

#[tokio::test(start_paused = true)]
async fn the_limit_on_ds_questions_is_named() {
    let world = World::new();
    world.network.set_hook(Tamper::StripSignatures.hook(None));
    let resolver = world.recursing();
    let question = Question::new("www.p256.test.".parse().expect("a name"), RrType::A);
    let answer = resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
    assert!(answer.security.is_bogus(), "{:?}", answer.security);
    let mut settings = world.settings();
    settings.limits.ds_queries = 0;
    let resolver = world.over(settings, Rc::clone(&world.network) as _);
    world.network.set_hook(Tamper::DropDs.hook(None));
    let answer = resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
    assert!(answer.errors[0].text.contains("limits.ds-queries"), "{:?}", answer.errors);
}

/// When a forwarder lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    Never,
    Always,
    ToWhoChecks,
}

/// A whole resolver behind its own client side.
pub struct Forwarder {
    resolver: Rc<Resolver>,
    lie: Lie,
}

impl Forwarder {
    pub fn honest(resolver: Rc<Resolver>) -> Self {
        Self::that(resolver, Lie::Never)
    }

    fn that(resolver: Rc<Resolver>, lie: Lie) -> Self {
        Self { resolver, lie }
    }

    async fn reply(&self, outgoing: &Outgoing<'_>) -> Vec<u8> {
        let transport = match outgoing.transport {
            Transport::Udp => server::Transport::Udp,
            Transport::Tcp => server::Transport::Tcp,
        };
        let Incoming::Query(query) = Incoming::read(outgoing.octets, transport) else {
            return Vec::new();
        };
        let answer = self.resolver.resolve(&query.question, query.checking(), Trace::off()).await;
        let lies = match self.lie {
            Lie::Never => false,
            Lie::Always => true,
            Lie::ToWhoChecks => query.checking() == Checking::Disabled,
        };
        let reply = server::reply(&query, answer, Origin::Resolved);
        if lies { forged(&reply) } else { reply }
    }
}

/// The same with the last octet of each address changed.
fn forged(reply: &[u8]) -> Vec<u8> {
    let mut message = Message::parse(reply).expect("our own reply");
    for set in message.answer.iter_mut().filter(|set| set.rtype == RrType::A) {
        set.rdatas.iter_mut().filter_map(|rdata| rdata.last_mut()).for_each(|octet| *octet ^= 1);
    }
    compose(&message, 65_535, true)
}

impl Exchange for Forwarder {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move { Ok(self.reply(&outgoing).await) })
    }
}

/// Forwarders by the last octet of their addresses, from 1.
struct ByAddress(Vec<Rc<dyn Exchange>>);

impl Exchange for ByAddress {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        let last = match outgoing.to.ip() {
            std::net::IpAddr::V4(v4) => usize::from(v4.octets()[3]),
            std::net::IpAddr::V6(_) => 1,
        };
        self.0[last - 1].exchange(outgoing)
    }
}
