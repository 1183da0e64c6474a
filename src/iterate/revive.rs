//! Whether a silent server has come back, found out while clients ask: by one probe a second to one of them, and by their
//! own questions where all servers of a zone are silent. A reply counts even when its client has been told of the failure.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::iterator::Iterator;
use super::probe::WAIT;
use super::query::{Parts, query};
use crate::net::{ExchangeError, Fetch, NearMisses, Outgoing, Place, Transport};
use crate::wire::{Flags, Name, Question, RrType};

/// The round-trip time that is noted is at most this: the reply may have lain unread while nobody asked.
const MOST_RTT: Duration = Duration::from_millis(400);

impl Iterator {
    /// Looks for replies that nobody waits for, and starts a probe when one is due: whenever a client asks.
    pub fn look_for_life(&self) {
        self.probes.look();
        self.look_at_udp();
        if self.probes.has_room()
            && let Some((server, zone)) = self.servers.due_probe(self.clock.now())
        {
            let question = Question::new(zone.clone(), RrType::SOA);
            let _asked = self.ask_whether_alive(server, zone, question); // else some other time
        }
    }

    /// Puts `question` to a silent server of `zone`. Any reply will do. `false` when too many questions are under way already:
    /// those who may be answered come first.
    #[must_use]
    pub(super) fn ask_whether_alive(
        &self,
        server: SocketAddr,
        zone: Name,
        question: Question,
    ) -> bool {
        if !self.probes.has_room() {
            return false;
        }
        let Some(admitted) = self.admit(server) else { return false };
        let transport = if self.goes_over_tcp(&zone) { Transport::Tcp } else { Transport::Udp };
        let sign = self.sign_of_life(server, zone, question, transport);
        let probe = async move {
            let _until_its_end = admitted;
            let _learnt = sign.await;
        };
        self.probes.start(probe, self.clock.now());
        true
    }

    /// What a question to `server` needs for which nobody is to wait, if it is to be had at once.
    pub(super) fn admit(&self, server: SocketAddr) -> Option<(Fetch, Place)> {
        let place = pin!(self.exchange.place(server)).poll(&mut Context::from_waker(Waker::noop()));
        match (self.fetches.begin(server.ip(), None, true), place) {
            (Some(fetch), Poll::Ready(place)) => Some((fetch, place)),
            _ => None,
        }
    }

    /// Waits for at most `wait`, or until one of `servers` is not silent any more.
    pub(super) async fn hears_from(&self, servers: &[SocketAddr], wait: Duration) -> bool {
        let heard = || {
            let now = self.clock.now();
            servers.iter().any(|server| !self.servers.estimate(server.ip(), now).silent)
        };
        let sign = poll_fn(|context| {
            self.probes.poll(context);
            if heard() { Poll::Ready(()) } else { Poll::Pending }
        });
        tokio::time::timeout(wait, sign).await.is_ok() || heard()
    }

    /// Puts `question` to `server` and notes what comes of it. `true` if it answers.
    pub(super) fn sign_of_life(
        &self,
        server: SocketAddr,
        zone: Name,
        question: Question,
        transport: Transport,
    ) -> impl Future<Output = bool> + 'static {
        let (servers, clock) = (Arc::clone(&self.servers), Arc::clone(&self.clock));
        let (exchange, entropy) = (Rc::clone(&self.exchange), Rc::clone(&self.entropy));
        let (address, now) = (server.ip(), clock.now());
        let public = self.is_public(&zone);
        let diverted = self.goes_over_tcp(&zone);
        let counts = transport == Transport::Udp || diverted;
        // Silence over UDP says nothing of a server while UDP is blocked.
        let is_usual_way = (transport == Transport::Tcp) == diverted;
        let reads_edns = servers.reads_edns(address, now);
        let udp_size = reads_edns.then_some(self.options.edns_buffer_size);
        let random_case = self.options.case_randomization && servers.keeps_case(address, now);
        async move {
            let (flags, entropy) = (Flags::default(), &*entropy);
            let (cookie, keepalive) = (None, false);
            let parts = Parts { flags, udp_size, cookie, keepalive, random_case, entropy };
            let query = query(&question, parts);
            let started = clock.now();
            let outgoing = Outgoing {
                to: server,
                transport,
                alone: true, // the way is looked at anew
                octets: &query.octets,
                question: &question,
                letters: query.letters,
                cookie: None,
                misses: &NearMisses::default(),
                timeout: WAIT,
            };
            let outcome = exchange.exchange(outgoing).await;
            let now = clock.now();
            if public && transport == Transport::Udp && outcome.is_ok() {
                servers.answered_over_udp(now);
            }
            match outcome {
                Ok(_) if counts => {
                    servers.answered(address, now.since(started).min(MOST_RTT), now);
                }
                Err(ExchangeError::Timeout | ExchangeError::Unreachable) if is_usual_way => {
                    servers.timed_out(server, &zone, now);
                }
                _ => {} // it was not asked, or not as it is asked otherwise
            }
            outcome.is_ok()
        }
    }
}
