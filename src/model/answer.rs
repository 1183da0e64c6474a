//! What this resolver says to one question.

use crate::dnssec::Security;
use crate::wire::{ExtendedError, Rcode, RrSet};

/// Whether the client wants verdicts (CD=0) or the data whatever the verdict (CD=1, RFC 4035 section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checking {
    /// CD=0: bogus data are not given.
    Enabled,
    /// CD=1: the client validates by itself.
    Disabled,
}

/// The answer to one question, before the client's flags shape it. TTLs are those at the time it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The response code: of the last name of an alias chain (RFC 6604 section 3).
    pub rcode: Rcode,
    /// Aliases in the order of the chain, then the RRsets asked for.
    pub answer: Vec<RrSet>,
    /// The SOA of a negative answer, and the NSEC and NSEC3 RRsets of its proof or of a wildcard's.
    pub authority: Vec<RrSet>,
    /// The weakest security in the chain.
    pub security: Security,
    /// NOERROR stands for a name that does not exist: so says a compact denial (RFC 9824 section 5).
    pub compact: bool,
    /// Extended errors to send, most telling first.
    pub errors: Vec<ExtendedError>,
}

impl Answer {
    /// SERVFAIL for the reason that `error` gives.
    #[must_use]
    pub fn failed(security: Security, error: ExtendedError) -> Self {
        Self {
            rcode: Rcode::SERVFAIL,
            answer: Vec::new(),
            authority: Vec::new(),
            security,
            compact: false,
            errors: vec![error],
        }
    }
}
