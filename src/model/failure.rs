//! Why a question got no answer from the network. Validation failures are [`Reason`]s; this is everything else.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::Delegation;
use crate::dnssec::Reason;
use crate::wire::{EdeCode, ExtendedError, Name, Question};

/// What a server did instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No reply in time.
    Timeout,
    /// Not asked: it has not answered of late, and was tried a moment ago.
    Silent,
    /// Not asked: too many questions to it, to the silent servers of its zone, or to all servers are under way.
    Busy,
    /// Not asked: there is no way there.
    NoRoute,
    /// The network refused: connection refused or reset.
    Unreachable,
    /// It closed a connection on which others had asked as well.
    Closed,
    /// It cut its reply short, and does not answer over TCP.
    NoTcp,
    /// A response code that is no answer.
    Rcode(crate::wire::Rcode),
    /// Not authoritative for the zone (RFC 9499: lame).
    Lame,
    /// Nothing but replies that do not match the question (RFC 5452 section 9.1).
    Mismatched,
    /// A reply that is no message, or whose sections contradict each other.
    Malformed,
}

impl Trouble {
    /// Was nothing sent, for a lack on our side? That is held against no server.
    #[must_use]
    pub const fn is_own_lack(self) -> bool {
        matches!(self, Self::Busy | Self::NoRoute)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("timed out"),
            Self::Silent => f.write_str("has been silent"),
            Self::Busy => f.write_str("was not asked, for too many questions are under way"),
            Self::NoRoute => f.write_str("cannot be reached from here"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Closed => f.write_str("closed the connection"),
            Self::NoTcp => f.write_str("cut its reply short and does not answer over TCP"),
            Self::Rcode(rcode) => write!(f, "answered {rcode}"),
            Self::Lame => f.write_str("is not authoritative"),
            Self::Mismatched => f.write_str("sent replies that do not match"),
            Self::Malformed => f.write_str("sent a malformed reply"),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Every server that could be asked failed; the last few are named.
    NoServerAnswered {
        /// What was asked.
        question: Question,
        /// Of which zone's servers.
        zone: Name,
        /// The last servers tried, and what each did.
        servers: Vec<(SocketAddr, Trouble)>,
    },
    /// The zone has no name server with a usable address.
    NoServerAddress {
        /// The zone.
        zone: Name,
        /// The first of its name servers.
        servers: Vec<Name>,
    },
    /// An alias chain came back to a name that it had passed.
    AliasLoop {
        /// The name met twice.
        name: Name,
    },
    /// An alias chain has more links than are followed.
    AliasesTooMany {
        /// The name at which the chain was left.
        name: Name,
        /// How many are followed.
        limit: usize,
    },
    /// A limit on the work for one client question was reached.
    Limit(Reason),
}

impl Failure {
    /// Name servers told of a zone that none of them leads to.
    const TOLD_NAMES: usize = 3;

    /// Nobody can be asked for what `delegation` is about.
    #[must_use]
    pub fn no_server_address(delegation: &Delegation) -> Self {
        let names = delegation.servers.iter().map(|server| server.name.clone());
        let servers = names.take(Self::TOLD_NAMES).collect();
        Self::NoServerAddress { zone: delegation.zone.clone(), servers }
    }

    /// The zone of which no server could be had.
    #[must_use]
    pub const fn zone(&self) -> Option<&Name> {
        match self {
            Self::NoServerAnswered { zone, .. } | Self::NoServerAddress { zone, .. } => Some(zone),
            Self::AliasLoop { .. } | Self::AliasesTooMany { .. } | Self::Limit(_) => None,
        }
    }

    /// The extended error code (RFC 8914 section 4; RFC 9520 names 22 and 23).
    #[must_use]
    pub fn ede(&self) -> EdeCode {
        match self {
            Self::NoServerAnswered { servers, .. } => {
                let network = |t: &Trouble| {
                    use Trouble::{Closed, Mismatched, Silent, Timeout, Unreachable};
                    let silent = matches!(t, Timeout | Silent | Unreachable | Closed | Mismatched);
                    silent || t.is_own_lack()
                };
                if servers.iter().all(|(_, t)| network(t)) {
                    EdeCode::NO_REACHABLE_AUTHORITY
                } else {
                    EdeCode::NETWORK_ERROR
                }
            }
            Self::NoServerAddress { .. } => EdeCode::NO_REACHABLE_AUTHORITY,
            Self::AliasLoop { .. } | Self::AliasesTooMany { .. } => EdeCode::OTHER,
            Self::Limit(reason) => reason.ede(),
        }
    }

    /// Was nobody asked whom there is a way to? Then it is not worth keeping: to find out again costs nothing, and the servers
    /// may be back.
    #[must_use]
    pub fn is_by_memory(&self) -> bool {
        let Self::NoServerAnswered { servers, .. } = self else { return false };
        let may_be_back = |trouble| matches!(trouble, Trouble::Silent | Trouble::Busy);
        servers.iter().any(|(_, t)| may_be_back(*t))
            && servers.iter().all(|(_, t)| may_be_back(*t) || *t == Trouble::NoRoute)
    }

    /// The servers named in it that did not answer.
    #[must_use]
    pub fn silent_servers(&self) -> Box<[IpAddr]> {
        let Self::NoServerAnswered { servers, .. } = self else { return Box::default() };
        let silent = |trouble: &Trouble| matches!(trouble, Trouble::Timeout | Trouble::Silent);
        servers.iter().filter(|(_, t)| silent(t)).map(|(server, _)| server.ip()).collect()
    }

    /// The rule that was applied.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NoServerAnswered { .. } | Self::NoServerAddress { .. } => "RFC 9520 2.1",
            Self::AliasLoop { .. } | Self::AliasesTooMany { .. } => "RFC 1034 3.6.2",
            Self::Limit(reason) => reason.rule(),
        }
    }

    /// Is it for want of this client's budget or time alone? Such a failure is never shared, nor kept for another question.
    #[must_use]
    pub const fn is_own_limit(&self) -> bool {
        matches!(self, Self::Limit(_))
    }

    /// What is told to the client.
    #[must_use]
    pub fn to_extended_error(&self) -> ExtendedError {
        ExtendedError { code: self.ede(), text: self.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServerAnswered { question, zone, servers } => {
                write!(f, "{question}: no server of zone {zone} answered")?;
                for (i, (server, trouble)) in servers.iter().enumerate() {
                    write!(f, "{} {server} {trouble}", if i == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Self::NoServerAddress { zone, servers } => {
                write!(f, "{zone}: none of its name servers has an address that can be asked")?;
                for (i, server) in servers.iter().enumerate() {
                    write!(f, "{} {server}", if i == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Self::AliasLoop { name } => {
                write!(f, "{name}: the chain of aliases comes back to this name")
            }
            Self::AliasesTooMany { name, limit } => {
                write!(
                    f,
                    "{name}: the chain of aliases that leads here has more than {limit} links"
                )
            }
            Self::Limit(reason) => reason.fmt(f),
        }
    }
}
