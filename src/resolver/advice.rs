//! Failures that the operator's own zones and forwarders lead to: what he can do about them.

use std::net::SocketAddr;

use super::Resolver;
use super::chain::Failed;
use crate::dnssec::{Advice, Reason};
use crate::iterate::Zone;
use crate::model::Response;
use crate::wire::{Name, RrSet};
use crate::work::Work;

impl Resolver {
    /// `failed` with advice, where `response` came from servers that the operator wrote and lacks what would prove it.
    pub(super) async fn advised(&self, failed: Failed, response: &Response, work: &Work) -> Failed {
        let Failed::Bogus(reason) = failed else { return failed };
        match self.advice(&reason, response, work).await {
            Some(advice) => Failed::Bogus(Reason::Advised { advice, reason: Box::new(reason) }),
            None => Failed::Bogus(reason),
        }
    }

    async fn advice(&self, reason: &Reason, response: &Response, work: &Work) -> Option<Advice> {
        let own = self.shared.settings.iterate.zone_of(&response.question.name)?;
        let zone = own.delegation.zone.clone();
        if !lacks_proof(reason) {
            return None;
        }
        let unsigned = Advice::Unsigned { zone: zone.clone() };
        if is_of_zone_above(reason, &zone) {
            return Some(unsigned);
        }
        match self.stripper(reason, response, work).await {
            Some(server) => Some(Advice::Strips { zone, server }),
            None => (!zone.is_root()).then_some(unsigned),
        }
    }

    /// Where there are other forwarders, those that pass no DNSSEC records on are found out before the next one is asked.
    pub(super) async fn pass_over_stripper(
        &self,
        reason: &Reason,
        response: &Response,
        work: &Work,
    ) {
        let own = self.shared.settings.iterate.zone_of(&response.question.name);
        if own.is_some_and(|own| own.sockets.len() > 1) {
            self.stripper(reason, response, work).await;
        }
    }

    /// The forwarder that `response` came from, if it passes no DNSSEC records on. Such a one is told once, and others are
    /// asked before it for a while.
    async fn stripper(
        &self,
        reason: &Reason,
        response: &Response,
        work: &Work,
    ) -> Option<SocketAddr> {
        let own = self.shared.settings.iterate.zone_of(&response.question.name)?;
        let server = response.server.filter(|_| own.delegation.is_forward())?;
        let suspect = lacks_proof(reason) && !is_signed(response);
        (suspect && self.strips(own, server, work).await).then_some(server)
    }

    /// Its answer to a question of which anybody may know that the answer is signed settles it: no zone can have a forwarder
    /// accused of what the zone itself lacks.
    async fn strips(&self, own: &Zone, server: SocketAddr, work: &Work) -> bool {
        let Self { shared, iterator, .. } = self;
        let zone = &own.delegation.zone;
        if shared.servers.is_lame(server.ip(), zone, shared.clock.now()) {
            return true;
        }
        let anchored = shared.settings.anchors.all_above(zone).last();
        let Some(anchored) = anchored else { return false };
        let strips = iterator.strips_dnssec(server, &anchored, work).await;
        if strips {
            let now = shared.clock.now();
            shared.servers.lame(server.ip(), zone, now);
            shared.report.stripper(server, zone, now);
        }
        strips
    }
}

/// Is it that what should prove something is not there?
const fn lacks_proof(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::SignaturesMissing { .. }
            | Reason::DnskeyMissing { .. }
            | Reason::DenialMissing { .. }
    )
}

/// Is it a zone above `own` that should have signed, because it proves that there is no zone below it?
fn is_of_zone_above(reason: &Reason, own: &Name) -> bool {
    matches!(reason, Reason::SignaturesMissing { zone, .. } if own.is_below(zone))
}

fn is_signed(response: &Response) -> bool {
    let signed = |set: &RrSet| !set.signatures.is_empty();
    response.answer.iter().chain(&response.authority).any(signed)
}
