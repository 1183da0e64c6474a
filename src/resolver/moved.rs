//! Zones whose servers are dead, and that may have moved to others while their delegation is good yet (RFC 8767 section 5).

use super::Resolver;
use super::chain::Failed;
use crate::dnssec::{Budget, Limits};
use crate::trace::Trace;
use crate::work::Work;

/// Packets for one look: a minimised question or two to the parent, some of them lost.
const PACKETS: u32 = 6;

impl Resolver {
    /// Has the parent of a dead zone asked in the background, if that is due: nobody is kept waiting for it.
    pub(super) fn look_for_moved(&self, failed: &Failed) {
        if let Failed::Network(failure) = failed
            && let Some(resolver) = self.me.upgrade()
            && let Some(place) = self.errands.place_if_most_are_free()
            && let Some(zone) = self.iterator.claim_look_above(failure)
        {
            let limits = Limits { upstream_packets: PACKETS, ..self.shared.settings.limits };
            let budget = Budget::new(limits, self.shared.clock.now());
            let work = Work::new(budget, Trace::off());
            place.start(async move { resolver.iterator.look_above(&zone, &work).await });
        }
    }
}
