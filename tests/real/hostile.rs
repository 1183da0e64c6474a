//! Servers that mean harm, on real sockets: while their names are asked for, nobody else waits longer.
//!
//! `tests/simulated/hostile` counts what each attack costs others, by a clock that stands still while the processor works;
//! here the processor's work counts too, and what only sockets can do is done: replies from foreign addresses, garbage, and
//! streams without end.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::{Internet, Zone, respond, udp_limit};
use bailiwick::net::Transport;
use bailiwick::wire::{Message, Name, Rcode, RrSet, RrType, compose};

use crate::crowd::{connected, query};
use crate::flood::{BYSTANDERS, EACH, LASTS, Seen, ZONE, bystanders};
use crate::lab;
use crate::scarcity::{SILENT, nth};
use crate::support::{Resolver, add_addresses, in_namespace};
use crate::way::{Servers, read_framed};

/// Hostile questions a second: each may cost dozens of packets.
const A_SECOND: u32 = 200;
/// Where nobody answers.
const DEAD: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 99);
/// Where the hostile server serves what it delegates to itself.
const CHILD: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 67);
/// From where forged replies come.
const FORGER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 66);
/// The median of three is what counts; what a busy machine adds to it on the way is allowed for.
const RUNS: usize = 3;
const ALLOWED: Duration = Duration::from_millis(3);

/// What the server of [`ZONE`] does with questions for names in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attack {
    Nothing,
    /// Refers to 20 names of a victim.
    Nxns,
    /// Refers to servers that are silent.
    SilentServers,
    /// Refers to names below themselves.
    Circles,
    Errors,
    /// TC, and over TCP octet after octet of a message that has no end.
    EndlessTcp,
    /// TC, and over TCP a message as long as there are.
    Huge,
    /// Octets without a meaning behind the right id.
    Garbage,
    /// Replies from another address only.
    ForeignAddress,
    /// An alias into the next zone, each with twenty servers whose names are a victim's, but for one (CVE-2026-50045).
    Camp,
    /// Names of a zone with a hundred keys of one tag, and as many signatures (CVE-2023-50387).
    KeyTrap,
    /// Names of many labels in a zone with many NSEC3 iterations (CVE-2023-50868).
    Enclosers,
}

impl Attack {
    const ALL: [Self; 11] = [
        Self::Nxns,
        Self::SilentServers,
        Self::Circles,
        Self::Errors,
        Self::EndlessTcp,
        Self::Huge,
        Self::Garbage,
        Self::ForeignAddress,
        Self::Camp,
        Self::KeyTrap,
        Self::Enclosers,
    ];

    /// The `n`th name that is asked for in `run`.
    fn name(self, run: usize, n: usize) -> Name {
        let what = format!("{self:?}{run}-").to_lowercase();
        match self {
            Self::KeyTrap => nth("keytrap.test.", &what, n),
            Self::Enclosers => nth(&format!("{}enclosers.test.", "a.".repeat(100)), &what, n),
            _ => nth(ZONE, &what, n),
        }
    }
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn hostile_servers_take_nothing_from_others() {
    in_namespace(attacked);
}

fn attacked(directory: &Path) {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    add_addresses(&lab::addresses(&internet));
    add_addresses(&[DEAD.into(), FORGER.into(), CHILD.into()]);
    let _deaf = UdpSocket::bind((DEAD, 53)).expect("bound");
    Servers::serve_others(&internet, &[SILENT]);
    let hostile = Hostile::serve(&internet);
    let resolver = Resolver::start("resolver", directory, &lab::settings(&internet, directory));
    bystanders(resolver.address, "first");
    let quiet = median(|run| bystanders(resolver.address, &format!("quiet{run}-")));
    println!("nothing: {quiet:?}");
    let mut complaints = Vec::new();
    for attack in Attack::ALL {
        hostile.turn_to(attack);
        let mut worst = 0.0_f64;
        let busy = median(|run| {
            std::thread::scope(|scope| {
                let asked = scope.spawn(|| ask_hostile(resolver.address, attack, run));
                let busy = bystanders(resolver.address, &format!("{attack:?}{run}-"));
                let asked = asked.join().expect("no panic");
                worst = worst.max(f64::from(hostile.packets()) / f64::from(asked));
                busy
            })
        });
        let factor = busy.p99.as_secs_f64() / quiet.p99.as_secs_f64();
        println!(
            "{attack:?}: {busy:?}, {factor:.1} times the quiet p99, {worst:.1} packets to the server for each question"
        );
        if busy.answered < BYSTANDERS * EACH || busy.p99 > quiet.p99 * 2 + ALLOWED || worst > 60.0 {
            complaints.push(format!("{attack:?}: {busy:?}, quiet {quiet:?}"));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(resolver.resident() < 100_000_000, "{} octets", resolver.resident());
}

/// The run in the middle of three; all of them must have answered as many.
fn median(mut run: impl FnMut(usize) -> Seen) -> Seen {
    let mut all: Vec<_> = (0..RUNS).map(&mut run).collect();
    all.sort_by_key(|seen| seen.p99);
    let answered = all.iter().map(|seen| seen.answered).min().unwrap_or_default();
    Seen { answered, p99: all[RUNS / 2].p99 }
}

/// Asks for names of the hostile server as long as bystanders ask; how many.
fn ask_hostile(server: SocketAddr, attack: Attack, run: usize) -> u32 {
    let sockets: Vec<_> = (0..8).map(|_| connected(server)).collect();
    let (start, mut asked) = (Instant::now(), 0);
    while start.elapsed() < LASTS / 2 {
        let name = attack.name(run, asked as usize);
        let socket = &sockets[asked as usize % sockets.len()];
        socket.send(&compose(&query(&name), 65_535, true)).expect("sent");
        asked += 1;
        std::thread::sleep(Duration::from_secs(1) / A_SECOND);
    }
    asked
}

/// The hostile server.
#[derive(Clone)]
struct Hostile {
    zones: Vec<Arc<Zone>>,
    attack: Arc<Mutex<Attack>>,
    asked: Arc<AtomicU32>,
    /// Is it the one of what was delegated?
    child: bool,
}

impl Hostile {
    /// At the address of the lab's server of [`ZONE`], and well-behaved in all that is not of that zone.
    fn serve(internet: &Internet) -> Self {
        let server = internet.servers().iter().find(|s| s.addresses.contains(&SILENT));
        let zones = server.expect("it is one of the lab").zones.clone();
        let attack = Arc::new(Mutex::new(Attack::Nothing));
        let hostile = Self { zones, attack, asked: Arc::default(), child: false };
        let child = Self { child: true, ..hostile.clone() };
        let childs = UdpSocket::bind((CHILD, 53)).expect("bound");
        std::thread::spawn(move || child.serve_udp(&childs));
        let (udp, tcp) = (UdpSocket::bind((SILENT, 53)), TcpListener::bind((SILENT, 53)));
        let (udp, tcp) = (udp.expect("bound"), tcp.expect("bound"));
        let (one, other) = (hostile.clone(), hostile.clone());
        std::thread::spawn(move || one.serve_udp(&udp));
        std::thread::spawn(move || other.serve_tcp(&tcp));
        hostile
    }

    fn turn_to(&self, attack: Attack) {
        *self.attack.lock().expect("no panic") = attack;
        self.packets();
    }

    /// How many questions came since this was asked last.
    fn packets(&self) -> u32 {
        self.asked.swap(0, Ordering::Relaxed)
    }

    /// What is done with `query`: with those that are none of the zone's, nothing bad.
    fn attack(&self, query: &Message) -> Attack {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let zone: Name = ZONE.parse().expect("a name");
        let hostile = query.question().is_some_and(|question| question.name.is_below(&zone));
        if hostile { *self.attack.lock().expect("no panic") } else { Attack::Nothing }
    }

    fn serve_udp(&self, socket: &UdpSocket) {
        let forger = UdpSocket::bind((FORGER, if self.child { 0 } else { 53 })).expect("bound");
        let mut octets = [0; 4_096];
        while let Ok((length, from)) = socket.recv_from(&mut octets) {
            let Ok(query) = Message::parse(&octets[..length]) else { continue };
            let attack = self.attack(&query);
            let reply = self.reply(attack, Transport::Udp, &query);
            let mut reply = compose(&reply, udp_limit(&query), true);
            match attack {
                Attack::ForeignAddress => drop(forger.send_to(&reply, from)),
                Attack::Garbage => {
                    reply[2..]
                        .iter_mut()
                        .zip(1..)
                        .for_each(|(octet, n): (_, u8)| *octet = n | 0x80);
                    let _ = socket.send_to(&reply, from);
                }
                _ => drop(socket.send_to(&reply, from)),
            }
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        while let Ok((stream, _)) = listener.accept() {
            let hostile = self.clone();
            std::thread::spawn(move || hostile.converse(stream));
        }
    }

    fn converse(&self, mut stream: TcpStream) -> Option<()> {
        let query = Message::parse(&read_framed(&mut stream).ok()?).ok()?;
        let attack = self.attack(&query);
        let reply = compose(&self.reply(attack, Transport::Tcp, &query), 65_535, true);
        match attack {
            Attack::EndlessTcp => {
                stream.write_all(&[0xff, 0xff]).ok()?;
                while stream.write_all(&[0]).is_ok() {
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
            Attack::Garbage | Attack::ForeignAddress => {}
            _ => {
                let length = u16::try_from(reply.len()).expect("a message");
                stream.write_all(&[&length.to_be_bytes()[..], &reply].concat()).ok()?;
            }
        }
        Some(())
    }

    fn reply(&self, attack: Attack, transport: Transport, query: &Message) -> Message {
        let mut reply = respond(&self.zones, query);
        if attack == Attack::Nothing {
            return reply;
        }
        let name = query.questions[0].name.clone();
        reply.answer.clear();
        reply.authority.clear();
        reply.header.rcode = Rcode::NOERROR;
        let over_udp = transport == Transport::Udp;
        match attack {
            Attack::Nothing => {}
            Attack::Nxns => {
                refer(&mut reply, &name, |n, label| format!("{n}-{label}.unsigned.test."))
            }
            Attack::Circles => refer(&mut reply, &name, |n, label| format!("{n}.{label}.{ZONE}")),
            Attack::SilentServers => {
                refer(&mut reply, &name, |n, label| format!("{n}.{label}.{ZONE}"));
                let dead = |n| address(format!("{n}.{}", name).parse().expect("a name"), DEAD);
                reply.additional.extend((0..20).map(dead));
            }
            Attack::Errors => reply.header.rcode = Rcode::SERVFAIL,
            Attack::EndlessTcp => reply.header.flags.truncated = over_udp,
            Attack::Huge if over_udp => reply.header.flags.truncated = true,
            Attack::Huge => {
                let addresses = (0..4_000_u32).map(|n| n.to_be_bytes().into()).collect();
                reply.answer.push(RrSet::new(name, RrType::A, 3_600, addresses));
            }
            Attack::Garbage | Attack::ForeignAddress => reply.answer.push(address(name, DEAD)),
            Attack::Camp => camp(&mut reply, &name, self.child),
            // These zones are served by others.
            Attack::KeyTrap | Attack::Enclosers => {}
        }
        reply
    }
}

/// Refers to a zone at `name` with twenty servers, whose names are made of a number and the name's first label.
fn refer(reply: &mut Message, name: &Name, server: impl Fn(usize, &str) -> String) {
    reply.header.flags.authoritative = false;
    let label = name.to_string();
    let label = label.split('.').next().unwrap_or_default();
    let servers = (0..20).map(|n| server(n, label).parse::<Name>().expect("a name"));
    let servers = servers.map(|server| server.as_wire().into()).collect();
    reply.authority.push(RrSet::new(name.clone(), RrType::NS, 3_600, servers));
}

/// Every name is a zone of its own, of whose twenty servers one is there: it gives an alias into the next zone.
fn camp(reply: &mut Message, name: &Name, child: bool) {
    let zone: Name = ZONE.parse().expect("a name");
    let apex = name.ancestor(zone.label_count() + 1).unwrap_or(zone);
    if !child {
        refer(reply, &apex, |n, label| match n {
            0 => format!("ns.{apex}"),
            _ => format!("{n}-{label}.unsigned.test."),
        });
        reply.additional.push(address(format!("ns.{apex}").parse().expect("a name"), CHILD));
        return;
    }
    let label = apex.to_string();
    let label = label.split('.').next().unwrap_or_default();
    let next: Name = format!("w.{label}-1.{ZONE}").parse().expect("a name");
    reply.answer.push(RrSet::new(name.clone(), RrType::CNAME, 0, vec![next.as_wire().into()]));
}

fn address(owner: Name, ip: Ipv4Addr) -> RrSet {
    RrSet::new(owner, RrType::A, 300, vec![ip.octets().into()])
}
