//! What can go wrong with one response: servers with faults of their own, and attackers on the way.

use std::net::IpAddr;

use super::faults::{alter, is_denial};
use super::{Hook, Passing};
use crate::net::Transport;
use crate::wire::{Message, Name, Rcode, RrSet, RrType};

/// One way to spoil a response.
#[derive(Clone, Debug)]
pub enum Tamper {
    /// All signatures are taken away, as a middlebox or an old forwarder does.
    StripSignatures,
    /// NSEC and NSEC3 are taken away.
    DropDenials,
    /// The last octet of the first RDATA of each answer is changed.
    AlterAnswer,
    /// The answer is taken away: NOERROR with an SOA becomes a false denial.
    EmptyAnswer,
    /// The answer is taken away and the name said not to exist.
    FalseNameError,
    /// The DS RRset of a referral is taken away: a downgrade, unless its absence must be proven.
    DropDs,
    /// This RRset is slipped into the additional and authority sections.
    Smuggle(RrSet),
    /// Another id: not the question's reply.
    WrongId,
    /// Another question: not the question's reply.
    WrongQuestion(Name),
    /// The code alone, with empty sections.
    Code(Rcode),
    /// A server that knows no EDNS: FORMERR to queries that have it (RFC 6891 section 7).
    NoEdns,
    /// TC and nothing else, over UDP.
    Truncate,
    /// The response never arrives.
    Lose,
}

impl Tamper {
    /// Spoils the response; `false` when it is lost.
    #[must_use]
    pub fn apply(&self, passing: Passing<'_>) -> bool {
        let Passing { transport, query, reply, .. } = passing;
        match self {
            Self::Lose => return false,
            Self::NoEdns if query.edns.is_some() => {
                empty(reply, Rcode::FORMERR);
                reply.edns = None;
            }
            Self::NoEdns => {}
            Self::Code(code) => empty(reply, *code),
            Self::Truncate if transport == Transport::Udp => {
                empty(reply, Rcode::NOERROR);
                reply.header.flags.truncated = true;
            }
            Self::Truncate => {}
            Self::WrongId => reply.header.id ^= 1,
            Self::WrongQuestion(name) => {
                reply.questions.iter_mut().for_each(|question| question.name = name.clone());
            }
            _ => self.apply_to_records(reply),
        }
        true
    }

    fn apply_to_records(&self, reply: &mut Message) {
        match self {
            Self::StripSignatures => sections(reply).flatten().for_each(strip),
            Self::DropDenials => reply.authority.retain(|set| !is_denial(set)),
            Self::AlterAnswer => reply.answer.iter_mut().for_each(alter),
            Self::EmptyAnswer => reply.answer.clear(),
            Self::FalseNameError => {
                reply.answer.clear();
                reply.header.rcode = Rcode::NXDOMAIN;
            }
            Self::DropDs => reply.authority.retain(|set| set.rtype != RrType::DS),
            Self::Smuggle(set) => {
                reply.authority.push(set.clone());
                reply.additional.push(set.clone());
            }
            _ => {}
        }
    }

    /// A hook that spoils every response from `from`, or from everywhere.
    #[must_use]
    pub fn hook(self, from: Option<IpAddr>) -> Hook {
        Box::new(move |passing| {
            from.is_some_and(|from| from != passing.from) || self.apply(passing)
        })
    }
}

fn sections(reply: &mut Message) -> impl Iterator<Item = &mut Vec<RrSet>> {
    [&mut reply.answer, &mut reply.authority, &mut reply.additional].into_iter()
}

fn strip(set: &mut RrSet) {
    set.signatures.clear();
}

fn empty(reply: &mut Message, code: Rcode) {
    sections(reply).for_each(Vec::clear);
    reply.header.rcode = code;
}
