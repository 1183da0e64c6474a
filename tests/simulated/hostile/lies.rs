//! Records that nobody asked for: whatever a hostile server puts beside its answers, others' names keep their own data, and
//! their own servers are asked for them.

use bailiwick::iterate::{Fallback, Zone};
use bailiwick::model::Source;
use bailiwick::wire::{Message, Rcode, RrSet, RrType};

use super::stage::*;
use crate::world::{World, addresses};

/// Where the lies lead.
const LIE: &str = "203.0.113.100";
const TRUTH: &str = "198.51.100.2";

fn ns(owner: &str, server: &str) -> RrSet {
    RrSet::new(name(owner), RrType::NS, 86_400, vec![name(server).as_wire().into()])
}

fn pointing(owner: &str, rtype: RrType, target: &str) -> RrSet {
    RrSet::new(name(owner), rtype, 86_400, vec![name(target).as_wire().into()])
}

fn lie(owner: &str) -> RrSet {
    RrSet { ttl: 86_400, ..address_of(name(owner), LIE) }
}

/// What is put beside an answer.
type Beside = fn(&Asked, &mut Message);

const LIES: [(&str, Beside); 10] = [
    // CVE-2025-11411: NS in the authority section of an answer.
    ("promiscuous NS", |_, reply| {
        reply.authority.push(ns("victim.net.", "ns.evil.com."));
        reply.additional.push(lie("ns.evil.com."));
    }),
    ("NS of the zone above", |_, reply| {
        for above in ["net.", "com.", "."] {
            reply.authority.push(ns(above, "ns.evil.com."));
        }
        reply.additional.push(lie("ns.evil.com."));
    }),
    ("addresses of others' servers", |_, reply| {
        reply.additional.extend(["ns1.victim.net.", "www.victim.net.", "ns1.net."].map(lie));
    }),
    ("a sibling in the answer", |_, reply| {
        reply.answer.extend(["www.victim.net.", "victim.net.", "*.victim.net."].map(lie));
    }),
    ("a sibling in the authority", |_, reply| {
        reply.authority.extend(["www.victim.net.", "ns1.victim.net."].map(lie));
    }),
    ("glue for another zone in a referral", |asked, reply| {
        reply.answer.clear();
        let servers =
            [("ns1.victim.net.".to_owned(), Some(LIE)), ("ns.evil.com.".into(), Some(LIE))];
        refer(reply, &asked.name, servers);
    }),
    ("a referral to another zone", |_, reply| {
        reply.answer.clear();
        refer(reply, &name("victim.net."), [("ns.evil.com.".to_owned(), Some(LIE))]);
    }),
    // CVE-2026-42960: what lies behind an alias into another zone.
    ("records behind an alias", |asked, reply| {
        let alias = pointing(&asked.name.to_string(), RrType::CNAME, "www.victim.net.");
        reply.answer = vec![alias, lie("www.victim.net.")];
        reply.authority.push(ns("victim.net.", "ns.evil.com."));
    }),
    ("a DNAME of another zone", |_, reply| {
        reply.answer.insert(0, pointing("net.", RrType::DNAME, "evil.com."));
        reply.answer.insert(0, pointing("victim.net.", RrType::DNAME, "evil.com."));
    }),
    ("a denial of another zone's names", |_, reply| {
        reply.answer.clear();
        let numbers = [1, 2, 3, 4, 86_400_u32].map(u32::to_be_bytes).concat();
        let own = name("ns.evil.com.");
        let soa = [own.as_wire(), own.as_wire(), &numbers];
        for zone in ["victim.net.", "net."] {
            let rdata = soa.concat().into();
            reply.authority.push(RrSet::new(name(zone), RrType::SOA, 86_400, vec![rdata]));
        }
    }),
];

/// The victim's names have their own data, which come from its own server.
#[track_caller]
fn assert_true(what: &str, answer: &bailiwick::model::Answer, transcript: &str) {
    assert_eq!(addresses(answer), [TRUTH], "{what}: {answer:?}\n{transcript}");
    assert!(!transcript.contains("203.0.113."), "{what}: {transcript}");
}

/// Answers the question with an address of the attacker's, and puts `beside` beside it.
fn liar(beside: Beside) -> Answering {
    Box::new(move |asked, reply| {
        reply.answer.push(lie(&asked.name.to_string()));
        beside(asked, reply);
        true
    })
}

/// Asks for `names`, in the zones that lie.
async fn lured(world: &World, names: &[&str]) {
    for name in names {
        world.ask(name, "A").await;
        world.ask(name, "NS").await;
    }
}

/// The victim's data are what its own servers say; behind an alias they were asked for already.
async fn assert_victim_is_true(what: &str, world: &World) {
    let (answer, asked) = world.asked("www.victim.net.", "A").await;
    assert_true(what, &answer, &asked);
    if !what.contains("alias") {
        assert!(asked.contains(&format!("{VICTIM} www.victim.net. A")), "{what}: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asked_for_is_not_believed() {
    for (what, beside) in LIES {
        for warm in [false, true] {
            let world = stage(1, liar(beside));
            if warm {
                // The delegation is known, and the data are asked for again.
                world.ask("other.victim.net.", "A").await;
            }
            lured(&world, &["x1.evil.com.", "x2.evil.net.", "victim.net.evil.com."]).await;
            assert_victim_is_true(what, &world).await;
            let (answer, asked) = world.asked("fresh.victim.net.", "A").await;
            assert!(addresses(&answer).is_empty() && asked.contains(VICTIM), "{what}: {asked}");
            assert!(!asked.contains("203.0.113."), "{what}: {asked}");
            let (answer, _) = world.asked("ns1.victim.net.", "A").await;
            assert_eq!(addresses(&answer), [VICTIM], "{what}");
        }
    }
}

/// An alias into the victim's zone with the victim's record behind it: the target is asked of its own servers, and the
/// client gets the true data at once.
#[tokio::test(start_paused = true)]
async fn records_behind_an_alias_are_asked_for_elsewhere() {
    let (_, beside) = LIES[7];
    let world = stage(1, liar(beside));
    let (answer, asked) = world.asked("x1.evil.com.", "A").await;
    assert_eq!(addresses(&answer), [TRUTH], "{asked}");
    assert!(asked.contains(&format!("{VICTIM} www.victim.net. A")), "{asked}");
}

/// MaginotDNS: the same lies from the forwarder of one zone, which speaks for that zone and no other.
#[tokio::test(start_paused = true)]
async fn a_forwarder_of_one_zone_says_nothing_about_others() {
    let forward = |source, zone: &str, to: &str| {
        let server = format!("{to}:53").parse().expect("a socket");
        Zone::new(name(zone), source, &[server], Fallback::None)
    };
    for (what, beside) in LIES {
        for source in [Source::Forward, Source::Stub] {
            let zone = forward(source, "evil.com.", EVIL);
            let set = |settings: &mut bailiwick::resolver::Settings| {
                settings.iterate.zones = vec![zone];
            };
            let world = stage_with(1, Vec::new(), liar(beside), set);
            lured(&world, &["x1.evil.com.", "evil.com.", "victim.net.evil.com."]).await;
            assert_victim_is_true(what, &world).await;
        }
    }
}

/// The other way round: what servers found by recursion say about a name in the forwarded zone, or as its delegation, leads
/// no question away from the forwarder.
#[tokio::test(start_paused = true)]
async fn recursion_says_nothing_about_a_forwarded_zone() {
    for source in [Source::Forward, Source::Stub] {
        for (what, beside) in LIES {
            let server = format!("{VICTIM}:53").parse().expect("a socket");
            let zone = Zone::new(name("victim.net."), source, &[server], Fallback::None);
            let set = |settings: &mut bailiwick::resolver::Settings| {
                settings.iterate.zones = vec![zone];
            };
            let world = stage_with(1, Vec::new(), liar(beside), set);
            for asked in ["x1.evil.com.", "x2.evil.net."] {
                world.ask(asked, "A").await;
                world.ask(asked, "NS").await;
            }
            let (answer, asked) = world.asked("www.victim.net.", "A").await;
            assert_true(what, &answer, &asked);
            assert!(asked.is_empty() || asked.contains(&format!("{VICTIM} www.victim.net. A")));
        }
    }
}

/// A delegation whose parent names other servers than the zone itself does.
struct Disagreement {
    what: &'static str,
    /// The last octets of the addresses that the parent names, and of those that the zone does.
    parents: &'static [u8],
    childs: &'static [u8],
    dead: &'static [u8],
    lame: &'static [u8],
}

const AGREED: Disagreement =
    Disagreement { what: "", parents: &[101], childs: &[102], dead: &[], lame: &[] };

const DISAGREEMENTS: [Disagreement; 6] = [
    Disagreement { what: "all are good", ..AGREED },
    Disagreement { what: "the zone's are dead", dead: &[102], ..AGREED },
    Disagreement { what: "the zone's are lame", lame: &[102], ..AGREED },
    Disagreement {
        what: "one of the parent's is dead",
        parents: &[101, 103],
        dead: &[101, 102],
        ..AGREED
    },
    Disagreement {
        what: "one of the parent's is lame",
        parents: &[101, 103],
        lame: &[101, 102],
        ..AGREED
    },
    Disagreement {
        what: "they have one in common",
        parents: &[101, 103],
        childs: &[102, 103],
        dead: &[101],
        lame: &[102],
    },
];

/// The servers of `z.evil.com.`, and their parent's, which also gives their addresses.
fn disagreeing(of: &'static Disagreement) -> Answering {
    let server = |n: &u8| format!("ns{n}.z.evil.com.");
    Box::new(move |asked, reply| {
        let zone = name("z.evil.com.");
        let last = asked.server.to_string().rsplit('.').next().and_then(|last| last.parse().ok());
        let last: u8 = last.unwrap_or_default();
        if !asked.name.is_at_or_below(&zone) || of.dead.contains(&last) {
            return !of.dead.contains(&last);
        }
        if asked.at_home {
            let named: Vec<_> = of.parents.iter().map(|n| (server(n), legion(*n))).collect();
            refer(
                reply,
                &zone,
                named.iter().map(|(name, address)| (name.clone(), Some(&**address))),
            );
        } else if of.lame.contains(&last) {
            reply.header.rcode = Rcode::REFUSED;
            reply.header.flags.authoritative = false;
        } else {
            let own = asked.label(0).strip_prefix("ns").and_then(|n| n.parse().ok());
            let address = own.map_or(LIE.to_owned(), legion);
            reply.answer.push(address_of(asked.name.clone(), &address));
            let named = of.childs.iter().map(|n| name(&server(n)));
            let named: Vec<_> = named.map(|name| name.as_wire().into()).collect();
            reply.authority.push(RrSet::new(zone, RrType::NS, 300, named));
            let addresses = of.childs.iter().map(|n| address_of(name(&server(n)), &legion(*n)));
            reply.additional.extend(addresses);
        }
        true
    })
}

/// It is the parent's word that leads to a zone (RFC 9499: the delegation), whatever the zone says of itself: who only the
/// zone names is not asked, so it costs nothing when he is dead or lame.
#[tokio::test(start_paused = true)]
async fn parent_and_child_may_disagree_about_the_servers() {
    for of in &DISAGREEMENTS {
        let world: World = stage(1, disagreeing(of));
        for n in 0..20 {
            let (answer, asked) = world.asked(&format!("x{n}.z.evil.com."), "A").await;
            assert_eq!(addresses(&answer), [LIE], "{}: {asked}", of.what);
            for strange in of.childs.iter().filter(|n| !of.parents.contains(n)) {
                assert!(!asked.contains(&legion(*strange)), "{}: {asked}", of.what);
            }
            // The zone's own word on its servers, and on where they are, is asked for meanwhile.
            if n == 5 {
                let servers = world.ask("z.evil.com.", "NS").await;
                assert_eq!(servers.rcode, Rcode::NOERROR, "{}", of.what);
                for server in of.childs {
                    let found = world.ask(&format!("ns{server}.z.evil.com."), "A").await;
                    assert_eq!(addresses(&found), [legion(*server)], "{}", of.what);
                }
            }
        }
        let useless = |n: &&u8| of.dead.contains(n) || of.lame.contains(n);
        for last in of.parents.iter().filter(useless) {
            world.network.forget();
            for n in 0..20 {
                world.ask(&format!("y{n}.z.evil.com."), "A").await;
            }
            let asked = world.network.transcript();
            let times = asked.lines().filter(|line| line.contains(&legion(*last))).count();
            assert!(times <= 5, "{}: who is of no use is asked last: {asked}", of.what);
        }
    }
}
