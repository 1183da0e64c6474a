//! What the verified NSEC and NSEC3 records of one zone say about all its names: in the order of their owners, so that
//! the one record that may speak about a name is found in O(log n).
//!
//! No two spans of one chain overlap: a record that comes in puts out those that it contradicts, which are older.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound::{self, Excluded, Unbounded};
use std::time::Duration;

use super::order::Ordered;
use crate::clock::Instant;
use crate::dnssec::{Verified, nsec3_owner_hash};
use crate::wire::rdata::{Nsec, Nsec3, Nsec3Params, Rrsig, Soa};
use crate::wire::{Name, RrSet, RrType};

/// Parameter sets of NSEC3 kept at once: a zone that changes its salt has two for a while.
const MAX_HASHINGS: usize = 2;
/// Hashes kept of each set of parameters: of the closest enclosers that denials came by last, and of their wildcards.
/// Most zones have one or two of them, and all random names below them the same.
const MAX_HASHES: usize = 8;
/// Longer names are hashed each time.
const MAX_HASHED_NAME: usize = 64;
/// What these hashes may cost, which is counted whether they are there or not.
const HASHES_OVERHEAD: usize = MAX_HASHES * (size_of::<(Name, Hash)>() + MAX_HASHED_NAME + 16);
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
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub verified: Verified,
    deadline: Instant,
}

/// What is kept of an RRset.
#[derive(Debug)]
struct Kept {
    live: Live,
    since: Instant,
    /// Its place in the order of coming.
    age: u64,
}

/// Where an entry lies.
#[derive(Clone, Debug)]
enum Place {
    Nsec(Ordered),
    Nsec3(u32, Hash),
    Wildcard(Name, RrType),
}

type Hash = [u8; 20];

/// One set of NSEC3 parameters (RFC 5155 section 3.1).
#[derive(Clone, Debug)]
pub(super) struct Hashing {
    number: u32,
    algorithm: u8,
    iterations: u16,
    salt: Box<[u8]>,
}

impl Hashing {
    fn new(number: u32, params: Nsec3Params<'_>) -> Self {
        let Nsec3Params { hash_algorithm: algorithm, iterations, salt } = params;
        Self { number, algorithm, iterations, salt: salt.into() }
    }

    pub(super) fn params(&self) -> Nsec3Params<'_> {
        let Self { algorithm: hash_algorithm, iterations, ref salt, .. } = *self;
        Nsec3Params { hash_algorithm, iterations, salt }
    }
}

/// The NSEC3 records of one set of parameters: hashes by others have no common order with them.
#[derive(Debug)]
struct Hashed {
    hashing: Hashing,
    records: BTreeMap<Hash, Kept>,
    hashes: VecDeque<(Name, Hash)>,
}

impl Hashed {
    /// The record at `hash`, or the last one in front of it; in front of the first is the last of all.
    fn at_or_before(&self, hash: &Hash) -> Option<(&Hash, &Kept)> {
        self.records.range(..=*hash).next_back().or_else(|| self.records.last_key_value())
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
pub(super) struct ZoneDenials {
    apex: Name,
    soa: Option<Kept>,
    /// The TTL of its negative answers, as its last SOA had it: for spans that come without one.
    negative: Option<Duration>,
    nsec: BTreeMap<Ordered, Kept>,
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

    /// Keeps what the records of one answer say about other names than their own, if they say anything.
    pub(super) fn put(&mut self, answer: &[Verified], now: Instant, longest: LongestLives) {
        let (soa, others): (Vec<_>, Vec<_>) = answer
            .iter()
            .filter(|verified| *verified.zone() == self.apex)
            .partition(|verified| verified.rrset().is(&self.apex, RrType::SOA));
        let beside = soa.first().and_then(|soa| self.put_soa(soa, now, longest));
        let negative = beside.or(self.negative).unwrap_or(longest.denial).min(longest.denial);
        for verified in others {
            self.put_other(verified, now, LongestLives { denial: negative, ..longest });
        }
    }

    fn put_other(&mut self, verified: &Verified, now: Instant, longest: LongestLives) {
        let set = verified.rrset();
        let denial = matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
        let longest = if denial { longest.denial } else { longest.data };
        let life = seconds(set.ttl).min(longest);
        let kept = || Kept::new(verified, now, life);
        match set.rtype {
            _ if life < seconds(1) => {}
            RrType::NSEC | RrType::NSEC3 if verified.wildcard().is_some() => {}
            RrType::NSEC => self.put_nsec(kept()),
            RrType::NSEC3 => self.put_nsec3(kept()),
            rtype if may_come_from_a_wildcard(rtype) => self.put_wildcard(kept()),
            _ => {}
        }
    }

    /// A negative answer lives by the lesser of the SOA's TTL and MINIMUM (RFC 2308 section 5), and so do the NSEC and NSEC3
    /// records beside it (RFC 9077 section 3, RFC 8198 section 5.4): that is given back. Their deadline stands then: a
    /// later SOA neither gives them back their lives nor, when a forwarder counted its TTL down, takes them. It says so
    /// only of those that came before any SOA; and of those that will come without one, by the TTL that the zone signed.
    fn put_soa(&mut self, soa: &Verified, now: Instant, longest: LongestLives) -> Option<Duration> {
        let set = soa.rrset();
        let minimum = Soa::parse(set.rdatas.first()?)?.minimum;
        let negative = seconds(minimum.min(set.ttl));
        if self.negative.is_none() {
            self.bound_spans(negative);
        }
        self.negative = Some(seconds(minimum.min(original_ttl(set))));
        let kept = Kept::new(soa, now, negative.min(longest.denial));
        let same = |old: &Kept| old.live.verified.rrset().rdatas == set.rdatas;
        if !self.soa.as_ref().is_some_and(|old| same(old) && old.live.deadline > kept.live.deadline)
        {
            self.octets += soa.weight();
            let old = self.soa.replace(kept);
            self.octets -= old.map_or(0, |old| old.live.verified.weight());
        }
        Some(negative)
    }

    /// No span that is there lives longer than `negative`.
    fn bound_spans(&mut self, negative: Duration) {
        let hashed = self.nsec3.iter_mut().flat_map(|hashed| hashed.records.values_mut());
        for kept in self.nsec.values_mut().chain(hashed) {
            kept.live.deadline = kept.live.deadline.min(kept.since + negative);
        }
    }

    fn put_nsec(&mut self, kept: Kept) {
        let owner = Ordered::new(&kept.live.verified.rrset().owner);
        let Some(next) = next_owner(&kept).map(|next| Ordered::new(&next)) else { return };
        let behind = self.nsec.range((Excluded(&owner), Unbounded)).map(|(name, _)| name);
        let inside = behind.take_while(|name| **name < next || next <= owner);
        let mut contradicted: Vec<Ordered> = inside.cloned().collect();
        let before = self.nsec.range(..&owner).next_back();
        let reaches = |kept: &Kept| {
            next_owner(kept).is_some_and(|end| owner < Ordered::new(&end) || end == self.apex)
        };
        contradicted.extend(before.filter(|(_, kept)| reaches(kept)).map(|(name, _)| name.clone()));
        contradicted.into_iter().for_each(|name| self.remove(&Place::Nsec(name)));
        self.insert(Place::Nsec(owner), kept);
    }

    fn put_nsec3(&mut self, kept: Kept) {
        let set = kept.live.verified.rrset();
        let view = set.rdatas.first().and_then(|rdata| Nsec3::parse(rdata));
        let owner = nsec3_owner_hash(&self.apex, &set.owner);
        let (Some(view), Some(owner), Some(next)) = (view, owner, next_hash(&kept)) else { return };
        let number = match self.nsec3.iter().find(|hashed| hashed.hashing.params() == view.params) {
            Some(hashed) => {
                let (number, contradicted) =
                    (hashed.hashing.number, hashed.contradicted(&owner, &next));
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
            let places: Vec<_> = oldest
                .records
                .keys()
                .map(|hash| Place::Nsec3(oldest.hashing.number, *hash))
                .collect();
            places.iter().for_each(|place| self.remove(place));
            self.nsec3.remove(0);
            self.octets -= HASHES_OVERHEAD;
        }
        let number = self.nsec3.last().map_or(0, |hashed| hashed.hashing.number.wrapping_add(1));
        let hashing = Hashing::new(number, params);
        self.nsec3.push(Hashed { hashing, records: BTreeMap::new(), hashes: VecDeque::new() });
        self.octets += HASHES_OVERHEAD;
        number
    }

    /// Kept under the source of synthesis: by whichever name it was asked for, it is the same.
    fn put_wildcard(&mut self, kept: Kept) {
        let encloser = kept.live.verified.encloser();
        if let Some(Ok(source)) = encloser.map(|encloser| encloser.wildcard()) {
            let rtype = kept.live.verified.rrset().rtype;
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
                if let Some(hashed) = self.nsec3.iter_mut().find(|h| h.hashing.number == number) {
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
                let hashed = self.nsec3.iter_mut().find(|hashed| hashed.hashing.number == *number);
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

    /// The SOA that a negative answer carries, its TTL counted down to `now`.
    pub(super) fn soa(&self, now: Instant) -> Option<RrSet> {
        self.soa.as_ref()?.live.aged(now)
    }

    /// The RRset of `rtype` that the wildcard below `encloser` gives `name`, its TTL counted down to `now`.
    pub(super) fn wildcard_gives(
        &self,
        encloser: &Name,
        name: &Name,
        rtype: RrType,
        now: Instant,
    ) -> Option<RrSet> {
        let live = &self.wildcards.get(&(encloser.wildcard().ok()?, rtype))?.live;
        live.counted_down(live.verified.expanded(name)?, now)
    }

    /// Does it hold any RRset of a wildcard?
    pub(super) fn has_wildcards(&self) -> bool {
        !self.wildcards.is_empty()
    }

    /// The sets of parameters of its NSEC3 records.
    pub(super) fn hashings(&self) -> Vec<Hashing> {
        self.nsec3.iter().map(|hashed| hashed.hashing.clone()).collect()
    }

    /// The NSEC at `name`, or the nearest one in front of it, if it holds.
    pub(super) fn nsec(&self, name: &Ordered, now: Instant) -> Option<Live> {
        let (_, kept) = self.nsec.range(..=name).next_back()?;
        kept.live.holds(now).then(|| kept.live.clone())
    }

    /// The NSEC3 at `hash`, or the nearest one in front of it, if it holds. An Opt-Out span is not used, for it denies nothing
    /// (RFC 8198 section 5.2); the name at its start is there.
    pub(super) fn nsec3(&self, hashing: &Hashing, hash: &Hash, now: Instant) -> Option<Live> {
        let (owner, kept) = self.hashed(hashing)?.at_or_before(hash)?;
        let rdata = kept.live.verified.rrset().rdatas.first()?;
        let denies = || Nsec3::parse(rdata).is_some_and(|nsec3| !nsec3.is_opt_out());
        (kept.live.holds(now) && (owner == hash || denies())).then(|| kept.live.clone())
    }

    fn hashed(&self, hashing: &Hashing) -> Option<&Hashed> {
        self.nsec3.iter().find(|hashed| hashed.hashing.number == hashing.number)
    }

    /// The hash of `name`, if it was kept.
    pub(super) fn kept_hash(&self, hashing: &Hashing, name: &Name) -> Option<Hash> {
        let mut hashes = self.hashed(hashing)?.hashes.iter();
        hashes.find(|(hashed, _)| hashed == name).map(|(_, hash)| *hash)
    }

    /// Keeps the hash of `name` in place of the one that was kept first.
    pub(super) fn keep_hash(&mut self, hashing: &Hashing, name: &Name, hash: Hash) {
        let known = self.kept_hash(hashing, name).is_some(); // another worker may have been faster
        let hashed = self.nsec3.iter_mut().find(|h| h.hashing.number == hashing.number);
        if let Some(hashed) = hashed.filter(|_| !known && name.as_wire().len() <= MAX_HASHED_NAME) {
            hashed.hashes.truncate(MAX_HASHES - 1);
            hashed.hashes.push_front((name.clone(), hash));
        }
    }
}

impl Kept {
    fn new(verified: &Verified, since: Instant, life: Duration) -> Self {
        let live = Live { verified: verified.clone(), deadline: since + life };
        Self { live, since, age: 0 }
    }
}

impl Live {
    fn holds(&self, now: Instant) -> bool {
        seconds_left(self.deadline, now) > 0
    }

    /// The RRset with the TTL that is left, if a second is.
    pub(super) fn aged(&self, now: Instant) -> Option<RrSet> {
        self.counted_down(self.verified.rrset().clone(), now)
    }

    fn counted_down(&self, set: RrSet, now: Instant) -> Option<RrSet> {
        let ttl = seconds_left(self.deadline, now).min(self.verified.rrset().ttl);
        (ttl > 0).then_some(RrSet { ttl, ..set })
    }
}

const fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds as u64)
}

/// The TTL that the zone gave an RRset, whatever was counted down since (RFC 4034 section 3.1.4).
fn original_ttl(set: &RrSet) -> u32 {
    let rrsig = set.signatures.first().and_then(|rdata| Rrsig::parse(rdata));
    rrsig.map_or(set.ttl, |rrsig| rrsig.original_ttl)
}

fn seconds_left(deadline: Instant, now: Instant) -> u32 {
    u32::try_from(deadline.since(now).as_secs()).unwrap_or(u32::MAX)
}

fn weight(place: &Place, kept: &Kept) -> usize {
    let names = match place {
        Place::Nsec(owner) => 2 * owner.weight(),
        Place::Wildcard(name, _) => 2 * (name.as_wire().len() + 16),
        Place::Nsec3(..) => 0,
    };
    ENTRY_OVERHEAD + names + size_of::<Kept>() * 3 / 2 + kept.live.verified.weight()
}

fn next_owner(kept: &Kept) -> Option<Name> {
    Nsec::parse(kept.live.verified.rrset().rdatas.first()?).map(|nsec| nsec.next)
}

fn next_hash(kept: &Kept) -> Option<Hash> {
    Nsec3::parse(kept.live.verified.rrset().rdatas.first()?)?.next_hashed.try_into().ok()
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
