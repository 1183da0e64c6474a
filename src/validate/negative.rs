//! What must not exist (RFC 4035 section 5.4, RFC 5155 section 8).

use super::judge::Judged;
use super::pauses::with_pauses;
use super::positive::first;
use super::signers::{claims, plausible};
use super::{Freshness, Validator};
use crate::cache::Via;
use crate::dnssec::{
    Denial, Evidence, Insecurity, ProofError, Reason, Security, Verified, ZoneKeys, denial,
};
use crate::model::{Fact, Failure, Kind, Response, ZoneStatus};
use crate::wire::{Name, Question, RrSet, RrType};
use crate::work::Work;

impl Validator {
    /// The verdict on the denial `fact` of `name` and `rtype`: by the deepest zone whose signed denial is there and
    /// whose chain of trust stands; without one, by the standing of the zone that the name lies in.
    pub(super) async fn judge_denial(
        &self,
        fact: Fact,
        name: &Name,
        rtype: RrType,
        response: &Response,
        work: &Work,
    ) -> Result<Judged, Failure> {
        let denials = response.authority.iter().filter(|set| is_denial(set));
        let mut failed = None;
        for signer in plausible(denials, name, rtype, response) {
            let standing = self.standing_of_signer(&signer, work).await?;
            match &*standing.status {
                ZoneStatus::Secure(keys) if *keys.zone() == signer => {
                    let prove = async |keys: &ZoneKeys| {
                        self.prove(&fact, name, rtype, keys, response, work).await
                    };
                    match self.by_keys(&standing, keys, name, prove, work).await? {
                        Err(ProofError::Bogus(reason)) => failed = Some(first(failed, reason)),
                        Err(ProofError::Insecure(why)) => {
                            return Ok(Judged::unproven(fact, response, Security::Insecure(why)));
                        }
                        Ok(judged) => return Ok(judged),
                    }
                }
                ZoneStatus::Bogus(reason) => failed = Some(first(failed, reason.clone())),
                // A name in an RRSIG that nobody verified decides nothing: where the name lies does.
                _ => {}
            }
        }
        let missing = || missing(&fact, name, rtype);
        let above = match (&fact, &failed) {
            (Fact::NameError, None) => self.denier_above_anchor(name, response, work).await?,
            _ => None,
        };
        let (at, side) = above.as_ref().map_or((name, rtype), |denier| (denier, RrType::SOA));
        let unproven = self.unproven(at, side, failed, |_| missing(), response.server, work);
        let security = match unproven.await? {
            // The same response was no proof of a missing DS either; what it was asked for is the better reason.
            Security::Bogus(Reason::DenialMissing { name: cut, rtype: RrType::DS, .. })
                if cut == *name && rtype != RrType::DS =>
            {
                Security::Bogus(missing())
            }
            security => security,
        };
        Ok(Judged::unproven(fact, response, security))
    }

    /// The zone above the closest trust anchor that says of `name` that it does not exist, where it says the same of
    /// the anchor's own zone: its operator gave it up and the anchor was left behind. Then the denial is as good as
    /// the zone that speaks (RFC 4033 section 5: no trust anchor covers it, or it is proven to be unsigned), never
    /// secure. As long as the anchor's zone answers for its keys, or they are known, what is said above it is not believed.
    async fn denier_above_anchor(
        &self,
        name: &Name,
        response: &Response,
        work: &Work,
    ) -> Result<Option<Name>, Failure> {
        let Some(anchored) = self.anchors_for(name).next() else { return Ok(None) };
        let above =
            |response: &Response| response.apex.clone().filter(|apex| anchored.is_below(apex));
        let Some(denier) = above(response) else { return Ok(None) };
        let known = self.cache.keys.get(&anchored, Via::Anchor, self.clock.now());
        if known.is_some_and(|known| matches!(*known.status, ZoneStatus::Secure(_))) {
            return Ok(None);
        }
        let keys = Question::new(anchored.clone(), RrType::DNSKEY);
        let asked = self.fetch.fetch(keys, Freshness::Any, work).await?;
        let given_up = asked.kind == Kind::NameError && above(&asked).is_some();
        Ok(given_up.then_some(denier))
    }

    /// Proves the denial from the records that `keys`' zone signed, and the SOA beside it.
    async fn prove(
        &self,
        fact: &Fact,
        name: &Name,
        rtype: RrType,
        keys: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<Judged, ProofError> {
        let is_own = |set: &&RrSet| is_denial(set) && claims(set, keys.zone());
        let own = response.authority.iter().filter(is_own);
        let mut evidence = Evidence::new(own, keys, response.arrived, &self.policy, &work.budget);
        let prove = || proposition(fact, name, rtype, &mut evidence);
        let (fact, denial) = with_pauses(work, prove).await?;
        let Denial { used, opt_out, compact } = denial;
        let mut telling = self.verified_soa(keys, response, work).await?;
        telling.extend(used);
        let authority = telling.iter().map(|verified| verified.rrset().clone()).collect();
        let security = if opt_out {
            telling.clear();
            Security::Insecure(Insecurity::OptOutDenial { name: name.clone() })
        } else {
            Security::Secure
        };
        Ok(Judged { fact, authority, security, compact, telling })
    }

    /// The zone's SOA in the authority section; an unsigned or foreign one is left out unless it is the zone's own.
    async fn verified_soa(
        &self,
        keys: &ZoneKeys,
        response: &Response,
        work: &Work,
    ) -> Result<Vec<Verified>, Reason> {
        let own = response.authority.iter().find(|set| set.is(keys.zone(), RrType::SOA));
        Ok(match own {
            Some(soa) => vec![self.verified(soa, keys, response, work).await?],
            None => Vec::new(),
        })
    }
}

/// What is proven of a name that was said not to exist, or not to have the type. The proof decides, not the response
/// code: where what was said is not proven and the other is, that is the fact.
fn proposition(
    fact: &Fact,
    name: &Name,
    rtype: RrType,
    evidence: &mut Evidence<'_>,
) -> Result<(Fact, Denial), ProofError> {
    let other = if *fact == Fact::NameError { Fact::NoData } else { Fact::NameError };
    let mut prove = |fact: &Fact| match fact {
        Fact::NameError => denial::prove_name_error(name, evidence),
        _ => denial::prove_no_data(name, rtype, evidence),
    };
    match prove(fact) {
        Ok(denial) => Ok((fact.clone(), denial)),
        Err(error @ ProofError::Insecure(_)) => Err(error),
        Err(error) if error.is_own_limit() => Err(error),
        Err(error) => match prove(&other) {
            // An opt-out span proves of nothing below it that it is there or not (RFC 5155 section 12.2): it is no
            // better a proof of what was not said.
            Ok(denial) if !denial.opt_out => Ok((other, denial)),
            Err(limit) if limit.is_own_limit() => Err(limit),
            _ => Err(error),
        },
    }
}

fn is_denial(set: &RrSet) -> bool {
    matches!(set.rtype, RrType::NSEC | RrType::NSEC3)
}

fn missing(fact: &Fact, name: &Name, rtype: RrType) -> Reason {
    let what = if *fact == Fact::NameError {
        "that the name does not exist"
    } else {
        "that the type does not exist"
    };
    Reason::DenialMissing { name: name.clone(), rtype, what }
}
