//! What one server said to one question, scrubbed and classified.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Delegation;
use crate::clock::Moment;
use crate::wire::rdata::Soa;
use crate::wire::{Name, Question, Rcode, RrSet, RrType};

/// What a response is, seen from its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The RRset asked for is in the answer section, perhaps behind aliases.
    Answer,
    /// The answer section ends with an alias whose target is still to be asked for.
    Alias,
    /// The name exists (or the server says so), the type does not (RFC 2308 section 2.2).
    NoData,
    /// The name does not exist (RFC 2308 section 2.1).
    NameError,
}

/// What one question to the servers of a zone leads to.
#[derive(Clone, Debug)]
pub enum Step {
    /// To the servers of a zone below.
    Below(Arc<Delegation>),
    /// A minimised question was settled so: there is no zone cut at its name (RFC 9156 section 3).
    NoCut(Kind),
    /// To the end.
    Settled(Box<Response>),
}

/// A response that passed the scrub: nothing in it lies outside `zone`.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// What was asked.
    pub question: Question,
    /// The deepest zone that its server was known to serve.
    pub zone: Name,
    /// Who said it.
    pub server: Option<SocketAddr>,
    /// It came unasked, with a referral or beside the answer to another question.
    pub unasked: bool,
    /// What it is.
    pub kind: Kind,
    /// As in the header. The verdict rests on proofs, not on it.
    pub rcode: Rcode,
    /// The alias chain from the question's name, and the RRset at its end.
    pub answer: Vec<RrSet>,
    /// SOA, NSEC and NSEC3 RRsets.
    pub authority: Vec<RrSet>,
    /// The deepest zone that the authority section shows, by SOA or NS, to be served there.
    pub apex: Option<Name>,
    /// When it arrived: its TTLs and signatures are judged from here.
    pub arrived: Moment,
}

impl Response {
    /// The same as if it arrived at `moment`: its TTLs counted down.
    #[must_use]
    pub fn aged(&self, moment: Moment) -> Self {
        let age = moment.now.since(self.arrived.now).as_secs();
        let age = u32::try_from(age).unwrap_or(u32::MAX);
        let mut response = Self { arrived: moment, ..self.clone() };
        let sets = response.answer.iter_mut().chain(&mut response.authority);
        sets.for_each(|set| set.ttl = set.ttl.saturating_sub(age));
        response
    }

    /// The SOA of the authority section.
    #[must_use]
    pub fn soa(&self) -> Option<&RrSet> {
        self.authority.iter().find(|set| set.rtype == RrType::SOA)
    }

    /// How long its denial may live at the most by that SOA, in seconds (RFC 2308 section 5).
    #[must_use]
    pub fn negative_ttl(&self) -> Option<u32> {
        self.soa().and_then(Soa::negative_ttl)
    }
}
