//! Clients that take what they can: idle, slow and deaf TCP connections by the thousand lock nobody out (RFC 7766 section
//! 6.2, RFC 9210 section 4.2), memory stays flat, and a stop is quick all the same.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::wire::{Message, Name, Question, Rcode, RrType, compose};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

use crate::crowd::{ask_all, count, longest, query};
use crate::lab;
use crate::scarcity::SILENT;
use crate::support::{Ask, Resolver, Settings, add_addresses, ask, in_namespace};
use crate::way::{Servers, read_framed};

/// Connections of one client address; the limit on them is higher.
const PER_CLIENT: usize = 500;

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn ten_thousand_tcp_connections_lock_nobody_out() {
    in_namespace(|directory| {
        let (_internet, mut resolver) = lab::start(directory, 53);
        all_descriptors();
        assert!(answers(&resolver));
        let quiet = resolver.resident();
        let connections: Vec<_> = (0..10_000).map(|n| connect(resolver.address, n)).collect();
        for (n, mut stream) in connections.iter().enumerate() {
            if n % 2 == 0 {
                stream.write_all(&[0]).expect("the first octet of a length, and no other");
            }
        }
        let (start, grown) = (Instant::now(), resolver.resident().saturating_sub(quiet));
        assert!(answers(&resolver), "over UDP");
        let mut fresh = connect(resolver.address, 15_000);
        assert_eq!(exchange(&mut fresh).header.rcode, Rcode::NOERROR, "over TCP");
        let took = start.elapsed();
        println!("10,000 idle connections: {} KiB, a new client {took:?}", grown / 1024);
        assert!(took < Duration::from_millis(500), "{took:?}");
        assert!(grown <= 10_000_000, "{grown} octets");
        let stopped = resolver.stop();
        assert!(stopped < Duration::from_secs(1), "stopping took {stopped:?}");
    });
}

/// A client that asks and does not take its replies is no longer read from (CVE-2024-0760).
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn clients_that_do_not_read_cost_little() {
    in_namespace(|directory| {
        let (_internet, resolver) = lab::start(directory, 53);
        all_descriptors();
        assert!(answers(&resolver));
        let quiet = resolver.resident();
        let (mut deaf, mut accepted) = (Vec::new(), 0);
        for n in 0..100 {
            let mut stream = connect(resolver.address, n * PER_CLIENT); // an idle one would be closed meanwhile
            accepted += fill(&mut stream);
            deaf.push(stream);
        }
        assert!(answers(&resolver));
        let grown = resolver.resident().saturating_sub(quiet);
        println!("100 deaf clients sent {accepted} octets: {} KiB", grown / 1024);
        assert!(grown <= 1_000_000, "{grown} octets");
    });
}

/// Sends questions over and over until the kernel has taken none for a while, since the resolver does not either; how many
/// octets it took.
pub fn fill(stream: &mut TcpStream) -> usize {
    stream.set_nonblocking(true).expect("set");
    let octets = framed(&query(&name("www.p256.test."))).repeat(100);
    let (mut sent, mut last) = (0, Instant::now());
    while last.elapsed() < Duration::from_millis(20) {
        match stream.write(&octets[sent % octets.len()..]) {
            Ok(taken) => (sent, last) = (sent + taken, Instant::now()),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
        assert!(sent < 1 << 26, "a deaf client is read from");
    }
    sent
}

static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Of equal questions one is asked upstream, whichever workers have them, and all clients get what comes of it.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn equal_questions_are_asked_once() {
    in_namespace(|directory| {
        let internet = Internet::new(SystemClock.wall()).expect("the lab");
        add_addresses(&lab::addresses(&internet));
        Servers::serve(&internet).change(|ip, _, query, _| {
            let asked = &query.questions[0].name;
            if [name("www.p256.test."), name("www.family.test.")].contains(asked) {
                ASKED.fetch_add(1, Ordering::Relaxed);
            }
            ip != SILENT
        });
        let settings = lab::settings(&internet, directory);
        let settings = Settings { workers: Some(4), ..settings };
        let resolver = Resolver::start("resolver", directory, &settings);
        for (asked, wanted) in
            [("www.p256.test.", Rcode::NOERROR), ("www.family.test.", Rcode::SERVFAIL)]
        {
            ASKED.store(0, Ordering::Relaxed);
            let equal = vec![name(asked); 300];
            let clients = ask_all(resolver.address, &equal, Duration::from_secs(6));
            let right = count(&clients, |rcode, explained| {
                rcode == wanted && (explained || wanted == Rcode::NOERROR)
            });
            let (upstream, took) = (ASKED.load(Ordering::Relaxed), longest(&clients));
            println!("300 times {asked}: {right} of 300 {wanted}, {upstream} upstream, {took:?}");
            assert_eq!(right, 300, "{asked}");
            assert!(took < Duration::from_millis(4_500), "{took:?}");
            if wanted == Rcode::NOERROR {
                assert_eq!(upstream, 1);
            }
        }
    });
}

/// As many descriptors as this process may have.
pub fn all_descriptors() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("raised");
    assert!(hard > 11_000, "the hard limit of descriptors is {hard}");
}

/// Connection `n`, from an address that it shares with few.
pub fn connect(server: SocketAddr, n: usize) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let host = u8::try_from(n / PER_CLIENT % 200).expect("few clients") + 2;
    let from = SocketAddr::from((Ipv4Addr::new(127, 0, 1, host), 0));
    socket.bind(&from.into()).expect("bound");
    socket.connect(&server.into()).expect("connected");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream
}

fn framed(message: &Message) -> Vec<u8> {
    let octets = compose(message, 65_535, true);
    let length = u16::try_from(octets.len()).expect("short");
    [&length.to_be_bytes()[..], &octets].concat()
}

pub fn exchange(stream: &mut TcpStream) -> Message {
    exchange_for(stream, &query(&name("www.p256.test.")))
}

pub fn exchange_for(stream: &mut TcpStream, query: &Message) -> Message {
    stream.write_all(&framed(query)).expect("sent");
    Message::parse(&read_framed(stream).expect("a whole reply")).expect("a message")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn answers(resolver: &Resolver) -> bool {
    let question = Question::new(name("www.p256.test."), RrType::A);
    ask(resolver.address, &question, Ask::Checked)
        .is_ok_and(|reply| reply.header.rcode == Rcode::NOERROR)
}
