//! QNAME minimisation (RFC 9156): each zone's servers are shown one label more than the zone, not the whole name.

use std::cell::Cell;

use crate::wire::{Name, Question, RrType};

/// Minimised questions that find no zone cut, for one client question with all that it leads to, before whole names are
/// shown (RFC 9156 section 2.3 has 4 as good for single labels and allows 10; names that deep are reverse or tracking
/// names, where each step costs a round trip and hides nothing).
const MAX_STEPS: u32 = 4;

/// How strictly names are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Minimization {
    /// When a minimised question fails, the whole name is asked: broken servers still resolve.
    #[default]
    Relaxed,
    /// An NXDOMAIN for an ancestor is final (RFC 8020).
    Strict,
    /// The whole name is shown to every server.
    Off,
}

/// How far one question has been shown.
#[derive(Clone, Debug)]
pub(super) struct Minimizer<'a> {
    question: Question,
    mode: Minimization,
    /// Labels shown and found to be no zone cut.
    shown: usize,
    /// So often that happened to the client question.
    steps: &'a Cell<u32>,
}

impl<'a> Minimizer<'a> {
    pub(super) fn new(question: &Question, mode: Minimization, steps: &'a Cell<u32>) -> Self {
        Self { question: question.clone(), mode, shown: 0, steps }
    }

    /// What to ask the servers of `zone`: a minimised question, or the question itself. The type is A, which hides more
    /// and breaks less than NS (RFC 9156 section 2.1).
    pub(super) fn next(&self, zone: &Name) -> Question {
        let labels = zone.label_count().max(self.shown) + 1;
        let minimised =
            self.question.name.ancestor(labels).filter(|name| *name != self.question.name);
        match minimised {
            Some(name) if self.mode != Minimization::Off && self.steps.get() < MAX_STEPS => {
                Question::new(name, RrType::A)
            }
            _ => self.question.clone(),
        }
    }

    /// Up to so many labels no zone is delegated, as is known.
    pub(super) fn known(&mut self, labels: usize) {
        self.shown = self.shown.max(labels);
    }

    /// `name` was shown and is no zone cut.
    pub(super) fn shown(&mut self, name: &Name) {
        self.shown = self.shown.max(name.label_count());
        self.steps.set(self.steps.get() + 1);
    }

    /// From here on the whole name is shown.
    pub(super) fn give_up(&mut self) {
        self.mode = Minimization::Off;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn question() -> Question {
        Question::new(name("a.b.c.example.com"), RrType::MX)
    }

    #[test]
    fn rfc9156_s3_one_label_more_than_the_zone_with_type_a() {
        let steps = Cell::default();
        let mut minimizer = Minimizer::new(&question(), Minimization::Relaxed, &steps);
        assert_eq!(minimizer.next(&Name::root()), Question::new(name("com"), RrType::A));
        assert_eq!(
            minimizer.next(&name("example.com")),
            Question::new(name("c.example.com"), RrType::A)
        );
        minimizer.shown(&name("c.example.com"));
        assert_eq!(
            minimizer.next(&name("example.com")),
            Question::new(name("b.c.example.com"), RrType::A)
        );
        assert_eq!(minimizer.next(&name("b.c.example.com")), question());
    }

    #[test]
    fn rfc9156_s2_3_steps_are_bounded_for_all_that_a_client_question_leads_to() {
        let long = Question::new(name(&"x.".repeat(40)), RrType::A);
        let steps = Cell::default();
        let mut minimizer = Minimizer::new(&long, Minimization::Strict, &steps);
        for _ in 0..MAX_STEPS {
            let shown = minimizer.next(&Name::root());
            assert_ne!(shown, long);
            minimizer.shown(&shown.name);
        }
        assert_eq!(minimizer.next(&Name::root()), long);
        let another = Minimizer::new(&question(), Minimization::Strict, &steps);
        assert_eq!(another.next(&Name::root()), question());
    }

    #[test]
    fn off_and_given_up_show_the_whole_name() {
        let steps = Cell::default();
        let new = |mode| Minimizer::new(&question(), mode, &steps);
        assert_eq!(new(Minimization::Off).next(&Name::root()), question());
        let mut minimizer = new(Minimization::Relaxed);
        minimizer.give_up();
        assert_eq!(minimizer.next(&Name::root()), question());
    }
}
