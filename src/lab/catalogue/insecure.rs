//! Zones outside any chain of trust: answered, without AD.

use super::{INSECURE, INSECURE_NO_NAME, Keyring, Row, SECURE, Site, WWW, csk};
use crate::dnssec::Algorithm;
use crate::lab::{Chain, Expectation, Fault, Outcome};
use crate::wire::{EdeCode, RrType};

/// An algorithm and a digest type that will not be assigned soon: 250 is for experiments, 253 and 254 are private.
const UNKNOWN: u8 = 250;

const fn insecure_for(outcome: Outcome, code: EdeCode) -> Expectation {
    Expectation::Insecure(outcome, Some(code))
}

/// What to ask of them.
pub(super) const CASES: &[Row] = &[
    ("www.unsigned.test.", RrType::A, INSECURE, "NSEC proves that there is no DS"),
    ("no.unsigned.test.", RrType::A, INSECURE_NO_NAME, "an unsigned zone denies without proof"),
    ("www.island.unsigned.test.", RrType::A, INSECURE, "a signed zone below an unsigned one"),
    ("www.unsigned.nsec3-test.", RrType::A, INSECURE, "NSEC3 proves that there is no DS"),
    ("www.unsigned.optout-test.", RrType::A, INSECURE, "an Opt-Out span hides the delegation"),
    ("no.optout-test.", RrType::A, INSECURE_NO_NAME, "an Opt-Out span denies without certainty"),
    (
        "www.unknown-algorithm.test.",
        RrType::A,
        insecure_for(Outcome::Answer, EdeCode::UNSUPPORTED_DNSKEY_ALGORITHM),
        "signed by an algorithm that nobody knows",
    ),
    (
        "www.unknown-digest.test.",
        RrType::A,
        insecure_for(Outcome::Answer, EdeCode::UNSUPPORTED_DS_DIGEST),
        "a DS by a digest that nobody knows",
    ),
    (
        "no.iterations.nsec3-test.",
        RrType::A,
        insecure_for(Outcome::NameError, EdeCode::UNSUPPORTED_NSEC3_ITERATIONS),
        "NSEC3 with too many iterations to compute",
    ),
    ("www.iterations.nsec3-test.", RrType::A, SECURE, "what is there needs no NSEC3"),
];

/// The zones.
pub(super) fn sites(keyring: &Keyring) -> Vec<Site> {
    let signed = |apex: &str| Site::signed(apex, WWW, csk(&keyring.p256[1]));
    let iterations = Chain::Nsec3 { iterations: 500, salt: vec![1], opt_out: false };
    let sites = [
        Site::unsigned("unsigned.test.", WWW),
        signed("island.unsigned.test."),
        Site::unsigned("unsigned.nsec3-test.", WWW),
        Site::unsigned("unsigned.optout-test.", WWW),
        signed("unknown-algorithm.test.").fault(Fault::Algorithm(Algorithm(UNKNOWN))),
        signed("unknown-digest.test.").fault(Fault::DsDigest(UNKNOWN)),
        signed("iterations.nsec3-test.").chain(iterations),
    ];
    sites.map(|site| site.on(&["insecure"])).into()
}
