//! The verdict on one fact of a response.

use std::rc::Rc;
use std::sync::Arc;

use super::Fetch;
use crate::cache::Cache;
use crate::clock::SharedClock;
use crate::dnssec::{NegativeTrustAnchors, Policy, Security, TrustAnchors, Verified};
use crate::model::{Fact, Failure, Response};
use crate::trace::Step;
use crate::wire::{Name, RrSet, RrType};
use crate::work::Work;

/// Judges what responses say.
pub struct Validator {
    pub(super) cache: Arc<Cache>,
    pub(super) fetch: Rc<dyn Fetch>,
    pub(super) clock: SharedClock,
    pub(super) anchors: Arc<TrustAnchors>,
    pub(super) negative_anchors: Arc<NegativeTrustAnchors>,
    pub(super) policy: Arc<Policy>,
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validator").field("anchors", &self.anchors).finish_non_exhaustive()
    }
}

/// A fact after judgement: TTLs are capped by the signatures, and of the authority section only what the proof used is
/// left.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The fact, as the proof has it where that says more than the response code.
    pub fact: Fact,
    /// SOA and proofs.
    pub authority: Vec<RrSet>,
    /// The verdict.
    pub security: Security,
    /// The denial of types says that the name does not exist at all (RFC 9824 section 3).
    pub compact: bool,
    /// The verified records of a secure verdict that say something about other names: SOA, NSEC, NSEC3, and RRsets that
    /// come from a wildcard (RFC 8198 section 5).
    pub telling: Vec<Verified>,
}

impl Judged {
    /// `fact` as `response` has it, with everything beside it: no proof has chosen what matters.
    #[must_use]
    pub fn unproven(fact: Fact, response: &Response, security: Security) -> Self {
        Self {
            fact,
            authority: response.authority.clone(),
            security,
            compact: false,
            telling: Vec::new(),
        }
    }
}

impl Validator {
    /// A validator that trusts `anchors` but for what `negative_anchors` take out.
    #[must_use]
    pub const fn new(
        cache: Arc<Cache>,
        fetch: Rc<dyn Fetch>,
        clock: SharedClock,
        anchors: Arc<TrustAnchors>,
        negative_anchors: Arc<NegativeTrustAnchors>,
        policy: Arc<Policy>,
    ) -> Self {
        Self { cache, fetch, clock, anchors, negative_anchors, policy }
    }

    /// The verdict on `fact`, which `response` states about `name` and `rtype`.
    ///
    /// # Errors
    /// When the chain of trust could not be fetched, or a limit was reached: that is no verdict.
    pub async fn judge(
        &self,
        fact: Fact,
        name: &Name,
        rtype: RrType,
        response: &Response,
        work: &Work,
    ) -> Result<Judged, Failure> {
        let judged = match fact {
            fact if self.taken_out(name).is_some() => self.unjudged(fact, name, response),
            Fact::Data(set) => {
                let positive = self.positive(set, rtype, response, work).await?;
                positive.into_judged(Fact::Data)
            }
            Fact::NameTooLong(dname) => {
                let positive = self.positive(dname, RrType::DNAME, response, work).await?;
                positive.into_judged(Fact::NameTooLong)
            }
            Fact::Alias { cname, dname: Some(dname), target } => {
                self.judge_dname(cname, dname, target, response, work).await?
            }
            Fact::Alias { cname, dname: None, target } => {
                let positive = self.positive(cname, rtype, response, work).await?;
                positive.into_judged(|cname| Fact::Alias { cname, dname: None, target })
            }
            Fact::NoData | Fact::NameError => {
                self.judge_denial(fact, name, rtype, response, work).await?
            }
        };
        work.trace.step(|| Step::Judged {
            what: describe(&judged.fact, name, rtype),
            security: judged.security.clone(),
            rule: if judged.fact.rrsets().next().is_some() {
                "RFC 4035 5.3"
            } else {
                "RFC 4035 5.4"
            },
        });
        Ok(judged)
    }

    /// What lies below a negative trust anchor is taken as it is (RFC 7646 section 2).
    fn unjudged(&self, fact: Fact, name: &Name, response: &Response) -> Judged {
        let security = self.taken_out(name).map_or(Security::Indeterminate, Security::Insecure);
        Judged::unproven(fact, response, security)
    }

    /// The DNAME is what is signed; the CNAME follows from it (RFC 6672 section 5.3.1).
    async fn judge_dname(
        &self,
        mut cname: RrSet,
        dname: RrSet,
        target: Name,
        response: &Response,
        work: &Work,
    ) -> Result<Judged, Failure> {
        let positive = self.positive(dname, RrType::DNAME, response, work).await?;
        cname.ttl = positive.set.ttl;
        Ok(positive.into_judged(|dname| Fact::Alias { cname, dname: Some(dname), target }))
    }
}

fn describe(fact: &Fact, name: &Name, rtype: RrType) -> String {
    match fact {
        Fact::Data(set) => format!("{} {}", set.owner, set.rtype),
        Fact::Alias { dname: Some(dname), .. } | Fact::NameTooLong(dname) => {
            format!("{} DNAME", dname.owner)
        }
        Fact::Alias { cname, .. } => format!("{} CNAME", cname.owner),
        Fact::NoData => format!("{name} has no {rtype}"),
        Fact::NameError => format!("{name} does not exist"),
    }
}
