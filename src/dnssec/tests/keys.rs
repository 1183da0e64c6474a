//! Formats of keys and signatures: RFC 3110, 5702, 6605, 8080.

use super::assert_shape;
use crate::dnssec::crypto::{check_key, sha1, verify};
use crate::dnssec::testing::*;
use crate::dnssec::{Algorithm, DigestType, KeyProblem, SigningError, SigningKey, digest};

const RSA: [Algorithm; 4] =
    [Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1, Algorithm::RSASHA256, Algorithm::RSASHA512];

/// RSA key octets: length of the exponent as given, exponent, modulus.
fn rsa(length: &[u8], exponent: &[u8], modulus: &[u8]) -> Result<(), KeyProblem> {
    let key = [length, exponent, modulus].concat();
    let checked = RSA.map(|algorithm| check_key(algorithm, &key));
    assert!(checked.iter().all(|c| *c == checked[0]), "one layout for all: {checked:?}");
    checked[0]
}

/// A modulus of so many bits.
fn modulus(bits: usize) -> Vec<u8> {
    let mut octets = vec![0xff; bits.div_ceil(8)];
    octets[0] = 0xff >> (octets.len() * 8 - bits);
    octets
}

#[test]
fn rfc3110_s2_the_exponent_has_one_or_three_octets_of_length() {
    let n = modulus(2048);
    assert_eq!(rsa(&[3], &[1, 0, 1], &n), Ok(()));
    assert_eq!(rsa(&[0, 0, 3], &[1, 0, 1], &n), Ok(()));
    assert_eq!(rsa(&[5], &[0, 0, 1, 0, 1], &[&[0, 0][..], &n].concat()), Ok(()), "zeros in front");
    for key in [&[][..], &[0], &[0, 0], &[0, 0, 0], &[3, 1, 0], &[3, 1, 0, 1], &[2, 0, 0, 5]] {
        assert_eq!(check_key(Algorithm::RSASHA256, key), Err(KeyProblem::Malformed), "{key:?}");
    }
    assert_eq!(rsa(&[3], &[1, 0, 1], &[0, 0]), Err(KeyProblem::Malformed));
    assert_eq!(rsa(&[0, 1, 0], &[1; 256], &n), Err(KeyProblem::ExponentSize));
}

#[test]
fn rfc5702_s2_rsa_moduli_have_at_most_4096_bits() {
    let bits = |bits| rsa(&[3], &[1, 0, 1], &modulus(bits));
    assert_eq!(bits(1016), Err(KeyProblem::ModulusSize));
    assert_eq!(bits(1017), Ok(()));
    assert_eq!(bits(4096), Ok(()));
    assert_eq!(bits(4097), Err(KeyProblem::ModulusSize));
}

#[test]
fn exponents_have_at_most_33_bits() {
    let exponent = |e: &[u8]| rsa(&[u8::try_from(e.len()).expect("short")], e, &modulus(2048));
    assert_eq!(exponent(&[1, 0xff, 0xff, 0xff, 0xff]), Ok(()));
    assert_eq!(exponent(&[2, 0, 0, 0, 1]), Err(KeyProblem::ExponentSize));
}

#[test]
fn rfc6605_s4_and_rfc8080_s3_keys_have_one_length() {
    for (algorithm, length) in [
        (Algorithm::ECDSAP256SHA256, 64),
        (Algorithm::ECDSAP384SHA384, 96),
        (Algorithm::ED25519, 32),
        (Algorithm::ED448, 57),
    ] {
        let check = |length| check_key(algorithm, &vec![1; length]);
        assert_eq!(check(length), Ok(()), "{algorithm}");
        assert_eq!(check(length - 1), Err(KeyProblem::Malformed), "{algorithm}");
        assert_eq!(check(length + 1), Err(KeyProblem::Malformed), "{algorithm}");
    }
    assert_eq!(check_key(Algorithm(3), &[1; 64]), Err(KeyProblem::Malformed));
}

#[test]
fn rfc9904_s3_each_algorithm_verifies_its_own_signatures_and_no_other() {
    let keys = [
        TestKey::ed25519(),
        TestKey::p256(),
        TestKey::p384(),
        TestKey::ed448(),
        TestKey::rsa(Algorithm::RSASHA256),
        TestKey::rsa(Algorithm::RSASHA512),
    ];
    for key in &keys {
        let public = key.pair.public_key();
        assert_eq!(key.pair.algorithm(), key.algorithm);
        assert_eq!(check_key(key.algorithm, &public), Ok(()), "{}", key.algorithm);
        let signature = key.pair.sign(b"data").expect("a signature");
        for algorithm in (0..=255).map(Algorithm) {
            let verified = verify(algorithm, &public, b"data", &signature);
            assert_eq!(verified, algorithm == key.algorithm, "{algorithm} for {}", key.algorithm);
        }
        assert!(!verify(key.algorithm, &public, b"date", &signature));
        assert!(!verify(key.algorithm, &public, b"data", &signature[1..]));
        assert!(!verify(key.algorithm, &public[1..], b"data", &signature));
    }
}

#[test]
fn rfc6605_s4_signatures_are_two_integers_of_full_length() {
    let length = |key: TestKey| key.pair.sign(b"data").expect("a signature").len();
    assert_eq!((length(TestKey::p256()), length(TestKey::p384())), (64, 96));
    assert_eq!((length(TestKey::ed25519()), TestKey::p256().pair.public_key().len()), (64, 64));
}

#[test]
fn trial_keys_are_read_by_their_algorithm_alone() {
    for algorithm in
        [Algorithm::ED25519, Algorithm::ED448, Algorithm::RSASHA256, Algorithm::RSASHA1]
    {
        assert_shape!(SigningKey::from_pkcs8(algorithm, b"no key"), Err(SigningError));
    }
    assert!(!SigningError.to_string().is_empty());
    assert_eq!(format!("{:?}", TestKey::ed25519().pair), "SigningKey(ED25519)", "never the key");
}

#[test]
fn rfc9904_s4_digests_that_are_implemented() {
    // NIST's example of the message "abc".
    for (digest_type, length, first) in [
        (DigestType::SHA1, 20, [0xa9, 0x99, 0x3e, 0x36]),
        (DigestType::SHA256, 32, [0xba, 0x78, 0x16, 0xbf]),
        (DigestType::SHA384, 48, [0xcb, 0x00, 0x75, 0x3f]),
    ] {
        let value = digest(digest_type, &[b"a", b"bc"]).expect("a digest");
        assert_eq!((value.len(), &value[..4]), (length, &first[..]), "{digest_type}");
        assert!(digest_type.is_implemented());
    }
    for other in (0..=255).map(DigestType).filter(|d| !matches!(d.0, 1 | 2 | 4)) {
        assert_eq!(digest(other, &[b"abc"]), None);
        assert!(!other.is_implemented(), "{other}");
    }
    assert_eq!(sha1(b"a", b"bc")[..4], [0xa9, 0x99, 0x3e, 0x36]);
}

#[test]
fn rfc9904_s3_and_rfc9905_s2_algorithms_that_are_implemented() {
    let implemented: Vec<u8> = (0..=255).filter(|n| Algorithm(*n).is_implemented()).collect();
    assert_eq!(implemented, [5, 7, 8, 10, 13, 14, 15, 16]);
}

#[test]
fn what_a_check_costs_is_counted_in_checks_of_p256() {
    let dear: Vec<_> =
        (0..=255).map(Algorithm).map(|a| (a, a.cost())).filter(|(_, cost)| *cost != 1).collect();
    assert_eq!(dear, [(Algorithm::ECDSAP384SHA384, 13), (Algorithm::ED448, 34)]);
}
