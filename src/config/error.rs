//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;

/// One thing wrong in the configuration file or in a file that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// The column in characters, counted from 1; 0 where the line as a whole is meant.
    pub column: usize,
    /// The key, with those above it, as `cache.max-size`; empty where no key is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it; empty where `what` says all.
    pub remedy: String,
}

impl ConfigError {
    /// `problem` in line `line` of another file than the configuration's own; line 0 means the whole file.
    pub(super) fn in_file(file: &str, line: usize, problem: Problem) -> Self {
        let Problem { what, remedy } = problem;
        Self { file: file.into(), line, column: 0, key: String::new(), what, remedy }
    }
}

impl fmt::Display for ConfigError {
    /// `file:line:column: key: what (remedy)`, without the parts that there are not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].iter().take_while(|number| **number != 0) {
            write!(f, ":{number}")?;
        }
        f.write_str(": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, " ({})", self.remedy) }
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong with a value, before anyone asked where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// `text` in quotes, on one line, of a length fit for a message.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_prints_the_parts_that_it_has() {
        let mut error = ConfigError::in_file("a.key", 0, Problem::new("no anchor", ""));
        assert_eq!(error.to_string(), "a.key: no anchor");
        error.line = 3;
        assert_eq!(error.to_string(), "a.key:3: no anchor");
        error = ConfigError { column: 7, key: "x.y".into(), remedy: "write one".into(), ..error };
        assert_eq!(error.to_string(), "a.key:3:7: x.y: no anchor (write one)");
    }

    #[test]
    fn quoted_text_is_short_and_on_one_line() {
        assert_eq!(quoted("a\n\u{1b}"), "\"a\\n\\u{1b}\"");
        assert_eq!(quoted(&"ä".repeat(61)), format!("\"{}\"…", "ä".repeat(60)));
    }
}
