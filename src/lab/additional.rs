//! The additional section: addresses of the names that the other sections point to (RFC 1034 section 4.3.2 step 6).

use super::Zone;
use crate::wire::rdata::target;
use crate::wire::{Message, Name, RrSet, RrType};

/// Adds what `zone` knows, glue included, of the addresses that answer and authority call for.
pub(super) fn add(zone: &Zone, dnssec: bool, reply: &mut Message) {
    let hosts: Vec<Name> = reply.answer.iter().chain(&reply.authority).flat_map(hosts).collect();
    for host in hosts {
        for rtype in [RrType::A, RrType::AAAA] {
            let known = reply.answer.iter().any(|set| set.is(&host, rtype));
            if let Some(set) = zone.get(&host, rtype).filter(|_| !known) {
                add_once(&mut reply.additional, shaped(set, dnssec));
            }
        }
    }
}

/// The RRset with its signatures, or without.
pub(super) fn shaped(set: &RrSet, dnssec: bool) -> RrSet {
    let mut set = set.clone();
    if !dnssec {
        set.signatures.clear();
    }
    set
}

/// The hosts that the records of `set` name.
fn hosts(set: &RrSet) -> Vec<Name> {
    let skip = match set.rtype {
        RrType::NS => 0,
        RrType::MX => 2,
        RrType::SRV => 6,
        _ => return Vec::new(),
    };
    let host = |rdata: &[u8]| target(RrType::NS, rdata.get(skip..)?);
    set.rdatas.iter().filter_map(|rdata| host(rdata)).collect()
}

/// An RRset appears once in a section (RFC 2181 section 5.5).
pub(super) fn add_once(section: &mut Vec<RrSet>, set: RrSet) {
    if !section.iter().any(|there| there.is(&set.owner, set.rtype)) {
        section.push(set);
    }
}
