//! Denials that servers sign as they are asked: minimally covering NSEC (RFC 4470) and compact denial (RFC 9824).

use bailiwick::lab::Hook;
use bailiwick::model::Answer;
use bailiwick::server::{Incoming, Origin, Transport, reply};
use bailiwick::wire::{Edns, Flags, Header, Message, Name, Opcode, Rcode, RrSet, RrType, compose};

use crate::asking::*;
use crate::forging::{deny, from, nsec_of, sign};
use crate::world::*;

const RECORDS: &str =
    "www A 198.51.100.1\na.ent A 198.51.100.2\n*.wild TXT \"x\"\nalias CNAME no\n";

fn world() -> World {
    World::new([
        ("o", signed("o.test.", RECORDS)),
        ("u", bailiwick::lab::Site::unsigned("u.o.test.", "www A 198.51.100.9\n")),
    ])
}

/// The name right behind `name`, which is below it.
fn behind(name: &Name) -> Name {
    name.prepend(b"\0").expect("room")
}

/// The name behind `name` and all that could be below it: were the span's end below `name`, that would exist (RFC 4470
/// section 4, RFC 4035 section 5.4).
fn behind_all_of(name: &Name) -> Name {
    let mut labels: Vec<Vec<u8>> = name.labels().map(<[u8]>::to_vec).collect();
    labels[0].push(0);
    Name::from_labels(labels.iter().map(Vec::as_slice)).expect("a name")
}

/// A name in front of `name`, with nothing that is signed between: its first label with its last octet one less and a high
/// octet behind (section 3).
fn before(name: &Name) -> Name {
    let mut labels: Vec<Vec<u8>> = name.labels().map(<[u8]>::to_vec).collect();
    let last = labels[0].last_mut().expect("an octet");
    *last -= 1;
    labels[0].push(0xff);
    Name::from_labels(labels.iter().map(Vec::as_slice)).expect("a name")
}

fn types_of(sets: Option<&[RrSet]>) -> Vec<RrType> {
    sets.unwrap_or_default().iter().map(|set| set.rtype).collect()
}

/// RFC 4470: every span that denies a name is as short as can be.
fn minimal(world: &World) -> Hook {
    let zone = world.zone("o.test.");
    from(world.host("o"), move |query, reply| {
        let (asked, denied) = (&query.questions[0].name, reply.header.rcode == Rcode::NXDOMAIN);
        if !denied || !reply.answer.is_empty() {
            return;
        }
        let mut encloser = asked.parent().expect("a parent");
        while zone.node(&encloser).is_none() {
            encloser = encloser.parent().expect("the apex");
        }
        let next_closer = asked.next_closer(&encloser).expect("below");
        let span = |name: &Name| sign(nsec_of(before(name), &behind_all_of(name), &[]), "o.test.");
        let wildcard = encloser.wildcard().expect("room");
        deny(reply, Rcode::NXDOMAIN, &[span(&next_closer), span(&wildcard)]);
    })
}

#[tokio::test(start_paused = true)]
async fn rfc4470_minimally_covering() {
    let world = world();
    Trial::of(&world)
        .hook(|| minimal(&world))
        .expect(&[
            ("no.o.test.", "A", NO_NAME),
            ("no.www.o.test.", "A", NO_NAME),
            ("no.ent.o.test.", "A", NO_NAME),
            ("www.o.test.", "MX", NO_DATA),
            ("ent.o.test.", "A", NO_DATA),
        ])
        .await;
}

/// RFC 9824 sections 3.1 to 3.4: a name that does not exist has nothing but NXNAME.
fn compact(world: &World) -> Hook {
    let zone = world.zone("o.test.");
    from(world.host("o"), move |query, reply| {
        let asked = reply.answer.last().and_then(|set| {
            (set.rtype == RrType::CNAME).then(|| Name::from_wire(&set.rdatas[0]).expect("a name"))
        });
        let asked = asked.unwrap_or_else(|| query.questions[0].name.clone());
        let negative = reply.authority.iter().any(|set| set.rtype == RrType::SOA);
        if !negative {
            return;
        }
        let (answer, node) = (reply.answer.clone(), zone.node(&asked));
        let mut types = types_of(node);
        if node.is_none() {
            types = vec![RrType::NXNAME];
        }
        types.retain(|rtype| *rtype != RrType::NSEC);
        deny(
            reply,
            Rcode::NOERROR,
            &[sign(nsec_of(asked.clone(), &behind(&asked), &types), "o.test.")],
        );
        reply.answer = answer;
    })
}

/// The reply to a client of a resolver, by the flags of its query.
fn shaped(answer: &Answer, asked: &str, dnssec_ok: bool, compact_ok: bool) -> Message {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let header = Header { id: 1, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut query = Message::new(header);
    query.questions.push(question(asked, "A"));
    query.edns = Some(Edns { udp_size: 1232, dnssec_ok, compact_ok, ..Edns::default() });
    let query = match Incoming::read(&compose(&query, 512, false), Transport::Udp) {
        Incoming::Query(query) => Some(query),
        _ => None,
    };
    let query = query.expect("a query");
    Message::parse(&reply(&query, answer.clone(), Origin::Resolved)).expect("a reply")
}

#[tokio::test(start_paused = true)]
async fn rfc9824_compact_denial() {
    let world = world();
    Trial::of(&world)
        .hook(|| compact(&world))
        .expect(&[
            ("no.o.test.", "A", NO_DATA),
            ("a.b.no.o.test.", "A", NO_DATA),
            ("www.o.test.", "MX", NO_DATA),
            ("ent.o.test.", "A", NO_DATA),
            ("www.o.test.", "A", SECURE),
            ("alias.o.test.", "A", NO_DATA),
            ("www.u.o.test.", "A", INSECURE),
        ])
        .await;
}

/// RFC 8198 with minimal spans: a compact denial settles every type of its own name, and nothing about others; it says
/// NXDOMAIN to those to whom a response would.
#[tokio::test(start_paused = true)]
async fn rfc9824_s3_1_a_compact_denial_settles_its_own_name_alone() {
    let world = world();
    let bench = Bench::new(&world).hooked(compact(&world));
    for (row, free) in [
        (("no.o.test.", "A", NO_DATA), false),
        (("no.o.test.", "MX", NO_DATA), true),
        (("no.o.test.", "DS", NO_DATA), true),
        (("np.o.test.", "A", NO_DATA), false),
        (("x.no.o.test.", "A", NO_DATA), false),
        (("www.o.test.", "MX", NO_DATA), false),
        (("www.o.test.", "TXT", NO_DATA), true),
        (("www.o.test.", "A", SECURE), false),
    ] {
        let before = bench.network.queries();
        bench.expect(row).await;
        assert_eq!(bench.network.queries() == before, free, "{} {}", row.0, row.1);
    }
    assert!(bench.ask("no.o.test.", "TXT").await.compact);
    assert!(!bench.ask("www.o.test.", "TXT").await.compact);
}

/// RFC 9824 section 5.1: NXDOMAIN is restored for those who say CO, and (section 5) for those who want no proofs; all others
/// get NOERROR. Cold and from the cache.
#[tokio::test(start_paused = true)]
async fn rfc9824_s5_response_codes_restored() {
    let world = world();
    let bench = Bench::new(&world).hooked(compact(&world));
    for round in ["cold", "warm"] {
        for (asked, missing) in [
            ("no.o.test.", true),
            ("alias.o.test.", true),
            ("ent.o.test.", false),
            ("wild.o.test.", false),
        ] {
            let answer = bench.ask(asked, "A").await;
            for (dnssec_ok, compact_ok) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let restored = missing && (compact_ok || !dnssec_ok);
                let message = shaped(&answer, asked, dnssec_ok, compact_ok);
                let expected = if restored { Rcode::NXDOMAIN } else { Rcode::NOERROR };
                assert_eq!(
                    message.header.rcode, expected,
                    "{round} {asked} DO={dnssec_ok} CO={compact_ok}"
                );
                assert_eq!(message.edns.expect("OPT").compact_ok, compact_ok, "{round} {asked}");
                assert_eq!(message.header.flags.authentic_data, dnssec_ok);
            }
        }
    }
}

/// A server that restores the code by itself, and one that says NXDOMAIN although the name exists: the proof decides.
#[tokio::test(start_paused = true)]
async fn the_proof_decides_whatever_the_code() {
    let world = world();
    let hook = || {
        let mut inner = compact(&world);
        let hook: Hook = Box::new(move |passing| {
            let passed = inner(bailiwick::lab::Passing { reply: &mut *passing.reply, ..passing });
            if passing.reply.answer.is_empty()
                && passing.query.questions[0].name.is_below(&name("o.test."))
            {
                passing.reply.header.rcode = Rcode::NXDOMAIN;
            }
            passed
        });
        hook
    };
    Trial::of(&world)
        .hook(hook)
        .expect(&[
            ("no.o.test.", "A", NO_DATA),
            ("www.o.test.", "MX", NO_DATA),
            ("ent.o.test.", "A", NO_DATA),
        ])
        .await;
}
