//! RRsets that are there (RFC 4035 section 5.3).

use std::net::SocketAddr;

use super::Validator;
use super::chain::Standing;
use super::judge::Judged;
use super::pauses::{pause, with_pauses};
use super::signers::plausible;
use crate::dnssec::{
    Denial, Evidence, Insecurity, ProofError, Reason, Security, Verified, ZoneKeys, denial,
};
use crate::model::{Fact, Failure, Response, ZoneStatus};
use crate::wire::{Name, RrSet, RrType};
use crate::work::Work;

/// An RRset with its verdict.
pub(super) struct Positive {
    pub set: RrSet,
    /// The NSEC or NSEC3 RRsets that give a wildcard the right to answer.
    pub proof: Vec<RrSet>,
    pub security: Security,
    /// Of a wildcard's RRset that is secure: itself, and what gives it the right.
    pub telling: Vec<Verified>,
}

impl Positive {
    /// Whoever validates behind us judges by what the response gave.
    fn unproven(set: RrSet, security: Security, response: &Response) -> Self {
        let is_proof = |set: &&RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
        let proof = response.authority.iter().filter(is_proof).cloned().collect();
        Self { set, proof, security, telling: Vec::new() }
    }

    /// The verdict on the fact that the RRset makes.
    pub(super) fn into_judged(self, fact: impl FnOnce(RrSet) -> Fact) -> Judged {
        let Self { set, proof, security, telling } = self;
        Judged { fact: fact(set), authority: proof, security, compact: false, telling }
    }
}

impl Validator {
    /// The verdict on `set`, which answers a question for `asked`: by the deepest zone that signed it and whose chain of
    /// trust stands; without such a signature, by the standing of the zone that it lies in. An alias that answers a question
    /// for DS lies with the parent, as the DS would (RFC 4035 section 3.1.4.1).
    pub(super) async fn positive(
        &self,
        set: RrSet,
        asked: RrType,
        response: &Response,
        work: &Work,
    ) -> Result<Positive, Failure> {
        if set.rtype == RrType::RRSIG {
            // Signatures are not signed: never secure (RFC 6840 section 4.2 and RFC 4035 section 2.2).
            let security = Security::Insecure(Insecurity::NeverSigned);
            return Ok(Positive::unproven(set, security, response));
        }
        let side = if asked == RrType::DS { RrType::DS } else { set.rtype };
        let mut failed = None;
        for signer in plausible(std::iter::once(&set), &set.owner, side, response) {
            let standing = self.standing_of_signer(&signer, work).await?;
            match &*standing.status {
                ZoneStatus::Secure(keys)
                    if *keys.zone() == signer
                        && !self.is_cut_off(&signer, &set.owner, response, work).await? =>
                {
                    let verify =
                        async |keys: &ZoneKeys| self.verify(&set, keys, response, work).await;
                    match self.by_keys(&standing, keys, &set.owner, verify, work).await? {
                        Ok(positive) => return Ok(positive),
                        Err(ProofError::Insecure(why)) => {
                            return Ok(Positive::unproven(set, Security::Insecure(why), response));
                        }
                        Err(ProofError::Bogus(reason)) => failed = Some(first(failed, reason)),
                    }
                }
                ZoneStatus::Bogus(reason) => failed = Some(first(failed, reason.clone())),
                // A name in an RRSIG that nobody verified decides nothing: where the owner lies does.
                _ => {}
            }
        }
        let missing = |zone: &Name| no_signature(&set, zone);
        let security =
            self.unproven(&set.owner, side, failed, missing, response.server, work).await?;
        Ok(Positive::unproven(set, security, response))
    }

    /// What `judge` says about `name` by the `keys` of `standing`: if these do not fit, by what they are now.
    pub(super) async fn by_keys<T>(
        &self,
        standing: &Standing,
        keys: &ZoneKeys,
        name: &Name,
        judge: impl AsyncFn(&ZoneKeys) -> Result<T, ProofError>,
        work: &Work,
    ) -> Result<Result<T, ProofError>, Failure> {
        pause(work).await;
        let outcome = judge(keys).await;
        let Err(ProofError::Bogus(reason)) = &outcome else { return Ok(outcome) };
        let renewed = self.renewed(standing, name, reason, work).await?;
        Ok(match renewed.as_ref().map(|standing| &*standing.status) {
            Some(ZoneStatus::Secure(now)) if !now.are_same(keys) => judge(now).await,
            _ => outcome, // what they did not prove they do not prove now
        })
    }

    /// The verdict on something at `name` that no standing zone vouches for: if it lies in a secure zone it is bogus,
    /// because what should prove it `failed`, or is `missing`. Signatures that do not verify make nothing bogus in a zone
    /// that is proven to be unsigned (RFC 4035 section 4.3). `server` said it.
    pub(super) async fn unproven(
        &self,
        name: &Name,
        rtype: RrType,
        failed: Option<Reason>,
        missing: impl Fn(&Name) -> Reason,
        server: Option<SocketAddr>,
        work: &Work,
    ) -> Result<Security, Failure> {
        // Another server may say better: it is asked before this one is asked for the cuts below the signer.
        if let Some(reason) =
            failed.as_ref().filter(|r| r.is_own_limit() || work.may_refetch(server))
        {
            return Ok(Security::Bogus(reason.clone()));
        }
        let parent = if rtype == RrType::DS { name.parent() } else { None };
        let at = parent.as_ref().unwrap_or(name);
        let mut standing = match (self.standing(at, work).await, &failed) {
            (Err(limit), _) if limit.is_own_limit() => return Err(limit),
            // Whether a cut lies in between could not be learnt; what should prove it failed all the same.
            (Err(_), Some(reason)) => return Ok(Security::Bogus(reason.clone())),
            (standing, _) => standing?,
        };
        if let ZoneStatus::Secure(keys) = &*standing.status {
            let reason = failed.clone().unwrap_or_else(|| missing(keys.zone()));
            if self.renewed(&standing, at, &reason, work).await?.is_some() {
                standing = self.standing(at, work).await?;
            }
        }
        Ok(match &*standing.status {
            ZoneStatus::Secure(keys) => {
                Security::Bogus(failed.unwrap_or_else(|| missing(keys.zone())))
            }
            ZoneStatus::Insecure(why) => Security::Insecure(why.clone()),
            ZoneStatus::Bogus(reason) => Security::Bogus(first(failed, reason.clone())),
            ZoneStatus::Indeterminate | ZoneStatus::NotACut | ZoneStatus::NoSuchName => {
                Security::Indeterminate
            }
        })
    }

    /// Does the response itself show that a zone below `signer` holds `owner`, and is there one? Then the signer does not own
    /// it, whatever its keys say (RFC 4035 section 5.3.1). Only what the response shows counts, not what was learnt before:
    /// a verdict does not depend on the cache.
    async fn is_cut_off(
        &self,
        signer: &Name,
        owner: &Name,
        response: &Response,
        work: &Work,
    ) -> Result<bool, Failure> {
        let between = |apex: &&Name| apex.is_below(signer) && owner.is_at_or_below(apex);
        let Some(apex) = response.apex.as_ref().filter(between) else { return Ok(false) };
        let standing = self.standing(apex, work).await?;
        Ok(match &*standing.status {
            ZoneStatus::Secure(keys) => keys.zone() != signer,
            _ => true,
        })
    }

    /// Signature, and the wildcard's right to answer (RFC 4035 section 5.3.4). Where an Opt-Out span or too many iterations
    /// leave that open, the proof is given all the same: others judge by it as well.
    async fn verify(
        &self,
        set: &RrSet,
        keys: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<Positive, ProofError> {
        let verified = self.verified(set, keys, response, work).await?;
        let security = Security::Secure;
        let Some(encloser) = verified.wildcard() else {
            let is_wildcard = set.owner.is_wildcard();
            let telling = if is_wildcard { vec![verified.clone()] } else { Vec::new() };
            let set = verified.into_rrset();
            return Ok(Positive { set, proof: Vec::new(), security, telling });
        };
        let set = verified.rrset().clone();
        let mut evidence =
            Evidence::new(&response.authority, keys, response.arrived, &self.policy, &work.budget);
        let prove = || denial::prove_no_exact_match(&set.owner, encloser, &mut evidence);
        let Denial { mut used, opt_out, .. } = with_pauses(work, prove).await?;
        let proof = used.iter().map(|v| v.rrset().clone()).collect();
        if opt_out {
            let unsure = Insecurity::OptOutDenial { name: set.owner.clone() };
            let security = Security::Insecure(unsure);
            return Ok(Positive { set, proof, security, telling: Vec::new() });
        }
        used.push(verified);
        Ok(Positive { set, proof, security, telling: used })
    }
}

/// Of several failures the first is told, but for a limit, which is no verdict and must not pass for one.
pub(super) fn first(failed: Option<Reason>, reason: Reason) -> Reason {
    match failed {
        Some(failed) if !reason.is_own_limit() => failed,
        _ => reason,
    }
}

fn no_signature(set: &RrSet, zone: &Name) -> Reason {
    Reason::SignaturesMissing { owner: set.owner.clone(), rtype: set.rtype, zone: zone.clone() }
}
