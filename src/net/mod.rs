//! One exchange with one server: a question goes out over UDP or TCP, the reply that is its own comes back.
//!
//! [`Exchange`] is the seam: the sockets of the operating system ([`Sockets`]) in production, a simulated network in
//! tests. [`Servers`] remembers what was seen of each address.

mod accept;
mod exchange;
mod servers;
mod sockets;
mod sockopts;
mod tcp;
mod udp;

pub use accept::is_reply_to;
pub use exchange::{Exchange, ExchangeError, ExchangeFuture, Outgoing, Transport};
pub use servers::{Estimate, Servers};
pub use sockets::{AddressMap, Sockets};
