//! `cargo +nightly fuzz run client_packet --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bailiwick_fuzz::client_packet(octets));
