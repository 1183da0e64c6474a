//! Data whose time ends, by the real clock: given as stale while no server answers (RFC 8767) and never in the place of what
//! does not verify, and asked for anew before it ends where clients keep asking.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::{Expectation, Internet, Outcome};
use bailiwick::wire::{EdeCode, Message, Question, Rcode, RrType};

use crate::lab;
use crate::support::{Ask, Resolver, Settings, Verdict, add_addresses, ask, in_namespace};
use crate::way::Servers;

/// `cache.max-ttl` here, as the configuration has it and as a time.
const LONGEST: (&str, Duration) = ("6s", Duration::from_secs(6));
/// The defaults of `cache.serve-stale`, and a quarter of a second for what is on the way.
const CLIENT_TIMEOUT: Duration = Duration::from_millis(2_050);
const REPLY_TTL: u32 = 30;
/// How long what has expired may take when it is known that it cannot be had anew.
const AT_ONCE: Duration = Duration::from_millis(10);
/// How long servers take, of which the keys of a chain of trust that ends at the same time take half a dozen in turn.
const LATE: Duration = Duration::from_millis(50);

/// The lab's servers, a resolver that keeps nothing long, and what is asked of it.
struct World {
    servers: Servers,
    resolver: Resolver,
    questions: Vec<Question>,
}

impl World {
    fn new(directory: &Path) -> Self {
        let internet = Internet::new(SystemClock.wall()).expect("the lab");
        add_addresses(&lab::addresses(&internet));
        let servers = Servers::serve(&internet);
        let settings = Settings { longest: Some(LONGEST.0), ..lab::settings(&internet, directory) };
        let resolver = Resolver::start("resolver", directory, &settings);
        // Elsewhere signatures may be missing: behind opt-out, and where denials take too many iterations to be read.
        let signed = "test.".parse().expect("a name");
        let cases = internet.cases().iter().filter(|case| {
            case.rtype == RrType::A
                && case.name.is_below(&signed)
                && case.expect == Expectation::Secure(Outcome::Answer)
        });
        let mut questions: Vec<_> =
            cases.map(|case| Question::new(case.name.clone(), case.rtype)).collect();
        questions.dedup();
        assert!(questions.len() >= 20, "{}", questions.len());
        Self { servers, resolver, questions }
    }

    /// What is said to each question, and how long it took.
    fn ask_all(&self) -> Vec<(Message, Duration)> {
        self.questions.iter().map(|question| timed(self.resolver.address, question)).collect()
    }
}

fn timed(server: SocketAddr, question: &Question) -> (Message, Duration) {
    let start = Instant::now();
    let response = ask(server, question, Ask::Checked).expect("a response");
    (response, start.elapsed())
}

/// Is this what was known before, told as stale data?
fn is_stale(response: &Message) -> bool {
    let verdict = Verdict::of(response, RrType::A);
    let short = response.answer.iter().all(|set| set.ttl == REPLY_TTL);
    let told = verdict.ede.contains(&EdeCode::STALE_ANSWER.0);
    verdict.rcode == Rcode::NOERROR && verdict.data && verdict.secure && short && told
}

fn is_fresh(response: &Message) -> bool {
    let verdict = Verdict::of(response, RrType::A);
    verdict.rcode == Rcode::NOERROR && verdict.data && verdict.secure && verdict.ede.is_empty()
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn rfc8767_what_has_expired_is_given_while_all_servers_are_silent_and_never_for_bogus_data() {
    in_namespace(|directory| {
        let world = World::new(directory);
        assert!(world.ask_all().iter().all(|(response, _)| is_fresh(response)));
        world.servers.change(|_, _, _, _| false);
        std::thread::sleep(LONGEST.1 + Duration::from_secs(1));
        let first = world.ask_all();
        let longest = first.iter().map(|(_, took)| *took).max().expect("some");
        assert!(first.iter().all(|(response, _)| is_stale(response)), "{first:?}");
        let mut again: Vec<_> = (0..5).flat_map(|_| world.ask_all()).collect();
        assert!(again.iter().all(|(response, _)| is_stale(response)));
        again.sort_unstable_by_key(|(_, took)| *took);
        let p95 = again[again.len() * 95 / 100].1;
        println!("stale answers: the first ones within {longest:?}, 95 of 100 later ones {p95:?}");
        assert!(longest <= CLIENT_TIMEOUT && p95 <= AT_ONCE, "{longest:?} {p95:?}");
        spoiled_data_are_told(&world);
        world.servers.change(|_, _, _, _| true);
        // A verdict stands for seconds (RFC 9520 section 3.2).
        std::thread::sleep(Duration::from_secs(11));
        let back = world.ask_all();
        assert!(back.iter().all(|(response, _)| is_fresh(response)), "{back:?}");
    });
}

/// The servers are there again, but what they say lacks its signatures: soon nothing old is given any more.
#[track_caller]
fn spoiled_data_are_told(world: &World) {
    world.servers.change(|_, _, query, reply| {
        let spoiled = query.questions.iter().any(|question| question.rtype == RrType::A);
        reply.answer.iter_mut().filter(|_| spoiled).for_each(|set| set.signatures.clear());
        true
    });
    std::thread::sleep(Duration::from_secs(1));
    let _found_out = world.ask_all();
    std::thread::sleep(Duration::from_secs(1));
    for (response, _) in world.ask_all() {
        let verdict = Verdict::of(&response, RrType::A);
        let told = verdict.ede.contains(&EdeCode::STALE_ANSWER.0);
        assert!(verdict.rcode == Rcode::SERVFAIL && !verdict.data && !told, "{response:?}");
    }
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn who_keeps_asking_waits_once_for_what_is_renewed_before_it_ends() {
    in_namespace(|directory| {
        let world = World::new(directory);
        let question = &world.questions[0];
        assert!(is_fresh(&timed(world.resolver.address, question).0));
        world.servers.change(|_, _, _, _| {
            std::thread::sleep(LATE);
            true
        });
        let (start, mut renewed, mut last) = (Instant::now(), 0, u32::MAX);
        while start.elapsed() < LONGEST.1 * 3 {
            let (response, took) = timed(world.resolver.address, question);
            assert!(is_fresh(&response) && took < LATE / 2, "{took:?} {response:?}");
            let left = response.answer[0].ttl;
            renewed += u32::from(left > last);
            last = left;
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("renewed {renewed} times, and nobody waited");
        assert!((2..=3).contains(&renewed), "{renewed}");
    });
}
