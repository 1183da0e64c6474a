//! From the root down: priming, zone cuts, glue of all kinds, DS at the parent.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Hook, Site};
use bailiwick::wire::{EdeCode, Rcode, RrType};
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::world::{
    ROOT, TOP, TWO_SERVERS, World, addresses, ip, two_servers, two_servers_zones, with_top,
};

/// `example.com`, whose server lies in `example.net` and has other addresses there than its glue says.
fn parent_and_child_differ(child: &str) -> World {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"]), ("dead", &["192.0.2.13"])];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let net = Site::unsigned("example.net.", "").on(&["one"]);
    let world = World::new(&hosts, &with_top(vec![com.name_servers(&["ns1.example.net."]), net]));
    let child = ip(child);
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
async fn rfc9609_s3_without_a_priming_response_the_hints_serve() {
    let world = two_servers();
    world.alter("192.0.2.1", |p| p.query.questions[0].rtype.to_string() != "NS");
    assert_eq!(addresses(&world.ask("www.example.com.", "A").await), ["198.51.100.1"]);
}

/// The hints serve after 200 ms; the root's own word, which comes later, counts from then on.
#[tokio::test(start_paused = true)]
async fn rfc9609_s2_the_hints_serve_while_the_priming_response_is_slow() {
    let world = two_servers();
    let mut lost = 0;
    world.alter("192.0.2.1", move |passing| {
        let primes = passing.query.questions[0].rtype.to_string() == "NS";
        lost += u32::from(primes);
        !primes || lost > 1
    });
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    let com = asked.lines().find(|line| line.contains(" com. A")).expect("asked");
    assert!(com.trim_start().starts_with("200 ms"), "{asked}");
    let (_, asked) = world.asked("www.example.net.", "A").await;
    assert!(asked.contains(" . NS"), "the question ended before it was primed: {asked}");
    let (_, asked) = world.asked("example.org.", "A").await;
    assert!(!asked.contains(" . NS"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn rfc9471_s2_in_domain_glue_leads_below() {
    let world = two_servers();
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert_eq!(asked.lines().count(), 4, "{asked}");
}

/// `example.com`, whose name server has the name `server`; `other.com` and `other.net` are on the same host.
fn served_by(server: &str) -> World {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"][..])];
    let example = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let sites = vec![
        example.name_servers(&[server]),
        Site::unsigned("other.com.", "").on(&["one"]),
        Site::unsigned("other.net.", "").on(&["one"]),
    ];
    World::new(&hosts, &with_top(sites))
}

#[tokio::test(start_paused = true)]
async fn rfc9471_s2_2_sibling_glue_leads_below_and_other_servers_are_looked_up() {
    for (server, looked_up) in [("ns1.other.com.", false), ("ns1.other.net.", true)] {
        let (answer, asked) = served_by(server).asked("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        assert_eq!(asked.contains(&format!("{server} A")), looked_up, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc2181_s5_4_1_unrelated_glue_is_not_believed() {
    let world = served_by("ns1.other.net.");
    world.alter("192.0.2.2", |passing| {
        let lie = bailiwick::wire::RrSet::new(
            "ns1.other.net.".parse().expect("a name"),
            bailiwick::wire::RrType::A,
            3600,
            vec![[203, 0, 113, 66].into()],
        );
        if passing.query.questions[0].name.to_string() == "example.com." {
            passing.reply.additional.push(lie);
        }
        true
    });
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(!asked.contains("203.0.113.66"), "{asked}");
}

/// Two zones whose servers lie in each other.
fn circle() -> World {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"][..])];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1\nns A 192.0.2.11").on(&["one"]);
    let net = Site::unsigned("example.net.", "ns A 192.0.2.11").on(&["one"]);
    let circle =
        vec![com.name_servers(&["ns.example.net."]), net.name_servers(&["ns.example.com."])];
    World::new(&hosts, &with_top(circle))
}

/// What a parent says of a name that is not its own leads to the zone that it delegates when nothing else does, and is
/// used for no other zone.
#[tokio::test(start_paused = true)]
async fn rfc9499_s7_unrelated_glue_opens_a_circle() {
    let world = circle();
    world.alter("192.0.2.2", |passing| {
        if !passing.reply.authority.is_empty() {
            passing.reply.additional.push(bailiwick::wire::RrSet::new(
                "ns.example.net.".parse().expect("a name"),
                bailiwick::wire::RrType::A,
                3600,
                vec![[192, 0, 2, 11].into()],
            ));
        }
        true
    });
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    // Once the circle is open, the names have the addresses that their zones give.
    assert_eq!(addresses(&world.ask("ns.example.net.", "A").await), ["192.0.2.11"]);
}

#[tokio::test(start_paused = true)]
async fn delegations_in_a_circle_end_at_once() {
    let world = circle();
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
    assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY);
    assert!(took.as_secs() < 1 && world.network.queries() < 12, "{}", world.network.transcript());
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s3_1_4_1_ds_is_asked_of_the_parent() {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"][..])];
    let example = Site::unsigned("example.com.", "").on(&["one"]);
    let world = World::new(&hosts, &with_top(vec![example]));
    assert_eq!(world.ask("example.com.", "SOA").await.rcode, Rcode::NOERROR);
    let (answer, asked) = world.asked("example.com.", "DS").await;
    assert_eq!((answer.rcode, answer.answer.len()), (Rcode::NOERROR, 0));
    assert!(
        asked.contains("192.0.2.2 example.com. DS") && !asked.contains("192.0.2.11"),
        "{asked}"
    );
}

const OLD: &str = "192.0.2.11";

/// Referrals to the zone name one of its two servers, and the other when it has moved; then the first one may be lame.
fn moving(has_moved: Rc<Cell<bool>>, lame: bool) -> Hook {
    Box::new(move |passing| {
        let address = if has_moved.get() { [192, 0, 2, 12] } else { [192, 0, 2, 11] };
        if passing.from == ip(TOP.1[0]) {
            let sets = &mut passing.reply.additional;
            let glue = sets.iter_mut().filter(|set| set.rtype == RrType::A);
            glue.for_each(|set| set.rdatas = vec![address.into()]);
        }
        if lame && has_moved.get() && passing.from == ip(OLD) {
            passing.reply.header.rcode = Rcode::REFUSED;
            passing.reply.answer.clear();
        }
        true
    })
}

/// A zone moves to other servers, and its old delegation is good for hours yet.
#[tokio::test(start_paused = true)]
async fn rfc8767_s5_a_delegation_that_leads_nowhere_is_refreshed() {
    for lame in [false, true] {
        let world = two_servers();
        let moved = Rc::new(Cell::new(false));
        world.network.set_hook(moving(Rc::clone(&moved), lame));
        assert_eq!(addresses(&world.ask("a.example.com.", "A").await), ["198.51.100.1"]);
        moved.set(true);
        if lame {
            let (answer, asked) = world.asked("b.example.com.", "A").await;
            let is_anew = asked.contains(TOP.1[0]);
            assert_eq!((answer.rcode, is_anew), (Rcode::SERVFAIL, false), "so young: {asked}");
        } else {
            world.kill(&[OLD]);
        }
        sleep(Duration::from_secs(600)).await;
        let (answer, asked) = world.asked("c.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        let (answer, asked) = world.asked("d.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        assert!(!asked.contains(OLD) && !asked.contains(TOP.1[0]), "it is known now: {asked}");
        // Where the parent knows no better, it is asked once in two minutes at most.
        world.kill(&["192.0.2.12"]);
        sleep(Duration::from_secs(600)).await;
        world.network.forget();
        for name in 0..60 {
            let answer = world.ask(&format!("e{name}.example.com."), "A").await;
            assert_eq!(answer.rcode, Rcode::SERVFAIL);
            sleep(Duration::from_millis(500)).await;
        }
        let transcript = world.network.transcript();
        let parent = transcript.lines().filter(|line| line.contains(TOP.1[0])).count();
        assert!((1..=3).contains(&parent), "{parent}: {transcript}");
    }
}

/// The same where the zone's servers have been dead for a while when it moves. Its parent is asked in the background once in two
/// minutes, and no client waits for that.
#[tokio::test(start_paused = true)]
async fn rfc8767_s5_a_dead_zone_that_moves_is_found_within_two_minutes() {
    LocalSet::new().run_until(Box::pin(a_dead_zone_that_moves())).await;
}

async fn a_dead_zone_that_moves() {
    const MINUTES: u32 = 10;
    let world = World::in_local_set(&TWO_SERVERS, &two_servers_zones(), |_| ());
    let has_moved = Rc::new(Cell::new(false));
    world.network.set_hook(moving(Rc::clone(&has_moved), false));
    assert_eq!(addresses(&world.ask("a.example.com.", "A").await), ["198.51.100.1"]);
    world.kill(&[OLD]);
    for warm in 0..10 {
        world.ask(&format!("b{warm}.example.com."), "A").await;
    }
    world.network.forget();
    for second in 0..MINUTES * 60 {
        let (answer, took) = world.time(&format!("c{second}.example.com."), "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL);
        assert!(took <= Duration::from_millis(50), "{took:?}");
        sleep(Duration::from_secs(1)).await;
    }
    let transcript = world.network.transcript();
    let parent = transcript.lines().filter(|line| line.contains(TOP.1[0])).count();
    assert!((4..=5).contains(&parent), "{parent}: {transcript}");
    has_moved.set(true);
    let moved = world.now();
    while world.ask("d.example.com.", "A").await.rcode == Rcode::SERVFAIL {
        sleep(Duration::from_secs(1)).await;
        assert!(world.now().since(moved) <= Duration::from_secs(125), "it has moved");
    }
    let (answer, asked) = world.asked("e.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    assert!(!asked.contains(OLD), "it is known now: {asked}");
}

/// The zone of a name server's own name fails: those above that zone serve nothing of the zone that was asked about.
#[tokio::test(start_paused = true)]
async fn rfc8767_s5_nobody_is_asked_about_a_zone_that_is_not_below_him() {
    const NET: &str = "192.0.2.3";
    const FAILING: &str = "192.0.2.11";
    let hosts = [ROOT, TOP, ("net", &[NET]), ("one", &[FAILING]), ("two", &["192.0.2.12"])];
    let sites = [
        Site::unsigned(".", "").on(&["root"]),
        Site::unsigned("com.", "").on(&["top"]),
        Site::unsigned("net.", "").on(&["net"]),
        Site::unsigned("evil.com.", "").on(&["two"]).name_servers(&["ns.evil.net."]),
        Site::unsigned("evil.net.", "ns A 192.0.2.12").on(&["one"]),
    ];
    let world = World::new(&hosts, &sites);
    world.alter(FAILING, |passing| {
        passing.reply.header.rcode = Rcode::SERVFAIL;
        passing.reply.answer.clear();
        true
    });
    for _ in 0..2 {
        let (answer, asked) = world.asked("www.evil.com.", "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{asked}");
        let to_net = |line: &&str| line.contains(NET) && line.contains("evil.com.");
        assert_eq!(asked.lines().find(to_net), None, "{asked}");
        sleep(Duration::from_secs(300)).await;
    }
}
