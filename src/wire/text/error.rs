//! Where and why text is no record.

use std::fmt;

/// Where and why text is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was wrong there, and what to write instead where that is plain.
    pub what: String,
}

impl TextError {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }

    /// The same error, said of `part`.
    pub(super) fn of(self, part: impl fmt::Display) -> Self {
        Self { line: self.line, what: format!("{part}: {}", self.what) }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TextError {}
