//! One exchange over UDP, on a port of its own.
//!
//! What a forger has to guess is the port, the id, and the letters of the name (RFC 5452 section 9.2). A question whose name
//! has letters enough takes a socket that rests and lets the kernel choose it another port, anew for each question; one that
//! has not takes a new socket on any of the ports that there are and that the operator of this host has not reserved. No port
//! stays open, nor is connected to a server, longer than one question waits: there is nothing to be found out about the next
//! one's.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::Outgoing;
use super::failed::Failed;
use super::sockopts::{
    ReservedPorts, connect, connected_udp, kernel_ports, receive_from, release_port, unbound_udp,
};
use crate::entropy::Entropy;

/// Octets received of one datagram. A server that sends more than we offered (1232) is read up to here.
const MAX_DATAGRAM: usize = 4096;

/// Letters in which a name must be random for the kernel's choice of a port to do: it has 28,232 of them unless the operator
/// changed that, which is a bit and a quarter less than all, and each letter is a bit.
const LETTERS_ENOUGH: usize = 4;
/// Of so many ports at least.
const PORTS_ENOUGH: u32 = 16_384;

/// Sockets at rest, of each family.
const MAX_RESTING: usize = 128;
/// One descriptor of so many may be that of a socket at rest.
const SHARE_AT_REST: u32 = 8;
/// Late datagrams that may lie in a socket that is put to rest.
const MAX_LATE: usize = 4;

/// The sockets of one worker.
pub(super) struct UdpSockets {
    entropy: Rc<Entropy>,
    most: usize,
    reserved: ReservedPorts,
    /// Of IPv4, of IPv6: without a port, and with nothing in them.
    resting: [RefCell<Vec<UdpSocket>>; 2],
    /// Where each datagram is received: thousands of questions that wait need no space for it.
    buffer: RefCell<Box<[u8]>>,
}

impl fmt::Debug for UdpSockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [v4, v6] = &self.resting;
        write!(f, "UdpSockets({} and {} at rest)", v4.borrow().len(), v6.borrow().len())
    }
}

impl UdpSockets {
    /// None yet. Of `granted` descriptors few are for sockets at rest.
    pub fn new(entropy: Rc<Entropy>, granted: u32) -> Self {
        let most = Self::most_at_rest(granted) as usize / 2;
        let most = if kernel_ports() >= PORTS_ENOUGH { most } else { 0 };
        let buffer = vec![0; MAX_DATAGRAM].into_boxed_slice().into();
        let reserved = ReservedPorts::of_this_host();
        Self { entropy, most, reserved, resting: Default::default(), buffer }
    }

    /// So many of `granted` descriptors may be theirs.
    pub fn most_at_rest(granted: u32) -> u32 {
        (granted / SHARE_AT_REST).min(2 * MAX_RESTING as u32)
    }

    /// Sends and waits for the reply that is ours; whatever else arrives is passed over. The caller sets the time limit,
    /// which also bounds how many wrong replies are looked at.
    pub async fn exchange(
        &self,
        to: SocketAddr,
        outgoing: &Outgoing<'_>,
    ) -> Result<Vec<u8>, Failed> {
        if self.most == 0 || outgoing.letters < LETTERS_ENOUGH {
            let socket =
                connected_udp(to, &self.reserved, &self.entropy).map_err(Failed::Unsent)?;
            return self.ask(&socket, to, outgoing).await;
        }
        let socket = self.take(to).map_err(Failed::Unsent)?;
        let reply = self.ask(&socket, to, outgoing).await?;
        self.put_to_rest(socket, to);
        Ok(reply)
    }

    fn of_family(&self, to: SocketAddr) -> &RefCell<Vec<UdpSocket>> {
        &self.resting[usize::from(to.is_ipv6())]
    }

    /// A socket connected to `to`, so that the kernel drops what comes from elsewhere, on a port that the kernel chose.
    fn take(&self, to: SocketAddr) -> io::Result<UdpSocket> {
        let resting = self.of_family(to).borrow_mut().pop();
        let socket = match resting {
            Some(socket) => socket,
            None => unbound_udp(to)?,
        };
        connect(&socket, to)?;
        Ok(socket)
    }

    /// Takes its port from a socket whose question was answered, and out of it what came late. One that was not answered is
    /// closed: a reply may be on its way yet. So is one that keeps its port, as some kernels may have it.
    fn put_to_rest(&self, socket: UdpSocket, to: SocketAddr) {
        let mut resting = self.of_family(to).borrow_mut();
        let is_free = || {
            let released = release_port(&socket).and_then(|()| socket.local_addr());
            released.is_ok_and(|address| address.port() == 0) && is_drained(&socket)
        };
        if resting.len() < self.most && is_free() {
            resting.push(socket);
        }
    }

    async fn ask(
        &self,
        socket: &UdpSocket,
        to: SocketAddr,
        outgoing: &Outgoing<'_>,
    ) -> Result<Vec<u8>, Failed> {
        socket.send(outgoing.octets).await.map_err(Failed::Unsent)?;
        loop {
            let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?; // a refusal is heard as well
            let heard = if ready.is_readable() { Interest::READABLE } else { Interest::ERROR };
            match socket.try_io(heard, || self.receive(socket, to, outgoing)) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes one datagram. `None` when it is not the reply: it may be one from before the socket was connected.
    fn receive(
        &self,
        socket: &UdpSocket,
        to: SocketAddr,
        outgoing: &Outgoing<'_>,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = self.buffer.borrow_mut();
        let (length, from) = receive_from(socket, &mut buffer)?;
        let datagram = &buffer[..length];
        let ours = from == Some((to.ip(), to.port())) && outgoing.accepts(datagram);
        Ok(ours.then(|| datagram.to_vec()))
    }
}

/// Is nothing left in `socket`? A refusal that came late goes as well. The runtime is told, lest it take the next question for
/// answered before it is.
fn is_drained(socket: &UdpSocket) -> bool {
    let is_empty = |_| {
        receive_from(socket, &mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    let drained = (0..MAX_LATE).any(is_empty);
    if drained {
        let nothing = || Err::<(), _>(ErrorKind::WouldBlock.into());
        socket.try_io(Interest::READABLE, nothing).ok();
    }
    drained
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "this room may open sockets")]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::net::{NearMisses, Transport};
    use crate::wire::{Flags, Header, Message, Name, Opcode, Question, Rcode, RrType, compose};

    const RESPONSE: u8 = 0x80;

    /// Runs `test` with the sockets of a worker that has `granted` descriptors, and a server.
    fn with<F: Future<Output = ()>>(
        granted: u32,
        test: impl FnOnce(UdpSockets, tokio::net::UdpSocket) -> F,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let server = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
            let sockets = UdpSockets::new(Rc::new(Entropy::system()), granted);
            let tested = tokio::time::timeout(Duration::from_secs(20), test(sockets, server));
            tested.await.expect("it comes to its end");
        });
    }

    /// Asks `to`, with `letters` drawn by chance, within a moment.
    async fn asks(
        sockets: &UdpSockets,
        to: SocketAddr,
        id: u16,
        letters: usize,
    ) -> Result<Vec<u8>, Failed> {
        let (message, misses) = (message(id), NearMisses::default());
        let octets = compose(&message, 512, false);
        let outgoing = outgoing(to, &message, &octets, letters, &misses);
        let asked = sockets.exchange(to, &outgoing);
        tokio::time::timeout(Duration::from_millis(300), asked).await.map_err(io::Error::from)?
    }

    fn message(id: u16) -> Message {
        let flags = Flags::default();
        let header = Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        message.questions.push(Question::new(Name::root(), RrType::SOA));
        message
    }

    fn outgoing<'a>(
        to: SocketAddr,
        message: &'a Message,
        octets: &'a [u8],
        letters: usize,
        misses: &'a NearMisses,
    ) -> Outgoing<'a> {
        Outgoing {
            to,
            transport: Transport::Udp,
            alone: false,
            octets,
            question: &message.questions[0],
            letters,
            cookie: None,
            misses,
            timeout: Duration::MAX,
        }
    }

    /// Takes one question and answers it so often; its port.
    async fn answers(server: &tokio::net::UdpSocket, times: usize) -> u16 {
        let mut octets = [0; 512];
        let (length, from) = server.recv_from(&mut octets).await.expect("a question");
        octets[2] |= RESPONSE;
        for _ in 0..times {
            server.send_to(&octets[..length], from).await.expect("sent");
        }
        from.port()
    }

    fn at_rest(sockets: &UdpSockets) -> usize {
        sockets.resting.iter().map(|sockets| sockets.borrow().len()).sum()
    }

    #[test]
    fn rfc5452_s9_2_each_question_has_a_port_of_its_own() {
        for letters in [0, LETTERS_ENOUGH - 1, LETTERS_ENOUGH] {
            with(4_096, |sockets, server| async move {
                let (to, mut ports) = (server.local_addr().expect("its own"), BTreeSet::new());
                for id in 0..64 {
                    let asked = asks(&sockets, to, id, letters);
                    let (reply, port) = tokio::join!(asked, answers(&server, 1));
                    assert_eq!(reply.expect("a reply")[..2], id.to_be_bytes());
                    ports.insert(port);
                }
                assert!(ports.len() >= 60, "{ports:?}");
                let spread =
                    ports.last().zip(ports.first()).map_or(0, |(last, first)| last - first);
                assert!(spread >= 16_384, "{ports:?}");
                assert_eq!(at_rest(&sockets), usize::from(letters >= LETTERS_ENOUGH));
            });
        }
    }

    #[test]
    fn a_reply_that_comes_twice_or_late_is_nobodys() {
        with(4_096, |sockets, server| async move {
            let to = server.local_addr().expect("its own");
            for id in [1, 2] {
                let (reply, _) = tokio::join!(asks(&sockets, to, id, 9), answers(&server, 3));
                assert!(reply.is_ok());
                assert_eq!(at_rest(&sockets), 1, "its copies were taken out");
            }
            let (silence, _) = tokio::join!(asks(&sockets, to, 3, 9), answers(&server, 0));
            assert!(silence.is_err());
            assert_eq!(at_rest(&sockets), 0, "what may still get a reply is closed");
        });
    }

    #[test]
    fn what_has_more_in_it_than_late_copies_is_closed() {
        for (copies, rest) in [(MAX_LATE - 1, 1), (MAX_LATE + 5, 0)] {
            with(4_096, |sockets, server| async move {
                let to = server.local_addr().expect("its own");
                let (reply, _) =
                    tokio::join!(asks(&sockets, to, 1, 9), answers(&server, 1 + copies));
                assert!(reply.is_ok());
                assert_eq!(at_rest(&sockets), rest, "{copies} late copies");
            });
        }
    }

    /// The kernel keeps what lay in a socket before it was connected.
    #[test]
    fn rfc5452_s9_1_what_a_stranger_sent_before_the_connect_is_nobodys() {
        with(4_096, |sockets, server| async move {
            let to = server.local_addr().expect("its own");
            let (message, misses) = (message(7), NearMisses::default());
            let query = compose(&message, 512, false);
            let mut right = query.clone();
            right[2] |= RESPONSE;
            let outgoing = outgoing(to, &message, &query, 9, &misses);
            let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
            let own = socket.local_addr().expect("its own");
            let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
            stranger.send_to(&right, own).await.expect("sent");
            socket.readable().await.expect("it lies there");
            connect(&socket, to).expect("connected");
            assert_eq!(sockets.receive(&socket, to, &outgoing).expect("a datagram"), None);
            server.send_to(&right, own).await.expect("sent");
            let reply = sockets.ask(&socket, to, &outgoing).await;
            assert_eq!(reply.expect("the server's"), right);
        });
    }

    #[test]
    fn what_is_refused_is_known_at_once() {
        for letters in [0, 9] {
            with(4_096, |sockets, server| async move {
                let to = server.local_addr().expect("its own");
                drop(server);
                let refused = asks(&sockets, to, 1, letters).await;
                assert!(matches!(refused, Err(Failed::Sent)));
                assert_eq!(at_rest(&sockets), 0);
            });
        }
    }

    #[test]
    fn few_descriptors_leave_few_at_rest() {
        for (granted, most) in [(7, 0), (64, 8), (2_048, 256), (u32::MAX, 256)] {
            assert_eq!(UdpSockets::most_at_rest(granted), most);
        }
        with(16, |sockets, server| async move {
            let to = server.local_addr().expect("its own");
            let both = async { tokio::join!(asks(&sockets, to, 1, 9), asks(&sockets, to, 2, 9)) };
            let served = async { answers(&server, 1).await != answers(&server, 1).await };
            let ((first, second), two_ports) = tokio::join!(both, served);
            assert!(first.is_ok() && second.is_ok() && two_ports);
            assert_eq!(at_rest(&sockets), 1);
        });
    }
}
