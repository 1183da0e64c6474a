//! The steps of one resolution as data: `explain`, the debug log and tests are renderings of it.
//!
//! Recording is off for clients: then a step costs one branch and builds nothing.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::dnssec::{Security, Spent};
use crate::wire::{Name, Question};

/// Steps kept of one resolution; a resolution within its budget has fewer.
const MAX_STEPS: usize = 1_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A question (the client's, or one that it needs) is being worked on.
    Question {
        /// What is asked.
        question: Question,
        /// Why.
        purpose: &'static str,
    },
    /// Found in the cache.
    Cached {
        /// What was looked for.
        question: Question,
        /// What was found.
        found: String,
    },
    /// What was found there ends soon, and is resolved again in the background.
    Renewed {
        /// What is resolved again.
        question: Question,
        /// Milliseconds until it ends.
        left: u64,
    },
    /// What has expired is given, for want of better (RFC 8767 section 5).
    Stale {
        /// The question.
        question: Question,
        /// Since when, and why there is nothing better.
        why: Vec<String>,
    },
    /// What was proven for other questions settles this one (RFC 8198 section 5).
    Deduced {
        /// The question.
        question: Question,
        /// The zone whose records prove it.
        zone: Name,
        /// What they prove.
        what: String,
    },
    /// A server was asked.
    Asked {
        /// Who.
        server: SocketAddr,
        /// Of which zone.
        zone: Name,
        /// What.
        question: Question,
        /// `udp` or `tcp`.
        transport: &'static str,
        /// What came back, in words.
        outcome: String,
        /// After how many microseconds.
        micros: u64,
    },
    /// A zone cut was crossed.
    Referral {
        /// From this zone.
        parent: Name,
        /// To this one.
        zone: Name,
        /// Its name servers.
        servers: Vec<Name>,
    },
    /// A link of the chain of trust, or what a link lacks.
    Link {
        /// The zone that the link is about.
        zone: Name,
        /// What was found.
        what: String,
        /// By which rule.
        rule: &'static str,
    },
    /// An RRset or a denial was judged.
    Judged {
        /// What: an RRset, or a proposition.
        what: String,
        /// The verdict.
        security: Security,
        /// By which rule.
        rule: &'static str,
    },
    /// All is done.
    Done {
        /// What it cost.
        spent: Spent,
    },
}

/// Where steps go: nowhere, or into a list that several parts of one resolution share.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Rc<RefCell<Vec<Step>>>>);

impl Trace {
    /// Records nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Records up to a thousand steps.
    #[must_use]
    pub fn recording() -> Self {
        Self(Some(Rc::default()))
    }

    /// Does anybody listen?
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Records the step that `make` builds, if anybody listens.
    pub fn step(&self, make: impl FnOnce() -> Step) {
        if let Some(steps) = &self.0 {
            let mut steps = steps.borrow_mut();
            if steps.len() < MAX_STEPS {
                steps.push(make());
            }
        }
    }

    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.0.as_ref().map(|steps| steps.borrow().clone()).unwrap_or_default()
    }
}
