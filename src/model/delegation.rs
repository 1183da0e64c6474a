//! A zone cut and who serves the zone below it.

use std::net::IpAddr;

use crate::wire::Name;

/// One name server of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Its name; the root name for addresses that an operator wrote without one.
    pub name: Name,
    /// Addresses that came with the delegation (glue) or were written by an operator.
    pub addresses: Vec<IpAddr>,
}

/// Who serves a zone, as its parent, a hint or the operator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The zone: the owner of the NS RRset.
    pub zone: Name,
    /// Its name servers, bounded when the delegation was made.
    pub servers: Vec<NameServer>,
    /// Addresses that the parent gave for servers outside of its own zone. Of these names it says nothing that counts
    /// (RFC 2181 section 5.4.1), so they are asked for this zone alone, and only when nothing else leads there.
    pub last_resort: Vec<IpAddr>,
    /// Who vouches for the list.
    pub source: Source,
}

/// Where a delegation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A referral by the parent's servers, or the priming response.
    Referral,
    /// Root hints: good for priming only.
    Hints,
    /// The operator: authoritative servers of a zone.
    Stub,
    /// The operator: resolvers that are asked with RD=1.
    Forward,
}

impl Delegation {
    /// `zone` with these servers.
    #[must_use]
    pub const fn new(zone: Name, servers: Vec<NameServer>, source: Source) -> Self {
        Self { zone, servers, last_resort: Vec::new(), source }
    }

    /// Are its servers resolvers, asked with RD=1 for whatever is below?
    #[must_use]
    pub fn is_forward(&self) -> bool {
        self.source == Source::Forward
    }

    /// Did the operator write its addresses? They are exempt from `do-not-query`.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        matches!(self.source, Source::Stub | Source::Forward)
    }
}
