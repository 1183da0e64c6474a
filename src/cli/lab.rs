//! `bailiwick lab`: a signed mini-Internet in this process, and a resolver in front of it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::LocalSet;

use super::anchors::table;
use super::args::Lab;
use super::common::{Ending, failed, runtime};
use crate::clock::{Clock, SystemClock};
use crate::dnssec::{Limits, NegativeTrustAnchors, Policy};
use crate::entropy::Entropy;
use crate::iterate;
use crate::lab::Internet;
use crate::net::{AddressMap, Sockets};
use crate::resolver::{Ageing, Resolver, Settings, Shared, TtlBounds, Validation};
use crate::server::{BindError, Listen, Options, Server, Stop};

/// Octets that the caches of a lab may hold: its zones fit many times.
const CACHE: u64 = 16 << 20;

pub(super) fn run(lab: &Lab) -> Ending {
    let internet = Internet::new(SystemClock.wall()).map_err(failed)?;
    LocalSet::new().block_on(&runtime()?, async {
        let served = internet.serve().await.map_err(failed)?;
        let server = listen(lab.listen).map_err(failed)?;
        let resolver = resolver(settings(&internet, Validation::On), Some(served.map.clone()));
        let stop = Stop::new();
        print!("{}", introduction(&internet, server.addresses()));
        let (ended, signals) =
            tokio::join!(server.serve_on_this_thread(resolver, stop.clone()), stop.on_signals());
        ended.and(signals).map_err(failed)
    })
}

/// One listener for the clients of a lab.
pub(super) fn listen(address: SocketAddr) -> Result<Server, BindError> {
    let listen = vec![Listen { address, required: true }];
    Server::bind(Options { listen, workers: 1, ..Options::default() })
}

/// A resolver that reaches only what is on `map`, or the network where there is none.
pub(super) fn resolver(settings: Settings, map: Option<AddressMap>) -> Rc<Resolver> {
    let entropy = Rc::new(Entropy::system());
    let exchange = Rc::new(Sockets::new(Rc::clone(&entropy), map));
    Resolver::new(Shared::new(settings, Arc::new(SystemClock)), exchange, entropy)
}

/// The recommended settings, with the lab's root servers and trust anchors.
pub(super) fn settings(internet: &Internet, validation: Validation) -> Settings {
    Settings {
        iterate: iterate::Options::with_hints(internet.hints().servers.clone()),
        validation,
        anchors: internet.anchors().into_iter().collect(),
        negative_anchors: NegativeTrustAnchors::default(),
        policy: Policy::default(),
        limits: Limits::default(),
        fetches: crate::net::FetchLimits::default(),
        cache_octets: CACHE,
        persist: false,
        aggressive_denial: true,
        ttl: TtlBounds::default(),
        ageing: Ageing::default(),
    }
}

/// What is there, what to ask, and what to expect.
fn introduction(internet: &Internet, listening: &[SocketAddr]) -> String {
    let Some(at) = listening.first() else { return String::new() };
    let ask = format!("dig @{} -p {} +dnssec", at.ip(), at.port());
    let mut rows = vec![["ask", "expect", "because"].map(String::from)];
    rows.extend(internet.cases().iter().map(|case| {
        [format!("{ask} {} {}", case.name, case.rtype), case.expect.to_string(), case.why.into()]
    }));
    format!(
        "A signed Internet of {} servers runs in this process; its resolver listens on {at}.\n\n{}\n\
         With +cd each name gives its data, whatever the verdict.\n\
         `bailiwick explain --lab NAME TYPE` shows why. Ctrl-C stops.\n",
        internet.servers().len(),
        table(&rows)
    )
}
