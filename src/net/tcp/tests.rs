//! Exchanges over loopback sockets, with servers that follow a script.
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use super::*;
use crate::clock::{FixedClock, Instant, Moment};
use crate::entropy::Entropy;
use crate::net::{Exchange, Limits, NearMisses, Sockets, Transport};
use crate::wire::{
    Edns, EdnsOption, Flags, Header, Message, Opcode, Question, Rcode, RrType, compose,
};

const RESPONSE: u8 = 0x80;
const TRUNCATED: u8 = 0x02;
/// In which what was sent arrives.
const MOMENT: Duration = Duration::from_millis(20);

fn at(millis: u64) -> FixedClock {
    FixedClock(Moment { now: Instant::from_nanos(millis * 1_000_000), ..Moment::default() })
}

/// Runs `test`, which comes to its end.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), async {
        timeout(Duration::from_secs(20), test).await.expect("it comes to its end");
    });
}

/// A server, and how many connections it has had.
struct Server {
    to: SocketAddr,
    connections: Rc<Cell<u32>>,
}

/// One on which `converse` has each connection.
async fn server<F: Future<Output = Option<()>> + 'static>(
    converse: impl Fn(TcpStream) -> F + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let (to, connections) = (listener.local_addr().expect("bound"), Rc::new(Cell::new(0)));
    let counted = Rc::clone(&connections);
    spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.set(counted.get() + 1);
            spawn_local(converse(stream));
        }
    });
    Server { to, connections }
}

/// Answers each of so many questions with itself.
async fn echo(each: usize) -> Server {
    server(move |mut stream| async move {
        for _ in 0..each {
            let query = next(&mut stream).await?;
            stream.write_all(&reply(&query)).await.ok()?;
        }
        Some(())
    })
    .await
}

async fn next(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut query = vec![0; usize::from(length)];
    stream.read_exact(&mut query).await.ok()?;
    Some(query)
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).expect("short").to_be_bytes()[..], message].concat()
}

/// The reply to `query`, with its length.
fn reply(query: &[u8]) -> Vec<u8> {
    let mut reply = query.to_vec();
    reply[2] |= RESPONSE;
    framed(&reply)
}

fn query(id: u16) -> Message {
    let flags = Flags::default();
    let mut message =
        Message::new(Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR });
    message.questions.push(Question::new("a.example".parse().expect("a name"), RrType::A));
    message
}

/// What is sent to `to`: `octets`, which are `message`.
fn outgoing<'a>(
    to: SocketAddr,
    transport: Transport,
    (message, octets): &'a (Message, Vec<u8>),
    misses: &'a NearMisses,
) -> Outgoing<'a> {
    let (question, timeout) = (&message.questions[0], Duration::from_secs(5));
    let (alone, letters, cookie) = (false, 0, None);
    Outgoing { to, transport, alone, octets, question, letters, cookie, misses, timeout }
}

/// The question with this id, as a message and as octets.
fn question(id: u16) -> (Message, Vec<u8>) {
    let message = query(id);
    let octets = compose(&message, 512, false);
    (message, octets)
}

/// Asks, and once more where that is worth it.
async fn ask(to: SocketAddr, id: u16, pool: &Pool, clock: FixedClock) -> Result<Vec<u8>, Failed> {
    let (question, misses) = (question(id), NearMisses::default());
    let shared = outgoing(to, Transport::Tcp, &question, &misses);
    let reply = match exchange(to, &shared, pool, &clock).await {
        Err(Failed::ClosedEarly) => {
            exchange(to, &Outgoing { alone: true, ..shared }, pool, &clock).await?
        }
        outcome => outcome?,
    };
    assert_eq!(reply[..2], id.to_be_bytes());
    Ok(reply)
}

/// Questions with these ids, all at once.
fn ask_all(
    to: SocketAddr,
    ids: impl IntoIterator<Item = u16>,
    pool: &Rc<Pool>,
) -> Vec<JoinHandle<Result<Vec<u8>, Failed>>> {
    let ask = |id| {
        let pool = Rc::clone(pool);
        spawn_local(async move { ask(to, id, &pool, at(1)).await })
    };
    ids.into_iter().map(ask).collect()
}

async fn all_answered(asked: Vec<JoinHandle<Result<Vec<u8>, Failed>>>) {
    for question in asked {
        question.await.expect("no panic").expect("a reply");
    }
}

fn pool() -> Rc<Pool> {
    Rc::new(Pool::new(Limits::default()))
}

/// The connections that questions at these seconds take.
fn connections(each: usize, limits: Limits, seconds: &[u64]) -> u32 {
    let count = Cell::new(0);
    run(async {
        let (server, pool) = (echo(each).await, Pool::new(limits));
        for second in seconds {
            assert!(ask(server.to, 7, &pool, at(second * 1_000)).await.is_ok());
            sleep(MOMENT).await; // what the server does next arrives
        }
        count.set(server.connections.get());
    });
    count.get()
}

#[test]
fn rfc7766_s6_2_1_a_connection_is_used_again_while_it_is_young() {
    let usual = Limits::default();
    let none = Limits { upstream_connections: 0, ..usual };
    let none_each = Limits { upstream_connections_per_server: 0, ..usual };
    for (limits, seconds, expected) in [
        (usual, &[1, 1, 1, 4][..], 1),
        (usual, &[1, 5][..], 2),
        (none, &[1, 1, 1][..], 3),
        (none_each, &[1, 1, 1][..], 3),
    ] {
        assert_eq!(connections(9, limits, seconds), expected, "{seconds:?}");
    }
}

#[test]
fn rfc7766_s6_2_4_one_that_the_server_closed_is_replaced() {
    assert_eq!(connections(1, Limits::default(), &[1, 1, 1]), 3);
}

#[test]
fn one_on_which_something_unasked_for_came_is_not_used_again() {
    run(async {
        let server = server(|mut stream| async move {
            loop {
                let query = next(&mut stream).await?;
                stream.write_all(&[reply(&query), framed(&[0])].concat()).await.ok()?;
            }
        })
        .await;
        let pool = pool();
        for expected in 1..4 {
            assert!(ask(server.to, 7, &pool, at(1)).await.is_ok());
            sleep(MOMENT).await;
            assert_eq!(server.connections.get(), expected);
        }
    });
}

#[test]
fn so_many_rest_and_no_more() {
    run(async {
        let pool = Rc::new(Pool::new(Limits { upstream_connections: 3, ..Limits::default() }));
        let mut servers = Vec::new();
        for _ in 0..5 {
            servers.push(echo(9).await);
        }
        for server in &servers {
            assert!(ask(server.to, 1, &pool, at(1)).await.is_ok());
        }
        assert_eq!(pool.at_rest(), 3);
        let rest = |server: &Server| pool.has(server.to, at(1).now());
        assert_eq!(servers.iter().map(rest).collect::<Vec<_>>(), [false, false, true, true, true]);
    });
}

/// The server answers none before it has all, and the last one first.
#[test]
fn rfc7766_s6_2_1_1_and_s7_questions_share_a_connection_and_replies_come_in_any_order() {
    for (questions, sharing, expected) in [(5, 5, 1), (16, 16, 1), (48, 16, 3)] {
        run(async {
            let server = server(move |mut stream| async move {
                let mut replies = Vec::new();
                for _ in 0..sharing {
                    replies.push(reply(&next(&mut stream).await?));
                }
                replies.reverse();
                stream.write_all(&replies.concat()).await.ok()?;
                next(&mut stream).await.map(drop)
            })
            .await;
            let pool = pool();
            all_answered(ask_all(server.to, 0..questions, &pool)).await;
            assert_eq!(server.connections.get(), expected);
            assert_eq!(pool.at_rest(), usize::from(expected > 1) + 1, "two of a server rest");
        });
    }
}

#[test]
fn rfc7766_s6_2_2_questions_that_were_cut_short_at_the_same_time_open_one_connection() {
    run(async {
        let server = echo(usize::MAX).await;
        let udp = UdpSocket::bind(server.to).await.expect("the same port");
        spawn_local(async move {
            let mut octets = [0; 512];
            while let Ok((length, client)) = udp.recv_from(&mut octets).await {
                octets[2] |= RESPONSE | TRUNCATED;
                let _ = udp.send_to(&octets[..length], client).await;
            }
        });
        let sockets = Rc::new(Sockets::new(Rc::new(Entropy::system()), None));
        let ask = |id| {
            let (to, sockets) = (server.to, Rc::clone(&sockets));
            spawn_local(async move {
                let (question, misses) = (question(id), NearMisses::default());
                let ask = |transport| sockets.exchange(outgoing(to, transport, &question, &misses));
                let cut = ask(Transport::Udp).await.expect("a reply");
                let whole = ask(Transport::Tcp).await.expect("a reply");
                (cut[2], whole[2])
            })
        };
        for asked in (0..16).map(ask).collect::<Vec<_>>() {
            assert_eq!(asked.await.expect("no panic"), (RESPONSE | TRUNCATED, RESPONSE));
        }
        assert_eq!(server.connections.get(), 1);
        assert!(sockets.is_connected(server.to));
    });
}

#[test]
fn rfc7766_s6_2_1_an_id_is_once_on_a_connection() {
    run(async {
        let server = server(|mut stream| async move {
            let query = next(&mut stream).await?;
            sleep(MOMENT).await;
            stream.write_all(&reply(&query)).await.ok()?;
            next(&mut stream).await.map(drop)
        })
        .await;
        all_answered(ask_all(server.to, [7, 7, 7], &pool())).await;
        assert_eq!(server.connections.get(), 3);
    });
}

/// Some servers close after each reply, some when another question lies behind the first: each question gets its answer.
#[test]
fn rfc7766_s6_2_4_questions_that_a_server_closed_on_are_asked_once_more() {
    run(async {
        let server = echo(1).await;
        all_answered(ask_all(server.to, 0..9, &pool())).await;
        assert_eq!(server.connections.get(), 9);
    });
    run(async {
        let server = server(|mut stream| async move {
            let query = next(&mut stream).await?;
            sleep(MOMENT).await;
            if stream.try_read(&mut [0]).is_ok() {
                return None;
            }
            stream.write_all(&reply(&query)).await.ok()
        })
        .await;
        all_answered(ask_all(server.to, 0..9, &pool())).await;
        assert_eq!(server.connections.get(), 1 + 9);
    });
}

/// Each time that it is sent is paid for by whoever asks.
#[test]
fn what_was_closed_early_is_not_sent_again_unasked() {
    run(async {
        let (server, pool) = (echo(1).await, pool());
        let asked = (0..5).map(|id| {
            let (to, pool) = (server.to, Rc::clone(&pool));
            spawn_local(async move {
                let (question, misses) = (question(id), NearMisses::default());
                let outgoing = outgoing(to, Transport::Tcp, &question, &misses);
                exchange(to, &outgoing, &pool, &at(1)).await
            })
        });
        let mut closed = 0;
        for asked in asked.collect::<Vec<_>>() {
            let outcome = asked.await.expect("no panic");
            closed += u32::from(matches!(outcome, Err(Failed::ClosedEarly)));
        }
        assert_eq!((closed, server.connections.get()), (4, 1));
    });
}

#[test]
fn rfc7766_s6_2_4_once_more_and_no_more() {
    run(async {
        let server = server(|mut stream| async move { next(&mut stream).await.map(drop) }).await;
        for asked in ask_all(server.to, 0..3, &pool()) {
            assert!(asked.await.expect("no panic").is_err());
        }
        assert_eq!(server.connections.get(), 1 + 3);
        assert!(ask(server.to, 7, &pool(), at(1)).await.is_err());
        assert_eq!(server.connections.get(), 5, "its only question is not asked again");
    });
}

#[test]
fn who_refuses_connections_is_asked_for_one() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let to = listener.local_addr().expect("bound");
        drop(listener);
        let pool = pool();
        for asked in ask_all(to, 0..5, &pool) {
            let refused = asked.await.expect("no panic");
            assert!(matches!(refused, Err(Failed::Sent)), "{refused:?}");
        }
        assert_eq!(pool.at_rest(), 0);
    });
}

/// The first question is given up in the middle of its reply: no octet of the next one's is lost.
#[test]
fn a_question_that_is_given_up_takes_nothing_along() {
    for others_wait in [true, false] {
        run(async {
            let server = server(|mut stream| async move {
                let first = reply(&next(&mut stream).await?);
                let (begin, end) = first.split_at(9);
                stream.write_all(begin).await.ok()?;
                let second = next(&mut stream).await?;
                sleep(MOMENT * 2).await;
                stream.write_all(end).await.ok()?;
                stream.write_all(&reply(&second)).await.ok()?;
                next(&mut stream).await.map(drop)
            })
            .await;
            let pool = pool();
            let given_up = ask_all(server.to, [1], &pool).pop().expect("one");
            sleep(MOMENT).await;
            let second = others_wait.then(|| ask_all(server.to, [2], &pool));
            sleep(MOMENT).await;
            given_up.abort();
            assert!(given_up.await.is_err_and(|error| error.is_cancelled()));
            assert_eq!(pool.at_rest(), usize::from(!others_wait));
            all_answered(second.unwrap_or_else(|| ask_all(server.to, [2], &pool))).await;
            assert_eq!((server.connections.get(), pool.at_rest()), (1, 1));
        });
    }
}

#[test]
fn one_that_is_silent_is_left_to_those_who_are_on_it() {
    run(async {
        let server = server(|mut stream| async move {
            loop {
                next(&mut stream).await?;
            }
        })
        .await;
        let pool = pool();
        let wait = |id, millis| timeout(MOMENT, ask(server.to, id, &pool, at(millis)));
        for (id, millis, expected) in [(1, 1, 1), (2, 499, 1), (3, 501, 2), (4, 900, 2)] {
            assert!(wait(id, millis).await.is_err());
            assert_eq!(server.connections.get(), expected, "at {millis} ms");
        }
        assert_eq!(pool.at_rest(), 1, "one with nobody on it is closed");
    });
}

#[test]
fn a_server_that_sends_one_octet_after_the_other_keeps_nobody_beyond_his_time() {
    run(async {
        let server = server(|mut stream| async move {
            next(&mut stream).await?;
            stream.write_all(&[0xff, 0xff]).await.ok()?;
            loop {
                stream.write_all(&[0]).await.ok()?;
                sleep(MOMENT / 4).await;
            }
        })
        .await;
        let pool = pool();
        let asked = ask_all(server.to, 0..4, &pool);
        let waited = async { timeout(MOMENT * 4, all_answered(asked)).await };
        assert!(waited.await.is_err());
        assert_eq!(server.connections.get(), 1);
    });
}

#[test]
fn a_server_that_sends_other_messages_is_given_up() {
    run(async {
        let server = server(|mut stream| async move {
            let query = next(&mut stream).await?;
            let mut other = query.clone();
            other[1] ^= 1;
            loop {
                stream.write_all(&reply(&other)).await.ok()?;
            }
        })
        .await;
        let outcome = ask(server.to, 7, &pool(), at(1)).await;
        assert!(matches!(outcome, Err(Failed::Sent)), "{outcome:?}");
    });
}

/// How many connections questions at these times take, when the server says after the first that they may be idle for so long.
async fn with_keepalive(idle: Duration, millis: &[u64]) -> u32 {
    let server = server(move |mut stream| async move {
        loop {
            let mut query = Message::parse(&next(&mut stream).await?).ok()?;
            query.header.flags.response = true;
            let options = vec![EdnsOption::keepalive(Some(idle))];
            query.edns = Some(Edns { options, ..Edns::default() });
            stream.write_all(&framed(&compose(&query, 512, false))).await.ok()?;
        }
    })
    .await;
    let pool = pool();
    for time in millis {
        assert!(ask(server.to, 7, &pool, at(*time)).await.is_ok());
        sleep(MOMENT).await;
    }
    server.connections.get()
}

#[test]
fn rfc7828_s3_2_2_the_servers_timeout_is_honoured_and_0_closes() {
    run(async {
        let [none, second, minute] = [0, 1, 60].map(Duration::from_secs);
        assert_eq!(with_keepalive(none, &[0, 0, 0]).await, 3);
        assert_eq!(with_keepalive(second, &[0, 899, 1_798]).await, 1);
        assert_eq!(with_keepalive(second, &[0, 900]).await, 2, "before the server closes it");
        assert_eq!(with_keepalive(minute, &[0, 3_999]).await, 1);
        assert_eq!(with_keepalive(minute, &[0, 4_000]).await, 2, "no longer than we let it rest");
    });
}
