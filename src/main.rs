//! The `bailiwick` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A question that misses the cache takes and gives back some hundred small pieces, of which the system's allocator makes
/// twice as much work, and keeps more of what was given back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bailiwick::cli::run()
}
