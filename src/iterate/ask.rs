//! One question to the servers of one zone: address after address until one says something usable.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::iterator::Iterator;
use super::select::{self, Candidate};
use super::{Class, classify, scrub};
use crate::clock::Moment;
use crate::dnssec::Reason;
use crate::model::{Delegation, Failure, Source, Trouble};
use crate::net::{ExchangeError, Outgoing, Transport};
use crate::trace::Step;
use crate::wire::{Edns, Flags, Header, Message, Opcode, Question, Rcode, compose};
use crate::work::Work;

/// Servers named in a failure.
const TOLD_SERVERS: usize = 3;
/// Time for one exchange over TCP.
const TCP_WAIT: Duration = Duration::from_millis(1_500);
/// Queries are small.
const MAX_QUERY: usize = 512;

/// What one server said, and what that is.
#[derive(Debug)]
pub(super) struct Said {
    pub message: Message,
    pub class: Class,
    pub server: SocketAddr,
    pub arrived: Moment,
}

/// One round of questions to a zone's servers.
struct Round<'a> {
    iterator: &'a Iterator,
    delegation: &'a Delegation,
    question: &'a Question,
    work: &'a Work,
    candidates: Vec<Candidate>,
    troubles: Vec<(SocketAddr, Trouble)>,
}

impl Iterator {
    /// Asks the servers of `delegation`, best address first, until one gives something usable; what is not is noted
    /// against its sender.
    pub(super) async fn ask(
        &self,
        delegation: &Delegation,
        question: &Question,
        work: &Work,
    ) -> Result<Said, Failure> {
        let mut round = Round {
            iterator: self,
            delegation,
            question,
            work,
            candidates: Vec::new(),
            troubles: Vec::new(),
        };
        round.add(delegation.servers.iter().flat_map(|s| s.addresses.iter().copied()));
        let mut names = self.unresolved_names(delegation);
        loop {
            let untried =
                round.candidates.iter().any(|c| c.sends == 0 && !c.spent && !c.estimate.silent);
            if !untried && let Some(name) = names.pop() {
                let found = self.addresses_of_server(&name, work).await?;
                round.add(found.into_iter());
                continue;
            }
            let Some(at) = select::pick(&round.candidates, &self.entropy) else { break };
            match round.try_candidate(at).await {
                Ok(Some(said)) => return Ok(said),
                Ok(None) => {}
                // Time that ran out while servers were silent is theirs to answer for (RFC 9520 section 2).
                Err(Failure::Limit(_)) if round.has_run_out_of_time() => break,
                Err(failure) => return Err(failure),
            }
        }
        Err(round.failure())
    }
}

impl Round<'_> {
    /// Adds addresses that may be asked and are not there yet.
    fn add(&mut self, addresses: impl std::iter::Iterator<Item = IpAddr>) {
        for address in addresses {
            let socket = self.iterator.socket(self.delegation, address);
            let known = self.candidates.iter().any(|c| c.socket == socket);
            if !known && self.iterator.may_ask(self.delegation, socket) {
                let now = self.iterator.clock.now();
                let last = self.iterator.servers.is_lame(address, &self.delegation.zone, now)
                    || self.work.is_avoided(socket);
                let estimate = self.iterator.servers.estimate(address, now);
                // A lame or lying server comes last rather than never: memory must not make a zone unreachable.
                self.candidates.push(Candidate {
                    socket,
                    estimate,
                    sends: if last { 2 } else { 0 },
                    spent: false,
                });
            }
        }
    }

    /// One exchange. `None`: nothing usable, and the candidate is marked.
    async fn try_candidate(&mut self, at: usize) -> Result<Option<Said>, Failure> {
        self.candidates[at].sends += 1;
        let server = self.candidates[at].socket;
        let wait = self.candidates[at].estimate.wait;
        match self.converse(server, wait).await? {
            Ok(said) if said.class == Class::Lame => {
                self.iterator.servers.lame(server.ip(), &self.delegation.zone, said.arrived.now);
                self.give_up(at, Trouble::Lame);
                Ok(None)
            }
            Ok(Said { class: Class::Unusable(trouble), .. }) => {
                self.give_up(at, trouble);
                Ok(None)
            }
            Ok(said) => Ok(Some(said)),
            Err(Trouble::Timeout) => {
                self.iterator.servers.timed_out(server.ip(), self.iterator.clock.now());
                self.candidates[at].estimate =
                    self.iterator.servers.estimate(server.ip(), self.iterator.clock.now());
                self.troubles.push((server, Trouble::Timeout));
                Ok(None)
            }
            Err(trouble) => {
                self.give_up(at, trouble);
                Ok(None)
            }
        }
    }

    fn has_run_out_of_time(&self) -> bool {
        let now = self.iterator.clock.now();
        !self.troubles.is_empty() && self.work.budget.time_left(now).is_err()
    }

    fn give_up(&mut self, at: usize, trouble: Trouble) {
        self.candidates[at].spent = true;
        self.troubles.push((self.candidates[at].socket, trouble));
    }

    /// UDP; then TCP when truncated (RFC 7766 section 5), or without EDNS when the server cannot read it (RFC 6891
    /// section 6.2.2; for this question alone, so that no forged error strips a signed zone for longer).
    async fn converse(
        &self,
        server: SocketAddr,
        wait: Duration,
    ) -> Result<Result<Said, Trouble>, Failure> {
        let first = self.exchange(server, Transport::Udp, wait, true).await?;
        let refuses_edns =
            |said: &Said| matches!(said.message.header.rcode, Rcode::FORMERR | Rcode::NOTIMP);
        match first {
            Ok(said) if said.message.header.flags.truncated => {
                self.exchange(server, Transport::Tcp, TCP_WAIT, true).await
            }
            Ok(said) if refuses_edns(&said) => {
                self.exchange(server, Transport::Udp, wait, false).await
            }
            other => Ok(other),
        }
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
                self.iterator.servers.answered(server.ip(), arrived.now.since(started));
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
            Ok(message) => scrub(message, self.question, &self.delegation.zone),
            Err(_) if truncated => {
                Message::new(Header::peek(reply).map_err(|_| Trouble::Malformed)?)
            }
            Err(_) => return Err(Trouble::Malformed),
        };
        let class =
            classify(&message, self.question, &self.delegation.zone, self.delegation.is_forward());
        Ok(Said { message, class, server, arrived })
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
                Ok(Said { class: Class::Referral(zone), .. }) => format!("referral to {zone}"),
                Ok(Said { class: Class::Lame, .. }) => Trouble::Lame.to_string(),
                Ok(Said { class: Class::Unusable(trouble), .. }) | Err(trouble) => {
                    trouble.to_string()
                }
            },
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
    }

    fn failure(mut self) -> Failure {
        if self.troubles.is_empty() {
            return Failure::NoServerAddress { zone: self.delegation.zone.clone() };
        }
        let older = self.troubles.len().saturating_sub(TOLD_SERVERS);
        let servers = self.troubles.split_off(older);
        Failure::NoServerAnswered {
            question: self.question.clone(),
            zone: self.delegation.zone.clone(),
            servers,
        }
    }
}

impl Iterator {
    /// The socket of a server's address: port 53, unless the operator wrote another.
    fn socket(&self, delegation: &Delegation, address: IpAddr) -> SocketAddr {
        let written = delegation
            .is_configured()
            .then(|| self.options.zones.iter().find(|z| z.delegation.zone == delegation.zone));
        written.flatten().map_or(SocketAddr::new(address, 53), |zone| zone.socket(address))
    }

    /// May this server be asked? Addresses that the operator wrote are exempt from `do-not-query`; so are private ones
    /// below a zone of his. Our own sockets are not.
    fn may_ask(&self, delegation: &Delegation, server: SocketAddr) -> bool {
        let family = if server.is_ipv4() { self.options.ipv4 } else { self.options.ipv6 };
        let exempt = delegation.is_configured()
            || delegation.source == Source::Hints
            || self
                .options
                .zone_of(&delegation.zone)
                .is_some_and(|z| z.delegation.source == Source::Stub);
        let list = &self.options.do_not_query;
        family && if exempt { !list.is_own(server) } else { list.allows(server) }
    }
}
