//! The trial keys: public private keys, which sign nothing but the lab's zones.

use std::sync::Arc;

use data_encoding::BASE64;

use crate::dnssec::{Algorithm, SigningError, SigningKey};

/// Key pairs that the zones of the lab share.
#[derive(Clone, Debug)]
pub struct Keyring {
    /// ECDSA P-256: one, another, and a third that no zone publishes.
    pub p256: [Arc<SigningKey>; 3],
    /// ECDSA P-384.
    pub p384: Arc<SigningKey>,
    /// Ed25519.
    pub ed25519: [Arc<SigningKey>; 2],
    /// RSA of 2048 bits with SHA-256.
    pub rsa_sha256: Arc<SigningKey>,
    /// The same key with SHA-512.
    pub rsa_sha512: Arc<SigningKey>,
}

impl Keyring {
    /// Reads the keys that are built in.
    ///
    /// # Errors
    /// When the library refuses one, which no test has seen.
    pub fn built_in() -> Result<Self, SigningError> {
        let p256 = |text| pair(Algorithm::ECDSAP256SHA256, text);
        let ed25519 = |text| pair(Algorithm::ED25519, text);
        let rsa = include_str!("keys/rsa2048.b64");
        Ok(Self {
            p256: [
                p256(include_str!("keys/p256-1.b64"))?,
                p256(include_str!("keys/p256-2.b64"))?,
                p256(include_str!("keys/p256-3.b64"))?,
            ],
            p384: pair(Algorithm::ECDSAP384SHA384, include_str!("keys/p384.b64"))?,
            ed25519: [
                ed25519(include_str!("keys/ed25519-1.b64"))?,
                ed25519(include_str!("keys/ed25519-2.b64"))?,
            ],
            rsa_sha256: pair(Algorithm::RSASHA256, rsa)?,
            rsa_sha512: pair(Algorithm::RSASHA512, rsa)?,
        })
    }
}

/// The PKCS#8 key in base64 `text`.
fn pair(algorithm: Algorithm, text: &str) -> Result<Arc<SigningKey>, SigningError> {
    let base64: String = text.split_ascii_whitespace().collect();
    let pkcs8 = BASE64.decode(base64.as_bytes()).map_err(|_| SigningError)?;
    SigningKey::from_pkcs8(algorithm, &pkcs8).map(Arc::new)
}
