//! What is known of one zone, as one deduction reads it.
//!
//! Between two looks a deduction hashes names, which may take a millisecond: so each look takes the zone's lock for
//! itself alone, and what it found stays found, whatever comes in meanwhile. Nobody waits for a hash.

use std::cell::OnceCell;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::order::Ordered;
use super::spans::{Hashing, Live, ZoneDenials};
use crate::clock::Instant;
use crate::dnssec::{Spans, Verified};
use crate::wire::rdata::Nsec3Params;
use crate::wire::{Name, RrSet, RrType};

/// What was proven of one zone, as it is at one time.
#[derive(Debug)]
pub struct KnownZone {
    apex: Name,
    zone: Arc<RwLock<ZoneDenials>>,
    now: Instant,
}

impl KnownZone {
    pub(super) const fn new(apex: Name, zone: Arc<RwLock<ZoneDenials>>, now: Instant) -> Self {
        Self { apex, zone, now }
    }

    fn read(&self) -> RwLockReadGuard<'_, ZoneDenials> {
        self.zone.read().unwrap_or_else(PoisonError::into_inner) // at worst a span is missing
    }

    fn write(&self) -> RwLockWriteGuard<'_, ZoneDenials> {
        self.zone.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The zone.
    #[must_use]
    pub const fn apex(&self) -> &Name {
        &self.apex
    }

    /// The SOA that a negative answer carries, its TTL counted down.
    #[must_use]
    pub fn soa(&self) -> Option<RrSet> {
        self.read().soa(self.now)
    }

    /// The RRset of `rtype` that the wildcard below `encloser` gives `name`, its TTL counted down.
    #[must_use]
    pub fn wildcard_gives(&self, encloser: &Name, name: &Name, rtype: RrType) -> Option<RrSet> {
        self.read().wildcard_gives(encloser, name, rtype, self.now)
    }

    /// Does it hold any RRset of a wildcard?
    #[must_use]
    pub fn has_wildcards(&self) -> bool {
        self.read().has_wildcards()
    }

    /// Its chains: one for each set of NSEC3 parameters, each with the NSEC records beside it.
    #[must_use]
    pub fn chains(&self) -> Vec<Chain<'_>> {
        let hashings = self.read().hashings();
        let alone = hashings.is_empty().then_some(None);
        let chain = |hashing| Chain { zone: self, hashing, found: Found::default() };
        hashings.into_iter().map(Some).chain(alone).map(chain).collect()
    }
}

/// The records of a zone's chains that hold at one time.
#[derive(Debug)]
pub struct Chain<'a> {
    zone: &'a KnownZone,
    hashing: Option<Hashing>,
    found: Found,
}

impl Chain<'_> {
    /// What a proof used, its TTL counted down.
    #[must_use]
    pub fn aged(&self, used: &Verified) -> Option<RrSet> {
        let mut found = self.found.iter().filter(|live| live.verified.is_same(used));
        found.next()?.aged(self.zone.now)
    }
}

impl Spans for Chain<'_> {
    fn nsec(&self, name: &Name) -> Option<&Verified> {
        let ordered = Ordered::new(name);
        let live = self.zone.read().nsec(&ordered, self.zone.now)?;
        Some(self.found.keep(live))
    }

    fn hashing(&self) -> Option<Nsec3Params<'_>> {
        self.hashing.as_ref().map(Hashing::params)
    }

    fn nsec3(&self, hash: &[u8; 20]) -> Option<&Verified> {
        let live = self.zone.read().nsec3(self.hashing.as_ref()?, hash, self.zone.now)?;
        Some(self.found.keep(live))
    }

    fn kept_hash(&self, name: &Name) -> Option<[u8; 20]> {
        self.zone.read().kept_hash(self.hashing.as_ref()?, name)
    }

    fn keep_hash(&self, name: &Name, hash: [u8; 20]) {
        if let Some(hashing) = &self.hashing {
            self.zone.write().keep_hash(hashing, name, hash);
        }
    }
}

/// What was found, at the same place as long as the list lives: proofs borrow from it while more is found.
#[derive(Debug, Default)]
struct Found(OnceCell<Box<(Live, Found)>>);

impl Found {
    fn iter(&self) -> impl Iterator<Item = &Live> {
        std::iter::successors(self.0.get(), |entry| entry.1.0.get()).map(|entry| &entry.0)
    }

    /// Puts `live` at the end, unless it is there.
    fn keep(&self, live: Live) -> &Verified {
        let mut end = self;
        while let Some(entry) = end.0.get() {
            if entry.0.verified.is_same(&live.verified) {
                return &entry.0.verified;
            }
            end = &entry.1;
        }
        &end.0.get_or_init(|| Box::new((live, Self::default()))).0.verified
    }
}
