//! Many clients at the same time, each with a UDP socket of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use bailiwick::wire::{
    Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrType, compose,
};

/// One client: what it asked, and what came of it.
pub struct Client {
    socket: UdpSocket,
    asked: Instant,
    /// The reply, and how long it took.
    pub reply: Option<(Message, Duration)>,
}

impl Client {
    /// Asks for the address of `name`.
    pub fn ask(server: SocketAddr, name: &Name) -> Self {
        Self::try_ask(server, name).expect("sent")
    }

    /// The same, of a server that may be gone.
    pub fn try_ask(server: SocketAddr, name: &Name) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(server)?;
        socket.set_nonblocking(true)?;
        socket.send(&compose(&query(name), 65_535, true))?;
        Ok(Self { socket, asked: Instant::now(), reply: None })
    }

    /// The response code and whether an extended error explains it.
    pub fn outcome(&self) -> Option<(Rcode, bool)> {
        let (message, _) = self.reply.as_ref()?;
        let explained =
            message.edns.as_ref().is_some_and(|edns| edns.extended_errors().next().is_some());
        Some((message.header.rcode, explained))
    }

    /// Takes the reply if it is there.
    pub fn look(&mut self) {
        let mut octets = [0; 4_096];
        if self.reply.is_none()
            && let Ok(length) = self.socket.recv(&mut octets)
        {
            let message = Message::parse(&octets[..length]).expect("a message");
            self.reply = Some((message, self.asked.elapsed()));
        }
    }
}

/// A socket of a new client of `server`.
pub fn connected(server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
    socket.connect(server).expect("connected");
    socket
}

/// Asks for all `names` at once, and waits for the replies, so long at most.
pub fn ask_all(server: SocketAddr, names: &[Name], longest: Duration) -> Vec<Client> {
    let start = Instant::now();
    let mut clients: Vec<_> = names.iter().map(|name| Client::ask(server, name)).collect();
    while start.elapsed() < longest && clients.iter().any(|client| client.reply.is_none()) {
        clients.iter_mut().for_each(Client::look);
        std::thread::sleep(Duration::from_millis(2));
    }
    clients
}

/// How many of `clients` have a reply of which `right` is true.
pub fn count(clients: &[Client], right: impl Fn(Rcode, bool) -> bool) -> usize {
    let outcomes = clients.iter().filter_map(Client::outcome);
    outcomes.filter(|(rcode, explained)| right(*rcode, *explained)).count()
}

/// The longest time that a reply took.
pub fn longest(clients: &[Client]) -> Duration {
    clients.iter().filter_map(|c| Some(c.reply.as_ref()?.1)).max().unwrap_or_default()
}

/// A question for the address of `name`.
pub fn query(name: &Name) -> Message {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let header = Header { id: 7, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut message = Message::new(header);
    message.questions.push(Question::new(name.clone(), RrType::A));
    message.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    message
}
