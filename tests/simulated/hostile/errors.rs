//! Servers that answer every question, and never with an answer.

use std::time::Duration;

use bailiwick::lab::{Conditions, Fault, Site};
use bailiwick::wire::{Message, Rcode, RrSet, RrType};

use super::stage::*;
use crate::world::{TOP, World, ip};

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

/// What comes over UDP from the server's own address in place of a reply, made of the query.
type Forged = fn(Vec<u8>) -> Vec<u8>;

/// The octets of the header before the question.
const HEADER: usize = 12;

/// The query as a reply: QR.
fn answered(mut query: Vec<u8>) -> Vec<u8> {
    query[2] |= 0x80;
    query
}

const FORGED: [(&str, Forged); 4] = [
    ("garbage behind the right id", |mut query| {
        let noise = (0..query.len()).map(|n| u8::try_from(n % 128).unwrap_or_default() | 0x80);
        query[2..].iter_mut().zip(noise).for_each(|(octet, noise)| *octet = noise);
        query
    }),
    ("nothing behind the right id", |query| query[..2].to_vec()),
    ("another id", |mut query| {
        query[0] ^= 1;
        answered(query)
    }),
    ("another question", |mut query| {
        query[HEADER + 1] = b'-';
        answered(query)
    }),
];

/// Nothing that matches ever comes, and over TCP nothing at all, or no connection: nobody can know who sent what came.
#[tokio::test(start_paused = true)]
async fn replies_that_never_match() {
    for (what, forged) in FORGED {
        for servers in [1, 2, 13] {
            for closed in [false, true] {
                let world = served_by(servers, |_, _| false);
                if closed {
                    no_tcp(&world);
                }
                world.network.set_forger(Box::new(move |outgoing| {
                    let of_zone = LEGION.map(legion).any(|l| ip(&l) == outgoing.to.ip());
                    let forged = of_zone.then(|| forged(outgoing.octets.to_vec()));
                    forged.into_iter().map(|reply| (Duration::from_millis(20), reply)).collect()
                }));
                let cost = cost(&world, GAP, names(50, "z.evil.com.")).await;
                let tcp = if closed { "closed" } else { "hung" };
                cost.assert(&format!("{what}, TCP {tcp}, from {servers}"), 6.5);
            }
        }
    }
}

/// TC, and over TCP a message as long as there are: of use or not.
#[tokio::test(start_paused = true)]
async fn answers_of_64_kilobytes() {
    let long: [(&str, Wrong); 3] = [
        ("the answer", |asked, reply| {
            let address = |n: u16| [&[10, 0][..], &n.to_be_bytes()].concat().into();
            let addresses = (0..4_000).map(address).collect();
            reply.answer.push(RrSet::new(asked.name.clone(), RrType::A, 0, addresses));
            true
        }),
        ("what nobody asked for", |asked, reply| {
            let text = |n: u8| [&[250][..], &[n; 250]].concat().into();
            let texts = (0..240).map(text).collect();
            reply.answer.push(RrSet::new(asked.name.clone(), RrType::TXT, 0, texts));
            true
        }),
        ("an error", |asked, reply| {
            reply.header.flags.truncated = !asked.over_tcp;
            let text = |n: u8| [&[250][..], &[n; 250]].concat().into();
            let texts = (0..240).map(text).collect();
            reply.additional.push(RrSet::new(name("evil.com."), RrType::TXT, 0, texts));
            code(reply, Rcode::SERVFAIL)
        }),
    ];
    for (what, wrong) in long {
        for servers in [1, 2, 13] {
            let world = served_by(servers, wrong);
            let cost = cost(&world, GAP, names(series(servers), "z.evil.com.")).await;
            cost.assert(&format!("64 KB of {what} from {servers}"), 2.5);
        }
    }
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

/// A zone whose proofs fail: each look at it is a second look at its servers and its keys (RFC 4035 section 4.7), so the same
/// question is looked into less often, and other names in it cost what their own data cost.
#[tokio::test(start_paused = true)]
async fn zones_that_are_bogus() {
    let data = name("*.bogus.com.");
    for (fault, each) in [
        (Fault::Stripped, 2.1),
        (Fault::Expired, 2.1),
        (Fault::DsAltered, 2.1),
        (Fault::NoKeys, 2.1),
        (Fault::NoDenial, 3.1),
        (Fault::Altered(name("bogus.com."), RrType::DNSKEY), 2.1),
        (Fault::Altered(data.clone(), RrType::A), 3.1),
        (Fault::Unsigned(data, RrType::A), 3.1),
    ] {
        let site = || {
            let site = Site::signed("bogus.com.", "* A 198.51.100.3", keys()).fault(fault.clone());
            vec![site.on(&["good"])]
        };
        let world = || stage_with(1, site(), Box::new(|_, _| true), |_| ());
        assert_repeated(&world(), "www.bogus.com.", &format!("{fault:?}"), 0.02).await;
        let others = cost(&world(), GAP, names(100, "bogus.com.")).await;
        others.assert(&format!("names of a bogus zone: {fault:?}"), each);
    }
}

/// Where proofs take more work than one question may, that failure is kept like any other of validation.
#[tokio::test(start_paused = true)]
async fn rfc9520_s3_2_zones_whose_proofs_take_too_much_work() {
    let site = Site::signed("bogus.com.", "* A 198.51.100.3", keys()).fault(Fault::Trapped(100));
    let alias = Site::unsigned("alias.com.", "$TTL 300\nwww CNAME www.bogus.com.");
    let sites = [site, alias].map(|site| site.on(&["good"]));
    let world = stage_with(1, sites.into(), Box::new(|_, _| true), |_| ());
    assert_repeated(&world, "www.bogus.com.", "KeyTrap", 0.02).await;
    assert_repeated(&world, "www.alias.com.", "KeyTrap behind an alias", 0.02).await;
    let others = cost(&world, GAP, names(100, "bogus.com.")).await;
    others.assert("names of a zone with KeyTrap", 2.1);
}

async fn assert_repeated(world: &World, asked: &str, fault: &str, average: f64) {
    let again = std::iter::repeat_n(asked.to_owned(), 1_000);
    let cost = cost(world, Duration::from_millis(60), again).await;
    assert!(cost.rcodes.iter().all(|rcode| *rcode == Rcode::SERVFAIL), "{fault}");
    cost.assert(&format!("repeated: {fault}"), average);
}

/// The same where the parent's keys do not verify its DS: then they are doubted as well, and the zone's keys, asked for beside its
/// DS, were asked for in vain.
#[tokio::test(start_paused = true)]
async fn zones_whose_ds_is_bogus() {
    let site = Site::signed("bogus.com.", "* A 198.51.100.3", keys());
    let world = stage_with(1, vec![site.on(&["good"])], Box::new(|_, _| true), |_| ());
    world.alter(TOP.1[0], |passing| {
        let sets = passing.reply.answer.iter_mut().chain(&mut passing.reply.authority);
        let ds = sets.filter(|set| set.is(&name("bogus.com."), RrType::DS));
        ds.for_each(|set| set.signatures.clear());
        true
    });
    assert_repeated(&world, "www.bogus.com.", "DS", 0.024).await;
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
