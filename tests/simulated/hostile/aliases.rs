//! Aliases that lead on: through zones without addresses, in circles, by DNAME.

use bailiwick::wire::{Message, RrSet, RrType};

use super::stage::*;

fn alias(asked: &Asked, reply: &mut Message, target: &str) -> bool {
    let target = name(target).as_wire().into();
    reply.answer.push(RrSet::new(asked.name.clone(), RrType::CNAME, 0, vec![target]));
    true
}

/// What the labels of CAMP's zones say: `x7-2-1-3` is zone 3 at level 1 behind alias 2 of question 7.
struct Place {
    question: u32,
    link: u32,
    level: u32,
}

impl Place {
    fn of(asked: &Asked) -> Option<Self> {
        let zone = asked.zone(3)?.to_string();
        let label = zone.split('.').next()?.strip_prefix('x')?;
        let numbers: Vec<u32> = label.split('-').filter_map(|part| part.parse().ok()).collect();
        let at = |n: usize| numbers.get(n).copied();
        Some(Self { question: at(0)?, link: at(1)?, level: at(2).unwrap_or(0) })
    }
}

/// CAMP (CVE-2026-50045): every alias leads into another zone, whose servers have names in other zones, whose servers have
/// names in others still. One of the last ones is there, and gives the next alias; the names of the others are a victim's,
/// and do not exist.
pub fn camp(width: u32, depth: u32) -> Answering {
    Box::new(move |asked, reply| {
        let (Some(Place { question, link, level }), Some(zone)) = (Place::of(asked), asked.zone(3))
        else {
            return true;
        };
        if !asked.at_home {
            let is_server = asked.label(0).starts_with("ns");
            return if is_server {
                reply.answer.push(address_of(asked.name.clone(), &legion(LEGION.start)));
                true
            } else {
                alias(asked, reply, &format!("w.x{question}-{}.evil.com.", link + 1))
            };
        }
        let next = level + 1;
        let servers = (0..width).map(|n| match n {
            _ if level == depth => (format!("ns{n}.{zone}"), Some(legion(LEGION.start))),
            0 => (format!("ns.x{question}-{link}-{next}.evil.net."), None),
            _ => (format!("ns{n}-{question}-{link}-{level}.victim.net."), None),
        });
        let servers: Vec<_> = servers.collect();
        refer(reply, &zone, servers.iter().map(|(n, a)| (n.clone(), a.as_deref())));
        true
    })
}

#[tokio::test(start_paused = true)]
async fn camp_multiplies_aliases_by_delegations() {
    for width in [1, 2, 6] {
        for depth in [0, 1, 2, 5] {
            let world = stage(1, camp(width, depth));
            let names = (0..20).map(|n| format!("w.x{n}-0.evil.com."));
            cost(&world, GAP, names).await.assert(&format!("camp {width} {depth}"), 30.0);
        }
    }
}

/// The number after the first letter of a question's first label.
fn number(asked: &Asked) -> u32 {
    asked.label(0).get(1..).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// One alias after the other, each asked for by itself, in a circle of `length`, never to be kept.
pub fn aliases(length: u32) -> Answering {
    Box::new(move |asked, reply| {
        let other = if asked.name.is_below(&name("evil.com.")) { "evil.net" } else { "evil.com" };
        let next = (number(asked) + 1) % length;
        alias(asked, reply, &format!("a{next}.{}.{other}.", asked.label(1)))
    })
}

#[tokio::test(start_paused = true)]
async fn aliases_without_end_and_in_circles() {
    for length in [1, 2, 5, 11, u32::MAX] {
        let world = stage(1, aliases(length));
        let names = (0..50).map(|n| format!("a0.x{n}.evil.com."));
        cost(&world, GAP, names).await.assert(&format!("aliases, {length}"), 17.0);
        let again = (0..200).map(|_| "a0.again.evil.com.".to_owned());
        cost(&world, GAP, again).await.assert(&format!("aliases, {length}, again"), 1.0);
    }
}

/// DNAMEs that make every name longer by `grows`, or lead back (RFC 6672 section 2.2).
pub fn dnames(grows: &'static str) -> Answering {
    Box::new(move |asked, reply| {
        let home = if asked.name.is_below(&name("evil.com.")) { "evil.com." } else { "evil.net." };
        let other = if home == "evil.com." { "evil.net." } else { "evil.com." };
        let target = name(&format!("{grows}d.{other}")).as_wire().into();
        let owner = name(&format!("d.{home}"));
        if asked.name.is_below(&owner) {
            reply.answer.push(RrSet::new(owner, RrType::DNAME, 0, vec![target]));
        }
        true
    })
}

#[tokio::test(start_paused = true)]
async fn dnames_without_end_and_in_circles() {
    for (what, grows) in [("in a circle", ""), ("that grow", "aaaaaaaaaaaaaaa.")] {
        let world = stage(1, dnames(grows));
        cost(&world, GAP, names(50, "d.evil.com.")).await.assert(&format!("DNAMEs {what}"), 17.0);
    }
}
