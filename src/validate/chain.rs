//! Where the chain of trust stands at a name (RFC 4035 section 5, RFC 6840 section 6.1: cuts are found by walking, not
//! by believing a signer's name).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::pauses::with_pauses;
use super::{Freshness, Validator};
use crate::cache::{KeptStatus, Via};
use crate::clock::Instant;
use crate::dnssec::{
    Denial, Evidence, Insecurity, NoDs, ProofError, Reason, Tried, Vouch, ZoneKeys, denial,
    zone_keys_beyond,
};
use crate::model::{Failure, Response, ZoneStatus};
use crate::trace::Step;
use crate::wire::{Name, Question, RrSet, RrType};
use crate::work::Work;

/// How long a failed link stands before it is tried again by a question that needs it.
const BOGUS_LIFE: Duration = Duration::from_secs(5);
/// The longest life of any link.
const MAX_LIFE: u32 = 86_400;
/// The longest life of what rests on TTLs that nobody verified, in seconds: half the negative TTL that RFC 2308 section 5
/// finds sensible.
const MAX_UNVERIFIED_LIFE: u32 = 1_800;
/// Links proven more lately than this are not doubted when something fails below them: for all questions together they are
/// proven anew that often at the most.
const RENEW_AFTER: Duration = BOGUS_LIFE;

/// How the closest zone at or above a name stands, as far as it matters for trust: never [`ZoneStatus::NotACut`].
pub(super) type Standing = KeptStatus;

fn at_once(status: ZoneStatus, now: Instant) -> Standing {
    Standing { status: Arc::new(status), since: now, deadline: now }
}

/// Where a step down led.
enum Crossed {
    /// To what lies there.
    To(Standing),
    /// Nowhere, but the zone above stands anew.
    NotYet(Standing),
}

/// A link just judged.
struct Link {
    status: Arc<ZoneStatus>,
    /// Seconds that it holds, from when what it rests on came.
    life: u32,
    came: Option<Instant>,
    /// It failed by what a parent told unasked, or was told before the start: that is no more than a hint.
    hearsay: bool,
    /// The parent's keys verified its DS: what it failed by is its own, and says nothing against them.
    vouched: bool,
    /// Who said what it failed by.
    server: Option<SocketAddr>,
    /// Another question has proven it meanwhile, and this is what was kept.
    kept: Option<Standing>,
}

impl Link {
    fn new(status: impl Into<Arc<ZoneStatus>>, life: u32) -> Self {
        let status = status.into();
        Self { status, life, came: None, hearsay: false, vouched: false, server: None, kept: None }
    }

    /// The same, resting on `response` as well: others may have waited for it, and what was fetched ahead comes before it is
    /// needed.
    fn resting_on(self, response: &Response) -> Self {
        let arrived = response.arrived.now;
        Self { came: Some(self.came.map_or(arrived, |came| came.min(arrived))), ..self }
    }

    fn proven(kept: Standing) -> Self {
        Self { kept: Some(kept.clone()), ..Self::new(kept.status, 0) }
    }

    fn is_bogus(&self) -> bool {
        matches!(&*self.status, ZoneStatus::Bogus(_))
    }

    /// Is it bogus, by no limit of ours, and may somebody else be asked?
    fn may_be_refetched(&self, work: &Work) -> bool {
        matches!(&*self.status, ZoneStatus::Bogus(reason) if !reason.is_own_limit())
            && work.take_refetch(self.server)
    }

    /// After the second look: what is bogus now stays so.
    fn settled(self, work: &Work) -> Self {
        if self.is_bogus() {
            work.end_refetches();
        }
        self
    }
}

impl Validator {
    /// Where the chain of trust stands at `name`: from the closest trust anchor down, and where that does not make it
    /// secure, from each anchor above. Any success is accepted; without one a bogus way outweighs an insecure one, or a
    /// trust anchor could be evaded by spoiling its keys (RFC 6840 section 5.10 and appendix C.2).
    pub(super) async fn standing(&self, name: &Name, work: &Work) -> Result<Standing, Failure> {
        let now = self.clock.now();
        if let Some(why) = self.taken_out(name) {
            return Ok(at_once(ZoneStatus::Insecure(why), now));
        }
        let mut found: Option<Standing> = None;
        for zone in self.anchors_for(name) {
            let standing = self.walk(&zone, name, work).await?;
            match &*standing.status {
                ZoneStatus::Secure(_) => return Ok(standing),
                ZoneStatus::Bogus(_)
                    if !found
                        .as_ref()
                        .is_some_and(|f| matches!(&*f.status, ZoneStatus::Bogus(_))) =>
                {
                    found = Some(standing);
                }
                _ => found = found.or(Some(standing)),
            }
        }
        Ok(found.unwrap_or_else(|| at_once(ZoneStatus::Indeterminate, now)))
    }

    /// Is `name` below a negative trust anchor? It beats a trust anchor at its own zone and above; one below it holds
    /// (RFC 7646 section 3).
    pub(super) fn taken_out(&self, name: &Name) -> Option<Insecurity> {
        let negative = self.negative_anchors.covering(name, self.clock.wall())?;
        self.anchors_for(name).next().is_none().then(|| Insecurity::NegativeTrustAnchor {
            zone: negative.zone.clone(),
            reason: negative.reason.clone(),
            until: negative.until,
        })
    }

    /// The zones with trust anchors that count for `name`, the closest first: those below the negative trust anchor that
    /// covers it, where one does.
    pub(super) fn anchors_for(&self, name: &Name) -> impl Iterator<Item = Name> + '_ {
        let negative = self.negative_anchors.covering(name, self.clock.wall());
        let counts = move |zone: &Name| negative.is_none_or(|n| zone.is_below(&n.zone));
        self.anchors.all_above(name).filter(counts)
    }

    /// From the trust anchor of `anchor` down to `name`, label by label.
    async fn walk(&self, anchor: &Name, name: &Name, work: &Work) -> Result<Standing, Failure> {
        let (mut at, mut here) = match self.deepest_known(anchor, name) {
            Some(known) => known,
            None => (anchor.clone(), self.keys_from_anchor(anchor, work).await?),
        };
        while let Some(next) = name.ancestor(at.label_count() + 1).filter(|_| at != *name) {
            let ZoneStatus::Secure(keys) = &*here.status else { break };
            let link = match self.cache.keys.get(&next, Via::Parent, self.clock.now()) {
                Some(kept) => kept,
                None => match self.link(&next, keys, &here, work).await? {
                    Crossed::To(link) => link,
                    Crossed::NotYet(renewed) => {
                        here = renewed;
                        continue;
                    }
                },
            };
            match &*link.status {
                ZoneStatus::NotACut => {}
                ZoneStatus::NoSuchName => break,
                _ => here = link,
            }
            at = next;
        }
        Ok(here)
    }

    /// The deepest zone between `anchor` and `name` whose standing is known by the way from that anchor.
    fn deepest_known(&self, anchor: &Name, name: &Name) -> Option<(Name, Standing)> {
        let now = self.clock.now();
        name.self_and_ancestors().take_while(|zone| zone.is_at_or_below(anchor)).find_map(|zone| {
            let via = if zone == *anchor { Via::Anchor } else { Via::Parent };
            let kept = self.cache.keys.get(&zone, via, now)?;
            let is_zone = matches!(
                &*kept.status,
                ZoneStatus::Secure(_) | ZoneStatus::Insecure(_) | ZoneStatus::Bogus(_)
            );
            is_zone.then_some((zone, kept))
        })
    }

    /// The keys of a zone that a trust anchor vouches for (RFC 4035 section 4.4).
    async fn keys_from_anchor(&self, zone: &Name, work: &Work) -> Result<Standing, Failure> {
        let vouch = Vouch::Anchors(self.anchors.at(zone).unwrap_or_default().to_vec());
        let mut link = self.keys_by(zone, &vouch, MAX_LIFE, Freshness::Any, work).await?;
        if link.hearsay {
            link = self.keys_by(zone, &vouch, MAX_LIFE, Freshness::Refetch, work).await?;
        }
        if link.may_be_refetched(work) {
            let second = self.keys_by(zone, &vouch, MAX_LIFE, Freshness::Refetch, work).await?;
            link = second.settled(work);
        }
        Ok(self.keep(zone, Via::Anchor, link, work))
    }

    /// What lies at `name`, one label below what is known of the zone of `parent`, which stands as `above`.
    async fn link(
        &self,
        name: &Name,
        parent: &ZoneKeys,
        above: &Standing,
        work: &Work,
    ) -> Result<Crossed, Failure> {
        let mut link = self.cross(name, parent, Freshness::Any, work).await?;
        if link.hearsay {
            link = self.cross(name, parent, Freshness::Refetch, work).await?;
        }
        if let ZoneStatus::Bogus(reason) = &*link.status
            && !link.vouched
            && let Some(renewed) = self.renewed(above, name, reason, work).await?
            && !matches!(&*renewed.status, ZoneStatus::Secure(now) if now.are_same(parent))
        {
            return Ok(Crossed::NotYet(renewed));
        }
        if link.may_be_refetched(work) {
            let second = self.cross(name, parent, Freshness::Refetch, work).await?;
            link = second.settled(work);
        }
        Ok(Crossed::To(self.keep(name, Via::Parent, link, work)))
    }

    /// The standing of a zone proven anew, where something at `name` fails for `reason`, and DS and keys of the zone were
    /// cached well before the question came: they may have been rolled over since, or given up. That is doubted before
    /// anything else is (RFC 4035 section 4.7), with what is known of the names between. `None` where there is nothing to
    /// renew.
    pub(super) async fn renewed(
        &self,
        standing: &Standing,
        name: &Name,
        reason: &Reason,
        work: &Work,
    ) -> Result<Option<Standing>, Failure> {
        let ZoneStatus::Secure(keys) = &*standing.status else { return Ok(None) };
        let old = work.budget.started().since(standing.since) >= RENEW_AFTER;
        if reason.is_own_limit() || !old || !work.take_renewal() {
            return Ok(None);
        }
        let zone = keys.zone();
        for name in name.self_and_ancestors().take_while(|name| name.is_at_or_below(zone)) {
            self.cache.keys.remove(&name);
            self.cache.unproven.remove(&name);
        }
        // Boxed, because a walk may renew what it stands on: once, since what is renewed is not old any more (what is
        // recalled is, and for that nothing is renewed: `Work::end_refetches`).
        Box::pin(self.standing(zone, work)).await.map(Some)
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
        if let Some(link) = self.proven_meanwhile(name, Via::Parent, freshness) {
            return Ok(link);
        }
        let find = |wanted: &dyn Fn(&RrSet) -> bool| response.answer.iter().find(|set| wanted(set));
        let ds = find(&|set| set.is(name, RrType::DS));
        let dname = find(&|set| set.rtype == RrType::DNAME && name.is_below(&set.owner));
        let alias = dname.or_else(|| find(&|set| set.is(name, RrType::CNAME)));
        let link = match (ds, alias) {
            (Some(ds), _) => match self.verified(ds, parent, &response, work).await {
                Ok(ds) => {
                    let life = ds.rrset().ttl;
                    let link = self.keys_by(name, &Vouch::Ds(ds), life, freshness, work).await?;
                    let vouched = !response.unasked; // what was told is a hint
                    return Ok(Link { vouched, ..link.resting_on(&response) });
                }
                Err(reason) => bogus(reason, &response),
            },
            (None, Some(alias)) => self.by_alias(name, alias, parent, &response, work).await,
            (None, None) => self.by_denial(name, parent, &response, work).await,
        };
        Ok(link.resting_on(&response))
    }

    /// An alias lies where a DS was asked for, if the parent signed it: no zone begins at a CNAME (RFC 1034 section 3.6.2),
    /// and nothing is below a DNAME (RFC 6672 section 2.4). One that a wildcard gives proves nothing by itself (RFC 4035
    /// section 5.3.4).
    async fn by_alias(
        &self,
        name: &Name,
        alias: &RrSet,
        parent: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Link {
        let alias = match self.verified(alias, parent, response, work).await {
            Ok(alias) => alias,
            Err(reason) => return bogus(reason, response),
        };
        let life = alias.rrset().ttl;
        match alias.wildcard() {
            Some(encloser) => {
                let proof = |evidence: &mut Evidence<'_>| {
                    denial::prove_no_exact_match(&alias.rrset().owner, encloser, evidence)
                        .map(|denial| (no_ds_by(&denial), denial))
                };
                self.by_proof(name, proof, parent, response, work).await
            }
            None if alias.rrset().rtype == RrType::DNAME => Link::new(ZoneStatus::NoSuchName, life),
            None => Link::new(ZoneStatus::NotACut, life),
        }
    }

    async fn by_denial(
        &self,
        name: &Name,
        parent: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Link {
        let proof = |evidence: &mut Evidence<'_>| denial::prove_no_ds(name, evidence);
        self.by_proof(name, proof, parent, response, work).await
    }

    async fn by_proof(
        &self,
        name: &Name,
        proof: impl Fn(&mut Evidence<'_>) -> Result<(NoDs, Denial), ProofError>,
        parent: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Link {
        let (sets, arrived) = (&response.authority, response.arrived);
        let mut evidence = Evidence::new(sets, parent, arrived, &self.policy, &work.budget);
        let zone = || name.clone();
        // A zone may begin there, or the name come to be, as soon as any denial may end (RFC 9077 section 3).
        let negative = response.negative_ttl().unwrap_or(MAX_LIFE);
        let life = |denial: &Denial| denial.ttl().min(negative);
        match with_pauses(work, || proof(&mut evidence)).await {
            Ok((NoDs::InsecureDelegation, denial)) => {
                Link::new(ZoneStatus::Insecure(Insecurity::NoDs { zone: zone() }), denial.ttl())
            }
            Ok((NoDs::OptOut, denial)) => {
                Link::new(ZoneStatus::Insecure(Insecurity::OptOut { zone: zone() }), denial.ttl())
            }
            Ok((NoDs::NotACut, denial)) => Link::new(ZoneStatus::NotACut, life(&denial)),
            Ok((NoDs::NoSuchName, denial)) => Link::new(ZoneStatus::NoSuchName, life(&denial)),
            Err(ProofError::Insecure(why)) => {
                Link::new(ZoneStatus::Insecure(why), unverified_life(response))
            }
            Err(ProofError::Bogus(reason)) => bogus(reason, response),
        }
    }

    /// The zone's DNSKEY RRset, vouched for by a DS RRset or trust anchors. Whether these can vouch at all is settled
    /// before the keys are asked for (RFC 4035 section 5.2: none supported, the zone is insecure).
    async fn keys_by(
        &self,
        zone: &Name,
        vouch: &Vouch,
        life: u32,
        freshness: Freshness,
        work: &Work,
    ) -> Result<Link, Failure> {
        if let Err(why) = vouch.usable(zone, &self.policy) {
            return Ok(Link::new(ZoneStatus::Insecure(why), life));
        }
        let question = Question::new(zone.clone(), RrType::DNSKEY);
        let via = if matches!(vouch, Vouch::Anchors(_)) { Via::Anchor } else { Via::Parent };
        if let Some(link) = self.proven_meanwhile(zone, via, freshness) {
            return Ok(link); // while the DS RRset was verified
        }
        let response = self.fetch.fetch(question, freshness, work).await?;
        if let Some(link) = self.proven_meanwhile(zone, via, freshness) {
            return Ok(link);
        }
        let Some(dnskey) = response.answer.iter().find(|set| set.is(zone, RrType::DNSKEY)) else {
            return Ok(bogus(Reason::DnskeyMissing { zone: zone.clone() }, &response));
        };
        let (arrived, policy, budget) = (response.arrived, &self.policy, &work.budget);
        let mut tried = Tried::default();
        let prove = || zone_keys_beyond(&mut tried, zone, dnskey, vouch, arrived, policy, budget);
        Ok(match with_pauses(work, prove).await {
            Ok(keys) => {
                let life = life.min(keys.ttl());
                Link::new(ZoneStatus::Secure(keys), life).resting_on(&response)
            }
            Err(reason) => bogus(reason, &response),
        })
    }

    /// The link at `name`, where another question has proven it while this one waited: of the hundreds that wait for one
    /// fetch the first proves what came, and the others need not, one after the other, before any client's turn comes. Whoever
    /// looks a second time, or may have to since it is bogus, wants to see for himself.
    fn proven_meanwhile(&self, name: &Name, via: Via, freshness: Freshness) -> Option<Link> {
        let kept = self.cache.keys.get(name, via, self.clock.now());
        let link = kept.filter(|_| freshness == Freshness::Any).map(Link::proven)?;
        (!link.is_bogus()).then_some(link)
    }

    fn keep(&self, name: &Name, via: Via, link: Link, work: &Work) -> Standing {
        if let Some(kept) = link.kept {
            return kept;
        }
        let now = self.clock.now();
        let deadline = match &*link.status {
            ZoneStatus::Bogus(_) => {
                self.cache.unproven.remove(name); // the next look is at what servers say then
                now + BOGUS_LIFE
            }
            _ => {
                let life = Duration::from_secs(link.life.min(MAX_LIFE).into());
                link.came.unwrap_or(now) + life
            }
        };
        work.trace.step(|| tell(name, &link.status));
        let kept = Standing { status: link.status, since: self.fetch.said(now), deadline };
        if !matches!(&*kept.status, ZoneStatus::Bogus(Reason::WorkExceeded { .. })) {
            self.cache.keys.put(name, via, kept.clone());
        }
        kept
    }
}

/// A link that failed by what `response` says.
fn bogus(reason: Reason, response: &Response) -> Link {
    let (server, hearsay) = (response.server, response.unasked);
    Link { server, hearsay, ..Link::new(ZoneStatus::Bogus(reason), 0) }
}

/// What it makes of a name that nothing but a wildcard answers for it.
const fn no_ds_by(denial: &Denial) -> NoDs {
    if denial.opt_out { NoDs::OptOut } else { NoDs::NoSuchName }
}

fn unverified_life(response: &Response) -> u32 {
    response.authority.iter().map(|set| set.ttl).min().unwrap_or(0).min(MAX_UNVERIFIED_LIFE)
}

fn tell(name: &Name, status: &ZoneStatus) -> Step {
    let (what, rule) = match status {
        ZoneStatus::Secure(keys) => (format!("secure: {keys}"), "RFC 4035 5.2"),
        ZoneStatus::Insecure(why) => (format!("insecure: {why}"), why.rule()),
        ZoneStatus::Bogus(reason) => (format!("bogus: {reason}"), reason.rule()),
        ZoneStatus::Indeterminate => ("no trust anchor".into(), "RFC 4033 5"),
        ZoneStatus::NotACut => ("no zone cut".into(), "RFC 6840 6.1"),
        ZoneStatus::NoSuchName => ("no such name, no zone cut".into(), "RFC 8020 2"),
    };
    Step::Link { zone: name.clone(), what, rule }
}
