//! One exchange over UDP, on a socket and a port of its own.

use std::io;
use std::net::SocketAddr;

use tokio::net::UdpSocket;

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
    loop {
        socket.readable().await?;
        match receive(&socket, outgoing) {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Takes one datagram, which is there: thousands of questions that wait need no space for it meanwhile. `None` when it is
/// not the reply.
fn receive(socket: &UdpSocket, outgoing: &Outgoing<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = [0; MAX_DATAGRAM];
    let length = socket.try_recv(&mut buffer)?;
    let datagram = &buffer[..length];
    Ok(outgoing.accepts(datagram).then(|| datagram.to_vec()))
}
