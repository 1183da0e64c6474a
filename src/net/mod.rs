//! One exchange with one server: a question goes out over UDP or TCP, the reply that is its own comes back.
//!
//! [`Exchange`] is the seam: the sockets of the operating system ([`Sockets`]) in production, a simulated network in
//! tests. [`Servers`] remembers what was seen of each address, [`Fetches`] counts the questions
//! under way.

mod accept;
mod connection;
mod exchange;
mod failed;
mod fetches;
mod fitness;
mod habits;
mod in_flight;
mod limits;
mod near_miss;
mod places;
mod pool;
mod rtt;
mod servers;
mod sockets;
mod sockopts;
mod tcp;
mod transport;
mod udp;
mod udp_path;

pub use accept::{CookieSent, has_same_case, judge};
pub use exchange::{Exchange, ExchangeError, ExchangeFuture, Outgoing, PlaceFuture};
pub use fetches::{Fetch, FetchLimits, Fetches};
pub use habits::Cookie;
pub use limits::Limits;
pub use near_miss::{NearMiss, NearMisses};
pub use places::Place;
pub use rtt::Estimate;
pub use servers::Servers;
pub use sockets::{AddressMap, Sockets};
pub use transport::Transport;
