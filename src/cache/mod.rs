//! What was learnt, with its security and its deadline. Synchronous, and shared by all workers.
//!
//! - [`Findings`]: RRsets, aliases and denials that were judged, by name and type.
//! - [`Failures`]: questions that failed, with the reason, for a short time (RFC 9520).
//! - [`Unproven`]: DS RRsets and denials that a parent told without being asked: to be judged before use.
//! - [`Delegations`]: zone cuts and who serves them.
//! - [`Uncut`]: names at which no zone is delegated, as far as was seen.
//! - [`Addresses`]: addresses of name servers, good for asking them and for nothing else.
//! - [`Keys`]: where the chain of trust stands.
//! - [`Signatures`]: which signatures were verified before.
//! - [`Flights`]: what is not known yet but being asked for.
//! - [`Versions`]: that what is known at a name has changed, for those who keep what was made of it.
//! - [`Testimonies`]: what outlives the process, or did: responses, unproven, in the form of [`FileWriter`] and [`FileReader`].
//! - [`Denials`]: what verified NSEC and NSEC3 records, and wildcards, say about names not asked for yet (RFC 8198).
//!
//! Deadlines lie in the entries and are judged with the [`Moment`](crate::clock::Moment) of the question; the stores
//! themselves know no time. One bound of octets covers them all, each with its [`Share`]: also what is kept elsewhere of
//! names and servers.

mod addresses;
mod delegations;
mod denials;
mod failures;
mod file;
mod findings;
mod flights;
mod keys;
mod known;
mod order;
mod packed;
mod share;
mod signatures;
mod spans;
mod store;
mod table;
mod testimony;
#[cfg(test)]
mod testing;
mod uncut;
mod unproven;
mod versions;

pub use addresses::Addresses;
pub use delegations::Delegations;
pub use denials::Denials;
pub use failures::{CachedFailure, Failures};
pub use file::{Damage, FileReader, FileWriter, Role, Source};
pub use findings::Findings;
pub use flights::{Boarding, Flight, Flights, landed, landed_among};
pub use keys::{KeptStatus, Keys, Via};
pub use known::{Chain, KnownZone};
pub use share::Share;
pub use signatures::Signatures;
pub use spans::LongestLives;
pub use store::Key;
pub use testimony::{Testimonies, Testimony};
pub use uncut::Uncut;
pub use unproven::Unproven;
pub use versions::{Basis, Versions};

use std::sync::Arc;

use crate::model::{Delegation, Failure, Step};
use crate::wire::{Name, Question};
use crate::work::Arrival;

/// All caches of one resolver process, under one bound.
#[derive(Debug)]
pub struct Cache {
    /// Judged facts.
    pub findings: Findings,
    /// Failures.
    pub failures: Failures,
    /// What parents told.
    pub unproven: Unproven,
    /// Zone cuts.
    pub delegations: Delegations,
    /// Names that are no zone cuts.
    pub uncut: Uncut,
    /// Addresses of name servers.
    pub addresses: Addresses,
    /// Chains of trust.
    pub keys: Keys,
    /// Signatures that were verified.
    pub signatures: Arc<Signatures>,
    /// What was proven not to exist.
    pub denials: Denials,
    /// What chains of trust rest on, to be written down.
    pub links: Testimonies,
    /// What a process before this one found, to be judged when it is asked for.
    pub recalled: Testimonies,
    /// Responses that the resolver itself has asked for: those to come.
    pub coming: Arc<Flights<Question, Arrival>>,
    /// What minimised questions to the servers of a zone will lead to.
    pub steps: Arc<Flights<(Name, Question), Result<Step, Failure>>>,
    /// The root's delegation, while it is primed.
    pub priming: Arc<Flights<Name, Result<Arc<Delegation>, Failure>>>,
}

/// Percent of the octets for what chains of trust rest on, where the cache outlives the process.
const LINKS: u64 = 4;
/// The same for what was found before: what is asked for again soon moves to the findings, which give the room.
const RECALLED: u64 = 8;

impl Cache {
    /// Caches that together hold their shares of `octets` at the most.
    #[must_use]
    pub fn new(octets: u64) -> Self {
        Self::divided(octets, 0, 0)
    }

    /// The same where what they hold is to outlive the process.
    #[must_use]
    pub fn persistent(octets: u64) -> Self {
        let (links, recalled) = Self::file_shares(octets);
        Self::divided(octets, links, recalled)
    }

    /// What a file may weigh of so many octets, when it is read: links and findings.
    #[must_use]
    pub const fn file_shares(octets: u64) -> (u64, u64) {
        (octets / 100 * LINKS, octets / 100 * RECALLED)
    }

    fn divided(octets: u64, links: u64, recalled: u64) -> Self {
        Self {
            findings: Findings::new(Share::Findings.of(octets) - links - recalled),
            failures: Failures::new(Share::Failures.of(octets)),
            unproven: Unproven::new(Share::Unproven.of(octets)),
            delegations: Delegations::new(Share::Delegations.of(octets)),
            uncut: Uncut::new(Share::Uncut.of(octets)),
            addresses: Addresses::new(Share::Addresses.of(octets)),
            keys: Keys::new(Share::Keys.of(octets)),
            signatures: Arc::new(Signatures::new(Share::Signatures.of(octets))),
            denials: Denials::new(Share::Denials.of(octets)),
            links: Testimonies::new(links),
            recalled: Testimonies::new(recalled),
            coming: Arc::default(),
            steps: Arc::default(),
            priming: Arc::default(),
        }
    }
}
