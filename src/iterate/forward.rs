//! Where a question starts: at a zone of the operator's, or at the deepest delegation known.

use std::net::SocketAddr;
use std::sync::Arc;

use super::converse::{Conversation, Miss, Sign};
use super::iterator::Iterator;
use super::manner::Manner;
use super::priming::Primed;
use super::{Class, Fallback, Zone};
use crate::model::{Delegation, Kind, Source};
use crate::net::Transport;
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

impl Iterator {
    /// The delegation to start from, and the priming that goes on beside. A DS RRset lies with the parent (RFC 4035
    /// section 3.1.4.1), so its question starts above its name.
    pub(super) async fn start<'a>(
        &'a self,
        question: &Question,
        work: &'a Work,
        skip: Option<&Name>,
    ) -> Primed<'a> {
        self.start_at(&question_side(question), work, skip).await
    }

    /// The same for what is asked of the servers of `name`.
    pub(super) async fn start_at<'a>(
        &'a self,
        name: &Name,
        work: &'a Work,
        skip: Option<&Name>,
    ) -> Primed<'a> {
        let now = self.clock.now();
        let written = self.zone_for(name, skip);
        let cached = self.cache.delegations.closest(name, now);
        match (written, cached) {
            (Some(zone), Some(cached))
                if !zone.delegation.is_forward() && cached.zone.is_below(&zone.delegation.zone) =>
            {
                Ok((cached, None))
            }
            (Some(zone), _) => Ok((Arc::new(zone.delegation.clone()), None)),
            (None, Some(cached)) => Ok((cached, None)),
            (None, None) => Box::pin(self.prime(work)).await, // seldom: nobody else keeps space for it
        }
    }

    fn zone_for(&self, name: &Name, skip: Option<&Name>) -> Option<&Zone> {
        let of_another = |zone: &&Zone| Some(&zone.delegation.zone) != skip;
        let above = |zone: &&Zone| name.is_at_or_below(&zone.delegation.zone);
        let zones = self.options.zones.iter().filter(above).filter(of_another);
        zones.max_by_key(|zone| zone.delegation.zone.label_count())
    }

    /// Does `server`, a forwarder, pass no DNSSEC records on? The keys of `zone`, which a trust anchor vouches for, are signed
    /// and there: who gives them without signatures takes such records out, and so does who denies them though that zone is
    /// forwarded to him. Who does not answer has not been found out.
    pub async fn strips_dnssec(&self, server: SocketAddr, zone: &Name, work: &Work) -> bool {
        let question = &Question::new(zone.clone(), RrType::DNSKEY);
        let delegation = &Delegation::new(zone.clone(), Vec::new(), Source::Forward);
        let talk = Conversation {
            iterator: self,
            delegation,
            question,
            work,
            signed: true,
            failing: false,
            unfit: false,
        };
        let (address, now) = (server.ip(), self.clock.now());
        let random_case = self.options.case_randomization && self.servers.keeps_case(address, now);
        let transport = Transport::Udp;
        let manner = Manner { transport, alone: false, edns: true, random_case, new_cookie: false };
        let wait = self.servers.estimate(address, now).wait;
        let mut outcome = talk.with(server, wait, manner, Sign::default()).await;
        if matches!(outcome, Ok(Err(Miss::Case))) {
            let as_it_is = Manner { random_case: false, ..manner };
            outcome = talk.with(server, wait, as_it_is, Sign::default()).await;
        }
        let Ok(Ok(said)) = outcome else { return false };
        let keys = said.message.answer.iter().find(|set| set.is(zone, RrType::DNSKEY));
        match said.class {
            Class::Settles(Kind::Answer) => keys.is_some_and(|set| set.signatures.is_empty()),
            Class::Settles(Kind::NoData | Kind::NameError) => {
                self.options.zone_of(zone).is_some_and(|own| own.sockets.contains(&server))
            }
            _ => false,
        }
    }

    /// Is the zone of `delegation` to be resolved from its own servers when its forwarders fail?
    pub(super) fn falls_back(&self, delegation: &Delegation) -> bool {
        let zone = self.options.zones.iter().find(|z| z.delegation.zone == delegation.zone);
        delegation.is_configured() && zone.is_some_and(|z| z.fallback == Fallback::Recurse)
    }
}

/// The name whose servers know the answer.
pub(super) fn question_side(question: &Question) -> Name {
    let parent = if question.rtype == RrType::DS { question.name.parent() } else { None };
    parent.unwrap_or_else(|| question.name.clone())
}
