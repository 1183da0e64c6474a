//! Binding: every socket is there before the first query is answered, or nothing is.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use super::sockets::{bind_tcp, bind_udp, is_lacking};

/// An address to listen on, over UDP and TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address; port 0 is any free one.
    pub address: SocketAddr,
    /// Must it be there? A default listener is passed over when this host lacks its address family.
    pub required: bool,
}

/// Why a listener could not be opened, and what helps.
#[derive(Debug)]
pub struct BindError {
    /// The address; `None` when there was none to listen on.
    pub address: Option<SocketAddr>,
    /// What the system said.
    pub error: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(address) = self.address else {
            return f.write_str("there is no address to listen on");
        };
        write!(f, "cannot listen on {address}: {}", self.error)?;
        match self.error.kind() {
            io::ErrorKind::PermissionDenied if address.port() < 1024 => f.write_str(
                " (ports below 1024 need root, CAP_NET_BIND_SERVICE, or a lower \
                 net.ipv4.ip_unprivileged_port_start)",
            ),
            io::ErrorKind::AddrInUse => write!(
                f,
                " (another program listens there: `ss -lntup 'sport = :{}'` shows which; choose another address or \
                 stop it)",
                address.port()
            ),
            io::ErrorKind::AddrNotAvailable => {
                f.write_str(" (no interface of this host has this address)")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// One worker's sockets.
#[derive(Debug, Default)]
pub(super) struct WorkerSockets {
    pub udp: Vec<UdpSocket>,
    pub tcp: Vec<TcpListener>,
}

/// All bound sockets: one of each kind for each address and worker.
#[derive(Debug)]
pub(super) struct Listeners {
    /// Where clients reach them, with the ports that the system chose.
    pub addresses: Vec<SocketAddr>,
    /// By worker.
    pub workers: Vec<WorkerSockets>,
}

/// Tries to find a port that is free for both UDP and TCP, when the system is to choose.
const PORT_TRIES: usize = 16;

impl Listeners {
    /// Binds all of `listen`, for so many `workers`.
    pub(super) fn bind(listen: &[Listen], workers: usize) -> Result<Self, BindError> {
        let mut listeners = Self { addresses: Vec::new(), workers: Vec::new() };
        listeners.workers.resize_with(workers.max(1), WorkerSockets::default);
        for Listen { address, required } in listen {
            match listeners.bind_address(*address) {
                Ok(bound) => listeners.addresses.push(bound),
                Err(error) if !required && is_lacking(&error) => {
                    tracing::info!(%address, %error, "not listening: this host lacks the address");
                }
                Err(error) => return Err(BindError { address: Some(*address), error }),
            }
        }
        if listeners.addresses.is_empty() {
            let error = io::ErrorKind::AddrNotAvailable.into();
            return Err(BindError { address: None, error });
        }
        Ok(listeners)
    }

    /// Binds one address for all workers; with which port.
    fn bind_address(&mut self, address: SocketAddr) -> io::Result<SocketAddr> {
        let shared = self.workers.len() > 1;
        let (udp, tcp) = bind_pair(address, shared)?;
        let bound = udp.local_addr()?;
        let (first, others) = self.workers.split_first_mut().ok_or(io::ErrorKind::InvalidInput)?;
        first.udp.push(udp);
        first.tcp.push(tcp);
        for worker in others {
            worker.udp.push(bind_udp(bound, true)?);
            worker.tcp.push(bind_tcp(bound, true)?);
        }
        Ok(bound)
    }
}

/// Binds UDP and TCP on one address and port.
fn bind_pair(address: SocketAddr, shared: bool) -> io::Result<(UdpSocket, TcpListener)> {
    let once = || -> io::Result<_> {
        let udp = bind_exclusively_first(address, shared, bind_udp)?;
        let tcp = bind_exclusively_first(udp.local_addr()?, shared, bind_tcp)?;
        Ok((udp, tcp))
    };
    let mut outcome = once();
    for _ in 1..PORT_TRIES {
        match &outcome {
            Err(error) if address.port() == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                outcome = once();
            }
            _ => break,
        }
    }
    outcome
}

/// Sockets that share their address would silently share it with another process of the same user too, which would get
/// part of the queries. So it is tried without sharing first.
fn bind_exclusively_first<S>(
    address: SocketAddr,
    shared: bool,
    bind: fn(SocketAddr, bool) -> io::Result<S>,
) -> io::Result<S> {
    if shared && address.port() != 0 {
        drop(bind(address, false)?);
    }
    bind(address, shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(address: &str, required: bool) -> Listen {
        Listen { address: address.parse().expect("an address"), required }
    }

    #[test]
    fn workers_share_one_port_for_udp_and_tcp() {
        let bound = Listeners::bind(&[listen("127.0.0.1:0", true)], 3).expect("bound");
        assert_eq!((bound.addresses.len(), bound.workers.len()), (1, 3));
        for worker in &bound.workers {
            assert_eq!(worker.udp[0].local_addr().ok(), Some(bound.addresses[0]));
            assert_eq!(worker.tcp[0].local_addr().ok(), Some(bound.addresses[0]));
        }
    }

    #[test]
    fn an_address_in_use_is_refused_though_sockets_are_shared() {
        for workers in [1, 2] {
            let first = Listeners::bind(&[listen("127.0.0.1:0", true)], workers).expect("bound");
            let again = Listen { address: first.addresses[0], required: false };
            let error = Listeners::bind(&[again], workers).expect_err("in use").to_string();
            let address = first.addresses[0].to_string();
            assert!(error.contains(&address) && error.contains("another program"), "{error}");
        }
    }

    #[test]
    fn only_default_listeners_may_lack_their_address() {
        let (lacking, there) = ("192.0.2.1:0", listen("127.0.0.1:0", true));
        let bound = Listeners::bind(&[listen(lacking, false), there], 1).expect("bound");
        assert_eq!(bound.addresses.len(), 1);
        let error = Listeners::bind(&[listen(lacking, true), there], 1).expect_err("required");
        assert!(error.to_string().contains("no interface"), "{error}");
        assert!(Listeners::bind(&[listen(lacking, false)], 1).is_err());
        assert!(Listeners::bind(&[], 1).is_err());
    }

    #[test]
    fn errors_name_the_remedy() {
        let error = |kind: io::ErrorKind, port| {
            let address = Some(SocketAddr::from(([127, 0, 0, 1], port)));
            BindError { address, error: kind.into() }.to_string()
        };
        assert!(error(io::ErrorKind::PermissionDenied, 53).contains("CAP_NET_BIND_SERVICE"));
        assert!(!error(io::ErrorKind::PermissionDenied, 5353).contains("CAP_NET_BIND_SERVICE"));
        assert!(error(io::ErrorKind::AddrInUse, 53).contains("sport = :53"));
    }
}
