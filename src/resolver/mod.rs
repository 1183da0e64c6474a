//! One resolver: cache, iteration and validation together. It follows aliases over zones, and lets equal questions
//! wait for one resolution.

#[allow(clippy::module_inception, reason = "the room is named after its one noun")]
mod resolver;
mod settings;

pub use resolver::{Resolver, Shared};
pub use settings::{Settings, TtlBounds};
