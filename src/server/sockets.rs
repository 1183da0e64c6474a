//! Socket options and system calls that tokio does not offer: the one file of this room that names the crates for
//! them.
//!
//! A socket on a wildcard address asks the kernel for each datagram's destination (IP_PKTINFO, RFC 3542 section 6.1), and
//! its replies leave from there: a client takes no reply from an address that it has not asked (RFC 2181 section 4.1).
#![allow(clippy::disallowed_methods, reason = "this room may open sockets")]

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage,
    recvmmsg, sendmmsg, setsockopt, sockopt,
};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::{Domain, Protocol, Socket, Type};

use super::descriptors::Granted;

/// Datagrams received or sent by one system call.
pub(super) const BATCH: usize = 32;

/// Octets kept of one query. One with a full name, a cookie and padding to 128 has less than 512.
const MAX_QUERY: usize = 2_048;

/// Octets that the kernel may hold of datagrams not yet read: a burst of some thousand queries. The kernel doubles it for
/// its own overhead, and cuts it to `net.core.rmem_max`.
const RECEIVE_BUFFER: usize = 1 << 20;

/// TCP connections that the kernel holds until they are accepted; it cuts this to `net.core.somaxconn`.
const BACKLOG: i32 = 1_024;

/// Binds a UDP socket; `shared` lets others of this process bind the same address.
pub(super) fn bind_udp(address: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    socket.set_reuse_port(shared)?;
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER); // best effort: only bursts suffer
    ignore_path_mtu(&socket, address);
    if address.ip().is_unspecified() {
        match address {
            SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?,
            SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?,
        }
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Binds a TCP socket and listens; `shared` as for [`bind_udp`].
pub(super) fn bind_tcp(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = open(address, Type::STREAM, Protocol::TCP)?;
    socket.set_reuse_address(true)?; // connections of a former process in TIME-WAIT are no obstacle
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// An IPv6 socket takes no IPv4: each family has its own listeners, and no client's address is an IPv4-mapped one.
fn open(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind.nonblocking(), Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// A forged "fragmentation needed" cannot make replies fragment (RFC 9715 R1). Best effort.
fn ignore_path_mtu(socket: &Socket, address: SocketAddr) {
    let fd = socket.as_fd();
    let _ = match address {
        SocketAddr::V4(_) => set_ip_mtu_discover(fd, Ipv4PathMtuDiscovery::OMIT),
        SocketAddr::V6(_) => set_ipv6_mtu_discover(fd, Ipv6PathMtuDiscovery::OMIT),
    };
}

/// Does `error` say that this host lacks the address or its whole family?
pub(super) fn is_lacking(error: &io::Error) -> bool {
    let codes = [Errno::EAFNOSUPPORT, Errno::EADDRNOTAVAIL, Errno::EPROTONOSUPPORT];
    error.raw_os_error().is_some_and(|code| codes.contains(&Errno::from_raw(code)))
}

/// Where packets reach a socket at `listen`: a wildcard takes what comes for any address of this host.
pub(super) fn reached_at(listen: SocketAddr) -> Vec<SocketAddr> {
    let mut all = vec![listen];
    if listen.ip().is_unspecified() {
        let hosts = getifaddrs().into_iter().flatten().filter_map(|interface| interface.address);
        let addresses = hosts.filter_map(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| Some(IpAddr::V6(address.as_sockaddr_in6()?.ip())))
        });
        let same_family = |ip: &IpAddr| ip.is_ipv4() == listen.is_ipv4();
        all.extend(addresses.filter(same_family).map(|ip| SocketAddr::new(ip, listen.port())));
    }
    all
}

/// Lets this process open as many descriptors as the system grants it.
pub(super) fn raise_descriptor_limit() -> Granted {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Granted::USUAL };
    let open = if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft };
    Granted { soft, hard, open }
}

/// One of this host's addresses, and the interface where only that makes it unique (link-local IPv6; 0 elsewhere, so
/// that the reply takes whichever way is best).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LocalAddress {
    ip: IpAddr,
    interface: u32,
}

/// Between whom a datagram went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// The client.
    pub peer: SocketAddr,
    /// Our side, where the socket is on a wildcard address.
    pub local: Option<LocalAddress>,
}

/// Datagrams to send. Their octets lie one behind the other in space that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Replies {
    octets: Vec<u8>,
    each: Vec<Outgoing>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// Where its octets lie.
    octets: Range<usize>,
    /// The way on which the query came.
    path: Path,
}

impl Replies {
    /// One more on `path`, if `write` appends any.
    pub fn add<T>(&mut self, path: Path, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let start = self.octets.len();
        let written = write(&mut self.octets);
        if start < self.octets.len() {
            self.each.push(Outgoing { octets: start..self.octets.len(), path });
        }
        written
    }

    /// They are sent.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.each.clear();
    }

    /// Puts those together that leave from one address; the octets of all, and the groups.
    pub fn grouped(&mut self) -> (&[u8], impl Iterator<Item = &[Outgoing]>) {
        let local = |reply: &Outgoing| reply.path.local;
        self.each.sort_unstable_by_key(local);
        (&self.octets, self.each.chunk_by(move |a, b| local(a) == local(b)))
    }
}

impl Outgoing {
    /// To whom.
    pub const fn peer(&self) -> SocketAddr {
        self.path.peer
    }
}

type Headers = MultiHeaders<SockaddrStorage>;

/// Space for a batch of datagrams to be received. Stays on its thread, as the kernel's view of it does.
pub(super) struct Inbox {
    buffers: Box<[[u8; MAX_QUERY]; BATCH]>,
    headers: Headers,
    received: Vec<(usize, usize, Path)>,
    address: SocketAddr,
}

impl Inbox {
    /// For a socket on `address`.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            buffers: Box::new([[0; MAX_QUERY]; BATCH]),
            headers: headers(address),
            received: Vec::with_capacity(BATCH),
            address,
        }
    }

    /// Receives what is there, up to a batch; how many datagrams.
    pub(super) fn receive(&mut self, fd: RawFd) -> io::Result<usize> {
        let Self { buffers, headers, received, .. } = self;
        received.clear();
        let mut space = buffers.iter_mut();
        let mut slices: [_; BATCH] = std::array::from_fn(|_| {
            [IoSliceMut::new(space.next().map_or(&mut [], |buffer| &mut buffer[..]))]
        });
        let messages = recvmmsg(fd, headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        let mut count = 0;
        for (index, message) in messages.enumerate() {
            count += 1;
            if let Some(path) = path(&message) {
                received.push((index, message.bytes.min(MAX_QUERY), path));
            }
        }
        self.check();
        Ok(count)
    }

    /// The crate does not restore the space for control messages between calls: if ever one was missing, the next ones
    /// would be too.
    fn check(&mut self) {
        let missing = self.received.iter().any(|(_, _, path)| path.local.is_none());
        if missing && self.address.ip().is_unspecified() {
            self.headers = headers(self.address);
        }
    }

    /// The datagrams received last.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (&[u8], Path)> {
        self.received.iter().map(|(index, length, path)| (&self.buffers[*index][..*length], *path))
    }
}

/// Space for a batch of datagrams to be sent.
pub(super) struct Outbox {
    /// For sockets on one address: with space for control messages and none in it, the call fails.
    plain: Headers,
    with_source: Headers,
}

impl Outbox {
    /// For a socket on `address`.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { plain: MultiHeaders::preallocate(BATCH, None), with_source: headers(address) }
    }

    /// Sends as many of `replies`, which all leave from one address, as one call takes; how many. Their octets lie in
    /// `octets`.
    pub(super) fn send(
        &mut self,
        fd: RawFd,
        octets: &[u8],
        replies: &[Outgoing],
    ) -> io::Result<usize> {
        match replies.len() {
            0 | 1 => self.send_up_to::<1>(fd, octets, replies), // whoever waited for his answer has it alone
            _ => self.send_up_to::<BATCH>(fd, octets, replies),
        }
    }

    fn send_up_to<const MOST: usize>(
        &mut self,
        fd: RawFd,
        octets: &[u8],
        replies: &[Outgoing],
    ) -> io::Result<usize> {
        let count = replies.len().min(MOST);
        let slice = |reply: &Outgoing| &octets[reply.octets.clone()];
        let slices: [_; MOST] =
            std::array::from_fn(|i| [IoSlice::new(replies.get(i).map_or(&[], slice))]);
        let peers: [_; MOST] =
            std::array::from_fn(|i| replies.get(i).map(|r| SockaddrStorage::from(r.path.peer)));
        let (slices, peers) = (&slices[..count], &peers[..count]);
        let flags = MsgFlags::MSG_DONTWAIT;
        let source = replies.first().and_then(|reply| reply.path.local);
        let sent = match source.map(|local| (local.ip, local.interface)) {
            None => sendmmsg(fd, &mut self.plain, slices, peers, [], flags)?.count(),
            Some((IpAddr::V4(ip), _)) => {
                let info = v4_source(ip);
                let control = [ControlMessage::Ipv4PacketInfo(&info)];
                sendmmsg(fd, &mut self.with_source, slices, peers, control, flags)?.count()
            }
            Some((IpAddr::V6(ip), interface)) => {
                let info = in6_pktinfo {
                    ipi6_addr: in6_addr { s6_addr: ip.octets() },
                    ipi6_ifindex: interface,
                };
                let control = [ControlMessage::Ipv6PacketInfo(&info)];
                sendmmsg(fd, &mut self.with_source, slices, peers, control, flags)?.count()
            }
        };
        Ok(sent)
    }
}

fn v4_source(ip: Ipv4Addr) -> in_pktinfo {
    let address = in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
    in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: address, ipi_addr: in_addr { s_addr: 0 } }
}

/// Headers with space for exactly the control message of the family of `address`, if it is a wildcard.
fn headers(address: SocketAddr) -> Headers {
    let control = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Some(cmsg_space!(in_pktinfo)),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Some(cmsg_space!(in6_pktinfo)),
        _ => None,
    };
    MultiHeaders::preallocate(BATCH, control)
}

/// Between whom `message` went; `None` for a peer that cannot be answered.
fn path(message: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<Path> {
    let peer = message.address.as_ref()?;
    let v4 = peer.as_sockaddr_in().map(|a| SocketAddr::from(*a));
    let peer = v4.or_else(|| peer.as_sockaddr_in6().map(|a| SocketAddr::from(*a)))?;
    let local = message
        .cmsgs()
        .ok()
        .and_then(|mut controls| controls.find_map(|control| local_address(&control)));
    (peer.port() != 0).then_some(Path { peer, local })
}

fn local_address(control: &ControlMessageOwned) -> Option<LocalAddress> {
    match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            let ip = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes()).into();
            Some(LocalAddress { ip, interface: 0 })
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => {
            let ip = Ipv6Addr::from(info.ipi6_addr.s6_addr);
            let interface = if ip.is_unicast_link_local() { info.ipi6_ifindex } else { 0 };
            Some(LocalAddress { ip: ip.into(), interface })
        }
        _ => None,
    }
}

/// The descriptor that the calls above take.
pub(super) fn descriptor(socket: &impl AsRawFd) -> RawFd {
    socket.as_raw_fd()
}

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::{ip_mtu_discover, ipv6_mtu_discover};

    use super::*;

    #[test]
    fn rfc9715_r1_nothing_makes_replies_fragment() -> io::Result<()> {
        let v4 = bind_udp(([127, 0, 0, 1], 0).into(), false)?;
        assert_eq!(ip_mtu_discover(&v4)?, Ipv4PathMtuDiscovery::OMIT);
        let v6 = bind_udp((Ipv6Addr::LOCALHOST, 0).into(), false)?;
        assert_eq!(ipv6_mtu_discover(&v6)?, Ipv6PathMtuDiscovery::OMIT);
        Ok(())
    }
}
