//! Questions to answers.

use std::cell::OnceCell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::chain::{Chain, Failed, Next, Start, waited_too_long};
use super::links::{Links, key};
use super::stale::is_of_false_proofs;
use super::symptoms::symptom;
use super::{Resolver, Shared, Validation};
use crate::cache::{Boarding, Signatures, landed};
use crate::clock::Instant;
use crate::dnssec::{Budget, Security};
use crate::model::Failure::{AliasLoop, AliasesTooMany};
use crate::model::{Answer, Checking, Failure, Finding};
use crate::trace::{Step, Trace};
use crate::wire::{Name, Question};
use crate::work::Work;

impl Resolver {
    /// The answer, if the cache holds all of it or what proves it (RFC 8198), or has to do for want of better. TTLs are
    /// counted down to now.
    #[must_use]
    pub fn answer_from_cache(&self, question: &Question, checking: Checking) -> Option<Answer> {
        let now = self.shared.clock.now();
        let budget = OnceCell::new();
        let mut chain = Chain::new(question);
        let mut target = None;
        loop {
            let name = target.as_ref().unwrap_or(&question.name);
            let next = match self.known(name, question.rtype, checking, now) {
                Some(finding) => {
                    self.renew_if_ending(name, question.rtype, checking, &finding, now);
                    chain.push(name, finding, now)
                }
                None => {
                    let at = Question::new(name.clone(), question.rtype);
                    if let Some(answer) = self.answer_in_failure(question, &at, checking) {
                        return Some(answer);
                    }
                    let budget =
                        budget.get_or_init(|| Budget::at_once(self.shared.settings.limits, now));
                    match self.deduced(&at, checking, self.shared.clock.moment(), budget) {
                        Some(deduced) => chain.append(name, deduced.finding),
                        None => return self.answer_meanwhile(question, &at, checking),
                    }
                }
            };
            match next {
                Ok(Next::At(next)) => target = Some(next),
                Ok(Next::Done) => return Some(chain.finish()),
                Err(failed) => return Some(failed.to_answer(question)),
            }
        }
    }

    /// The answer to `question`: whatever goes wrong is a SERVFAIL with its reason. Equal questions wait for one
    /// resolution; what failed for want of the leader's budget is not handed on: the next one leads with its own, unless it is kept.
    pub async fn resolve(&self, question: &Question, checking: Checking, trace: Trace) -> Answer {
        let asked = self.shared.clock.now();
        let wait = Duration::from_millis(self.shared.settings.limits.time.into());
        let joined = async {
            loop {
                match self.shared.flights.join_or_lead(key(question, checking)) {
                    Boarding::Lead(flight) => return Err(flight),
                    Boarding::Join(flight) => {
                        if let Some(answer) = landed(flight).await {
                            return Ok(answer);
                        }
                    }
                }
            }
        };
        if trace.is_on() {
            return self.lead(question, checking, asked, Start::FromCache, trace).await;
        }
        let (mut joined, timer) = (pin!(joined), self.serve_stale().client_timeout.min(wait));
        let boarded = match timeout(timer, joined.as_mut()).await {
            Ok(boarded) => Ok(boarded),
            Err(_) => match self.stale_for_who_waited(question, checking) {
                Some(stale) => return stale,
                None => timeout(wait - timer, joined).await,
            },
        };
        match boarded {
            Ok(Ok(answer)) => (*answer).clone(),
            Ok(Err(flight)) => self.fly(flight, question, checking, asked).await,
            Err(_) => self
                .stale_for_who_waited(question, checking)
                .unwrap_or_else(|| waited_too_long(question)),
        }
    }

    /// Resolves a question that was asked at `asked`: time spent waiting for another's resolution is spent.
    pub(super) async fn lead(
        &self,
        question: &Question,
        checking: Checking,
        asked: Instant,
        start: Start,
        trace: Trace,
    ) -> Answer {
        let known = Arc::<Signatures>::clone(&self.shared.cache.signatures);
        let budget = Budget::new(self.shared.settings.limits, asked).recalling(known);
        let work = Work::new(budget, trace);
        work.trace
            .step(|| Step::Question { question: question.clone(), purpose: "asked by the client" });
        let mut chain = pin!(self.chain(question, checking, start, &work));
        let outcome = match (checking, self.shared.settings.validation) {
            (Checking::Disabled, _) | (_, Validation::Off) => chain.await,
            _ => self.with_keys_ahead(chain.as_mut(), &work).await,
        };
        if let Err(Failed::Network(failure)) = &outcome {
            self.keep_failure_of_all(question, checking, failure);
        }
        let now = self.shared.clock.now();
        if let Some(family) = self.shared.servers.lost_family(now) {
            self.shared.report.lost_family(family, now);
        }
        if self.shared.servers.is_tcp_blocked() {
            self.shared.report.no_tcp(now);
        }
        if self.shared.servers.is_udp_blocked() {
            self.shared.report.no_udp(now);
        }
        let answer = outcome.unwrap_or_else(|failed| {
            self.tell_symptoms(&failed);
            self.look_for_moved(&failed);
            match self.stale_after(question, checking, &failed) {
                Some(stale) => {
                    work.trace.step(|| told(question, &stale));
                    stale
                }
                None => failed.to_answer(question),
            }
        });
        work.trace.step(|| Step::Done { spent: work.budget.spent() });
        answer
    }

    /// Keeps what is a failure of the whole question and of none of its links (RFC 9520 section 3.2): that its aliases have no end,
    /// or that its proofs take more work than one may (section 3.4). What reached another limit may do better the next time,
    /// for more is known then.
    fn keep_failure_of_all(&self, question: &Question, checking: Checking, failure: &Failure) {
        let key = key(question, checking);
        match failure {
            AliasLoop { .. } | AliasesTooMany { .. } => self.keep_failure(key, failure),
            Failure::Limit(limit) if is_of_false_proofs(limit) => {
                self.shared.cache.failures.put_bogus(key, limit, self.shared.clock.now());
            }
            _ => {}
        }
    }

    /// Is `question` known to fail at its link `at`, or as a whole?
    pub(super) fn failure_at(
        &self,
        question: &Question,
        at: &Question,
        checking: Checking,
    ) -> Option<Failed> {
        let known = |question| self.known_failure(&key(question, checking));
        known(at).or_else(|| (at != question).then(|| known(question)).flatten())
    }

    /// In the log, what is wrong with this host or its way to the Internet, where `failed` shows it.
    fn tell_symptoms(&self, failed: &Failed) {
        let Shared { report, settings, clock, .. } = &*self.shared;
        let forwarded = settings.iterate.zone_of(&Name::root()).is_some();
        if let Some(symptom) = symptom(failed, forwarded) {
            report.symptom(symptom, clock.now());
        }
    }

    /// Follows the chain link by link, each from the cache or by asking.
    async fn chain(
        &self,
        question: &Question,
        checking: Checking,
        mut start: Start,
        work: &Work,
    ) -> Result<Answer, Failed> {
        let mut chain = Chain::new(question);
        let mut name = question.name.clone();
        loop {
            let at = Question::new(name.clone(), question.rtype);
            let start = std::mem::replace(&mut start, Start::FromCache);
            let links = match self.link_from_cache(&at, checking, start, work) {
                Some(finding) => vec![(name, finding)],
                None => match self.links(question, &at, checking, start, work).await {
                    Ok(links) => links,
                    Err(failed) => {
                        self.note_try(&at, checking, &failed);
                        // What could not be renewed is good to its end.
                        let now = self.shared.clock.now();
                        let live = self.known(&at.name, at.rtype, checking, now);
                        vec![(name, live.filter(|_| start == Start::AtServers).ok_or(failed)?)]
                    }
                },
            };
            match self.extend(&mut chain, links)? {
                Next::At(target) => name = target,
                Next::Done => return Ok(chain.finish()),
            }
        }
    }

    fn link_from_cache(
        &self,
        at: &Question,
        checking: Checking,
        start: Start,
        work: &Work,
    ) -> Option<Arc<Finding>> {
        if start == Start::AtServers {
            return None;
        }
        let now = self.shared.clock.now();
        let finding = self.known(&at.name, at.rtype, checking, now)?;
        work.trace.step(|| cached(at, &finding.security));
        if let Some(renewed) = self.renew_if_ending(&at.name, at.rtype, checking, &finding, now) {
            work.trace.step(|| renewed);
        }
        Some(finding)
    }

    fn extend(&self, chain: &mut Chain, links: Links) -> Result<Next, Failed> {
        let now = self.shared.clock.now();
        let mut next = Next::Done;
        for (name, finding) in links {
            next = chain.push(&name, finding, now)?;
        }
        Ok(next)
    }
}

fn told(question: &Question, stale: &Answer) -> Step {
    let why = stale.errors.iter().map(|error| error.text.clone()).collect();
    Step::Stale { question: question.clone(), why }
}

fn cached(question: &Question, security: &Security) -> Step {
    Step::Cached { question: question.clone(), found: security.to_string() }
}
