//! A signed mini-Internet in the process: for `lab`, `selftest` and all tests that need servers to ask.
//!
//! - [`Zone`] holds the records of one zone, [`sign()`] signs it as an operator's signer would, [`respond`] answers
//!   from it as its servers would.
//! - A [`Site`] is a zone to be, with the [`Fault`]s that break it; [`Internet`] makes all of them, and has the
//!   [`Case`]s that say what to ask and what must come of it.
//! - [`Internet::serve`] puts it on real sockets; a [`Network`] is the same in memory, for simulations, where a
//!   [`Tamper`] spoils responses on their way.

mod additional;
mod authority;
mod case;
mod catalogue;
mod chain;
mod exchange;
mod faults;
mod internet;
mod key;
mod keyring;
mod lookup;
mod proofs;
mod servers;
mod signer;
mod site;
mod tamper;
mod zone;

pub use authority::{respond, udp_limit};
pub use case::{Case, Expectation, Outcome};
pub use chain::Chain;
pub use exchange::{Conditions, Forger, Hook, Network, Passing};
pub use faults::Fault;
pub use internet::{Internet, Server};
pub use key::{Key, Role, ds};
pub use keyring::Keyring;
pub use lookup::{Found, find};
pub use servers::Served;
pub use signer::{Signer, Validity, sign, signature};
pub use site::{Host, LabError, Site};
pub use tamper::Tamper;
pub use zone::{Hashing, Zone};

#[cfg(test)]
mod tests;
