//! Keys by number: the same number is the same key in every run.

use std::sync::Arc;

use bailiwick::dnssec::{Algorithm, SigningKey};

/// An Ed25519 key of which there are as many as there are seeds (RFC 8410 section 7: the octets of PKCS#8 around it).
pub fn ed25519(seed: u8) -> Arc<SigningKey> {
    const HEAD: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let pkcs8 = [HEAD, &[seed; 32]].concat();
    Arc::new(SigningKey::from_pkcs8(Algorithm::ED25519, &pkcs8).expect("a key"))
}

/// The seed of the key of the zone at `apex`.
pub fn key_of(apex: &str) -> u8 {
    apex.bytes().fold(7, |sum: u8, octet| sum.wrapping_mul(31).wrapping_add(octet))
}
