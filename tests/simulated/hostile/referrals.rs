//! Delegations that lead on and on: to names without addresses by the dozen, to zones that are silent, ever deeper.

use bailiwick::lab::Conditions;
use bailiwick::wire::RrType;

use super::stage::*;
use crate::world::ip;

/// NXNSAttack (CVE-2020-8616): each name is a zone of its own, whose servers have names of the victim's, none of which
/// exists.
#[tokio::test(start_paused = true)]
async fn nxns_attack() {
    for (below, servers) in [("victim.net.", 25), ("a.b.c.d.e.f.g.victim.net.", 25)] {
        for seed in 0..3 {
            let world = stage(
                seed,
                Box::new(move |asked, reply| {
                    if let Some(zone) = asked.zone(3) {
                        let server = |n| (format!("ns{n}-{}.{below}", asked.label(0)), None);
                        refer(reply, &zone, (0..servers).map(server));
                    }
                    true
                }),
            );
            cost(&world, GAP, names(50, "evil.com.")).await.assert(&format!("nxns {below}"), 10.0);
        }
    }
}

/// NRDelegation (CVE-2022-3204): hundreds of names in zones whose servers never answer.
#[tokio::test(start_paused = true)]
async fn nr_delegation() {
    for seed in 0..3 {
        let world = stage(
            seed,
            Box::new(|asked, reply| {
                if let Some(zone) = asked.zone(3) {
                    let server = |n| (format!("ns{n}-{}.dead.net.", asked.label(0)), None);
                    refer(reply, &zone, (0..200).map(server));
                }
                true
            }),
        );
        cost(&world, GAP, names(60, "evil.com.")).await.assert("nr-delegation", 3.0);
    }
}

/// The same where each name leads to another silent zone of the attacker's, at the same address.
#[tokio::test(start_paused = true)]
async fn nr_delegation_to_many_zones() {
    for seed in 0..3 {
        let world = stage(
            seed,
            Box::new(|asked, reply| {
                let of_net = asked.name.is_below(&name("evil.net."));
                if let Some(zone) = asked.zone(3) {
                    if of_net {
                        refer(reply, &zone, [(format!("ns.{zone}"), Some(DEAD))]);
                    } else {
                        let server = |n| (format!("ns.z{n}-{}.evil.net.", asked.label(0)), None);
                        refer(reply, &zone, (0..200).map(server));
                    }
                }
                true
            }),
        );
        cost(&world, GAP, names(50, "evil.com.")).await.assert("nr-delegation, zones", 10.0);
    }
}

/// iDNS: every server refers to another one, one label further down, for as long as the name has labels.
pub fn ever_deeper() -> Answering {
    Box::new(|asked, reply| {
        refer(reply, &asked.name, [(format!("ns.{}", asked.name), Some(EVIL))]);
        true
    })
}

#[tokio::test(start_paused = true)]
async fn endless_referrals() {
    let world = stage(1, ever_deeper());
    let deep = (0..50).map(|n| long(100, &format!("x{n}.evil.com.")));
    cost(&world, GAP, deep).await.assert("endless referrals", 25.0);
}

/// The same, each zone with a DS record that seems to be signed: keys fetched ahead must not double the cost.
#[tokio::test(start_paused = true)]
async fn endless_referrals_that_seem_signed() {
    for silent in [false, true] {
        let world = stage(
            1,
            Box::new(move |asked, reply| {
                if asked.rtype == RrType::DNSKEY {
                    return !silent;
                }
                refer(reply, &asked.name, [(format!("ns.{}", asked.name), Some(EVIL))]);
                vouch(reply, &asked.name);
                true
            }),
        );
        let deep = (0..50).map(|n| long(100, &format!("x{n}.evil.com.")));
        cost(&world, GAP, deep).await.assert("endless referrals, signed in appearance", 25.0);
    }
}

/// Names of a hundred labels without a zone cut: each label could be shown in a question of its own (RFC 9156 section
/// 2.3).
#[tokio::test(start_paused = true)]
async fn many_labels() {
    let world = stage(1, Box::new(|_, _| true));
    let deep = (0..50).map(|n| long(110, &format!("x{n}.evil.com.")));
    cost(&world, GAP, deep).await.assert("many labels", 5.0);
}

/// Twenty names with six addresses each, and at all of these a firewall or a router says that nobody is there. It was asked:
/// what is rejected on its way is paid for, unlike what this host has no route for.
#[tokio::test(start_paused = true)]
async fn a_hundred_and_twenty_addresses_that_reject() {
    const EACH: u8 = 6;
    let world = stage(
        1,
        Box::new(|asked, reply| {
            if let Some(zone) = asked.zone(3).filter(|_| asked.at_home) {
                let server = |last: u8| format!("ns{}.{zone}", (last - LEGION.start) / EACH);
                let all: Vec<_> = LEGION.map(|last| (server(last), legion(last))).collect();
                refer(reply, &zone, all.iter().map(|(name, at)| (name.clone(), Some(&**at))));
                reply.authority[0].rdatas.dedup();
                reply.header.flags.truncated = !asked.over_tcp; // they do not fit into a datagram
            }
            true
        }),
    );
    let rejecting = Conditions { rejects: true, ..Conditions::default() };
    LEGION.for_each(|last| world.network.set_conditions_of(ip(&legion(last)), rejecting));
    let cost = cost(&world, GAP, names(5, "evil.com.")).await;
    cost.assert("addresses that reject", 60.0);
    assert_eq!(cost.worst(), 60, "all of them would have been asked");
}
