//! Replies that are none: who sees every question but not what was drawn at random does no harm, and neither does a
//! server with odd habits (RFC 5452 section 9.1, RFC 7873, 0x20).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Conditions, Passing, Site};
use bailiwick::net::{Outgoing, Transport};
use bailiwick::wire::{
    Edns, EdnsOption, Header, Message, Name, Opcode, OptionCode, Question, Rcode, RrSet, RrType,
    compose,
};

use super::world::{ROOT, TOP, World, addresses, ip, two_servers, with_top};

const ONE: &str = "192.0.2.11";
const TWO: &str = "192.0.2.12";
const SOON: Duration = Duration::from_millis(1);

fn is_from_example(outgoing: &Outgoing<'_>) -> bool {
    [ip(ONE), ip(TWO)].contains(&outgoing.to.ip())
}

/// A reply to `outgoing` with a false address, all else as it should be.
fn forged(outgoing: &Outgoing<'_>) -> Message {
    let mut reply = Message::parse(outgoing.octets).expect("our own query");
    (reply.header.flags.response, reply.header.flags.authoritative) = (true, true);
    let owner = reply.questions[0].name.clone();
    reply.answer = vec![RrSet::new(owner, RrType::A, 60, vec![[6, 6, 6, 6].into()])];
    reply
}

fn with(outgoing: &Outgoing<'_>, change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut reply = forged(outgoing);
    change(&mut reply);
    compose(&reply, 1232, false)
}

fn bare(outgoing: &Outgoing<'_>, rcode: Rcode) -> Vec<u8> {
    let header = Header { rcode, ..forged(outgoing).header };
    compose(&Message::new(header), 512, false)
}

fn other_letters(name: &Name) -> Name {
    let lower = name.to_lowercase();
    if lower.eq_case(name) {
        name.to_string().to_uppercase().parse().expect("a name")
    } else {
        lower
    }
}

type Make = fn(&Outgoing<'_>) -> Vec<u8>;

/// Twelve replies that are not the reply.
const MALFORMED: [Make; 12] = [
    |_| Vec::new(),
    |o| o.octets[..5].to_vec(),
    |o| o.octets.to_vec(), // the query itself
    |o| bare(o, Rcode::NOERROR),
    |o| bare(o, Rcode::FORMERR),
    |o| bare(o, Rcode::NOTIMP),
    |o| bare(o, Rcode::REFUSED),
    |o| with(o, |reply| reply.header.id ^= 1),
    |o| with(o, |reply| reply.header.opcode = Opcode::STATUS),
    |o| with(o, |reply| reply.questions[0].name = other_letters(&reply.questions[0].name)),
    |o| with(o, |reply| reply.questions[0].rtype = RrType::TXT),
    |o| {
        let mut octets = with(o, |reply| reply.answer.clear());
        octets[7] = 9; // records that are not there
        octets
    },
];

fn forge(world: &World, makes: &'static [Make]) {
    let make = move |outgoing: &Outgoing<'_>| {
        let makes = makes.iter().filter(|_| is_from_example(outgoing));
        makes.map(|make| (SOON, make(outgoing))).collect()
    };
    world.network.set_forger(Box::new(make));
}

#[tokio::test(start_paused = true)]
async fn rfc5452_s9_1_after_twelve_malformed_replies_the_true_one_wins() {
    for no_tcp in [false, true] {
        let world = two_servers();
        world.network.set_conditions(Conditions { no_tcp, ..Conditions::default() });
        forge(&world, &MALFORMED);
        for name in 0..100 {
            let (answer, took) = world.time(&format!("x{name}.example.com."), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{name}");
            let steps = if name == 0 { 4 } else { 1 };
            assert_eq!(took, Duration::from_millis(20) * steps);
        }
    }
}

/// Datagrams that overtake each other and come twice, and nothing is lost.
fn unruly() -> Conditions {
    let jitter = Duration::from_millis(40);
    Conditions { jitter, duplicates: 300, ..Conditions::default() }
}

#[tokio::test(start_paused = true)]
async fn rfc5452_s9_1_so_it_does_where_datagrams_overtake_each_other_and_come_twice() {
    for no_tcp in [false, true] {
        let world = two_servers();
        world.network.set_conditions(Conditions { no_tcp, ..unruly() });
        forge(&world, &MALFORMED);
        for name in 0..100 {
            let (answer, took) = world.time(&format!("x{name}.example.com."), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{name}");
            let longest = Duration::from_millis(if name == 0 { 400 } else { 200 });
            assert!(took <= longest, "{name}: {took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rfc5452_s9_1_so_it_is_after_each_of_them_alone() {
    for make in &MALFORMED {
        let world = two_servers();
        forge(&world, std::slice::from_ref(make));
        let (answer, asked) = world.asked("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    }
}

/// Loses what the servers of `example.com` send over UDP.
#[tokio::test(start_paused = true)]
async fn rfc5452_s9_2_ids_are_drawn_from_the_full_range() {
    let (world, ids) = (two_servers(), Rc::new(RefCell::new(Vec::new())));
    let seen = Rc::clone(&ids);
    world.network.set_hook(Box::new(move |passing| {
        seen.borrow_mut().push(passing.query.header.id);
        true
    }));
    for name in 0..400 {
        assert_eq!(world.ask(&format!("x{name}.example.com."), "A").await.rcode, Rcode::NOERROR);
    }
    let ids = ids.borrow();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert!(
        distinct.len() + 10 > ids.len() && ids.len() >= 400,
        "{} of {}",
        distinct.len(),
        ids.len()
    );
    for bit in 0..16 {
        let set = ids.iter().filter(|id| **id >> bit & 1 == 1).count() * 100 / ids.len();
        assert!((35..=65).contains(&set), "bit {bit}: {set} of a hundred");
    }
    let steps: BTreeSet<_> = ids.windows(2).map(|two| two[1].wrapping_sub(two[0])).collect();
    assert!(steps.len() + 10 > ids.len(), "none follows from the one before");
}

fn lose_udp(world: &World) {
    world.network.set_hook(Box::new(|passing: Passing<'_>| {
        passing.transport == Transport::Tcp || ![ip(ONE), ip(TWO)].contains(&passing.from)
    }));
}

#[tokio::test(start_paused = true)]
async fn cve_2023_26437_a_near_miss_takes_the_question_to_tcp_at_once_and_is_held_against_nobody() {
    for make in &MALFORMED {
        let world = two_servers();
        world.ask("known.example.com.", "A").await;
        forge(&world, std::slice::from_ref(make));
        lose_udp(&world);
        for name in 0..8 {
            let (answer, took) = world.time(&format!("x{name}.example.com."), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"]);
            // The handshake is spared where a connection of the question before rests.
            let round_trips = [21, 41].map(Duration::from_millis);
            assert!(round_trips.contains(&took), "{took:?} {}", world.network.transcript());
            assert!(name > 0 || took == round_trips[1], "{took:?}");
        }
        forge(&world, &[]);
        world.network.set_hook(Box::new(|_| true));
        let (_, asked) = world.asked("after.example.com.", "A").await;
        assert!(asked.contains("udp 192.0.2.1") && !asked.contains("tcp"), "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_forger_who_guesses_all_but_the_letters_is_not_believed() {
    let world = two_servers();
    forge(
        &world,
        &[|o| with(o, |reply| reply.questions[0].name = other_letters(&reply.questions[0].name))],
    );
    for name in 0..20 {
        let answer = world.ask(&format!("x{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"]);
    }
}

/// The questions that reached `address`, with their letters.
fn letters_seen(world: &World, keep_case: bool) -> Rc<RefCell<Vec<(Transport, bool)>>> {
    let seen: Rc<RefCell<Vec<_>>> = Rc::default();
    let note = Rc::clone(&seen);
    world.network.set_hook(Box::new(move |passing: Passing<'_>| {
        if [ip(ONE), ip(TWO)].contains(&passing.from) {
            let name = &passing.query.questions[0].name;
            let lower = name.to_lowercase();
            note.borrow_mut().push((passing.transport, !name.eq_case(&lower)));
            if !keep_case {
                passing.reply.questions[0].name = lower;
            }
        }
        true
    }));
    seen
}

#[tokio::test(start_paused = true)]
async fn names_go_out_in_random_letters_unless_the_operator_does_not_want_it() {
    for wanted in [true, false] {
        let hosts = [ROOT, TOP, ("one", &[ONE][..])];
        let example = Site::unsigned("example.com.", "* A 198.51.100.1").on(&["one"]);
        let world = World::with(&hosts, &with_top(vec![example]), |settings| {
            settings.iterate.case_randomization = wanted;
        });
        let seen = letters_seen(&world, true);
        for name in 0..9 {
            let answer = world.ask(&format!("x{name}.example.com."), "A").await;
            assert!(answer.answer[0].owner.eq_case(&answer.answer[0].owner.to_lowercase()));
        }
        assert!(seen.borrow().iter().all(|(_, random)| *random == wanted), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_keep_the_case_is_known_for_an_hour_once_tcp_confirmed_it() {
    let world = two_servers();
    let seen = letters_seen(&world, false);
    for name in 0..20 {
        let answer = world.ask(&format!("x{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"]);
    }
    let over_tcp =
        seen.borrow().iter().filter(|(transport, _)| *transport == Transport::Tcp).count();
    assert_eq!(over_tcp, 2, "once for each server: {seen:?}");
    seen.borrow_mut().clear();
    tokio::time::sleep(Duration::from_secs(3_601)).await;
    world.ask("later.example.com.", "A").await;
    assert!(seen.borrow().iter().any(|(_, random)| *random), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn without_tcp_another_address_and_then_the_name_as_it_is() {
    let no_tcp = Conditions { no_tcp: true, ..Conditions::default() };
    let world = two_servers();
    world.network.set_conditions(no_tcp);
    let seen = letters_seen(&world, false);
    for name in 0..3 {
        seen.borrow_mut().clear();
        let answer = world.ask(&format!("x{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{}", world.network.transcript());
        let random: Vec<_> = seen.borrow().iter().map(|(_, random)| *random).collect();
        assert_eq!(random.last(), Some(&false), "nothing is remembered that TCP did not confirm");
        assert_eq!(random.iter().filter(|random| **random).count(), 2, "each address: {random:?}");
    }
}

/// What is seen of cookies at `ONE`, which gives one and demands what `demand` says of the one it got.
fn cookies_at(
    world: &World,
    demand: fn(Transport, Option<&[u8]>) -> bool,
) -> Rc<RefCell<Vec<usize>>> {
    let lengths: Rc<RefCell<Vec<usize>>> = Rc::default();
    let note = Rc::clone(&lengths);
    world.alter(ONE, move |passing| {
        let edns = passing.query.edns.as_ref().expect("with EDNS");
        let cookie = edns.option(OptionCode::COOKIE).expect("with a cookie").to_vec();
        note.borrow_mut().push(cookie.len());
        let reply = passing.reply;
        if !demand(passing.transport, cookie.get(8..).filter(|server| !server.is_empty())) {
            reply.answer.clear();
            reply.header.rcode = Rcode::BADCOOKIE;
        }
        let data = [&cookie[..8], &[7; 16]].concat().into();
        let options = vec![EdnsOption { code: OptionCode::COOKIE, data }];
        reply.edns = Some(Edns { udp_size: 1232, options, ..Edns::default() });
        true
    });
    lengths
}

fn one_server() -> World {
    let hosts = [ROOT, TOP, ("one", &[ONE][..])];
    let example = Site::unsigned("example.com.", "$TTL 60\n* A 198.51.100.1").on(&["one"]);
    World::new(&hosts, &with_top(vec![example]))
}

#[tokio::test(start_paused = true)]
async fn rfc7873_s5_1_a_servers_cookie_is_given_back() {
    let world = one_server();
    let lengths = cookies_at(&world, |_, _| true);
    for name in 0..4 {
        world.ask(&format!("x{name}.example.com."), "A").await;
    }
    assert_eq!(*lengths.borrow(), [8, 24, 24, 24]);
}

#[tokio::test(start_paused = true)]
async fn rfc7873_s5_3_a_reply_without_the_cookie_is_not_believed_where_one_was_seen() {
    let world = one_server();
    cookies_at(&world, |_, _| true);
    world.ask("first.example.com.", "A").await;
    forge(
        &world,
        &[
            |o| with(o, |reply| reply.edns = None),
            |o| with(o, |reply| reply.edns = Some(Edns::default())),
            |o| {
                with(o, |reply| {
                    let data = vec![1; 24].into();
                    let options = vec![EdnsOption { code: OptionCode::COOKIE, data }];
                    reply.edns = Some(Edns { options, ..Edns::default() });
                })
            },
        ],
    );
    for name in 0..20 {
        let answer = world.ask(&format!("x{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn rfc7873_s5_3_badcookie_leads_to_one_more_try_and_then_to_tcp() {
    type Demand = fn(Transport, Option<&[u8]>) -> bool;
    let given: Demand = |_, server| server == Some(&[7; 16]);
    let never_by_udp: Demand = |transport, _| transport == Transport::Tcp;
    for (demand, expected) in [(given, "udp udp"), (never_by_udp, "udp udp tcp")] {
        let world = one_server();
        cookies_at(&world, demand);
        let (answer, asked) = world.asked("www.example.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        let to_one = asked.lines().filter(|line| line.contains(ONE));
        let transports: Vec<_> = to_one
            .filter_map(|line| line.split(' ').find(|w| *w == "udp" || *w == "tcp"))
            .collect();
        assert_eq!(transports.join(" "), expected, "{asked}");
    }
    let world = one_server();
    cookies_at(&world, |_, _| false);
    let (answer, asked) = world.asked("www.example.com.", "A").await;
    assert_eq!(answer.rcode, Rcode::SERVFAIL);
    assert_eq!(asked.matches(ONE).count(), 3, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn rfc7873_s5_3_a_server_that_ceases_to_send_cookies_is_heard_over_tcp_and_then_as_before() {
    let world = one_server();
    cookies_at(&world, |_, _| true);
    world.ask("first.example.com.", "A").await;
    world.network.set_hook(Box::new(|_| true));
    for (name, tcp) in [("second", true), ("third", false)] {
        let (answer, asked) = world.asked(&format!("{name}.example.com."), "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
        assert_eq!(asked.contains("tcp"), tcp, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc7873_no_cookies_where_the_operator_wants_none() {
    let hosts = [ROOT, TOP, ("one", &[ONE][..])];
    let example = Site::unsigned("example.com.", "www A 198.51.100.1").on(&["one"]);
    let world = World::with(&hosts, &with_top(vec![example]), |s| s.iterate.cookies = false);
    world.network.set_hook(Box::new(|passing: Passing<'_>| {
        passing.query.edns.as_ref().is_some_and(|edns| edns.options.is_empty())
    }));
    assert_eq!(addresses(&world.ask("www.example.com.", "A").await), ["198.51.100.1"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_transcript_under_attack() {
    let mut transcripts = Vec::new();
    for _ in 0..2 {
        let world = two_servers();
        forge(&world, &MALFORMED);
        world.network.set_conditions(Conditions { loss: 300, ..unruly() });
        for name in 0..20 {
            world.ask(&format!("x{name}.example.com."), "A").await;
        }
        transcripts.push(world.network.transcript());
    }
    assert_eq!(transcripts[0], transcripts[1]);
    let question = Question::new("x0.example.com.".parse().expect("a name"), RrType::A);
    assert!(transcripts[0].contains(&question.to_string()));
}
