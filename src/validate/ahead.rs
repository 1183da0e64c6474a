//! What a chain of trust will need, fetched before it is wanted.

use super::{Freshness, Validator};
use crate::cache::Via;
use crate::model::Failure;
use crate::wire::rdata::Ds;
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

impl Validator {
    /// Will the keys of `zone` be wanted for what its servers say, and not be there? Where a trust anchor or a DS record
    /// that a parent told of may vouch for them, they will (RFC 4035 section 5.2).
    #[must_use]
    pub fn foresees_keys(&self, zone: &Name) -> bool {
        let now = self.clock.now();
        if self.taken_out(zone).is_some() {
            return false;
        }
        if self.anchors.at(zone).is_some() {
            return self.cache.keys.get(zone, Via::Anchor, now).is_none();
        }
        self.anchors_for(zone).next().is_some()
            && self.cache.keys.get(zone, Via::Parent, now).is_none()
            && self.cache.unproven.get(zone, now).is_some_and(|told| {
                let sets = told.answer.iter().filter(|set| set.is(zone, RrType::DS));
                let mut records = sets.flat_map(|set| &set.rdatas).filter_map(|r| Ds::parse(r));
                records.any(|ds| self.policy.supports_ds(zone, &ds))
            })
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
