//! The `bailiwick` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A question that misses the cache takes and gives back some hundred small pieces, of which the system's allocator makes
/// more work, and in more memory. Without huge pages, of which each worker would hold some from the start. Its third version: the second
/// gives back to the system after 10 ms what was freed, and who asks for it again waits for that; the third after a second.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bailiwick::cli::run()
}
