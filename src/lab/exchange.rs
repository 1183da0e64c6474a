//! The mini-Internet in memory: an [`Exchange`] for simulations under paused time, with latency, loss, dead servers and
//! responses altered on the way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use super::{Internet, Server, respond, udp_limit};
use crate::clock::{Instant, SharedClock};
use crate::entropy::Entropy;
use crate::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport, is_reply_to};
use crate::wire::{Message, compose};

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The round-trip time of one exchange; TCP takes two.
    pub latency: Duration,
    /// Of a thousand datagrams so many are lost.
    pub loss: u32,
    /// Never answers.
    pub dead: bool,
    /// No route leads there, and the sender is told at once.
    pub unreachable: bool,
    /// Refuses TCP connections.
    pub no_tcp: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(20),
            loss: 0,
            dead: false,
            unreachable: false,
            no_tcp: false,
        }
    }
}

/// One response on its way, for a hook to alter.
#[derive(Debug)]
pub struct Passing<'a> {
    /// The address that was asked.
    pub from: IpAddr,
    /// How.
    pub transport: Transport,
    /// What was asked.
    pub query: &'a Message,
    /// What comes back.
    pub reply: &'a mut Message,
}

/// Something that alters responses; `false` loses them.
pub type Hook = Box<dyn FnMut(Passing<'_>) -> bool>;

/// The network between one resolver and the servers of an [`Internet`].
pub struct Network {
    internet: Rc<Internet>,
    clock: SharedClock,
    entropy: Rc<Entropy>,
    origin: Instant,
    usual: Cell<Conditions>,
    special: RefCell<BTreeMap<IpAddr, Conditions>>,
    hook: RefCell<Option<Hook>>,
    transcript: RefCell<String>,
    queries: Cell<u32>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("queries", &self.queries).finish_non_exhaustive()
    }
}

impl Network {
    /// A network on which all goes well.
    #[must_use]
    pub fn new(internet: Rc<Internet>, clock: SharedClock, entropy: Rc<Entropy>) -> Self {
        let origin = clock.now();
        Self {
            internet,
            clock,
            entropy,
            origin,
            usual: Cell::default(),
            special: RefCell::default(),
            hook: RefCell::default(),
            transcript: RefCell::default(),
            queries: Cell::default(),
        }
    }

    /// From here on all servers are reached so, but for those with conditions of their own.
    pub fn set_conditions(&self, conditions: Conditions) {
        self.usual.set(conditions);
    }

    /// From here on the server at `address` is reached so.
    pub fn set_conditions_of(&self, address: IpAddr, conditions: Conditions) {
        self.special.borrow_mut().insert(address, conditions);
    }

    /// From here on `hook` sees every response before it leaves its server.
    pub fn set_hook(&self, hook: Hook) {
        *self.hook.borrow_mut() = Some(hook);
    }

    /// Questions sent so far, lost ones included.
    #[must_use]
    pub fn queries(&self) -> u32 {
        self.queries.get()
    }

    /// What was asked and what came of it, a line each.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.transcript.borrow().clone()
    }

    /// Starts again with an empty transcript and a count of 0.
    pub fn forget(&self) {
        self.transcript.borrow_mut().clear();
        self.queries.set(0);
    }

    fn conditions(&self, address: IpAddr) -> Conditions {
        self.special.borrow().get(&address).copied().unwrap_or(self.usual.get())
    }

    /// What becomes of one question, and after how long.
    fn fate(&self, outgoing: &Outgoing<'_>) -> (Duration, Result<Vec<u8>, ExchangeError>) {
        let address = outgoing.to.ip();
        let Some(server) = self.internet.server(address) else {
            return (Duration::ZERO, Err(ExchangeError::Unreachable));
        };
        let conditions = self.conditions(address);
        if conditions.unreachable {
            return (Duration::ZERO, Err(ExchangeError::Unreachable));
        }
        let timeout = (outgoing.timeout, Err(ExchangeError::Timeout));
        let (latency, lost) = match outgoing.transport {
            Transport::Udp => (conditions.latency, self.entropy.below(1000) < conditions.loss),
            Transport::Tcp if conditions.no_tcp => {
                return (conditions.latency, Err(ExchangeError::Unreachable));
            }
            Transport::Tcp => (conditions.latency * 2, false),
        };
        if conditions.dead || lost || latency > outgoing.timeout {
            return timeout;
        }
        match self.reply(server, outgoing) {
            Some(reply) if is_reply_to(outgoing.octets, outgoing.question, &reply) => {
                (latency, Ok(reply))
            }
            _ => timeout,
        }
    }

    /// The octets that the server sends, if it can read the question and the hook lets them pass.
    fn reply(&self, server: &Server, outgoing: &Outgoing<'_>) -> Option<Vec<u8>> {
        let query = Message::parse(outgoing.octets).ok()?;
        let mut reply = respond(&server.zones, &query);
        let passing = Passing {
            from: outgoing.to.ip(),
            transport: outgoing.transport,
            query: &query,
            reply: &mut reply,
        };
        if !self.hook.borrow_mut().as_mut().is_none_or(|hook| hook(passing)) {
            return None;
        }
        let limit = match outgoing.transport {
            Transport::Udp => udp_limit(&query),
            Transport::Tcp => usize::from(u16::MAX),
        };
        Some(compose(&reply, limit, true))
    }

    fn note(&self, asked: Instant, outgoing: &Outgoing<'_>, what: &str) {
        let mut line = self.transcript.borrow_mut();
        let at = asked.since(self.origin).as_millis();
        let (transport, to, question) =
            (outgoing.transport.name(), outgoing.to.ip(), outgoing.question);
        // Writing to a String does not fail.
        let _ = writeln!(line, "{at:>6} ms {transport} {to} {question}: {what}");
    }
}

impl Exchange for Network {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            self.queries.set(self.queries.get().saturating_add(1));
            let asked = self.clock.now();
            let (after, outcome) = self.fate(&outgoing);
            tokio::time::sleep(after).await;
            self.note(asked, &outgoing, &summary(&outcome));
            outcome
        })
    }
}

/// `NOERROR 1 answer 2 authority 3 additional`, with what is remarkable.
fn summary(outcome: &Result<Vec<u8>, ExchangeError>) -> String {
    let octets = match outcome {
        Err(ExchangeError::Timeout) => return "no reply".into(),
        Err(ExchangeError::Unreachable) => return "unreachable".into(),
        Ok(octets) => octets,
    };
    let Ok(message) = Message::parse(octets) else { return "unreadable".into() };
    let flag = |set: bool, text: &'static str| if set { text } else { "" };
    format!(
        "{}{}{}, {} answer, {} authority, {} additional, {} octets",
        message.header.rcode,
        flag(message.header.flags.authoritative, " aa"),
        flag(message.header.flags.truncated, " tc"),
        message.answer.len(),
        message.authority.len(),
        message.additional.len(),
        octets.len()
    )
}
