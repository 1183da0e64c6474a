//! Which NSEC or NSEC3 records an authoritative server sends (RFC 4035 section 3.1.3, RFC 5155 section 7.2).
//!
//! Each function gives the RRsets that prove one proposition, and none where the zone has no such records: an unsigned
//! zone, or one that was broken on purpose.

use super::Zone;
use super::zone::Hashing;
use crate::wire::{Name, RrSet};

/// The records of a proof.
pub(super) type Proof<'z> = Vec<&'z RrSet>;

/// `name` does not exist, and neither does the wildcard below `encloser` (RFC 4035 section 3.1.3.2, RFC 5155 section
/// 7.2.2).
pub(super) fn name_error<'z>(zone: &'z Zone, name: &Name, encloser: &Name) -> Proof<'z> {
    let (mut proof, encloser) = no_closer_name(zone, name, encloser);
    if let Ok(wildcard) = encloser.wildcard() {
        proof.extend(covering(zone, &wildcard));
    }
    proof
}

/// `name` exists and lacks a type (RFC 4035 section 3.1.3.1, RFC 5155 sections 7.2.3, 7.2.4, 7.2.7). Where an Opt-Out
/// span holds the name, that it is in the span is all that can be said.
pub(super) fn no_data<'z>(zone: &'z Zone, name: &Name) -> Proof<'z> {
    let Some(hashing) = zone.hashing() else {
        return covering(zone, name); // the NSEC at the name, or the one that goes past an empty non-terminal
    };
    match zone.nsec3_matching(&hashing.hash(name)) {
        Some(matching) => vec![matching],
        None => closest_encloser(zone, hashing, name).0,
    }
}

/// Nothing is closer to `name` than the wildcard below `encloser` (RFC 4035 section 3.1.3.3, RFC 5155 section 7.2.6).
pub(super) fn wildcard_answer<'z>(zone: &'z Zone, name: &Name, encloser: &Name) -> Proof<'z> {
    match zone.hashing() {
        Some(_) => name.next_closer(encloser).map_or_else(Vec::new, |next| covering(zone, &next)),
        None => covering(zone, name),
    }
}

/// The wildcard below `encloser` answers for `name` and lacks a type (RFC 4035 section 3.1.3.4, RFC 5155 section
/// 7.2.5).
pub(super) fn wildcard_no_data<'z>(zone: &'z Zone, name: &Name, encloser: &Name) -> Proof<'z> {
    let (mut proof, encloser) = no_closer_name(zone, name, encloser);
    if let Ok(wildcard) = encloser.wildcard() {
        proof.extend(no_data(zone, &wildcard));
    }
    proof
}

/// Nothing between `encloser` and `name` exists; and the encloser that the records speak of, which Opt-Out may have
/// moved up.
fn no_closer_name<'z>(zone: &'z Zone, name: &Name, encloser: &Name) -> (Proof<'z>, Name) {
    match zone.hashing() {
        Some(hashing) => closest_encloser(zone, hashing, name),
        None => (covering(zone, name), encloser.clone()),
    }
}

/// The NSEC at or in front of `name`, or the NSEC3 whose span holds its hash.
fn covering<'z>(zone: &'z Zone, name: &Name) -> Proof<'z> {
    let record = match zone.hashing() {
        Some(hashing) => zone.nsec3_covering(&hashing.hash(name)),
        None => zone.nsec_at_or_before(name),
    };
    record.into_iter().collect()
}

/// The NSEC3 that matches the closest provable encloser of `name`, and the one that covers the next closer name (RFC
/// 5155 section 7.2.1); and that encloser.
fn closest_encloser<'z>(zone: &'z Zone, hashing: &Hashing, name: &Name) -> (Proof<'z>, Name) {
    let above = name.self_and_ancestors().skip(1).take_while(|n| n.is_at_or_below(zone.apex()));
    let provable = above.filter_map(|n| Some((zone.nsec3_matching(&hashing.hash(&n))?, n))).next();
    let Some((matching, encloser)) = provable else {
        return (Vec::new(), zone.apex().clone());
    };
    let mut proof = vec![matching];
    if let Some(next_closer) = name.next_closer(&encloser) {
        proof.extend(covering(zone, &next_closer));
    }
    (proof, encloser)
}
