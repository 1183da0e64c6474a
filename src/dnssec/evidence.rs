//! The NSEC and NSEC3 records that a proof may rest on. Each is verified when a proof first needs it, once.

use std::collections::BTreeMap;

use super::{Budget, Insecurity, Policy, Reason, Verified, ZoneKeys, nsec, nsec3, verify_rrset};
use crate::clock::Moment;
use crate::wire::rdata::{Nsec, Nsec3, Nsec3Params};
use crate::wire::{Name, RrSet, RrType};

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// It should be there and is not.
    Bogus(Reason),
    /// It need not be computed: the zone counts as insecure.
    Insecure(Insecurity),
}

impl ProofError {
    /// Is it for want of budget alone? Then nothing is said about the zone.
    #[must_use]
    pub const fn is_own_limit(&self) -> bool {
        matches!(self, Self::Bogus(reason) if reason.is_own_limit())
    }
}

impl From<Reason> for ProofError {
    fn from(reason: Reason) -> Self {
        Self::Bogus(reason)
    }
}

/// The records of one response that may deny something in one zone.
pub struct Evidence<'a> {
    keys: &'a ZoneKeys,
    moment: Moment,
    policy: &'a Policy,
    budget: &'a Budget,
    nsec: Vec<Candidate<'a, Nsec<'a>>>,
    nsec3: Vec<Candidate<'a, HashedNsec3<'a>>>,
    hashes: BTreeMap<Name, [u8; 20]>,
    used: Vec<Verified>,
    failed: Option<Reason>,
}

impl std::fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Evidence({} NSEC, {} NSEC3 of {})",
            self.nsec.len(),
            self.nsec3.len(),
            self.zone()
        )
    }
}

/// A record that was not yet verified, or was, or failed.
struct Candidate<'a, V> {
    set: &'a RrSet,
    view: V,
    state: State,
}

enum State {
    Untried,
    Verified(Verified),
    Failed,
}

/// An NSEC3 with the hash in its owner name.
#[derive(Clone, Copy)]
pub(super) struct HashedNsec3<'a> {
    pub hash: [u8; 20],
    pub nsec3: Nsec3<'a>,
}

/// An NSEC with its owner.
pub(super) struct OwnedNsec<'a> {
    pub owner: &'a Name,
    pub nsec: Nsec<'a>,
}

impl<'a> Evidence<'a> {
    /// The records among `sets` that `keys`' zone may have made, unverified yet. What cannot belong to the zone's
    /// chains, or is unsigned, is left out; of NSEC3 records those of one set of parameters count (RFC 5155 section
    /// 8.2), with a hash and flags that are defined (section 8.1).
    #[must_use]
    pub fn new(
        sets: &'a [RrSet],
        keys: &'a ZoneKeys,
        moment: Moment,
        policy: &'a Policy,
        budget: &'a Budget,
    ) -> Self {
        let zone = keys.zone();
        let signed =
            || sets.iter().filter(|set| set.rdatas.len() == 1 && !set.signatures.is_empty());
        let nsec = signed().filter(|set| set.rtype == RrType::NSEC).filter_map(|set| {
            let view = Nsec::parse(&set.rdatas[0])?;
            nsec::is_of_zone(zone, &set.owner, &view.next).then_some(Candidate {
                set,
                view,
                state: State::Untried,
            })
        });
        let mut nsec3: Vec<_> = signed()
            .filter(|set| set.rtype == RrType::NSEC3)
            .filter_map(|set| {
                let view = HashedNsec3 {
                    hash: nsec3::owner_hash(zone, &set.owner)?,
                    nsec3: Nsec3::parse(&set.rdatas[0])?,
                };
                is_defined(&view.nsec3).then_some(Candidate { set, view, state: State::Untried })
            })
            .collect();
        if let Some(params) = nsec3.first().map(|first| first.view.nsec3.params) {
            nsec3.retain(|candidate| candidate.view.nsec3.params == params);
        }
        Self {
            keys,
            moment,
            policy,
            budget,
            nsec: nsec.collect(),
            nsec3,
            hashes: BTreeMap::new(),
            used: Vec::new(),
            failed: None,
        }
    }

    /// The zone whose records they are.
    #[must_use]
    pub const fn zone(&self) -> &'a Name {
        self.keys.zone()
    }

    /// Are there any records at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nsec.is_empty() && self.nsec3.is_empty()
    }

    pub(super) fn has_nsec(&self) -> bool {
        !self.nsec.is_empty()
    }

    pub(super) fn has_nsec3(&self) -> bool {
        !self.nsec3.is_empty()
    }

    /// Starts a new proof: what was verified stays so, what was used is forgotten.
    pub(super) fn begin(&mut self) {
        self.used.clear();
    }

    /// The records that the proof rests on.
    pub(super) fn take_used(&mut self) -> Vec<Verified> {
        std::mem::take(&mut self.used)
    }

    /// Why a record that the proof needed did not verify; `otherwise` when none failed.
    pub(super) fn failure(&self, otherwise: Reason) -> Reason {
        self.failed.clone().unwrap_or(otherwise)
    }

    /// A verified NSEC for which `wanted` holds.
    pub(super) fn nsec(
        &mut self,
        wanted: impl Fn(&Name, &Nsec<'a>) -> bool,
    ) -> Result<Option<OwnedNsec<'a>>, Reason> {
        let Context { keys, moment, policy, budget } = self.context();
        for candidate in self.nsec.iter_mut().filter(|c| wanted(&c.set.owner, &c.view)) {
            match candidate.verify(keys, moment, policy, budget) {
                Ok(Some(verified)) => {
                    note(&mut self.used, verified);
                    return Ok(Some(OwnedNsec {
                        owner: &candidate.set.owner,
                        nsec: candidate.view.clone(),
                    }));
                }
                Ok(None) => {}
                Err(reason) => give_up_or_note(&mut self.failed, reason)?,
            }
        }
        Ok(None)
    }

    /// The verified NSEC3 that matches `name`.
    pub(super) fn nsec3_matching(
        &mut self,
        name: &Name,
    ) -> Result<Option<HashedNsec3<'a>>, Reason> {
        let hash = self.hash(name)?;
        self.nsec3(|view| view.hash == hash)
    }

    /// A verified NSEC3 that covers `name`.
    pub(super) fn nsec3_covering(
        &mut self,
        name: &Name,
    ) -> Result<Option<HashedNsec3<'a>>, Reason> {
        let hash = self.hash(name)?;
        self.nsec3(|view| nsec3::covers(&view.hash, view.nsec3.next_hashed, &hash))
    }

    fn nsec3(
        &mut self,
        wanted: impl Fn(&HashedNsec3<'a>) -> bool,
    ) -> Result<Option<HashedNsec3<'a>>, Reason> {
        let Context { keys, moment, policy, budget } = self.context();
        for candidate in self.nsec3.iter_mut().filter(|c| wanted(&c.view)) {
            match candidate.verify(keys, moment, policy, budget) {
                Ok(Some(verified)) => {
                    note(&mut self.used, verified);
                    return Ok(Some(candidate.view));
                }
                Ok(None) => {}
                Err(reason) => give_up_or_note(&mut self.failed, reason)?,
            }
        }
        Ok(None)
    }

    /// May the hashes be computed? More iterations than the operator takes prove insecurity, once a signature shows that
    /// they are the zone's own (RFC 9276 section 3.2).
    pub(super) fn check_iterations(&mut self) -> Result<(), ProofError> {
        let Some(params) = self.params() else { return Ok(()) };
        let (zone, iterations) = (self.zone().clone(), params.iterations);
        if let Some(limit) = self.policy.nsec3_servfail_above.filter(|limit| iterations > *limit) {
            return Err(ProofError::Bogus(Reason::Nsec3Iterations { zone, iterations, limit }));
        }
        let limit = self.policy.nsec3_insecure_above;
        if iterations <= limit {
            return Ok(());
        }
        match self.nsec3(|_| true).map_err(ProofError::Bogus)? {
            Some(_) => {
                Err(ProofError::Insecure(Insecurity::Nsec3Iterations { zone, iterations, limit }))
            }
            None => Err(ProofError::Bogus(self.failure(Reason::Nsec3Iterations {
                zone,
                iterations,
                limit,
            }))),
        }
    }

    fn params(&self) -> Option<Nsec3Params<'a>> {
        self.nsec3.first().map(|candidate| candidate.view.nsec3.params)
    }

    /// The hash of `name`, paid for once.
    fn hash(&mut self, name: &Name) -> Result<[u8; 20], Reason> {
        if let Some(hash) = self.hashes.get(name) {
            return Ok(*hash);
        }
        let Some(params) = self.params() else { return Ok([0; 20]) }; // no records: nothing will match
        self.budget.spend_hashes(nsec3::cost(&params))?;
        let hash = nsec3::hash(name, &params);
        self.hashes.insert(name.clone(), hash);
        Ok(hash)
    }

    const fn context(&self) -> Context<'a> {
        Context { keys: self.keys, moment: self.moment, policy: self.policy, budget: self.budget }
    }
}

/// What verifying needs.
struct Context<'a> {
    keys: &'a ZoneKeys,
    moment: Moment,
    policy: &'a Policy,
    budget: &'a Budget,
}

impl<V> Candidate<'_, V> {
    /// The verified record; `None` when it failed before. A record that was expanded from a wildcard denies nothing:
    /// its owner is not a name of the chain.
    fn verify(
        &mut self,
        keys: &ZoneKeys,
        moment: Moment,
        policy: &Policy,
        budget: &Budget,
    ) -> Result<Option<&Verified>, Reason> {
        if matches!(self.state, State::Untried) {
            self.state = State::Failed;
            let verified = verify_rrset(self.set, keys, moment, policy, budget)?;
            if verified.wildcard().is_none() {
                self.state = State::Verified(verified);
            }
        }
        Ok(match &self.state {
            State::Verified(verified) => Some(verified),
            State::Untried | State::Failed => None,
        })
    }
}

fn is_defined(nsec3: &Nsec3<'_>) -> bool {
    nsec3.params.hash_algorithm == nsec3::SHA1_HASH
        && nsec3.flags <= 1
        && nsec3.next_hashed.len() == 20
}

fn note(used: &mut Vec<Verified>, verified: &Verified) {
    if !used.contains(verified) {
        used.push(verified.clone());
    }
}

/// A limit ends the proof; a bad signature leaves the other records.
fn give_up_or_note(failed: &mut Option<Reason>, reason: Reason) -> Result<(), Reason> {
    if reason.is_own_limit() {
        return Err(reason);
    }
    *failed = Some(reason.or(failed.take()));
    Ok(())
}
