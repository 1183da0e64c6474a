//! Values as those who know the keys see them.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::Problem;
use super::marks::Part;
use super::reading::Reading;
use super::suggest;
use super::tree::Node;
use super::units::{self, size_to_text, time_to_text};

/// Where a node is.
#[derive(Clone, Debug)]
pub(super) struct At<'r> {
    pub(super) reading: &'r Reading<'r>,
    /// See [`Seek`](super::marks::Seek).
    pub(super) path: Vec<usize>,
    /// The keys on the way, as messages show them.
    pub(super) key: String,
}

impl At<'_> {
    /// The item or entry `index` of the node here. An item has no `key`.
    pub(super) fn below(&self, index: usize, key: &str) -> Self {
        let path = self.path.iter().copied().chain([index]).collect();
        let dot = if self.key.is_empty() || key.is_empty() { "" } else { "." };
        Self { reading: self.reading, path, key: format!("{}{dot}{key}", self.key) }
    }

    /// Reports a problem here.
    pub(super) fn report(&self, part: Part, problem: Problem) {
        self.reading.report(&self.path, part, &self.key, problem);
    }

    /// The line, counted from 1.
    pub(super) fn line(&self, part: Part) -> usize {
        self.reading.line(&self.path, part)
    }
}

/// A node with its place.
#[derive(Clone, Debug)]
pub(super) struct Value<'r> {
    node: &'r Node,
    at: At<'r>,
}

impl<'r> Value<'r> {
    pub(super) const fn new(node: &'r Node, at: At<'r>) -> Self {
        Self { node, at }
    }

    /// The whole file.
    pub(super) fn top(node: &'r Node, reading: &'r Reading<'r>) -> Self {
        Self::new(node, At { reading, path: Vec::new(), key: String::new() })
    }

    /// Reports a problem at the place of this value.
    pub(super) fn report(&self, problem: Problem) {
        self.at.report(Part::Value, problem);
    }

    /// Reads this value; a problem is reported here.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Self) -> Result<T, Problem>) -> Option<T> {
        read(self).map_err(|problem| self.report(problem)).ok()
    }

    /// The reading that this is a value of.
    pub(super) const fn reading(&self) -> &'r Reading<'r> {
        self.at.reading
    }

    /// The file and line of this value.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.at.reading.name(), self.at.line(Part::Value))
    }

    /// Is it a key with nothing behind it?
    pub(super) fn is_nothing(&self) -> bool {
        *self.node == Node::Nothing
    }

    /// Is it a map of keys and values?
    pub(super) const fn is_section(&self) -> bool {
        matches!(self.node, Node::Map(_))
    }

    /// Is it the word `word`?
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.node, Node::Text(text) if text == word)
    }

    /// The items of a list. A single value is a list of one.
    pub(super) fn items(&self) -> Vec<Self> {
        match self.node {
            Node::List(items) => {
                let item = |(index, node)| Self::new(node, self.at.below(index, ""));
                items.iter().enumerate().map(item).collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// The entries of a map, with the place; none for a key with nothing behind it.
    pub(super) fn entries(&self) -> Option<(At<'r>, &'r [(String, Node)])> {
        match self.node {
            Node::Map(entries) => Some((self.at.clone(), entries)),
            Node::Nothing => Some((self.at.clone(), &[])),
            _ => {
                self.report(
                    self.instead("keys and values", "write lines of the form \"key: value\""),
                );
                None
            }
        }
    }

    /// Text. Numbers are none, because their spelling is lost: 1.10 would become 1.1.
    pub(super) fn text(&self, wanted: &str) -> Result<&'r str, Problem> {
        match self.node {
            Node::Text(text) => Ok(text),
            Node::Bool(_) | Node::Number(_) | Node::Fraction(_) => {
                Err(self.instead(wanted, "put it in quotes if it is meant so"))
            }
            _ => Err(self.instead(wanted, "")),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Result<bool, Problem> {
        match self.node {
            Node::Bool(value) => Ok(*value),
            _ => Err(self.instead("true or false", "")),
        }
    }

    /// A whole number within `range`.
    pub(super) fn number<T>(&self, range: RangeInclusive<T>) -> Result<T, Problem>
    where
        T: TryFrom<i128> + PartialOrd + std::fmt::Display,
    {
        let Node::Number(number) = self.node else {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            return Err(self.instead(&wanted, ""));
        };
        T::try_from(*number).ok().filter(|n| range.contains(n)).ok_or_else(|| {
            out_of_range(&number.to_string(), &range.start().to_string(), &range.end().to_string())
        })
    }

    /// A number of octets within `range`.
    pub(super) fn size(&self, range: &RangeInclusive<u64>) -> Result<u64, Problem> {
        let octets = units::size(&self.number_or_text("a size", "as 256MiB")?)?;
        let (least, most) = (size_to_text(*range.start()), size_to_text(*range.end()));
        let within = range.contains(&octets);
        within.then_some(octets).ok_or_else(|| out_of_range(&size_to_text(octets), &least, &most))
    }

    /// A time within `range`.
    pub(super) fn time(&self, range: &RangeInclusive<Duration>) -> Result<Duration, Problem> {
        let time = units::time(&self.number_or_text("a time", "as 30s or 1d")?)?;
        let (least, most) = (time_to_text(*range.start()), time_to_text(*range.end()));
        let within = range.contains(&time);
        within.then_some(time).ok_or_else(|| out_of_range(&time_to_text(time), &least, &most))
    }

    /// A time of whole seconds within `range`.
    pub(super) fn seconds(&self, range: RangeInclusive<u32>) -> Result<u32, Problem> {
        let [least, most] = [range.start(), range.end()].map(|s| Duration::from_secs((*s).into()));
        let time = self.time(&(least..=most))?;
        let whole = (time.subsec_nanos() == 0).then_some(time.as_secs());
        whole.and_then(|seconds| u32::try_from(seconds).ok()).ok_or_else(|| {
            let what = format!("{} is no whole number of seconds", time_to_text(time));
            Problem::new(what, "write it as 30s or 1d")
        })
    }

    /// One of some words; `true` and `false` may be among them.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, Problem> {
        let word = match self.node {
            Node::Text(text) => text.clone(),
            Node::Bool(value) => value.to_string(),
            _ => String::new(),
        };
        if let Some((_, meant)) = words.iter().find(|(known, _)| *known == word) {
            return Ok(*meant);
        }
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let close = suggest::meant(&word, &known).map(|meant| format!("did you mean {meant}?"));
        let (last, others) = known.split_last().unwrap_or((&"", &[]));
        let wanted = format!("{} or {last}", others.join(", "));
        Err(self.instead(&wanted, &close.unwrap_or_default()))
    }

    fn number_or_text(&self, wanted: &str, remedy: &str) -> Result<String, Problem> {
        match self.node {
            Node::Number(number) => Ok(number.to_string()),
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.instead(wanted, &format!("write a whole number and a unit, {remedy}"))),
        }
    }

    /// The problem that something else than `wanted` is here.
    pub(super) fn instead(&self, wanted: &str, remedy: &str) -> Problem {
        Problem::new(format!("expected {wanted}, found {}", self.node), remedy)
    }
}

fn out_of_range(found: &str, least: &str, most: &str) -> Problem {
    Problem::new(format!("{found} is out of range"), format!("from {least} to {most}"))
}
