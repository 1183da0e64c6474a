//! The mini-Internet on real sockets: every server on UDP and TCP, on loopback or on its own virtual addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Internet, Zone, respond, udp_limit};
use crate::net::AddressMap;
use crate::wire::{Flags, Header, Message, Rcode, compose};

/// Octets of the longest query that is read: one question with its OPT is never longer.
const MAX_QUERY: usize = 4096;
/// TCP connections that one server holds at a time; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 64;
/// A TCP connection on which nothing is asked for so long is closed (RFC 7766 section 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
/// Ports tried until one is free for both UDP and TCP.
const PORT_ATTEMPTS: usize = 32;
/// How long a server rests when the kernel gives it no connection or datagram.
const REST: Duration = Duration::from_millis(50);

/// Servers that are running; dropping it stops them.
#[derive(Debug)]
pub struct Served {
    /// Where each virtual address is really served.
    pub map: AddressMap,
    tasks: JoinSet<()>,
}

impl Served {
    /// How many tasks are serving: two for each socket pair.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }
}

/// What one server answers from.
type Zones = Rc<[Arc<Zone>]>;

impl Internet {
    /// Serves every host on a port of 127.0.0.1 of its own, which the kernel chooses. The servers run on the `LocalSet`
    /// that this is awaited in.
    ///
    /// # Errors
    /// When the system has no sockets left.
    pub async fn serve(&self) -> io::Result<Served> {
        let mut served = Served { map: AddressMap::new(), tasks: JoinSet::new() };
        for server in self.servers() {
            let (udp, tcp, at) = loopback_pair()?;
            let zones: Zones = server.zones.iter().cloned().collect();
            served.tasks.spawn_local(serve_udp(udp, Rc::clone(&zones)));
            served.tasks.spawn_local(serve_tcp(tcp, zones));
            served.map.extend(server.addresses.iter().map(|address| (*address, at)));
        }
        Ok(served)
    }

    /// Serves every host on `port` of its virtual addresses themselves, which must be the machine's own: in a network
    /// namespace, for resolvers that know nothing of an [`AddressMap`].
    ///
    /// # Errors
    /// When an address is not the machine's own, or the port is taken or not allowed.
    pub async fn serve_on_own_addresses(&self, port: u16) -> io::Result<Served> {
        let mut served = Served { map: AddressMap::new(), tasks: JoinSet::new() };
        for server in self.servers() {
            let zones: Zones = server.zones.iter().cloned().collect();
            for address in &server.addresses {
                let (udp, tcp, at) = pair(SocketAddr::new(*address, port))?;
                served.tasks.spawn_local(serve_udp(udp, Rc::clone(&zones)));
                served.tasks.spawn_local(serve_tcp(tcp, Rc::clone(&zones)));
                served.map.insert(*address, at);
            }
        }
        Ok(served)
    }
}

/// UDP and TCP on one port of loopback, which the kernel chooses for TCP.
fn loopback_pair() -> io::Result<(UdpSocket, TcpListener, SocketAddr)> {
    let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let mut attempt = pair(any);
    for _ in 1..PORT_ATTEMPTS {
        if attempt.is_ok() {
            break;
        }
        attempt = pair(any);
    }
    attempt
}

/// TCP at `at`, and UDP on the same port.
#[allow(clippy::disallowed_methods, reason = "the lab's servers have sockets of their own")]
fn pair(at: SocketAddr) -> io::Result<(UdpSocket, TcpListener, SocketAddr)> {
    let tcp = std::net::TcpListener::bind(at)?;
    let at = tcp.local_addr()?;
    let udp = std::net::UdpSocket::bind(at)?;
    tcp.set_nonblocking(true)?;
    udp.set_nonblocking(true)?;
    Ok((UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?, at))
}

/// One datagram after the other: answering takes microseconds, so nothing is gained by tasks.
async fn serve_udp(socket: UdpSocket, zones: Zones) {
    let mut buffer = vec![0; MAX_QUERY];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        if let Some(reply) = reply(&zones, &buffer[..length], udp_limit) {
            // A reply that cannot be sent is lost, as any datagram may be.
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, zones: Zones) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let zones = Rc::clone(&zones);
        connections.spawn_local(async move {
            // Whatever ends a connection ends it for the client as well, who knows what to do.
            let _ = serve_connection(stream, &zones).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Queries one after the other (RFC 7766 section 6.2.1) until the client goes or rests too long.
async fn serve_connection(mut stream: TcpStream, zones: &Zones) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let query = timeout(IDLE, read_query(&mut stream)).await??;
        let whole = |_: &Message| usize::from(u16::MAX);
        let Some(reply) = reply(zones, &query, whole) else { return Ok(()) };
        let length = u16::try_from(reply.len()).unwrap_or(u16::MAX);
        let framed = [&length.to_be_bytes()[..], &reply].concat();
        timeout(IDLE, stream.write_all(&framed)).await??;
    }
}

async fn read_query(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = usize::from(stream.read_u16().await?);
    if length > MAX_QUERY {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut query = vec![0; length];
    stream.read_exact(&mut query).await?;
    Ok(query)
}

/// The octets that answer `octets`; `None` for what is no query. A query that cannot be read gets a bare FORMERR.
fn reply(zones: &Zones, octets: &[u8], limit: impl Fn(&Message) -> usize) -> Option<Vec<u8>> {
    let header = Header::peek(octets).ok().filter(|header| !header.flags.response)?;
    let Ok(query) = Message::parse(octets) else {
        let flags = Flags { response: true, ..Flags::default() };
        let bare = Message::new(Header { flags, rcode: Rcode::FORMERR, ..header });
        return Some(compose(&bare, 512, false));
    };
    Some(compose(&respond(zones, &query), limit(&query), true))
}
