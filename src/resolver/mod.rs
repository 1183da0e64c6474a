//! One resolver: cache, iteration and validation together. It follows aliases over zones, and lets equal questions
//! wait for one resolution.
//!
//! ```text
//! resolve(question)
//!   -> chain: link by link along the aliases, from the cache where it has them
//!   -> flights: is the same being resolved? wait for it, else lead
//!   -> deduce: settled by what was proven for other questions (RFC 8198)?
//!   -> links: iterate (ahead: keys of the zones it comes to, beside it) -> facts -> validate -> keep; bogus: once more elsewhere, then it stands
//! ```

mod advice;
mod ahead;
mod basis;
mod chain;
mod deduce;
mod facts;
mod fetch;
mod links;
mod report;
mod resolve;
#[allow(clippy::module_inception, reason = "the room is named after its one noun")]
mod resolver;
mod settings;
mod symptoms;

pub use resolver::{Resolver, Shared};
pub use settings::{Settings, TtlBounds, Validation};
