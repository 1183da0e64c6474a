//! What the verified NSEC and NSEC3 records of one zone say about all its names: in the order of their owners, so that
//! the one record that may speak about a name is found in O(log n).
//!
//! No two spans of one chain overlap: a record that comes in puts out those that it contradicts, which are older.

use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Unbounded};
use std::time::Duration;

use crate::clock::Instant;
use crate::dnssec::{Spans, Verified, nsec3_owner_hash};
use crate::wire::rdata::{Nsec, Nsec3, Nsec3Params, Soa};
use crate::wire::{Name, RrSet, RrType};

/// Parameter sets of NSEC3 kept at once: a zone that changes its salt has two for a while.
const MAX_HASHINGS: usize = 2;
/// What an entry costs beside the octets of its records: its places in two trees, which are filled by two thirds.
const ENTRY_OVERHEAD: usize = 3 * (size_of::<Place>() + size_of::<u64>()) + 64;

/// The longest lives of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongestLives {
    /// Of data that a wildcard gives.
    pub data: Duration,
    /// Of denials (RFC 2308 section 5, RFC 8198 section 5.4).
    pub denial: Duration,
}

/// A verified RRset and until when it holds.
#[derive(Debug)]
struct Kept {
    verified: Verified,
    since: Instant,
    deadline: Instant,
    /// Its place in the order of coming.
    age: u64,
}

/// Where an entry lies.
#[derive(Clone, Debug)]
enum Place {
    Nsec(Name),
    Nsec3(u32, Hash),
    Wildcard(Name, RrType),
}

type Hash = [u8; 20];

/// The NSEC3 records of one set of parameters (RFC 5155 section 3.1): hashes by others have no common order with them.
#[derive(Debug)]
struct Hashed {
    number: u32,
    algorithm: u8,
    iterations: u16,
    salt: Box<[u8]>,
    records: BTreeMap<Hash, Kept>,
}

impl Hashed {
    fn new(number: u32, params: Nsec3Params<'_>) -> Self {
        let Nsec3Params { hash_algorithm: algorithm, iterations, salt } = params;
        Self { number, algorithm, iterations, salt: salt.into(), records: BTreeMap::new() }
    }

    fn params(&self) -> Nsec3Params<'_> {
        let Self { algorithm: hash_algorithm, iterations, ref salt, .. } = *self;
        Nsec3Params { hash_algorithm, iterations, salt }
    }

    /// The record at `hash`, or the last one in front of it; in front of the first is the last of all.
    fn at_or_before(&self, hash: &Hash) -> Option<&Kept> {
        let before = self.records.range(..=*hash).next_back();
        before.or_else(|| self.records.last_key_value()).map(|(_, kept)| kept)
    }

    /// The owners that a span from `owner` to `next` contradicts: those in it, and the one whose span holds `owner`.
    fn contradicted(&self, owner: &Hash, next: &Hash) -> Vec<Hash> {
        let within = |from: Bound<&Hash>, to: Bound<&Hash>| {
            self.records.range::<Hash, _>((from, to)).map(|(hash, _)| *hash)
        };
        let mut found: Vec<Hash> = if owner < next {
            within(Excluded(owner), Excluded(next)).collect()
        } else {
            within(Excluded(owner), Unbounded).chain(within(Unbounded, Excluded(next))).collect()
        };
        let before = self.records.range::<Hash, _>(..owner).next_back();
        if let Some((hash, kept)) = before.or_else(|| self.records.last_key_value())
            && next_hash(kept).is_some_and(|end| is_between(hash, &end, owner))
        {
            found.push(*hash);
        }
        found
    }
}

/// What was proven of one zone.
#[derive(Debug)]
pub struct ZoneDenials {
    apex: Name,
    soa: Option<Kept>,
    /// The TTL of its negative answers, as its last SOA had it.
    negative: Option<Duration>,
    nsec: BTreeMap<Name, Kept>,
    nsec3: Vec<Hashed>,
    wildcards: BTreeMap<(Name, RrType), Kept>,
    by_age: BTreeMap<u64, Place>,
    /// The number of the next entry, and of the next set of parameters.
    next: u64,
    octets: usize,
}

impl ZoneDenials {
    pub(super) fn new(apex: Name) -> Self {
        Self {
            octets: size_of::<Self>() + apex.as_wire().len(),
            apex,
            soa: None,
            negative: None,
            nsec: BTreeMap::new(),
            nsec3: Vec::new(),
            wildcards: BTreeMap::new(),
            by_age: BTreeMap::new(),
            next: 0,
        }
    }

    /// Octets that it holds on to.
    pub(super) const fn octets(&self) -> usize {
        self.octets
    }

    /// Keeps what `verified` says about other names than its own, if it says anything.
    pub(super) fn put(&mut self, verified: &Verified, now: Instant, longest: LongestLives) {
        let set = verified.rrset();
        let denial = matches!(set.rtype, RrType::SOA | RrType::NSEC | RrType::NSEC3);
        let longest = if denial { longest.denial } else { longest.data };
        let life = Duration::from_secs(set.ttl.into()).min(longest);
        let kept = || Kept { verified: verified.clone(), since: now, deadline: now + life, age: 0 };
        match set.rtype {
            _ if *verified.zone() != self.apex || life < Duration::from_secs(1) => {}
            RrType::SOA => self.put_soa(kept()),
            RrType::NSEC | RrType::NSEC3 if verified.wildcard().is_some() => {}
            RrType::NSEC => self.put_nsec(kept()),
            RrType::NSEC3 => self.put_nsec3(kept()),
            rtype if may_come_from_a_wildcard(rtype) => self.put_wildcard(kept()),
            _ => {}
        }
    }

    /// A negative answer lives by the lesser of the SOA's TTL and MINIMUM (RFC 2308 section 5), and so do the NSEC and NSEC3
    /// records (RFC 9077 section 3, RFC 8198 section 5.4).
    fn put_soa(&mut self, mut kept: Kept) {
        let set = kept.verified.rrset();
        let Some(soa) = set.rdatas.first().and_then(|rdata| Soa::parse(rdata)) else { return };
        if set.owner != self.apex {
            return;
        }
        let negative = Duration::from_secs(soa.minimum.min(set.ttl).into());
        kept.deadline = kept.deadline.min(kept.since + negative);
        self.negative = Some(negative);
        self.octets += kept.verified.weight();
        if let Some(old) = self.soa.replace(kept) {
            self.octets -= old.verified.weight();
        }
    }

    fn put_nsec(&mut self, kept: Kept) {
        let owner = kept.verified.rrset().owner.clone();
        let Some(next) = next_owner(&kept) else { return };
        let behind = self.nsec.range((Excluded(&owner), Unbounded)).map(|(name, _)| name);
        let inside = behind.take_while(|name| **name < next || next <= owner);
        let mut contradicted: Vec<Name> = inside.cloned().collect();
        let before = self.nsec.range(..&owner).next_back();
        let reaches =
            |kept: &Kept| next_owner(kept).is_some_and(|end| owner < end || end == self.apex);
        contradicted.extend(before.filter(|(_, kept)| reaches(kept)).map(|(name, _)| name.clone()));
        contradicted.into_iter().for_each(|name| self.remove(&Place::Nsec(name)));
        self.insert(Place::Nsec(owner), kept);
    }

    fn put_nsec3(&mut self, kept: Kept) {
        let set = kept.verified.rrset();
        let view = set.rdatas.first().and_then(|rdata| Nsec3::parse(rdata));
        let owner = nsec3_owner_hash(&self.apex, &set.owner);
        let (Some(view), Some(owner), Some(next)) = (view, owner, next_hash(&kept)) else { return };
        let number = match self.nsec3.iter().find(|hashed| hashed.params() == view.params) {
            Some(hashed) => {
                let (number, contradicted) = (hashed.number, hashed.contradicted(&owner, &next));
                contradicted.into_iter().for_each(|hash| self.remove(&Place::Nsec3(number, hash)));
                number
            }
            None => self.add_hashed(view.params),
        };
        self.insert(Place::Nsec3(number, owner), kept);
    }

    /// Makes room for the records of one more set of parameters: the oldest one gives way.
    fn add_hashed(&mut self, params: Nsec3Params<'_>) -> u32 {
        if self.nsec3.len() >= MAX_HASHINGS {
            let oldest = &self.nsec3[0];
            let places: Vec<_> =
                oldest.records.keys().map(|hash| Place::Nsec3(oldest.number, *hash)).collect();
            places.iter().for_each(|place| self.remove(place));
            self.nsec3.remove(0);
        }
        let number = self.nsec3.last().map_or(0, |hashed| hashed.number.wrapping_add(1));
        self.nsec3.push(Hashed::new(number, params));
        number
    }

    /// Kept under the source of synthesis: by whichever name it was asked for, it is the same.
    fn put_wildcard(&mut self, kept: Kept) {
        let encloser = kept.verified.encloser();
        if let Some(Ok(source)) = encloser.map(|encloser| encloser.wildcard()) {
            let rtype = kept.verified.rrset().rtype;
            self.insert(Place::Wildcard(source, rtype), kept);
        }
    }

    /// Puts an entry in, in place of the one that is there.
    fn insert(&mut self, place: Place, mut kept: Kept) {
        self.remove(&place);
        kept.age = self.next;
        self.next += 1;
        self.octets += weight(&place, &kept);
        self.by_age.insert(kept.age, place.clone());
        match place {
            Place::Nsec(owner) => drop(self.nsec.insert(owner, kept)),
            Place::Wildcard(source, rtype) => drop(self.wildcards.insert((source, rtype), kept)),
            Place::Nsec3(number, hash) => {
                if let Some(hashed) = self.nsec3.iter_mut().find(|h| h.number == number) {
                    hashed.records.insert(hash, kept);
                }
            }
        }
    }

    fn remove(&mut self, place: &Place) {
        let removed = match place {
            Place::Nsec(owner) => self.nsec.remove(owner),
            Place::Wildcard(source, rtype) => self.wildcards.remove(&(source.clone(), *rtype)),
            Place::Nsec3(number, hash) => {
                let hashed = self.nsec3.iter_mut().find(|hashed| hashed.number == *number);
                hashed.and_then(|hashed| hashed.records.remove(hash))
            }
        };
        if let Some(kept) = removed {
            self.octets -= weight(place, &kept);
            self.by_age.remove(&kept.age);
        }
    }

    /// Drops the oldest entries until no more than `octets` are held.
    pub(super) fn trim(&mut self, octets: usize) {
        while self.octets > octets
            && let Some((_, place)) = self.by_age.pop_first()
        {
            self.remove(&place);
        }
    }

    /// The zone.
    #[must_use]
    pub const fn apex(&self) -> &Name {
        &self.apex
    }

    /// The SOA that a negative answer carries, its TTL counted down to `now`.
    #[must_use]
    pub fn soa(&self, now: Instant) -> Option<RrSet> {
        let kept = self.soa.as_ref()?;
        kept.aged(kept.verified.rrset().clone(), kept.deadline, now)
    }

    /// The RRset of `rtype` that the wildcard below `encloser` gives `name`, its TTL counted down to `now`.
    #[must_use]
    pub fn from_wildcard(
        &self,
        encloser: &Name,
        name: &Name,
        rtype: RrType,
        now: Instant,
    ) -> Option<RrSet> {
        let kept = self.wildcards.get(&(encloser.wildcard().ok()?, rtype))?;
        kept.aged(kept.verified.expanded(name)?, kept.deadline, now)
    }

    /// Does it hold any RRset of a wildcard?
    #[must_use]
    pub fn has_wildcards(&self) -> bool {
        !self.wildcards.is_empty()
    }

    /// Its chains as they are at `now`: one for each set of NSEC3 parameters, each with the NSEC records beside it.
    pub fn chains(&self, now: Instant) -> impl Iterator<Item = Chain<'_>> {
        let hashed = self.nsec3.iter().map(Some);
        let alone = self.nsec3.is_empty().then_some(None);
        hashed.chain(alone).map(move |hashed| Chain { zone: self, hashed, now })
    }

    /// Until when a record of a chain holds: not longer than the zone's negative answers (RFC 9077 section 3).
    fn deadline(&self, kept: &Kept) -> Instant {
        self.negative.map_or(kept.deadline, |negative| kept.deadline.min(kept.since + negative))
    }
}

/// The records of a zone's chains that hold at one time.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a> {
    zone: &'a ZoneDenials,
    hashed: Option<&'a Hashed>,
    now: Instant,
}

impl<'a> Chain<'a> {
    /// What a proof used, its TTL counted down.
    #[must_use]
    pub fn aged(&self, used: &Verified) -> Option<RrSet> {
        let set = used.rrset();
        let kept = match set.rtype {
            RrType::NSEC => self.zone.nsec.get(&set.owner)?,
            _ => self.hashed?.records.get(&nsec3_owner_hash(&self.zone.apex, &set.owner)?)?,
        };
        kept.aged(set.clone(), self.zone.deadline(kept), self.now)
    }

    fn if_live(&self, kept: &'a Kept) -> Option<&'a Kept> {
        (seconds_left(self.zone.deadline(kept), self.now) > 0).then_some(kept)
    }
}

impl Spans for Chain<'_> {
    fn nsec(&self, name: &Name) -> Option<&Verified> {
        let (_, kept) = self.zone.nsec.range(..=name).next_back()?;
        self.if_live(kept).map(|kept| &kept.verified)
    }

    fn hashing(&self) -> Option<Nsec3Params<'_>> {
        self.hashed.map(Hashed::params)
    }

    /// An Opt-Out span is not used, for it denies nothing (RFC 8198 section 5.2); the name at its start is there.
    fn nsec3(&self, hash: &Hash) -> Option<&Verified> {
        let kept = self.if_live(self.hashed?.at_or_before(hash)?)?;
        let set = kept.verified.rrset();
        let matches = || nsec3_owner_hash(&self.zone.apex, &set.owner).as_ref() == Some(hash);
        let denies = Nsec3::parse(set.rdatas.first()?).is_some_and(|nsec3| !nsec3.is_opt_out());
        (denies || matches()).then_some(&kept.verified)
    }
}

impl Kept {
    /// `set` with the TTL that is left until `deadline`, if a second is.
    fn aged(&self, set: RrSet, deadline: Instant, now: Instant) -> Option<RrSet> {
        let ttl = seconds_left(deadline, now).min(self.verified.rrset().ttl);
        (ttl > 0).then_some(RrSet { ttl, ..set })
    }
}

fn seconds_left(deadline: Instant, now: Instant) -> u32 {
    u32::try_from(deadline.since(now).as_secs()).unwrap_or(u32::MAX)
}

fn weight(place: &Place, kept: &Kept) -> usize {
    let names = match place {
        Place::Nsec(name) | Place::Wildcard(name, _) => 2 * (name.as_wire().len() + 16),
        Place::Nsec3(..) => 0,
    };
    ENTRY_OVERHEAD + names + size_of::<Kept>() * 3 / 2 + kept.verified.weight()
}

fn next_owner(kept: &Kept) -> Option<Name> {
    Nsec::parse(kept.verified.rrset().rdatas.first()?).map(|nsec| nsec.next)
}

fn next_hash(kept: &Kept) -> Option<Hash> {
    Nsec3::parse(kept.verified.rrset().rdatas.first()?)?.next_hashed.try_into().ok()
}

/// Does the span from `owner` to `next` hold `hash`? The last one goes on to the first.
fn is_between(owner: &Hash, next: &Hash, hash: &Hash) -> bool {
    if owner < next { owner < hash && hash < next } else { owner < hash || hash < next }
}

/// Does a wildcard give names an RRset of this type? What makes zone cuts does not come from one, nor what redirects a
/// subtree or belongs to the signing of a zone (RFC 4592 sections 4.2 to 4.6).
fn may_come_from_a_wildcard(rtype: RrType) -> bool {
    let structure = [RrType::NS, RrType::DS, RrType::DNAME, RrType::DNSKEY];
    !rtype.is_meta() && !rtype.is_dnssec() && !structure.contains(&rtype)
}

#[cfg(test)]
mod tests;
