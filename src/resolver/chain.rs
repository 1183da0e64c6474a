//! An answer in the making: the links of an alias chain, until its end.

use std::sync::Arc;

use crate::clock::Instant;
use crate::dnssec::{Reason, Security};
use crate::model::{Answer, Failure, Finding};
use crate::wire::{EdeCode, ExtendedError, Name, Question, Rcode, RrSet, RrType};

/// Aliases followed for one question. Real chains have up to six; peers follow 10 to 16.
const MAX_ALIASES: usize = 11;

/// Why a question has no answer.
#[derive(Clone, Debug)]
pub(super) enum Failed {
    /// A proof failed.
    Bogus(Reason),
    /// No answer could be had.
    Network(Failure),
    /// It failed before, and is not tried again yet.
    Before(Security, ExtendedError),
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Network(failure)
    }
}

impl Failed {
    /// What the client that asked `question` is told: of a limit, that it was this question which reached it.
    pub fn to_answer(&self, question: &Question) -> Answer {
        let (security, error) = match self {
            Self::Bogus(reason) | Self::Network(Failure::Limit(reason)) => {
                let own = reason.is_own_limit().then(|| told_of_limit(question, reason));
                let error = own.unwrap_or_else(|| reason.to_extended_error());
                (Security::Bogus(reason.clone()), error)
            }
            Self::Network(failure) => (Security::Indeterminate, failure.to_extended_error()),
            Self::Before(Security::Bogus(limit), _) if limit.is_own_limit() => {
                (Security::Bogus(limit.clone()), told_of_limit(question, limit))
            }
            Self::Before(security, error) => (security.clone(), error.clone()),
        };
        Answer::failed(security, error)
    }
}

/// What the client that asked `question` is told of a limit that it reached.
fn told_of_limit(question: &Question, limit: &Reason) -> ExtendedError {
    let ExtendedError { code, text } = limit.to_extended_error();
    ExtendedError { code, text: format!("{question}: {text}") }
}

/// Where the first link of an answer is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// In the cache.
    FromCache,
    /// At the servers, whatever is known.
    AtServers,
}

/// Where a chain goes on.
pub(super) enum Next {
    /// At the target of an alias.
    At(Name),
    /// Nowhere: it is complete.
    Done,
}

/// The links so far.
pub(super) struct Chain {
    rtype: RrType,
    /// Those that are aliases.
    names: Vec<Name>,
    rcode: Rcode,
    answer: Vec<RrSet>,
    authority: Vec<RrSet>,
    /// Of the weakest link; without any link nothing is known.
    security: Option<Security>,
    compact: bool,
}

impl Chain {
    pub fn new(question: &Question) -> Self {
        Self {
            rtype: question.rtype,
            names: Vec::new(),
            rcode: Rcode::NOERROR,
            answer: Vec::new(),
            authority: Vec::new(),
            security: None,
            compact: false,
        }
    }

    /// Adds what was found about `name`, its TTLs counted down to `now`. The whole chain is as secure as its weakest
    /// link, and has the response code of its last (RFC 6604 section 3).
    ///
    /// # Errors
    /// When the chain comes back to a name, or is too long.
    pub fn push(
        &mut self,
        name: &Name,
        finding: Arc<Finding>,
        now: Instant,
    ) -> Result<Next, Failed> {
        self.append(name, Arc::unwrap_or_clone(finding).aged(now)) // most often it is ours alone
    }

    /// The same with a finding whose TTLs are those of now.
    ///
    /// # Errors
    /// As there.
    pub fn append(&mut self, name: &Name, finding: Finding) -> Result<Next, Failed> {
        let Finding { fact, authority, security, compact, .. } = finding;
        (self.rcode, self.compact) = (fact.rcode(), compact);
        self.security = Some(match self.security.take() {
            Some(before) => before.and(security),
            None => security,
        });
        let target = fact.leads_to(self.rtype).cloned();
        for set in fact.into_rrsets() {
            // A DNAME that the chain passes twice is given once (RFC 2181 section 5).
            if !self.answer.iter().any(|there| there.is(&set.owner, set.rtype)) {
                self.answer.push(set);
            }
        }
        if self.authority.is_empty() {
            self.authority = authority;
        } else {
            self.authority.extend(authority);
        }
        target.map_or(Ok(Next::Done), |target| self.follow(name, target))
    }

    fn follow(&mut self, name: &Name, target: Name) -> Result<Next, Failed> {
        self.names.push(name.clone());
        if self.names.contains(&target) {
            return Err(Failed::Network(Failure::AliasLoop { name: target }));
        }
        if self.names.len() > MAX_ALIASES {
            return Err(Failed::Network(Failure::AliasesTooMany {
                name: target,
                limit: MAX_ALIASES,
            }));
        }
        Ok(Next::At(target))
    }

    /// The answer that the chain makes.
    pub fn finish(self) -> Answer {
        let Self { rcode, answer, authority, security, compact, .. } = self;
        let security = security.unwrap_or(Security::Indeterminate);
        let errors = security.extended_error().into_iter().collect();
        Answer { rcode, answer, authority, security, compact, errors }
    }
}

/// The failure of a client that waited for another's resolution longer than its own may take.
pub(super) fn waited_too_long(question: &Question) -> Answer {
    let text = format!("{question}: still being resolved");
    Answer::failed(Security::Indeterminate, ExtendedError { code: EdeCode::NETWORK_ERROR, text })
}
