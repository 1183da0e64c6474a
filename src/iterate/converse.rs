//! A conversation with one server about one question: over UDP, again over TCP or without EDNS where that is needed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::iterator::Iterator;
use super::referral::unrelated_glue;
use super::{Class, classify, refers_astray, scrub};
use crate::clock::Moment;
use crate::dnssec::Reason;
use crate::model::{Delegation, Failure, Trouble};
use crate::net::{ExchangeError, Outgoing, Transport};
use crate::trace::Step;
use crate::wire::{Edns, Flags, Header, Message, Opcode, Question, Rcode, compose};
use crate::work::Work;

/// Time for one exchange over TCP.
const TCP_WAIT: Duration = Duration::from_millis(1_500);
/// Queries are small.
const MAX_QUERY: usize = 512;

/// What one server said, and what that is.
#[derive(Debug)]
pub(super) struct Said {
    pub message: Message,
    /// Addresses that the scrub took out, and that are better than none.
    pub unrelated_glue: Vec<IpAddr>,
    pub class: Class,
    pub server: SocketAddr,
    pub arrived: Moment,
}

/// Who is asked what, on whose account.
#[derive(Clone, Copy)]
pub(super) struct Conversation<'a> {
    pub iterator: &'a Iterator,
    pub delegation: &'a Delegation,
    pub question: &'a Question,
    pub work: &'a Work,
}

impl Conversation<'_> {
    /// UDP; without EDNS when the server cannot read it (RFC 6891 section 6.2.2; for this question alone, so that no
    /// forged error strips a signed zone for longer); over TCP when truncated (RFC 7766 section 5).
    pub async fn with(
        &self,
        server: SocketAddr,
        wait: Duration,
        edns: bool,
    ) -> Result<Result<Said, Trouble>, Failure> {
        let refuses_edns =
            |said: &Said| matches!(said.message.header.rcode, Rcode::FORMERR | Rcode::NOTIMP);
        let (said, edns) = match self.exchange(server, Transport::Udp, wait, edns).await? {
            Ok(said) if edns && refuses_edns(&said) => {
                (self.exchange(server, Transport::Udp, wait, false).await?, false)
            }
            said => (said, edns),
        };
        match said {
            Ok(said) if said.message.header.flags.truncated => self.over_tcp(server, edns).await,
            said => Ok(said),
        }
    }

    /// What is cut short over TCP too is no message (RFC 2181 section 9).
    async fn over_tcp(
        &self,
        server: SocketAddr,
        edns: bool,
    ) -> Result<Result<Said, Trouble>, Failure> {
        let said = self.exchange(server, Transport::Tcp, TCP_WAIT, edns).await?;
        Ok(said.and_then(|said| match said.message.header.flags.truncated {
            true => Err(Trouble::Malformed),
            false => Ok(said),
        }))
    }

    /// One exchange, paid from the budget and told to the trace. The outer error ends the question, the inner one
    /// speaks of this server.
    async fn exchange(
        &self,
        server: SocketAddr,
        transport: Transport,
        wait: Duration,
        edns: bool,
    ) -> Result<Result<Said, Trouble>, Failure> {
        let limit = |reason: Reason| Failure::Limit(reason);
        self.work.budget.spend_packet().map_err(limit)?;
        let started = self.iterator.clock.now();
        let timeout = self.work.budget.time_left(started).map_err(limit)?.min(wait);
        let octets = self.query(edns);
        let outgoing =
            Outgoing { to: server, transport, octets: &octets, question: self.question, timeout };
        let outcome = self.iterator.exchange.exchange(outgoing).await;
        let arrived = self.iterator.clock.moment();
        let said = match outcome {
            Ok(reply) => {
                if transport == Transport::Udp {
                    self.iterator.servers.answered(server.ip(), arrived.now.since(started));
                }
                self.work.budget.spend_octets(reply.len()).map_err(limit)?;
                self.read(&reply, server, arrived)
            }
            Err(ExchangeError::Timeout) => Err(Trouble::Timeout),
            Err(ExchangeError::Unreachable) => Err(Trouble::Unreachable),
        };
        self.tell(server, transport, &said, arrived.now.since(started));
        Ok(said)
    }

    /// The message to send: DO and an OPT for 1232 octets (RFC 4035 section 4.1); RD and CD to forwarders only, CD so
    /// that they keep nothing from us (RFC 6840 section 5.9).
    fn query(&self, edns: bool) -> Vec<u8> {
        let forward = self.delegation.is_forward();
        let checking_disabled = forward && !self.work.checking_upstream();
        let flags = Flags { recursion_desired: forward, checking_disabled, ..Flags::default() };
        let header = Header {
            id: self.iterator.entropy.u16(),
            opcode: Opcode::QUERY,
            flags,
            rcode: Rcode::NOERROR,
        };
        let mut message = Message::new(header);
        message.questions.push(self.question.clone());
        let udp_size = self.iterator.options.edns_buffer_size;
        message.edns = edns.then(|| Edns { udp_size, dnssec_ok: true, ..Edns::default() });
        compose(&message, MAX_QUERY, false)
    }

    /// Parses, scrubs, classifies. A truncated message may end inside a record: only its header counts.
    fn read(&self, reply: &[u8], server: SocketAddr, arrived: Moment) -> Result<Said, Trouble> {
        let truncated = Header::peek(reply).is_ok_and(|h| h.flags.truncated);
        let message = match Message::parse(reply) {
            Ok(message) => message,
            Err(_) if truncated => {
                Message::new(Header::peek(reply).map_err(|_| Trouble::Malformed)?)
            }
            Err(_) => return Err(Trouble::Malformed),
        };
        let (zone, forward) = (&self.delegation.zone, self.delegation.is_forward());
        let astray = !forward && refers_astray(&message, zone);
        let unrelated_glue = unrelated_glue(&message, zone);
        let message = scrub(message, self.question, zone);
        let class =
            if astray { Class::Lame } else { classify(&message, self.question, zone, forward) };
        Ok(Said { message, unrelated_glue, class, server, arrived })
    }

    fn tell(
        &self,
        server: SocketAddr,
        transport: Transport,
        said: &Result<Said, Trouble>,
        took: Duration,
    ) {
        self.work.trace.step(|| Step::Asked {
            server,
            zone: self.delegation.zone.clone(),
            question: self.question.clone(),
            transport: transport.name(),
            outcome: match said {
                Ok(said) if said.message.header.flags.truncated => "truncated".into(),
                Ok(Said { class: Class::Settles(kind), .. }) => format!("{kind:?}"),
                Ok(Said { class: Class::SecondHand(kind), .. }) => {
                    format!("{kind:?}, not authoritative")
                }
                Ok(Said { class: Class::Referral(zone), .. }) => format!("referral to {zone}"),
                Ok(Said { class: Class::Lame, .. }) => Trouble::Lame.to_string(),
                Ok(Said { class: Class::Unusable(trouble), .. }) | Err(trouble) => {
                    trouble.to_string()
                }
            },
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
    }
}
