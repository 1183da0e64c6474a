//! What the subcommands share: reading the configuration, and telling of failure.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError};

/// How a subcommand ends; a failure was told to the user already, and nothing is left but its code.
pub(super) type Ending = Result<(), ExitCode>;

/// The configuration at `path`, its warnings told; when it is wrong, that is told instead.
pub(super) fn load(path: Option<&Path>) -> Result<Config, ExitCode> {
    let config = Config::load(path).map_err(|errors| tell_errors(&errors))?;
    config.warnings(SystemClock.wall()).iter().for_each(|warning| eprintln!("warning: {warning}"));
    Ok(config)
}

/// Tells what is wrong in a configuration.
pub(super) fn tell_errors(errors: &[ConfigError]) -> ExitCode {
    errors.iter().for_each(|error| eprintln!("{error}"));
    ExitCode::FAILURE
}

/// Tells why it ends.
pub(super) fn failed(why: impl Display) -> ExitCode {
    eprintln!("bailiwick: {why}");
    ExitCode::FAILURE
}

/// A runtime for one thread of work.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, ExitCode> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)
}
