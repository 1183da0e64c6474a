//! Denial against brute force, over small random zones: what does not exist is provable with the zone's whole chain, and
//! with whatever part of the chain nothing that exists is ever denied.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::dnssec::denial::{
    NoDs, prove_name_error, prove_no_data, prove_no_ds, prove_no_exact_match,
};
use crate::dnssec::testing::*;
use crate::dnssec::{Evidence, Policy, ZoneKeys, nsec3::hash};
use crate::wire::{Name, RrSet, RrType};

/// Zones tried; each with both chains and up to [`MAX_PARTS`] parts of them. `PROPTEST_CASES` asks for more.
const ZONES: usize = 12;
const MAX_PARTS: u64 = 32;
const QUESTIONS: [RrType; 4] = [RrType::A, RrType::DS, RrType::TXT, RrType::NS];

/// What lies at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Alias,
    Unsigned,
    Signed,
    Dname,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Data, Self::Alias, Self::Unsigned, Self::Signed, Self::Dname];

    fn types(self) -> Vec<RrType> {
        types(match self {
            Self::Data => "A",
            Self::Alias => "CNAME",
            Self::Unsigned => "NS",
            Self::Signed => "NS DS",
            Self::Dname => "DNAME",
        })
    }

    fn is_cut(self) -> bool {
        matches!(self, Self::Unsigned | Self::Signed)
    }
}

/// The names that a zone may have, and that are asked for.
fn universe() -> Vec<Name> {
    const LABELS: [&str; 3] = ["*", "!", "b"]; // one in front of the asterisk, one behind
    let mut names = vec![name("example.")];
    for first in LABELS {
        names.push(name(&format!("{first}.example.")));
        for second in LABELS {
            names.push(name(&format!("{second}.{first}.example.")));
            names.push(name(&format!("b.{second}.{first}.example.")));
        }
    }
    names
}

/// What a zone says, as its author sees it. The apex is not among the nodes.
#[derive(Clone, Debug)]
struct Model {
    nodes: BTreeMap<Name, Kind>,
}

impl Model {
    /// Only sensible zones: no cuts and no DNAME at or below an asterisk, nothing below cuts and DNAMEs.
    fn new(picked: &[(usize, usize)]) -> Self {
        let universe = universe();
        let mut nodes: BTreeMap<Name, Kind> = BTreeMap::new();
        for (at, kind) in picked {
            let (owner, kind) = (universe[1 + at % (universe.len() - 1)].clone(), Kind::ALL[*kind]);
            let starred = owner.labels().any(|label| label == b"*");
            let plain = matches!(kind, Kind::Data | Kind::Alias);
            nodes.insert(owner, if starred && !plain { Kind::Data } else { kind });
        }
        let whole = Self { nodes };
        let nodes = whole.nodes.iter().filter(|(owner, _)| !whole.is_elsewhere(owner));
        Self { nodes: nodes.map(|(owner, kind)| (owner.clone(), *kind)).collect() }
    }

    /// Without the unsigned cuts: what an opt-out chain says.
    fn without_unsigned(&self) -> Self {
        let nodes = self.nodes.iter().filter(|(_, kind)| **kind != Kind::Unsigned);
        Self { nodes: nodes.map(|(owner, kind)| (owner.clone(), *kind)).collect() }
    }

    /// Is the name below a cut or DNAME, so that this zone says nothing about it?
    fn is_elsewhere(&self, name: &Name) -> bool {
        self.nodes
            .iter()
            .any(|(owner, kind)| name.is_below(owner) && (kind.is_cut() || *kind == Kind::Dname))
    }

    fn exists(&self, name: &Name) -> bool {
        name.label_count() == 1 || self.nodes.keys().any(|owner| owner.is_at_or_below(name))
    }

    fn encloser(&self, name: &Name) -> Name {
        let mut above = name.self_and_ancestors().skip(1);
        above.find(|ancestor| self.exists(ancestor)).expect("the apex exists")
    }

    fn wildcard(&self, name: &Name) -> Name {
        self.encloser(name).wildcard().expect("short")
    }

    fn types(&self, name: &Name) -> Vec<RrType> {
        match self.nodes.get(name) {
            Some(kind) => kind.types(),
            None if name.label_count() == 1 => types("NS SOA DNSKEY"),
            None => Vec::new(),
        }
    }

    fn name_error(&self, name: &Name) -> bool {
        !self.is_elsewhere(name) && !self.exists(name) && !self.exists(&self.wildcard(name))
    }

    fn no_data(&self, name: &Name, rtype: RrType) -> bool {
        if self.is_elsewhere(name) {
            return false;
        }
        let at = if self.exists(name) { name.clone() } else { self.wildcard(name) };
        let is_cut = self.nodes.get(&at).is_some_and(|kind| kind.is_cut());
        let ours = if rtype == RrType::DS { at.label_count() > 1 } else { !is_cut };
        let there = self.types(&at);
        self.exists(&at) && ours && !there.contains(&rtype) && !there.contains(&RrType::CNAME)
    }

    fn no_ds(&self, name: &Name) -> Option<NoDs> {
        match self.nodes.get(name) {
            _ if self.is_elsewhere(name) || name.label_count() == 1 => None,
            Some(Kind::Signed) => None,
            Some(Kind::Unsigned) => Some(NoDs::InsecureDelegation),
            _ if self.exists(name) => Some(NoDs::NotACut),
            _ => Some(NoDs::NoSuchName),
        }
    }

    /// Nothing lies between the name and the wildcard below `encloser`, which is there.
    fn no_exact_match(&self, name: &Name, encloser: &Name) -> bool {
        let next_closer = name.next_closer(encloser).expect("below");
        !self.is_elsewhere(name) && !self.exists(&next_closer)
    }

    /// The wildcards that a name could be said to be expanded from: their parents.
    fn enclosers(&self, name: &Name) -> Vec<Name> {
        let above = name.self_and_ancestors().skip(1).take_while(|n| n.label_count() > 0);
        above.filter(|n| self.nodes.contains_key(&n.wildcard().expect("short"))).collect()
    }

    /// Owners of its NSEC records, with their types.
    fn owners(&self) -> Vec<(Name, Vec<RrType>)> {
        let apex = (name("example."), self.types(&name("example.")));
        let nodes = self.nodes.iter().map(|(owner, kind)| (owner.clone(), kind.types()));
        [apex].into_iter().chain(nodes).collect()
    }

    /// The same and its empty non-terminals.
    fn owners_and_empty(&self) -> Vec<(Name, Vec<RrType>)> {
        let all: BTreeSet<Name> = self
            .nodes
            .keys()
            .flat_map(|owner| owner.self_and_ancestors().take_while(|n| n.label_count() > 0))
            .chain([name("example.")])
            .collect();
        all.into_iter().map(|owner| (owner.clone(), self.types(&owner))).collect()
    }
}

/// What a chain speaks of: the zone, and what is left of it where unsigned cuts are hidden.
struct Trial {
    whole: Model,
    shown: Model,
    keys: ZoneKeys,
    chain: Vec<RrSet>,
}

impl Trial {
    fn by_nsec(whole: &Model, keys: &ZoneKeys) -> Self {
        let owners = whole.owners();
        let record = |i: usize| {
            let (owner, next) = (&owners[i].0, &owners[(i + 1) % owners.len()].0);
            let bits: Vec<_> = owners[i].1.iter().map(ToString::to_string).collect();
            let text = format!("{owner} 300 NSEC {next} {} RRSIG NSEC", bits.join(" "));
            example().signed(set(&text))
        };
        let chain = (0..owners.len()).map(record).collect();
        Self { whole: whole.clone(), shown: whole.clone(), keys: keys.clone(), chain }
    }

    /// With `opt_out`, unsigned cuts are left out; the spans that hide one say so, and some of the others.
    fn by_nsec3(whole: &Model, keys: &ZoneKeys, opt_out: Option<u8>) -> Self {
        let shown = if opt_out.is_some() { whole.without_unsigned() } else { whole.clone() };
        let names = shown.owners_and_empty();
        let hashes: BTreeSet<_> = names.iter().map(|(name, _)| hash(name, &PARAMS)).collect();
        let span = |hidden: &[u8; 20]| {
            *hashes.range(..*hidden).next_back().or(hashes.last()).expect("the apex")
        };
        let hidden: BTreeSet<_> = whole
            .owners_and_empty()
            .iter()
            .map(|(name, _)| hash(name, &PARAMS))
            .filter(|hash| !hashes.contains(hash))
            .map(|hash| span(&hash))
            .collect();
        let flags = |owner: &[u8; 20]| {
            let also = opt_out.is_some_and(|mask| owner[0] & mask != 0);
            u8::from(hidden.contains(owner) || also)
        };
        let chain = hashed_chain(&name("example."), &names, flags);
        let chain = chain.into_iter().map(|set| example().signed(set)).collect();
        Self { whole: whole.clone(), shown, keys: keys.clone(), chain }
    }

    /// Parts of the chain, the whole first: all of them if they are few.
    fn parts(&self, seed: u64) -> Vec<Vec<RrSet>> {
        let records = self.chain.len();
        let masks: Vec<u64> = if 1 << records <= MAX_PARTS {
            (0..1 << records).rev().collect()
        } else {
            let step = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
            let random = std::iter::successors(Some(seed | 1), step).map(|state| state >> 32);
            [u64::MAX].into_iter().chain(random.take(MAX_PARTS as usize)).collect()
        };
        let part = |mask: &u64| {
            let kept = self.chain.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
            kept.map(|(_, set)| set.clone()).collect()
        };
        masks.iter().map(part).collect()
    }

    fn check(&self, seed: u64) {
        let all_kept = Kept::new(&self.chain, &self.keys);
        for part in self.parts(seed) {
            let whole = part.len() == self.chain.len();
            let (policy, budget) = (Policy::default(), budget());
            let evidence = Evidence::new(&part, &self.keys, at(NOW), &policy, &budget);
            self.check_by(evidence, whole);
            let kept = all_kept.only(&part);
            self.check_by(Evidence::kept(self.keys.zone(), &kept, &policy, &budget), whole);
        }
    }

    fn check_by(&self, mut evidence: Evidence<'_>, whole: bool) {
        for name in universe() {
            self.check_name_error(&name, whole, &mut evidence);
            for rtype in QUESTIONS {
                self.check_no_data(&name, rtype, whole, &mut evidence);
            }
            self.check_no_ds(&name, whole, &mut evidence);
            for encloser in self.whole.enclosers(&name) {
                self.check_no_exact_match(&name, &encloser, whole, &mut evidence);
            }
        }
    }

    fn check_name_error(&self, name: &Name, complete: bool, evidence: &mut Evidence<'_>) {
        let proven = prove_name_error(name, evidence);
        assert!(!complete || !self.shown.name_error(name) || proven.is_ok(), "{name}: {proven:?}");
        if let Ok(denial) = proven {
            let model = if denial.opt_out { &self.shown } else { &self.whole };
            assert!(model.name_error(name), "{name} {:?}\n{denial:?}", self.whole);
        }
    }

    fn check_no_data(
        &self,
        name: &Name,
        rtype: RrType,
        complete: bool,
        evidence: &mut Evidence<'_>,
    ) {
        let proven = prove_no_data(name, rtype, evidence);
        let wanted = complete && self.shown.no_data(name, rtype);
        assert!(!wanted || proven.is_ok(), "{name} {rtype}: {proven:?}\n{:?}", self.whole);
        if let Ok(denial) = proven {
            let right = if denial.opt_out {
                // Whatever is in the span may be an unsigned zone, or lead to one, even where a wildcard would answer.
                let hidden = !self.shown.is_elsewhere(name) && !self.shown.exists(name);
                hidden || self.shown.no_data(name, rtype)
            } else {
                self.whole.no_data(name, rtype)
            };
            assert!(right, "{name} {rtype} {:?}\n{denial:?}", self.whole);
        }
    }

    fn check_no_ds(&self, name: &Name, complete: bool, evidence: &mut Evidence<'_>) {
        let proven = prove_no_ds(name, evidence);
        let wanted = complete && self.shown.no_ds(name).is_some();
        assert!(!wanted || proven.is_ok(), "{name} DS: {proven:?}\n{:?}", self.whole);
        if let Ok((no_ds, denial)) = proven {
            let right = if no_ds == NoDs::OptOut {
                self.shown.no_ds(name) == Some(NoDs::NoSuchName)
            } else {
                self.whole.no_ds(name) == Some(no_ds)
            };
            assert!(right, "{name} {no_ds:?} {:?}\n{denial:?}", self.whole);
        }
    }

    fn check_no_exact_match(
        &self,
        name: &Name,
        encloser: &Name,
        complete: bool,
        evidence: &mut Evidence<'_>,
    ) {
        let proven = prove_no_exact_match(name, encloser, evidence);
        let wanted = complete && self.shown.no_exact_match(name, encloser);
        assert!(!wanted || proven.is_ok(), "{name} {encloser}: {proven:?}\n{:?}", self.whole);
        if let Ok(denial) = proven {
            let model = if denial.opt_out { &self.shown } else { &self.whole };
            let right = model.no_exact_match(name, encloser);
            assert!(right, "{name} {encloser} {:?}\n{denial:?}", self.whole);
        }
    }
}

#[test]
fn rfc4035_s5_4_and_rfc5155_s8_what_is_proven_is_true_and_what_is_true_is_proven() {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let keys = example().zone_keys();
    let nodes = proptest::collection::vec((0..64usize, 0..Kind::ALL.len()), 0..7);
    let zones = (nodes, proptest::num::u8::ANY, proptest::num::u64::ANY);
    let mut runner = TestRunner::deterministic();
    for _ in 0..asked.unwrap_or(ZONES) {
        let (picked, flags, seed) = zones.new_tree(&mut runner).expect("a zone").current();
        let whole = Model::new(&picked);
        Trial::by_nsec(&whole, &keys).check(seed);
        Trial::by_nsec3(&whole, &keys, None).check(seed);
        Trial::by_nsec3(&whole, &keys, Some(flags)).check(seed);
    }
}
