//! One exchange over TCP (RFC 7766): on a connection that rests, else on a new one. Each carries one question at a time, so
//! that no answer waits for another's.
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Outgoing;
use super::failed::Failed;
use super::pool::Pool;
use super::sockopts::begin_connection;
use crate::clock::Clock;

/// Messages read while waiting for ours: a server that sends others instead is given up.
const MAX_STRAY_MESSAGES: usize = 4;

/// Asks on a connection at rest; when the server has closed that one meanwhile, on a new one (RFC 7766 section 6.2.4).
pub(super) async fn exchange(
    to: SocketAddr,
    outgoing: &Outgoing<'_>,
    pool: &Pool,
    clock: &dyn Clock,
) -> Result<Vec<u8>, Failed> {
    if let Some(mut stream) = pool.take(to, clock.now())
        && let Ok(reply) = ask(&mut stream, outgoing).await
    {
        pool.put(to, stream, clock.now());
        return Ok(reply);
    }
    let mut stream = connect(to).await?;
    stream.set_nodelay(true)?;
    let reply = ask(&mut stream, outgoing).await?;
    pool.put(to, stream, clock.now());
    Ok(reply)
}

/// A connection. What fails before its first segment has left is known at once.
async fn connect(to: SocketAddr) -> Result<TcpStream, Failed> {
    let stream = begin_connection(to).map_err(Failed::Unsent)?;
    stream.writable().await?;
    Ok(stream.take_error()?.map_or(Ok(stream), Err)?)
}

/// Sends length and message in one write (RFC 7766 section 8), and reads until our reply is there.
async fn ask(stream: &mut TcpStream, outgoing: &Outgoing<'_>) -> io::Result<Vec<u8>> {
    let length = u16::try_from(outgoing.octets.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes()[..], outgoing.octets].concat()).await?;
    for _ in 0..=MAX_STRAY_MESSAGES {
        let length = stream.read_u16().await?;
        let mut reply = vec![0; usize::from(length)];
        stream.read_exact(&mut reply).await?;
        if outgoing.accepts(&reply) {
            return Ok(reply);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use tokio::net::TcpListener;
    use tokio::task::{LocalSet, spawn_local};

    use super::*;
    use crate::clock::{FixedClock, Instant, Moment};
    use crate::net::{Limits, NearMisses, Transport};
    use crate::wire::{Flags, Header, Message, Opcode, Question, Rcode, RrType, compose};

    fn at(seconds: u64) -> FixedClock {
        let now = Instant::from_nanos(seconds * 1_000_000_000);
        FixedClock(Moment { now, ..Moment::default() })
    }

    /// Answers each question with itself, `each` of them on a connection; counts connections.
    async fn serve(each: usize, extra: bool) -> (SocketAddr, Rc<Cell<u32>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let (to, count) = (listener.local_addr().expect("bound"), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&count);
        spawn_local(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.set(counted.get() + 1);
                spawn_local(async move {
                    for _ in 0..each {
                        let Ok(length) = stream.read_u16().await else { return };
                        let mut query = vec![0; usize::from(length)];
                        let _ = stream.read_exact(&mut query).await;
                        query[2] |= 0x80;
                        let mut framed = [&length.to_be_bytes()[..], &query].concat();
                        if extra {
                            framed.extend([0, 1, 0]);
                        }
                        let _ = stream.write_all(&framed).await;
                    }
                });
            }
        });
        (to, count)
    }

    async fn ask_once(to: SocketAddr, pool: &Pool, clock: FixedClock) -> bool {
        let header =
            Header { id: 7, opcode: Opcode::QUERY, flags: Flags::default(), rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        message.questions.push(Question::new("a.example".parse().expect("a name"), RrType::A));
        let octets = compose(&message, 512, false);
        let outgoing = Outgoing {
            to,
            transport: Transport::Tcp,
            octets: &octets,
            question: &message.questions[0],
            letters: 0,
            cookie: None,
            misses: &NearMisses::default(),
            timeout: Duration::from_secs(5),
        };
        exchange(to, &outgoing, pool, &clock).await.is_ok()
    }

    /// The connections that questions at these seconds take.
    fn connections(each: usize, extra: bool, limits: Limits, seconds: &[u64]) -> u32 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        LocalSet::new().block_on(&runtime.expect("a runtime"), async {
            let (to, count) = serve(each, extra).await;
            let pool = Pool::new(limits);
            for second in seconds {
                assert!(ask_once(to, &pool, at(*second)).await);
                tokio::time::sleep(Duration::from_millis(5)).await; // what the server does next arrives
            }
            count.get()
        })
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
            assert_eq!(connections(9, false, limits, seconds), expected, "{seconds:?}");
        }
    }

    #[test]
    fn rfc7766_s6_2_4_one_that_the_server_closed_is_replaced() {
        assert_eq!(connections(1, false, Limits::default(), &[1, 1, 1]), 3);
    }

    #[test]
    fn one_on_which_something_unasked_for_came_is_not_used_again() {
        assert_eq!(connections(9, true, Limits::default(), &[1, 1]), 2);
    }

    #[test]
    fn so_many_rest_and_no_more() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        LocalSet::new().block_on(&runtime.expect("a runtime"), async {
            let limits = Limits { upstream_connections: 3, ..Limits::default() };
            let pool = Pool::new(limits);
            let mut servers = Vec::new();
            for _ in 0..5 {
                servers.push(serve(9, false).await);
            }
            for (to, _) in &servers {
                assert!(ask_once(*to, &pool, at(1)).await);
            }
            let rest = servers.iter().filter(|(to, _)| pool.take(*to, at(1).now()).is_some());
            assert_eq!(rest.count(), 3);
        });
    }
}
