//! The odd but right: zones that few have and all may have, each with its right verdict.

mod aliases;
mod delegations;
mod denials;
pub mod keys;
mod lives;
mod names;
mod online;
mod rollovers;
mod wildcards;
