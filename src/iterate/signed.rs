//! Must a zone's answers be signed, as far as is known? Then they are worth nothing without DO, and EDNS is never given
//! up: whoever could bring that about could make a signed zone fail (CVE-2026-52690).

use super::iterator::Iterator;
use crate::cache::Via;
use crate::clock::Instant;
use crate::model::{Delegation, Kind, ZoneStatus};
use crate::wire::Name;

impl Iterator {
    /// Is `delegation` on a path that is signed, or of which nobody knows better? What was proven counts, and else what
    /// a parent said of the cut; in doubt the path is signed.
    pub(super) fn is_signed(&self, delegation: &Delegation) -> bool {
        let zone = &delegation.zone;
        if !self.options.anchored.iter().any(|anchor| zone.is_at_or_below(anchor)) {
            return false;
        }
        let now = self.clock.now();
        let known = |at: Name| {
            let is_cut = at == *zone || self.cache.delegations.get(&at, now).is_some();
            self.proven(&at, now).or_else(|| self.told(&at, now).filter(|_| is_cut))
        };
        zone.self_and_ancestors().find_map(known).unwrap_or(true)
    }

    fn proven(&self, zone: &Name, now: Instant) -> Option<bool> {
        let status = |via| self.cache.keys.get(zone, via, now).map(|kept| kept.status);
        let anchored = self.options.anchored.contains(zone).then_some(Via::Anchor);
        let ways = anchored.into_iter().chain([Via::Parent]);
        ways.filter_map(status).find_map(|s| match *s {
            ZoneStatus::Secure(_) | ZoneStatus::Bogus(_) => Some(true),
            ZoneStatus::Insecure(_) => Some(false),
            ZoneStatus::Indeterminate | ZoneStatus::NotACut | ZoneStatus::NoSuchName => None,
        })
    }

    fn told(&self, zone: &Name, now: Instant) -> Option<bool> {
        self.cache.unproven.get(zone, now).map(|told| told.kind == Kind::Answer)
    }
}
