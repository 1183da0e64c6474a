//! EDNS is not given up lightly (RFC 6891 section 6.2.2): never where answers are to be signed, and elsewhere only when it
//! is sure that the server cannot read it.

use std::cell::Cell;
use std::rc::Rc;

use bailiwick::lab::{Conditions, Key, Keyring, Passing, Role, Site};
use bailiwick::net::Transport;
use bailiwick::wire::Rcode;

use super::world::{ROOT, TOP, World, addresses, ip};

const ONE: &str = "192.0.2.11";

/// `example.com` on one server below a signed root: signed all the way, or not at all from `com` on.
fn world(signed: bool) -> World {
    let hosts = [ROOT, TOP, ("one", &[ONE][..])];
    let keys =
        vec![Key::new(Keyring::built_in().expect("keys").ed25519[0].clone(), Role::Combined)];
    let site = |apex: &str, records: &str, signed: bool| match signed {
        true => Site::signed(apex, records, keys.clone()),
        false => Site::unsigned(apex, records),
    };
    let sites = [
        site(".", "", true).on(&["root"]),
        site("com.", "", signed).on(&["top"]),
        site("example.com.", "$TTL 60\n* A 198.51.100.1", signed).on(&["one"]),
    ];
    World::new(&hosts, &sites)
}

/// At `ONE`, what `is_heard` lets pass; the rest gets `rcode` without OPT, or nothing. Counts queries without OPT.
fn hears(
    world: &World,
    rcode: Option<Rcode>,
    bare: bool,
    is_heard: impl Fn(&Passing<'_>) -> bool + 'static,
) -> Rc<Cell<u32>> {
    let plain = Rc::new(Cell::new(0));
    let count = Rc::clone(&plain);
    world.alter(ONE, move |passing| {
        count.set(count.get() + u32::from(passing.query.edns.is_none()));
        if is_heard(&passing) {
            return true;
        }
        let Some(rcode) = rcode else { return false };
        let reply = passing.reply;
        reply.answer.clear();
        reply.authority.clear();
        reply.additional.clear();
        (reply.header.rcode, reply.edns) = (rcode, None);
        if bare {
            reply.questions.clear();
        }
        true
    });
    plain
}

fn has_no_edns(passing: &Passing<'_>) -> bool {
    passing.query.edns.is_none()
}

#[tokio::test(start_paused = true)]
async fn cve_2026_52690_below_a_secure_delegation_edns_is_never_given_up() {
    for (rcode, bare) in [
        (Some(Rcode::FORMERR), false),
        (Some(Rcode::NOTIMP), false),
        (Some(Rcode::FORMERR), true),
        (None, false),
    ] {
        let world = world(true);
        let plain = hears(&world, rcode, bare, has_no_edns);
        for name in ["www", "www2"] {
            let answer = world.ask(&format!("{name}.example.com."), "A").await;
            assert_eq!(answer.rcode, Rcode::SERVFAIL, "{rcode:?}");
        }
        assert_eq!(plain.get(), 0, "{rcode:?}: {}", world.network.transcript());
        world.network.set_hook(Box::new(|_| true));
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        let answer = world.ask("www3.example.com.", "A").await;
        assert!(answer.security.is_secure(), "at once after the mend: {}", answer.security);
    }
}

#[tokio::test(start_paused = true)]
async fn rfc6891_s6_2_2_elsewhere_it_is_when_tcp_confirms_that_the_server_cannot_read_it() {
    for (rcode, bare) in [(Rcode::FORMERR, false), (Rcode::NOTIMP, false), (Rcode::FORMERR, true)] {
        let world = world(false);
        hears(&world, Some(rcode), bare, has_no_edns);
        for (name, udp, tcp) in [("www", 2, 1), ("www2", 1, 0)] {
            let (answer, asked) = world.asked(&format!("{name}.example.com."), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
            let sent = |what: &str| asked.matches(&format!("{what} {ONE} {name}")).count();
            assert_eq!((sent("udp"), sent("tcp")), (udp, tcp), "{asked}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_tcp_does_not_confirm_leads_to_no_query_without_edns() {
    let world = world(false);
    let by_tcp = |passing: &Passing<'_>| passing.transport == Transport::Tcp;
    let plain = hears(&world, Some(Rcode::FORMERR), false, by_tcp);
    for name in ["www", "www2", "www3"] {
        let (answer, asked) = world.asked(&format!("{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    }
    assert_eq!(plain.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_tcp_and_without_edns_two_errors_or_silences_lead_to_a_plain_query() {
    let no_tcp = Conditions { no_tcp: true, ..Conditions::default() };
    for (rcode, bare) in
        [(Some(Rcode::FORMERR), false), (Some(Rcode::FORMERR), true), (None, false)]
    {
        let world = world(false);
        world.network.set_conditions_of(ip(ONE), no_tcp);
        let plain = hears(&world, rcode, bare, has_no_edns);
        for count in 1..4 {
            let (answer, asked) = world.asked(&format!("x{count}.example.com."), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
            assert!(plain.get() >= count, "{asked}");
            let all = asked.matches(&format!("{ONE} x{count}")).count();
            assert!(count == 1 || all == 1, "remembered for a while: {asked}");
        }
    }
}

/// Nothing but FORMERR and NOTIMP may be about the OPT record.
#[tokio::test(start_paused = true)]
async fn rfc6891_s7_other_errors_say_nothing_about_edns() {
    let no_tcp = Conditions { no_tcp: true, ..Conditions::default() };
    for rcode in [Rcode::REFUSED, Rcode::SERVFAIL, Rcode::YXDOMAIN] {
        let world = world(false);
        world.network.set_conditions_of(ip(ONE), no_tcp);
        let plain = hears(&world, Some(rcode), true, has_no_edns);
        for name in ["www", "www2", "www3"] {
            let (answer, asked) = world.asked(&format!("{name}.example.com."), "A").await;
            assert_eq!((answer.rcode, plain.get()), (Rcode::SERVFAIL, 0), "{rcode}: {asked}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_shown_edns_is_not_asked_without_for_being_silent() {
    let world = world(false);
    world.ask("www.example.com.", "A").await;
    let plain = hears(&world, None, false, has_no_edns);
    assert_eq!(world.ask("www2.example.com.", "A").await.rcode, Rcode::SERVFAIL);
    assert_eq!(plain.get(), 0);
}
