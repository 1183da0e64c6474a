//! One reading of a configuration file: its text, its tree, and what was found wrong on the way.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Problem};
use super::file::{self, Mark};
use super::marks::Part;
use super::tree::Node;

/// Errors told at once. Each costs a reading of the file to find its place.
const MAX_ERRORS: usize = 20;

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Reading<'t> {
    name: &'t Path,
    text: &'t str,
    errors: RefCell<Vec<ConfigError>>,
}

impl<'t> Reading<'t> {
    /// A reading of `text`, which came from the file called `name`.
    pub(super) fn new(name: &'t Path, text: &'t str) -> Self {
        Self { name, text, errors: RefCell::default() }
    }

    /// The text as a tree; what is no YAML is reported.
    pub(super) fn tree(&self) -> Option<Node> {
        file::read(self.text).map_err(|(mark, problem)| self.push(mark, "", problem)).ok()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All that was wrong, in the order of the file, and behind it what was wrong in other files.
    pub(super) fn finish(self) -> Result<(), Vec<ConfigError>> {
        let mut errors = self.errors.into_inner();
        let own = self.name.display().to_string();
        errors.sort_by_key(|error| match error.file == own {
            true => (false, error.line, error.column),
            false => (true, 0, 0), // in the order in which they were found
        });
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Are there as many errors as are told at once?
    pub(super) fn is_full(&self) -> bool {
        self.errors.borrow().len() >= MAX_ERRORS
    }

    /// Keeps a problem of the node at `path`.
    pub(super) fn report(&self, path: &[usize], part: Part, key: &str, problem: Problem) {
        if !self.is_full() {
            self.push(file::mark(self.text, path, part), key, problem);
        }
    }

    /// Keeps errors of another file.
    pub(super) fn report_all(&self, errors: impl IntoIterator<Item = ConfigError>) {
        let mut all = self.errors.borrow_mut();
        let room = MAX_ERRORS.saturating_sub(all.len());
        all.extend(errors.into_iter().take(room));
    }

    fn push(&self, (line, column): Mark, key: &str, Problem { what, remedy }: Problem) {
        let file = self.name.display().to_string();
        let error = ConfigError { file, line, column, key: key.into(), what, remedy };
        self.errors.borrow_mut().push(error);
    }

    /// The line of the node at `path`.
    pub(super) fn line(&self, path: &[usize], part: Part) -> usize {
        file::mark(self.text, path, part).0
    }

    /// The file's name, as messages show it.
    pub(super) fn name(&self) -> String {
        self.name.display().to_string()
    }

    /// The file that is meant by `path`: a relative one lies beside the configuration file, wherever we were started.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.name.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// The text of the file at `path`.
///
/// # Errors
/// When it cannot be read, or is no UTF-8.
pub(super) fn text_of(path: &Path) -> Result<String, ConfigError> {
    let name = path.display().to_string();
    let octets = std::fs::read(path).map_err(|error| {
        let problem =
            Problem::new(format!("cannot be read: {error}"), "check path and permissions");
        ConfigError::in_file(&name, 0, problem)
    })?;
    String::from_utf8(octets).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|octet| **octet == b'\n').count() + 1;
        ConfigError::in_file(&name, line, Problem::new("no UTF-8 text", "save the file as UTF-8"))
    })
}
