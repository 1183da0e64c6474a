//! Addresses of name servers that came without glue. They are taken as they come, since a false one can only lead to
//! answers that validation judges; so they answer no client.

use std::net::IpAddr;
use std::time::Duration;

use super::store::{Key, Store, Weigh};
use crate::clock::Instant;
use crate::model::Checking;
use crate::wire::{Name, RrType, block};

#[derive(Debug)]
struct Kept {
    addresses: Vec<IpAddr>,
    deadline: Instant,
}

impl Weigh for Kept {
    fn weigh(&self) -> usize {
        block(self.addresses.capacity() * size_of::<IpAddr>())
    }
}

/// Addresses by name and address type.
#[derive(Debug)]
pub struct Addresses(Store<Kept>);

impl Addresses {
    pub(super) fn new(octets: u64) -> Self {
        Self(Store::new(octets))
    }

    /// The addresses of `name`; an empty list when it is known to have none.
    #[must_use]
    pub fn get(&self, name: &Name, rtype: RrType, now: Instant) -> Option<Vec<IpAddr>> {
        let kept = self.0.get(&key(name, rtype))?;
        (now < kept.deadline).then(|| kept.addresses.clone())
    }

    /// Keeps the addresses of `name` for `life`.
    pub fn put(
        &self,
        name: &Name,
        rtype: RrType,
        addresses: Vec<IpAddr>,
        life: Duration,
        now: Instant,
    ) {
        self.0.put(key(name, rtype), Kept { addresses, deadline: now + life });
    }
}

fn key(name: &Name, rtype: RrType) -> Key {
    Key { name: name.clone(), rtype, checking: Checking::Disabled }
}
