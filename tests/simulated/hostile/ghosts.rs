//! Zones that their parent took away (ghost and phoenix domains): gone after the TTL of the parent's delegation, whatever
//! the zone says about itself in the meantime.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::wire::{Message, Name, Rcode, RrSet, RrType};

use super::stage::*;
use crate::world::{World, addresses};

/// The TTL of the parent's delegation.
const LIFE: u64 = 3_600;
const WEEK: u32 = 604_800;

/// The server of the ghost, and that of the zone which it delegates.
const GHOST: &str = "203.0.113.101";
const PHOENIX: &str = "203.0.113.102";

/// `ghost.evil.com.`, delegated by `evil.com.` until the switch is off. Its own server knows every name, for a second, its
/// NS RRset and the addresses of its servers for a week, and delegates `x.ghost.evil.com.` for a week; the server of that
/// one does the same.
fn haunted() -> (World, Rc<Cell<bool>>) {
    let switch = Rc::new(Cell::new(true));
    let delegated = Rc::clone(&switch);
    let answering: Answering = Box::new(move |asked, reply| {
        let (ghost, phoenix) = (name("ghost.evil.com."), name("x.ghost.evil.com."));
        let below = asked.name.is_at_or_below(&phoenix);
        match asked.server.to_string().as_str() {
            EVIL if !asked.name.is_at_or_below(&ghost) => {}
            EVIL if delegated.get() => {
                refer(reply, &ghost, [(format!("ns.{ghost}"), Some(GHOST))]);
            }
            EVIL => reply.header.rcode = Rcode::NXDOMAIN,
            GHOST if below => {
                refer(reply, &phoenix, [(format!("ns.{phoenix}"), Some(PHOENIX))]);
                reply.authority[0].ttl = WEEK;
            }
            server => knows_everything(asked, reply, if below { &phoenix } else { &ghost }, server),
        }
        true
    });
    (stage(1, answering), switch)
}

fn knows_everything(asked: &Asked, reply: &mut Message, zone: &Name, server: &str) {
    let address = |owner: Name, ttl| RrSet { ttl, ..address_of(owner, server) };
    let own = name(&format!("ns.{zone}"));
    let servers = vec![own.as_wire().into()];
    let ns = |owner: Name| RrSet::new(owner, RrType::NS, WEEK, servers.clone());
    if asked.rtype == RrType::NS {
        reply.answer.push(ns(asked.name.clone()));
    } else {
        let ttl = if asked.name == own { WEEK } else { 1 };
        reply.answer.push(address(asked.name.clone(), ttl));
        reply.authority.push(ns(zone.clone()));
    }
    reply.additional.push(address(own, WEEK));
}

/// Asks what keeps the zone alive, every five minutes for as long as its delegation lives.
async fn refresh(world: &World, what: &[(&str, &str)]) {
    for _ in 0..LIFE / 300 - 1 {
        tokio::time::sleep(Duration::from_secs(300)).await;
        for (asked, rtype) in what {
            world.ask(asked, rtype).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_zone_is_gone_after_its_parents_ttl() {
    let refreshing: [&[(&str, &str)]; 5] = [
        &[],
        &[("ghost.evil.com.", "NS")],
        &[("ns.ghost.evil.com.", "A"), ("ns.ghost.evil.com.", "AAAA")],
        &[("www.ghost.evil.com.", "A"), ("fresh.ghost.evil.com.", "TXT")],
        &[("ghost.evil.com.", "SOA"), ("ghost.evil.com.", "DS"), ("ghost.evil.com.", "ANY")],
    ];
    for what in refreshing {
        let (world, delegated) = haunted();
        assert_eq!(addresses(&world.ask("www.ghost.evil.com.", "A").await).len(), 1);
        delegated.set(false);
        refresh(&world, what).await;
        tokio::time::sleep(Duration::from_secs(301)).await;
        let (answer, asked) = world.asked("www.ghost.evil.com.", "A").await;
        assert!(addresses(&answer).is_empty(), "{what:?}: {asked}");
        assert!(!asked.contains(GHOST), "{what:?}: {asked}");
    }
}

/// Phoenix domains (CVE-2022-30698): what the revoked zone delegated rises no more, although its own TTL is a week; also
/// when the delegation is learnt at the last moment.
#[tokio::test(start_paused = true)]
async fn what_a_revoked_zone_delegated_is_gone_with_it() {
    let rising: [&[(&str, &str)]; 3] = [
        &[],
        &[("x.ghost.evil.com.", "NS"), ("ns.x.ghost.evil.com.", "A")],
        &[("www.x.ghost.evil.com.", "A"), ("x.ghost.evil.com.", "DS")],
    ];
    for what in rising {
        for first in [Duration::ZERO, Duration::from_secs(LIFE - 1)] {
            let (world, delegated) = haunted();
            world.ask("www.ghost.evil.com.", "A").await;
            tokio::time::sleep(first).await;
            let (answer, asked) = world.asked("www.x.ghost.evil.com.", "A").await;
            assert!(addresses(&answer) == [PHOENIX], "{asked}");
            delegated.set(false);
            if first.is_zero() {
                refresh(&world, what).await;
            }
            tokio::time::sleep(Duration::from_secs(301)).await;
            let (answer, asked) = world.asked("www.x.ghost.evil.com.", "A").await;
            assert!(addresses(&answer).is_empty(), "{what:?}: {asked}");
            assert!(!asked.contains(GHOST) && !asked.contains(PHOENIX), "{what:?}: {asked}");
        }
    }
}

/// A delegation that ran out while those below it did not is asked for by itself.
#[tokio::test(start_paused = true)]
async fn a_delegation_that_ran_out_costs_one_question() {
    let (world, _) = haunted();
    world.ask("www.x.ghost.evil.com.", "A").await;
    tokio::time::sleep(Duration::from_secs(LIFE + 1)).await;
    world.ask("evil.com.", "SOA").await;
    let (answer, asked) = world.asked("www.x.ghost.evil.com.", "A").await;
    assert_eq!(addresses(&answer), [PHOENIX]);
    assert_eq!(asked.lines().count(), 2, "the parent, and the server that was known: {asked}");
}
