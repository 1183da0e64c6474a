//! Socket options that tokio does not offer: the one file of this room that names the crates for them.
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::net::RecvFlags;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpStream, UdpSocket};

use crate::entropy::Entropy;

/// Tries at a random port before the kernel's choice is taken: a host has tens of thousands, a resolver uses few.
const PORT_TRIES: usize = 8;

/// Ports below are the system's.
const LOWEST_PORT: u16 = 1024;

/// A UDP socket on a random port of 1024-65535 that is not reserved (RFC 5452 section 9.2), connected to `to`, so that the
/// kernel drops what comes from elsewhere. Path MTU discovery is off: a forged "fragmentation needed" cannot make this socket's
/// datagrams fragment (RFC 9715 R1).
pub(super) fn connected_udp(
    to: SocketAddr,
    reserved: &ReservedPorts,
    entropy: &Entropy,
) -> io::Result<UdpSocket> {
    let socket = plain_udp(to)?;
    bind_random(&socket, to, reserved, entropy)?;
    socket.connect(&to.into())?;
    UdpSocket::from_std(socket.into())
}

/// One without a port, as [`release_port`] leaves it: whoever connects it lets the kernel choose a random one.
pub(super) fn unbound_udp(to: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::from_std(plain_udp(to)?.into())
}

fn plain_udp(to: SocketAddr) -> io::Result<Socket> {
    let socket =
        Socket::new(Domain::for_address(to), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    forbid_fragments(&socket, to);
    Ok(socket)
}

/// A TCP connection that begins to be made: what comes of it is told by the first attempt to write or read once it is ready
/// for that. Each message is complete: nothing is gained by waiting for more before it is sent.
pub(super) fn connecting_tcp(to: SocketAddr) -> io::Result<TcpStream> {
    let socket =
        Socket::new(Domain::for_address(to), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&to.into()) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        _ => TcpStream::from_std(socket.into()),
    }
}

/// Connects `socket` to `to`, at once as it is with datagrams.
pub(super) fn connect(socket: &UdpSocket, to: SocketAddr) -> io::Result<()> {
    SockRef::from(socket).connect(&to.into())
}

/// Takes one datagram, and tells whose it is.
pub(super) fn receive_from(
    socket: &UdpSocket,
    octets: &mut [u8],
) -> io::Result<(usize, Option<(IpAddr, u16)>)> {
    let (length, _, from) = rustix::net::recvfrom(socket, octets, RecvFlags::empty())?;
    let from = from.and_then(|from| SocketAddr::try_from(from).ok());
    Ok((length, from.map(|from| (from.ip(), from.port()))))
}

/// Dissolves the connection of a socket whose port the kernel chose: Linux takes the port back with it, and chooses another
/// one at the next connection. From here on nothing arrives.
pub(super) fn release_port(socket: &UdpSocket) -> io::Result<()> {
    rustix::net::connect_unspec(socket).map_err(Into::into)
}

/// How many ports the kernel chooses from; none when that cannot be told.
pub(super) fn kernel_ports() -> u32 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    range.ok().and_then(|range| ports_in(&range)).unwrap_or(0)
}

/// Those of a range as the kernel writes it: the lowest and the highest.
fn ports_in(range: &str) -> Option<u32> {
    let mut ends = range.split_ascii_whitespace().map(str::parse::<u16>);
    let (low, high) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some(u32::from(high.checked_sub(low)?) + 1)
}

/// Ports that the operator of this host keeps for others: so certain ports can be avoided (RFC 5452 section 9.2). The kernel's
/// own choice keeps to that by itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReservedPorts(Vec<RangeInclusive<u16>>);

impl ReservedPorts {
    /// As they are now; none where that cannot be told.
    pub(super) fn of_this_host() -> Self {
        let list = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_reserved_ports");
        Self::parse(&list.unwrap_or_default())
    }

    /// Ports and ranges of them, as the kernel writes them: `8080,9000-9100`. What is neither is passed over.
    fn parse(list: &str) -> Self {
        let range = |part: &str| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            Some(low.parse().ok()?..=high.parse().ok()?)
        };
        Self(list.trim().split(',').filter_map(range).collect())
    }

    fn has(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(&port))
    }
}

/// Was it this host that had no descriptor, no port or no memory left?
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    let lacks =
        [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRINUSE, Errno::AGAIN];
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

fn bind_random(
    socket: &Socket,
    to: SocketAddr,
    reserved: &ReservedPorts,
    entropy: &Entropy,
) -> io::Result<()> {
    let any: IpAddr =
        if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    for _ in 0..PORT_TRIES {
        let port = entropy.u16();
        let is_free = port >= LOWEST_PORT && !reserved.has(port);
        if is_free && socket.bind(&SocketAddr::new(any, port).into()).is_ok() {
            return Ok(());
        }
    }
    socket.bind(&SocketAddr::new(any, 0).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_range_of_ports_as_it_writes_it() {
        assert_eq!(ports_in("32768\t60999\n"), Some(28_232));
        assert_eq!(ports_in("1024 65535"), Some(64_512));
        for odd in ["", "1", "60999 32768", "a b", "1 65536"] {
            assert_eq!(ports_in(odd), None, "{odd}");
        }
    }

    #[test]
    fn rfc9715_r1_nothing_makes_datagrams_to_servers_fragment() -> io::Result<()> {
        use rustix::net::sockopt;
        let v4 = plain_udp(([127, 0, 0, 1], 53).into())?;
        assert_eq!(sockopt::ip_mtu_discover(&v4)?, sockopt::Ipv4PathMtuDiscovery::OMIT);
        let v6 = plain_udp((Ipv6Addr::LOCALHOST, 53).into())?;
        assert_eq!(sockopt::ipv6_mtu_discover(&v6)?, sockopt::Ipv6PathMtuDiscovery::OMIT);
        Ok(())
    }

    #[test]
    fn rfc5452_s9_2_the_operators_reserved_ports_as_the_kernel_writes_them() {
        let reserved = ReservedPorts::parse("1080,8080-8082,65535\n");
        let has = [1079, 1080, 1081, 8079, 8080, 8082, 8083, 65_535].map(|port| reserved.has(port));
        assert_eq!(has, [false, true, false, false, true, true, false, true]);
        assert_eq!(ReservedPorts::parse("\n"), ReservedPorts::default());
        assert_eq!(ReservedPorts::parse("x,7-,-,70000,9").0, [9..=9]);
        let _ = ReservedPorts::of_this_host();
    }

    #[tokio::test]
    async fn rfc5452_s9_2_a_reserved_port_is_never_taken() -> io::Result<()> {
        let to = UdpSocket::bind("127.0.0.1:0").await?.local_addr()?;
        let low = ReservedPorts::parse("1024-32767"); // half of them, below the kernel's own
        for seed in 0..64 {
            let socket = connected_udp(to, &low, &Entropy::seeded(seed))?;
            assert!(socket.local_addr()?.port() >= 32_768, "{socket:?}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_released_port_is_free_and_the_next_one_another() -> io::Result<()> {
        for server in ["127.0.0.1:0", "[::1]:0"] {
            let to = UdpSocket::bind(server).await?.local_addr()?;
            let socket = unbound_udp(to)?;
            let mut ports = std::collections::BTreeSet::new();
            for _ in 0..32 {
                connect(&socket, to)?;
                assert_eq!(socket.peer_addr()?, to);
                ports.insert(socket.local_addr()?.port());
                release_port(&socket)?;
                assert_eq!(socket.local_addr()?.port(), 0);
            }
            assert!(ports.len() >= 28, "{ports:?}");
        }
        Ok(())
    }
}
