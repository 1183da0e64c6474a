//! The chains of NSEC and NSEC3 records (RFC 4034 section 4, RFC 5155 section 7.1).

use std::collections::{BTreeMap, BTreeSet};

use super::zone::{Hashing, Zone};
use crate::wire::rdata::{TypeBitmap, base32hex};
use crate::wire::{Name, Rdata, RrSet, RrType};

/// How absence is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chain {
    /// By NSEC.
    #[default]
    Nsec,
    /// By NSEC3 with SHA-1.
    Nsec3 {
        /// Additional iterations.
        iterations: u16,
        /// The salt.
        salt: Vec<u8>,
        /// Insecure delegations are left out of the chain (RFC 5155 section 6).
        opt_out: bool,
    },
}

/// Adds the chain, without signatures, to a zone that has its DNSKEY RRset already.
pub(super) fn add(zone: &mut Zone, chain: &Chain) {
    let sets = match chain {
        Chain::Nsec => nsec(zone),
        Chain::Nsec3 { iterations, salt, opt_out } => {
            let hashing = Hashing { iterations: *iterations, salt: salt.clone() };
            let param = nsec3_param(zone.apex(), &hashing, zone.negative_ttl());
            zone.insert(param);
            nsec3(zone, &hashing, *opt_out)
        }
    };
    sets.into_iter().for_each(|set| zone.insert(set));
}

/// One NSEC at every name that has RRsets, to the next such name; the last leads back to the apex.
fn nsec(zone: &Zone) -> Vec<RrSet> {
    let names: Vec<_> = zone.authoritative().filter(|(_, sets)| !sets.is_empty()).collect();
    let next = names.iter().skip(1).map(|(name, _)| *name).chain([zone.apex()]);
    let record = |(name, sets): &(&Name, &[RrSet]), next: &Name| {
        let types = types(zone, name, sets, &[RrType::RRSIG, RrType::NSEC]);
        let rdata: Rdata = [next.as_wire(), &TypeBitmap::build(&types)].concat().into();
        RrSet::new((*name).clone(), RrType::NSEC, zone.negative_ttl(), vec![rdata])
    };
    names.iter().zip(next).map(|(node, next)| record(node, next)).collect()
}

/// The types at a name; at a zone cut only those for which the parent speaks.
fn types(zone: &Zone, name: &Name, sets: &[RrSet], also: &[RrType]) -> Vec<RrType> {
    let cut = zone.is_cut(name);
    let own = sets.iter().map(|set| set.rtype);
    own.filter(|rtype| !cut || matches!(*rtype, RrType::NS | RrType::DS))
        .chain(also.iter().copied())
        .collect()
}

fn nsec3_param(apex: &Name, hashing: &Hashing, ttl: u32) -> RrSet {
    let rdata = parameters(hashing, 0);
    RrSet::new(apex.clone(), RrType::NSEC3PARAM, ttl, vec![rdata.into()])
}

/// The fields that NSEC3 and NSEC3PARAM have in common (RFC 5155 sections 3.2, 4.2).
fn parameters(hashing: &Hashing, flags: u8) -> Vec<u8> {
    let [hi, lo] = hashing.iterations.to_be_bytes();
    let length = u8::try_from(hashing.salt.len()).unwrap_or(255);
    let salt = &hashing.salt[..usize::from(length)];
    [&[1, flags, hi, lo, length], salt].concat()
}

/// One NSEC3 for every name, empty non-terminals included, in the order of the hashes.
fn nsec3(zone: &Zone, hashing: &Hashing, opt_out: bool) -> Vec<RrSet> {
    let hashes: BTreeMap<[u8; 20], Vec<RrType>> = hashed_names(zone, opt_out)
        .into_iter()
        .map(|(name, types)| (hashing.hash(&name), types))
        .collect();
    let next = hashes.keys().skip(1).chain(hashes.keys().take(1));
    let record = |hash: &[u8; 20], types: &[RrType], next: &[u8; 20]| {
        let fixed = parameters(hashing, u8::from(opt_out));
        let rdata = [&*fixed, &[20], next, &TypeBitmap::build(types)].concat();
        let owner = zone.apex().prepend(base32hex::encode(hash).as_bytes()).ok()?;
        Some(RrSet::new(owner, RrType::NSEC3, zone.negative_ttl(), vec![rdata.into()]))
    };
    let records = hashes.iter().zip(next).filter_map(|((hash, types), next)| {
        record(hash, types, next) // None when no hash fits below so long an apex
    });
    records.collect()
}

/// The names that get an NSEC3, with their types. With Opt-Out, insecure delegations are left out, and empty
/// non-terminals that lead to nothing else.
fn hashed_names(zone: &Zone, opt_out: bool) -> BTreeMap<Name, Vec<RrType>> {
    let insecure = |name: &Name| zone.is_cut(name) && zone.get(name, RrType::DS).is_none();
    let kept: Vec<_> = zone
        .authoritative()
        .filter(|(name, sets)| !(sets.is_empty() || opt_out && insecure(name)))
        .collect();
    let above: BTreeSet<Name> = kept
        .iter()
        .flat_map(|(name, _)| name.self_and_ancestors().skip(1))
        .filter(|name| name.is_at_or_below(zone.apex()))
        .collect();
    let mut names: BTreeMap<Name, Vec<RrType>> =
        above.into_iter().map(|name| (name, Vec::new())).collect();
    for (name, sets) in kept {
        let signed: &[RrType] = if insecure(name) { &[] } else { &[RrType::RRSIG] };
        names.insert(name.clone(), types(zone, name, sets, signed));
    }
    names
}
