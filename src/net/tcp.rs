//! One exchange over TCP (RFC 7766), on a connection of its own.
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Outgoing;

/// Messages read while waiting for ours: a server that sends others instead is given up.
const MAX_STRAY_MESSAGES: usize = 4;

/// Connects, sends length and message in one write (RFC 7766 section 8), and reads until our reply is there.
pub(super) async fn exchange(to: SocketAddr, outgoing: &Outgoing<'_>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
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
