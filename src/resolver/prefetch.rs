//! What clients ask for in the last tenth of its life is resolved again before it ends, so that nobody has to wait for it.
//!
//! Who is asked for then was asked for at least twice within one life, the first time to bring it here: so popularity needs
//! no count, and none has to be kept for what is asked for once. It is fair, too: no client question leads to more than the
//! one resolution that it would have led to without a cache, and a name that is not asked for in its last tenth goes.

use super::Resolver;
use super::chain::Start;
use super::links::key;
use super::stale::land;
use crate::cache::Boarding;
use crate::clock::Instant;
use crate::dnssec::Security;
use crate::model::{Checking, Finding};
use crate::trace::{Step, Trace};
use crate::wire::{Name, Question, RrType};

impl Resolver {
    /// Resolves `name` again in the background, if `finding` is what was found of it and ends soon. Not soon after it was
    /// tried in vain: a failing zone is not hammered while there is an answer to give.
    pub(super) fn renew_if_ending(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        finding: &Finding,
        now: Instant,
    ) -> Option<Step> {
        if !self.shared.settings.ageing.prefetch || !finding.is_ending(now) {
            return None;
        }
        let question = Question::new(name.clone(), rtype);
        let checking = judged_for(finding, checking);
        let key = key(&question, checking);
        if self.tried(&key).is_some() || self.known_failure(&key).is_some() {
            return None;
        }
        let left = finding.deadline.since(now).as_millis();
        self.resolve_in_background(&question, checking, Start::AtServers)
            .then(|| Step::Renewed { question, left: u64::try_from(left).unwrap_or(u64::MAX) })
    }

    /// Is `question` being resolved, if need be from here on and for nobody? Equal questions join it; but not where it passes
    /// over what is known: who asks needs no more than what is not.
    pub(super) fn resolve_in_background(
        &self,
        question: &Question,
        checking: Checking,
        start: Start,
    ) -> bool {
        let under_way = match start {
            Start::FromCache => &self.shared.flights,
            Start::AtServers => &self.shared.renewals,
        };
        let flight = match under_way.join_or_lead(key(question, checking)) {
            Boarding::Join(_) => return true,
            Boarding::Lead(flight) => flight,
        };
        let (Some(resolver), Some(place)) = (self.me.upgrade(), self.errands.place()) else {
            return false;
        };
        let (question, asked) = (question.clone(), self.shared.clock.now());
        place.start(async move {
            let answer = resolver.lead(&question, checking, asked, start, Trace::off()).await;
            land(flight, answer);
        });
        true
    }
}

/// What was judged is judged again, also where a client that checks for himself gave cause for it.
fn judged_for(finding: &Finding, checking: Checking) -> Checking {
    if finding.security == Security::Indeterminate { checking } else { Checking::Enabled }
}
