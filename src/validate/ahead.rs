//! What a chain of trust will need, fetched before it is wanted: the keys of zones whose DS a parent told of, and, where nobody
//! told, both of them side by side for the zones that signatures name.
//!
//! ```text
//! answer, signed by c.b.a -> DS and DNSKEY of c.b.a -> the DS is signed by b.a -> DS and DNSKEY of b.a -> ...
//! meanwhile, from the trust anchor down: DS and DNSKEY of a -> b.a: they are there -> c.b.a: they are there
//! ```

use std::future::{Future, pending};
use std::pin::Pin;

use super::chain::Standing;
use super::{Freshness, Validator};
use crate::cache::Via;
use crate::model::{Failure, Response, ZoneStatus};
use crate::wire::rdata::{Ds, Rrsig};
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

/// Zones, each above the other, whose DS and keys are fetched ahead for one signature: names cross two to five zone cuts, and
/// the way down from the trust anchor meets the way up half-way.
const MAX_ZONES_AHEAD: u8 = 4;

/// How sure it is that something will be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foresight {
    /// It is there, or nobody can vouch for it.
    NotWanted,
    /// If the parent's keys, which are on their way, make it secure.
    Perhaps,
    /// A secure zone, or a trust anchor, says so.
    Wanted,
}

impl Validator {
    /// Will the keys of `zone` be wanted for what its servers say, and not be there, when those of the zones in `ahead` are on
    /// their way? Where a trust anchor or a DS record that a secure parent told of may vouch for them, they will (RFC 4035
    /// section 5.2).
    #[must_use]
    pub fn foresees_keys(&self, zone: &Name, ahead: &[Name]) -> Foresight {
        let now = self.clock.now();
        let via = if self.anchors.at(zone).is_some() { Via::Anchor } else { Via::Parent };
        if self.taken_out(zone).is_some() || self.cache.keys.get(zone, via, now).is_some() {
            return Foresight::NotWanted;
        }
        if via == Via::Anchor {
            return Foresight::Wanted;
        }
        match self.cache.unproven.get(zone, now) {
            Some(told) if self.may_vouch(&told, zone) => self.foresight(&told.zone, ahead),
            _ => Foresight::NotWanted,
        }
    }

    /// Is there a DS record in `told` that can vouch for a key of `zone`?
    fn may_vouch(&self, told: &Response, zone: &Name) -> bool {
        let sets = told.answer.iter().filter(|set| set.is(zone, RrType::DS));
        let mut records = sets.flat_map(|set| &set.rdatas).filter_map(|rdata| Ds::parse(rdata));
        records.any(|ds| self.policy.supports_ds(zone, &ds))
    }

    /// How sure is what `parent` says about a zone below it?
    fn foresight(&self, parent: &Name, ahead: &[Name]) -> Foresight {
        let now = self.clock.now();
        let known = |via| self.cache.keys.get(parent, via, now);
        match known(Via::Parent).or_else(|| known(Via::Anchor)) {
            Some(kept) if matches!(&*kept.status, ZoneStatus::Secure(_)) => Foresight::Wanted,
            None if ahead.contains(parent) => Foresight::Perhaps,
            _ => Foresight::NotWanted,
        }
    }

    /// Fetches them for `work`.
    pub async fn fetch_ahead(&self, zone: Name, work: &Work) {
        self.fetch_early(Question::new(zone, RrType::DNSKEY), work, |_| ()).await;
    }

    /// Fetches the response to `question` for `work`, and what `look` sees in it. A limit that is reached says nothing about it.
    async fn fetch_early<T>(
        &self,
        question: Question,
        work: &Work,
        look: impl FnOnce(&Response) -> T,
    ) -> Option<T> {
        let found = self.fetch.fetch(question.clone(), Freshness::Any, &work.beside()).await;
        let seen = found.as_deref().ok().map(look);
        if !found.as_ref().is_err_and(Failure::is_own_limit) {
            work.keep_early(question, found);
        }
        seen
    }

    /// Where the chain of trust stands at `signer`, which a signature names: most likely it is a zone that has keys.
    pub(super) async fn standing_of_signer(
        &self,
        signer: &Name,
        work: &Work,
    ) -> Result<Standing, Failure> {
        if !self.fetch.takes_time() || !self.needs_links(signer, work) {
            return self.standing(signer, work).await;
        }
        let ahead = async {
            self.links_ahead(signer.clone(), MAX_ZONES_AHEAD, work).await;
            pending().await
        };
        tokio::select! {
            biased; // what has come is found by who wants it
            never = ahead => never,
            standing = self.standing(signer, work) => standing,
        }
    }

    /// DS and keys of `zone` side by side, and then those of the zone that signed its DS, or that there is none.
    fn links_ahead<'a>(
        &'a self,
        zone: Name,
        most: u8,
        work: &'a Work,
    ) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            if most == 0 || !self.needs_links(&zone, work) {
                return;
            }
            let above = async {
                let ds = Question::new(zone.clone(), RrType::DS);
                let parent = self.fetch_early(ds, work, |said| signer_above(&zone, said)).await;
                if let Some(parent) = parent.flatten() {
                    self.links_ahead(parent, most - 1, work).await;
                }
            };
            tokio::join!(self.fetch_ahead(zone.clone(), work), above);
        })
    }

    /// Will the chain of trust to `zone` lack its DS and keys, as far as is known, so that both are to be asked for? Not the DS
    /// that a referral told of.
    fn needs_links(&self, zone: &Name, work: &Work) -> bool {
        let now = self.clock.now();
        let known = |zone: &Name, via| self.cache.keys.get(zone, via, now);
        let is_told = || self.cache.unproven.get(zone, now).is_some();
        if known(zone, Via::Parent).is_some() || !work.asks_plainly() || is_told() {
            return false;
        }
        let Some(anchor) = self.anchors_for(zone).next().filter(|anchor| zone.is_below(anchor))
        else {
            return false;
        };
        let above = zone.self_and_ancestors().skip(1).take_while(|name| name.is_below(&anchor));
        let anchored = || known(&anchor, Via::Anchor);
        let links = above.filter_map(|name| known(&name, Via::Parent));
        let mut cuts = links.filter(|kept| !matches!(*kept.status, ZoneStatus::NotACut));
        let closest = cuts.next().or_else(anchored);
        closest.is_none_or(|kept| matches!(*kept.status, ZoneStatus::Secure(_)))
    }
}

/// The zone above `zone` that signed what was `said` about its DS.
fn signer_above(zone: &Name, said: &Response) -> Option<Name> {
    let signatures = said.answer.iter().chain(&said.authority).flat_map(|set| &set.signatures);
    let mut signers = signatures.filter_map(|s| Rrsig::parse(s)).map(|rrsig| rrsig.signer);
    signers.find(|signer| zone.is_below(signer))
}
