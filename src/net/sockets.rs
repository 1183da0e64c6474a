//! The operating system's sockets as an [`Exchange`].

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use super::exchange::{Exchange, ExchangeError, ExchangeFuture, Outgoing, PlaceFuture};
use super::limits::Limits;
use super::places::Places;
use super::pool::Pool;
use super::tcp;
use super::transport::Transport;
use super::udp::UdpSockets;
use crate::clock::{Clock, SystemClock};
use crate::entropy::Entropy;

/// Virtual server addresses and the sockets behind them: how the lab runs a whole Internet on one loopback address.
pub type AddressMap = BTreeMap<IpAddr, SocketAddr>;

/// The operating system's sockets.
#[derive(Debug)]
pub struct Sockets {
    udp: UdpSockets,
    map: Option<AddressMap>,
    pool: Pool,
    places: Rc<Places>,
}

impl Sockets {
    /// Sockets with ports drawn from `entropy`. With a `map`, only the addresses in it can be reached, at the sockets
    /// that it names.
    #[must_use]
    pub fn new(entropy: Rc<Entropy>, map: Option<AddressMap>) -> Self {
        let (pool, places) = (Pool::new(Limits::default()), Places::new(u32::MAX));
        Self { udp: UdpSockets::new(entropy, u32::MAX), map, pool, places: Rc::new(places) }
    }

    /// Sockets with ports drawn from `entropy`, within `limits`, and so many at a time as the system grants.
    #[must_use]
    pub fn within(entropy: Rc<Entropy>, limits: Limits, granted: u32) -> Self {
        let limits = limits.within(granted);
        let at_rest = limits.upstream_connections + UdpSockets::most_at_rest(granted);
        let places = Places::new(granted.saturating_sub(at_rest));
        let udp = UdpSockets::new(entropy, granted);
        Self { udp, map: None, pool: Pool::new(limits), places: Rc::new(places) }
    }

    fn destination(&self, to: SocketAddr) -> Result<SocketAddr, ExchangeError> {
        match &self.map {
            None => Ok(to),
            Some(map) => map.get(&to.ip()).copied().ok_or(ExchangeError::Unreachable),
        }
    }
}

impl Exchange for Sockets {
    fn place(&self, server: SocketAddr) -> PlaceFuture<'_> {
        Box::pin(Rc::clone(&self.places).take(server.ip()))
    }

    fn is_connected(&self, server: SocketAddr) -> bool {
        self.destination(server).is_ok_and(|to| self.pool.has(to, SystemClock.now()))
    }

    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let to = self.destination(outgoing.to)?;
            self.pool.close_old(SystemClock.now());
            let exchange = async {
                match outgoing.transport {
                    Transport::Udp => self.udp.exchange(to, &outgoing).await,
                    Transport::Tcp => tcp::exchange(to, &outgoing, &self.pool, &SystemClock).await,
                }
            };
            let outcome = tokio::time::timeout(outgoing.timeout, exchange).await;
            outcome.map_or(Err(ExchangeError::Timeout), |done| done.map_err(Into::into))
        })
    }
}
