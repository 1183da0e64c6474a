//! What parents told without being asked: the DS RRset of a referral, the denial beside it, the denial of a minimised
//! question. It is what a DS question to the parent would have brought, so it saves that question; it is judged before
//! use like any response, and dropped when it fails.

use std::sync::Arc;
use std::time::Duration;

use super::store::{Key, Store, Weigh};
use super::table::COUNTS;
use crate::clock::Instant;
use crate::model::{Checking, Response};
use crate::wire::{Name, RrSet, RrType, block};

#[derive(Debug)]
struct Told {
    response: Arc<Response>,
    deadline: Instant,
}

impl Weigh for Told {
    fn weigh(&self) -> usize {
        let Response { question, zone, apex, answer, authority, .. } = &*self.response;
        let names = [&question.name, zone].into_iter().chain(apex);
        let names: usize = names.map(|name| block(name.as_wire().len())).sum();
        let section = |sets: &Vec<RrSet>| {
            let places = block(sets.capacity() * size_of::<RrSet>());
            let held = sets.iter().map(|set| set.weight() - size_of::<RrSet>());
            places + held.sum::<usize>()
        };
        let sets = section(answer) + section(authority);
        block(COUNTS + size_of::<Response>()) + names + sets
    }
}

/// Responses about DS, by child zone.
#[derive(Debug)]
pub struct Unproven(Store<Told>);

/// A parent's word is used for at most this long: it only bridges the time until it is judged.
const LONGEST_LIFE: u32 = 3_600;

impl Unproven {
    pub(super) fn new(octets: u64) -> Self {
        Self(Store::new(octets))
    }

    /// What was told about the DS RRset of `zone`.
    #[must_use]
    pub fn get(&self, zone: &Name, now: Instant) -> Option<Arc<Response>> {
        self.0
            .get(&key(zone))
            .filter(|told| now < told.deadline)
            .map(|told| Arc::clone(&told.response))
    }

    /// Keeps `response` as what a DS question for `zone` would bring, for as long as its TTLs allow.
    pub fn put(&self, zone: &Name, response: Response) {
        let least =
            response.answer.iter().chain(&response.authority).map(|set| set.ttl).min().unwrap_or(0);
        if least > 0 {
            let deadline =
                response.arrived.now + Duration::from_secs(least.min(LONGEST_LIFE).into());
            self.0.put(key(zone), Told { response: Arc::new(response), deadline });
        }
    }

    /// It failed to convince.
    pub fn remove(&self, zone: &Name) {
        self.0.remove(&key(zone));
    }
}

fn key(zone: &Name) -> Key {
    Key { name: zone.clone(), rtype: RrType::DS, checking: Checking::Enabled }
}
