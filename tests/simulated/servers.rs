//! What servers do that they should not: silence, errors, truncation, no EDNS, no authority.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Conditions, Passing, Site};
use bailiwick::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
use bailiwick::wire::{EdeCode, Name, Rcode, RrSet, RrType};

use super::world::{ROOT, TOP, World, addresses, ip, two_servers, with_top};

const ONE: &str = "192.0.2.11";
const TWO: &str = "192.0.2.12";

/// Does every question to `example.com` get its answer, whichever of the servers is asked first?
async fn is_answered(world: &World) -> bool {
    let hosts = ["www.example.com.", "www2.example.com.", "www3.example.com."];
    for host in hosts {
        if addresses(&world.ask(host, "A").await) != ["198.51.100.1"] {
            return false;
        }
    }
    true
}

fn says(world: &World, rcode: Rcode) {
    world.alter(ONE, move |passing| {
        passing.reply.answer.clear();
        passing.reply.header.rcode = rcode;
        true
    });
}

#[tokio::test(start_paused = true)]
async fn rfc1034_s4_1_what_a_resolver_says_counts_when_nobody_speaks_for_the_zone() {
    let hosts = [ROOT, TOP, ("one", &["192.0.2.11"]), ("two", &["192.0.2.12"])];
    let example = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one", "two"]);
    for both in [false, true] {
        let world = World::new(&hosts, &with_top(vec![example.clone()]));
        let hook = move |passing: Passing<'_>| {
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
    let root = RrSet::new(Name::root(), RrType::NS, 60, vec![[1, b'a', 0].into()]);
    let hook = move |passing: Passing<'_>| {
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

#[tokio::test(start_paused = true)]
async fn rfc1034_s5_3_3_errors_and_silence_lead_to_another_server() {
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::FORMERR, Rcode::NOTIMP, Rcode::NOTAUTH] {
        let world = two_servers();
        says(&world, rcode);
        assert!(is_answered(&world).await, "{rcode}");
    }
    let world = two_servers();
    world.kill(&[ONE]);
    assert!(is_answered(&world).await);
}

#[tokio::test(start_paused = true)]
async fn rfc4697_s2_2_1_a_lame_server_is_not_asked_again_soon() {
    let world = two_servers();
    world.alter(ONE, |passing| {
        passing.reply.answer.clear();
        passing.reply.header.flags.authoritative = false;
        true
    });
    assert!(is_answered(&world).await);
    world.network.forget();
    for name in 0..20 {
        world.ask(&format!("x{name}.example.com."), "A").await;
    }
    let asked = world.network.transcript();
    assert!(asked.matches(ONE).count() <= 1, "{asked}");
}

/// `example.com` on one server that `change` alters.
fn one_server(change: impl FnMut(Passing<'_>) -> bool + 'static) -> World {
    let hosts = [ROOT, TOP, ("one", &[ONE][..])];
    let example = Site::unsigned("example.com.", "$TTL 60\n* A 198.51.100.1").on(&["one"]);
    let world = World::new(&hosts, &with_top(vec![example]));
    world.alter(ONE, change);
    world
}

#[tokio::test(start_paused = true)]
async fn rfc6891_s6_2_2_a_server_without_edns_is_asked_without() {
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
        let world = one_server(move |passing| {
            if passing.query.edns.is_some() {
                passing.reply.answer.clear();
                passing.reply.authority.clear();
                (passing.reply.header.rcode, passing.reply.edns) = (rcode, None);
            }
            true
        });
        assert!(is_answered(&world).await, "{rcode}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc6891_s6_2_2_one_that_drops_edns_is_asked_without_in_the_end() {
    let world = one_server(|passing| passing.query.edns.is_none());
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn rfc7766_s5_truncation_leads_to_tcp_and_no_tcp_to_another_server() {
    let truncate = |passing: Passing<'_>| {
        if passing.transport == Transport::Udp {
            passing.reply.header.flags.truncated = true;
            passing.reply.answer.clear();
        }
        true
    };
    let world = one_server(truncate);
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert!(asked.contains(&format!("tcp {ONE} www.example.com. A")), "{asked}");
    let world = two_servers();
    world.alter(ONE, truncate);
    let no_tcp = Conditions { no_tcp: true, ..Conditions::default() };
    world.network.set_conditions_of(ip(ONE), no_tcp);
    assert!(is_answered(&world).await);
}

/// The way to servers that close every TCP connection on which there is more than one question.
struct ClosesEarly {
    beyond: Rc<dyn Exchange>,
    sent: Cell<u32>,
}

impl Exchange for ClosesEarly {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        self.sent.set(self.sent.get() + 1);
        if outgoing.transport == Transport::Tcp && !outgoing.alone {
            return Box::pin(ready(Err(ExchangeError::ClosedEarly)));
        }
        self.beyond.exchange(outgoing)
    }
}

/// The question is put once more, and paid for as any other packet.
#[tokio::test(start_paused = true)]
async fn rfc7766_s6_2_4_who_closes_on_many_questions_is_asked_one_alone() {
    let hosts = [ROOT, TOP, ("one", &[ONE])];
    let sites = with_top(vec![Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"])]);
    // Priming, com, example.com, www.example.com over UDP, and over TCP twice.
    for (packets, rcode, expected) in [(6, Rcode::NOERROR, 6), (5, Rcode::SERVFAIL, 5)] {
        let mut way = None;
        let world = World::behind(
            7,
            &hosts,
            &sites,
            |settings| settings.limits.upstream_packets = packets,
            |beyond| {
                way = Some(Rc::new(ClosesEarly { beyond, sent: Cell::default() }));
                way.clone().expect("made")
            },
        );
        world.alter(ONE, |passing| {
            passing.reply.header.flags.truncated = passing.transport == Transport::Udp;
            true
        });
        let answer = world.ask("www.example.com.", "A").await;
        let sent = way.expect("made").sent.get();
        assert_eq!((answer.rcode, sent), (rcode, expected), "{}", world.network.transcript());
    }
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s2_a_hopeless_question_is_answered_in_time_and_names_the_servers() {
    let world = two_servers();
    world.kill(&[ONE, TWO]);
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
    assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY);
    let text = &answer.errors[0].text;
    assert!(text.contains(ONE) && text.contains("example.com."), "{text}");
    assert!(took < Duration::from_millis(4_500), "{took:?}");
    let (again, took) = world.time("www.example.com.", "A").await;
    assert_eq!((again.rcode, took), (Rcode::SERVFAIL, Duration::ZERO), "RFC 9520 section 3.2");
}

#[tokio::test(start_paused = true)]
async fn rfc9520_s2_so_is_one_whose_servers_cannot_be_looked_up() {
    let hosts = [ROOT, TOP, ("one", &[ONE][..]), ("two", &[TWO][..])];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let net = Site::unsigned("example.net.", "").on(&["two"]);
    let com = com.name_servers(&["ns1.example.net.", "ns2.example.net.", "ns3.example.net."]);
    let world = World::new(&hosts, &with_top(vec![com, net]));
    world.kill(&[ONE, TWO]);
    let (answer, took) = world.time("www.example.com.", "A").await;
    assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY, "{:?}", answer.errors);
    assert!(answer.errors[0].text.contains(TWO), "{:?}", answer.errors);
    assert!(took < Duration::from_millis(4_500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn rfc8305_s2_a_family_without_a_route_costs_nothing() {
    let hosts = [
        ("root", &["192.0.2.1", "2001:db8::1"][..]),
        ("top", &["192.0.2.2", "2001:db8::2"][..]),
        ("one", &[ONE, "2001:db8::11"][..]),
    ];
    let v4 = ["192.0.2.1", "192.0.2.2", ONE];
    let v6 = ["2001:db8::1", "2001:db8::2", "2001:db8::11"];
    let com = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let net = Site::unsigned("example.net.", "").on(&["one"]);
    let sites = with_top(vec![com.name_servers(&["ns1.example.net."]), net]);
    for gone in [v4, v6] {
        let world = World::new(&hosts, &sites);
        world.cut_off(&gone);
        let (answer, took) = world.time("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
        assert!(took < Duration::from_millis(400), "{took:?}");
        let world = World::new(&hosts, &sites);
        world.kill(&gone);
        let (answer, took) = world.time("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
    for (ipv4, ipv6) in [(true, false), (false, true)] {
        let world = World::with(&hosts, &sites, |settings| {
            (settings.iterate.ipv4, settings.iterate.ipv6) = (ipv4, ipv6);
        });
        let (answer, asked) = world.asked("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        let other = if ipv4 { "2001:db8" } else { "192.0.2" };
        assert!(!asked.contains(other), "{asked}");
    }
}
