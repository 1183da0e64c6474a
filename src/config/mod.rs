//! The configuration file, and what it refers to: YAML as written to a checked [`Config`].
//!
//! ```text
//! text -- file --> tree of nodes -- keys (sections of values, in units) --> Config
//!   ^-- marks: the place of a node ------ each problem on the way ------------+--> ConfigErrors
//! ```
//!
//! An empty file is the recommended configuration. Unknown keys, keys written twice and values out of range are errors
//! with file, line, column and remedy, and one reading tells all of them. What is merely unwise is told by
//! [`Config::warnings`].

mod anchors;
mod bind_keys;
#[allow(clippy::module_inception, reason = "the room is named after its one noun")]
mod config;
mod dates;
mod error;
mod file;
mod hints;
mod keys;
mod marks;
mod reading;
mod section;
mod suggest;
#[cfg(test)]
mod tests;
mod tree;
mod units;
mod value;
mod warnings;

pub use config::{Config, Log, LogFormat, LogLevel};
pub use error::ConfigError;
