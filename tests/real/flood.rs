//! Floods of random names below one zone, whose servers are silent or slow: nobody else notices ("water torture").

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::wire::{Header, Message, Rcode, compose};

use crate::crowd::{connected, query};
use crate::lab;
use crate::scarcity::{SILENT, nth};
use crate::support::{Resolver, add_addresses, in_namespace};
use crate::way::Servers;

/// The server of `plain.family.test.`, which is not signed: nothing is known of a name there until it is asked for.
pub const ZONE: &str = "plain.family.test.";
const A_SECOND: u32 = 2_000;
pub const LASTS: Duration = Duration::from_secs(3);
/// Bystanders who ask at the same time, one fresh name after the other.
pub const BYSTANDERS: usize = 20;
pub const EACH: usize = 50;
/// Octets of memory that a flood may take: what is under way, and what is kept of six thousand names. Answers of a slow zone
/// are kept as well, and until it is known how slow it is, more is under way.
const LARGEST: [u64; 2] = [15_000_000, 50_000_000];

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_flood_of_a_silent_zone_takes_nothing_from_others() {
    in_namespace(|directory| flood(directory, "silent", None));
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn a_flood_of_a_slow_zone_takes_nothing_from_others_and_is_resolved() {
    in_namespace(|directory| flood(directory, "slow", Some(Duration::from_millis(500))));
}

/// A flood of the zone whose server takes `late` to answer, or never does.
fn flood(directory: &Path, what: &str, late: Option<Duration>) {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    add_addresses(&lab::addresses(&internet));
    match late {
        Some(late) => Servers::serve_late(&internet, &[SILENT], late),
        None => {
            let servers = Servers::serve(&internet);
            servers.change(|ip, _, _, _| ip != SILENT);
            servers
        }
    };
    let resolver = Resolver::start("resolver", directory, &lab::settings(&internet, directory));
    let address = resolver.address;
    bystanders(address, "first");
    let before = resolver.resident();
    let quiet = bystanders(address, "quiet");
    let (busy, grown, flooded) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| send_flood(address));
        std::thread::sleep(LASTS / 10);
        let busy = bystanders(address, "busy");
        let grown = resolver.resident().saturating_sub(before);
        (busy, grown, flood.join().expect("no panic"))
    });
    println!(
        "{what}: bystanders {quiet:?} when it was quiet, {busy:?} amid {flooded:?}, +{} KiB",
        grown / 1024
    );
    let all = BYSTANDERS * EACH;
    assert_eq!((quiet.answered, busy.answered), (all, all));
    assert!(busy.p99 < Duration::from_millis(100), "{busy:?}");
    assert!(grown <= LARGEST[usize::from(late.is_some())], "{grown} octets");
    assert!(flooded.answered * 100 >= flooded.asked * 95, "{flooded:?}");
    if late.is_some() {
        assert!(flooded.resolved * 100 >= flooded.asked * 98, "{flooded:?}");
    }
}

/// What bystanders saw.
#[derive(Debug)]
pub struct Seen {
    pub answered: usize,
    pub p99: Duration,
}

/// Asks for names that nobody asked for before, of a zone that is well.
pub fn bystanders(server: SocketAddr, when: &str) -> Seen {
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..BYSTANDERS)
            .map(|n| scope.spawn(move || bystander(server, &format!("{when}{n}-"))))
            .collect();
        all.into_iter().flat_map(|one| one.join().expect("no panic")).collect()
    });
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Seen { answered: times.len(), p99 }
}

/// How long each good answer took.
fn bystander(server: SocketAddr, who: &str) -> Vec<Duration> {
    let socket = connected(server);
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let mut times = Vec::new();
    for n in 0..EACH {
        let (start, query) = (Instant::now(), query(&nth("unsigned.test.", who, n)));
        socket.send(&compose(&query, 65_535, true)).expect("sent");
        match reply_to(&query, &socket) {
            Some(reply) if reply.header.rcode == Rcode::NXDOMAIN => times.push(start.elapsed()),
            other => println!("{who}{n}: {other:?} after {:?}", start.elapsed()),
        }
        std::thread::sleep(LASTS / 2 / u32::try_from(EACH).expect("few"));
    }
    times
}

/// The reply to `query`: others may be late ones, to whoever had the port before.
fn reply_to(query: &Message, socket: &UdpSocket) -> Option<Message> {
    let mut octets = [0; 4_096];
    loop {
        let length = socket.recv(&mut octets).ok()?;
        let reply = Message::parse(&octets[..length]).ok()?;
        if reply.questions == query.questions {
            return Some(reply);
        }
    }
}

/// What became of a flood.
#[derive(Debug, Default)]
struct Flooded {
    asked: usize,
    /// Whatever was said.
    answered: usize,
    /// What the zone says.
    resolved: usize,
}

impl Flooded {
    fn look(&mut self, sockets: &[UdpSocket]) {
        let mut octets = [0; 4_096];
        for socket in sockets {
            while let Ok(length) = socket.recv(&mut octets) {
                let header = Header::peek(&octets[..length]).expect("a message");
                self.answered += 1;
                self.resolved += usize::from(header.rcode == Rcode::NXDOMAIN);
            }
        }
    }
}

/// Asks for random names at an even rate, from some sockets so that all workers have their share.
fn send_flood(server: SocketAddr) -> Flooded {
    let sockets: Vec<_> = (0..16)
        .map(|_| {
            let socket = connected(server);
            socket.set_nonblocking(true).expect("set");
            socket
        })
        .collect();
    let (start, mut flooded) = (Instant::now(), Flooded::default());
    while start.elapsed() < LASTS {
        let due = (start.elapsed() * A_SECOND).as_secs();
        while (flooded.asked as u64) < due {
            let name = nth(ZONE, "flood", flooded.asked);
            let socket = &sockets[flooded.asked % sockets.len()];
            socket.send(&compose(&query(&name), 65_535, true)).expect("sent");
            flooded.asked += 1;
        }
        flooded.look(&sockets);
        std::thread::sleep(Duration::from_millis(2));
    }
    while flooded.answered < flooded.asked && start.elapsed() < LASTS + Duration::from_secs(5) {
        flooded.look(&sockets);
        std::thread::sleep(Duration::from_millis(2));
    }
    flooded
}
