//! Socket options that tokio does not offer: the one file of this room that names the crates for them.
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::entropy::Entropy;

/// Tries at a random port before the kernel's choice is taken: a host has tens of thousands, a resolver uses few.
const PORT_TRIES: usize = 8;

/// Ports below are the system's.
const LOWEST_PORT: u16 = 1024;

/// A UDP socket on a random port of 1024-65535 (RFC 5452 section 9.2), connected to `to`, so that the kernel drops
/// what comes from elsewhere. Path MTU discovery is off: a forged "fragmentation needed" cannot make this socket's
/// datagrams fragment (RFC 9715 R1).
pub(super) fn connected_udp(to: SocketAddr, entropy: &Entropy) -> io::Result<UdpSocket> {
    let socket =
        Socket::new(Domain::for_address(to), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    forbid_fragments(&socket, to);
    bind_random(&socket, to, entropy)?;
    socket.connect(&to.into())?;
    UdpSocket::from_std(socket.into())
}

/// Was it this host that had no descriptor, no port or no memory left?
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRINUSE];
    Errno::from_io_error(error).is_some_and(|errno| lacks.contains(&errno))
}

/// Best effort: a kernel without the option still resolves.
fn forbid_fragments(socket: &Socket, to: SocketAddr) {
    let fd = socket.as_fd();
    let _ = match to {
        SocketAddr::V4(_) => rustix::net::sockopt::set_ip_mtu_discover(
            fd,
            rustix::net::sockopt::Ipv4PathMtuDiscovery::OMIT,
        ),
        SocketAddr::V6(_) => rustix::net::sockopt::set_ipv6_mtu_discover(
            fd,
            rustix::net::sockopt::Ipv6PathMtuDiscovery::OMIT,
        ),
    };
}

fn bind_random(socket: &Socket, to: SocketAddr, entropy: &Entropy) -> io::Result<()> {
    let any: IpAddr =
        if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    for _ in 0..PORT_TRIES {
        let port = entropy.u16();
        if port >= LOWEST_PORT && socket.bind(&SocketAddr::new(any, port).into()).is_ok() {
            return Ok(());
        }
    }
    socket.bind(&SocketAddr::new(any, 0).into())
}
