//! The bound of the cache covers all that is kept: floods of what is large and of what is many neither grow the process
//! beyond it nor put out what is in use.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::net::Transport;
use bailiwick::wire::{Header, Message, Name, Rcode, Rdata, RrSet, RrType, compose};

use crate::crowd::{ask_all, query};
use crate::lab;
use crate::pressure::{connect, exchange_for};
use crate::scarcity::{SILENT, nth};
use crate::support::{Resolver, Settings, add_addresses, in_namespace};
use crate::way::Servers;

/// A zone that is not signed: nothing is known of a name there until it is asked for.
const ZONE: &str = "plain.family.test.";
/// One that is signed, with NSEC3 and opt-out: denials there are verified, and settle nothing for other names.
const SIGNED: &str = "optout-test.";
const BOUND: &str = "16MiB";
const BOUND_OCTETS: u64 = 16 << 20;
const BUSY: usize = 100;
/// Addresses of a large answer, or its texts of a thousand octets each: some 59,000 octets.
const MANY: u16 = 3_700;
const TEXTS: usize = 58;

/// How long a flood lasts at the least, and at the most where the machine is slow.
const FLOOD: [Duration; 2] = [Duration::from_secs(4), Duration::from_secs(14)];

/// Questions for busy names, and for large answers, that came to the zone's server.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static LARGE: AtomicUsize = AtomicUsize::new(0);

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_flood_of_large_answers_stays_within_the_bound() {
    in_namespace(|directory| {
        flood(directory, "large answers", (500, 500), false, |resolver, goal| {
            std::thread::scope(|scope| {
                let client = |one: usize| {
                    let mut stream = connect(resolver.address, one * 500);
                    let mut answers = 0;
                    while !goal.is_reached(answers * 8) {
                        let mut query = query(&nth(ZONE, &format!("large{one}-"), answers));
                        query.questions[0].rtype = RrType::TXT;
                        let texts = &exchange_for(&mut stream, &query).answer[0].rdatas;
                        assert_eq!(texts.len(), TEXTS);
                        answers += 1;
                    }
                    answers
                };
                let clients: Vec<_> = (0..8).map(|one| scope.spawn(move || client(one))).collect();
                clients.into_iter().map(|client| client.join().expect("no panic")).sum()
            })
        });
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_flood_of_names_that_do_not_exist_stays_within_the_bound() {
    in_namespace(|directory| {
        let denials = |resolver: &_, goal| denials(ZONE, resolver, goal);
        flood(directory, "denials", (2_000, 40_000), false, denials);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_flood_of_denials_that_are_verified_stays_within_the_bound() {
    in_namespace(|directory| {
        let denials = |resolver: &_, goal| denials(SIGNED, resolver, goal);
        flood(directory, "verified denials", (1_000, 15_000), false, denials);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn so_it_does_where_the_cache_is_kept_beyond_the_end() {
    in_namespace(|directory| {
        let denials = |resolver: &_, goal| denials(SIGNED, resolver, goal);
        flood(directory, "verified denials, to be kept", (1_000, 15_000), true, denials);
    });
}

/// Asks for names of `zone` that do not exist, 200 at a time; how many were denied.
fn denials(zone: &str, resolver: &Resolver, goal: Goal) -> usize {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
    socket.connect(resolver.address).expect("connected");
    socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    let (mut sent, mut denied, mut octets) = (0, 0, [0; 4_096]);
    while !goal.is_reached(denied) {
        for _ in 0..200 {
            let name = nth(zone, "denied", sent);
            socket.send(&compose(&query(&name), 65_535, true)).expect("sent");
            sent += 1;
        }
        for _ in 0..200 {
            let Ok(length) = socket.recv(&mut octets) else { break };
            let rcode = Header::peek(&octets[..length]).expect("a header").rcode;
            denied += usize::from(rcode == Rcode::NXDOMAIN);
        }
    }
    denied
}

/// A large answer that is kept is given without much ado.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_large_answer_that_is_kept_costs_little() {
    const TIMES: u32 = 400;
    in_namespace(|directory| {
        let resolver = start(directory, None, false);
        let mut stream = connect(resolver.address, 0);
        let name = nth(ZONE, "large", 0);
        let mut ask = || {
            assert_eq!(
                exchange_for(&mut stream, &query(&name)).answer[0].rdatas.len(),
                usize::from(MANY)
            )
        };
        (0..3).for_each(|_| ask());
        let (before, asked) = (resolver.cpu_seconds(), LARGE.load(Ordering::Relaxed));
        (0..TIMES).for_each(|_| ask());
        let each = (resolver.cpu_seconds() - before) / f64::from(TIMES);
        assert_eq!(LARGE.load(Ordering::Relaxed), asked, "each from the cache");
        assert!(asked > 0, "but for the first");
        println!("a large answer that is kept: {:.3} ms", each * 1_000.0);
        assert!(each <= 0.000_3, "{each} s");
    });
}

/// When a flood may end.
#[derive(Clone, Copy)]
struct Goal {
    enough: usize,
    begun: Instant,
}

impl Goal {
    fn is_reached(self, answers: usize) -> bool {
        let [least, most] = FLOOD;
        let time = self.begun.elapsed();
        time >= most || time >= least && answers >= self.enough
    }
}

/// A `flood` of as many answers as fill the bound, or of the least where the machine is slow, while busy names are asked for
/// again and again.
fn flood(
    directory: &Path,
    what: &str,
    (least, enough): (usize, usize),
    persist: bool,
    flood: impl Fn(&Resolver, Goal) -> usize + Sync,
) {
    let resolver = start(directory, Some(BOUND), persist);
    let busy: Vec<Name> = (0..BUSY).map(|n| nth(ZONE, "busy", n)).collect();
    let round = || {
        let clients = ask_all(resolver.address, &busy, Duration::from_secs(5));
        let answered =
            |c: &&crate::crowd::Client| c.outcome().is_some_and(|o| o.0 == Rcode::NOERROR);
        assert_eq!(clients.iter().filter(answered).count(), BUSY, "{what}");
    };
    (0..3).for_each(|_| round());
    let (before, asked) = (resolver.resident(), ASKED.load(Ordering::Relaxed));
    let done = AtomicBool::new(false);
    let (answers, largest) = std::thread::scope(|scope| {
        let flooding = scope.spawn(|| {
            let answers = flood(&resolver, Goal { enough, begun: Instant::now() });
            done.store(true, Ordering::Relaxed);
            answers
        });
        let mut largest = before;
        while !done.load(Ordering::Relaxed) {
            round();
            largest = largest.max(resolver.resident());
            std::thread::sleep(Duration::from_millis(100));
        }
        (flooding.join().expect("no panic"), largest)
    });
    round();
    let (grown, lost) = (largest - before, ASKED.load(Ordering::Relaxed) - asked);
    println!("{answers} {what}: +{} KiB, {lost} of {BUSY} busy names lost", grown / 1_024);
    assert!(answers >= least, "no flood: {answers}");
    assert!(grown <= BOUND_OCTETS, "{grown} octets");
    assert_eq!(lost, 0, "busy names asked for again");
}

/// A resolver with a cache of this size, and the zone's server, which has large answers and small ones.
fn start(directory: &Path, cache: Option<&'static str>, persist: bool) -> Resolver {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    add_addresses(&lab::addresses(&internet));
    Servers::serve(&internet).change(answer);
    let settings = lab::settings(&internet, directory);
    let persist_in = persist.then(|| directory.to_owned());
    let settings = Settings { cache, persist_in, workers: Some(2), ..settings };
    Resolver::start("resolver", directory, &settings)
}

fn answer(ip: IpAddr, transport: Transport, query: &Message, reply: &mut Message) -> bool {
    let question = &query.questions[0];
    let label = question.name.labels().next().unwrap_or_default().to_ascii_lowercase();
    let rdatas: Vec<Rdata> = match question.rtype {
        _ if ip != SILENT => return true,
        RrType::A if label.starts_with(b"busy") => {
            ASKED.fetch_add(1, Ordering::Relaxed);
            vec![[192, 0, 2, 1].into()]
        }
        RrType::A if label.starts_with(b"large") => {
            LARGE.fetch_add(1, Ordering::Relaxed);
            (0..MANY).map(|n| [&[192, 0][..], &n.to_be_bytes()].concat().into()).collect()
        }
        RrType::TXT if label.starts_with(b"large") => (0..TEXTS).map(text).collect(),
        _ => return true,
    };
    reply.header.rcode = Rcode::NOERROR;
    reply.header.flags.truncated = rdatas.len() > 1 && transport == Transport::Udp;
    reply.authority.clear();
    let rdatas = if reply.header.flags.truncated { rdatas[..1].to_vec() } else { rdatas };
    reply.answer = vec![RrSet::new(question.name.clone(), question.rtype, 3_600, rdatas)];
    true
}

/// Four strings of 249 octets each, unlike those with other numbers.
fn text(number: usize) -> Rdata {
    let number = u8::try_from(number).expect("few");
    [&[249][..], &[number; 249]].concat().repeat(4).into()
}
