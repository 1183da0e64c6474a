//! The `bailiwick` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bailiwick::cli::run()
}
