//! Whether a silent server has come back, found out while clients ask: one question a second to one of them.

use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::iterator::Iterator;
use super::query::{Parts, query};
use crate::net::{NearMisses, Outgoing, Transport};
use crate::wire::{Flags, Name, Question, RrType};

/// How long the reply is waited for; the round-trip time that is noted is at most this, too: the reply may have lain
/// unread while nobody asked.
const WAIT: Duration = Duration::from_millis(400);

impl Iterator {
    /// Starts a probe when one is due.
    pub(super) fn probe_if_due(&self) {
        if !self.probe.is_under_way()
            && let Some((server, zone)) = self.servers.due_probe(self.clock.now())
        {
            self.probe.start(self.ask_whether_alive(server, zone));
        }
    }

    /// Any reply will do.
    fn ask_whether_alive(
        &self,
        server: SocketAddr,
        zone: Name,
    ) -> impl Future<Output = ()> + 'static {
        let (servers, clock) = (Arc::clone(&self.servers), Arc::clone(&self.clock));
        let (exchange, entropy) = (Rc::clone(&self.exchange), Rc::clone(&self.entropy));
        let udp_size = Some(self.options.edns_buffer_size);
        let random_case = self.options.case_randomization;
        async move {
            let question = Question::new(zone, RrType::SOA);
            let (flags, entropy) = (Flags::default(), &*entropy);
            let parts = Parts { flags, udp_size, cookie: None, random_case, entropy };
            let query = query(&question, parts);
            let started = clock.now();
            let outgoing = Outgoing {
                to: server,
                transport: Transport::Udp,
                octets: &query.octets,
                question: &question,
                cookie: None,
                misses: &NearMisses::default(),
                timeout: WAIT,
            };
            match exchange.exchange(outgoing).await {
                Ok(_) => servers.answered(server.ip(), clock.now().since(started).min(WAIT)),
                Err(_) => servers.timed_out(server, &question.name, clock.now()),
            }
        }
    }
}
