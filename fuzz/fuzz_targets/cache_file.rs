//! `cargo +nightly fuzz run cache_file --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bailiwick_fuzz::cache_file(octets));
