//! From a question to the authoritative response, whatever servers do.

use bailiwick::lab::Site;
use bailiwick::wire::{EdeCode, Rcode, RrType};

use super::world::{World, addresses};

const ROOT: (&str, &[&str]) = ("root", &["192.0.2.1"]);
const TOP: (&str, &[&str]) = ("top", &["192.0.2.2"]);

/// The root, `com` and `net` on a host of their own.
fn with_top(mut sites: Vec<Site>) -> Vec<Site> {
    sites.push(Site::unsigned(".", "").on(&["root"]));
    sites.push(Site::unsigned("com.", "").on(&["top"]));
    sites.push(Site::unsigned("net.", "").on(&["top"]));
    sites
}

/// `example.com` on two hosts.
fn two_servers() -> World {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"]), ("two", &["192.0.2.12"])];
    let example = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one", "two"]);
    World::new(&hosts, &with_top(vec![example]))
}

/// `example.com`, whose server lies in `example.net` and has other addresses there than its glue says.
fn parent_and_child_differ(child: &str) -> World {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"]), ("dead", &["192.0.2.13"])];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let net = Site::unsigned("example.net.", "").on(&["one"]);
    let world = World::new(&hosts, &with_top(vec![com.name_servers(&["ns1.example.net."]), net]));
    let child = super::world::ip(child);
    world.alter("192.0.2.11", move |passing| {
        let sets = passing.reply.answer.iter_mut().chain(&mut passing.reply.additional);
        for set in sets.filter(|set| set.owner.to_string() == "ns1.example.net.") {
            let std::net::IpAddr::V4(v4) = child else { return true };
            set.rdatas = vec![v4.octets().into()];
        }
        true
    });
    world.kill(&["192.0.2.13"]);
    world
}

#[tokio::test(start_paused = true)]
async fn rfc9609_s3_priming_comes_first_and_once() {
    let world = two_servers();
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(asked.lines().next().is_some_and(|line| line.contains("192.0.2.1 . NS")), "{asked}");
    let (_, asked) = world.asked("www.example.net.", "A").await;
    assert!(!asked.contains(". NS"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn rfc2181_s5_4_1_glue_of_the_parent_is_the_last_resort() {
    let world = parent_and_child_differ("192.0.2.13");
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    let world = parent_and_child_differ("192.0.2.11");
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(!asked.contains("no reply"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn rfc1034_s4_1_what_a_resolver_says_counts_when_nobody_speaks_for_the_zone() {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"]), ("two", &["192.0.2.12"])];
    let example = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one", "two"]);
    for both in [false, true] {
        let world = World::new(&hosts, &with_top(vec![example.clone()]));
        let hook = move |passing: bailiwick::lab::Passing<'_>| {
            let from = passing.from.to_string();
            if from == "192.0.2.11" || both && from == "192.0.2.12" {
                passing.reply.header.flags.authoritative = false;
                passing.reply.header.flags.recursion_available = true;
                for set in &mut passing.reply.answer {
                    set.rdatas = vec![[198, 51, 100, 2].into()];
                }
            }
            true
        };
        world.network.set_hook(Box::new(hook));
        let answer = world.ask("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), [if both { "198.51.100.2" } else { "198.51.100.1" }]);
    }
}

#[tokio::test(start_paused = true)]
async fn rfc2308_s2_2_an_authoritative_upward_referral_is_no_denial() {
    let world = two_servers();
    let root = bailiwick::wire::RrSet::new(
        bailiwick::wire::Name::root(),
        RrType::NS,
        60,
        vec![[1, b'a', 0].into()],
    );
    let hook = move |passing: bailiwick::lab::Passing<'_>| {
        if passing.from.to_string().starts_with("192.0.2.1")
            && passing.query.questions[0].rtype == RrType::AAAA
            && passing.from.to_string() != "192.0.2.1"
        {
            passing.reply.authority = vec![root.clone()];
        }
        true
    };
    world.network.set_hook(Box::new(hook));
    let answer = world.ask("www.example.com.", "AAAA").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
    assert_eq!(answer.errors[0].code, EdeCode::NETWORK_ERROR);
    assert!(answer.errors[0].text.contains("192.0.2.11:53 is not auth"), "{:?}", answer.errors);
}
