//! A question to the mini-Internet, and what a validating resolver must make of it.

use std::fmt;

use crate::wire::{EdeCode, Name, RrType};

/// What a response says about its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// NOERROR with the RRset asked for.
    Answer,
    /// NOERROR without it.
    NoData,
    /// NXDOMAIN.
    NameError,
}

/// What must come of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The outcome, with AD.
    Secure(Outcome),
    /// The outcome, without AD; with this extended error where there is one.
    Insecure(Outcome, Option<EdeCode>),
    /// SERVFAIL with this extended error.
    Bogus(EdeCode),
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = |outcome: &Outcome| match outcome {
            Outcome::Answer => "an answer",
            Outcome::NoData => "no data",
            Outcome::NameError => "no such name",
        };
        match self {
            Self::Secure(what) => write!(f, "{}, secure", outcome(what)),
            Self::Insecure(what, None) => write!(f, "{}, insecure", outcome(what)),
            Self::Insecure(what, Some(code)) => {
                write!(f, "{}, insecure ({})", outcome(what), code.0)
            }
            Self::Bogus(code) => write!(f, "SERVFAIL ({} {code})", code.0),
        }
    }
}

/// One question and its expectation.
#[derive(Clone, Debug)]
pub struct Case {
    /// What to ask for.
    pub name: Name,
    /// Which type.
    pub rtype: RrType,
    /// What must come of it.
    pub expect: Expectation,
    /// What it shows, in one sentence.
    pub why: &'static str,
}
