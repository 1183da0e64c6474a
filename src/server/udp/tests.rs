//! Datagrams over the loopback interface.
#![allow(clippy::disallowed_methods, reason = "tests are clients")]

use std::sync::Arc;

use allocation_counter::measure;
use tokio::time::timeout;

use super::super::testing::{
    StandIn, octets, query, secure_address, with_answerer, with_edns, with_server,
};
use super::super::{AnswerFuture, Answerer, Limits, Options, ServiceOptions};
use super::*;
use crate::cache::{Basis, Versions};
use crate::model::{Answer, Checking};
use crate::wire::{Header, Message, Question, Rcode, RrType};

/// A client's socket that takes replies from `server` alone.
async fn client(own: &str, server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((own, 0)).await.expect("a socket");
    socket.connect(server).await.expect("connected");
    socket
}

fn ask(owner: &str, id: u16) -> Vec<u8> {
    let mut query = query(owner, RrType::A);
    query.envelope.id = id;
    octets(&query)
}

async fn reply(socket: &UdpSocket) -> Message {
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).await.expect("a reply");
    Message::parse(&buffer[..length]).expect("a message")
}

#[tokio::test]
async fn hits_and_misses_are_answered() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let socket = client("127.0.0.1", server).await;
        for owner in ["hit.example.", "slow.example.", "miss.example."] {
            socket.send(&ask(owner, 7)).await.expect("sent");
            let reply = reply(&socket).await;
            assert_eq!((reply.header.id, reply.header.rcode), (7, Rcode::NOERROR));
            assert_eq!(reply.answer.len(), 1, "{owner}");
        }
    })
    .await;
}

#[tokio::test]
async fn hits_overtake_misses() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let socket = client("127.0.0.1", server).await;
        socket.send(&ask("slow.example.", 1)).await.expect("sent");
        socket.send(&ask("hit.example.", 2)).await.expect("sent");
        assert_eq!(reply(&socket).await.header.id, 2);
        assert_eq!(reply(&socket).await.header.id, 1);
    })
    .await;
}

#[tokio::test]
async fn a_hit_does_not_wait_until_each_of_a_thousand_misses_had_its_turn() {
    let answerer = Rc::new(StandIn::default());
    with_answerer("127.0.0.1:0", Options::default(), Rc::clone(&answerer), |server| async move {
        let socket = client("127.0.0.1", server).await;
        for sent in 1..=1_000 {
            socket.send(&ask("busy.example.", 1)).await.expect("sent");
            while answerer.resolved.get() < sent {
                tokio::task::yield_now().await;
            }
        }
        let before = answerer.turns.get();
        socket.send(&ask("hit.example.", 2)).await.expect("sent");
        assert_eq!(reply(&socket).await.header.id, 2);
        let turns = answerer.turns.get() - before;
        assert!(turns < 500, "{turns} turns");
    })
    .await;
}

#[tokio::test]
async fn a_hit_waits_for_few_of_those_that_work_hard() {
    let answerer = Rc::new(StandIn::default());
    with_answerer("127.0.0.1:0", Options::default(), Rc::clone(&answerer), |server| async move {
        let socket = client("127.0.0.1", server).await;
        for sent in 1..=20 {
            socket.send(&ask("toil.example.", 1)).await.expect("sent");
            while answerer.resolved.get() < sent {
                tokio::task::yield_now().await;
            }
        }
        let before = answerer.turns.get();
        for _ in 0..10 {
            socket.send(&ask("hit.example.", 2)).await.expect("sent");
            assert_eq!(reply(&socket).await.header.id, 2);
        }
        let turns = answerer.turns.get() - before;
        assert!(turns < 100, "{turns} turns for ten hits");
        while answerer.turns.get() < before + 200 {
            tokio::task::yield_now().await; // and all of them go on
        }
    })
    .await;
}

#[tokio::test]
async fn rfc2181_s4_1_replies_leave_from_the_address_that_was_asked() {
    with_server("0.0.0.0:0", Options::default(), |server| async move {
        for (own, asked) in [("127.0.0.1", "127.0.0.2"), ("127.0.0.3", "127.0.0.1")] {
            let asked = SocketAddr::new(asked.parse().expect("an address"), server.port());
            let socket = client(own, asked).await; // connected: other sources are not received
            for owner in ["hit.example.", "slow.example."] {
                socket.send(&ask(owner, 7)).await.expect("sent");
                assert_eq!(reply(&socket).await.header.id, 7, "{asked} {owner}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rfc2181_s4_1_also_over_ipv6_where_the_host_has_it() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return;
    }
    for listen in ["[::]:0", "[::1]:0"] {
        with_server(listen, Options::default(), |server| async move {
            let asked = SocketAddr::new("::1".parse().expect("an address"), server.port());
            let socket = client("::1", asked).await;
            socket.send(&ask("hit.example.", 7)).await.expect("sent");
            assert_eq!(reply(&socket).await.header.id, 7);
        })
        .await;
    }
}

#[tokio::test]
async fn a_batch_for_many_addresses_is_sorted_out() {
    with_server("0.0.0.0:0", Options::default(), |server| async move {
        let mut sockets = Vec::new();
        for n in 1..=40_u8 {
            let asked = SocketAddr::new([127, 0, 1, n % 5 + 1].into(), server.port());
            sockets.push(client("127.0.0.1", asked).await);
        }
        for (id, socket) in (0..).zip(&sockets) {
            socket.send(&ask("hit.example.", id)).await.expect("sent");
        }
        for (id, socket) in (0..).zip(&sockets) {
            assert_eq!(reply(socket).await.header.id, id);
        }
    })
    .await;
}

#[tokio::test]
async fn long_answers_are_truncated_and_strangers_refused() {
    let access = crate::policy::Access::new(
        vec!["127.0.0.0/8".parse().expect("a network")],
        vec!["127.0.0.9".parse().expect("a network")],
    );
    let options = Options { access, ..Options::default() };
    with_server("127.0.0.1:0", options, |server| async move {
        let socket = client("127.0.0.1", server).await;
        let big = octets(&with_edns(query("big.example.", RrType::TXT), 4096, true));
        socket.send(&big).await.expect("sent");
        let message = reply(&socket).await;
        assert!(message.header.flags.truncated && message.edns.is_some());
        let stranger = client("127.0.0.9", server).await;
        stranger.send(&ask("hit.example.", 7)).await.expect("sent");
        assert_eq!(reply(&stranger).await.header.rcode, Rcode::REFUSED);
    })
    .await;
}

#[tokio::test]
async fn garbage_is_dropped_and_does_no_harm() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let socket = client("127.0.0.1", server).await;
        for garbage in [&[][..], &[0; 11], &[0xff; 600], &[0x80; 40]] {
            socket.send(garbage).await.expect("sent");
        }
        let nothing = timeout(Duration::from_millis(30), socket.recv(&mut [0; 512])).await;
        assert!(nothing.is_err());
        socket.send(&ask("hit.example.", 7)).await.expect("sent");
        assert_eq!(reply(&socket).await.header.id, 7);
    })
    .await;
}

#[tokio::test]
async fn more_waiting_clients_than_places_are_told_so() {
    let limits = Limits { waiting_clients: 2, ..Limits::default() };
    with_server("127.0.0.1:0", Options { limits, ..Options::default() }, |server| async move {
        let socket = client("127.0.0.1", server).await;
        for id in 0..3 {
            socket.send(&ask("never.example.", id)).await.expect("sent");
        }
        let Header { id, rcode, .. } = reply(&socket).await.header;
        assert_eq!((id, rcode), (2, Rcode::SERVFAIL));
        socket.send(&ask("hit.example.", 9)).await.expect("sent");
        assert_eq!(reply(&socket).await.header.rcode, Rcode::NOERROR);
    })
    .await;
}

/// Has the same answer to everything at hand, and says what it rests on.
#[derive(Debug, Default)]
struct Known(Versions);

impl Answerer for Known {
    fn answer_from_cache(&self, question: &Question, _: Checking) -> Option<Answer> {
        let mut answer = secure_address("x.");
        answer.answer[0].owner = question.name.clone();
        Some(answer)
    }

    fn basis(&self, question: &Question, _: Checking) -> Option<Basis> {
        let mut basis = Basis::at(self.now());
        basis.watch(&self.0, &question.name).then_some(basis)
    }

    fn versions(&self) -> Option<&Versions> {
        Some(&self.0)
    }

    fn resolve<'a>(&'a self, _: &'a Question, _: Checking) -> AnswerFuture<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_batch_is_read_by_one_call_and_its_hits_take_no_allocation() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_nonblocking(true).expect("set");
    let socket = UdpSocket::from_std(socket).expect("a socket");
    let address = socket.local_addr().expect("its own");
    let service = Service::new(Arc::new(ServiceOptions::default()), Rc::new(Known::default()));
    let outbox = Outbox::new(address).into();
    let listener = Rc::new(Listener { socket, address, service, outbox });
    let (mut inbox, mut replies) = (Inbox::new(address), Replies::default());
    let client = client("127.0.0.1", address).await;
    let query = octets(&with_edns(query("www.example.", RrType::A), 1232, true));
    for round in 0..4 {
        for _ in 0..BATCH {
            client.send(&query).await.expect("sent");
        }
        listener.socket.readable().await.expect("readable");
        let counted = measure(|| {
            assert_eq!(listener.read(&mut inbox).expect("read"), Left::More);
            listener.answer(&inbox, &mut replies);
        });
        assert_eq!(inbox.datagrams().count(), BATCH);
        listener.send(&mut replies).await;
        for _ in 0..BATCH {
            assert_eq!(reply(&client).await.answer.len(), 1);
        }
        assert_eq!(counted.count_total == 0, round > 0, "{} in round {round}", counted.count_total);
    }
    assert_eq!(listener.read(&mut inbox).expect("read"), Left::Nothing);
}
