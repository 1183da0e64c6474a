//! Which of a zone's addresses is asked: the fast ones, none that is dead, and those that came back soon again.

use std::net::IpAddr;
use std::time::Duration;

use bailiwick::lab::{Conditions, Site};
use bailiwick::wire::{EdeCode, Rcode};

use super::world::{ROOT, TOP, World, addresses, ip, two_servers, with_top};

const ONE: &str = "192.0.2.11";
const TWO: &str = "192.0.2.12";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn slow(world: &World, address: &str, millis: u64) {
    let conditions = Conditions { latency: ms(millis), ..Conditions::default() };
    world.network.set_conditions_of(ip(address), conditions);
}

/// The time that each of so many fresh names below `zone` takes, sorted; all must resolve.
async fn times(
    world: &World,
    from: usize,
    count: usize,
    zone: impl Fn(usize) -> String,
) -> Vec<Duration> {
    let mut times = Vec::new();
    for name in from..from + count {
        let (answer, took) = world.time(&format!("x{name}.{}", zone(name)), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{name}: {:?}", answer.errors);
        times.push(took);
    }
    times.sort_unstable();
    times
}

fn example(_: usize) -> String {
    "example.com.".into()
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_late_is_overtaken_by_another_addresss() {
    let world = two_servers();
    times(&world, 0, 40, example).await;
    slow(&world, ONE, 5_000);
    let late = times(&world, 40, 40, example).await;
    assert!(late[39] <= ms(80), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn half_of_the_servers_dead_costs_a_little_at_first_and_nothing_once_learned() {
    let world = two_servers();
    world.kill(&[ONE]);
    let first = times(&world, 0, 20, example).await;
    assert!(first[18] <= ms(400), "{first:?}");
    let learned = times(&world, 20, 100, example).await;
    assert_eq!(learned[95], ms(20), "{learned:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_came_back_is_found_by_a_probe_a_second() {
    let world = two_servers();
    times(&world, 0, 40, example).await;
    world.kill(&[ONE]);
    times(&world, 40, 20, example).await;
    world.network.forget();
    for name in 0..50 {
        tokio::time::sleep(ms(100)).await;
        world.ask(&format!("y{name}.example.com."), "A").await;
    }
    let probes = world.network.transcript().matches(&format!("{ONE} example.com. SOA")).count();
    assert!((3..=6).contains(&probes), "{}", world.network.transcript());
    world.network.set_conditions_of(ip(ONE), Conditions::default());
    for name in 0..20 {
        tokio::time::sleep(ms(100)).await;
        world.ask(&format!("z{name}.example.com."), "A").await;
    }
    world.network.forget();
    times(&world, 100, 40, example).await;
    let asked = world.network.transcript();
    assert!(asked.matches(ONE).count() > 5, "it has its share again: {asked}");
    assert!(!asked.contains("SOA"), "and is not probed any more: {asked}");
}

#[tokio::test(start_paused = true)]
async fn when_all_come_back_the_first_question_is_answered_at_once() {
    let world = two_servers();
    times(&world, 0, 20, example).await;
    world.kill(&[ONE, TWO]);
    for name in 0..30 {
        let answer = world.ask(&format!("y{name}.example.com."), "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL);
    }
    for address in [ONE, TWO] {
        world.network.set_conditions_of(ip(address), Conditions::default());
    }
    tokio::time::sleep(ms(1_000)).await;
    let back = times(&world, 100, 10, example).await;
    assert!(back[9] <= ms(100), "{back:?}");
}

/// RFC 9520 section 3.2: once the servers are known to be dead, nobody waits for them; and the first good answer comes
/// within a second of their return, after whatever time.
#[tokio::test(start_paused = true)]
async fn known_to_be_dead_and_back_again() {
    for (minutes, latency) in [(2, 20), (15, 20), (15, 90)] {
        let world = two_servers();
        times(&world, 0, 20, example).await;
        world.kill(&[ONE, TWO]);
        for name in 0..20 {
            world.ask(&format!("a{name}.example.com."), "A").await;
        }
        for name in 0..100 {
            world.network.forget();
            let (answer, took) = world.time(&format!("b{name}.example.com."), "A").await;
            assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY);
            let text = &answer.errors[0].text;
            assert!(text.contains(ONE) || text.contains(TWO), "{text}");
            assert!(took <= ms(50), "{took:?}");
            assert!(world.network.queries() <= 2, "{}", world.network.transcript());
            tokio::time::sleep(ms(100)).await;
        }
        for name in 0..minutes * 12 {
            world.ask(&format!("c{name}.example.com."), "A").await;
            tokio::time::sleep(ms(5_000)).await;
        }
        for address in [ONE, TWO] {
            let conditions = Conditions { latency: ms(latency), ..Conditions::default() };
            world.network.set_conditions_of(ip(address), conditions);
        }
        let mut waited = Duration::ZERO;
        for name in 0.. {
            let (answer, took) = world.time(&format!("d{name}.example.com."), "A").await;
            waited += took;
            if answer.rcode == Rcode::NOERROR {
                break;
            }
            tokio::time::sleep(ms(50)).await;
            waited += ms(50);
        }
        assert!(waited <= ms(1_000), "{minutes} min, {latency} ms: {waited:?}");
    }
}

const ZONES: usize = 60;

/// Sixty zones, each on a host with an address in either family.
fn both_families() -> World {
    let mut hosts = vec![
        (String::from("root"), vec!["192.0.2.1".into(), "2001:db8::1".into()]),
        ("top".into(), vec!["192.0.2.2".into(), "2001:db8::2".into()]),
    ];
    let mut sites = Vec::new();
    for zone in 0..ZONES {
        let host = format!("h{zone}");
        sites.push(
            Site::unsigned(&format!("z{zone}.com."), "$TTL 60\n* A 198.51.100.1").on(&[&host]),
        );
        hosts.push((
            host,
            vec![format!("192.0.2.{}", 10 + zone), format!("2001:db8::{:x}", 16 + zone)],
        ));
    }
    let hosts: Vec<(&str, Vec<&str>)> = hosts
        .iter()
        .map(|(name, all)| (name.as_str(), all.iter().map(String::as_str).collect()))
        .collect();
    let hosts: Vec<(&str, &[&str])> = hosts.iter().map(|(name, all)| (*name, &all[..])).collect();
    World::new(&hosts, &with_top(sites))
}

fn all_of_ipv6() -> Vec<IpAddr> {
    let zones = (16..16 + ZONES).map(|zone| format!("2001:db8::{zone:x}"));
    zones.chain(["2001:db8::1".into(), "2001:db8::2".into()]).map(|text| ip(&text)).collect()
}

async fn p95_of_cold_zones(conditions: Option<Conditions>) -> Duration {
    let world = both_families();
    if let Some(conditions) = conditions {
        all_of_ipv6()
            .into_iter()
            .for_each(|address| world.network.set_conditions_of(address, conditions));
    }
    let all = times(&world, 0, ZONES, |zone| format!("z{zone}.com.")).await;
    all[ZONES * 95 / 100 - 1]
}

#[tokio::test(start_paused = true)]
async fn rfc8305_s2_a_black_hole_for_ipv6_costs_little_and_no_route_nothing() {
    let without = p95_of_cold_zones(None).await;
    let black_hole = Conditions { dead: true, ..Conditions::default() };
    let with = p95_of_cold_zones(Some(black_hole)).await;
    assert!(with <= without.mul_f64(1.3), "{with:?} {without:?}");
    let no_route = Conditions { unreachable: true, ..Conditions::default() };
    assert_eq!(p95_of_cold_zones(Some(no_route)).await, without);
}

#[tokio::test(start_paused = true)]
async fn fast_addresses_are_preferred_and_slow_ones_tried_now_and_then() {
    let hosts = [ROOT, TOP, ("one", &[ONE, TWO][..])];
    let example_com = Site::unsigned("example.com.", "$TTL 60\n* A 198.51.100.1").on(&["one"]);
    let world = World::new(&hosts, &with_top(vec![example_com]));
    slow(&world, ONE, 150);
    times(&world, 0, 10, example).await;
    world.network.forget();
    times(&world, 10, 300, example).await;
    let to_slow = world.network.transcript().matches(&format!(" {ONE} ")).count();
    assert!((1..40).contains(&to_slow), "{to_slow}");
}

#[tokio::test(start_paused = true)]
async fn who_has_answered_over_udp_is_not_overtaken_while_it_answers_over_tcp() {
    let world = two_servers();
    times(&world, 0, 40, example).await;
    world.network.set_hook(Box::new(|passing| {
        if passing.transport == bailiwick::net::Transport::Udp && passing.from != ip("192.0.2.1") {
            passing.reply.header.flags.truncated = true;
        }
        true
    }));
    world.network.forget();
    let all = times(&world, 40, 20, example).await;
    assert_eq!(all[19], ms(60), "{all:?}");
    assert_eq!(world.network.queries(), 40, "{}", world.network.transcript());
}
