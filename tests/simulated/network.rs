//! Servers in memory.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::clock::SimulatedClock;
use bailiwick::entropy::Entropy;
use bailiwick::iterate::Options;
use bailiwick::lab::{Zone, respond, udp_limit};
use bailiwick::model::{Answer, Checking, NameServer};
use bailiwick::net::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
use bailiwick::resolver::{Resolver, Settings, Shared, TtlBounds, Validation};
use bailiwick::trace::Trace;
use bailiwick::wire::{Message, Question, compose};

/// Zones by the address of the server that serves them.
#[derive(Default)]
pub struct Network {
    pub servers: BTreeMap<IpAddr, Vec<Rc<Zone>>>,
    pub asked: Cell<u32>,
}

impl Exchange for Network {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            self.asked.set(self.asked.get() + 1);
            let zones = self.servers.get(&outgoing.to.ip()).ok_or(ExchangeError::Unreachable)?;
            let query = Message::parse(outgoing.octets).expect("our own query");
            let limit =
                if outgoing.transport == Transport::Tcp { 65_535 } else { udp_limit(&query) };
            let dnssec_ok = query.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
            Ok(compose(&respond(zones, &query), limit, dnssec_ok))
        })
    }
}

/// Settings that trust nothing yet and start at `hints`.
pub fn settings(hints: Vec<NameServer>) -> Settings {
    Settings {
        iterate: Options::with_hints(hints),
        validation: Validation::On,
        anchors: Default::default(),
        negative_anchors: Default::default(),
        policy: Default::default(),
        limits: Default::default(),
        fetches: Default::default(),
        cache_octets: 64 << 20,
        persist: false,
        aggressive_denial: true,
        ttl: TtlBounds::default(),
        ageing: Default::default(),
    }
}

/// A resolver over `network`, whose date is `wall`.
pub fn resolver(network: &Rc<Network>, settings: Settings, wall: u64) -> Rc<Resolver> {
    let shared = Shared::new(settings, Arc::new(SimulatedClock::starting_at(wall)));
    let exchange: Rc<dyn Exchange> = Rc::clone(network) as _;
    Resolver::new(shared, exchange, Rc::new(Entropy::seeded(1)))
}

/// The answer, with verdicts wanted.
pub async fn ask(resolver: &Resolver, name: &str, rtype: &str) -> Answer {
    let question = Question::new(name.parse().expect("a name"), rtype.parse().expect("a type"));
    resolver.resolve(&question, Checking::Enabled, Trace::off()).await
}
