//! A signed mini-Internet in the process.
