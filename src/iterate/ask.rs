//! One question to the servers of one zone: address after address until one says something usable.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::Class;
use super::converse::{Conversation, Miss, Outcome, Said, Sign, TCP_PATIENCE};
use super::flights::{Asked, Beside, Event, Flight, Flights, Patience};
use super::iterator::Iterator;
use super::select::{
    self, Candidate, Habits, LOOK_UP_TRY_EVERY, MAX_SENDS, SILENT_WAIT, TRY_EVERY,
};
use crate::clock::Instant;
use crate::model::{Delegation, Failure, Source, Trouble};
use crate::net::{Estimate, Transport};
use crate::wire::{Name, Question, Rcode, RrType};
use crate::work::Work;

/// How long a reply over UDP is listened for at the least, even when others are asked already: a late one is no loss, and
/// tells how slow its server is.
const LISTEN: Duration = Duration::from_secs(2);
/// Where datagrams get lost, a server of which nothing is known has less time: after so long another is asked as well, and
/// twice as long after it was asked it counts as silent. Most are not that far, and their silence is more likely a loss.
const LATE_AMID_LOSS: Duration = Duration::from_millis(75);
/// After how long another is asked beside one that is asked over TCP to save packets: a lost segment is sent again after 200 ms.
const LATE_OVER_TCP: Duration = Duration::from_millis(250);
/// Useless replies to one question. Zones have few servers that all fail; who names dozens wants them to be asked (the
/// servers may be others').
const MAX_USELESS: usize = 8;
/// Servers that had less time than this for an answer have not failed.
const FAIR_TIME: Duration = Duration::from_secs(1);
/// Servers named in a failure.
const TOLD_SERVERS: usize = 3;

/// One round of questions to a zone's servers.
struct Round<'a> {
    talk: Conversation<'a>,
    candidates: Vec<Candidate>,
    /// Names of servers whose addresses are looked up when those at hand have failed; the next one is the last.
    lookups: Vec<(Name, RrType)>,
    /// What a server said that does not speak for the zone.
    second_hand: Option<Box<Said>>,
    troubles: Vec<(SocketAddr, Trouble)>,
    /// Why a look-up found nothing.
    unresolved: Option<Failure>,
    /// A limit that ended one conversation while another went on.
    limit: Option<Failure>,
    started: Instant,
}

impl Iterator {
    /// Asks the servers of `delegation`, best address first, until one gives something usable; what is not is noted
    /// against its sender.
    pub(super) async fn ask(
        &self,
        delegation: &Delegation,
        question: &Question,
        work: &Work,
    ) -> Result<Box<Said>, Failure> {
        let signed = self.is_signed(delegation);
        let mut round = Round {
            talk: Conversation {
                iterator: self,
                delegation,
                question,
                work,
                signed,
                failing: false,
                unfit: false,
            },
            candidates: Vec::new(),
            lookups: self.lookups(delegation),
            second_hand: None,
            troubles: Vec::new(),
            unresolved: None,
            limit: None,
            started: self.clock.now(),
        };
        round.add(self.sockets(delegation));
        self.look_for_life();
        match round.run().await {
            // Time that ran out while servers were silent is theirs to answer for (RFC 9520 section 2), if they had any.
            Err(Failure::Limit(_)) if round.has_run_out_of_time() => Err(round.failure()),
            Ok(None) => Err(round.failure()),
            Ok(Some(said)) => Ok(said),
            Err(failure) => Err(failure),
        }
    }
}

impl<'a> Round<'a> {
    /// One conversation after the other; a second one at the same time when the first takes unusually long.
    async fn run(&mut self) -> Result<Option<Box<Said>>, Failure> {
        let mut flights = Flights::default();
        loop {
            if flights.is_empty() {
                if let Some(limit) = self.limit.take() {
                    return Err(limit);
                }
                let first = {
                    let next = pin!(self.next_candidate());
                    flights.beside(next).await
                };
                match first {
                    Beside::Found(found) => match found? {
                        Some(at) => self.launch(at, &mut flights),
                        None => return Ok(self.second_hand.take()),
                    },
                    Beside::Ended(asked, outcome) => match self.take(asked, *outcome) {
                        Some(said) => return Ok(Some(said)),
                        None => continue,
                    },
                }
            }
            match flights.next(&self.talk.iterator.probes).await {
                Event::Late => self.hedge(&mut flights),
                Event::Overdue(at, transport) => {
                    // Over TCP it may be on its way still.
                    if transport == Transport::Udp {
                        self.note_silence(at, transport);
                    }
                    self.go_on_beside(&mut flights);
                }
                Event::Ended(asked, outcome) => {
                    if let Some(said) = self.take(asked, *outcome) {
                        self.note_overtaken(&flights);
                        return Ok(Some(said));
                    }
                    self.go_on_beside(&mut flights);
                }
            }
        }
    }

    /// Whoever was not asked yet is asked first: the addresses at hand, then those looked up, then what a parent gave
    /// as glue. Then second hand will do; without it, those that were silent are asked again.
    async fn next_candidate(&mut self) -> Result<Option<usize>, Failure> {
        if self.has_heard_enough() {
            return Ok(None);
        }
        while !self.has_untried() {
            if !(self.look_up_next().await? || self.add_parents_glue() || self.add_last_resort()) {
                if self.second_hand.is_some() {
                    return Ok(None);
                }
                break;
            }
        }
        let hopeless = !self.candidates.is_empty() && self.candidates.iter().all(|c| c.dead);
        if hopeless && !self.last_hope().await? {
            return Ok(None);
        }
        Ok(self.pick(&[]))
    }

    /// Where datagrams get lost and packets are short, the next one goes over TCP, which sends again by itself: at once where
    /// a connection rests, else after a silence.
    fn saves_packets(&self) -> bool {
        let Conversation { iterator, delegation, work, .. } = self.talk;
        let short = || work.budget.is_short_of_packets(iterator.clock.now());
        work.has_lost() && !delegation.is_forward() && short()
    }

    /// Was one of them silent so far?
    fn has_silences(&self) -> bool {
        self.candidates.iter().any(|c| c.silences > 0)
    }

    /// Was one of them silent so far that answers otherwise? One of which nothing is known may be dead.
    fn has_lively_silences(&self) -> bool {
        let is_lively = |c: &Candidate| c.estimate.known && !c.estimate.silent && !c.dead;
        self.candidates.iter().any(|c| c.silences > 0 && is_lively(c))
    }

    fn is_connected(&self, at: usize) -> bool {
        self.talk.iterator.exchange.is_connected(self.candidates[at].socket)
    }

    /// Is this one to be asked over TCP now, to save packets?
    fn takes_tcp(&self, at: usize) -> bool {
        let early = || !self.candidates[at].early_tcp && self.has_silences();
        let is_open = || !self.talk.iterator.servers.is_tcp_blocked();
        self.saves_packets() && is_open() && (self.is_connected(at) || early())
    }

    /// The next one to ask, by what is known of them all by now: other questions may have met those that were new to this one.
    fn pick(&mut self, busy: &[usize]) -> Option<usize> {
        let Iterator { servers, clock, entropy, .. } = self.talk.iterator;
        if self.saves_packets() {
            let good = |c: &Candidate| c.is_usable() && !c.dead && !c.unfit;
            let may = |at: &usize| !busy.contains(at) && good(&self.candidates[*at]);
            let all = 0..self.candidates.len();
            if let Some(at) = all.filter(may).find(|at| self.is_connected(*at)) {
                return Some(at);
            }
        }
        if self.candidates.iter().any(|c| c.sends > 0) {
            let now = clock.now();
            let new = self.candidates.iter_mut().filter(|c| !c.estimate.known);
            new.for_each(|c| c.estimate = servers.estimate(c.socket.ip(), now));
        }
        select::pick(&self.candidates, busy, entropy)
    }

    /// Enough useless replies: when all that serve the zone gave nothing else of late, one of them is asked, and the others
    /// are not (RFC 9520 section 3.2). Any answer, to whatever question, ends that.
    fn has_heard_enough(&self) -> bool {
        let useless = self.candidates.iter().filter(|c| c.useless).count();
        let unfit = || self.candidates.iter().all(|c| c.unfit || c.dead);
        useless >= MAX_USELESS || useless > 0 && unfit()
    }

    /// All were silent before. One of them is asked, unless that was done a moment ago or for this client already, and waited
    /// for shortly; the others are not (RFC 9520 section 3.2). `true` when one shows that it is back: then it is asked as
    /// any other. A later reply helps the questions to come.
    async fn last_hope(&mut self) -> Result<bool, Failure> {
        let Conversation { iterator, work, .. } = self.talk;
        let now = iterator.clock.now();
        let every = if work.is_looking_up() { LOOK_UP_TRY_EVERY } else { TRY_EVERY };
        let claim = |address| iterator.servers.claim_try(address, every, now);
        let may_try = |c: &&Candidate| !c.spent && claim(c.socket.ip());
        let may = work.has_hope() && iterator.probes.has_room_for_try(now);
        let tried = if may { self.candidates.iter().find(may_try) } else { None };
        let tried = tried.map(|candidate| candidate.socket);
        let tried = tried.map(|server| self.tries(server)).transpose()?.flatten();
        if let Some(server) = tried {
            let servers: Vec<_> = self.candidates.iter().map(|c| c.socket).collect();
            if iterator.hears_from(&servers, SILENT_WAIT).await {
                self.candidates.iter_mut().for_each(|c| c.look_again(&iterator.servers, now));
                return Ok(true);
            }
            work.give_up_hope();
            self.talk.tell_silence(server, iterator.clock.now().since(now));
        }
        let untold = |c: &&Candidate| !c.spent && c.sends == 0 && tried != Some(c.socket);
        let untold = self.candidates.iter().filter(untold);
        self.troubles.extend(untold.map(|c| (c.socket, Trouble::Silent)));
        self.troubles.extend(tried.map(|server| (server, Trouble::Timeout)));
        Ok(false)
    }

    /// Asks `server` whether it is alive, unless too many are asked that already.
    fn tries(&self, server: SocketAddr) -> Result<Option<SocketAddr>, Failure> {
        let Conversation { iterator, delegation, question, work, .. } = self.talk;
        work.budget.spend_packet().map_err(Failure::Limit)?;
        let zone = delegation.zone.clone();
        let asked = iterator.ask_whether_alive(server, zone, question.clone());
        if !asked {
            work.budget.return_packet();
        }
        Ok(asked.then_some(server))
    }

    /// What takes the place of a conversation that brought nothing, while another is under way.
    fn go_on_beside(&mut self, flights: &mut Flights<'a>) {
        if !flights.is_empty() {
            self.hedge(flights);
        }
    }

    /// Asks another address as well, where nothing was heard yet and there is one that may do better: beside a last try over
    /// TCP, for which a lost segment is a second lost, any.
    fn hedge(&mut self, flights: &mut Flights<'a>) {
        if !flights.are_silent() || self.talk.iterator.fetches.are_many() {
            return;
        }
        let picked = self.pick(&flights.candidates());
        let may_do_better = |at: &usize| {
            let candidate = &self.candidates[*at];
            !candidate.dead && (!candidate.estimate.silent || flights.are_last_tries())
        };
        if let Some(at) = picked.filter(may_do_better) {
            self.launch(at, flights);
        }
    }

    fn has_untried(&self) -> bool {
        self.candidates.iter().any(|c| c.sends == 0 && !c.spent && !c.estimate.silent)
    }

    /// Looks up the next name; `false` when there is none left. One that is given up on the way is still there.
    async fn look_up_next(&mut self) -> Result<bool, Failure> {
        let Some((name, rtype)) = self.lookups.last().cloned() else { return Ok(false) };
        let found = self.talk.iterator.addresses_of_server(&name, rtype, self.talk.work).await;
        self.lookups.pop();
        match found {
            Ok(found) => self.add(found.into_iter().map(|ip| SocketAddr::new(ip, 53)).collect()),
            Err(limit) if limit.is_own_limit() => return Err(limit),
            Err(failure) => self.unresolved = Some(failure), // another server may have some
        }
        Ok(true)
    }

    /// Where parent and child differ, the addresses of a server that its own zone gives come first (RFC 2181 section
    /// 5.4.1), and its parent's glue is better than nothing. `false` when that adds nobody.
    fn add_parents_glue(&mut self) -> bool {
        let before = self.candidates.len();
        self.add(self.talk.iterator.glue_of(self.talk.delegation));
        self.candidates.len() > before
    }

    /// The parent's word on names that are not its own, when no address of any server is to be had elsewhere: they may
    /// lie in a zone that can be reached through this one alone. `false` when that adds nobody.
    fn add_last_resort(&mut self) -> bool {
        if self.candidates.is_empty() {
            let addresses = self.talk.delegation.last_resort.iter();
            self.add(addresses.map(|ip| SocketAddr::new(*ip, 53)).collect());
            return !self.candidates.is_empty();
        }
        false
    }

    /// Adds servers that may be asked and are not there yet.
    fn add(&mut self, servers: Vec<SocketAddr>) {
        let Conversation { iterator, delegation, work, .. } = self.talk;
        for socket in servers {
            let known = self.candidates.iter().any(|c| c.socket == socket);
            if !known && iterator.may_ask(delegation, socket) {
                let now = iterator.clock.now();
                let unfit = iterator.servers.is_unfit(socket.ip(), &delegation.zone, now);
                let last = unfit || work.is_avoided(socket);
                let estimate = iterator.servers.estimate(socket.ip(), now);
                // An unfit or lying server comes last rather than never: memory must not make a zone unreachable.
                let sends = if last { MAX_SENDS - 1 } else { 0 };
                let dead = estimate.is_dead(work.budget.started());
                let new = Candidate::new(socket, estimate);
                self.candidates.push(Candidate { sends, dead, unfit, ..new });
            }
        }
    }

    fn launch(&mut self, at: usize, flights: &mut Flights<'a>) {
        let early_tcp = self.takes_tcp(at);
        self.candidates[at].sends += 1;
        self.candidates[at].early_tcp |= early_tcp;
        let candidate = &self.candidates[at];
        let (server, estimate) = (candidate.socket, candidate.estimate);
        let manner = candidate.manner(self.habits(candidate));
        let diverted = self.talk.iterator.goes_over_tcp(&self.talk.delegation.zone);
        let manner = if early_tcp || diverted { manner.over_tcp() } else { manner };
        // A forwarder may be at work itself: the last time it has all the time that is left, if nobody else is to have it.
        let now = self.talk.iterator.clock.now();
        let failing = self.candidates.iter().all(|c| c.estimate.is_dead(now));
        let talk = Conversation { failing, unfit: candidate.unfit, ..self.talk };
        let primes = talk.question.name.is_root() && talk.question.rtype == RrType::NS;
        if !failing && !primes && !talk.delegation.is_forward() {
            talk.work.come_to(&talk.delegation.zone);
        }
        let patient = talk.delegation.is_forward()
            && candidate.is_last_send()
            && !talk.iterator.falls_back(talk.delegation);
        let listen = if patient { Duration::MAX } else { estimate.wait.max(LISTEN) };
        let (wait, late) = match manner.transport {
            // A new connection takes a round trip of its own.
            Transport::Tcp if diverted => {
                ((estimate.wait * 2).max(TCP_PATIENCE), estimate.late * 2)
            }
            Transport::Tcp if early_tcp => (TCP_PATIENCE, LATE_OVER_TCP),
            Transport::Tcp => (TCP_PATIENCE, estimate.late),
            Transport::Udp => self.waits_for(candidate),
        };
        let last = patient || manner.transport == Transport::Tcp && candidate.is_last_try();
        let patience = (!last).then(|| Box::pin(async move { sleep(wait).await }) as Patience);
        let (sign, again) = (Sign::default(), candidate.silences > 0);
        let heard = Rc::clone(&sign);
        let talk = Box::pin(async move { talk.with(server, listen, manner, heard).await });
        flights
            .launch(Flight { at, talk, sign, patience, transport: manner.transport, again }, late);
    }

    /// After how long this one, asked over UDP, counts as silent, and after how long another is asked as well.
    fn waits_for(&self, candidate: &Candidate) -> (Duration, Duration) {
        let Conversation { iterator, work, .. } = self.talk;
        let Estimate { known, wait, late, .. } = candidate.estimate;
        // Of a server of which nothing is known some find out how slow it is; the others had better wait than ask again.
        if !known && iterator.fetches.are_many_to(candidate.socket.ip()) {
            (LISTEN, late)
        } else if !known && work.has_lost() {
            (LATE_AMID_LOSS * 2, LATE_AMID_LOSS)
        } else {
            (wait, late)
        }
    }

    fn habits(&self, candidate: &Candidate) -> Habits {
        let Iterator { servers, options, clock, .. } = self.talk.iterator;
        let (address, now) = (candidate.socket.ip(), clock.now());
        Habits {
            signed: self.talk.signed,
            reads_edns: servers.reads_edns(address, now),
            has_spoken_edns: servers.has_spoken_edns(address),
            random_case: options.case_randomization && servers.keeps_case(address, now),
        }
    }

    /// What came of a conversation, if it is usable; if not, the candidate is marked.
    fn take(&mut self, asked: Asked, outcome: Outcome<Miss>) -> Option<Box<Said>> {
        let Asked { at, transport, again } = asked;
        let server = self.candidates[at].socket;
        match outcome {
            Ok(Ok(said)) => {
                if again || self.has_lively_silences() {
                    self.talk.work.note_loss();
                }
                return self.weigh(at, said);
            }
            Ok(Err(Miss::Silent)) => self.note_silence(at, transport),
            // It takes no TCP, or not now: it is asked over UDP as any other.
            Ok(Err(Miss::Trouble(trouble @ Trouble::Unreachable)))
                if self.candidates[at].early_tcp && transport == Transport::Tcp =>
            {
                self.troubles.push((server, trouble));
            }
            Ok(Err(Miss::Case)) => {
                self.candidates[at].plain_case = true;
                self.troubles.push((server, Trouble::Mismatched));
            }
            Ok(Err(Miss::Unconfirmed(rcode))) => {
                // Other errors do not say that a query with OPT was not understood (RFC 6891 section 7).
                let may_be_opt = matches!(rcode, Rcode::FORMERR | Rcode::NOTIMP);
                self.candidates[at].unheard += u8::from(may_be_opt);
                self.troubles.push((server, Trouble::Rcode(rcode)));
            }
            Ok(Err(Miss::Trouble(trouble))) => self.give_up(at, trouble),
            Err(limit) => self.limit = Some(limit),
        }
        None
    }

    /// Who was overtaken is slower than is known of it, or silent. Not where datagrams get lost: there others are asked before
    /// anybody is slow.
    fn note_overtaken(&self, flights: &Flights<'_>) {
        let Iterator { servers, clock, .. } = self.talk.iterator;
        if self.talk.work.has_lost() {
            return;
        }
        for at in flights.overtaken() {
            servers.timed_out(self.candidates[at].socket, &self.talk.delegation.zone, clock.now());
        }
    }

    /// What was said, if it is usable as it is.
    fn weigh(&mut self, at: usize, mut said: Box<Said>) -> Option<Box<Said>> {
        match said.class {
            Class::Settles(_) | Class::Referral(_) => {
                self.note_service(at);
                return Some(said);
            }
            Class::SecondHand(kind) => {
                self.note_lame(at, &said);
                said.class = Class::Settles(kind);
                self.second_hand.get_or_insert(said);
            }
            Class::Lame => self.note_lame(at, &said),
            Class::Unusable(trouble) => self.give_up(at, trouble),
        }
        None
    }

    fn note_service(&self, at: usize) {
        let Conversation { iterator, delegation, .. } = self.talk;
        // What a forwarder says may still lack the proofs that it was passed over for.
        if !delegation.is_forward() {
            let (address, now) = (self.candidates[at].socket.ip(), iterator.clock.now());
            iterator.servers.served(address, &delegation.zone, now);
        }
    }

    fn note_lame(&mut self, at: usize, said: &Said) {
        let Conversation { iterator, delegation, .. } = self.talk;
        iterator.servers.lame(said.server.ip(), &delegation.zone, said.arrived.now);
        self.give_up(at, Trouble::Lame);
    }

    fn note_silence(&mut self, at: usize, transport: Transport) {
        self.candidates[at].unheard += 1;
        self.candidates[at].silences += 1;
        let (iterator, server) = (self.talk.iterator, self.candidates[at].socket);
        let now = iterator.clock.now();
        iterator.servers.timed_out(server, &self.talk.delegation.zone, now);
        if transport == Transport::Udp {
            iterator.doubt_udp(server.ip(), &self.talk.delegation.zone);
        }
        let estimate = iterator.servers.estimate(server.ip(), now);
        let candidate = &mut self.candidates[at];
        (candidate.estimate, candidate.dead) =
            (estimate, estimate.is_dead(self.talk.work.budget.started()));
        self.troubles.push((server, Trouble::Timeout));
    }

    fn has_run_out_of_time(&self) -> bool {
        let now = self.talk.iterator.clock.now();
        (!self.troubles.is_empty() || self.unresolved.is_some())
            && now.since(self.started) >= FAIR_TIME
            && self.talk.work.budget.time_left(now).is_err()
    }

    fn give_up(&mut self, at: usize, trouble: Trouble) {
        self.candidates[at].spent = true;
        self.note_failure(at, trouble);
        self.troubles.push((self.candidates[at].socket, trouble));
    }

    /// Holds `trouble` against a server: not what others may have sent in its name (CVE-2023-26437), and not against a
    /// forwarder, whose errors are mostly of the zone asked about.
    fn note_failure(&mut self, at: usize, trouble: Trouble) {
        let Conversation { iterator, delegation, .. } = self.talk;
        let is_reply = matches!(trouble, Trouble::Rcode(_) | Trouble::Lame | Trouble::Malformed);
        let is_of_no_use = is_reply || trouble == Trouble::NoTcp;
        self.candidates[at].useless |= is_of_no_use;
        if is_of_no_use && !delegation.is_forward() {
            let (address, now) = (self.candidates[at].socket.ip(), iterator.clock.now());
            iterator.servers.failed(address, &delegation.zone, now);
        }
    }

    /// The last servers, each with what it did last.
    fn failure(self) -> Failure {
        if self.troubles.is_empty() {
            let none = || Failure::no_server_address(self.talk.delegation);
            return self.unresolved.unwrap_or_else(none);
        }
        let mut servers: Vec<(SocketAddr, Trouble)> = Vec::with_capacity(TOLD_SERVERS);
        for (server, trouble) in self.troubles.into_iter().rev() {
            if servers.len() < TOLD_SERVERS && !servers.iter().any(|(told, _)| *told == server) {
                servers.push((server, trouble));
            }
        }
        servers.reverse();
        Failure::NoServerAnswered {
            question: self.talk.question.clone(),
            zone: self.talk.delegation.zone.clone(),
            servers,
        }
    }
}

impl Iterator {
    /// The servers whose addresses came with `delegation`: at port 53, unless the operator wrote another.
    pub(super) fn sockets(&self, delegation: &Delegation) -> Vec<SocketAddr> {
        if delegation.is_configured()
            && let Some(zone) = self.options.zones.iter().find(|z| z.delegation == *delegation)
        {
            return zone.sockets.clone();
        }
        let addresses = delegation.servers.iter().flat_map(|server| &server.addresses);
        addresses.map(|address| SocketAddr::new(*address, 53)).collect()
    }

    /// Did none of the servers at hand answer anything about the zone of late? Then they are shown the whole question:
    /// what hides nothing costs a question less.
    pub(super) fn are_unfit(&self, delegation: &Delegation) -> bool {
        let now = self.clock.now();
        self.are_all(delegation, |ip| self.servers.is_unfit(ip, &delegation.zone, now))
    }

    /// Were all servers at hand known to be dead when the client of `work` asked?
    pub(super) fn are_dead(&self, delegation: &Delegation, work: &Work) -> bool {
        let (asked, now) = (work.budget.started(), self.clock.now());
        self.are_all(delegation, |ip| self.servers.estimate(ip, now).is_dead(asked))
    }

    fn are_all(&self, delegation: &Delegation, so: impl Fn(IpAddr) -> bool) -> bool {
        let servers = self.sockets(delegation);
        !servers.is_empty() && servers.iter().all(|server| so(server.ip()))
    }

    /// May this server be asked? Addresses that the operator wrote are exempt from `do-not-query`, be it as the root's
    /// or as a zone's of his; so are private ones below such a zone. Our own sockets are not.
    pub(super) fn may_ask(&self, delegation: &Delegation, server: SocketAddr) -> bool {
        let family = if server.is_ipv4() { self.options.ipv4 } else { self.options.ipv6 };
        let exempt = delegation.is_configured()
            || delegation.zone.is_root() && self.options.is_hint(server.ip())
            || self
                .options
                .zone_of(&delegation.zone)
                .is_some_and(|z| z.delegation.source == Source::Stub);
        let list = &self.options.do_not_query;
        family && if exempt { !list.is_own(server) } else { list.allows(server) }
    }
}
