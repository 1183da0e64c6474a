//! Where the chain of trust stands at a name (RFC 4035 section 5, RFC 6840 section 6.1: cuts are found by walking, not
//! by believing a signer's name).

use std::sync::Arc;
use std::time::Duration;

use super::{Freshness, Validator};
use crate::clock::Instant;
use crate::dnssec::{
    Evidence, Insecurity, NoDs, ProofError, Reason, Security, Vouch, ZoneKeys, denial,
    verify_rrset, zone_keys,
};
use crate::model::{Failure, Response, ZoneStatus};
use crate::trace::Step;
use crate::wire::{Name, Question, RrSet, RrType};
use crate::work::Work;

/// How long a failed link stands before it is tried again by a question that needs it.
const BOGUS_LIFE: Duration = Duration::from_secs(5);
/// The longest life of any link.
const MAX_LIFE: u32 = 86_400;

/// The closest zone at or above a name, as far as it matters for trust, and how it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The status: of the zone, never [`ZoneStatus::NotACut`].
    pub status: Arc<ZoneStatus>,
    /// Until when it holds.
    pub deadline: Instant,
}

impl Standing {
    fn new(status: ZoneStatus, deadline: Instant) -> Self {
        Self { status: Arc::new(status), deadline }
    }
}

/// A link just judged.
struct Link {
    status: ZoneStatus,
    /// Seconds that it holds.
    life: u32,
    /// The proof says that nothing exists at or below the name: no cut can be below it.
    nothing_below: bool,
}

impl Link {
    const fn new(status: ZoneStatus, life: u32) -> Self {
        Self { status, life, nothing_below: false }
    }
}

impl Validator {
    /// Where the chain of trust stands at `name`: from the closest trust anchor down. If that way is bogus, from each
    /// anchor above it; any that is not bogus wins (RFC 6840 section 5.10).
    pub(super) async fn standing(&self, name: &Name, work: &Work) -> Result<Standing, Failure> {
        let moment = self.clock.moment();
        if let Some(why) = self.taken_out(name) {
            return Ok(Standing::new(ZoneStatus::Insecure(why), moment.now));
        }
        let mut first = None;
        for zone in self.anchors.all_above(name) {
            let standing = self.walk(&zone, name, work).await?;
            if !matches!(&*standing.status, ZoneStatus::Bogus(_)) {
                return Ok(standing);
            }
            first = first.or(Some(standing));
        }
        Ok(first.unwrap_or_else(|| Standing::new(ZoneStatus::Indeterminate, moment.now)))
    }

    /// Is `name` below a negative trust anchor? It beats a trust anchor at its own zone and above; one below it holds
    /// (RFC 7646 section 3).
    pub(super) fn taken_out(&self, name: &Name) -> Option<Insecurity> {
        let negative = self.negative_anchors.covering(name, self.clock.wall())?;
        let closer =
            self.anchors.all_above(name).next().is_some_and(|zone| zone.is_below(&negative.zone));
        (!closer).then(|| Insecurity::NegativeTrustAnchor {
            zone: negative.zone.clone(),
            reason: negative.reason.clone(),
        })
    }

    /// From the trust anchor of `anchor` down to `name`, label by label.
    async fn walk(&self, anchor: &Name, name: &Name, work: &Work) -> Result<Standing, Failure> {
        let (mut at, mut here) = match self.deepest_known(anchor, name) {
            Some(known) => known,
            None => (anchor.clone(), self.keys_from_anchor(anchor, work).await?),
        };
        while let Some(next) = name.ancestor(at.label_count() + 1).filter(|_| at != *name) {
            let ZoneStatus::Secure(keys) = &*here.status else { break };
            let (link, nothing_below) = self.link(&next, keys, work).await?;
            if !matches!(&*link.status, ZoneStatus::NotACut) {
                here = link;
            }
            if nothing_below {
                break;
            }
            at = next;
        }
        Ok(here)
    }

    /// The deepest zone between `anchor` and `name` whose standing is known. What failed by one anchor is not held
    /// against another above it.
    fn deepest_known(&self, anchor: &Name, name: &Name) -> Option<(Name, Standing)> {
        let now = self.clock.now();
        name.self_and_ancestors().take_while(|zone| zone.is_at_or_below(anchor)).find_map(|zone| {
            let kept = self.cache.keys.get(&zone, now)?;
            let own = zone != *anchor && self.anchors.at(&zone).is_some();
            let usable = match &*kept.status {
                ZoneStatus::NotACut | ZoneStatus::Indeterminate => false,
                ZoneStatus::Bogus(_) => !own,
                ZoneStatus::Secure(_) | ZoneStatus::Insecure(_) => true,
            };
            usable.then_some((zone, Standing { status: kept.status, deadline: kept.deadline }))
        })
    }

    /// The keys of a zone that a trust anchor vouches for (RFC 4035 section 4.4).
    async fn keys_from_anchor(&self, zone: &Name, work: &Work) -> Result<Standing, Failure> {
        let anchors = self.anchors.at(zone).unwrap_or_default().to_vec();
        let vouch = Vouch::Anchors(anchors);
        let mut link = self.keys_by(zone, &vouch, MAX_LIFE, work).await?;
        if matches!(link.status, ZoneStatus::Bogus(_)) && work.budget.take_refetch() {
            link = self.keys_by(zone, &vouch, MAX_LIFE, work).await?;
        }
        Ok(self.keep(zone, link, work))
    }

    /// What lies at `name`, one label below what is known of the zone of `parent`: known already, or asked for.
    async fn link(
        &self,
        name: &Name,
        parent: &ZoneKeys,
        work: &Work,
    ) -> Result<(Standing, bool), Failure> {
        if let Some(kept) = self.cache.keys.get(name, self.clock.now()) {
            return Ok((Standing { status: kept.status, deadline: kept.deadline }, false));
        }
        let mut link = self.cross(name, parent, Freshness::Any, work).await?;
        if matches!(link.status, ZoneStatus::Bogus(_)) && work.budget.take_refetch() {
            link = self.cross(name, parent, Freshness::Refetch, work).await?;
        }
        let nothing_below = link.nothing_below;
        Ok((self.keep(name, link, work), nothing_below))
    }

    /// DS of `name` from the parent's side: the child's keys, or the proof that there is no DS (RFC 4035 section 5.2).
    async fn cross(
        &self,
        name: &Name,
        parent: &ZoneKeys,
        freshness: Freshness,
        work: &Work,
    ) -> Result<Link, Failure> {
        let question = Question::new(name.clone(), RrType::DS);
        let response = self.fetch.fetch(question, freshness, work).await?;
        let set = |rtype| response.answer.iter().find(|set| set.is(name, rtype));
        if let Some(ds) = set(RrType::DS) {
            return self.by_ds(name, ds, parent, &response, work).await;
        }
        let leads = |set: &&RrSet| set.rtype == RrType::DNAME && name.is_below(&set.owner);
        if let Some(alias) = response.answer.iter().find(leads).or_else(|| set(RrType::CNAME)) {
            return Ok(self.by_alias(alias, parent, &response, work));
        }
        Ok(self.by_denial(name, parent, &response, work))
    }

    async fn by_ds(
        &self,
        name: &Name,
        ds: &RrSet,
        parent: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<Link, Failure> {
        match verify_rrset(ds, parent, response.arrived, &self.policy, &work.budget) {
            Ok(verified) => {
                let life = verified.rrset().ttl;
                self.keys_by(name, &Vouch::Ds(verified), life, work).await
            }
            Err(reason) => Ok(bogus(reason, response, work)),
        }
    }

    /// An alias lies where a DS was asked for: no zone begins there (RFC 1034 section 3.6.2; RFC 6672 section 2.4 below
    /// a DNAME), if the parent signed it.
    fn by_alias(&self, alias: &RrSet, parent: &ZoneKeys, response: &Response, work: &Work) -> Link {
        match verify_rrset(alias, parent, response.arrived, &self.policy, &work.budget) {
            Ok(verified) => Link::new(ZoneStatus::NotACut, verified.rrset().ttl),
            Err(reason) => bogus(reason, response, work),
        }
    }

    fn by_denial(&self, name: &Name, parent: &ZoneKeys, response: &Response, work: &Work) -> Link {
        let mut evidence = Evidence::new(
            &response.authority,
            parent,
            response.arrived,
            &self.policy,
            &work.budget,
        );
        let zone = || name.clone();
        match denial::prove_no_ds(name, &mut evidence) {
            Ok((NoDs::InsecureDelegation, denial)) => {
                Link::new(ZoneStatus::Insecure(Insecurity::NoDs { zone: zone() }), denial.ttl())
            }
            Ok((NoDs::OptOut, denial)) => {
                Link::new(ZoneStatus::Insecure(Insecurity::OptOut { zone: zone() }), denial.ttl())
            }
            Ok((NoDs::NotACut, denial)) => Link::new(ZoneStatus::NotACut, denial.ttl()),
            Ok((NoDs::NoSuchName, denial)) => {
                Link { nothing_below: true, ..Link::new(ZoneStatus::NotACut, denial.ttl()) }
            }
            Err(ProofError::Insecure(why)) => {
                Link::new(ZoneStatus::Insecure(why), response_ttl(response))
            }
            Err(ProofError::Bogus(reason)) => bogus(reason, response, work),
        }
    }

    /// The zone's DNSKEY RRset, vouched for by a DS RRset or trust anchors. Whether these can vouch at all is settled
    /// before the keys are asked for (RFC 4035 section 5.2: none supported, the zone is insecure).
    async fn keys_by(
        &self,
        zone: &Name,
        vouch: &Vouch,
        life: u32,
        work: &Work,
    ) -> Result<Link, Failure> {
        if let Err(why) = vouch.usable(zone, &self.policy) {
            return Ok(Link::new(ZoneStatus::Insecure(why), life));
        }
        let question = Question::new(zone.clone(), RrType::DNSKEY);
        let response = self.fetch.fetch(question, Freshness::Any, work).await?;
        let Some(dnskey) = response.answer.iter().find(|set| set.is(zone, RrType::DNSKEY)) else {
            return Ok(bogus(Reason::DnskeyMissing { zone: zone.clone() }, &response, work));
        };
        Ok(match zone_keys(zone, dnskey, vouch, response.arrived, &self.policy, &work.budget) {
            Ok(keys) => {
                let life = life.min(keys.ttl());
                Link::new(ZoneStatus::Secure(keys), life)
            }
            Err(reason) => bogus(reason, &response, work),
        })
    }

    fn keep(&self, name: &Name, link: Link, work: &Work) -> Standing {
        let now = self.clock.now();
        let deadline = match &link.status {
            ZoneStatus::Bogus(_) => now + BOGUS_LIFE,
            _ => now + Duration::from_secs(link.life.min(MAX_LIFE).into()),
        };
        work.trace.step(|| tell(name, &link.status));
        let standing = Standing::new(link.status, deadline);
        let out_of_budget =
            matches!(&*standing.status, ZoneStatus::Bogus(Reason::WorkExceeded { .. }));
        if !out_of_budget {
            self.cache.keys.put(name, Arc::clone(&standing.status), deadline);
        }
        standing
    }
}

/// A link that failed: asked for anew, it is asked of another server first.
fn bogus(reason: Reason, response: &Response, work: &Work) -> Link {
    if let Some(server) = response.server.filter(|_| !reason.is_own_limit()) {
        work.avoid(server);
    }
    Link::new(ZoneStatus::Bogus(reason), 0)
}

fn response_ttl(response: &Response) -> u32 {
    response.authority.iter().map(|set| set.ttl).min().unwrap_or(0)
}

fn tell(name: &Name, status: &ZoneStatus) -> Step {
    let (what, rule) = match status {
        ZoneStatus::Secure(keys) => (format!("secure: {keys}"), "RFC 4035 5.2"),
        ZoneStatus::Insecure(why) => (format!("insecure: {why}"), why.rule()),
        ZoneStatus::Bogus(reason) => (format!("bogus: {reason}"), reason.rule()),
        ZoneStatus::Indeterminate => ("no trust anchor".into(), "RFC 4033 5"),
        ZoneStatus::NotACut => ("no zone cut".into(), "RFC 6840 6.1"),
    };
    Step::Link { zone: name.clone(), what, rule }
}

impl From<ProofError> for Security {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Bogus(reason) => Self::Bogus(reason),
            ProofError::Insecure(why) => Self::Insecure(why),
        }
    }
}
