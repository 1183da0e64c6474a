//! What an answer from the cache rests on, for servers that give the same reply again.

use super::Resolver;
use crate::cache::{Basis, Versions};
use crate::model::Checking;
use crate::wire::Question;

impl Resolver {
    /// What [`Resolver::answer_from_cache`] would find now, and how long that is good: all links of an alias chain, none
    /// of them due for renewal. A failure has no basis: others than findings decide how long it stands.
    #[must_use]
    pub fn basis(&self, question: &Question, checking: Checking) -> Option<Basis> {
        let now = self.shared.clock.now();
        let mut basis = Basis::at(now);
        let mut name = question.name.clone();
        while basis.watch(self.versions(), &name) {
            let finding = self.known(&name, question.rtype, checking, now)?;
            basis.rest_on(&finding);
            match finding.fact.leads_to(question.rtype) {
                Some(target) => name = target.clone(),
                None => return Some(basis).filter(|basis| now < basis.until),
            }
        }
        None
    }

    /// How often what is known at each name has changed.
    #[must_use]
    pub fn versions(&self) -> &Versions {
        self.shared.cache.findings.versions()
    }
}
