//! The records of one zone, by name.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::dnssec::nsec3_hash;
use crate::wire::rdata::{Nsec3, Nsec3Params, Soa, base32hex};
use crate::wire::{Name, RrSet, RrType, TextError, read_records, rrsets};

/// How a zone hashes its names for NSEC3, always by SHA-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashing {
    /// Additional iterations.
    pub iterations: u16,
    /// Appended to each hash input.
    pub salt: Vec<u8>,
}

impl Hashing {
    /// The hash of `name` (RFC 5155 section 5).
    #[must_use]
    pub fn hash(&self, name: &Name) -> [u8; 20] {
        let salt = &self.salt;
        nsec3_hash(name, &Nsec3Params { hash_algorithm: 1, iterations: self.iterations, salt })
    }
}

/// One zone, signed or not.
///
/// NSEC3 records lie apart from the names, by their hash: their owners are no names of the zone (RFC 5155 section
/// 7.2.8).
#[derive(Clone, Debug)]
pub struct Zone {
    apex: Name,
    nodes: BTreeMap<Name, Vec<RrSet>>,
    hashed: BTreeMap<[u8; 20], RrSet>,
    hashing: Option<Hashing>,
}

impl Zone {
    /// The zone at `apex` with `sets`; what is not at or below the apex is left out.
    #[must_use]
    pub fn new(apex: Name, sets: impl IntoIterator<Item = RrSet>) -> Self {
        let nodes = BTreeMap::from([(apex.clone(), Vec::new())]);
        let mut zone = Self { apex, nodes, hashed: BTreeMap::new(), hashing: None };
        sets.into_iter().for_each(|set| zone.insert(set));
        zone
    }

    /// The zone at `apex` in master-file `text`.
    ///
    /// # Errors
    /// At the first line that is none of a master file.
    pub fn from_text(apex: Name, text: &str) -> Result<Self, TextError> {
        const DEFAULT_TTL: u32 = 3600;
        let records = read_records(text, &apex, DEFAULT_TTL)?;
        Ok(Self::new(apex, rrsets(records)))
    }

    /// The zone's own name.
    #[must_use]
    pub const fn apex(&self) -> &Name {
        &self.apex
    }

    /// Puts `set` in, in place of the one of its owner and type. The names between it and the apex come into being, as
    /// empty non-terminals (RFC 4592 section 2.2.2).
    pub fn insert(&mut self, set: RrSet) {
        if !set.owner.is_at_or_below(&self.apex) {
            return;
        }
        if set.rtype == RrType::NSEC3 && self.insert_hashed(&set) {
            return;
        }
        for name in set.owner.self_and_ancestors().take_while(|name| name.is_below(&self.apex)) {
            self.nodes.entry(name).or_default();
        }
        let node = self.nodes.entry(set.owner.clone()).or_default();
        node.retain(|there| there.rtype != set.rtype);
        node.push(set);
    }

    /// Is `set` an NSEC3 RRset whose owner is a hash below the apex? Then it is put where those lie.
    fn insert_hashed(&mut self, set: &RrSet) -> bool {
        let Some(nsec3) = set.rdatas.first().and_then(|rdata| Nsec3::parse(rdata)) else {
            return false;
        };
        let label = set.owner.labels().next().and_then(base32hex::decode);
        let Some(hash) = label.and_then(|octets| <[u8; 20]>::try_from(octets).ok()) else {
            return false;
        };
        let Nsec3Params { iterations, salt, .. } = nsec3.params;
        self.hashing.get_or_insert_with(|| Hashing { iterations, salt: salt.to_vec() });
        self.hashed.insert(hash, set.clone());
        true
    }

    /// The RRset of `name` and `rtype`, glue included.
    #[must_use]
    pub fn get(&self, name: &Name, rtype: RrType) -> Option<&RrSet> {
        self.node(name)?.iter().find(|set| set.rtype == rtype)
    }

    /// All RRsets of `name`; empty for an empty non-terminal, `None` when the name does not exist.
    #[must_use]
    pub fn node(&self, name: &Name) -> Option<&[RrSet]> {
        self.nodes.get(name).map(Vec::as_slice)
    }

    /// Every name with its RRsets, in canonical order.
    pub fn nodes(&self) -> impl Iterator<Item = (&Name, &[RrSet])> {
        self.nodes.iter().map(|(name, sets)| (name, sets.as_slice()))
    }

    /// The names over which the zone has authority, with their RRsets, in canonical order: zone cuts, but nothing below
    /// them or below a DNAME.
    pub fn authoritative(&self) -> impl Iterator<Item = (&Name, &[RrSet])> {
        let mut end: Option<&Name> = None;
        self.nodes().filter(move |(name, _)| {
            if end.is_some_and(|end| name.is_below(end)) {
                return false;
            }
            if self.is_cut(name) || self.get(name, RrType::DNAME).is_some() {
                end = Some(*name);
            }
            true
        })
    }

    /// Is `name` a zone cut of this zone?
    #[must_use]
    pub fn is_cut(&self, name: &Name) -> bool {
        *name != self.apex && self.get(name, RrType::NS).is_some()
    }

    /// The start of authority, with its RRset.
    #[must_use]
    pub fn soa(&self) -> Option<(&RrSet, Soa)> {
        let set = self.get(&self.apex, RrType::SOA)?;
        Some((set, Soa::parse(set.rdatas.first()?)?))
    }

    /// The TTL of negative answers (RFC 2308 section 3).
    #[must_use]
    pub fn negative_ttl(&self) -> u32 {
        self.soa().map_or(0, |(set, soa)| set.ttl.min(soa.minimum))
    }

    /// Every RRset, NSEC3 included.
    pub fn rrsets_mut(&mut self) -> impl Iterator<Item = &mut RrSet> {
        self.nodes.values_mut().flatten().chain(self.hashed.values_mut())
    }

    /// Every RRset, NSEC3 included.
    pub fn rrsets(&self) -> impl Iterator<Item = &RrSet> {
        self.nodes.values().flatten().chain(self.hashed.values())
    }

    /// Takes out the RRsets for which `keep` is false. Names stay, if need be as empty non-terminals.
    pub fn retain(&mut self, mut keep: impl FnMut(&RrSet) -> bool) {
        self.nodes.values_mut().for_each(|sets| sets.retain(&mut keep));
        self.hashed.retain(|_, set| keep(set));
    }

    /// How the names are hashed, when there are NSEC3 records.
    #[must_use]
    pub const fn hashing(&self) -> Option<&Hashing> {
        self.hashing.as_ref()
    }

    /// The NSEC3 RRset whose owner is `hash`.
    #[must_use]
    pub fn nsec3_matching(&self, hash: &[u8; 20]) -> Option<&RrSet> {
        self.hashed.get(hash)
    }

    /// The NSEC3 RRset in front of `hash`; the last one when there is none (RFC 5155 section 3.1.7).
    #[must_use]
    pub fn nsec3_covering(&self, hash: &[u8; 20]) -> Option<&RrSet> {
        let before = self.hashed.range((Bound::Unbounded, Bound::Excluded(*hash))).next_back();
        before.or_else(|| self.hashed.last_key_value()).map(|(_, set)| set)
    }

    /// The NSEC RRset at `name` or, failing that, the nearest in front of it.
    #[must_use]
    pub fn nsec_at_or_before(&self, name: &Name) -> Option<&RrSet> {
        let nsec = |sets: &'_ [RrSet]| sets.iter().position(|set| set.rtype == RrType::NSEC);
        self.nodes
            .range(..=name.clone())
            .rev()
            .find_map(|(_, sets)| nsec(sets).and_then(|at| sets.get(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn set(owner: &str, rtype: RrType) -> RrSet {
        RrSet::new(name(owner), rtype, 60, vec![[1, 2, 3, 4].into()])
    }

    #[test]
    fn rfc4592_s2_2_2_empty_non_terminals_exist() {
        let zone = Zone::new(name("x."), [set("a.b.c.x.", RrType::A), set("y.", RrType::A)]);
        assert_eq!(zone.node(&name("c.x.")).map(<[_]>::len), Some(0));
        assert_eq!(zone.node(&name("A.b.C.x.")).map(<[_]>::len), Some(1));
        assert!(zone.node(&name("d.x.")).is_none() && zone.node(&name("y.")).is_none());
        assert_eq!(zone.nodes().count(), 4);
    }

    #[test]
    fn authority_ends_at_cuts_and_dnames() {
        let sets = [
            set("x.", RrType::NS),
            set("cut.x.", RrType::NS),
            set("ns.cut.x.", RrType::A),
            set("d.x.", RrType::DNAME),
            set("e.d.x.", RrType::A),
            set("z.x.", RrType::A),
        ];
        let zone = Zone::new(name("x."), sets);
        let names: Vec<_> = zone.authoritative().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["x.", "cut.x.", "d.x.", "z.x."]);
    }

    #[test]
    fn one_rrset_of_a_type() {
        let mut zone = Zone::new(name("x."), [set("a.x.", RrType::A)]);
        zone.insert(RrSet::new(name("A.x."), RrType::A, 1, vec![[9, 9, 9, 9].into()]));
        assert_eq!(zone.node(&name("a.x.")).map(<[_]>::len), Some(1));
        assert_eq!(zone.get(&name("a.x."), RrType::A).map(|set| set.ttl), Some(1));
    }
}
