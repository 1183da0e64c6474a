//! Signatures and digests: the only file that names the cryptographic crates.
//!
//! Keys and signatures come in the formats of their RFCs: RSA 3110 section 2, ECDSA 6605 section 4, Ed25519 and
//! Ed448 8080 sections 3 and 4.

use std::fmt;

use ed448_goldilocks_plus::{
    Signature as Ed448Signature, SigningKey as Ed448Pair, VerifyingKey as Ed448Key,
};
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

use sha1::{Digest, Sha1};

use super::{Algorithm, DigestType, Fingerprint};

/// Moduli that can be verified: below, the library refuses; above, one check would take longer than any real zone's.
const RSA_MODULUS_BITS: std::ops::RangeInclusive<usize> = 1017..=4096;
/// Longer exponents make a check as dear as a signature, and the library refuses them.
const RSA_MAX_EXPONENT_BITS: usize = 33;

/// Why a key cannot be used, whatever it signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyProblem {
    /// The octets are no key of the algorithm.
    Malformed,
    /// An RSA modulus outside 1017 to 4096 bits.
    ModulusSize,
    /// An RSA exponent of more than 33 bits.
    ExponentSize,
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is malformed",
            Self::ModulusSize => "has a modulus outside 1017 to 4096 bits",
            Self::ExponentSize => "has an exponent of more than 33 bits",
        })
    }
}

/// Can the key verify anything at all?
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_key(algorithm: Algorithm, key: &[u8]) -> Result<(), KeyProblem> {
    let length = |wanted| if key.len() == wanted { Ok(()) } else { Err(KeyProblem::Malformed) };
    match algorithm {
        Algorithm::RSASHA1
        | Algorithm::RSASHA1_NSEC3_SHA1
        | Algorithm::RSASHA256
        | Algorithm::RSASHA512 => rsa_components(key).map(|_| ()),
        Algorithm::ECDSAP256SHA256 => length(64),
        Algorithm::ECDSAP384SHA384 => length(96),
        Algorithm::ED25519 => length(32),
        Algorithm::ED448 => length(57),
        _ => Err(KeyProblem::Malformed),
    }
}

/// Is `signature` the signature of `data` by `key`? A key that [`check_key`] refuses, or an algorithm that is not
/// implemented, verifies nothing.
#[must_use]
pub(super) fn verify(algorithm: Algorithm, key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    let rsa = |parameters: &'static RsaParameters| {
        rsa_components(key)
            .is_ok_and(|components| components.verify(parameters, data, signature).is_ok())
    };
    match algorithm {
        Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => {
            rsa(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        Algorithm::RSASHA256 => rsa(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Algorithm::RSASHA512 => rsa(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        Algorithm::ECDSAP256SHA256 => ecdsa(&ECDSA_P256_SHA256_FIXED, key, data, signature),
        Algorithm::ECDSAP384SHA384 => ecdsa(&ECDSA_P384_SHA384_FIXED, key, data, signature),
        Algorithm::ED25519 => UnparsedPublicKey::new(&ED25519, key).verify(data, signature).is_ok(),
        Algorithm::ED448 => ed448(key, data, signature),
        _ => false,
    }
}

/// Tells [`verify`] with these arguments from every other: where two are equal, so is what it says. Each part is preceded by
/// its length, so that no octet can pass from one to the next.
#[must_use]
pub(super) fn fingerprint(
    algorithm: Algorithm,
    key: &[u8],
    data: &[u8],
    signature: &[u8],
) -> Fingerprint {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in [&[algorithm.0][..], key, data, signature] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Fingerprint(digest)
}

/// DNSKEY octets are the bare point; the library wants the uncompressed form's leading 0x04.
fn ecdsa(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    data: &[u8],
    signature: &[u8],
) -> bool {
    let point = [&[0x04], key].concat();
    UnparsedPublicKey::new(algorithm, point).verify(data, signature).is_ok()
}

fn ed448(key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    let key = <&[u8; 57]>::try_from(key).ok().and_then(|k| Ed448Key::from_bytes(k).ok());
    let signature = Ed448Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_raw(&signature, data).is_ok())
}

/// Exponent and modulus (RFC 3110 section 2), leading zeros dropped, sizes checked.
fn rsa_components(key: &[u8]) -> Result<RsaPublicKeyComponents<&[u8]>, KeyProblem> {
    let (first, rest) = key.split_first().ok_or(KeyProblem::Malformed)?;
    let (length, rest) = match first {
        0 => {
            let (length, rest) = rest.split_first_chunk::<2>().ok_or(KeyProblem::Malformed)?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        length => (usize::from(*length), rest),
    };
    let (e, n) = rest.split_at_checked(length).ok_or(KeyProblem::Malformed)?;
    let (e, n) = (without_leading_zeros(e), without_leading_zeros(n));
    if e.is_empty() || n.is_empty() {
        return Err(KeyProblem::Malformed);
    }
    if bits(e) > RSA_MAX_EXPONENT_BITS {
        return Err(KeyProblem::ExponentSize);
    }
    if !RSA_MODULUS_BITS.contains(&bits(n)) {
        return Err(KeyProblem::ModulusSize);
    }
    Ok(RsaPublicKeyComponents { n, e })
}

fn without_leading_zeros(octets: &[u8]) -> &[u8] {
    &octets[octets.iter().take_while(|o| **o == 0).count()..]
}

/// Bits of a number without leading zero octets.
fn bits(number: &[u8]) -> usize {
    number.len() * 8 - number.first().map_or(0, |o| o.leading_zeros() as usize)
}

/// The digest of `parts`, one after the other; `None` for a type that is not implemented.
#[must_use]
pub fn digest(digest_type: DigestType, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let algorithm = match digest_type {
        DigestType::SHA1 => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestType::SHA256 => &ring::digest::SHA256,
        DigestType::SHA384 => &ring::digest::SHA384,
        _ => return None,
    };
    let mut context = ring::digest::Context::new(algorithm);
    parts.iter().for_each(|part| context.update(part));
    Some(context.finish().as_ref().to_vec())
}

/// SHA-1 of `a` followed by `b`: one step of an NSEC3 hash (RFC 5155 section 5). There may be thousands, and ring leaves
/// the processor's own SHA-1 unused.
#[must_use]
pub fn sha1(a: &[u8], b: &[u8]) -> [u8; 20] {
    Sha1::new().chain_update(a).chain_update(b).finalize().into()
}

/// A private key of the lab: it signs zones made for trials, nothing else.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Ed448(Box<Ed448Pair>),
}

/// PKCS#8 around the 57 octets of an Ed448 key (RFC 8410 section 7).
const ED448_PKCS8: &[u8] = b"\x30\x47\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x71\x04\x3b\x04\x39";

/// The octets are no private key of the algorithm, or the library cannot sign with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningError;

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no private key of an algorithm that can sign here (8, 10, 13 to 16)")
    }
}

impl std::error::Error for SigningError {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm) // never the key
    }
}

impl SigningKey {
    /// The key in `pkcs8` (RFC 5208, DER), for signing by `algorithm`.
    ///
    /// # Errors
    /// When it is no such key, or the algorithm is not one of 8, 10, 13 to 16.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let ecdsa = |signing| {
            EcdsaKeyPair::from_pkcs8(signing, pkcs8, &SystemRandom::new()).map(Pair::Ecdsa)
        };
        let pair = match algorithm {
            Algorithm::RSASHA256 | Algorithm::RSASHA512 => {
                RsaKeyPair::from_pkcs8(pkcs8).map(Pair::Rsa)
            }
            Algorithm::ECDSAP256SHA256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ECDSAP384SHA384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ED25519 => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map(Pair::Ed25519)
            }
            Algorithm::ED448 => {
                let seed = pkcs8.strip_prefix(ED448_PKCS8).ok_or(SigningError)?;
                let pair = Ed448Pair::try_from(seed).map_err(|_| SigningError)?;
                return Ok(Self { algorithm, pair: Pair::Ed448(Box::new(pair)) });
            }
            _ => return Err(SigningError),
        };
        pair.map(|pair| Self { algorithm, pair }).map_err(|_| SigningError)
    }

    /// The algorithm it signs by.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key in the format of a DNSKEY record's last field.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let public: RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
                let length = u8::try_from(public.e.len()).unwrap_or(0);
                [&[length], &*public.e, &*public.n].concat()
            }
            Pair::Ecdsa(pair) => pair.public_key().as_ref()[1..].to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed448(pair) => pair.verifying_key().to_bytes().to_vec(),
        }
    }

    /// The signature of `data`, in the format of an RRSIG record's last field.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let sha256: &dyn signature::RsaEncoding = &signature::RSA_PKCS1_SHA256;
                let sha512: &dyn signature::RsaEncoding = &signature::RSA_PKCS1_SHA512;
                let encoding = if self.algorithm == Algorithm::RSASHA512 { sha512 } else { sha256 };
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &random, data, &mut out).map_err(|_| SigningError)?;
                Ok(out)
            }
            Pair::Ecdsa(pair) => {
                pair.sign(&random, data).map(|s| s.as_ref().to_vec()).map_err(|_| SigningError)
            }
            Pair::Ed25519(pair) => Ok(pair.sign(data).as_ref().to_vec()),
            Pair::Ed448(pair) => Ok(pair.sign_raw(data).to_bytes().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_checks_have_one_fingerprint() {
        let of = |algorithm, [key, data, signature]: [&[u8]; 3]| {
            fingerprint(Algorithm(algorithm), key, data, signature)
        };
        let checks = [
            of(13, [b"key", b"data", b"signature"]),
            of(14, [b"key", b"data", b"signature"]),
            of(13, [b"kez", b"data", b"signature"]),
            of(13, [b"key", b"date", b"signature"]),
            of(13, [b"key", b"data", b"signaturf"]),
            of(13, [b"keyd", b"ata", b"signature"]),
            of(13, [b"key", b"datas", b"ignature"]),
            of(13, [b"", b"key", b"datasignature"]),
        ];
        for (i, check) in checks.iter().enumerate() {
            assert!(!checks[..i].contains(check), "{i}");
        }
        assert_eq!(checks[0], of(13, [b"key", b"data", b"signature"]));
    }
}
