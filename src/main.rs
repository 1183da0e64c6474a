//! The `bailiwick` program.

fn main() {}
