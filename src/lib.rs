//! Bailiwick: a DNSSEC-validating recursive resolver.
#![forbid(unsafe_code)]

pub mod clock;
pub mod entropy;

pub mod wire;

pub mod dnssec;

pub mod model;

pub mod trace;

pub mod work;

pub mod cache;
pub mod net;

pub mod iterate;

pub mod validate;

pub mod resolver;

pub mod policy;

pub mod server;

pub mod config;

pub mod lab;

pub mod cli;
