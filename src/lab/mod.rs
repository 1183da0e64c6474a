//! A signed mini-Internet in the process: for `lab`, `selftest` and all tests that need servers to ask.
//!
//! - [`Zone`] holds the records of one zone, [`sign()`] signs it as an operator's signer would, [`respond`] answers
//!   from it as its servers would.

mod additional;
mod authority;
mod chain;
mod keyring;
mod lookup;
mod proofs;
mod signer;
mod zone;

pub use authority::{respond, udp_limit};
pub use keyring::Keyring;
pub use lookup::{Found, find};
pub use signer::{Chain, Key, Role, Signer, Validity, ds, sign, signature};
pub use zone::{Hashing, Zone};

#[cfg(test)]
mod tests;
