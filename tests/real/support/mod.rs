//! What every test here needs: a namespace to be in, processes that end with the test, servers, a client.

mod authority;
mod client;
mod namespace;
mod process;
mod resolver;
mod unbound;
mod verdict;

pub use authority::{Authority, ServedZone, knotd, nsd};
pub use client::{Ask, ask};
pub use namespace::{add_addresses, in_namespace};
pub use process::{Process, run};
pub use resolver::{Resolver, Settings, limited, yaml};
pub use unbound::start_unbound;
pub use verdict::{Verdict, conclude};
