//! Networks that let nothing through to port 53 over UDP: it is found out, and what is asked goes over TCP until UDP is back.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::{Conditions, Site};
use bailiwick::model::Source;
use bailiwick::net::Transport;
use bailiwick::resolver::Settings;
use bailiwick::wire::Rcode;

use super::world::{TOP, World, addresses, ip, with_top};

const INSIDE: &str = "192.0.2.50";
const A_SECOND: Duration = Duration::from_secs(1);

/// A root of thirteen servers, and a way to all servers but [`INSIDE`] that lets UDP through or not.
fn world(set: impl FnOnce(&mut Settings)) -> (World, Rc<Cell<bool>>) {
    let roots: Vec<String> = (101..114).map(|last| format!("192.0.2.{last}")).collect();
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    let hosts = [
        ("root", &roots[..]),
        TOP,
        ("one", &["192.0.2.11", "192.0.2.12"][..]),
        ("inside", &[INSIDE]),
    ];
    let sites = with_top(vec![
        Site::unsigned("example.com.", "$TTL 60\n* A 198.51.100.1").on(&["one"]),
        Site::unsigned("inside.net.", "$TTL 60\n* A 198.51.100.2").on(&["inside"]),
    ]);
    let world = World::with(&hosts, &sites, set);
    let open = Rc::new(Cell::new(false));
    let way = Rc::clone(&open);
    world.network.set_hook(Box::new(move |passing| {
        way.get() || passing.transport == Transport::Tcp || passing.from.to_string() == INSIDE
    }));
    (world, open)
}

fn over_udp(transcript: &str) -> usize {
    transcript.lines().filter(|line| line.contains(" udp ")).count()
}

#[tokio::test(start_paused = true)]
async fn where_udp_is_blocked_all_goes_over_tcp_until_it_is_back() {
    let (world, open) = world(|_| ());
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(world.servers.is_udp_blocked());
    for n in 0..20 {
        world.network.forget();
        let (answer, took) = world.time(&format!("x{n}.example.com."), "A").await;
        let asked = world.network.transcript();
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        assert!(took < Duration::from_millis(200), "{took:?} {asked}");
        assert!(over_udp(&asked) <= 3, "one look at a time: {asked}");
        tokio::time::sleep(A_SECOND).await;
    }
    open.set(true);
    for n in 0..15 {
        world.ask(&format!("then{n}.example.com."), "A").await;
        tokio::time::sleep(A_SECOND).await;
    }
    assert!(!world.servers.is_udp_blocked());
    let (answer, asked) = world.asked("last.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(over_udp(&asked) > 0 && !asked.contains(" tcp "), "{asked}");
}

/// Where nothing gets through, that is no matter of UDP; and few packets find it out.
#[tokio::test(start_paused = true)]
async fn where_nothing_gets_through_udp_is_not_blamed() {
    let (world, open) = world(|_| ());
    world.network.set_conditions(Conditions { dead: true, ..Conditions::default() });
    let mut over_tcp = 0;
    for n in 0..60 {
        let (answer, asked) = world.asked(&format!("x{n}.example.com."), "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL);
        assert!(!world.servers.is_udp_blocked());
        over_tcp += asked.lines().filter(|line| line.contains(" tcp ")).count();
        tokio::time::sleep(A_SECOND).await;
    }
    assert!((1..=15).contains(&over_tcp), "{over_tcp} in a good minute");
    // The network comes back without UDP: that is noticed at the next look.
    world.network.set_conditions(Conditions::default());
    for n in 0..12 {
        world.ask(&format!("y{n}.example.com."), "A").await;
        tokio::time::sleep(A_SECOND).await;
    }
    assert!(world.servers.is_udp_blocked());
    assert_eq!(addresses(&world.ask("z.example.com.", "A").await), ["198.51.100.1"]);
    drop(open);
}

/// Whoever is asked over TCP in place of UDP has the time that TCP needs, before he counts as silent.
#[tokio::test(start_paused = true)]
async fn where_udp_is_blocked_servers_far_away_are_not_silent() {
    let (world, _) = world(|_| ());
    world.ask("www.example.org.", "A").await;
    assert!(world.servers.is_udp_blocked());
    let far = Conditions { latency: Duration::from_millis(300), ..Conditions::default() };
    for server in ["192.0.2.11", "192.0.2.12"] {
        world.network.set_conditions_of(ip(server), far);
    }
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    for server in ["192.0.2.11", "192.0.2.12"] {
        let estimate = world.servers.estimate(ip(server), world.now());
        assert_eq!(estimate.silent_since, None, "{server}: {asked}");
    }
}

/// Far away replies over UDP take as long as those over TCP: they are waited for as long.
#[tokio::test(start_paused = true)]
async fn where_servers_are_far_away_udp_is_not_blamed() {
    let (world, open) = world(|_| ());
    open.set(true);
    for zone in ["example.com.", "inside.net."] {
        world.ask(&format!("www.{zone}"), "A").await;
    }
    world.network.set_conditions(Conditions {
        latency: Duration::from_millis(700),
        ..Conditions::default()
    });
    world.kill(&[TOP.1[0], "192.0.2.11", "192.0.2.12", INSIDE]);
    tokio::time::sleep(Duration::from_secs(180)).await;
    for n in 0..30 {
        let zone = if n % 2 == 0 { "example.com." } else { "inside.net." };
        world.ask(&format!("y{n}.{zone}"), "A").await;
        assert!(!world.servers.is_udp_blocked(), "{}", world.network.transcript());
        tokio::time::sleep(A_SECOND).await;
    }
    assert!(world.network.transcript().contains("tcp 192.0.2.1"), "nobody looked");
}

/// Servers that the operator wrote may be nearer than the wall: they are asked over UDP as ever, and their answers say nothing
/// of the way to others.
#[tokio::test(start_paused = true)]
async fn servers_of_the_operators_own_are_asked_over_udp_all_the_same() {
    let inside = || {
        let server = format!("{INSIDE}:53").parse().expect("a socket");
        let zone = "inside.net.".parse().expect("a name");
        Zone::new(zone, Source::Stub, &[server], Fallback::None)
    };
    let (world, _) = world(|settings| settings.iterate.zones = vec![inside()]);
    for n in 0..20 {
        let (own, others) = (format!("x{n}.inside.net."), format!("x{n}.example.com."));
        let (answer, asked) = world.asked(&own, "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.2"], "{asked}");
        assert!(asked.contains(&format!("udp {INSIDE}")), "{asked}");
        assert_eq!(addresses(&world.ask(&others, "A").await), ["198.51.100.1"]);
        tokio::time::sleep(A_SECOND).await;
    }
    assert!(world.servers.is_udp_blocked());
}

/// Who forwards everything has nothing to do with root servers.
#[tokio::test(start_paused = true)]
async fn who_forwards_everything_asks_no_root_server() {
    let server = "192.0.2.11:53".parse().expect("a socket");
    let forward =
        Zone::new(".".parse().expect("a name"), Source::Forward, &[server], Fallback::None);
    let (world, _) = world(|settings| settings.iterate.zones = vec![forward]);
    for n in 0..20 {
        let (_, asked) = world.asked(&format!("x{n}.example.com."), "A").await;
        assert!(asked.lines().all(|line| line.contains(" 192.0.2.11 ")), "{asked}");
        tokio::time::sleep(A_SECOND).await;
    }
    assert!(!world.servers.is_udp_blocked());
}
