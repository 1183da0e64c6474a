//! A finding as one block of octets: what there is by the million takes no more than it has to say.
//!
//! Names are written as the part that they do not share with the name that the finding is about, and where in that name
//! the shared part begins: so the owner of an answer takes two octets, and the SOA's or a signer's zone no more.

use std::sync::Arc;

use super::store::Key;
use super::table::{COUNTS, Entry};
use crate::clock::Instant;
use crate::dnssec::{Insecurity, Security};
use crate::model::{Checking, Fact, Finding};
use crate::wire::{Class, Name, Rdata, Reader, RrSet, RrType, block};

/// A finding and what it is about.
#[derive(Clone, Debug)]
pub(super) enum Packed {
    /// As octets: the [`Head`], the name, and behind it the verdict's name and the RRsets.
    Octets(Arc<[u8]>),
    /// As it is: the few whose verdict has more to tell than a name, or that the octets have no form for. With it, whether it
    /// is refuted.
    Whole(Arc<(Key, Arc<Finding>, bool)>),
}

/// There is a slot for each, so it is no larger than the octets' place and length.
const _: () = assert!(size_of::<Packed>() == 2 * size_of::<usize>());

/// What is read without unpacking.
struct Head {
    since: Instant,
    deadline: Instant,
    fact: u8,
    security: u8,
    checking: Checking,
    rtype: RrType,
}

/// Octets of a [`Head`], and of the length of the name behind it.
const HEAD: usize = FACT + 1 + 1 + 1 + 2;
/// Where in a [`Head`] the kind of fact is.
const FACT: usize = 8 + 8;

/// Kinds of facts, and what is added where it is a compact denial, or refuted.
const DATA: u8 = 0;
const ALIAS: u8 = 1;
const ALIAS_BY_DNAME: u8 = 2;
const NAME_TOO_LONG: u8 = 3;
const NO_DATA: u8 = 4;
const NAME_ERROR: u8 = 5;
const COMPACT: u8 = 0x80;
const REFUTED: u8 = 0x40;

/// Verdicts; from [`NO_DS`] on a name follows.
const SECURE: u8 = 0;
const INDETERMINATE: u8 = 1;
const NEVER_SIGNED: u8 = 2;
const NO_DS: u8 = 3;
const OPT_OUT: u8 = 4;
const OPT_OUT_DENIAL: u8 = 5;

impl Packed {
    /// Packs `finding`, which is about `key`.
    pub fn new(key: &Key, finding: Finding) -> Self {
        match octets(key, &finding) {
            Some(octets) => Self::Octets(octets.into()),
            None => Self::Whole(Arc::new((key.clone(), Arc::new(finding), false))),
        }
    }

    /// What it is about.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Octets(octets) => {
                let Head { rtype, checking, .. } = head(octets)?;
                Some(Key { name: Name::from_wire(own_name(octets)?).ok()?, rtype, checking })
            }
            Self::Whole(whole) => Some(whole.0.clone()),
        }
    }

    /// When its TTLs were what they say.
    pub fn since(&self) -> Instant {
        match self {
            Self::Octets(octets) => head(octets).map_or_else(Instant::default, |head| head.since),
            Self::Whole(whole) => whole.1.since,
        }
    }

    /// When it must be asked for again.
    pub fn deadline(&self) -> Instant {
        match self {
            Self::Octets(octets) => {
                head(octets).map_or_else(Instant::default, |head| head.deadline)
            }
            Self::Whole(whole) => whole.1.deadline,
        }
    }

    /// Is it still good at `now`?
    pub fn is_live(&self, now: Instant) -> bool {
        now < self.deadline()
    }

    /// Is it proven?
    pub fn is_secure(&self) -> bool {
        match self {
            Self::Octets(octets) => head(octets).is_some_and(|head| head.security == SECURE),
            Self::Whole(whole) => whole.1.security.is_secure(),
        }
    }

    /// The same, no longer good for anything once its life ends: what was heard since speaks against it.
    pub fn refuted(&self) -> Self {
        match self {
            Self::Octets(octets) => {
                let mut octets = octets.to_vec();
                octets.iter_mut().skip(FACT).take(1).for_each(|fact| *fact |= REFUTED);
                Self::Octets(octets.into())
            }
            Self::Whole(whole) => {
                Self::Whole(Arc::new((whole.0.clone(), Arc::clone(&whole.1), true)))
            }
        }
    }

    /// Was it refuted?
    pub fn is_refuted(&self) -> bool {
        match self {
            Self::Octets(octets) => head(octets).is_some_and(|head| head.fact & REFUTED != 0),
            Self::Whole(whole) => whole.2,
        }
    }

    /// Is it an alias, or what a DNAME makes of a name in place of one?
    pub fn is_alias(&self) -> bool {
        match self {
            Self::Octets(octets) => head(octets).is_some_and(|head| {
                matches!(head.fact & !(COMPACT | REFUTED), ALIAS | ALIAS_BY_DNAME | NAME_TOO_LONG)
            }),
            Self::Whole(whole) => {
                matches!(whole.1.fact, Fact::Alias { .. } | Fact::NameTooLong(_))
            }
        }
    }

    /// The finding.
    pub fn unpack(&self) -> Option<Arc<Finding>> {
        match self {
            Self::Octets(octets) => finding(octets).map(Arc::new),
            Self::Whole(whole) => Some(Arc::clone(&whole.1)),
        }
    }
}

impl Entry for Packed {
    fn is_about(&self, name: &Name, rtype: RrType, checking: Checking) -> bool {
        match self {
            Self::Octets(octets) => {
                head(octets).is_some_and(|head| head.rtype == rtype && head.checking == checking)
                    && own_name(octets).is_some_and(|own| name.is_wire(own))
            }
            Self::Whole(whole) => {
                whole.0.rtype == rtype && whole.0.checking == checking && whole.0.name == *name
            }
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Octets(octets) => block(COUNTS + octets.len()),
            Self::Whole(whole) => {
                block(COUNTS + size_of::<(Key, Arc<Finding>, bool)>())
                    + block(whole.0.name.as_wire().len())
                    + block(COUNTS)
                    + whole.1.weight()
            }
        }
    }
}

fn head(octets: &[u8]) -> Option<Head> {
    let mut reader = Reader::new(octets);
    let mut instant = || {
        let (upper, lower) = (reader.u32().ok()?, reader.u32().ok()?);
        Some(Instant::from_nanos(u64::from(upper) << 32 | u64::from(lower)))
    };
    let (since, deadline) = (instant()?, instant()?);
    let (fact, security) = (reader.u8().ok()?, reader.u8().ok()?);
    let checking = if reader.u8().ok()? == 0 { Checking::Enabled } else { Checking::Disabled };
    Some(Head { since, deadline, fact, security, checking, rtype: RrType(reader.u16().ok()?) })
}

/// The name that it is about, in wire form.
fn own_name(octets: &[u8]) -> Option<&[u8]> {
    let (length, behind) = octets.get(HEAD..)?.split_first()?;
    behind.get(..usize::from(*length))
}

/// `None` where there is no form for it.
fn octets(key: &Key, finding: &Finding) -> Option<Vec<u8>> {
    let own = key.name.as_wire();
    let mut octets = Vec::with_capacity(512);
    octets.extend_from_slice(&finding.since.as_nanos().to_be_bytes());
    octets.extend_from_slice(&finding.deadline.as_nanos().to_be_bytes());
    let compact = if finding.compact { COMPACT } else { 0 };
    let (security, told) = verdict(&finding.security)?;
    let checking = u8::from(key.checking == Checking::Disabled);
    octets.extend([kind(&finding.fact)? | compact, security, checking]);
    octets.extend_from_slice(&key.rtype.0.to_be_bytes());
    octets.push(u8::try_from(own.len()).ok()?);
    octets.extend_from_slice(own);
    if let Some(told) = told {
        put_name(&mut octets, own, told)?;
    }
    finding.rrsets().try_for_each(|set| put_set(&mut octets, own, set))?;
    Some(octets)
}

/// `None` for an alias whose target is not its CNAME's.
fn kind(fact: &Fact) -> Option<u8> {
    Some(match fact {
        Fact::Data(_) => DATA,
        Fact::Alias { cname, dname, target } => {
            let [rdata] = cname.rdatas.as_slice() else { return None };
            match dname {
                _ if **rdata != *target.as_wire() => return None,
                Some(_) => ALIAS_BY_DNAME,
                None => ALIAS,
            }
        }
        Fact::NameTooLong(_) => NAME_TOO_LONG,
        Fact::NoData => NO_DATA,
        Fact::NameError => NAME_ERROR,
    })
}

fn verdict(security: &Security) -> Option<(u8, Option<&Name>)> {
    Some(match security {
        Security::Secure => (SECURE, None),
        Security::Indeterminate => (INDETERMINATE, None),
        Security::Insecure(Insecurity::NeverSigned) => (NEVER_SIGNED, None),
        Security::Insecure(Insecurity::NoDs { zone }) => (NO_DS, Some(zone)),
        Security::Insecure(Insecurity::OptOut { zone }) => (OPT_OUT, Some(zone)),
        Security::Insecure(Insecurity::OptOutDenial { name }) => (OPT_OUT_DENIAL, Some(name)),
        Security::Insecure(_) | Security::Bogus(_) => return None,
    })
}

/// Writes `name` as its first octets and where in the wire form `own` the rest begins, letter case included: at the root
/// label at the latest.
fn put_name(octets: &mut Vec<u8>, own: &[u8], name: &Name) -> Option<()> {
    let wire = name.as_wire();
    let mut at = 0;
    let shared = loop {
        if own.ends_with(&wire[at..]) {
            break wire.len() - at;
        }
        at += usize::from(wire[at]) + 1;
    };
    let starts = own.len() - shared;
    octets.extend([u8::try_from(starts).ok()?, u8::try_from(at).ok()?]);
    octets.extend_from_slice(&wire[..at]);
    Some(())
}

fn put_set(octets: &mut Vec<u8>, own: &[u8], set: &RrSet) -> Option<()> {
    if set.class != Class::IN {
        return None;
    }
    put_name(octets, own, &set.owner)?;
    octets.extend_from_slice(&set.rtype.0.to_be_bytes());
    octets.extend_from_slice(&set.ttl.to_be_bytes());
    for rdatas in [&set.rdatas, &set.signatures] {
        octets.extend_from_slice(&u16::try_from(rdatas.len()).ok()?.to_be_bytes());
        for rdata in rdatas {
            octets.extend_from_slice(&u16::try_from(rdata.len()).ok()?.to_be_bytes());
            octets.extend_from_slice(rdata);
        }
    }
    Some(())
}

fn finding(octets: &[u8]) -> Option<Finding> {
    let (head, own) = (head(octets)?, own_name(octets)?);
    let mut reader = Reader::new(octets.get(HEAD + 1 + own.len()..)?);
    let mut unpack = Unpack { own, reader: &mut reader };
    let security = unpack.security(head.security)?;
    let fact = match head.fact & !(COMPACT | REFUTED) {
        DATA => Fact::Data(unpack.set()?),
        kind @ (ALIAS | ALIAS_BY_DNAME) => {
            let dname = if kind == ALIAS { None } else { Some(unpack.set()?) };
            let cname = unpack.set()?;
            let target = Name::from_wire(cname.rdatas.first()?).ok()?;
            Fact::Alias { cname, dname, target }
        }
        NAME_TOO_LONG => Fact::NameTooLong(unpack.set()?),
        NO_DATA => Fact::NoData,
        _ => Fact::NameError,
    };
    let mut authority = Vec::new();
    while !unpack.reader.is_empty() {
        authority.push(unpack.set()?);
    }
    let Head { since, deadline, .. } = head;
    let compact = head.fact & COMPACT != 0;
    Some(Finding { fact, authority, security, compact, since, deadline })
}

/// Reads what lies behind the name that a finding is about.
struct Unpack<'a, 'r> {
    own: &'a [u8],
    reader: &'r mut Reader<'a>,
}

impl Unpack<'_, '_> {
    fn security(&mut self, verdict: u8) -> Option<Security> {
        Some(match verdict {
            SECURE => Security::Secure,
            NEVER_SIGNED => Security::Insecure(Insecurity::NeverSigned),
            NO_DS => Security::Insecure(Insecurity::NoDs { zone: self.name()? }),
            OPT_OUT => Security::Insecure(Insecurity::OptOut { zone: self.name()? }),
            OPT_OUT_DENIAL => Security::Insecure(Insecurity::OptOutDenial { name: self.name()? }),
            _ => Security::Indeterminate,
        })
    }

    fn name(&mut self) -> Option<Name> {
        let (starts, length) = (self.reader.u8().ok()?, self.reader.u8().ok()?);
        let first = self.reader.octets(length.into()).ok()?;
        let shared = self.own.get(usize::from(starts)..)?;
        if first.is_empty() {
            return Name::from_wire(shared).ok();
        }
        let mut wire = [0; Name::MAX_OCTETS];
        let wire = wire.get_mut(..first.len() + shared.len())?;
        wire[..first.len()].copy_from_slice(first);
        wire[first.len()..].copy_from_slice(shared);
        Name::from_wire(wire).ok()
    }

    fn set(&mut self) -> Option<RrSet> {
        let owner = self.name()?;
        let (rtype, ttl) = (RrType(self.reader.u16().ok()?), self.reader.u32().ok()?);
        let (rdatas, signatures) = (self.rdatas()?, self.rdatas()?);
        Some(RrSet { owner, class: Class::IN, rtype, ttl, rdatas, signatures })
    }

    fn rdatas(&mut self) -> Option<Vec<Rdata>> {
        let count = self.reader.u16().ok()?;
        let mut rdatas = Vec::with_capacity(count.into());
        for _ in 0..count {
            let length = self.reader.u16().ok()?;
            rdatas.push(self.reader.octets(length.into()).ok()?.into());
        }
        Some(rdatas)
    }
}

#[cfg(test)]
mod tests;
