//! The whole examination over the lab's network in memory, with one thing wrong at a time.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::LocalSet;

use super::ask::Asker;
use super::check::{Check, Finding, worst};
use super::examine::Patient;
use crate::clock::{SharedClock, SimulatedClock};
use crate::dnssec::TrustAnchor;
use crate::entropy::Entropy;
use crate::iterate::{Fallback, Zone};
use crate::lab::{Conditions, Hook, Internet, Network, Passing, Tamper};
use crate::model::Source;
use crate::net::{Exchange, ExchangeFuture, Outgoing, Transport};
use crate::resolver::{Settings, Validation};
use crate::wire::{Message, Name, Rcode, RrType, compose};

const WALL: u64 = 1_767_225_600;
const DAY: u64 = 86_400;

/// The lab's Internet and a resolver's settings for it.
struct World {
    internet: Rc<Internet>,
    settings: Settings,
}

impl World {
    fn new() -> Self {
        let internet = Rc::new(Internet::new(WALL).expect("the lab"));
        let settings = crate::cli::lab::settings(&internet, Validation::On);
        Self { internet, settings }
    }

    fn network(&self, wall: u64) -> (Rc<Network>, SharedClock) {
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(wall));
        let entropy = Rc::new(Entropy::seeded(3));
        let network = Network::new(Rc::clone(&self.internet), Arc::clone(&clock), entropy);
        (Rc::new(network), clock)
    }

    async fn examine(&self, exchange: Rc<dyn Exchange>, clock: SharedClock) -> Vec<Check> {
        let asker = Asker { exchange, entropy: Rc::new(Entropy::seeded(5)) };
        let patient = Patient { settings: self.settings.clone(), asker, clock };
        LocalSet::new().run_until(patient.examine()).await
    }

    /// What is found when the network was prepared so.
    async fn with(&self, prepare: impl FnOnce(&Network)) -> Vec<Check> {
        let (network, clock) = self.network(WALL);
        prepare(&network);
        self.examine(network, clock).await
    }

    async fn hooked(&self, hook: Hook) -> Vec<Check> {
        self.with(|network| network.set_hook(hook)).await
    }

    fn root_servers(&self) -> Vec<IpAddr> {
        self.internet.hints().servers.iter().flat_map(|server| server.addresses.clone()).collect()
    }
}

#[track_caller]
fn assert_finds(checks: &[Check], finding: Option<Finding>) {
    assert_eq!(worst(checks), finding, "{}", super::check::to_text(checks));
}

#[tokio::test(start_paused = true)]
async fn all_is_well_in_the_lab() {
    let checks = World::new().with(|_| {}).await;
    assert_finds(&checks, None);
    let resolved = checks.iter().find(|check| check.name == "resolving .").expect("resolved");
    assert_eq!(resolved.evidence, "secure");
}

#[tokio::test(start_paused = true)]
async fn offline_no_udp_no_tcp_and_large_answers_lost() {
    let world = World::new();
    let conditions = |conditions: Conditions| move |n: &Network| n.set_conditions(conditions);
    let usual = Conditions::default();
    for (bad, finding) in [
        (Conditions { dead: true, ..usual }, Finding::Offline),
        (Conditions { unreachable: true, ..usual }, Finding::Offline),
        (Conditions { loss: 1_000, ..usual }, Finding::NoUdp),
        (Conditions { no_tcp: true, ..usual }, Finding::NoTcp),
    ] {
        assert_finds(&world.with(conditions(bad)).await, Some(finding));
    }
    let drops_edns: Hook =
        Box::new(|p: Passing<'_>| p.transport == Transport::Tcp || p.query.edns.is_none());
    assert_finds(&world.hooked(drops_edns).await, Some(Finding::LargeAnswersLost));
}

#[tokio::test(start_paused = true)]
async fn one_family_broken_and_one_that_is_not_there() {
    let world = World::new();
    let six = |conditions: Conditions| {
        let servers = world.root_servers().into_iter().filter(IpAddr::is_ipv6).collect::<Vec<_>>();
        assert!(!servers.is_empty());
        move |n: &Network| servers.iter().for_each(|s| n.set_conditions_of(*s, conditions))
    };
    let dead = Conditions { dead: true, ..Conditions::default() };
    assert_finds(&world.with(six(dead)).await, Some(Finding::FamilyBroken));
    let absent = Conditions { unreachable: true, ..Conditions::default() };
    assert_finds(&world.with(six(absent)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_told_by_how_much() {
    let world = World::new();
    for (wall, words) in [
        (0, "years slow"),
        (WALL - 365 * DAY, "days slow"),
        (WALL + 5 * 365 * DAY, "years fast"),
        (WALL + 40 * DAY, "days fast"),
    ] {
        let (network, clock) = world.network(wall);
        let checks = world.examine(network, clock).await;
        assert_finds(&checks, Some(Finding::WrongClock));
        let clock = checks.iter().find(|check| check.name == "clock").expect("looked at");
        assert!(clock.evidence.ends_with(words), "{}", clock.evidence);
    }
}

#[tokio::test(start_paused = true)]
async fn an_anchor_that_fits_no_key_is_not_taken_for_a_wrong_clock() {
    let mut world = World::new();
    let other = [&[0x4f, 0x66, 8, 2][..], &[7; 32]].concat();
    let other = TrustAnchor::new(Name::root(), RrType::DS, other.into(), "test".into());
    world.settings.anchors = other.into_iter().collect();
    assert_finds(&world.with(|_| {}).await, Some(Finding::AnchorUnfit));
    // Nor is one key that a stranger changed: nothing vouches for it at any date.
    let world = World::new();
    let altered = Tamper::AlterAnswer.hook(None);
    assert_finds(&world.hooked(altered).await, Some(Finding::AnchorUnfit));
}

#[tokio::test(start_paused = true)]
async fn stripped_signatures() {
    let stripped = Tamper::StripSignatures.hook(None);
    assert_finds(&World::new().hooked(stripped).await, Some(Finding::NoDnssec));
}

/// A resolver in the place of all servers, as routers and providers have it: it has answers and no authority.
fn resolver_in_their_place() -> Hook {
    Box::new(|passing: Passing<'_>| {
        let flags = &mut passing.reply.header.flags;
        (flags.authoritative, flags.recursion_available) = (false, true);
        passing.reply.answer.iter_mut().for_each(|set| set.signatures.clear());
        true
    })
}

#[tokio::test(start_paused = true)]
async fn an_interceptor_that_knows_no_dnssec() {
    let checks = World::new().hooked(resolver_in_their_place()).await;
    assert_finds(&checks, Some(Finding::Intercepted));
    let refuses = Tamper::Code(Rcode::REFUSED).hook(None);
    assert_finds(&World::new().hooked(refuses).await, Some(Finding::Intercepted));
}

/// Answers whatever is sent anywhere, and hands on what the right servers say.
struct Everywhere(Rc<Network>);

impl Exchange for Everywhere {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let right = self.0.exchange(outgoing).await;
            right.or_else(|_| {
                let mut reply = Message::parse(outgoing.octets).expect("our own query");
                reply.header.flags.response = true;
                Ok(compose(&reply, 512, false))
            })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_interceptor_that_answers_where_nobody_is() {
    let mut world = World::new();
    world.settings.iterate.ipv6 = false;
    // The lab's own servers lie in all of the networks for documentation but this one.
    let hints = &mut world.settings.iterate.hints.servers;
    hints.iter_mut().for_each(|s| s.addresses.retain(|ip| ip.is_ipv4()));
    let (network, clock) = world.network(WALL);
    let checks = world.examine(Rc::new(Everywhere(network)), clock).await;
    assert_finds(&checks, Some(Finding::Intercepted));
    let who = checks.iter().find(|check| check.name == "who answers").expect("looked at");
    assert!(who.evidence.contains("documentation"), "{}", who.evidence);
}

/// The operator's servers of `name`, which are the lab's host with this address.
fn written(world: &mut World, name: &str, source: Source, at: &str, fallback: Fallback) {
    let server = at.parse().expect("a socket");
    let zone = Zone::new(name.parse().expect("a name"), source, &[server], fallback);
    world.settings.iterate.zones.push(zone);
}

#[tokio::test(start_paused = true)]
async fn forwarders_and_stub_servers() {
    // A root server as the forwarder of everything: it does not resolve.
    let mut world = World::new();
    written(&mut world, ".", Source::Forward, "192.0.2.1:53", Fallback::None);
    let checks = world.with(|_| {}).await;
    assert_finds(&checks, Some(Finding::Upstream));
    assert!(checks.iter().any(|check| check.evidence.contains("no RA")));
    // One that says it does, and takes signatures out.
    let strips = || -> Hook {
        Box::new(|p: Passing<'_>| {
            p.reply.header.flags.recursion_available = true;
            p.reply.answer.iter_mut().for_each(|set| set.signatures.clear());
            true
        })
    };
    assert_finds(&world.hooked(strips()).await, Some(Finding::ForwarderStrips));
    let resolves: Hook = Box::new(|p: Passing<'_>| {
        p.reply.header.flags.recursion_available = true;
        true
    });
    let checks = world.hooked(resolves).await;
    assert!(checks.iter().any(|check| check.name == "clock" && check.evidence.contains("within")));
    assert_finds(&checks, None);
    // A stub server, right and silent.
    let mut world = World::new();
    written(&mut world, "test.", Source::Stub, "192.0.2.11:53", Fallback::None);
    assert_finds(&world.with(|_| {}).await, None);
    let silent = |n: &Network| {
        let dead = Conditions { dead: true, ..Conditions::default() };
        n.set_conditions_of("192.0.2.11".parse().expect("an address"), dead);
    };
    assert_finds(&world.with(silent).await, Some(Finding::Upstream));
}

/// An unsigned zone of the operator's own below the signed root.
#[tokio::test(start_paused = true)]
async fn a_zone_of_ones_own_that_is_not_signed() {
    let mut world = World::new();
    written(&mut world, "stripped.test.", Source::Stub, "203.0.113.2:53", Fallback::None);
    let checks = world.with(|_| {}).await;
    assert_finds(&checks, Some(Finding::OwnZone));
}
