//! From the command line to an exit code.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use super::args::{Arguments, Command, ConfigFile};
use super::{anchors, check, explain, lab, selftest, serve};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;

/// Something that was told to the user already: nothing is left to do but to end with this code.
pub(super) type Ending = Result<(), ExitCode>;

/// Runs the program: 0 when all went well, 1 when it did not, 2 for a command line that cannot be read.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print(); // nowhere to tell that telling failed
            return ExitCode::from(code);
        }
    };
    let command = arguments.command.unwrap_or_else(|| Command::Serve(ConfigFile::default()));
    let ending = match command {
        Command::Serve(config) => serve::run(&config),
        Command::Check { file } => check::run(&file),
        Command::Explain(explain) => explain::run(&explain),
        Command::Anchors { config, json } => anchors::run(&config, json),
        Command::Lab(lab) => lab::run(&lab),
        Command::Selftest(selftest) => selftest::run(&selftest),
    };
    ending.err().unwrap_or(ExitCode::SUCCESS)
}

/// The configuration at `path`, its warnings told; when it is wrong, that is told instead.
pub(super) fn load(path: Option<&Path>) -> Result<Config, ExitCode> {
    let config = Config::load(path).map_err(|errors| {
        errors.iter().for_each(|error| eprintln!("{error}"));
        ExitCode::FAILURE
    })?;
    config.warnings(SystemClock.wall()).iter().for_each(|warning| eprintln!("warning: {warning}"));
    Ok(config)
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
