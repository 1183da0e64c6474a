//! The seam between clients and whoever answers them.

use std::future::Future;
use std::pin::Pin;

use crate::cache::{Basis, Versions};
use crate::clock::{Clock, Instant, SystemClock};
use crate::model::{Answer, Checking};
use crate::resolver::Resolver;
use crate::trace::Trace;
use crate::wire::Question;

/// An answer to come.
pub type AnswerFuture<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Something that answers questions: a worker's resolver, or a stand-in in tests.
pub trait Answerer {
    /// The answer, if it is at hand.
    fn answer_from_cache(&self, question: &Question, checking: Checking) -> Option<Answer>;

    /// What the answer that is at hand rests on, if the reply made of it may be given again: asked before the answer is, so
    /// that none is given longer than what it rests on.
    fn basis(&self, _question: &Question, _checking: Checking) -> Option<Basis> {
        None
    }

    /// By what it is seen that such a basis has changed.
    fn versions(&self) -> Option<&Versions> {
        None
    }

    /// The time by which answers live.
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    /// The answer, whatever it takes.
    fn resolve<'a>(&'a self, question: &'a Question, checking: Checking) -> AnswerFuture<'a>;
}

impl Answerer for Resolver {
    fn answer_from_cache(&self, question: &Question, checking: Checking) -> Option<Answer> {
        Self::answer_from_cache(self, question, checking)
    }

    fn basis(&self, question: &Question, checking: Checking) -> Option<Basis> {
        Self::basis(self, question, checking)
    }

    fn versions(&self) -> Option<&Versions> {
        Some(Self::versions(self))
    }

    fn now(&self) -> Instant {
        self.clock().now()
    }

    fn resolve<'a>(&'a self, question: &'a Question, checking: Checking) -> AnswerFuture<'a> {
        Box::pin(Self::resolve(self, question, checking, Trace::off()))
    }
}
