//! What a process before this one found, judged anew when it is asked for.
//!
//! ```text
//! nothing kept, nothing deduced: what was recalled about the name? taken out, whatever becomes of it
//!   -> the response that it was -> facts -> validate, with DS and DNSKEY from what was recalled alone, no server is asked
//!   -> secure or insecure: kept as if it came now, with the TTLs that are left; else gone, and the servers are asked
//! ```
//!
//! So nothing of it is believed on its word: its signatures must verify today along a chain from today's trust anchors, and
//! what is unsigned must be proven to be so. Nothing that fails makes anything bogus: it is no more than forgotten.

use std::sync::Arc;

use tokio::task::yield_now;

use super::Resolver;
use super::facts::facts;
use super::links::finding;
use super::settings::TtlBounds;
use super::testimony::response;
use crate::cache::{Findings, Signatures, Testimony};
use crate::dnssec::{Budget, Insecurity, Limits, Security};
use crate::model::{Checking, Finding};
use crate::trace::Step;
use crate::validate::{Judged, Validator};
use crate::wire::{Question, RrType};
use crate::work::Work;

/// Signature checks that may fail before something recalled is forgotten.
const MAX_FAILED: u32 = 1;

impl Resolver {
    /// What was recalled about `question` and is proven anew.
    pub(super) async fn recalled(
        &self,
        question: &Question,
        checking: Checking,
        work: &Work,
    ) -> Option<Arc<Finding>> {
        let recaller = self.recaller.as_ref()?;
        for key in Findings::keys(&question.name, question.rtype) {
            let moment = self.shared.clock.moment();
            let Some(said) = self.shared.cache.recalled.get(&key, moment) else { continue };
            self.shared.cache.recalled.remove(&key);
            self.prove_anew(recaller, &said, work).await;
            if let Some(found) =
                self.known(&question.name, question.rtype, checking, self.shared.clock.now())
            {
                work.trace.step(|| {
                    let found = format!("known from before the start: {}", found.security);
                    Step::Cached { question: question.clone(), found }
                });
                return Some(found);
            }
        }
        None
    }

    /// Judges what was `said` and keeps it, on an account of its own: it must not cost the question what its servers' answer
    /// may need.
    async fn prove_anew(&self, recaller: &Validator, said: &Testimony, of: &Work) -> Option<()> {
        yield_now().await; // a signature may have been checked a moment ago, on the question's account
        let settings = &self.shared.settings;
        let moment = self.shared.clock.moment();
        let response =
            response(said, moment).filter(|response| is_plain(response.question.rtype))?;
        let (name, fact) = facts(&response).swap_remove(0);
        let rtype = response.question.rtype;
        let limits = Limits { failed_signatures: MAX_FAILED, ..settings.limits };
        let known = Arc::<Signatures>::clone(&self.shared.cache.signatures);
        let work = Work::new(Budget::new(limits, moment.now).recalling(known), of.trace.clone());
        work.end_refetches(); // nor is anything renewed for it
        let judged = recaller.judge(fact, &name, rtype, &response, &work).await.ok()?;
        is_proven(&judged).then(|| {
            // No life is stretched by having been written down.
            let bounds = TtlBounds { min: 0, ..settings.ttl };
            let finding = self.limited(finding(judged, moment.now, bounds), moment);
            self.keep_finding(&name, rtype, Checking::Enabled, finding);
        })
    }
}

/// Is it a type that a record may have? No client is answered for another (the server), and what is kept under one would be
/// taken for something else.
const fn is_plain(rtype: RrType) -> bool {
    rtype.0 != 0 && !rtype.is_meta()
}

fn is_proven(judged: &Judged) -> bool {
    match &judged.security {
        Security::Secure => true,
        Security::Insecure(why) => *why != Insecurity::NeverSigned,
        Security::Bogus(_) | Security::Indeterminate => false,
    }
}
