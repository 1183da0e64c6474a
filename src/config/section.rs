//! Sections and values as those who know the keys see them. What is wrong is reported at its place, and reading goes
//! on: so that one run shows all errors.

use std::cell::RefCell;

use super::error::{Problem, quoted};
use super::marks::Part;
use super::suggest;
use super::tree::Node;
use super::value::{At, Value};

/// A map whose keys are asked for one by one. In the end, those that nobody asked for are errors.
#[derive(Debug)]
pub(super) struct Section<'r> {
    entries: &'r [(String, Node)],
    at: At<'r>,
    known: RefCell<Vec<&'static str>>,
    later: RefCell<Vec<&'static str>>,
}

impl<'r> Section<'r> {
    /// Reads the map `entries` by `keys`, and reports the keys that it did not ask for.
    fn run<T>(at: At<'r>, entries: &'r [(String, Node)], keys: impl FnOnce(&Self) -> T) -> T {
        let section = Self { entries, at, known: RefCell::default(), later: RefCell::default() };
        let result = keys(&section);
        section.report_strangers();
        result
    }

    /// Reads `value`, which must be a map, by `keys`.
    pub(super) fn of<T>(value: &Value<'r>, keys: impl FnOnce(&Self) -> T) -> Option<T> {
        let (at, entries) = value.entries()?;
        Some(Self::run(at, entries, keys))
    }

    /// The value of `key`, if it is written.
    pub(super) fn value(&self, key: &'static str) -> Option<Value<'r>> {
        self.know(key);
        let index = self.entries.iter().position(|(written, _)| written == key)?;
        let value = Value::new(&self.entries[index].1, self.at.below(index, key));
        if value.is_nothing() {
            let remedy = "write one, or remove the key for its default";
            value.report(Problem::new("there is no value", remedy));
            return None;
        }
        Some(value)
    }

    /// The value of `key`, which some spell `other`.
    pub(super) fn value_of_either(
        &self,
        key: &'static str,
        other: &'static str,
    ) -> Option<Value<'r>> {
        let value = self.value(key);
        let Some(index) = self.entries.iter().position(|(written, _)| written == other) else {
            return value;
        };
        if value.is_some() {
            let problem = Problem::new(format!("{other} is the same key"), "remove one of them");
            self.report_key(index, problem);
        }
        self.value(other)
    }

    /// Sets `field` to the value of `key`, if it is written and right.
    pub(super) fn set<T>(
        &self,
        key: &'static str,
        field: &mut T,
        read: impl FnOnce(&Value<'r>) -> Result<T, Problem>,
    ) {
        if let Some(value) = self.value(key).and_then(|value| value.read(read)) {
            *field = value;
        }
    }

    /// The value of `key`, read; that it is not written is an error of the section.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Value<'r>) -> Result<T, Problem>,
    ) -> Option<T> {
        if !self.entries.iter().any(|(written, _)| written == key) {
            let problem = Problem::new(format!("no {}", quoted(key)), "add it");
            self.at.report(Part::Value, problem);
        }
        self.value(key)?.read(read)
    }

    /// The items of the list at `key`, read; those that are wrong are reported and left out.
    pub(super) fn list<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Value<'r>) -> Result<T, Problem>,
    ) -> Option<Vec<T>> {
        let items = self.value(key)?.items();
        Some(items.iter().filter_map(|item| item.read(&read)).collect())
    }

    /// Reads the section at `key` by `keys`. One whose keys are all in comments is empty, and read all the same.
    pub(super) fn section(&self, key: &'static str, keys: impl FnOnce(&Self)) {
        self.know(key);
        if let Some(index) = self.entries.iter().position(|(written, _)| written == key) {
            Self::of(&Value::new(&self.entries[index].1, self.at.below(index, key)), keys);
        }
    }

    /// Keys of features to come: unknown, but with a word of hope.
    pub(super) fn later(&self, keys: &[&'static str]) {
        self.later.borrow_mut().extend(keys);
    }

    fn know(&self, key: &'static str) {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
    }

    /// Reports the keys that nobody asked for, and those written twice.
    fn report_strangers(&self) {
        for (index, (key, _)) in self.entries.iter().enumerate() {
            if self.at.reading.is_full() {
                return; // each look at a place costs a reading
            }
            let first = self.entries[..index].iter().position(|(before, _)| before == key);
            if let Some(first) = first {
                let line = self.at.below(first, "").line(Part::Key);
                let remedy = format!("it is also in line {line}: remove one of them");
                self.report_key(
                    index,
                    Problem::new(format!("duplicate key {}", quoted(key)), remedy),
                );
            } else if let Some(problem) = self.stranger(key) {
                self.report_key(index, problem);
            }
        }
    }

    /// What is wrong with `key`, if anything.
    fn stranger(&self, key: &str) -> Option<Problem> {
        let known = self.known.borrow();
        if known.contains(&key) {
            return None;
        }
        if self.later.borrow().contains(&key) {
            return Some(Problem::new(format!("{} is not built yet", quoted(key)), "remove it"));
        }
        let remedy = match suggest::meant(key, &known) {
            Some(meant) => format!("did you mean {}?", quoted(meant)),
            None => format!("keys here: {}", known.join(", ")),
        };
        Some(Problem::new(format!("unknown key {}", quoted(key)), remedy))
    }

    fn report_key(&self, index: usize, problem: Problem) {
        self.at.below(index, "").report(Part::Key, problem);
    }
}
