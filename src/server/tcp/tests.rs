//! Connections over the loopback interface.
#![allow(clippy::disallowed_methods, reason = "tests are clients")]

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::super::testing::{StandIn, octets, query, with_edns, with_server};
use super::super::{Limits, Options, Service};
use super::{Connection, Connections};
use crate::wire::{EdnsOption, Message, Rcode, RrType};

fn framed(owner: &str, id: u16) -> Vec<u8> {
    let mut query = query(owner, RrType::A);
    query.envelope.id = id;
    with_length(&octets(&query))
}

fn with_length(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("short").to_be_bytes();
    [&length[..], octets].concat()
}

async fn connect(server: SocketAddr) -> TcpStream {
    TcpStream::connect(server).await.expect("connected")
}

async fn reply(stream: &mut TcpStream) -> Message {
    let length = stream.read_u16().await.expect("a length");
    let mut octets = vec![0; usize::from(length)];
    stream.read_exact(&mut octets).await.expect("a reply");
    Message::parse(&octets).expect("a message")
}

/// Did the server close within `millis` milliseconds, without saying anything?
async fn is_closed_within(stream: &mut TcpStream, millis: u64) -> bool {
    let read = timeout(Duration::from_millis(millis), stream.read(&mut [0; 1])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

fn limits(change: impl FnOnce(&mut Limits)) -> Options {
    let mut options = Options::default();
    change(&mut options.limits);
    options
}

#[tokio::test]
async fn rfc7766_s6_2_1_1_and_s7_pipelined_and_out_of_order() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let mut stream = connect(server).await;
        let owners = ["slow.example.", "hit.example.", "miss.example."];
        let queries: Vec<_> = (1..).zip(owners).flat_map(|(id, o)| framed(o, id)).collect();
        stream.write_all(&queries).await.expect("sent");
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(reply(&mut stream).await.header.id);
        }
        assert_eq!(ids, [2, 3, 1]);
    })
    .await;
}

/// Whether the answer is made later or at once; replies that are kept ready are another matter.
#[tokio::test]
async fn rfc7828_s3_3_2_who_asks_is_told_how_long_the_connection_may_be_idle() {
    with_server("127.0.0.1:0", limits(|l| l.tcp_idle_time = 2_550), |server| async move {
        let mut stream = connect(server).await;
        for owner in ["slow.example.", "hit.example."] {
            for asks in [false, true] {
                let mut query = with_edns(query(owner, RrType::A), 1_232, true);
                if let Some(edns) = query.envelope.edns.as_mut().filter(|_| asks) {
                    edns.options.push(EdnsOption::keepalive(None));
                }
                stream.write_all(&with_length(&octets(&query))).await.expect("sent");
                let edns = reply(&mut stream).await.edns.expect("with EDNS");
                assert_eq!(edns.keepalive(), asks.then_some(Duration::from_millis(2_500)));
                assert_eq!(edns.options.len(), usize::from(asks));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rfc7766_s8_a_message_may_come_in_pieces() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let mut stream = connect(server).await;
        for octet in framed("hit.example.", 5) {
            stream.write_all(&[octet]).await.expect("sent");
            tokio::task::yield_now().await;
        }
        assert_eq!(reply(&mut stream).await.header.id, 5);
    })
    .await;
}

#[tokio::test]
async fn long_answers_go_whole_and_a_closed_half_is_still_answered() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let mut stream = connect(server).await;
        let queries = [framed("big.example.", 1), framed("slow.example.", 2)].concat();
        stream.write_all(&queries).await.expect("sent");
        stream.shutdown().await.expect("half closed");
        let big = reply(&mut stream).await;
        assert!(!big.header.flags.truncated && big.answer[0].rdatas[0].len() == 60_000);
        assert_eq!(reply(&mut stream).await.header.id, 2);
        assert!(is_closed_within(&mut stream, 1_000).await);
    })
    .await;
}

#[tokio::test]
async fn rfc7766_s6_2_3_idle_connections_and_slow_senders_are_closed() {
    let options = limits(|l| l.tcp_idle_time = 100);
    with_server("127.0.0.1:0", options, |server| async move {
        let (mut idle, mut slow) = (connect(server).await, connect(server).await);
        let mut waiting = connect(server).await;
        waiting.write_all(&framed("never.example.", 1)).await.expect("sent");
        for octet in framed("hit.example.", 5).iter().take(10) {
            let _ = slow.write_all(&[*octet]).await;
            sleep(Duration::from_millis(20)).await;
        }
        assert!(is_closed_within(&mut idle, 200).await);
        assert!(is_closed_within(&mut slow, 200).await);
        assert!(!is_closed_within(&mut waiting, 200).await, "we are the ones to wait for");
    })
    .await;
}

#[tokio::test]
async fn an_active_connection_outlives_the_idle_time() {
    with_server("127.0.0.1:0", limits(|l| l.tcp_idle_time = 150), |server| async move {
        let mut stream = connect(server).await;
        for id in 0..8 {
            stream.write_all(&framed("hit.example.", id)).await.expect("sent");
            assert_eq!(reply(&mut stream).await.header.id, id);
            sleep(Duration::from_millis(50)).await;
        }
        assert!(is_closed_within(&mut stream, 1_000).await);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_not_read_from_and_then_closed() {
    with_server("127.0.0.1:0", limits(|l| l.tcp_idle_time = 200), |server| async move {
        let mut stream = connect(server).await;
        let query = framed("big.example.", 1);
        let flood = async {
            for _ in 0..200_000 {
                if stream.write_all(&query).await.is_err() {
                    return true;
                }
            }
            false
        };
        let closed = timeout(Duration::from_secs(10), flood).await;
        assert_eq!(closed, Ok(true));
        let mut other = connect(server).await;
        other.write_all(&framed("hit.example.", 2)).await.expect("sent");
        assert_eq!(reply(&mut other).await.header.id, 2);
    })
    .await;
}

#[tokio::test]
async fn questions_beyond_the_limit_of_a_connection_wait_for_room() {
    with_server("127.0.0.1:0", limits(|l| l.tcp_waiting = 2), |server| async move {
        let mut stream = connect(server).await;
        let queries: Vec<_> = (0..20).flat_map(|id| framed("slow.example.", id)).collect();
        stream.write_all(&queries).await.expect("sent");
        let mut ids = Vec::new();
        for _ in 0..20 {
            let header = reply(&mut stream).await.header;
            assert_eq!(header.rcode, Rcode::NOERROR);
            ids.push(header.id);
        }
        ids.sort_unstable();
        assert_eq!(ids, (0..20).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn rfc9210_s4_2_idle_connections_give_way_to_new_ones() {
    let options = limits(|l| l.tcp_connections_per_client = 3);
    with_server("127.0.0.1:0", options, |server| async move {
        let mut streams = Vec::new();
        for id in 0..8 {
            let mut stream = connect(server).await;
            stream.write_all(&framed("hit.example.", id)).await.expect("sent");
            assert_eq!(reply(&mut stream).await.header.id, id);
            streams.push(stream);
        }
        for (at, stream) in streams.iter_mut().enumerate() {
            assert_eq!(is_closed_within(stream, 50).await, at < 5, "{at}");
        }
    })
    .await;
}

#[tokio::test]
async fn strangers_get_one_refusal_and_the_end() {
    let access = crate::policy::Access::new(Vec::new(), Vec::new());
    let options = Options { access, ..Options::default() };
    with_server("127.0.0.1:0", options, |server| async move {
        let mut stream = connect(server).await;
        let queries = [framed("hit.example.", 1), framed("hit.example.", 2)].concat();
        stream.write_all(&queries).await.expect("sent");
        let header = reply(&mut stream).await.header;
        assert_eq!((header.id, header.rcode), (1, Rcode::REFUSED));
        assert!(is_closed_within(&mut stream, 1_000).await);
    })
    .await;
}

#[tokio::test]
async fn messages_without_meaning_do_no_harm() {
    with_server("127.0.0.1:0", Options::default(), |server| async move {
        let mut stream = connect(server).await;
        let garbage = [&[0, 0][..], &[0, 3, 1, 2, 3], &[0, 12, 9, 9, 0x80], &[0; 9]].concat();
        stream.write_all(&garbage).await.expect("sent");
        stream.write_all(&framed("hit.example.", 3)).await.expect("sent");
        assert_eq!(reply(&mut stream).await.header.id, 3);
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_idle_connections_take_some_megabytes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let stream = connect(listener.local_addr().expect("an address")).await;
    let place = Connections::new(1, 1, Duration::from_secs(10))
        .admit([127, 0, 0, 1].into())
        .expect("a place");
    let service = Service::new(Arc::default(), Rc::new(StandIn::default()));
    let connection = Connection::new(stream, [127, 0, 0, 1].into(), place, service);
    let size = size_of_val(&connection);
    assert!(size <= 144, "{size}");
}
