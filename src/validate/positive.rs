//! RRsets that are there (RFC 4035 section 5.3).

use super::Validator;
use super::signers::plausible;
use crate::dnssec::{
    Evidence, Insecurity, Reason, Security, Verified, ZoneKeys, denial, verify_rrset,
};
use crate::model::{Failure, Response, ZoneStatus};
use crate::wire::{Name, RrSet, RrType};
use crate::work::Work;

/// An RRset with its verdict.
pub(super) struct Positive {
    pub set: RrSet,
    /// The NSEC or NSEC3 RRsets that give a wildcard the right to answer.
    pub proof: Vec<RrSet>,
    pub security: Security,
}

impl Validator {
    /// The verdict on `set`: by the deepest zone that signed it and whose chain of trust stands; without such a
    /// signature, by the standing of the zone that it lies in.
    pub(super) async fn positive(
        &self,
        set: RrSet,
        response: &Response,
        work: &Work,
    ) -> Result<Positive, Failure> {
        if set.rtype == RrType::RRSIG {
            // Signatures are not signed: never secure (RFC 6840 section 4.2 and RFC 4035 section 2.2).
            return Ok(Positive {
                set,
                proof: Vec::new(),
                security: Security::Insecure(Insecurity::NeverSigned),
            });
        }
        let mut failed = None;
        for signer in plausible(std::iter::once(&set), &set.owner, set.rtype, response) {
            let standing = self.standing(&signer, work).await?;
            match &*standing.status {
                ZoneStatus::Secure(keys)
                    if *keys.zone() == signer
                        && !self.cut_known_between(&signer, &set, response) =>
                {
                    match self.verify(&set, keys, response, work) {
                        Ok((verified, proof)) => {
                            let set = verified.rrset().clone();
                            return Ok(Positive { set, proof, security: Security::Secure });
                        }
                        Err(Security::Bogus(reason)) => failed = failed.or(Some(reason)),
                        Err(security) => return Ok(Positive { set, proof: Vec::new(), security }),
                    }
                }
                ZoneStatus::Bogus(reason) => failed = failed.or(Some(reason.clone())),
                ZoneStatus::Insecure(why) => {
                    let security = Security::Insecure(why.clone());
                    return Ok(Positive { set, proof: Vec::new(), security });
                }
                _ => {}
            }
        }
        let missing = |zone: &Name| no_signature(&set, zone);
        let security = self.unproven(&set.owner, set.rtype, failed, missing, work).await?;
        Ok(Positive { set, proof: Vec::new(), security })
    }

    /// The verdict on something at `name` that no standing zone vouches for: bogus if it lies in a secure zone, because
    /// what should prove it `failed`, or is `missing`.
    pub(super) async fn unproven(
        &self,
        name: &Name,
        rtype: RrType,
        mut failed: Option<Reason>,
        missing: impl FnOnce(&Name) -> Reason,
        work: &Work,
    ) -> Result<Security, Failure> {
        if let Some(limit) = failed.as_ref().filter(|reason| reason.is_own_limit()) {
            return Ok(Security::Bogus(limit.clone()));
        }
        let parent = if rtype == RrType::DS { name.parent() } else { None };
        let standing = match (self.standing(parent.as_ref().unwrap_or(name), work).await, failed) {
            // Whether a cut lies in between could not be learnt; what should prove it failed all the same.
            (Err(failure), Some(reason)) if !failure.is_own_limit() => {
                return Ok(Security::Bogus(reason));
            }
            (standing, reason) => {
                failed = reason;
                standing?
            }
        };
        Ok(match &*standing.status {
            ZoneStatus::Secure(keys) => {
                Security::Bogus(failed.unwrap_or_else(|| missing(keys.zone())))
            }
            ZoneStatus::Insecure(why) => Security::Insecure(why.clone()),
            ZoneStatus::Bogus(reason) => Security::Bogus(failed.unwrap_or_else(|| reason.clone())),
            ZoneStatus::Indeterminate | ZoneStatus::NotACut => Security::Indeterminate,
        })
    }

    /// Is a zone cut known below `signer` and at or above the RRset? Then the signer does not own it, whatever its
    /// keys say.
    fn cut_known_between(&self, signer: &Name, set: &RrSet, response: &Response) -> bool {
        let lowest =
            if set.rtype == RrType::DS { set.owner.parent() } else { Some(set.owner.clone()) };
        let Some(lowest) = lowest else { return false };
        let between = lowest
            .self_and_ancestors()
            .take_while(|name| name.is_below(signer))
            .collect::<Vec<_>>();
        between.iter().any(|name| {
            let kept = self.cache.keys.get(name, response.arrived.now);
            kept.is_some_and(|k| {
                matches!(&*k.status, ZoneStatus::Secure(_) | ZoneStatus::Insecure(_))
            })
        })
    }

    /// Signature, and the wildcard's right to answer (RFC 4035 section 5.3.4).
    fn verify(
        &self,
        set: &RrSet,
        keys: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<(Verified, Vec<RrSet>), Security> {
        let verified = verify_rrset(set, keys, response.arrived, &self.policy, &work.budget)
            .map_err(Security::Bogus)?;
        let Some(encloser) = verified.wildcard() else { return Ok((verified, Vec::new())) };
        let mut evidence =
            Evidence::new(&response.authority, keys, response.arrived, &self.policy, &work.budget);
        let denial = denial::prove_no_exact_match(&set.owner, encloser, &mut evidence)
            .map_err(Security::from)?;
        let proof = denial.used.iter().map(|v| v.rrset().clone()).collect();
        if denial.opt_out {
            return Err(Security::Insecure(Insecurity::OptOutDenial { name: set.owner.clone() }));
        }
        Ok((verified, proof))
    }
}

fn no_signature(set: &RrSet, zone: &Name) -> Reason {
    Reason::SignaturesMissing { owner: set.owner.clone(), rtype: set.rtype, zone: zone.clone() }
}
