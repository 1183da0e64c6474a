//! A few questions to each server, all at once: what came back, as data.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::entropy::Entropy;
use crate::net::{Exchange, ExchangeError, NearMisses, Outgoing, Transport};
use crate::wire::{Edns, Flags, Header, Message, Opcode, Question, Rcode, RrType, compose};

/// How long one reply is waited for: as long as anybody would in earnest.
const WAIT: Duration = Duration::from_secs(2);
/// Datagrams get lost.
const UDP_TRIES: usize = 2;
/// What is offered over UDP: what the Internet carries in one piece (RFC 9715).
pub(super) const UDP_SIZE: u16 = 1232;
/// Queries are small.
const MAX_QUERY: usize = 512;

/// What came of one question.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// A reply that is its own.
    Reply(Box<Message>),
    /// A reply that is no message.
    Garbled,
    /// Nothing in time.
    Silence,
    /// The network refused.
    Refused,
}

impl Heard {
    /// The reply, if there is one.
    pub fn reply(&self) -> Option<&Message> {
        if let Self::Reply(message) = self { Some(message) } else { None }
    }

    /// Did anything come back?
    pub const fn is_answered(&self) -> bool {
        matches!(self, Self::Reply(_) | Self::Garbled)
    }
}

/// How a server is asked.
#[derive(Clone, Debug)]
pub(super) struct Questions {
    /// Without EDNS, over UDP: the answer is small.
    pub plain: Question,
    /// With DO, over UDP and over TCP: the answer is signed.
    pub signed: Question,
    /// As a forwarder is: RD to have it resolve, CD to have it hide nothing.
    pub recursive: bool,
}

impl Questions {
    /// What every server of a zone can answer: its SOA, and its keys.
    pub fn of(zone: &crate::wire::Name, signed: RrType, recursive: bool) -> Self {
        Self {
            plain: Question::new(zone.clone(), RrType::SOA),
            signed: Question::new(zone.clone(), signed),
            recursive,
        }
    }
}

/// What one server said.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub address: SocketAddr,
    /// To the plain question, over UDP.
    pub plain: Heard,
    /// To the signed one, over UDP.
    pub signed: Heard,
    /// To the signed one, over TCP.
    pub stream: Heard,
}

impl Server {
    pub fn all(&self) -> [&Heard; 3] {
        [&self.plain, &self.signed, &self.stream]
    }

    pub fn answers_udp(&self) -> bool {
        self.plain.is_answered() || self.signed.is_answered()
    }

    pub fn answers(&self) -> bool {
        self.all().iter().any(|heard| heard.is_answered())
    }

    pub fn replies(&self) -> impl Iterator<Item = &Message> {
        self.all().into_iter().filter_map(Heard::reply)
    }
}

/// Asks questions.
#[derive(Clone)]
pub(super) struct Asker {
    pub exchange: Rc<dyn Exchange>,
    pub entropy: Rc<Entropy>,
}

impl Asker {
    /// All `servers` at once, in their order.
    pub async fn ask_all(&self, servers: &[SocketAddr], questions: &Questions) -> Vec<Server> {
        let mut tasks = JoinSet::new();
        for (at, address) in servers.iter().copied().enumerate() {
            let (asker, questions) = (self.clone(), questions.clone());
            tasks.spawn_local(async move { (at, asker.server(address, &questions).await) });
        }
        let mut heard = tasks.join_all().await;
        heard.sort_by_key(|(at, _)| *at);
        heard.into_iter().map(|(_, server)| server).collect()
    }

    async fn server(&self, address: SocketAddr, questions: &Questions) -> Server {
        let Questions { plain, signed, recursive } = questions;
        let query = |question: &Question, edns| self.query(question, *recursive, edns);
        let (short, long) = (query(plain, false), query(signed, true));
        let (plain, signed, stream) = tokio::join!(
            self.over_udp(address, plain, &short),
            self.over_udp(address, signed, &long),
            self.once(address, Transport::Tcp, signed, &long),
        );
        Server { address, plain, signed, stream }
    }

    async fn over_udp(&self, to: SocketAddr, question: &Question, query: &[u8]) -> Heard {
        let mut heard = Heard::Silence;
        for _ in 0..UDP_TRIES {
            heard = self.once(to, Transport::Udp, question, query).await;
            if !matches!(heard, Heard::Silence) {
                break;
            }
        }
        heard
    }

    async fn once(
        &self,
        to: SocketAddr,
        transport: Transport,
        question: &Question,
        octets: &[u8],
    ) -> Heard {
        let misses = &NearMisses::default();
        let (alone, letters, cookie, timeout) = (false, 0, None, WAIT);
        let outgoing =
            Outgoing { to, transport, alone, octets, question, letters, cookie, misses, timeout };
        match self.exchange.exchange(outgoing).await {
            Ok(reply) => read(&reply),
            Err(ExchangeError::Timeout) => Heard::Silence,
            Err(
                ExchangeError::NoRoute
                | ExchangeError::NoSocket
                | ExchangeError::Unreachable
                | ExchangeError::ClosedEarly,
            ) => Heard::Refused,
        }
    }

    fn query(&self, question: &Question, recursive: bool, edns: bool) -> Vec<u8> {
        let flags = Flags {
            recursion_desired: recursive,
            checking_disabled: recursive,
            ..Flags::default()
        };
        let id = self.entropy.u16();
        let header = Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        message.questions.push(question.clone());
        message.edns =
            edns.then(|| Edns { udp_size: UDP_SIZE, dnssec_ok: true, ..Edns::default() });
        compose(&message, MAX_QUERY, false)
    }
}

/// A truncated message may end inside a record: its header counts.
fn read(reply: &[u8]) -> Heard {
    let cut = || Header::peek(reply).ok().filter(|header| header.flags.truncated);
    match Message::parse(reply) {
        Ok(message) => Heard::Reply(Box::new(message)),
        Err(_) => {
            cut().map_or(Heard::Garbled, |header| Heard::Reply(Box::new(Message::new(header))))
        }
    }
}
