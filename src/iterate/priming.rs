//! Priming: the hints tell whom to ask for the root's servers (RFC 9609).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use super::iterator::Iterator;
use super::referral;
use crate::cache::{Boarding, landed_among};
use crate::model::{Delegation, Failure};
use crate::wire::{Name, Question, RrType};
use crate::work::Work;

/// How long the root's own word on its servers is waited for. Then the hints serve, which name most of them rightly (RFC 9609
/// section 2), while it is asked for still: where datagrams get lost, that would take a good part of a client's time.
const PATIENCE: Duration = Duration::from_millis(200);

/// The question for the root's servers, where it goes on while the hints serve.
pub(super) type Priming<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// What to start from, and what goes on beside.
pub(super) type Primed<'a> = Result<(Arc<Delegation>, Option<Priming<'a>>), Failure>;

impl Iterator {
    /// The root's delegation: as its own servers give it, or the hints when none of them does (RFC 9609 section 3), or not soon.
    /// The NS set is taken unvalidated: the addresses could not be validated anyway (section 3.3), and whoever answers
    /// there is held to the trust anchors.
    pub(super) async fn prime<'a>(&'a self, work: &'a Work) -> Primed<'a> {
        let hints = || Ok(Arc::new(self.options.hints.clone()));
        let mut asked = Box::pin(self.ask_for_root(work));
        if self.are_dead(&self.options.hints, work) {
            return Ok((asked.await?, None));
        }
        let left = work.budget.time_left(self.clock.now()).map_err(Failure::Limit)?;
        let patience = left.min(PATIENCE);
        match self.cache.priming.join_or_lead(Name::root()) {
            Boarding::Join(flight) => {
                let landed = timeout(patience, landed_among(flight)).await.ok().flatten();
                let Some((found, waiters)) = landed else { return Ok((hints()?, None)) };
                self.turnstile.pass(waiters, self.clock.now()).await;
                Ok((found?, None))
            }
            Boarding::Lead(flight) => match timeout(patience, asked.as_mut()).await {
                Ok(found) => {
                    if !found.as_ref().is_err_and(Failure::is_own_limit) {
                        flight.land(|| found.clone());
                    }
                    Ok((found?, None))
                }
                Err(_) => {
                    flight.meanwhile(&hints());
                    let rest = async move {
                        let _until_it_is_known = flight;
                        let _kept = asked.await; // or not: then the next question primes
                    };
                    Ok((hints()?, Some(Box::pin(rest))))
                }
            },
        }
    }

    async fn ask_for_root(&self, work: &Work) -> Result<Arc<Delegation>, Failure> {
        let question = Question::new(Name::root(), RrType::NS);
        let said = match self.ask(&self.options.hints, &question, work).await {
            Err(failure) if !self.may_go_on(&failure, work) => return Err(failure),
            said => said.ok(),
        };
        let primed = said.and_then(|said| {
            let (delegation, ttl) = referral::delegation(&said.message, &Name::root())?;
            let usable = delegation.servers.iter().any(|s| !s.addresses.is_empty());
            usable.then_some((delegation, ttl, said.arrived))
        });
        let Some((delegation, ttl, arrived)) = primed else {
            return Ok(Arc::new(self.options.hints.clone()));
        };
        let delegation = Arc::new(delegation);
        let life = Duration::from_secs(ttl.min(self.options.max_ttl).into());
        self.cache.delegations.put(Arc::clone(&delegation), None, life, arrived.now);
        Ok(delegation)
    }
}

/// `main`, with `priming` beside it for as long as that takes.
pub(super) fn while_priming<'f, T>(
    mut priming: Option<Priming<'f>>,
    mut main: Pin<&'f mut impl Future<Output = T>>,
) -> impl Future<Output = T> {
    poll_fn(move |context| {
        if priming.as_mut().is_some_and(|p| p.as_mut().poll(context) != Poll::Pending) {
            priming = None;
        }
        main.as_mut().poll(context)
    })
}
