//! Over TCP where UDP is blocked on the way (RFC 7766 section 5 allows TCP before any UDP): it is found out at the root
//! servers, and looked at again from time to time. That is a matter of the Internet: servers that the operator wrote may be
//! nearer, and are asked as ever.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::iterator::Iterator;
use crate::net::Transport;
use crate::wire::{Name, Question, RrType};

impl Iterator {
    /// Are the servers of `zone` those of the Internet?
    pub(super) fn is_public(&self, zone: &Name) -> bool {
        self.options.zone_of(zone).is_none()
    }

    /// Is UDP blocked on the way to those of `zone`?
    pub(super) fn goes_over_tcp(&self, zone: &Name) -> bool {
        self.servers.is_udp_blocked() && self.is_public(zone)
    }

    /// A server of `zone` was silent.
    pub(super) fn doubt_udp(&self, server: IpAddr, zone: &Name) {
        if self.is_public(zone) {
            self.servers.silent_over_udp(server, zone);
            self.look_at_udp();
        }
    }

    /// Asks a root server of each family over UDP and TCP, if that is due.
    pub(super) fn look_at_udp(&self) {
        let now = self.clock.now();
        let may = self.probes.has_room() && self.is_public(&Name::root());
        if !may || !self.servers.claim_look_at_udp(now) {
            return;
        }
        let (v4, v6) = (self.look_at(SocketAddr::is_ipv4), self.look_at(SocketAddr::is_ipv6));
        let (servers, clock) = (Arc::clone(&self.servers), Arc::clone(&self.clock));
        let look = async move {
            let (v4, v6) = tokio::join!(v4, v6);
            let verdicts = [v4, v6].into_iter().flatten();
            // Who could not be asked at all has said nothing.
            if verdicts.max() == Some(false) {
                servers.looked_at_udp(false, clock.now());
            }
        };
        self.probes.start(look, now);
    }

    /// Asks a root server of a family over both, and twice more over UDP if it answers over TCP first: datagrams get lost. For
    /// those the wait is as long as for TCP, however far away it is. Does it answer over TCP? `None` if there is nobody to ask,
    /// or no room for it.
    fn look_at(
        &self,
        family: fn(&SocketAddr) -> bool,
    ) -> impl Future<Output = Option<bool>> + 'static {
        let looks = self.root_server(family).and_then(|server| {
            let admitted = self.admit(server)?;
            let over = |transport| {
                let question = Question::new(Name::root(), RrType::SOA);
                self.sign_of_life(server, Name::root(), question, transport)
            };
            let udp = || over(Transport::Udp);
            Some((admitted, udp(), over(Transport::Tcp), udp(), udp()))
        });
        let (servers, clock) = (Arc::clone(&self.servers), Arc::clone(&self.clock));
        async move {
            let (_until_its_end, udp, tcp, second, third) = looks?;
            let over_udp = Cell::new(false);
            let first = async { over_udp.set(udp.await) };
            let others = async {
                let over_tcp = tcp.await;
                if over_tcp && !over_udp.get() {
                    let _learnt = tokio::join!(second, third);
                }
                over_tcp
            };
            let ((), over_tcp) = tokio::join!(first, others);
            if over_tcp && !over_udp.get() {
                servers.looked_at_udp(true, clock.now());
            }
            Some(over_tcp)
        }
    }

    /// One of those that the hints name, by chance.
    fn root_server(&self, family: fn(&SocketAddr) -> bool) -> Option<SocketAddr> {
        let hints = &self.options.hints;
        let mut servers = self.sockets(hints);
        servers.retain(|server| family(server) && self.may_ask(hints, *server));
        let chosen = self.entropy.below(u32::try_from(servers.len()).ok()?.max(1));
        servers.get(chosen as usize).copied()
    }
}
