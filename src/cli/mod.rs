//! The subcommands, one file each, and the log.

mod anchors;
mod args;
mod check;
mod common;
mod doctor;
mod explain;
mod explanation;
mod keeper;
mod lab;
mod log;
mod run;
mod selftest;
mod serve;

pub use run::run;
