//! A small Internet of the test's own, and one resolver that looks at it.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bailiwick::clock::{Clock, Instant, SharedClock, SimulatedClock};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::Options;
use bailiwick::lab::{Conditions, Hook, Host, Internet, Network, Passing, Site};
use bailiwick::model::{Answer, Checking};
use bailiwick::net::{Exchange, Fetches, Servers};
use bailiwick::resolver::{Resolver, Settings, Shared};
use bailiwick::trace::Trace;
use bailiwick::wire::rdata::address;
use bailiwick::wire::{Question, RrSet};

/// The date on which all is valid that should be.
pub const THEN: u64 = 1_785_542_400;

/// The network and the resolver.
pub struct World {
    pub network: Rc<Network>,
    pub resolver: Rc<Resolver>,
    /// What was seen of each server.
    pub servers: Arc<Servers>,
    /// What the resolver shares with others of its process.
    pub shared: Arc<Shared>,
    clock: SharedClock,
    date: Arc<AtomicI64>,
    fetches: Arc<Fetches>,
}

/// A clock whose date is so many seconds ahead, as long as nobody sets it anew.
#[derive(Debug)]
struct Dated(SharedClock, Arc<AtomicI64>);

impl Clock for Dated {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> u64 {
        self.0.wall().saturating_add_signed(self.1.load(Ordering::Relaxed))
    }
}

impl World {
    /// Hosts with their addresses, and the zones on them.
    pub fn new(hosts: &[(&str, &[&str])], sites: &[Site]) -> Self {
        Self::with(hosts, sites, |_| ())
    }

    /// The same, where `set` changes what the resolver's operator can.
    pub fn with(
        hosts: &[(&str, &[&str])],
        sites: &[Site],
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::seeded(7, hosts, sites, set)
    }

    /// The same with chances of its own.
    pub fn seeded(
        seed: u64,
        hosts: &[(&str, &[&str])],
        sites: &[Site],
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::behind(seed, hosts, sites, set, |network| network)
    }

    /// The same, where what `way` makes of the network lies between.
    pub fn behind(
        seed: u64,
        hosts: &[(&str, &[&str])],
        sites: &[Site],
        set: impl FnOnce(&mut Settings),
        way: impl FnOnce(Rc<dyn Exchange>) -> Rc<dyn Exchange>,
    ) -> Self {
        Self::made(seed, hosts, sites, set, way, Resolver::new)
    }

    /// The same for a test that runs in a `LocalSet`: the resolver does things for which nobody waits.
    pub fn in_local_set(
        hosts: &[(&str, &[&str])],
        sites: &[Site],
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::made(7, hosts, sites, set, |network| network, Resolver::in_local_set)
    }

    fn made(
        seed: u64,
        hosts: &[(&str, &[&str])],
        sites: &[Site],
        set: impl FnOnce(&mut Settings),
        way: impl FnOnce(Rc<dyn Exchange>) -> Rc<dyn Exchange>,
        make: impl FnOnce(Arc<Shared>, Rc<dyn Exchange>, Rc<Entropy>) -> Rc<Resolver>,
    ) -> Self {
        let hosts: Vec<_> = hosts.iter().map(|(name, addresses)| host(name, addresses)).collect();
        let internet = Internet::build(&hosts, sites, THEN).expect("an Internet");
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(THEN));
        let mut settings = super::network::settings(internet.hints().servers.clone());
        settings.iterate = Options::with_hints(internet.hints().servers.clone());
        settings.anchors = internet.anchors().into_iter().collect();
        set(&mut settings);
        let entropy = || Rc::new(Entropy::seeded(seed));
        let network = Rc::new(Network::new(Rc::new(internet), Arc::clone(&clock), entropy()));
        let exchange = way(Rc::clone(&network) as _);
        let date = Arc::<AtomicI64>::default();
        let shared = Shared::new(settings, Arc::new(Dated(clock, Arc::clone(&date))));
        Self::of(network, exchange, shared, date, entropy(), make)
    }

    fn of(
        network: Rc<Network>,
        exchange: Rc<dyn Exchange>,
        shared: Arc<Shared>,
        date: Arc<AtomicI64>,
        entropy: Rc<Entropy>,
        make: impl FnOnce(Arc<Shared>, Rc<dyn Exchange>, Rc<Entropy>) -> Rc<Resolver>,
    ) -> Self {
        let (fetches, servers) = (Arc::clone(&shared.fetches), Arc::clone(&shared.servers));
        let clock = Arc::clone(&shared.clock);
        let resolver = make(Arc::clone(&shared), exchange, entropy);
        Self { network, resolver, servers, shared, clock, date, fetches }
    }

    /// The same network before another process, which knows nothing, has a clock that is `set_by` seconds ahead, and whose
    /// settings `set` changes.
    pub fn restarted(&self, set_by: i64, set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.shared.settings.clone();
        set(&mut settings);
        let date = Arc::new(AtomicI64::new(set_by));
        let clock = Arc::new(Dated(Arc::clone(&self.clock), Arc::clone(&date)));
        let (network, shared) = (Rc::clone(&self.network), Shared::new(settings, clock));
        let exchange = Rc::clone(&network) as _;
        Self::of(network, exchange, shared, date, Rc::new(Entropy::seeded(8)), Resolver::new)
    }

    /// The answer, with verdicts wanted.
    pub async fn ask(&self, name: &str, rtype: &str) -> Answer {
        let question = Question::new(name.parse().expect("a name"), rtype.parse().expect("a type"));
        let answer = self.resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
        super::reasons::assert_has_reason(&answer);
        answer
    }

    /// The answer, and how long it took.
    pub async fn time(&self, name: &str, rtype: &str) -> (Answer, Duration) {
        let start = self.clock.now();
        let answer = self.ask(name, rtype).await;
        (answer, self.clock.now().since(start))
    }

    /// Sets the resolver's date, and nothing else: so many seconds ahead of the true one.
    pub fn set_date(&self, ahead: i64) {
        self.date.store(ahead, Ordering::Relaxed);
    }

    /// Questions to servers that are under way.
    pub fn fetches(&self) -> u32 {
        self.fetches.under_way()
    }

    /// The time of the simulation.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What was asked while `name` was resolved, a line a question.
    pub async fn asked(&self, name: &str, rtype: &str) -> (Answer, String) {
        self.network.forget();
        let answer = self.ask(name, rtype).await;
        (answer, self.network.transcript())
    }

    /// From here on the servers at these addresses never answer.
    pub fn kill(&self, addresses: &[&str]) {
        let dead = Conditions { dead: true, ..Conditions::default() };
        for address in addresses {
            self.network.set_conditions_of(ip(address), dead);
        }
    }

    /// From here on they answer as usual.
    pub fn revive(&self, addresses: &[&str]) {
        for address in addresses {
            self.network.set_conditions_of(ip(address), Conditions::default());
        }
    }

    /// From here on nothing reaches the servers at these addresses, and the resolver is told so.
    pub fn cut_off(&self, addresses: &[&str]) {
        let gone = Conditions { unreachable: true, ..Conditions::default() };
        for address in addresses {
            self.network.set_conditions_of(ip(address), gone);
        }
    }

    /// From here on `change` may alter every response from `address`; `false` loses it.
    pub fn alter(&self, address: &str, mut change: impl FnMut(Passing<'_>) -> bool + 'static) {
        let address = ip(address);
        let hook: Hook = Box::new(move |p| p.from != address || change(p));
        self.network.set_hook(hook);
    }
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub fn host(name: &str, addresses: &[&str]) -> Host {
    Host { name: name.into(), addresses: addresses.iter().map(|a| ip(a)).collect() }
}

/// The addresses in the answer section.
pub fn addresses(answer: &Answer) -> Vec<String> {
    let of = |set: &RrSet| {
        set.rdatas.iter().filter_map(|r| address(set.rtype, r)).map(|a| a.to_string()).collect()
    };
    answer.answer.iter().flat_map(|set| -> Vec<String> { of(set) }).collect()
}

pub const ROOT: (&str, &[&str]) = ("root", &["192.0.2.1"]);
pub const TOP: (&str, &[&str]) = ("top", &["192.0.2.2"]);

/// The root, `com` and `net` on a host of their own.
pub fn with_top(mut sites: Vec<Site>) -> Vec<Site> {
    sites.push(Site::unsigned(".", "").on(&["root"]));
    sites.push(Site::unsigned("com.", "").on(&["top"]));
    sites.push(Site::unsigned("net.", "").on(&["top"]));
    sites
}

pub const TWO_SERVERS: [(&str, &[&str]); 4] =
    [ROOT, TOP, ("one", &["192.0.2.11"]), ("two", &["192.0.2.12"])];

/// `example.com` on two hosts.
pub fn two_servers() -> World {
    World::new(&TWO_SERVERS, &two_servers_zones())
}

pub fn two_servers_zones() -> Vec<Site> {
    let example = Site::unsigned("example.com.", "$TTL 60\n* A 198.51.100.1").on(&["one", "two"]);
    with_top(vec![example])
}
