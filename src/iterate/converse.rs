//! A conversation with one server about one question: over UDP, again over TCP or without EDNS where that is needed.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use super::iterator::Iterator;
use super::manner::{Heard, Manner};
use super::query::{Parts, Query, query, restore_case, restore_owners};
use super::referral::unrelated_glue;
use super::{Class, classify, refers_astray, scrub};
use crate::clock::{Instant, Moment};
use crate::model::{Delegation, Failure, Trouble};
use crate::net::{ExchangeError, Fetch, NearMisses, Outgoing, Place, Transport, has_same_case};
use crate::trace::Step;
use crate::wire::{Flags, Header, Message, OptionCode, Question, Rcode};
use crate::work::Work;

/// How long a question waits for others to be answered before it is sent at all.
const PLACE_WAIT: Duration = Duration::from_millis(500);
/// Time for one exchange over TCP.
const TCP_WAIT: Duration = Duration::from_millis(1_500);
/// After how long something else is tried, be it another connection: it may be the first segment that was lost.
pub(super) const TCP_PATIENCE: Duration = Duration::from_millis(300);

/// What one server said, and what that is.
#[derive(Debug)]
pub(super) struct Said {
    pub message: Message,
    /// Addresses that the scrub took out, and that are better than none.
    pub unrelated_glue: Vec<IpAddr>,
    pub class: Class,
    pub server: SocketAddr,
    pub transport: Transport,
    pub arrived: Moment,
}

/// Why a conversation brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// No reply came.
    Silent,
    /// Replies came that had the name in other letters, and the server has no TCP to ask which is true.
    Case,
    /// An error came that anybody could have sent, and the server has no TCP to confirm it.
    Unconfirmed(Rcode),
    /// The server is of no use for this question.
    Trouble(Trouble),
}

/// What a conversation shows while it goes on.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// Was the question sent? Until then it is not the server that takes the time.
    pub sent: Cell<bool>,
    /// Has the server said anything yet? Then it is neither slow nor silent, whatever else it takes.
    pub heard: Cell<bool>,
}

/// The same, seen from both sides.
pub(super) type Sign = Rc<Signs>;

/// The outer error ends the question, the inner one speaks of the server. Boxed: whoever waits for it needs little space.
pub(super) type Outcome<E> = Result<Result<Box<Said>, E>, Failure>;

/// Who is asked what, on whose account.
#[derive(Clone, Copy)]
pub(super) struct Conversation<'a> {
    pub iterator: &'a Iterator,
    pub delegation: &'a Delegation,
    pub question: &'a Question,
    pub work: &'a Work,
    /// Must the answer be signed, as far as is known?
    pub signed: bool,
    /// Are all that serve the zone silent?
    pub failing: bool,
    /// Did the server answer nothing about the zone of late?
    pub unfit: bool,
}

impl Conversation<'_> {
    /// Puts the question in `manner`, and in others as the replies demand: each of them is put once.
    pub async fn with(
        &self,
        server: SocketAddr,
        wait: Duration,
        mut manner: Manner,
        sign: Sign,
    ) -> Outcome<Miss> {
        let (mut doubt, mut cut_short) = (None, false);
        loop {
            let said = match self.put(server, wait, manner, &sign).await? {
                Ok(said) => said,
                // Who says over UDP that there is more over TCP, and has no TCP, is not silent but of no use.
                Err(Miss::Silent | Miss::Trouble(Trouble::Unreachable)) if cut_short => {
                    return Ok(Err(Miss::Trouble(Trouble::NoTcp)));
                }
                Err(miss) => return Ok(Err(doubt.map_or(miss, Miss::Unconfirmed))),
            };
            sign.heard.set(true);
            let header = said.message.header;
            let truncated = header.flags.truncated;
            let heard = Heard { rcode: header.rcode, truncated, edns: said.message.edns.is_some() };
            manner.transport = said.transport;
            let is_error = matches!(header.rcode, Rcode::FORMERR | Rcode::NOTIMP);
            // Who was asked in every manner a moment ago, for nothing, is not asked in all of them each time.
            let again = manner.after(heard, self.signed).filter(|_| !(self.unfit && is_error));
            let Some(next) = again else {
                self.note_edns(&said, manner);
                // What is cut short over TCP too is no message (RFC 2181 section 9).
                return Ok(if truncated {
                    Err(Miss::Trouble(Trouble::Malformed))
                } else {
                    Ok(said)
                });
            };
            cut_short |= truncated;
            doubt = (is_error && !truncated && next.edns).then_some(header.rcode);
            manner = next;
        }
    }

    /// A query without OPT got through where one with it did not (RFC 6891 section 6.2.2).
    fn note_edns(&self, said: &Said, manner: Manner) {
        let (servers, address, now) = (&self.iterator.servers, said.server.ip(), said.arrived.now);
        let refused = matches!(said.message.header.rcode, Rcode::FORMERR | Rcode::NOTIMP);
        if said.message.edns.is_some() {
            servers.speaks_edns(address);
        } else if !manner.edns && !refused && !self.signed && servers.reads_edns(address, now) {
            servers.cannot_read_edns(address, now);
        }
    }

    /// Over UDP, and from the first near miss on over TCP as well: the first reply that matches wins, and what does not
    /// match is held against no server (RFC 5452 section 9.1, CVE-2023-26437). Where only the case differs and TCP fails there
    /// is nothing left to wait for: the question is to be put without random letters, with another id and from another port,
    /// so that a forger gains nothing by it.
    async fn put(
        &self,
        server: SocketAddr,
        wait: Duration,
        manner: Manner,
        sign: &Sign,
    ) -> Outcome<Miss> {
        let misses = NearMisses::default();
        // Boxed: few ever need it.
        let over_tcp = |wait| Box::pin(self.put_over_tcp(server, wait, manner, sign));
        if manner.transport == Transport::Tcp || self.goes_over_tcp() {
            return Ok(over_tcp(TCP_WAIT).await?.map_err(|trouble| miss(trouble, &misses)));
        }
        let mut udp = pin!(self.exchange(server, wait, manner, &misses, sign));
        let mut tcp = pin!(async {
            misses.first().await;
            sign.heard.set(true);
            match self.wait_for_case(server.ip(), &misses) {
                Some(wait) => over_tcp(wait).await,
                None => Ok(Err(Trouble::Unreachable)),
            }
        });
        let heard = tokio::select! {
            biased;
            heard = &mut udp => match heard? {
                Err(_) if misses.count() > 0 => tcp.await?,
                heard => heard,
            },
            heard = &mut tcp => match heard? {
                Err(trouble) if miss(trouble, &misses) != Miss::Case => udp.await?,
                heard => heard,
            },
        };
        Ok(heard.map_err(|trouble| miss(trouble, &misses)))
    }

    /// How long TCP has to show which reply is true, after a first near miss. That the server keeps no letters is likely, and
    /// not worth a long wait where nobody hears of a connection; none where that was seen a moment ago.
    fn wait_for_case(&self, address: IpAddr, misses: &NearMisses) -> Option<Duration> {
        let (servers, now) = (&self.iterator.servers, self.iterator.clock.now());
        if !misses.is_case_alone() {
            return Some(TCP_WAIT);
        }
        let of_two_round_trips = servers.estimate(address, now).wait * 2;
        servers.takes_tcp(address, now).then(|| of_two_round_trips.clamp(TCP_PATIENCE, TCP_WAIT))
    }

    /// Over TCP, beside other questions; and where that was what the server did not like, once more alone (RFC 7766 section
    /// 6.2.4).
    async fn put_over_tcp(
        &self,
        server: SocketAddr,
        wait: Duration,
        manner: Manner,
        sign: &Sign,
    ) -> Outcome<Trouble> {
        let stray = NearMisses::default();
        let manner = manner.over_tcp();
        let heard = self.exchange(server, wait, manner, &stray, sign).await?;
        if !matches!(heard, Err(Trouble::Closed)) {
            return Ok(heard);
        }
        let alone = Manner { alone: true, ..manner };
        self.exchange(server, wait, alone, &stray, sign).await
    }

    /// One exchange, paid from the budget and told to the trace.
    async fn exchange(
        &self,
        server: SocketAddr,
        wait: Duration,
        manner: Manner,
        misses: &NearMisses,
        sign: &Sign,
    ) -> Outcome<Trouble> {
        let Some(fetch) = self.begin(server) else { return Ok(Err(Trouble::Busy)) };
        let Some(place) = self.place(server).await? else { return Ok(Err(Trouble::Busy)) };
        sign.sent.set(true);
        self.work.budget.spend_packet().map_err(Failure::Limit)?;
        let started = self.iterator.clock.now();
        let timeout = self.work.budget.time_left(started).map_err(Failure::Limit)?.min(wait);
        let query = self.query(server, manner, started);
        let outgoing = Outgoing {
            to: server,
            transport: manner.transport,
            alone: manner.alone,
            octets: &query.octets,
            question: self.question,
            letters: query.letters,
            cookie: query.cookie,
            misses,
            timeout,
        };
        let outcome = self.carry(outgoing, (fetch, place)).await;
        let arrived = self.iterator.clock.moment();
        if manner.transport == Transport::Tcp {
            self.note_tcp(server.ip(), &outcome, timeout);
        }
        let said = match outcome {
            Ok(reply) => {
                self.work.budget.spend_octets(reply.len()).map_err(Failure::Limit)?;
                self.learn(server, manner, started, &query, &reply);
                self.read(reply, server, manner.transport, arrived)
            }
            Err(ExchangeError::Timeout) => Err(Trouble::Timeout),
            Err(ExchangeError::NoRoute) => {
                self.work.budget.return_packet(); // it never left
                self.iterator.servers.no_route(server.ip(), arrived.now);
                Err(Trouble::NoRoute)
            }
            Err(ExchangeError::NoSocket) => {
                self.work.budget.return_packet(); // nor did this one
                Err(Trouble::Busy)
            }
            Err(ExchangeError::Unreachable) => Err(Trouble::Unreachable),
            Err(ExchangeError::ClosedEarly) => Err(Trouble::Closed),
        };
        if let (Ok(said), Some(_)) = (&said, query.cookie) {
            let edns = said.message.edns.as_ref();
            let option = edns.and_then(|edns| edns.option(OptionCode::COOKIE));
            self.iterator.servers.keep_cookie(server.ip(), option);
        }
        self.tell(server, manner.transport, &said, arrived.now.since(started));
        Ok(said)
    }

    fn goes_over_tcp(&self) -> bool {
        self.iterator.goes_over_tcp(&self.delegation.zone)
    }

    /// Carries one question. A connection that is being opened where datagrams get lost is worth having, whoever answers first:
    /// the next question finds it at rest.
    async fn carry(
        &self,
        outgoing: Outgoing<'_>,
        held: (Fetch, Place),
    ) -> Result<Vec<u8>, ExchangeError> {
        if outgoing.transport == Transport::Tcp && self.work.has_lost() {
            return self.iterator.probes.carry(&self.iterator.exchange, outgoing, held).await;
        }
        let _until_its_end = held;
        self.iterator.exchange.exchange(outgoing).await
    }

    /// What was waited for less than a lost first segment takes may be there all the same.
    fn note_tcp(
        &self,
        address: IpAddr,
        outcome: &Result<Vec<u8>, ExchangeError>,
        waited: Duration,
    ) {
        let (servers, now) = (&self.iterator.servers, self.iterator.clock.now());
        match outcome {
            Ok(_) => servers.asked_over_tcp(address, true, now),
            Err(ExchangeError::Timeout) if waited < TCP_WAIT => {
                servers.late_over_tcp(address, now);
            }
            Err(ExchangeError::Timeout | ExchangeError::Unreachable) => {
                servers.asked_over_tcp(address, false, now);
            }
            // It was not asked, or is asked again.
            Err(ExchangeError::NoRoute | ExchangeError::NoSocket | ExchangeError::ClosedEarly) => {}
        }
    }

    /// The place of one more question among those under way, if there is one. Forwarders serve all zones: there it is no
    /// matter of one zone.
    fn begin(&self, server: SocketAddr) -> Option<Fetch> {
        let zone = (!self.delegation.is_forward()).then_some(&self.delegation.zone);
        self.iterator.fetches.begin(server.ip(), zone, self.failing)
    }

    /// Waits for a place among the questions under way of this thread, for so long as others need for an answer.
    async fn place(&self, server: SocketAddr) -> Result<Option<Place>, Failure> {
        let left = self.work.budget.time_left(self.iterator.clock.now()).map_err(Failure::Limit)?;
        let place = self.iterator.exchange.place(server);
        Ok(tokio::time::timeout(left.min(PLACE_WAIT), place).await.ok())
    }

    /// RD and CD to forwarders only, CD so that they keep nothing from us (RFC 6840 section 5.9).
    fn query(&self, server: SocketAddr, manner: Manner, now: Instant) -> Query {
        let Iterator { options, entropy, servers, .. } = self.iterator;
        let forward = self.delegation.is_forward();
        let checking_disabled = forward && !self.work.checking_upstream();
        let flags = Flags { recursion_desired: forward, checking_disabled, ..Flags::default() };
        let cookie = (options.cookies && manner.edns)
            .then(|| servers.cookie(server.ip(), now, || entropy.u64()));
        let udp_size = manner.edns.then_some(options.edns_buffer_size);
        let random_case = manner.random_case;
        let keepalive = manner.transport == Transport::Tcp;
        query(self.question, Parts { flags, udp_size, cookie, keepalive, random_case, entropy })
    }

    /// What a reply shows of its server.
    fn learn(
        &self,
        server: SocketAddr,
        manner: Manner,
        started: Instant,
        query: &Query,
        reply: &[u8],
    ) {
        let (servers, now) = (&self.iterator.servers, self.iterator.clock.now());
        if manner.transport == Transport::Udp || self.goes_over_tcp() {
            servers.answered(server.ip(), now.since(started), now);
        }
        match manner.transport {
            Transport::Udp if self.iterator.is_public(&self.delegation.zone) => {
                servers.answered_over_udp(now);
            }
            Transport::Tcp if !has_same_case(&query.octets, reply) => {
                servers.loses_case(server.ip(), now);
            }
            Transport::Udp | Transport::Tcp => {}
        }
    }

    /// Parses, scrubs, classifies. A truncated message may end inside a record: only its header counts.
    fn read(
        &self,
        mut reply: Vec<u8>,
        server: SocketAddr,
        transport: Transport,
        arrived: Moment,
    ) -> Result<Box<Said>, Trouble> {
        restore_case(&mut reply, self.question);
        let truncated = Header::peek(&reply).is_ok_and(|h| h.flags.truncated);
        let mut message = match Message::parse(&reply) {
            Ok(message) => message,
            Err(_) if truncated => {
                Message::new(Header::peek(&reply).map_err(|_| Trouble::Malformed)?)
            }
            Err(_) => return Err(Trouble::Malformed),
        };
        restore_owners(&mut message, self.question);
        let (zone, forward) = (&self.delegation.zone, self.delegation.is_forward());
        let astray = !forward && refers_astray(&message, zone);
        let unrelated_glue = unrelated_glue(&message, zone);
        let message = scrub(message, self.question, zone);
        let class =
            if astray { Class::Lame } else { classify(&message, self.question, zone, forward) };
        Ok(Box::new(Said { message, unrelated_glue, class, server, transport, arrived }))
    }

    /// In the trace, that a last try at a silent server was in vain.
    pub fn tell_silence(&self, server: SocketAddr, took: Duration) {
        self.tell(server, Transport::Udp, &Err(Trouble::Timeout), took);
    }

    fn tell(
        &self,
        server: SocketAddr,
        transport: Transport,
        said: &Result<Box<Said>, Trouble>,
        took: Duration,
    ) {
        self.work.trace.step(|| Step::Asked {
            server,
            zone: self.delegation.zone.clone(),
            question: self.question.clone(),
            transport: transport.name(),
            outcome: match said {
                Ok(said) if said.message.header.flags.truncated => "truncated".into(),
                Ok(said) => said.class.to_string(),
                Err(trouble) => trouble.to_string(),
            },
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
    }
}

/// What is to be made of `trouble` after these near misses.
fn miss(trouble: Trouble, misses: &NearMisses) -> Miss {
    match trouble {
        Trouble::Timeout if misses.count() == 0 => Miss::Silent,
        Trouble::Timeout | Trouble::Unreachable if misses.is_case_alone() => Miss::Case,
        Trouble::Timeout | Trouble::Unreachable if misses.count() > 0 => {
            misses.bare_error().map_or(Miss::Trouble(Trouble::Mismatched), Miss::Unconfirmed)
        }
        trouble => Miss::Trouble(trouble),
    }
}
