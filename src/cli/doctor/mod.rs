//! `bailiwick doctor`: what is wrong with this host and its way to the Internet, and what helps.
//!
//! ```text
//! host     configuration, listeners, descriptors, ports
//! ask      a few questions to each root server, forwarder and stub server, over UDP and TCP -> replies as data
//! roots    replies -> reachability by transport and family, interception, DNSSEC records
//! keys     the root's DNSKEY RRset -> the clock, the trust anchors
//! upstream replies of forwarders and stub servers -> what each of them lacks
//! examine  all of them, and at last the resolver itself
//! ```
//!
//! Asking and judging are apart: every judgement is a pure function from replies to [`check::Check`]s.

mod ask;
mod check;
mod examine;
mod host;
mod keys;
mod ports;
mod roots;
mod run;
mod upstream;

pub(super) use run::run;

#[cfg(test)]
mod tests;
