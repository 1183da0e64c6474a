//! What has expired, for want of better (RFC 8767).
//!
//! ```text
//! a miss
//!   -> its failure is cached, or it was tried in vain within the failure recheck timer: stale at once, and in the latter case
//!      asked for anew in the background
//!   -> else resolve: done in time -> the answer
//!        fails             -> stale, with the reason of the failure
//!        client timer ends -> stale, and the resolution goes on in the background to its own end
//! ```
//!
//! Only what could not be refreshed is given: not when the servers gave an answer that is bogus, for that is a verdict
//! (RFC 4035 section 5.5) and no failure to get one (RFC 8767 section 4), and who forges could else keep old data in use.

use std::sync::Arc;
use std::time::Duration;

use super::chain::{Chain, Failed, Next, Start};
use super::links::key;
use super::{Resolver, ServeStale};
use crate::cache::{Flight, Key};
use crate::clock::{Instant, Moment, WallSeconds};
use crate::dnssec::{Reason, Security, signature_life};
use crate::model::{Answer, Checking, Failure, Finding};
use crate::trace::Trace;
use crate::wire::{EdeCode, ExtendedError, Name, Question, Rcode, RrType};

/// The failure recheck timer (RFC 8767 section 5): who asks again so soon after a failure does not wait for the next try. That
/// try is made all the same, in the background and as often as failures allow it, so that a return is noticed at once. Section 5
/// recommends to wait with it for as long: so that servers in trouble are spared, which one packet a second does as well, and no
/// client is kept waiting, which none is.
const RECHECK: Duration = Duration::from_secs(30);

/// Is `limit` one that hostile proofs reach, and no outage?
fn is_of_proofs(limit: &Reason) -> bool {
    is_of_false_proofs(limit) || is_named(limit, &["good-signatures"])
}

/// Is it one that is reached again by whoever asks again, for nothing is learnt from what proves nothing?
pub(super) fn is_of_false_proofs(limit: &Reason) -> bool {
    is_named(limit, &["failed-signatures", "nsec3-hashes"])
}

fn is_named(limit: &Reason, names: &[&str]) -> bool {
    matches!(limit, Reason::WorkExceeded { what, .. } if names.contains(what))
}

impl Resolver {
    /// The answer to `question`, if it is known that its link `at` cannot be had.
    pub(super) fn answer_in_failure(
        &self,
        question: &Question,
        at: &Question,
        checking: Checking,
    ) -> Option<Answer> {
        let failed = self.failure_at(question, at, checking)?;
        let stale = self.stale_after(question, checking, &failed);
        Some(stale.unwrap_or_else(|| failed.to_answer(question)))
    }

    /// The answer to `question`, if its link `at` could not be had of late: what is stale, while it is tried again.
    pub(super) fn answer_meanwhile(
        &self,
        question: &Question,
        at: &Question,
        checking: Checking,
    ) -> Option<Answer> {
        let why = self.tried(&key(at, checking))?;
        let stale = self.stale(question, checking, vec![why])?;
        let _tried = self.resolve_in_background(question, checking, Start::FromCache); // else by whoever asks later
        Some(stale)
    }

    /// What there is instead of the answer that `failed`.
    pub(super) fn stale_after(
        &self,
        question: &Question,
        checking: Checking,
        failed: &Failed,
    ) -> Option<Answer> {
        let why = || failed.to_answer(question).errors;
        if is_failure_to_refresh(failed) { self.stale(question, checking, why()) } else { None }
    }

    /// What there is instead of an answer that another's resolution did not bring in time.
    pub(super) fn stale_for_who_waited(
        &self,
        question: &Question,
        checking: Checking,
    ) -> Option<Answer> {
        self.stale(question, checking, vec![still_asked(question)])
    }

    /// Resolves `question`, for which those on `flight` wait as well. Whoever would wait for longer than the client response
    /// timer gets what is stale.
    pub(super) async fn fly(
        &self,
        flight: Flight<Key, Arc<Answer>>,
        question: &Question,
        checking: Checking,
        asked: Instant,
    ) -> Answer {
        let may_be_late = self.stale(question, checking, Vec::new()).is_some();
        let Some(resolver) = self.me.upgrade().filter(|_| may_be_late) else {
            let start = Start::FromCache;
            return land(flight, self.lead(question, checking, asked, start, Trace::off()).await);
        };
        let own = question.clone();
        let mut leading = Box::pin(async move {
            resolver.lead(&own, checking, asked, Start::FromCache, Trace::off()).await
        });
        let timer = self.serve_stale().client_timeout.saturating_sub(self.since(asked));
        if let Ok(answer) = tokio::time::timeout(timer, &mut leading).await {
            return land(flight, answer);
        }
        let stale = self.stale(question, checking, vec![still_asked(question)]);
        let Some((stale, place)) = stale.and_then(|stale| Some((stale, self.errands.place()?)))
        else {
            return land(flight, leading.await);
        };
        flight.meanwhile(&Arc::new(stale.clone()));
        place.start(async move {
            land(flight, leading.await);
        });
        stale
    }

    /// The answer with expired links wherever there are no others; `why` these are not known. `None` where nothing has
    /// expired, or something is missing.
    fn stale(
        &self,
        question: &Question,
        checking: Checking,
        why: Vec<ExtendedError>,
    ) -> Option<Answer> {
        if !self.serve_stale().enabled {
            return None;
        }
        let moment = self.shared.clock.moment();
        let mut chain = Chain::new(question);
        let (mut name, mut longest) = (question.name.clone(), None);
        loop {
            let finding = match self.known(&name, question.rtype, checking, moment.now) {
                Some(live) => live,
                None => {
                    let (finding, age) = self.expired(&name, question.rtype, checking, moment)?;
                    longest = longest.max(Some(age));
                    Arc::new(finding)
                }
            };
            match chain.push(&name, finding, moment.now).ok()? {
                Next::At(target) => name = target,
                Next::Done => break,
            }
        }
        let mut answer = chain.finish();
        let stale = stale_error(question, answer.rcode, longest?);
        answer.errors.splice(0..0, std::iter::once(stale).chain(why));
        Some(answer)
    }

    /// What has expired of `name`, as it is given now, and how long ago it did.
    fn expired(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        moment: Moment,
    ) -> Option<(Finding, Duration)> {
        let last = self.last(name, rtype, checking, moment.now)?;
        let given = given(&last, moment, self.serve_stale().reply_ttl)?;
        Some((given, moment.now.since(last.deadline)))
    }

    /// What was known last about `name`, live or expired. Who checks for himself may have what is proven as well as what is not.
    fn last(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        now: Instant,
    ) -> Option<Arc<Finding>> {
        let longest = self.serve_stale().longest();
        let last = |checking| self.shared.cache.findings.last(name, rtype, checking, now, longest);
        let unchecked = if checking == Checking::Disabled { last(checking) } else { None };
        last(Checking::Enabled).into_iter().chain(unchecked).max_by_key(|finding| finding.since)
    }

    /// Remembers that `at`, to which there was an answer before, was asked for anew and `failed`.
    pub(super) fn note_try(&self, at: &Question, checking: Checking, failed: &Failed) {
        let now = self.shared.clock.now();
        let is_news = !matches!(failed, Failed::Before(..)) && is_failure_to_refresh(failed);
        if is_news && self.last(&at.name, at.rtype, checking, now).is_some() {
            let why = failed.to_answer(at).errors.into_iter().next();
            let why = why.unwrap_or_else(|| still_asked(at));
            self.shared.cache.failures.note_try(key(at, checking), why, now);
        }
    }

    /// Was it asked for in vain within the failure recheck timer, and why in vain?
    pub(super) fn tried(&self, key: &Key) -> Option<ExtendedError> {
        self.shared.cache.failures.tried(key, RECHECK, self.shared.clock.now())
    }

    pub(super) fn serve_stale(&self) -> &ServeStale {
        &self.shared.settings.ageing.serve_stale
    }

    fn since(&self, asked: Instant) -> Duration {
        self.shared.clock.now().since(asked)
    }
}

/// Hands `answer` to those who wait for it, unless it is for want of the leader's budget.
pub(super) fn land(flight: Flight<Key, Arc<Answer>>, answer: Answer) -> Answer {
    let is_own_limit = matches!(&answer.security, Security::Bogus(reason) if reason.is_own_limit());
    if !is_own_limit {
        flight.land(|| Arc::new(answer.clone()));
    }
    answer
}

/// Was there no answer to be had, whatever it may have been?
fn is_failure_to_refresh(failed: &Failed) -> bool {
    match failed {
        Failed::Bogus(_) => false,
        Failed::Before(security, _) => !security.is_bogus(),
        Failed::Network(Failure::Limit(limit)) => !is_of_proofs(limit),
        Failed::Network(_) => true,
    }
}

/// `finding`, which has expired, as it is given at `moment`: with a TTL of its own (RFC 8767 section 4), and none that goes
/// beyond what it rests on. That is a signature for what is proven, or may be by whoever asked (section 10), or the
/// operator's word. `None` when it rests on nothing any more.
fn given(finding: &Finding, moment: Moment, reply_ttl: u32) -> Option<Finding> {
    let left = match &finding.security {
        Security::Insecure(why) => why.until().map(|until| until.saturating_sub(moment.wall)),
        _ => proven_for(finding, moment.wall),
    };
    let left = left.map_or(u32::MAX, |left| u32::try_from(left).unwrap_or(u32::MAX));
    let ttl = reply_ttl.min(left);
    let mut given = Finding { since: moment.now, ..finding.clone() };
    given.rrsets_mut().for_each(|set| set.ttl = ttl);
    (ttl > 0).then_some(given)
}

/// Seconds until the first of its signatures ends.
fn proven_for(finding: &Finding, wall: WallSeconds) -> Option<u64> {
    finding.rrsets().filter_map(|set| signature_life(set, wall)).min()
}

fn stale_error(question: &Question, rcode: Rcode, age: Duration) -> ExtendedError {
    let code = match rcode {
        Rcode::NXDOMAIN => EdeCode::STALE_NXDOMAIN,
        _ => EdeCode::STALE_ANSWER,
    };
    ExtendedError { code, text: format!("{question}: expired {} s ago", age.as_secs()) }
}

fn still_asked(question: &Question) -> ExtendedError {
    let text = format!("{question}: still being resolved");
    ExtendedError { code: EdeCode::NETWORK_ERROR, text }
}
