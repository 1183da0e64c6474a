//! The lab behind a way on which replies change, are late or are lost.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use bailiwick::lab::{Internet, Zone, respond, udp_limit};
use bailiwick::net::Transport;
use bailiwick::wire::{Message, compose};

/// What becomes of a server's reply on its way; `false` loses it.
pub type Way = fn(IpAddr, Transport, &Message, &mut Message) -> bool;

/// The lab's servers, each on a thread of its own, with replies that take a path that can be changed.
pub struct Servers {
    path: Arc<Mutex<Way>>,
}

impl Servers {
    pub fn serve(internet: &Internet) -> Self {
        Self::serve_some(internet, |_| Some(Duration::ZERO))
    }

    /// The same but for these addresses, which others serve.
    pub fn serve_others(internet: &Internet, not: &[IpAddr]) -> Self {
        Self::serve_some(internet, |ip| (!not.contains(&ip)).then_some(Duration::ZERO))
    }

    /// The same, with `slow` addresses that answer over UDP `late`.
    pub fn serve_late(internet: &Internet, slow: &[IpAddr], late: Duration) -> Self {
        Self::serve_some(internet, |ip| {
            Some(if slow.contains(&ip) { late } else { Duration::ZERO })
        })
    }

    /// The addresses for which there is a delay over UDP.
    fn serve_some(internet: &Internet, late: impl Fn(IpAddr) -> Option<Duration>) -> Self {
        let path = Arc::new(Mutex::new((|_, _, _, _| true) as Way));
        for server in internet.servers() {
            for ip in &server.addresses {
                let Some(late) = late(*ip) else { continue };
                let one = Server { ip: *ip, zones: server.zones.clone(), path: Arc::clone(&path) };
                let udp = UdpSocket::bind((*ip, 53)).expect("bound");
                let tcp = TcpListener::bind((*ip, 53)).expect("bound");
                let over_tcp = one.clone();
                let late = Some(late).filter(|late| !late.is_zero());
                std::thread::spawn(move || one.serve_udp(&udp, late));
                std::thread::spawn(move || over_tcp.serve_tcp(&tcp));
            }
        }
        Self { path }
    }

    pub fn change(&self, path: Way) {
        *self.path.lock().expect("no panic") = path;
    }
}

#[derive(Clone)]
struct Server {
    ip: IpAddr,
    zones: Vec<Arc<Zone>>,
    path: Arc<Mutex<Way>>,
}

impl Server {
    fn reply(&self, transport: Transport, octets: &[u8]) -> Option<Vec<u8>> {
        let query = Message::parse(octets).ok()?;
        let mut reply = respond(&self.zones, &query);
        let path = *self.path.lock().expect("no panic");
        let limit = if transport == Transport::Udp { udp_limit(&query) } else { 65_535 };
        path(self.ip, transport, &query, &mut reply).then(|| compose(&reply, limit, true))
    }

    fn serve_udp(&self, socket: &UdpSocket, late: Option<Duration>) {
        let later = late.map(|late| (late, send_later(socket)));
        let mut octets = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut octets) {
            let Some(reply) = self.reply(Transport::Udp, &octets[..length]) else { continue };
            match &later {
                None => {
                    let _ = socket.send_to(&reply, from);
                }
                Some((late, later)) => {
                    let _ = later.send((Instant::now() + *late, reply, from));
                }
            }
        }
    }

    /// One question a connection; whoever gets no reply waits for it.
    fn serve_tcp(&self, listener: &TcpListener) {
        let mut waiting = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let Ok(octets) = read_framed(&mut stream) else { continue };
            match self.reply(Transport::Tcp, &octets) {
                Some(reply) => {
                    let length = u16::try_from(reply.len()).expect("short");
                    let _ = stream.write_all(&[&length.to_be_bytes()[..], &reply].concat());
                }
                None => waiting.push(stream),
            }
        }
    }
}

/// One message with its length in front (RFC 1035 section 4.2.2).
pub fn read_framed(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut octets = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut octets)?;
    Ok(octets)
}

/// A thread that sends replies from `socket` when they are due, in the order in which they come.
fn send_later(socket: &UdpSocket) -> mpsc::Sender<(Instant, Vec<u8>, SocketAddr)> {
    let socket = socket.try_clone().expect("a second handle");
    let (sender, replies) = mpsc::channel::<(Instant, Vec<u8>, SocketAddr)>();
    std::thread::spawn(move || {
        for (due, reply, to) in replies {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let _ = socket.send_to(&reply, to);
        }
    });
    sender
}
