//! A signed mini-Internet in the process: for `lab`, `selftest` and all tests that need servers to ask.
//!
//! - [`Zone`] holds the records of one zone, [`sign()`] signs it as an operator's signer would.

mod chain;
mod keyring;
mod signer;
mod zone;

pub use keyring::Keyring;
pub use signer::{Chain, Key, Role, Signer, Validity, ds, sign, signature};
pub use zone::{Hashing, Zone};

#[cfg(test)]
mod tests;
