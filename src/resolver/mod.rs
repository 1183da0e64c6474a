//! One resolver: cache, iteration and validation together. It follows aliases over zones, and lets equal questions
//! wait for one resolution.
//!
//! ```text
//! answer_from_cache(question): chain of what is kept, and of what deduce makes of it at once
//! resolve(question)
//!   -> chain: link by link along the aliases, from the cache where it has them
//!   -> stale: failed of late? then what has expired, if it will do; prefetch: does it end soon? then again, beside
//!   -> flights: is the same being resolved? wait for it, else lead
//!   -> deduce: settled by what was proven for other questions meanwhile, or at more cost (RFC 8198)?
//!   -> recall: is it known from before the start, and proven anew? then no server is asked either
//!   -> moved: are the servers of its zone dead? then its parent is asked beside whether they are still its servers
//!   -> links: iterate (ahead: keys of the zones it comes to, beside it) -> facts -> validate -> keep; bogus: once more elsewhere, then it stands
//! ```

mod advice;
mod ahead;
mod basis;
mod chain;
mod deduce;
mod errands;
mod facts;
mod fetch;
mod links;
mod moved;
mod persist;
mod prefetch;
mod recall;
mod report;
mod resolve;
#[allow(clippy::module_inception, reason = "the room is named after its one noun")]
mod resolver;
mod settings;
mod stale;
mod symptoms;
mod testimony;
mod witness;

pub use persist::Recollection;
pub use resolver::{Resolver, Shared};
pub use settings::{Ageing, BackgroundLimits, ServeStale, Settings, TtlBounds, Validation};
