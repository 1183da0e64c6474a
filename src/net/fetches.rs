//! Questions under way to servers, counted over all workers: whoever floods a resolver with names of one zone (random
//! subdomains, "water torture") takes sockets and memory from nobody else.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dnssec::limits;
use crate::wire::Name;

limits! {
    /// The limits on questions under way to servers. [`FetchLimits::TABLE`] gives each its range and its why.
    FetchLimits {
        /// To all servers.
        fetches = 4_096, "fetches" in 64..=1_048_576,
            "questions under way to all servers, of all threads; each takes a socket, and 20,000 answers a second at 200 ms \
             are 4,000";
        /// To the servers of one zone that do not answer.
        fetches_per_zone = 1_024, "fetches-per-zone" in 16..=1_048_576,
            "a quarter of `fetches`: to the servers of the deepest zone known, while all that are asked are silent; never \
             to forwarders";
        /// To one server, or to all of a zone.
        fetches_per_server = 2_048, "fetches-per-server" in 16..=1_048_576,
            "half of `fetches`, to one server or to all of a zone: 2,000 questions a second that take a second to answer";
    }
}

#[derive(Debug, Default)]
struct Counts {
    all: u32,
    zones: HashMap<Name, u32>,
    servers: HashMap<IpAddr, u32>,
}

/// The count of all workers.
#[derive(Debug, Default)]
pub struct Fetches {
    limits: FetchLimits,
    counts: Mutex<Counts>,
}

/// One question under way. Dropping it ends it.
#[derive(Debug)]
pub struct Fetch {
    fetches: Arc<Fetches>,
    zone: Option<Name>,
    server: IpAddr,
}

impl Fetches {
    /// None so far.
    #[must_use]
    pub fn new(limits: FetchLimits) -> Self {
        Self { limits, counts: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner) // numbers, each changed in one step
    }

    /// Questions under way.
    #[must_use]
    pub fn under_way(&self) -> u32 {
        self.lock().all
    }

    /// Are so many under way that nobody should have more than one for one purpose?
    #[must_use]
    pub fn are_many(&self) -> bool {
        self.lock().all >= self.limits.fetches / 4
    }

    /// Counts a question to `server` of `zone`, if there is one for it to count against; `None` when there are too many
    /// already: in all, to this server, or to the servers of this zone, of which fewer are allowed while they fail.
    #[must_use]
    pub fn begin(
        self: &Arc<Self>,
        server: IpAddr,
        zone: Option<&Name>,
        failing: bool,
    ) -> Option<Fetch> {
        let mut counts = self.lock();
        let of_zone = zone.and_then(|zone| counts.zones.get(zone)).copied().unwrap_or(0);
        let of_server = counts.servers.get(&server).copied().unwrap_or(0);
        if counts.all >= self.limits.fetches
            || of_server >= self.limits.fetches_per_server
            || of_zone >= self.limits.fetches_per_server
            || failing && of_zone >= self.limits.fetches_per_zone
        {
            return None;
        }
        counts.all += 1;
        *counts.servers.entry(server).or_default() += 1;
        if let Some(zone) = zone {
            *counts.zones.entry(zone.clone()).or_default() += 1;
        }
        Some(Fetch { fetches: Arc::clone(self), zone: zone.cloned(), server })
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let mut counts = self.fetches.lock();
        counts.all -= 1;
        take_one(&mut counts.servers, self.server);
        if let Some(zone) = self.zone.take() {
            take_one(&mut counts.zones, zone);
        }
    }
}

/// One less of `key`; what is none is not kept.
fn take_one<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FetchLimits =
        FetchLimits { fetches: 6, fetches_per_zone: 2, fetches_per_server: 4 };

    fn server(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn zone(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn defaults_lie_in_their_ranges() {
        for limit in FetchLimits::TABLE {
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
        }
    }

    #[test]
    fn a_zone_is_limited_while_it_fails_a_server_and_all_always() {
        let fetches = Arc::new(Fetches::new(LIMITS));
        let (one, other) = (zone("one.example"), zone("other.example"));
        let begin = |last, zone, failing| fetches.begin(server(last), zone, failing);
        let mut held = vec![begin(1, Some(&one), true), begin(2, Some(&one), true)];
        assert!(held.iter().all(Option::is_some));
        assert!(begin(3, Some(&one), true).is_none(), "two of the zone");
        assert!(begin(3, Some(&other), true).is_some(), "another zone");
        held.extend([begin(1, Some(&one), false), begin(1, Some(&one), false)]);
        held.push(begin(1, None, true));
        assert!(held.iter().all(Option::is_some), "while it answers, and a forwarder");
        assert!(begin(1, Some(&other), false).is_none(), "four to the server");
        held.push(begin(2, Some(&other), false));
        assert!(held.iter().all(Option::is_some));
        assert!(begin(3, Some(&other), false).is_none(), "six in all");
        drop(held);
        let counts = fetches.lock();
        assert!(counts.all == 0 && counts.zones.is_empty() && counts.servers.is_empty());
    }
}
