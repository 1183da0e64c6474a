//! Records as text, and their grouping into RRsets.

use std::fmt;

use super::rdata;
use crate::wire::grouping::Grouping;
use crate::wire::{Class, Name, Rdata, RrSet, RrType};

/// One record, as a line of a master file states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner name, case as written.
    pub owner: Name,
    /// The class.
    pub class: Class,
    /// The type.
    pub rtype: RrType,
    /// Seconds to live.
    pub ttl: u32,
    /// The data, uncompressed.
    pub rdata: Rdata,
}

impl fmt::Display for Record {
    /// One line of a master file, without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&record_to_text(&self.owner, self.ttl, self.class, self.rtype, &self.rdata))
    }
}

/// A record as one line `owner TTL class type rdata`, without its end; printable ASCII whoever sent it.
#[must_use]
pub fn record_to_text(owner: &Name, ttl: u32, class: Class, rtype: RrType, rdata: &[u8]) -> String {
    let mut line = format!("{owner} {ttl} {class} {rtype} ");
    rdata::push(rtype, rdata, &mut line);
    line
}

/// The records of an RRset and then its signatures, one line each, each line ended.
#[must_use]
pub fn rrset_to_text(set: &RrSet) -> String {
    let own = set.rdatas.iter().map(|rdata| (set.rtype, rdata));
    let signatures = set.signatures.iter().map(|rdata| (RrType::RRSIG, rdata));
    own.chain(signatures)
        .map(|(rtype, rdata)| record_to_text(&set.owner, set.ttl, set.class, rtype, rdata) + "\n")
        .collect()
}

/// Groups records into RRsets in the order of first appearance. RRSIGs go to the `signatures` of the RRset that they
/// cover; those that cover none become an RRset of type RRSIG. TTLs that differ within an RRset become the least
/// (RFC 2181 section 5.2).
pub fn rrsets(records: impl IntoIterator<Item = Record>) -> Vec<RrSet> {
    let mut grouping = Grouping::default();
    for Record { owner, class, rtype, ttl, rdata } in records {
        grouping.add(owner, rtype, class, ttl, rdata);
    }
    grouping.finish()
}
