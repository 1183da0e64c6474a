//! Aliases, TTLs, minimised questions, and zones that the operator wrote.

use std::time::Duration;

use bailiwick::iterate::{Fallback, Minimization, Zone};
use bailiwick::lab::Site;
use bailiwick::model::Source;
use bailiwick::wire::{EdeCode, Name, Rcode};

use super::world::{ROOT, TOP, World, addresses, two_servers, with_top};

const ONE: &str = "192.0.2.11";
const TWO: &str = "192.0.2.12";

/// `example.com` and `example.net` with these records.
fn world(com: &str, net: &str) -> World {
    let hosts = [ROOT, TOP, ("one", &[ONE][..])];
    let com = Site::unsigned("example.com.", com).on(&["one"]);
    let net = Site::unsigned("example.net.", net).on(&["one"]);
    World::new(&hosts, &with_top(vec![com, net]))
}

#[tokio::test(start_paused = true)]
async fn rfc1034_s3_6_2_aliases_lead_over_zones_and_loops_end() {
    let com = "a CNAME b.example.net.\nc A 198.51.100.1\nl CNAME m.example.net.";
    let world = world(com, "b CNAME c.example.com.\nm CNAME l.example.com.");
    let answer = world.ask("a.example.com.", "A").await;
    assert_eq!((answer.answer.len(), addresses(&answer)), (3, vec!["198.51.100.1".to_owned()]));
    let (answer, took) = world.time("l.example.com.", "A").await;
    assert_eq!((answer.rcode, took.as_secs()), (Rcode::SERVFAIL, 0));
    assert!(answer.errors[0].text.contains("comes back"), "{:?}", answer.errors);
}

#[tokio::test(start_paused = true)]
async fn rfc6672_s3_dnames_lead_on_and_one_that_makes_too_long_a_name_is_told() {
    let long = format!("{0}.{0}.{0}.example.net.", "x".repeat(60));
    let com = format!("d DNAME example.net.\nlong DNAME {long}");
    let world = world(&com, "www A 198.51.100.1");
    let answer = world.ask("www.d.example.com.", "A").await;
    assert_eq!((answer.answer.len(), addresses(&answer)), (3, vec!["198.51.100.1".to_owned()]));
    for _ in 0..2 {
        let answer = world.ask(&format!("{}.long.example.com.", "y".repeat(60)), "A").await;
        assert_eq!(answer.rcode, Rcode::YXDOMAIN, "RFC 6672 section 2.2");
        assert_eq!(answer.answer[0].owner.to_string(), "long.example.com.");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc1035_s3_2_1_a_ttl_of_0_is_used_once() {
    let world = world("www 0 A 198.51.100.1\nten 10 A 198.51.100.1", "");
    for (name, asked_again) in [("www.example.com.", true), ("ten.example.com.", false)] {
        assert_eq!(addresses(&world.ask(name, "A").await), ["198.51.100.1"]);
        let (answer, asked) = world.asked(name, "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"]);
        assert_eq!(!asked.is_empty(), asked_again, "{asked}");
    }
    tokio::time::advance(Duration::from_secs(11)).await;
    assert!(!world.asked("ten.example.com.", "A").await.1.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rfc9156_s2_3_nxdomain_of_an_empty_non_terminal_is_not_final() {
    for (mode, rcode) in
        [(Minimization::Relaxed, Rcode::NOERROR), (Minimization::Strict, Rcode::NXDOMAIN)]
    {
        let hosts = [ROOT, TOP, ("one", &[ONE][..])];
        let com = Site::unsigned("example.com.", "www.ent A 198.51.100.1").on(&["one"]);
        let world = World::with(&hosts, &with_top(vec![com]), |settings| {
            settings.iterate.minimization = mode;
        });
        world.alter(ONE, |passing| {
            if passing.query.questions[0].name.to_lowercase().to_string() == "ent.example.com." {
                passing.reply.header.rcode = Rcode::NXDOMAIN;
            }
            true
        });
        assert_eq!(world.ask("www.ent.example.com.", "A").await.rcode, rcode, "{mode:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn servers_in_networks_that_are_not_to_be_queried_are_not() {
    let hosts = [ROOT, TOP, ("inside", &["127.0.0.1"][..])];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["inside"]);
    let world = World::new(&hosts, &with_top(vec![com]));
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY);
    assert!(!asked.contains("127.0.0.1"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn the_roots_addresses_that_the_operator_wrote_are_asked_even_so() {
    let hosts = [("root", &["127.0.0.9"][..]), TOP];
    let world = World::with(&hosts, &with_top(vec![]), |settings| {
        settings.iterate.do_not_query.networks = vec!["127.0.0.0/8".parse().expect("a network")];
    });
    assert_eq!(world.ask("com.", "SOA").await.answer.len(), 1);
}

/// `corp.example` is served at `ONE`, which no delegation names, `example.com` at `TWO`.
fn private(zones: Vec<Zone>) -> World {
    let hosts = [ROOT, TOP, ("inside", &[ONE][..]), ("two", &[TWO][..])];
    let corp = Site::unsigned("corp.example.", "www A 198.51.100.7").on(&["inside"]);
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["two"]);
    let world = World::with(&hosts, &with_top(vec![corp, com]), |s| s.iterate.zones = zones);
    world.alter("192.0.2.1", |passing| {
        if passing.query.questions[0].name.to_lowercase().to_string().ends_with("example.") {
            passing.reply.authority.clear();
            passing.reply.additional.clear();
            passing.reply.header.rcode = Rcode::NXDOMAIN;
        }
        true
    });
    world
}

fn zone(name: &str, source: Source, servers: &[&str], fallback: Fallback) -> Zone {
    let servers: Vec<_> =
        servers.iter().map(|s| format!("{s}:53").parse().expect("a socket")).collect();
    Zone::new(name.parse::<Name>().expect("a name"), source, &servers, fallback)
}

#[tokio::test(start_paused = true)]
async fn a_stub_zone_is_asked_of_its_servers_and_nothing_else_is() {
    assert_eq!(private(vec![]).ask("www.corp.example.", "A").await.rcode, Rcode::NXDOMAIN);
    let stub = zone("corp.example.", Source::Stub, &[ONE], Fallback::None);
    let world = private(vec![stub]);
    let (answer, asked) = world.asked("www.corp.example.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.7"]);
    assert!(!asked.contains("192.0.2.1 "), "{asked}");
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(!asked.contains(ONE), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_forwarder_that_fails_is_the_end_unless_recursion_may_follow() {
    for (fallback, rcode) in
        [(Fallback::None, Rcode::SERVFAIL), (Fallback::Recurse, Rcode::NOERROR)]
    {
        let world = private(vec![zone(".", Source::Forward, &["192.0.2.77"], fallback)]);
        assert_eq!(world.ask("www.example.com.", "A").await.rcode, rcode, "{fallback:?}");
        let world = private(vec![zone(".", Source::Forward, &[ONE], fallback)]);
        world.kill(&[ONE]);
        let (answer, took) = world.time("www.example.com.", "A").await;
        assert_eq!(answer.rcode, rcode, "{fallback:?} {}", world.network.transcript());
        assert!(took < Duration::from_millis(4_500), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_ports_of_one_address_are_two_servers() {
    let sockets = ["192.0.2.77:5301", "192.0.2.77:5302"].map(|s| s.parse().expect("a socket"));
    let zone = Zone::new(Name::root(), Source::Forward, &sockets, Fallback::None);
    let answer = private(vec![zone]).ask("www.example.com.", "A").await;
    let text = &answer.errors[0].text;
    assert!(text.contains(":5301") && text.contains(":5302"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_transcript() {
    let transcript = async || {
        let world = two_servers();
        world.kill(&[ONE]);
        world.ask("www.example.com.", "A").await;
        world.network.transcript()
    };
    assert_eq!(transcript().await, transcript().await);
}
