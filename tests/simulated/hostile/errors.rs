//! Servers that answer every question, and never with an answer.

use std::time::Duration;

use bailiwick::lab::{Conditions, Fault, Site};
use bailiwick::wire::{Message, Rcode};

use super::stage::*;
use crate::world::{World, ip};

/// What a server does in place of answering.
type Wrong = fn(&Asked, &mut Message) -> bool;

fn code(reply: &mut Message, rcode: Rcode) -> bool {
    reply.header.rcode = rcode;
    true
}

const WRONG: [(&str, Wrong); 7] = [
    ("SERVFAIL", |_, reply| code(reply, Rcode::SERVFAIL)),
    ("REFUSED", |_, reply| code(reply, Rcode::REFUSED)),
    ("FORMERR", |_, reply| code(reply, Rcode::FORMERR)),
    ("NOTIMP", |_, reply| code(reply, Rcode::NOTIMP)),
    ("FORMERR without EDNS", |_, reply| {
        reply.edns = None;
        code(reply, Rcode::FORMERR)
    }),
    ("upward referrals", |_, reply| {
        refer(reply, &name("."), [("ns.evil.com.".into(), None)]);
        true
    }),
    ("no answer and no AA", |_, reply| {
        reply.header.flags.authoritative = false;
        true
    }),
];

/// So many questions that what it takes to learn about each server does not count.
fn series(servers: u8) -> usize {
    100.max(usize::from(servers) * 25)
}

/// `z.evil.com.` is served by `servers` addresses that all do wrong.
fn served_by(servers: u8, wrong: Wrong) -> World {
    stage(
        u64::from(servers),
        Box::new(move |asked, reply| {
            let zone = name("z.evil.com.");
            if asked.name.is_at_or_below(&zone) {
                if asked.at_home {
                    let server = |n| (format!("ns{n}.z.evil.com."), legion(LEGION.start + n));
                    let servers: Vec<_> = (0..servers).map(server).collect();
                    refer(reply, &zone, servers.iter().map(|(n, a)| (n.clone(), Some(&**a))));
                    return true;
                }
                return wrong(asked, reply);
            }
            true
        }),
    )
}

#[tokio::test(start_paused = true)]
async fn errors_for_every_question() {
    for (what, wrong) in WRONG {
        for servers in [1, 2, 13] {
            for zone in ["z.evil.com.", "b.a.z.evil.com."].into_iter().skip((servers / 13).into()) {
                let world = served_by(servers, wrong);
                let cost = cost(&world, GAP, names(series(servers), zone)).await;
                cost.assert(&format!("{what} from {servers} for {zone}"), 2.5);
            }
        }
    }
}

fn cut_short(_: &Asked, reply: &mut Message) -> bool {
    reply.header.flags.truncated = true;
    true
}

/// What comes over TCP when UDP said TC (RFC 7766 section 5).
const CUT_SHORT: [(&str, Wrong); 3] = [
    ("TC again", cut_short),
    ("closed", cut_short),
    ("hung", |asked, reply| !asked.over_tcp && cut_short(asked, reply)),
];

#[tokio::test(start_paused = true)]
async fn cut_short_over_and_over() {
    for (what, wrong) in CUT_SHORT {
        for servers in [1, 2, 13] {
            for zone in ["z.evil.com.", "b.a.z.evil.com."] {
                let world = served_by(servers, wrong);
                if what == "closed" {
                    no_tcp(&world);
                }
                let cost = cost(&world, GAP, names(series(servers), zone)).await;
                cost.assert(&format!("TC, TCP {what} from {servers} for {zone}"), 2.3);
            }
        }
    }
}

fn no_tcp(world: &World) {
    let closed = Conditions { no_tcp: true, ..Conditions::default() };
    LEGION.for_each(|last| world.network.set_conditions_of(ip(&legion(last)), closed));
}

/// One question a thousand times in a minute, whatever is wrong with its zone (RFC 9520 section 3.2).
#[tokio::test(start_paused = true)]
async fn the_same_question_again_and_again() {
    let gap = Duration::from_millis(60);
    let again = |asked: &str| std::iter::repeat_n(asked.to_owned(), 1_000).collect::<Vec<_>>();
    for (what, wrong) in WRONG.into_iter().take(6).chain(CUT_SHORT) {
        for servers in [1, 2] {
            let world = served_by(servers, wrong);
            if what == "closed" {
                no_tcp(&world);
            }
            let cost = cost(&world, gap, again("www.z.evil.com.")).await;
            assert!(cost.rcodes.iter().all(|rcode| *rcode == Rcode::SERVFAIL), "{what}");
            cost.assert(&format!("repeated: {what} from {servers}"), 0.02);
        }
    }
    // Silent servers are tried once a second by whoever asks and once by a probe, however often they are asked for, so that
    // their return is noticed at once.
    let world = stage(1, Box::new(|_, _| true));
    cost(&world, gap, again("www.dead.net.")).await.assert("repeated: silence", 0.13);
}

/// A zone whose proofs fail: each look at it is a second look at its servers, its keys, and those above (RFC 4035 section
/// 4.7), so the same question is looked into less often, and other names in it cost what their own data cost.
#[tokio::test(start_paused = true)]
async fn zones_that_are_bogus() {
    for fault in [Fault::Stripped, Fault::Expired, Fault::DsAltered, Fault::NoKeys] {
        let site = || {
            let site = Site::signed("bogus.com.", "* A 198.51.100.3", keys()).fault(fault.clone());
            vec![site.on(&["good"])]
        };
        let world = || stage_with(1, site(), Box::new(|_, _| true), |_| ());
        let again = std::iter::repeat_n("www.bogus.com.".to_owned(), 1_000);
        let cost_again = cost(&world(), Duration::from_millis(60), again).await;
        assert!(cost_again.rcodes.iter().all(|rcode| *rcode == Rcode::SERVFAIL), "{fault:?}");
        cost_again.assert(&format!("repeated: {fault:?}"), 0.04);
        let others = cost(&world(), GAP, names(100, "bogus.com.")).await;
        others.assert(&format!("names of a bogus zone: {fault:?}"), 2.5);
    }
}

/// Of two servers one fails on some names, and both on others: those that one of them answers resolve, whoever asks for the
/// others.
#[tokio::test(start_paused = true)]
async fn names_that_one_server_answers_resolve_beside_names_that_none_does() {
    let world = stage(
        3,
        Box::new(|asked, reply| {
            let zone = name("z.evil.com.");
            let [first, second] = [0, 1].map(|n| legion(LEGION.start + n));
            match (asked.name.is_at_or_below(&zone), asked.at_home) {
                (true, true) => {
                    let servers = [("ns0.z.evil.com.".into(), Some(&*first))];
                    let second = ("ns1.z.evil.com.".into(), Some(&*second));
                    refer(reply, &zone, servers.into_iter().chain([second]));
                }
                (true, false) => {
                    let fails = asked.label(0).starts_with("bad") || asked.server == ip(&first);
                    if fails {
                        return code(reply, Rcode::SERVFAIL);
                    }
                    reply.answer.push(address_of(asked.name.clone(), "198.51.100.9"));
                }
                _ => {}
            }
            true
        }),
    );
    let mut failed = 0;
    for n in 0..100 {
        let good = world.ask(&format!("good{n}.z.evil.com."), "A").await;
        failed += u32::from(good.rcode != Rcode::NOERROR);
        for bad in 0..4 {
            world.ask(&format!("bad{n}-{bad}.z.evil.com."), "A").await;
        }
    }
    assert!(failed <= 1, "once it is known that one of them answers: {failed}");
}
