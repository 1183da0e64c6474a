//! One exchange over UDP, on a socket and a port of its own.

use std::io;
use std::net::SocketAddr;

use super::{Outgoing, sockopts::connected_udp};
use crate::entropy::Entropy;

/// Octets received of one datagram. A server that sends more than we offered (1232) is read up to here.
const MAX_DATAGRAM: usize = 4096;

/// Sends and waits for the reply that is ours; whatever else arrives is passed over. The caller sets the time limit,
/// which also bounds how many wrong replies are looked at.
pub(super) async fn exchange(
    to: SocketAddr,
    outgoing: &Outgoing<'_>,
    entropy: &Entropy,
) -> io::Result<Vec<u8>> {
    let socket = connected_udp(to, entropy)?;
    socket.send(outgoing.octets).await?;
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if outgoing.accepts(&buffer[..length]) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}
