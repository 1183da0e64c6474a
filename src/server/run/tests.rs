//! Whole servers: several workers, and an orderly stop.
#![allow(clippy::disallowed_methods, reason = "tests are clients")]

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};

use super::super::testing::{StandIn, octets, query};
use super::*;
use crate::wire::{Header, RrType};

fn options(workers: usize) -> Options {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Options { listen: vec![Listen { address, required: true }], workers, ..Options::default() }
}

fn stand_in(_: usize) -> Rc<dyn Answerer> {
    Rc::new(StandIn::default())
}

/// Runs a server of three workers while `test` does; how it ended.
fn run(test: impl FnOnce(SocketAddr, &Stop)) -> io::Result<()> {
    let server = Server::bind(options(3)).expect("bound");
    let (address, stop) = (server.addresses()[0], Stop::new());
    thread::scope(|scope| {
        let serving = scope.spawn(|| server.run(&stand_in, &stop));
        test(address, &stop);
        stop.stop();
        serving.join().expect("no panic")
    })
}

#[test]
fn a_wildcard_is_reached_at_every_address_of_the_host() {
    let address = SocketAddr::from(([0, 0, 0, 0], 0));
    let listen = vec![Listen { address, required: true }];
    let server = Server::bind(Options { listen, workers: 1, ..Options::default() }).expect("bound");
    let bound = server.addresses()[0];
    let reached = server.reached_at();
    let loopback = SocketAddr::from(([127, 0, 0, 1], bound.port()));
    assert!(reached.contains(&bound) && reached.contains(&loopback), "{reached:?}");
    assert!(reached.iter().all(SocketAddr::is_ipv4), "{reached:?}");
    let server = Server::bind(options(1)).expect("bound");
    assert_eq!(server.reached_at(), server.addresses());
}

#[test]
fn every_worker_answers() {
    let ended = run(|address, _| {
        for _ in 0..40 {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket"); // its port chooses the worker
            socket.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
            let query = octets(&query("hit.example.", RrType::A));
            socket.send_to(&query, address).expect("sent");
            let mut reply = [0; 512];
            let length = socket.recv(&mut reply).expect("a reply");
            assert!(Header::peek(&reply[..length]).is_ok_and(|header| header.id == 0x1234));
        }
    });
    assert!(ended.is_ok());
}

#[test]
fn rfc7766_s6_2_4_who_waits_when_the_server_stops_is_still_answered() {
    let ended = run(|address, stop| {
        let mut stream = TcpStream::connect(address).expect("connected");
        let framed = |owner: &str| {
            let query = octets(&query(owner, RrType::A));
            let length = u16::try_from(query.len()).expect("short").to_be_bytes();
            [&length[..], &query].concat()
        };
        let both = [framed("slow.example."), framed("hit.example.")].concat();
        stream.write_all(&both).expect("sent");
        let mut first = [0; 2];
        stream.read_exact(&mut first).expect("the reply to the second: both were read");
        stop.stop();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("both replies and the end");
        let end = usize::from(u16::from_be_bytes(first));
        assert!(Header::peek(&all[end + 2..]).is_ok_and(|header| header.id == 0x1234));
    });
    assert!(ended.is_ok());
}

#[test]
fn a_worker_that_fails_stops_the_others_and_is_an_error() {
    let server = Server::bind(options(2)).expect("bound");
    let failing = |worker: usize| -> Rc<dyn Answerer> {
        assert_ne!(worker, 1, "this worker fails to start, as the test wants");
        Rc::new(StandIn::default())
    };
    assert!(server.run(&failing, &Stop::new()).is_err());
}

#[test]
fn sockets_are_bound_before_the_server_runs() {
    let server = Server::bind(options(1)).expect("bound");
    assert_ne!(server.addresses()[0].port(), 0);
    assert!(TcpStream::connect(server.addresses()[0]).is_ok());
    assert_eq!(server.workers(), 1);
}

#[test]
fn ready_replies_stay_within_their_part_of_what_all_caches_may_take() {
    let limit = Limits::default().ready_reply_octets;
    let most = |ready_octets, workers| {
        Options { ready_octets, ..Options::default() }.limits(workers).ready_reply_octets
    };
    assert_eq!(most(None, 4), limit);
    assert_eq!(most(Some(1_000_000), 4), 250_000);
    assert_eq!(most(Some(u64::MAX), 1), limit, "the operator's own limit holds as well");
}
