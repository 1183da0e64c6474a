//! What a chain of trust will need, fetched before it is wanted.

use super::{Freshness, Validator};
use crate::cache::Via;
use crate::model::{Failure, Response, ZoneStatus};
use crate::wire::rdata::Ds;
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

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

    /// Fetches them for `work`. A limit that is reached says nothing about them.
    pub async fn fetch_ahead(&self, zone: Name, work: &Work) {
        let (question, beside) = (Question::new(zone, RrType::DNSKEY), work.beside());
        let found = self.fetch.fetch(question.clone(), Freshness::Any, &beside).await;
        if !found.as_ref().is_err_and(Failure::is_own_limit) {
            work.keep_early(question, found);
        }
    }
}
