//! What lies on our side, the want of sockets or of a route, is held against no server; and those that nobody waits for are
//! few.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::entropy::Entropy;
use bailiwick::lab::{Conditions, Site};
use bailiwick::net::{
    Estimate, Exchange, ExchangeFuture, Limits, Outgoing, Place, PlaceFuture, Sockets,
};
use bailiwick::wire::{Name, Rcode};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::world::{ROOT, TOP, World, addresses, ip, with_top};

const GOOD: &str = "192.0.2.21";
/// The time within which a client is answered, in milliseconds.
const PROMISED: u32 = 2_300;
const WILD: &str = "$TTL 60\n* A 198.51.100.1";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A network to which there are few sockets.
struct Narrow {
    sockets: Sockets,
    beyond: Rc<dyn Exchange>,
}

impl Exchange for Narrow {
    fn place(&self, server: SocketAddr) -> PlaceFuture<'_> {
        self.sockets.place(server)
    }

    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        self.beyond.exchange(outgoing)
    }
}

/// The rcode and the time that each of so many names below `zone`, asked for at once, takes.
fn crowd(world: &Rc<World>, zone: &str, count: usize) -> Vec<JoinHandle<(Rcode, Duration)>> {
    let ask = |n| {
        let (world, name) = (Rc::clone(world), format!("x{n}.{zone}"));
        spawn_local(async move {
            let (answer, took) = world.time(&name, "A").await;
            (answer.rcode, took)
        })
    };
    (0..count).map(ask).collect()
}

impl World {
    fn estimate(&self, address: &str) -> Estimate {
        self.servers.estimate(ip(address), self.now())
    }

    fn is_unfit(&self, address: &str, zone: &str) -> bool {
        let zone: Name = zone.parse().expect("a name");
        self.servers.is_unfit(ip(address), &zone, self.now())
    }
}

/// `example.com` at `addresses`, behind so few sockets that the test can take all of them.
fn few_sockets(addresses: [&[&str]; 2]) -> (Rc<World>, Rc<Narrow>) {
    let hosts = [ROOT, TOP, ("one", addresses[0]), ("two", addresses[1])];
    let sites = with_top(vec![Site::unsigned("example.com.", WILD).on(&["one", "two"])]);
    let mut narrow = None;
    let way = |beyond| -> Rc<dyn Exchange> {
        let sockets = Sockets::within(Rc::new(Entropy::seeded(5)), Limits::default(), 4);
        narrow = Some(Rc::new(Narrow { sockets, beyond }));
        narrow.clone().expect("made")
    };
    let world = Rc::new(World::behind(7, &hosts, &sites, |s| s.limits.time = PROMISED, way));
    (world, narrow.expect("made"))
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_asked_for_want_of_sockets_is_neither_silent_nor_slow_nor_unfit() {
    let test = async {
        let (world, narrow) = few_sockets([&[GOOD], &[]]);
        world.ask("first.example.com.", "A").await;
        for (held, rcode) in [(300, Rcode::NOERROR), (1_200, Rcode::SERVFAIL)] {
            let places = all_places(&narrow).await;
            world.network.forget();
            let clients = crowd(&world, &format!("{held}.example.com."), 9);
            tokio::time::sleep(ms(held)).await;
            assert_eq!(world.network.queries(), 0, "there is no socket");
            assert_eq!(world.estimate(GOOD).silent_since, None);
            drop(places);
            for (told, took) in join(clients).await {
                assert!(told == rcode && took <= ms(1_500), "{told} {took:?}");
            }
            let estimate = world.estimate(GOOD);
            assert!(estimate.silent_since.is_none() && estimate.rtt < ms(25), "{estimate:?}");
            assert!(!world.is_unfit(GOOD, "example.com."));
        }
        let (answer, took) = world.time("x1.1200.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "not kept: {:?}", answer.errors);
        assert!(took <= ms(40), "{took:?}");
    };
    LocalSet::new().run_until(test).await;
}

async fn all_places(narrow: &Narrow) -> Vec<Place> {
    let mut places = Vec::new();
    for last in 1..4 {
        places.push(narrow.place(SocketAddr::from(([198, 51, 100, last], 53))).await);
    }
    places
}

/// Who waits for a socket has no more time than he is promised.
#[tokio::test(start_paused = true)]
async fn a_client_waits_no_longer_for_want_of_sockets() {
    let all: Vec<String> = (30..42).map(|last| format!("192.0.2.{last}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let (world, narrow) = few_sockets([&all[..6], &all[6..]]);
    world.ask("first.example.com.", "A").await;
    let _held = all_places(&narrow).await;
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
    assert!(took.abs_diff(ms(PROMISED.into())) < ms(10), "{took:?}");
}

async fn join<T>(all: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut ended = Vec::new();
    for one in all {
        ended.push(one.await.expect("no panic"));
    }
    ended
}

#[tokio::test(start_paused = true)]
async fn addresses_without_a_route_are_no_useless_servers() {
    let away: Vec<String> = (30..41).map(|last| format!("192.0.2.{last}")).collect();
    let away: Vec<&str> = away.iter().map(String::as_str).collect();
    let all = [away.as_slice(), &[GOOD]].concat();
    let hosts = [ROOT, TOP, ("one", &all[..6]), ("two", &all[6..])];
    let site = Site::unsigned("example.com.", WILD).on(&["one", "two"]);
    let world = World::new(&hosts, &with_top(vec![site]));
    world.cut_off(&away);
    let slow = Conditions { latency: ms(300), ..Conditions::default() };
    world.network.set_conditions_of(ip(GOOD), slow);
    for name in 0..20 {
        let answer = world.ask(&format!("x{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
    }
    assert!(!all.iter().any(|address| world.is_unfit(address, "example.com.")));
}

#[tokio::test(start_paused = true)]
async fn last_tries_are_few_and_counted() {
    const ZONES: usize = 60;
    let zones: Vec<_> =
        (0..ZONES).map(|n| (format!("h{n}"), format!("192.0.2.{}", 10 + n))).collect();
    let addresses: Vec<[&str; 1]> = zones.iter().map(|(_, address)| [address.as_str()]).collect();
    let hosts =
        zones.iter().zip(&addresses).map(|((host, _), address)| (host.as_str(), &address[..]));
    let hosts: Vec<_> = [ROOT, TOP].into_iter().chain(hosts).collect();
    let site = |(n, (host, _)): (usize, &(String, String))| {
        Site::unsigned(&format!("z{n}.com."), WILD).on(&[host])
    };
    let sites = zones.iter().enumerate().map(site).collect();
    let test = async {
        let world = Rc::new(World::new(&hosts, &with_top(sites)));
        addresses.iter().for_each(|address| world.kill(address));
        for zone in 0..ZONES {
            world.ask(&format!("a.z{zone}.com."), "A").await;
        }
        for address in &addresses {
            let server = SocketAddr::new(ip(address[0]), 53);
            (0..3).for_each(|_| world.servers.timed_out(server, &Name::root(), world.now()));
        }
        tokio::time::sleep(ms(2_000)).await;
        world.network.forget();
        let clients: Vec<_> =
            (0..ZONES).flat_map(|zone| crowd(&world, &format!("b.z{zone}.com."), 1)).collect();
        tokio::time::sleep(ms(5)).await;
        let (asked, counted) = (world.network.queries(), world.fetches());
        assert_eq!((asked, counted), (32, 32));
        for (rcode, took) in join(clients).await {
            assert!(rcode == Rcode::SERVFAIL && took <= ms(50), "{rcode} {took:?}");
        }
        tokio::time::sleep(ms(2_000)).await;
        world.ask("c.z1.com.", "A").await;
        assert!(world.fetches() <= 2, "they have ended");
    };
    LocalSet::new().run_until(test).await;
}

/// The reply comes when its server counts as silent already, and another one's address is looked up.
#[tokio::test(start_paused = true)]
async fn an_overdue_reply_is_read_while_addresses_are_looked_up() {
    let far = "192.0.2.31";
    let hosts = [ROOT, TOP, ("good", &[GOOD][..]), ("far", &[far][..])];
    let records = format!("$TTL 60\n* A 198.51.100.1\nns1 A {GOOD}");
    let example = Site::unsigned("example.com.", &records).on(&["good"]);
    let sites = with_top(vec![
        example.name_servers(&["ns1.example.com.", "ns1.far.net."]),
        Site::unsigned("far.net.", WILD).on(&["far"]),
    ]);
    let world = World::new(&hosts, &sites);
    for (address, latency) in [(GOOD, 420), (far, 900)] {
        let slow = Conditions { latency: ms(latency), ..Conditions::default() };
        world.network.set_conditions_of(ip(address), slow);
    }
    let (answer, took) = world.time("www.example.com.", "A").await;
    let transcript = world.network.transcript();
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{transcript}");
    assert!(transcript.contains(far) && took <= ms(60 + 421), "{took:?}\n{transcript}");
    assert!(world.estimate(GOOD).rtt <= ms(421), "{:?}", world.estimate(GOOD));
}
