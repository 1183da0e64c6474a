//! The NSEC and NSEC3 records that a proof may rest on. Each is verified when a proof first needs it, once.

use super::{
    Budget, Insecurity, Policy, Reason, Tried, Verified, ZoneKeys, nsec, nsec3, verify_rrset_beyond,
};
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

/// Records of one zone's chains that were verified before, found by where a name or a hash lies among their owners.
pub trait Spans {
    /// The NSEC at `name`, or the nearest one in front of it in canonical order.
    fn nsec(&self, name: &Name) -> Option<&Verified>;
    /// How the NSEC3 records hash names; `None` when there are none.
    fn hashing(&self) -> Option<Nsec3Params<'_>>;
    /// The NSEC3 at `hash`, or the one whose span may hold it.
    fn nsec3(&self, hash: &[u8; 20]) -> Option<&Verified>;
    /// The hash of `name`, where it was kept.
    fn kept_hash(&self, name: &Name) -> Option<[u8; 20]>;
    /// The hash of a name that proofs will need again.
    fn keep_hash(&self, name: &Name, hash: [u8; 20]);
}

/// The records that may deny something in one zone: of one response, or of a cache.
pub struct Evidence<'a> {
    zone: &'a Name,
    policy: &'a Policy,
    budget: &'a Budget,
    spans: Option<&'a dyn Spans>,
    nsec: Vec<Candidate<'a, Nsec<'a>>>,
    nsec3: Vec<Candidate<'a, HashedNsec3<'a>>>,
    hashes: Vec<(Name, [u8; 20])>,
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
    state: State<'a>,
}

enum State<'a> {
    /// Up to its last check, if that is due after a pause.
    Untried(Check<'a>, Tried),
    Verified(Verified),
    Failed,
}

/// What verifying needs.
#[derive(Clone, Copy)]
struct Check<'a> {
    keys: &'a ZoneKeys,
    moment: Moment,
    policy: &'a Policy,
    budget: &'a Budget,
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
    pub nsec: &'a Nsec<'a>,
}

impl<'a> Evidence<'a> {
    /// The records among `sets` that `keys`' zone may have made, unverified yet. What cannot belong to the zone's
    /// chains, or is unsigned, is left out; of NSEC3 records those of one set of parameters count (RFC 5155 section
    /// 8.2), with a hash and flags that are defined (section 8.1).
    #[must_use]
    pub fn new(
        sets: impl IntoIterator<Item = &'a RrSet>,
        keys: &'a ZoneKeys,
        moment: Moment,
        policy: &'a Policy,
        budget: &'a Budget,
    ) -> Self {
        let check = Check { keys, moment, policy, budget };
        let mut evidence = Self::empty(keys.zone(), policy, budget);
        for set in sets.into_iter().filter(|set| !set.signatures.is_empty()) {
            evidence.add(set, State::Untried(check, Tried::default()));
        }
        if let Some(params) = evidence.nsec3.first().map(|first| first.view.nsec3.params) {
            evidence.nsec3.retain(|candidate| candidate.view.nsec3.params == params);
        }
        evidence
    }

    /// What `spans` holds of `zone`: each record is looked up when a proof first needs it.
    #[must_use]
    pub fn kept(
        zone: &'a Name,
        spans: &'a dyn Spans,
        policy: &'a Policy,
        budget: &'a Budget,
    ) -> Self {
        Self { spans: Some(spans), ..Self::empty(zone, policy, budget) }
    }

    const fn empty(zone: &'a Name, policy: &'a Policy, budget: &'a Budget) -> Self {
        Self {
            zone,
            policy,
            budget,
            spans: None,
            nsec: Vec::new(),
            nsec3: Vec::new(),
            hashes: Vec::new(),
            used: Vec::new(),
            failed: None,
        }
    }

    /// Adds `set` if it can belong to one of the zone's chains.
    fn add(&mut self, set: &'a RrSet, state: State<'a>) {
        let [rdata] = set.rdatas.as_slice() else { return };
        match set.rtype {
            RrType::NSEC => {
                let view = Nsec::parse(rdata)
                    .filter(|view| nsec::is_of_zone(self.zone, &set.owner, &view.next));
                self.nsec.extend(view.map(|view| Candidate { set, view, state }));
            }
            RrType::NSEC3 => {
                let view = HashedNsec3::new(self.zone, &set.owner, rdata);
                self.nsec3.extend(view.map(|view| Candidate { set, view, state }));
            }
            _ => {}
        }
    }

    /// Adds a record that was verified before. One that was expanded from a wildcard is no name of the chain.
    fn add_kept(&mut self, kept: Option<&'a Verified>) {
        let Some(kept) = kept else { return };
        let there = |set: &RrSet| std::ptr::eq(set, kept.rrset());
        let known =
            self.nsec.iter().any(|c| there(c.set)) || self.nsec3.iter().any(|c| there(c.set));
        if !known && kept.zone() == self.zone && kept.wildcard().is_none() {
            self.add(kept.rrset(), State::Verified(kept.clone()));
        }
    }

    /// The zone whose records they are.
    #[must_use]
    pub const fn zone(&self) -> &'a Name {
        self.zone
    }

    /// Are there any records at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_nsec() && !self.has_nsec3()
    }

    pub(super) fn has_nsec(&self) -> bool {
        self.spans.is_some() || !self.nsec.is_empty()
    }

    pub(super) fn has_nsec3(&self) -> bool {
        self.params().is_some()
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

    /// A verified NSEC at `name` or in front of it, for which `wanted` holds.
    pub(super) fn nsec(
        &mut self,
        name: &Name,
        wanted: impl Fn(&Name, &Nsec<'a>) -> bool,
    ) -> Result<Option<OwnedNsec<'_>>, Reason> {
        self.add_kept(self.spans.and_then(|spans| spans.nsec(name)));
        for candidate in self.nsec.iter_mut().filter(|c| wanted(&c.set.owner, &c.view)) {
            match candidate.verify() {
                Ok(Some(verified)) => {
                    note(&mut self.used, verified);
                    return Ok(Some(OwnedNsec {
                        owner: &candidate.set.owner,
                        nsec: &candidate.view,
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
        self.add_kept(self.spans.and_then(|spans| spans.nsec3(&hash)));
        self.nsec3(|view| view.hash == hash)
    }

    /// A verified NSEC3 that covers `name`.
    pub(super) fn nsec3_covering(
        &mut self,
        name: &Name,
    ) -> Result<Option<HashedNsec3<'a>>, Reason> {
        let hash = self.hash(name)?;
        self.add_kept(self.spans.and_then(|spans| spans.nsec3(&hash)));
        self.nsec3(|view| nsec3::covers(&view.hash, view.nsec3.next_hashed, &hash))
    }

    fn nsec3(
        &mut self,
        wanted: impl Fn(&HashedNsec3<'a>) -> bool,
    ) -> Result<Option<HashedNsec3<'a>>, Reason> {
        for candidate in self.nsec3.iter_mut().filter(|c| wanted(&c.view)) {
            match candidate.verify() {
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

    /// May the hashes be computed? More iterations than the operator takes make the denial insecure or refused, once a
    /// signature shows that they are the zone's own (RFC 9276 section 3.2).
    pub(super) fn check_iterations(&mut self) -> Result<(), ProofError> {
        let Some(Nsec3Params { iterations, .. }) = self.params() else { return Ok(()) };
        let zone = self.zone().clone();
        let refused = self.policy.nsec3_servfail_above.filter(|limit| iterations > *limit);
        let limit = self.policy.nsec3_insecure_above;
        if refused.is_none() && iterations <= limit {
            return Ok(());
        }
        if self.nsec3(|_| true)?.is_none() {
            let rtype = RrType::NSEC3;
            let unsigned = Reason::SignaturesMissing { owner: zone.clone(), rtype, zone };
            return Err(ProofError::Bogus(self.failure(unsigned)));
        }
        Err(match refused {
            Some(limit) => ProofError::Bogus(Reason::Nsec3Iterations { zone, iterations, limit }),
            None => ProofError::Insecure(Insecurity::Nsec3Iterations { zone, iterations, limit }),
        })
    }

    fn params(&self) -> Option<Nsec3Params<'a>> {
        let first = self.nsec3.first().map(|candidate| candidate.view.nsec3.params);
        first.or_else(|| self.spans?.hashing())
    }

    /// The hash of `name`, paid for once.
    fn hash(&mut self, name: &Name) -> Result<[u8; 20], Reason> {
        let kept = || self.spans.and_then(|spans| spans.kept_hash(name));
        if let Some(hash) = self.computed(name).or_else(kept) {
            return Ok(hash);
        }
        let Some(params) = self.params() else { return Ok([0; 20]) }; // no records: nothing will match
        self.budget.spend_hashes(nsec3::cost(&params))?;
        let hash = nsec3::hash(name, &params);
        self.hashes.push((name.clone(), hash));
        Ok(hash)
    }

    fn computed(&self, name: &Name) -> Option<[u8; 20]> {
        self.hashes.iter().find(|(hashed, _)| hashed == name).map(|(_, hash)| *hash)
    }

    /// Other names will be denied by way of `name`: a closest encloser, or the wildcard below it. Its hash is kept beside
    /// the records, if they are.
    pub(super) fn keep_hash(&self, name: &Name) {
        if let (Some(spans), Some(hash)) = (self.spans, self.computed(name)) {
            spans.keep_hash(name, hash);
        }
    }
}

impl<V> Candidate<'_, V> {
    /// The verified record; `None` when it failed before. A record that was expanded from a wildcard denies nothing:
    /// its owner is not a name of the chain.
    fn verify(&mut self) -> Result<Option<&Verified>, Reason> {
        if let State::Untried(check, tried) = &mut self.state {
            let Check { keys, moment, policy, budget } = *check;
            let outcome = verify_rrset_beyond(tried, self.set, keys, moment, policy, budget);
            if !outcome.as_ref().is_err_and(Reason::is_own_limit) {
                self.state = State::Failed;
            }
            let verified = outcome?;
            if verified.wildcard().is_none() {
                self.state = State::Verified(verified);
            }
        }
        Ok(match &self.state {
            State::Verified(verified) => Some(verified),
            State::Untried(..) | State::Failed => None,
        })
    }
}

impl<'a> HashedNsec3<'a> {
    /// The view of an NSEC3 that `zone` may have made, with a hash and flags that are defined (RFC 5155 section 8.1).
    fn new(zone: &Name, owner: &Name, rdata: &'a [u8]) -> Option<Self> {
        let view = Self { hash: nsec3::owner_hash(zone, owner)?, nsec3: Nsec3::parse(rdata)? };
        is_defined(&view.nsec3).then_some(view)
    }
}

fn is_defined(nsec3: &Nsec3<'_>) -> bool {
    nsec3.params.hash_algorithm == nsec3::SHA1_HASH
        && nsec3.flags <= 1
        && nsec3.next_hashed.len() == 20
}

fn note(used: &mut Vec<Verified>, verified: &Verified) {
    if !used.iter().any(|known| known.is_same(verified)) {
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
