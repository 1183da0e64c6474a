//! The resolver among real programs: authoritative servers, signers, stub resolvers and forwarders that others
//! wrote, and the genuine root zone.
//!
//! Every test here is ignored by a plain `cargo test`, for it needs programs that have to be installed and the right to
//! make a network namespace; `tests/all` installs them and runs everything. A program that is missing is a failure.
//! Nothing leaves the machine: each test runs itself again inside a namespace of its own (see `support::namespace`)
//! where only the loopback interface exists.
//!
//! `BAILIWICK_TEST_RESOLVER=unbound` puts Unbound in the resolver's place, with equal settings. That is how these tests
//! themselves are tested: where a seasoned validator disagrees with an expectation, the expectation is suspect.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic, and these watch real processes by the real clock"
)]

#[path = "real/aging.rs"]
mod aging;
#[path = "real/blackout.rs"]
mod blackout;
#[path = "real/chaining.rs"]
mod chaining;
#[path = "real/crowd.rs"]
mod crowd;
#[path = "real/doctor.rs"]
mod doctor;
#[path = "real/flood.rs"]
mod flood;
#[path = "real/foreign.rs"]
mod foreign;
#[expect(dead_code, reason = "hexadecimal digits are for other tests")]
#[path = "recorded/gz.rs"]
mod gz;
#[path = "real/hostile.rs"]
mod hostile;
#[path = "real/lab.rs"]
mod lab;
#[path = "real/memory.rs"]
mod memory;
#[path = "real/pressure.rs"]
mod pressure;
#[path = "real/root_zone.rs"]
mod root_zone;
#[path = "real/scarcity.rs"]
mod scarcity;
#[path = "real/stubs.rs"]
mod stubs;
#[path = "real/support/mod.rs"]
mod support;
#[path = "real/way.rs"]
mod way;
#[path = "real/world/mod.rs"]
mod world;
