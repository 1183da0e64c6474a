//! Priming: the hints tell whom to ask for the root's servers (RFC 9609).

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::iterator::Iterator;
use super::referral;
use crate::model::{Delegation, Failure};
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

impl Iterator {
    /// The root's delegation: as its own servers give it, or the hints when none of them does (RFC 9609 section 3).
    /// The NS set is taken unvalidated: the addresses could not be validated anyway (section 3.3), and whoever answers
    /// there is held to the trust anchors.
    pub(super) async fn prime(&self, work: &Work) -> Result<Arc<Delegation>, Failure> {
        let asked = pin!(self.ask_for_root(work));
        if work.is_looking_up() || self.are_dead(&self.options.hints, work) {
            return asked.await;
        }
        self.once(&self.cache.priming, &Name::root(), work, asked).await
    }

    async fn ask_for_root(&self, work: &Work) -> Result<Arc<Delegation>, Failure> {
        let question = Question::new(Name::root(), RrType::NS);
        let said = match self.ask(&self.options.hints, &question, work).await {
            Err(failure) if !self.may_go_on(&failure, work) => return Err(failure),
            said => said.ok(),
        };
        let primed = said.and_then(|said| {
            let (delegation, ttl) = referral::delegation(&said.message, &Name::root())?;
            let usable = delegation.servers.iter().any(|s| !s.addresses.is_empty());
            usable.then_some((delegation, ttl, said.arrived))
        });
        let Some((delegation, ttl, arrived)) = primed else {
            return Ok(Arc::new(self.options.hints.clone()));
        };
        let delegation = Arc::new(delegation);
        let life = Duration::from_secs(ttl.min(self.options.max_ttl).into());
        self.cache.delegations.put(Arc::clone(&delegation), None, life, arrived.now);
        Ok(delegation)
    }
}
