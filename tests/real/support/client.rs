//! A DNS client in a few lines: over UDP with EDNS, and over TCP when the answer was cut.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use bailiwick::wire::{Edns, Flags, Header, Message, Opcode, Question, Rcode, compose};

/// As long as a patient stub waits.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How a question is asked: always with DO, so that the asker sees AD, the signatures and the extended errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// For what the resolver has checked.
    Checked,
    /// With CD: the asker will check.
    Unchecked,
}

/// Asks `server` and returns its response.
pub fn ask(server: SocketAddr, question: &Question, how: Ask) -> io::Result<Message> {
    let query = query(question, how);
    let response = over_udp(server, &query)?;
    if response.header.flags.truncated { over_tcp(server, &query) } else { Ok(response) }
}

fn query(question: &Question, how: Ask) -> Message {
    let flags = Flags {
        recursion_desired: true,
        checking_disabled: how == Ask::Unchecked,
        ..Flags::default()
    };
    let header = Header { id: next_id(), opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut message = Message::new(header);
    message.questions.push(question.clone());
    message.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    message
}

/// Ids that differ from one query to the next, so that a late response is not taken for the next one's.
fn next_id() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static LAST: AtomicU16 = AtomicU16::new(1);
    LAST.fetch_add(1, Ordering::Relaxed)
}

fn over_udp(server: SocketAddr, query: &Message) -> io::Result<Message> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.send(&compose(query, 65535, true))?;
    let (start, mut buffer) = (Instant::now(), [0; 65535]);
    loop {
        let left = TIMEOUT.checked_sub(start.elapsed()).ok_or(io::ErrorKind::TimedOut)?;
        socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let length = socket.recv(&mut buffer)?;
        let response = parse(&buffer[..length])?;
        if response.header.id == query.header.id {
            return Ok(response);
        }
    }
}

fn over_tcp(server: SocketAddr, query: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let octets = compose(query, 65535, true);
    let length = u16::try_from(octets.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &octets].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut response = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut response)?;
    parse(&response)
}

fn parse(octets: &[u8]) -> io::Result<Message> {
    Message::parse(octets).map_err(io::Error::other)
}
