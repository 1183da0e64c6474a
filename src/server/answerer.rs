//! The seam between clients and whoever answers them.

use std::future::Future;
use std::pin::Pin;

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

    /// The answer, whatever it takes.
    fn resolve<'a>(&'a self, question: &'a Question, checking: Checking) -> AnswerFuture<'a>;
}

impl Answerer for Resolver {
    fn answer_from_cache(&self, question: &Question, checking: Checking) -> Option<Answer> {
        Self::answer_from_cache(self, question, checking)
    }

    fn resolve<'a>(&'a self, question: &'a Question, checking: Checking) -> AnswerFuture<'a> {
        Box::pin(Self::resolve(self, question, checking, Trace::off()))
    }
}
