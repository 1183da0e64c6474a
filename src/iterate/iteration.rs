//! The loop: ask the closest zone's servers, and act on what their response is.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::converse::Said;
use super::forward::question_side;
use super::iterator::Iterator;
use super::minimize::Minimizer;
use super::priming::while_priming;
use super::settled::settled;
use super::{Class, Minimization, referral};
use crate::model::{Delegation, Failure, Kind, Response, Source, Step};
use crate::trace;
use crate::wire::rdata::Rrsig;
use crate::wire::{Message, Name, Question, Rcode, RrSet, RrType};
use crate::work::Work;

/// A delegation is not asked for anew before it is so old: a zone whose servers are dead costs its parent one question in
/// so long, whatever is asked for below it.
const DELEGATION_STANDS: Duration = Duration::from_secs(120);

impl Iterator {
    /// The authoritative response to `question` (a forwarder's, where the operator wrote one).
    ///
    /// # Errors
    /// When no server gave one within the limits.
    pub async fn iterate(&self, question: &Question, work: &Work) -> Result<Response, Failure> {
        let (start, priming) = self.start(question, work, None).await?;
        let descent = pin!(self.descend(Arc::clone(&start), question, work));
        match while_priming(priming, descent).await {
            Err(failure) if !failure.is_own_limit() && self.falls_back(&start) => {
                // Boxed, for thousands may be waiting who will not come here.
                let side = question_side(question);
                let below = Box::pin(self.descend_from(&side, Some(&start.zone), question, work));
                // Where nobody was asked there, those who were tell more, and are what the failure is kept for.
                below.await.map_err(|other| if other.is_by_memory() { failure } else { other })
            }
            Err(failure) => match self.above_what_led_nowhere(&failure, question, work) {
                Some(above) => {
                    let again = Box::pin(self.descend_from(&above, None, question, work));
                    again.await.map_err(|_| failure) // which tells more of the zone
                }
                None => Err(failure),
            },
            outcome => outcome,
        }
    }

    /// The name above the zone of `failure`, if its delegation has been known for a while: it may have moved to other servers, and
    /// then its parent knows them (RFC 8767 section 5). Where its servers were known to be dead nobody waits for that as well: see
    /// [`Iterator::look_above`]. The zone of a name server's own name may have failed instead: those above that one know nothing
    /// of `question`.
    fn above_what_led_nowhere(
        &self,
        failure: &Failure,
        question: &Question,
        work: &Work,
    ) -> Option<Name> {
        let side = question_side(question);
        let zone = failure.zone().filter(|zone| side.is_at_or_below(zone))?;
        let now = self.clock.now();
        let age = self.cache.delegations.age(zone, now)?;
        let may_ask =
            !work.is_looking_up() && !failure.is_by_memory() && self.may_go_on(failure, work);
        if !may_ask || age < DELEGATION_STANDS {
            return None;
        }
        let _no_matter_who_looked = self.cache.delegations.claim_renewal(zone, Duration::ZERO, now);
        zone.parent()
    }

    /// The zone of `failure`, if it is time to ask its parent whether it has moved, and nobody does so yet: its servers are known to
    /// be dead, so that no client is to wait for that.
    #[must_use]
    pub fn claim_look_above(&self, failure: &Failure) -> Option<Name> {
        let zone = failure.zone().filter(|_| !failure.silent_servers().is_empty())?;
        let (delegations, now) = (&self.cache.delegations, self.clock.now());
        delegations.claim_renewal(zone, DELEGATION_STANDS, now).then(|| zone.clone())
    }

    /// Asks for the servers of `zone` from above it. What its parent says is kept.
    pub async fn look_above(&self, zone: &Name, work: &Work) {
        let question = Question::new(zone.clone(), RrType::NS);
        if let Some(above) = zone.parent() {
            let _kept = self.descend_from(&above, None, &question, work).await;
        }
    }

    /// Down from the deepest delegation at or above `above`, other than that of the zone to `skip`.
    async fn descend_from(
        &self,
        above: &Name,
        skip: Option<&Name>,
        question: &Question,
        work: &Work,
    ) -> Result<Response, Failure> {
        let (start, priming) = self.start_at(above, work, skip).await?;
        let descent = pin!(self.descend(start, question, work));
        while_priming(priming, descent).await
    }

    /// From `delegation` down. Each pass asks one zone's servers; the budget bounds the referrals.
    async fn descend(
        &self,
        mut delegation: Arc<Delegation>,
        question: &Question,
        work: &Work,
    ) -> Result<Response, Failure> {
        let mut minimizer = Minimizer::new(question, self.options.minimization, work.minimized());
        loop {
            let shown = if delegation.is_forward() || self.are_unfit(&delegation) {
                question.clone()
            } else {
                self.next_shown(&mut minimizer, &delegation.zone, question)
            };
            let step = match self.step(&delegation, &shown, question, work).await {
                Err(failure)
                    if shown != *question
                        && self.is_relaxed()
                        && self.may_go_on(&failure, work) =>
                {
                    minimizer.give_up(); // a server that fails on a minimised question may answer the whole one
                    continue;
                }
                step => step?,
            };
            match step {
                Step::Settled(response) => return Ok(*response),
                Step::Below(child) => delegation = self.deepest(child, question),
                Step::NoCut(kind) => {
                    minimizer.shown(&shown.name);
                    // Broken servers say NXDOMAIN for an empty non-terminal; an alias on the way ends the descent.
                    if matches!(kind, Kind::NameError | Kind::Alias) {
                        minimizer.give_up();
                    }
                }
            }
        }
    }

    /// What is shown to the servers of `zone`: one label more than what is known to lead to no other. Who has not
    /// referred anybody to others since he was seen to serve deeper zones himself is shown the whole name, unless strictly:
    /// from him it would hide nothing.
    fn next_shown(
        &self,
        minimizer: &mut Minimizer<'_>,
        zone: &Name,
        question: &Question,
    ) -> Question {
        let (uncut, now) = (&self.cache.uncut, self.clock.now());
        minimizer.known(uncut.depth(zone, &question.name, now));
        if self.is_relaxed() && uncut.is_served_below(zone, now) {
            minimizer.give_up();
        }
        minimizer.next(zone)
    }

    /// `child`, or what is known below it already: its delegation may have been all that had run out.
    fn deepest(&self, child: Arc<Delegation>, question: &Question) -> Arc<Delegation> {
        let known = self.cache.delegations.closest(&question_side(question), self.clock.now());
        known.filter(|known| known.zone.is_below(&child.zone)).unwrap_or(child)
    }

    /// One step: what is `shown` of `question` to the servers of `delegation`, and what that leads to. Minimised, it is the
    /// same for all questions below, and who comes while another is at it waits for him; but not for one who still waits
    /// for servers that are known to be dead.
    async fn step(
        &self,
        delegation: &Delegation,
        shown: &Question,
        question: &Question,
        work: &Work,
    ) -> Result<Step, Failure> {
        let mut asked = pin!(async {
            let said = self.ask(delegation, shown, work).await?;
            self.act(*said, delegation, shown, question, work)
        });
        if shown == question
            || delegation.is_configured()
            || work.is_looking_up()
            || !work.asks_plainly()
            || self.are_dead(delegation, work)
        {
            return asked.as_mut().await;
        }
        let key = (delegation.zone.clone(), shown.clone());
        self.once(&self.cache.steps, &key, work, asked.as_mut()).await
    }

    /// Is there anything to try after `failure`? Without time, or where a zone's servers are dead, the next question would
    /// only hide what servers did.
    pub(super) fn may_go_on(&self, failure: &Failure, work: &Work) -> bool {
        !failure.is_own_limit()
            && !is_hopeless(failure, work)
            && work.budget.time_left(self.clock.now()).is_ok()
    }

    fn is_relaxed(&self) -> bool {
        self.options.minimization == Minimization::Relaxed
    }

    fn act(
        &self,
        said: Said,
        delegation: &Delegation,
        shown: &Question,
        question: &Question,
        work: &Work,
    ) -> Result<Step, Failure> {
        match said.class {
            Class::Referral(ref zone) => self.refer(&said, delegation, zone, work).map(Step::Below),
            Class::Settles(kind) if shown == question => {
                Ok(Step::Settled(Box::new(response(said, kind, delegation, question))))
            }
            Class::Settles(kind) => Ok(self.minimised(said, kind, delegation, shown)),
            // `ask` hands up none of these.
            Class::SecondHand(_) | Class::Lame | Class::Unusable(_) => {
                Err(Failure::no_server_address(delegation))
            }
        }
    }

    /// A minimised question was settled: there is no cut at the name shown, so one more label is shown next. Strictly, a
    /// name that does not exist settles all below it (RFC 8020).
    fn minimised(&self, said: Said, kind: Kind, delegation: &Delegation, shown: &Question) -> Step {
        if kind == Kind::NoData {
            self.keep_denial(&said, delegation, shown);
        }
        self.keep_uncut(&said, delegation, &shown.name);
        if kind == Kind::NameError && self.options.minimization == Minimization::Strict {
            let mut response = response(said, kind, delegation, shown);
            response.rcode = Rcode::NXDOMAIN;
            return Step::Settled(Box::new(response));
        }
        Step::NoCut(kind)
    }

    /// Remembers that no zone is delegated at `name`; and, where a zone begins there on the same servers, deeper than these
    /// are known to be asked for, that they serve what is below them themselves.
    fn keep_uncut(&self, said: &Said, delegation: &Delegation, name: &Name) {
        let (uncut, now, message) = (&self.cache.uncut, said.arrived.now, &said.message);
        let sets = message.answer.iter().chain(&message.authority);
        uncut.put(name, sets.map(|set| set.ttl).min().unwrap_or(0), now);
        if name.label_count() > delegation.zone.label_count() + 1 && begins_zone(message, name) {
            uncut.put_served_below(&delegation.zone, now);
        }
    }

    /// The signed denial of a minimised question says as well that there is no DS at that name: kept, it saves the
    /// chain of trust a question. Only of the zone asked: a child on the same server denies nothing for its parent.
    fn keep_denial(&self, said: &Said, delegation: &Delegation, shown: &Question) {
        let of_zone = |set: &&RrSet| set.rtype != RrType::SOA || set.owner == delegation.zone;
        if said.message.authority.iter().all(|set| of_zone(&set))
            && let Some(told) = told_about_ds(said, delegation, &shown.name)
            && told.kind == Kind::NoData
        {
            self.cache.unproven.put(&shown.name, told);
        }
    }

    /// Crosses a zone cut: keeps the delegation, and what was told about the child's DS.
    fn refer(
        &self,
        said: &Said,
        parent: &Delegation,
        zone: &Name,
        work: &Work,
    ) -> Result<Arc<Delegation>, Failure> {
        work.budget.spend_referral().map_err(Failure::Limit)?;
        let Some((mut delegation, ttl)) = referral::delegation(&said.message, zone) else {
            return Err(Failure::NoServerAddress { zone: zone.clone(), servers: Vec::new() });
        };
        delegation.last_resort.clone_from(&said.unrelated_glue);
        if parent.source == Source::Stub {
            delegation.source = Source::Referral;
        }
        work.trace.step(|| trace::Step::Referral {
            parent: parent.zone.clone(),
            zone: zone.clone(),
            servers: delegation.servers.iter().map(|s| s.name.clone()).collect(),
        });
        if let Some(told) = told_about_ds(said, parent, zone) {
            self.cache.unproven.put(zone, told);
        }
        let delegation = Arc::new(delegation);
        let life = Duration::from_secs(ttl.min(self.options.max_ttl).into());
        let (kept, now) = (Arc::clone(&delegation), said.arrived.now);
        self.cache.uncut.is_not_served_below(&parent.zone);
        self.cache.delegations.put(kept, Some(parent), life, now);
        Ok(delegation)
    }
}

/// Was it to be expected, since the servers had been silent before, and one of them was tried in vain?
pub(super) fn is_hopeless(failure: &Failure, work: &Work) -> bool {
    !work.has_hope() && !failure.silent_servers().is_empty()
}

/// Does a zone begin at `name`, by the SOA of a denial or the signer of what is there?
fn begins_zone(message: &Message, name: &Name) -> bool {
    let signer = |signature| Rrsig::parse(signature).is_some_and(|rrsig| rrsig.signer == *name);
    message.authority.iter().any(|set| set.is(name, RrType::SOA))
        || message.answer.iter().flat_map(|set| &set.signatures).any(|s| signer(s))
}

fn told_about_ds(said: &Said, parent: &Delegation, zone: &Name) -> Option<Response> {
    referral::told_about_ds(&said.message, &parent.zone, zone, said.server, said.arrived)
}

/// The response in the terms of the rooms above.
fn response(said: Said, kind: Kind, delegation: &Delegation, question: &Question) -> Response {
    let Said { message, server, arrived, .. } = said;
    let response = settled(message, question, &delegation.zone, kind, arrived);
    Response { server: Some(server), ..response }
}
