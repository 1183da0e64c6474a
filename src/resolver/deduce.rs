//! What was proven for other questions settles this one (RFC 8198): no server is asked.
//!
//! ```text
//! which zones may speak about the name: at or above it, down from the deepest boundary that the operator drew
//!   -> the zone's kept records -> dnssec: prove_name_error | prove_no_data | prove_no_exact_match
//!   -> the finding that a response with these records would have made, with the TTLs that are left
//! ```
//!
//! The same functions judge the records here as in responses, so nothing can be proven from the cache that a response
//! could not prove. Whatever goes wrong, the servers are asked (RFC 8198 appendix A).

use std::borrow::Cow;
use std::time::Duration;

use super::links::finding;
use super::{Resolver, Settings, Validation};
use crate::cache::{Chain, KnownZone, LongestLives};
use crate::clock::{Instant, Moment, WallSeconds};
use crate::dnssec::{Budget, Denial, Evidence, Policy, Security, denial};
use crate::iterate::alias_target;
use crate::model::{Checking, Fact, Finding};
use crate::trace::Step;
use crate::validate::Judged;
use crate::wire::{Name, Question, RrSet, RrType};

/// What settles a question.
pub(super) struct Deduced {
    /// The zone whose records prove it.
    zone: Name,
    /// What a response with these records would have made, its TTLs those that are left.
    pub finding: Finding,
}

impl Resolver {
    /// Keeps what a secure answer says about other names.
    pub(super) fn learn(&self, judged: &Judged, now: Instant) {
        let settings = &self.shared.settings;
        if settings.aggressive_denial && judged.security.is_secure() && !judged.telling.is_empty() {
            let seconds = |seconds: u32| Duration::from_secs(seconds.into());
            let (data, denial) = (seconds(settings.ttl.max), seconds(settings.ttl.max_negative));
            self.shared.cache.denials.put(&judged.telling, now, LongestLives { data, denial });
        }
    }

    /// What kept records make of `question`. Who checks for himself is given what the servers say (RFC 8198
    /// appendix A).
    pub(super) fn deduced(
        &self,
        question: &Question,
        checking: Checking,
        moment: Moment,
        budget: &Budget,
    ) -> Option<Deduced> {
        let settings = &self.shared.settings;
        let on = settings.aggressive_denial && settings.validation != Validation::Off;
        if !on || checking == Checking::Disabled {
            return None;
        }
        let (side, policy) = (side(question), &settings.policy);
        let boundary = boundary(question, &side, settings, moment.wall);
        let known = self.shared.cache.denials.above(&side, moment.now);
        let mut zones = known.take_while(|z| boundary.is_none_or(|b| z.apex().is_at_or_below(b)));
        zones.find_map(|zone| {
            let judged = Deduction { question, zone: &zone, policy, budget }.make()?;
            let finding = finding(judged, moment.now, settings.ttl);
            Some(Deduced { zone: zone.apex().clone(), finding })
        })
    }
}

/// The name whose zone answers: a DS RRset lies with the parent (RFC 4035 section 3.1.4.1).
fn side(question: &Question) -> Cow<'_, Name> {
    let parent = if question.rtype == RrType::DS { question.name.parent() } else { None };
    parent.map_or(Cow::Borrowed(&question.name), Cow::Owned)
}

/// The deepest name where the operator says that another tree begins, and the question lies in it: a stub or forward zone,
/// a trust anchor, or one that is negative. Zones above it have no say about what is below; nor about the DS of a negative
/// one, which is taken as it is.
fn boundary<'a>(
    question: &Question,
    side: &Name,
    settings: &'a Settings,
    wall: WallSeconds,
) -> Option<&'a Name> {
    let zone = settings.iterate.zone_of(side).map(|zone| &zone.delegation.zone);
    let anchor = settings.anchors.closest_above(side);
    let negative = settings.negative_anchors.covering(&question.name, wall);
    let negative = negative.map(|negative| &negative.zone);
    [zone, anchor, negative].into_iter().flatten().max_by_key(|zone| zone.label_count())
}

/// One question before the kept records of one zone.
struct Deduction<'a> {
    question: &'a Question,
    zone: &'a KnownZone,
    policy: &'a Policy,
    budget: &'a Budget,
}

impl Deduction<'_> {
    fn make(&self) -> Option<Judged> {
        self.zone.chains().iter().find_map(|chain| {
            let mut evidence = Evidence::kept(self.zone.apex(), chain, self.policy, self.budget);
            self.denied(chain, &mut evidence).or_else(|| self.by_wildcard(chain, &mut evidence))
        })
    }

    /// NXDOMAIN or NODATA, with the SOA that they take (RFC 2308 section 3).
    fn denied(&self, chain: &Chain<'_>, evidence: &mut Evidence<'_>) -> Option<Judged> {
        let Question { name, rtype, .. } = self.question;
        let no_name = denial::prove_name_error(name, evidence).map(|d| (Fact::NameError, d));
        let (fact, denial) = match no_name {
            Ok(denied) => denied,
            Err(_) if !is_plain(*rtype) => return None,
            Err(_) => (Fact::NoData, denial::prove_no_data(name, *rtype, evidence).ok()?),
        };
        judged(fact, vec![self.zone.soa()?], &denial, chain)
    }

    /// What the wildcard at the closest encloser has (RFC 8198 section 5.3): the type asked for, or an alias.
    fn by_wildcard(&self, chain: &Chain<'_>, evidence: &mut Evidence<'_>) -> Option<Judged> {
        let Question { name, rtype, .. } = self.question;
        if !self.zone.has_wildcards() || !is_plain(*rtype) || *rtype == RrType::DS {
            return None;
        }
        let above = name.self_and_ancestors().skip(1);
        let enclosers = above.take_while(|encloser| encloser.is_at_or_below(self.zone.apex()));
        for encloser in enclosers {
            let Some(fact) = self.expanded(&encloser) else { continue };
            let denial = denial::prove_no_exact_match(name, &encloser, evidence).ok()?;
            return judged(fact, Vec::new(), &denial, chain);
        }
        None
    }

    fn expanded(&self, encloser: &Name) -> Option<Fact> {
        let Question { name, rtype, .. } = self.question;
        let given = |rtype| self.zone.wildcard_gives(encloser, name, rtype);
        if *rtype != RrType::CNAME
            && let Some(set) = given(*rtype)
        {
            return Some(Fact::Data(set));
        }
        let cname = given(RrType::CNAME)?;
        let target = alias_target(name, None, Some(&cname))?;
        Some(Fact::Alias { cname, dname: None, target })
    }
}

/// The verdict that a response with these records would have had. An Opt-Out span leaves open what is in it (RFC 8198
/// section 5.2).
fn judged(
    fact: Fact,
    mut authority: Vec<RrSet>,
    denial: &Denial,
    chain: &Chain<'_>,
) -> Option<Judged> {
    if denial.opt_out {
        return None;
    }
    for used in &denial.used {
        authority.push(chain.aged(used)?);
    }
    let (security, compact) = (Security::Secure, denial.compact);
    Some(Judged { fact, authority, security, compact, telling: Vec::new() })
}

/// Is it a type whose absence at a name can be told from that name's records alone? ANY, and what DNSSEC puts beside
/// each RRset, the servers are asked for.
fn is_plain(rtype: RrType) -> bool {
    !rtype.is_meta() && !rtype.is_dnssec()
}

impl Deduced {
    pub(super) fn tell(&self, question: &Question) -> Step {
        let what = match self.finding.fact {
            Fact::NameError => "the name does not exist",
            Fact::NoData => "the type does not exist",
            Fact::Data(_) | Fact::Alias { .. } | Fact::NameTooLong(_) => "a wildcard answers",
        };
        Step::Deduced { question: question.clone(), zone: self.zone.clone(), what: what.into() }
    }
}
