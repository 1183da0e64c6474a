//! Bailiwick: a DNSSEC-validating recursive resolver.
//!
//! It walks from the root's trust anchors down through DS and DNSKEY, checks every RRSIG and every denial of existence,
//! caches what it proved, and answers SERVFAIL, with the reason, when a proof fails. This page is the map of the house.
//!
//! # Rooms, from the ground up
//!
//! A room may name those below it and never those above or beside it; `tests/house.rs` holds it to that.
//!
//! | room | task |
//! |---|---|
//! | [`clock`], [`entropy`] | the only readers of a clock and of randomness |
//! | [`state`] | files that outlive the process |
//! | [`wire`] | octets <-> meaning: names, RRsets, messages, EDNS, canonical form, master-file text |
//! | [`dnssec`] | pure functions: signatures, DS, trust anchors, denial of existence, reasons, the budget |
//! | [`model`] | the nouns that the upper rooms share |
//! | [`trace`], [`work`] | the steps of one resolution as data, and what one client question carries |
//! | [`cache`], [`net`] | what was learnt, with its deadline, and what is being asked for; one exchange with one server, and how many there may be |
//! | [`iterate`] | from a question to the authoritative response; knows DO, knows no proofs |
//! | [`validate`] | the chain of trust, and the verdict on what a response says |
//! | [`resolver`] | cache, iteration and validation together: aliases, failures, keys fetched ahead, what ends soon or has expired, dead zones that moved |
//! | [`policy`] | what an operator adds for clients: access, local data |
//! | [`server`] | listeners, queries, replies |
//! | [`config`] | the file as written -> the checked configuration |
//! | [`lab`] | a signed mini-Internet in the process |
//! | [`cli`] | one file a subcommand |
//!
//! # One question, socket to answer
//!
//! ```text
//! server      receive -> access -> asked before? a ready reply, patched -> send, if nothing that it rests on has changed
//! server      else read the query (FORMERR, NOTIMP, BADVERS) -> access (REFUSED) -> local data
//! resolver    answer_from_cache: what is kept (does it end soon: prefetch; did it fail of late: what is stale), or settled
//!             by what was proven for other questions (RFC 8198)
//! resolver    else resolve: join an equal question in flight, or lead; who has waited for long gets what is stale (RFC
//!             8767); settled meanwhile, or proven anew from what outlived the process? then no server is asked
//! iterate       closest delegation, or priming (the hints while it takes long) -> minimize -> select -> exchange (over TCP
//!               where UDP is blocked) -> scrub -> classify -> act; what equal questions of others bring is waited for
//! resolver      beside it: the keys of the secure zones that it comes to
//! resolver      facts of the response, one by one along its aliases
//! validate        whose keys? standing(zone) from the trust anchor down: DS -> DNSKEY, or the proof of no DS; beside it DS and
//!                 DNSKEY from the signer up, where no referral told of them
//! dnssec          verify_rrset, prove_name_error, prove_no_data, prove_no_ds, prove_no_exact_match; between any two checks
//!                 clients' sockets are looked at
//! resolver      bogus: once more elsewhere, then it stands; kept until its deadline; the next alias
//! server      respond: AD, CD, DO, EDE, size -> send from the address that was asked
//! ```
//!
//! # What holds everywhere
//!
//! - The unit is the [`wire::RrSet`], and its RDATA stays octet for octet as received.
//! - Pure functions decide, async code moves. Seams are objects: [`clock::Clock`], [`net::Exchange`],
//!   [`validate::Fetch`].
//! - Time and chance are arguments, so the whole resolver runs in simulation, twice with the same transcript.
//! - A verdict carries its reason: [`dnssec::Security`], [`dnssec::Reason`].
//! - Only [`dnssec`] can make [`dnssec::Verified`] and [`dnssec::ZoneKeys`]: unproven data cannot be kept as proven.
//! - Work is paid from one [`dnssec::Budget`] a client question, which nothing resets.
#![forbid(unsafe_code)]

pub mod clock;
pub mod entropy;
pub mod state;

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
