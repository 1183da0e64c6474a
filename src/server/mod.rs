//! Clients: listeners and replies.
//!
//! ```text
//! udp, tcp: octets -> Incoming::read -> fault: FORMERR, NOTIMP, BADVERS
//!   -> access list: REFUSED -> ready replies, for what was asked before -> own answers: class CH, ANY, what a resolver declines
//!   -> local names -> Answerer::answer_from_cache -> reply
//!                  \-> miss: a place among the waiting, Answerer::resolve in a task, in turns -> reply
//! ```
//!
//! A ready reply is good as long as the worker's own options are the same, since with them all but the access list and
//! cookies are the same for all clients: other options mean another [`Service`].
//!
//! [`Incoming`], [`reply`] and [`fault`] are pure functions of octets and answers. A [`Service`] is the way of one message
//! through them, the same for all transports; a [`Server`] runs one on each worker. [`Answerer`] is the seam to the
//! resolver.

mod answerer;
mod connection;
mod connections;
mod cookies;
mod descriptors;
mod limits;
mod listen;
mod own;
mod plain;
mod query;
mod ready;
mod respond;
mod run;
mod service;
mod sockets;
mod stop;
mod tcp;
#[cfg(test)]
mod testing;
mod turns;
mod udp;

pub use answerer::{AnswerFuture, Answerer};
pub use cookies::Cookies;
pub use limits::Limits;
pub use listen::{BindError, Listen};
pub use own::Identity;
pub use query::{Envelope, Fault, Incoming, Query, Transport};
pub use respond::{Origin, fault, reply};
pub use run::{Factory, Options, Server};
pub use service::{Outcome, Service, ServiceOptions, Waiting};
pub use stop::Stop;
