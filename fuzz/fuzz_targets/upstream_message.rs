//! `cargo +nightly fuzz run upstream_message --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bailiwick_fuzz::upstream_message(octets));
