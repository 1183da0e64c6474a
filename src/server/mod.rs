//! Clients: listeners and replies.

mod own;
mod query;
mod respond;
#[cfg(test)]
mod testing;

pub use own::Identity;
pub use query::{Envelope, Fault, Incoming, Query, Transport};
pub use respond::{Origin, fault, reply};
