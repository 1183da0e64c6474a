//! The mini-Internet in memory: an [`Exchange`] for simulations under paused time, with latency, jitter, loss, duplicates,
//! dead servers and responses altered on the way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::{Internet, Server, respond, udp_limit};
use crate::clock::{Instant, SharedClock};
use crate::entropy::Entropy;
use crate::net::{Exchange, ExchangeError, ExchangeFuture, Limits, Outgoing, Transport};
use crate::wire::{Message, compose};

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The round-trip time of one exchange; TCP takes two, unless a connection to the server rests.
    pub latency: Duration,
    /// By up to so much more each exchange takes longer, drawn for each: of two questions the second may be answered first.
    pub jitter: Duration,
    /// Of a thousand datagrams so many are lost.
    pub loss: u32,
    /// Of a thousand datagrams so many arrive twice: the server answers both of them, and each reply has a way of its own.
    pub duplicates: u32,
    /// Never answers.
    pub dead: bool,
    /// No route leads there, and the sender is told at once.
    pub unreachable: bool,
    /// A router on the way rejects what is sent there, which the sender is told after the round-trip time (ICMP).
    pub rejects: bool,
    /// Refuses TCP connections.
    pub no_tcp: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(20),
            jitter: Duration::ZERO,
            loss: 0,
            duplicates: 0,
            dead: false,
            unreachable: false,
            rejects: false,
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

/// An attacker who sees each question and answers beside its server: datagrams from the server's address and port, each
/// with the time after which it arrives.
pub type Forger = Box<dyn FnMut(&Outgoing<'_>) -> Vec<(Duration, Vec<u8>)>>;

/// The network between one resolver and the servers of an [`Internet`].
pub struct Network {
    internet: Rc<Internet>,
    clock: SharedClock,
    entropy: Rc<Entropy>,
    origin: Instant,
    usual: Cell<Conditions>,
    special: RefCell<BTreeMap<IpAddr, Conditions>>,
    hook: RefCell<Option<Hook>>,
    forger: RefCell<Option<Forger>>,
    /// Connections at rest: to whom, and how long.
    at_rest: RefCell<Vec<(IpAddr, Instant)>>,
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
            forger: RefCell::default(),
            at_rest: RefCell::default(),
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

    /// From here on `forger` answers questions over UDP as well.
    pub fn set_forger(&self, forger: Forger) {
        *self.forger.borrow_mut() = Some(forger);
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

    /// What arrives in reply to one question, and when.
    fn replies(&self, outgoing: &Outgoing<'_>) -> Result<Arrivals, Refusal> {
        let Some(server) = self.internet.server(outgoing.to.ip()) else {
            return Err(Refusal(Duration::ZERO, ExchangeError::Unreachable));
        };
        let conditions = self.conditions(outgoing.to.ip());
        if conditions.unreachable {
            return Err(Refusal(Duration::ZERO, ExchangeError::NoRoute));
        }
        if conditions.rejects || outgoing.transport == Transport::Tcp && conditions.no_tcp {
            return Err(Refusal(conditions.latency, ExchangeError::Unreachable));
        }
        let mut arrivals = self.forged(outgoing);
        for _ in 0..self.copies(conditions, outgoing.transport) {
            if let Some(after) = self.travels(conditions, outgoing) {
                arrivals.extend(self.reply(server, outgoing).map(|reply| (after, reply)));
            }
        }
        arrivals.sort_by_key(|(after, _)| *after);
        Ok(arrivals)
    }

    fn forged(&self, outgoing: &Outgoing<'_>) -> Arrivals {
        match &mut *self.forger.borrow_mut() {
            Some(forger) if outgoing.transport == Transport::Udp => forger(outgoing),
            _ => Vec::new(),
        }
    }

    /// How many of one question the server gets. Over TCP the kernel drops what comes twice.
    fn copies(&self, conditions: Conditions, transport: Transport) -> u32 {
        let may_be_more = transport == Transport::Udp && conditions.duplicates > 0;
        1 + u32::from(may_be_more && self.entropy.below(1000) < conditions.duplicates)
    }

    /// The round-trip time of one exchange.
    fn round_trip(&self, conditions: Conditions) -> Duration {
        let most = u32::try_from(conditions.jitter.as_micros()).unwrap_or(u32::MAX);
        let more = if most == 0 { 0 } else { self.entropy.below(most) };
        conditions.latency + Duration::from_micros(more.into())
    }

    /// The time of the way there and back; `None` when something is lost on it. Over TCP the kernel sends again: the
    /// connection's first segment after a second, the others after 200 ms (RFC 6298 section 2).
    fn travels(&self, conditions: Conditions, outgoing: &Outgoing<'_>) -> Option<Duration> {
        let is_lost = || self.entropy.below(1000) < conditions.loss;
        match (conditions.dead, outgoing.transport) {
            (true, _) => None,
            (_, Transport::Udp) => (!is_lost()).then(|| self.round_trip(conditions)),
            (_, Transport::Tcp) => {
                let again = [Duration::from_secs(1), Duration::from_millis(200)];
                let lost = |wait| if is_lost() { wait } else { Duration::ZERO };
                let way = |wait| self.round_trip(conditions) + lost(wait);
                let connected = usize::from(self.takes_connection(outgoing.to.ip()));
                Some(again.into_iter().skip(connected).map(way).sum())
            }
        }
    }

    fn is_at_rest(&self, address: IpAddr) -> impl Fn(&(IpAddr, Instant)) -> bool {
        let now = self.clock.now();
        move |(to, until)| *to == address && now < *until
    }

    /// Is there a connection to `address` at rest? It does not rest any more.
    fn takes_connection(&self, address: IpAddr) -> bool {
        let mut at_rest = self.at_rest.borrow_mut();
        let at = at_rest.iter().position(self.is_at_rest(address));
        at.map(|at| at_rest.swap_remove(at)).is_some()
    }

    fn rests(&self, address: IpAddr) {
        let until = self.clock.now() + Limits::default().idle_time();
        self.at_rest.borrow_mut().push((address, until));
    }

    /// Waits for what is ours among what arrives.
    async fn wait(&self, outgoing: &Outgoing<'_>) -> Result<Vec<u8>, ExchangeError> {
        let asked = self.clock.now();
        let until = |after: Duration| after.saturating_sub(self.clock.now().since(asked));
        let arrivals = match self.replies(outgoing) {
            Ok(arrivals) => arrivals,
            Err(Refusal(after, why)) => {
                tokio::time::sleep(until(after)).await;
                return Err(why);
            }
        };
        for (after, octets) in arrivals {
            if after > outgoing.timeout {
                break;
            }
            tokio::time::sleep(until(after)).await;
            if outgoing.accepts(&octets) {
                if outgoing.transport == Transport::Tcp {
                    self.rests(outgoing.to.ip());
                }
                return Ok(octets);
            }
        }
        tokio::time::sleep(until(outgoing.timeout)).await;
        Err(ExchangeError::Timeout)
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

/// Messages, each with the time after which it arrives.
type Arrivals = Vec<(Duration, Vec<u8>)>;

/// Nothing can be sent there, which is told after this long.
struct Refusal(Duration, ExchangeError);

/// A question under way, which gets its line in the transcript also when nobody waits for its reply any more.
struct Asked<'a> {
    network: &'a Network,
    outgoing: Outgoing<'a>,
    at: Instant,
    what: String,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.network.note(self.at, &self.outgoing, &self.what);
    }
}

impl Exchange for Network {
    fn is_connected(&self, server: SocketAddr) -> bool {
        self.at_rest.borrow().iter().any(self.is_at_rest(server.ip()))
    }

    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            self.queries.set(self.queries.get().saturating_add(1));
            let (at, what) = (self.clock.now(), "not waited for".into());
            let mut asked = Asked { network: self, outgoing, at, what };
            let outcome = self.wait(&outgoing).await;
            asked.what = summary(&outcome);
            outcome
        })
    }
}

/// `NOERROR 1 answer 2 authority 3 additional`, with what is remarkable.
fn summary(outcome: &Result<Vec<u8>, ExchangeError>) -> String {
    let octets = match outcome {
        Err(ExchangeError::Timeout) => return "no reply".into(),
        Err(ExchangeError::NoRoute) => return "no route".into(),
        Err(ExchangeError::NoSocket) => return "no socket".into(),
        Err(ExchangeError::Unreachable) => return "unreachable".into(),
        Err(ExchangeError::ClosedEarly) => return "closed".into(),
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
