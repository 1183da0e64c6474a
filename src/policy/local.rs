//! Names that are answered here, for clients alone: what the operator wrote, and the special-use names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::special_use::{self, Rule};
use crate::dnssec::Security;
use crate::model::Answer;
use crate::wire::rdata::target;
use crate::wire::{Class, EdeCode, ExtendedError, Name, Question, Rcode, RrSet, RrType};

/// Aliases followed within the operator's own data; more than that is a loop.
const MAX_ALIASES: usize = 8;

/// What an operator can set about local names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOptions {
    /// RRsets of his own.
    pub data: Vec<RrSet>,
    /// Are special-use names answered here? RFC 6303 section 3 demands the switch.
    pub special_use: bool,
    /// Is `test.` one of them? RFC 6761 section 6.2 (4) has it so by default, for the sake of the root servers. Here it
    /// is off: trial networks with roots of their own live under `test.`, and elsewhere the root's proof that it does not
    /// exist, once cached, spares its servers just as well.
    pub test: bool,
    /// Zones that the operator resolves from elsewhere: at and below them no special-use rule answers. The root is
    /// passed over, for who forwards everything has not said where private names are known (RFC 6303 section 3: zone by
    /// zone).
    pub exempt: Vec<Name>,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self { data: Vec::new(), special_use: true, test: false, exempt: Vec::new() }
    }
}

/// The names that are answered here.
#[derive(Clone, Debug)]
pub struct Local {
    /// By owner, in canonical order: the names below one follow it.
    data: BTreeMap<Name, Vec<RrSet>>,
    rules: HashMap<Name, Rule>,
    exempt: Vec<Name>,
    /// The last labels of all of them, in lower case: nearly all names that clients ask for have others.
    tops: BTreeSet<Box<[u8]>>,
}

impl Default for Local {
    /// The special-use names alone.
    fn default() -> Self {
        Self::new(LocalOptions::default())
    }
}

/// The special-use zone that a name lies in.
struct Special<'l> {
    zone: &'l Name,
    rule: Rule,
}

impl Local {
    /// These data and rules.
    #[must_use]
    pub fn new(options: LocalOptions) -> Self {
        let rules = options.special_use.then(|| special_use::rules(options.test));
        let rules = rules.unwrap_or_default();
        let mut local = Self {
            data: BTreeMap::new(),
            tops: rules.keys().filter_map(top).collect(),
            rules,
            exempt: options.exempt.into_iter().filter(|zone| !zone.is_root()).collect(),
        };
        for set in options.data {
            local.add(set);
        }
        for set in special_use::loopback_reverse() {
            if local.special(&set.owner).is_some() && !local.data.contains_key(&set.owner) {
                local.add(set);
            }
        }
        local
    }

    /// Enters one RRset; records of an owner and type that is there already join it.
    fn add(&mut self, set: RrSet) {
        self.tops.extend(top(&set.owner));
        let owned = self.data.entry(set.owner.clone()).or_default();
        match owned.iter_mut().find(|other| other.rtype == set.rtype) {
            Some(other) => {
                let new = set.rdatas.into_iter().filter(|rdata| !other.rdatas.contains(rdata));
                let new: Vec<_> = new.collect();
                other.rdatas.extend(new);
                other.ttl = other.ttl.min(set.ttl); // RFC 2181 section 5.2
            }
            None => owned.push(set),
        }
    }

    /// The answer to `question`, if it is given here. What the operator wrote comes first, then the special-use names.
    ///
    /// An answer may end in an alias that leads out of the local data: its target, which [`dangling_alias`] gives, is
    /// for the caller to resolve.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        if question.class != Class::IN {
            return None;
        }
        let mut answer = self.one(&question.name, question.rtype)?;
        for _ in 0..MAX_ALIASES {
            let next = dangling_alias(&answer, question.rtype);
            let Some(more) = next.and_then(|name| self.one(&name, question.rtype)) else {
                return Some(answer);
            };
            answer.rcode = more.rcode;
            answer.answer.extend(more.answer);
            answer.authority = more.authority;
        }
        let text = format!("{}: the local data's chain of aliases has no end", question.name);
        let error = ExtendedError { code: EdeCode::OTHER, text };
        Some(Answer::failed(Security::Indeterminate, error))
    }

    /// What is said about one name.
    fn one(&self, name: &Name, rtype: RrType) -> Option<Answer> {
        if !self.is_known_top(name) {
            return None;
        }
        let (owned, special) = (self.data.get(name), self.special(name));
        if let Some(sets) = owned {
            let alias = || sets.iter().find(|set| set.rtype == RrType::CNAME);
            if let Some(set) = sets.iter().find(|set| set.rtype == rtype).or_else(alias) {
                return Some(positive(set.clone()));
            }
        }
        match special {
            Some(special) => self.by_rule(name, rtype, &special, owned.is_some()),
            None => owned.map(|_| negative(Rcode::NOERROR, None)),
        }
    }

    fn by_rule(
        &self,
        name: &Name,
        rtype: RrType,
        special: &Special<'_>,
        owned: bool,
    ) -> Option<Answer> {
        let Special { zone, rule } = *special;
        let is_apex = name == zone;
        if is_apex && rtype == RrType::DS && rule == Rule::EmptyZone {
            return None; // the parent's to say (RFC 4035 section 3.1.4.1): it proves the zone insecure (RFC 8375 4 (4B))
        }
        let apex = is_apex.then(|| special_use::apex(zone, rule, rtype)).flatten();
        let loopback = || (rule == Rule::Loopback).then(|| special_use::loopback(name, rtype));
        if let Some(set) = apex.or_else(|| loopback().flatten()) {
            return Some(positive(set));
        }
        let exists = match rule {
            Rule::Loopback | Rule::NoData => true,
            Rule::NameError => owned,
            Rule::EmptyZone => is_apex || owned || self.has_data_below(name),
        };
        let rcode = if exists { Rcode::NOERROR } else { Rcode::NXDOMAIN };
        Some(negative(rcode, Some(special_use::soa(zone))))
    }

    /// May there be something at or above `name`? The root is asked for seldom.
    fn is_known_top(&self, name: &Name) -> bool {
        let mut lower = [0; Name::MAX_LABEL];
        name.labels().last().is_none_or(|label| {
            let lower = &mut lower[..label.len()];
            lower.copy_from_slice(label);
            lower.make_ascii_lowercase();
            self.tops.contains(&*lower)
        })
    }

    /// The closest special-use zone at or above `name`, unless the operator resolves the name from elsewhere.
    fn special(&self, name: &Name) -> Option<Special<'_>> {
        let found = name.self_and_ancestors().find_map(|zone| {
            let (zone, rule) = self.rules.get_key_value(&zone)?;
            Some(Special { zone, rule: *rule })
        });
        found.filter(|_| !self.exempt.iter().any(|zone| name.is_at_or_below(zone)))
    }

    /// Is `name` an empty non-terminal above the operator's data (RFC 8020 section 2)?
    fn has_data_below(&self, name: &Name) -> bool {
        let behind = (Bound::Excluded(name), Bound::Unbounded);
        self.data.range(behind).next().is_some_and(|(owner, _)| owner.is_below(name))
    }
}

/// The target of the alias that the local `answer` ends in, when another type was asked for: still to be resolved.
#[must_use]
pub fn dangling_alias(answer: &Answer, rtype: RrType) -> Option<Name> {
    let last = answer.answer.last().filter(|set| set.rtype == RrType::CNAME)?;
    (rtype != RrType::CNAME).then(|| target(RrType::CNAME, last.rdatas.first()?)).flatten()
}

/// The last label of `name`, in lower case; the root has none.
fn top(name: &Name) -> Option<Box<[u8]>> {
    Some(name.labels().last()?.to_ascii_lowercase().into())
}

fn positive(set: RrSet) -> Answer {
    Answer { answer: vec![set], ..negative(Rcode::NOERROR, None) }
}

/// No trust anchor covers what is made here, so it is never called secure.
fn negative(rcode: Rcode, soa: Option<RrSet>) -> Answer {
    Answer {
        rcode,
        answer: Vec::new(),
        authority: soa.into_iter().collect(),
        security: Security::Indeterminate,
        compact: false,
        errors: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
