//! The `bailiwick` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A question that misses the cache takes and gives back some hundred small pieces, of which the system's allocator makes
/// twice as much work, and keeps more of what was given back. Of this one the second version: it returns to the system within
/// 10 ms what a flood took, the third after a second. And without huge pages, of which each worker would hold some from the start.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bailiwick::cli::run()
}
