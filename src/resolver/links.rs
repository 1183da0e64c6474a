//! From one name and type to the links of the chain that starts there: asked for, judged, kept.

use std::sync::Arc;
use std::time::Duration;

use super::chain::{Failed, Start};
use super::facts::facts;
use super::{Resolver, TtlBounds, Validation};
use crate::cache::{Findings, Key};
use crate::clock::{Instant, Moment};
use crate::dnssec::{Insecurity, Security};
use crate::model::{Checking, Fact, Failure, Finding, Response};
use crate::validate::Judged;
use crate::wire::rdata::Soa;
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

/// What was found, link by link.
pub(super) type Links = Vec<(Name, Arc<Finding>)>;

impl Resolver {
    /// What the cache knows about `name`. Who checks for himself may have what is proven as well as what is not.
    pub(super) fn known(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        now: Instant,
    ) -> Option<Arc<Finding>> {
        let findings = &self.shared.cache.findings;
        findings.get(name, rtype, Checking::Enabled, now).or_else(|| match checking {
            Checking::Enabled => None,
            Checking::Disabled => findings.get(name, rtype, Checking::Disabled, now),
        })
    }

    /// Did this question fail a moment ago? The return of a server for whose silence it did ends that (RFC 9520 section 3.2).
    pub(super) fn known_failure(&self, key: &Key) -> Option<Failed> {
        let failure = self.shared.cache.failures.get(key, self.shared.clock.now())?;
        if !failure.silent.is_empty() {
            self.iterator.look_for_life();
            if self.shared.servers.may_be_back(&failure.silent, failure.since) {
                return None;
            }
        }
        Some(Failed::Before(failure.security.clone(), failure.error.clone()))
    }

    /// The links from `question` on, where `whole` has led, as far as one response has them. A bogus one is asked for once more, elsewhere
    /// where there is an elsewhere; then the verdict stands.
    pub(super) async fn links(
        &self,
        whole: &Question,
        question: &Question,
        checking: Checking,
        start: Start,
        work: &Work,
    ) -> Result<Links, Failed> {
        if let Some(failed) = self.failure_at(whole, question, checking) {
            return Err(failed);
        }
        let key = key(question, checking);
        let moment = self.shared.clock.moment();
        if start == Start::FromCache
            && let Some(deduced) = self.deduced(question, checking, moment, work.cached_proofs())
        {
            work.trace.step(|| deduced.tell(question));
            return Ok(vec![(question.name.clone(), Arc::new(deduced.finding))]);
        }
        if start == Start::FromCache
            && let Some(found) = Box::pin(self.recalled(question, checking, work)).await
        {
            return Ok(vec![(question.name.clone(), found)]);
        }
        let response = self.ask(question, work).await?;
        let (response, mut outcome) = self.judge_twice(question, response, checking, work).await;
        if let Err(failed) = outcome {
            outcome = Err(Box::pin(self.advised(failed, &response, work)).await);
        }
        if self.shared.settings.validation == Validation::Log {
            outcome =
                outcome.or_else(|failed| self.tolerate(failed, question, &response, checking));
        }
        self.remember(&key, outcome)
    }

    /// What comes of `response` to `question`. If that is bogus, the question is asked once more, elsewhere where there is an elsewhere;
    /// then the verdict stands. With it the response that it is about.
    async fn judge_twice(
        &self,
        question: &Question,
        response: Response,
        checking: Checking,
        work: &Work,
    ) -> (Response, Result<Links, Failed>) {
        let outcome = self.judge(&response, checking, work).await;
        let Err(Failed::Bogus(reason)) = &outcome else { return (response, outcome) };
        if !work.take_refetch(response.server) {
            return (response, outcome);
        }
        work.ask_checked();
        Box::pin(self.pass_over_stripper(reason, &response, work)).await;
        // If nobody says better, the verdict stands.
        let (response, outcome) = match Box::pin(self.iterator.iterate(question, work)).await {
            Ok(second) => {
                let outcome = self.judge(&second, checking, work).await;
                (second, outcome)
            }
            Err(_) => (response, outcome),
        };
        if matches!(outcome, Err(Failed::Bogus(_))) {
            work.end_refetches();
        }
        (response, outcome)
    }

    /// The first fact of `response` although it is not proven: the operator wants to know and no more. Where that is for
    /// want of budget it is not kept.
    fn tolerate(
        &self,
        failed: Failed,
        question: &Question,
        response: &Response,
        checking: Checking,
    ) -> Result<Links, Failed> {
        let (error, rule, kept) = match &failed {
            Failed::Bogus(reason) => (reason.to_extended_error(), reason.rule(), true),
            Failed::Network(failure) => {
                (failure.to_extended_error(), failure.rule(), !failure.is_own_limit())
            }
            Failed::Before(..) => return Err(failed),
        };
        if let Failed::Bogus(reason) = &failed {
            self.shared.report.bogus(question, reason, self.shared.clock.now());
        }
        let (name, fact) = facts(response).swap_remove(0);
        let rtype = kept_as(&fact, question.rtype);
        let security = Security::Insecure(Insecurity::Tolerated { error, rule });
        let judged = Judged::unproven(fact, response, security);
        let finding = if kept {
            self.keep(&name, rtype, judged, response, checking)
        } else {
            Arc::new(self.finding(judged, response))
        };
        Ok(vec![(name, finding)])
    }

    /// Asks the network. Its failure answers whoever asks, checking or not (RFC 9520 section 3.2).
    async fn ask(&self, question: &Question, work: &Work) -> Result<Response, Failed> {
        work.budget.spend_name().map_err(|limit| Failed::Network(Failure::Limit(limit)))?;
        let outcome = self.iterator.iterate(question, work).await;
        outcome.map_err(|failure| {
            for checking in [Checking::Enabled, Checking::Disabled] {
                self.keep_failure(key(question, checking), &failure);
            }
            Failed::Network(failure)
        })
    }

    /// Keeps the failure of a question, unless it was for want of its own budget or nobody was asked.
    pub(super) fn keep_failure(&self, key: Key, failure: &Failure) {
        if !failure.is_own_limit() && !failure.is_by_memory() {
            let (error, now) = (failure.to_extended_error(), self.shared.clock.now());
            self.shared.cache.failures.put(key, error, failure.silent_servers(), now);
        }
    }

    /// Judges fact after fact. One that is bogus ends the links: if it is the first, the question fails; if it comes
    /// later, its own zone's servers are asked for it.
    async fn judge(
        &self,
        response: &Response,
        checking: Checking,
        work: &Work,
    ) -> Result<Links, Failed> {
        let mut links = Links::new();
        let home = |name: &Name| {
            self.shared.settings.iterate.zone_of(name).map(|zone| &zone.delegation.zone)
        };
        for (name, fact) in facts(response) {
            if home(&name) != home(&response.question.name) {
                break; // what lies in another stub or forward zone is asked of that zone's own servers
            }
            let rtype = kept_as(&fact, response.question.rtype);
            let judged = self.verdict(fact, &name, rtype, response, checking, work).await?;
            match judged.security {
                Security::Bogus(limit) if limit.is_own_limit() => {
                    return Err(Failed::Network(Failure::Limit(limit)));
                }
                Security::Bogus(reason) if links.is_empty() || rtype != response.question.rtype => {
                    return Err(Failed::Bogus(reason));
                }
                Security::Bogus(_) => break,
                _ => {
                    links.push((name.clone(), self.keep(&name, rtype, judged, response, checking)))
                }
            }
        }
        Ok(links)
    }

    async fn verdict(
        &self,
        fact: Fact,
        name: &Name,
        rtype: RrType,
        response: &Response,
        checking: Checking,
        work: &Work,
    ) -> Result<Judged, Failed> {
        let off = self.shared.settings.validation == Validation::Off;
        if checking == Checking::Disabled || off {
            return Ok(Judged::unproven(fact, response, Security::Indeterminate));
        }
        // Boxed, as all that follows an answer: thousands may be waiting for theirs, and need no space for it.
        Ok(Box::pin(self.validator.judge(fact, name, rtype, response, work)).await?)
    }

    /// Keeps a judged fact for as long as its TTLs say.
    fn keep(
        &self,
        name: &Name,
        rtype: RrType,
        judged: Judged,
        response: &Response,
        checking: Checking,
    ) -> Arc<Finding> {
        self.learn(&judged, response.arrived.now);
        self.keep_finding(name, rtype, checking, self.finding(judged, response))
    }

    /// Keeps what was found, in place of what was recalled.
    pub(super) fn keep_finding(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        finding: Finding,
    ) -> Arc<Finding> {
        let cache = &self.shared.cache;
        let (finding, now) = (Arc::new(finding), self.shared.clock.now());
        if finding.is_live(now) {
            cache.findings.put(name, rtype, checking, (*finding).clone());
        } else {
            // For this once alone, and what it was before is no truer (RFC 8767 section 7).
            cache.findings.refute(name, rtype, checking, now);
        }
        if cache.recalled.are_kept() && checking == Checking::Enabled {
            Findings::keys(name, rtype).iter().for_each(|key| cache.recalled.remove(key));
        }
        finding
    }

    fn finding(&self, judged: Judged, response: &Response) -> Finding {
        let finding = finding(judged, response.arrived.now, self.shared.settings.ttl);
        self.limited(finding, response.arrived)
    }

    /// `finding`, made at `moment`, ends with the operator's word that it may rest on (RFC 7646 section 2).
    pub(super) fn limited(&self, mut finding: Finding, moment: Moment) -> Finding {
        let Security::Insecure(why) = &finding.security else { return finding };
        if let Some(until) = why.until() {
            let left = Duration::from_secs(until.saturating_sub(moment.wall));
            finding.deadline = finding.deadline.min(moment.now + left);
        }
        finding
    }

    fn remember(&self, key: &Key, outcome: Result<Links, Failed>) -> Result<Links, Failed> {
        let now = self.shared.clock.now();
        match &outcome {
            Ok(_) => self.shared.cache.failures.clear(key),
            Err(Failed::Bogus(reason)) => {
                let question = Question::new(key.name.clone(), key.rtype);
                self.shared.report.bogus(&question, reason, now);
                self.shared.cache.failures.put_bogus(key.clone(), reason, now);
                self.shared.cache.findings.refute(&key.name, key.rtype, key.checking, now);
            }
            Err(Failed::Network(failure)) => self.keep_failure(key.clone(), failure),
            Err(Failed::Before(..)) => {}
        }
        outcome
    }
}

/// The type under which a fact is kept: the one asked for, or its own where all were asked for.
fn kept_as(fact: &Fact, asked: RrType) -> RrType {
    match fact {
        Fact::Data(set) if asked == RrType::ANY => set.rtype,
        _ => asked,
    }
}

pub(super) fn key(question: &Question, checking: Checking) -> Key {
    Key { name: question.name.clone(), rtype: question.rtype, checking }
}

/// The finding that `judged` makes at `since`: TTLs within bounds, a denial's by its SOA (RFC 2308 section 5) and no
/// longer than that for the NSEC and NSEC3 beside it (RFC 9077 section 3). A denial without SOA is used once, or for
/// the least life that the operator wants.
pub(super) fn finding(judged: Judged, since: Instant, bounds: TtlBounds) -> Finding {
    let Judged { fact, authority, security, compact, .. } = judged;
    let mut finding = Finding { fact, authority, security, compact, since, deadline: since };
    let negative = matches!(finding.fact, Fact::NoData | Fact::NameError);
    // What is proven never outlives its signatures (RFC 4035 section 5.3.3), whatever the operator wants.
    let least = if finding.security.is_secure() { 0 } else { bounds.min };
    let soa = finding.authority.iter().find(|set| set.rtype == RrType::SOA);
    let cap = match soa.map(|soa| Soa::negative_ttl(soa).unwrap_or(0)) {
        Some(ttl) if negative => ttl.min(bounds.max_negative).max(least),
        None if negative => least,
        _ => bounds.max.max(least),
    };
    if !negative {
        finding.authority.retain(|set| set.rtype != RrType::SOA);
    }
    finding.rrsets_mut().for_each(|set| set.ttl = set.ttl.clamp(least, cap));
    let life = finding.rrsets_mut().map(|set| set.ttl).min().unwrap_or(least);
    finding.deadline = since + Duration::from_secs(life.into());
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RrSet;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn soa(ttl: u32, minimum: u32) -> RrSet {
        let numbers = [1, 2, 3, 4, minimum].map(u32::to_be_bytes).concat();
        let rdata = [name("ns.example").as_wire(), name("me.example").as_wire(), &numbers].concat();
        RrSet::new(name("example"), RrType::SOA, ttl, vec![rdata.into()])
    }

    fn life(fact: Fact, authority: Vec<RrSet>, bounds: TtlBounds) -> u64 {
        life_of(Security::Indeterminate, fact, authority, bounds)
    }

    fn life_of(security: Security, fact: Fact, authority: Vec<RrSet>, bounds: TtlBounds) -> u64 {
        let since = Instant::from_nanos(5);
        let judged = Judged { fact, authority, security, compact: false, telling: vec![] };
        finding(judged, since, bounds).deadline.since(since).as_secs()
    }

    fn data(ttl: u32) -> Fact {
        Fact::Data(RrSet::new(name("www.example"), RrType::A, ttl, vec![[192, 0, 2, 1].into()]))
    }

    #[test]
    fn rfc2308_s5_a_denial_lives_by_its_soa() {
        let bounds = TtlBounds::default();
        assert_eq!(life(Fact::NameError, vec![soa(600, 300)], bounds), 300);
        assert_eq!(life(Fact::NoData, vec![soa(200, 300)], bounds), 200);
        assert_eq!(life(Fact::NoData, vec![soa(86_400, 86_400)], bounds), 3_600);
        assert_eq!(life(Fact::NoData, vec![], bounds), 0);
        let least = TtlBounds { min: 5, ..bounds };
        assert_eq!(life(Fact::NoData, vec![], least), 5);
        assert_eq!(life(Fact::NoData, vec![soa(0, 300)], least), 5);
        assert_eq!(life(Fact::NoData, vec![soa(200, 300)], least), 200);
    }

    #[test]
    fn rfc9077_s3_nsec_lives_no_longer_than_its_soa_says() {
        let nsec = RrSet::new(name("a.example"), RrType::NSEC, 86_400, vec![[0].into()]);
        let judged = Judged {
            fact: Fact::NameError,
            authority: vec![soa(600, 300), nsec],
            security: Security::Secure,
            compact: false,
            telling: vec![],
        };
        let kept = finding(judged, Instant::default(), TtlBounds::default());
        assert!(kept.authority.iter().all(|set| set.ttl == 300));
    }

    #[test]
    fn rfc8767_s4_a_ttl_with_the_top_bit_is_large_and_capped() {
        let bounds = TtlBounds::default();
        assert_eq!(life(data(0x8000_0001), vec![], bounds), 86_400);
        assert_eq!(life(data(0), vec![], bounds), 0);
        assert_eq!(life(data(5), vec![], TtlBounds { min: 60, ..bounds }), 60);
    }

    #[test]
    fn rfc4035_s5_3_3_what_is_proven_does_not_outlive_its_signatures() {
        let bounds = TtlBounds { min: 60, ..TtlBounds::default() };
        assert_eq!(life_of(Security::Secure, data(5), vec![], bounds), 5);
        assert_eq!(life_of(Security::Secure, Fact::NoData, vec![soa(5, 300)], bounds), 5);
    }
}
