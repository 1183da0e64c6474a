//! From the command line to an exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Arguments, Command, ConfigFile};
use super::{anchors, check, doctor, explain, lab, selftest, serve};

/// Runs the program: 0 when all went well, 1 when it did not, 2 for a command line that cannot be read, from 10 on what
/// `doctor` found.
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
        Command::Doctor(doctor) => doctor::run(&doctor),
        Command::Anchors { config, json } => anchors::run(&config, json),
        Command::Lab(lab) => lab::run(&lab),
        Command::Selftest(selftest) => selftest::run(&selftest),
    };
    ending.err().unwrap_or(ExitCode::SUCCESS)
}
