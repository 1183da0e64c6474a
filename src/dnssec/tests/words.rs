//! Every reason has its words, its extended error code (RFC 8914 section 4), its rule and its weight.

use crate::dnssec::reason::{SignatureId, Voucher};
use crate::dnssec::testing::name;
use crate::dnssec::{
    Algorithm, AnchorProblem, DigestType, Insecurity, KeyProblem, Reason, Security, Timestamp,
};
use crate::wire::{EdeCode, ExtendedError, RrType};

fn reasons() -> Vec<Reason> {
    let (zone, owner, rtype) = (name("example."), name("www.example."), RrType::A);
    let (key_tag, algorithm) = (1, Algorithm::ED25519);
    let signature =
        SignatureId { owner: owner.clone(), rtype, zone: zone.clone(), key_tag, algorithm };
    let by_unknown_key = SignatureId { rtype: RrType::DNSKEY, ..signature.clone() };
    let (by, what) = (Voucher::Ds, "that all is well");
    let (now, then) = (Timestamp(86_400), Timestamp(0));
    macro_rules! reasons {
        ($($name:ident { $($field:ident: $value:expr),* })*) => {
            vec![$(Reason::$name { $($field: $value.clone()),* }),*]
        };
    }
    reasons! {
        SignaturesMissing { owner: owner, rtype: rtype, zone: zone }
        SignatureExpired { signature: signature, expired: then, now: now }
        SignatureNotYetValid { signature: signature, inception: now, now: then }
        SignatureExpiredBeforeValid { signature: signature }
        SignatureMismatch { signature: signature }
        NoKeyForSignature { signature: signature }
        SignatureLabels { signature: signature, labels: 9 }
        SignatureAlgorithm { signature: signature }
        DnskeyMissing { zone: zone }
        NoMatchingKey { zone: zone, by: by, wanted: vec![1, 2], found: vec![] }
        NoMatchingKey { zone: zone, by: Voucher::TrustAnchor, wanted: vec![3; 6], found: vec![4; 7] }
        DigestMismatch { zone: zone, key_tag: key_tag, digest: DigestType::SHA256 }
        NoZoneKey { zone: zone, key_tag: key_tag }
        KeyRevoked { zone: zone, key_tag: key_tag }
        KeyUnusable {
            zone: zone, key_tag: key_tag, algorithm: algorithm, problem: KeyProblem::Malformed
        }
        DenialMissing { name: owner, rtype: rtype, what: what }
        DenialMissing { name: owner, rtype: RrType::ANY, what: what }
        DenialIncomplete { name: owner, missing: zone, part: "wildcard" }
        TypeExists { name: owner, rtype: rtype }
        NameExists { name: owner }
        Nsec3Iterations { zone: zone, iterations: 200, limit: 100 }
        WorkExceeded { what: "referrals", limit: 30 }
        NoKeyForSignature { signature: by_unknown_key }
    }
}

const REASONS: &str = "\
10 0 RFC 4035 4.3 | www.example. A: no RRSIG of zone example., which is signed
7 3 RFC 4035 5.3.1 | SIG expired at 1970-01-01T00:00:00Z, it is 1970-01-02T00:00:00Z
8 3 RFC 4035 5.3.1 | SIG is valid from 1970-01-02T00:00:00Z on, it is 1970-01-01T00:00:00Z
25 3 RFC 4034 3.1.5 | SIG ends before it begins
6 4 RFC 4035 5.3.3 | SIG does not verify
9 2 RFC 4035 5.3.1 | SIG, which has no such DNSKEY
6 2 RFC 4035 5.3.1 | SIG has an impossible Labels field of 9
6 1 RFC 6840 5.12 | SIG is by an algorithm that is not supported
9 0 RFC 4035 5.2 | example. DNSKEY: there is none, and the zone should be signed
9 1 RFC 4035 5.2 | example. DNSKEY: the DS RRset names key 1, 2, the zone has none
9 1 RFC 4035 5.2 | example. DNSKEY: the trust anchor names key 3, 3, 3, 3, 3, 3, the zone has \
4, 4, 4, 4, 4, 4 ...
9 4 RFC 4034 5.1.4 | example. DS: the SHA-256 digest is not that of key 1
11 3 RFC 4034 2.1.1 | example. DNSKEY: key 1 has no zone key flag or not protocol 3
6 3 RFC 5011 2.1 | example. DNSKEY: key 1 is revoked
6 3 RFC 3110 2 | example. DNSKEY: key 1 (ED25519) is malformed
12 0 RFC 4035 5.4 | www.example. A: no NSEC or NSEC3 proves that all is well
12 0 RFC 4035 5.4 | www.example.: no NSEC or NSEC3 proves that all is well
12 5 RFC 5155 8 | www.example.: no NSEC or NSEC3 denies the wildcard example.
6 5 RFC 4035 5.4 | www.example.: denied, but NSEC or NSEC3 says that A exists
6 5 RFC 4035 5.4 | www.example.: denied, but NSEC or NSEC3 says that it exists
27 5 RFC 9276 3.2 | example. NSEC3: 200 iterations, more than 100
0 6 RFC 4035 4.7 | more work than limits.referrals = 30 allows
9 2 RFC 4035 5.3.1 | www.example. DNSKEY: RRSIG by key 1 (ED25519) of zone example.; no DS or trust anchor names \
that key
";

#[test]
fn rfc8914_s4_each_reason_has_its_code_its_rule_and_its_words() {
    let signature = "www.example. A: RRSIG by key 1 (ED25519) of zone example.";
    let mut told = String::new();
    for reason in reasons() {
        let words = reason.to_string().replace(signature, "SIG");
        let (code, weight, rule) = (reason.ede().0, reason.weight(), reason.rule());
        told.push_str(&format!("{code} {weight} {rule} | {words}\n"));
        let error = ExtendedError { code: reason.ede(), text: reason.to_string() };
        assert_eq!(reason.to_extended_error(), error);
        assert_eq!(reason.is_own_limit(), code == 0, "{reason}");
        let bogus = Security::Bogus(reason.clone());
        assert!(bogus.is_bogus() && !bogus.is_secure());
        assert_eq!(bogus.extended_error(), Some(error));
        assert_eq!((bogus.rule(), bogus.to_string()), (rule, format!("bogus: {reason}")));
    }
    assert_eq!(told, REASONS);
}

#[test]
fn of_two_reasons_the_weightier_counts_and_of_equals_the_first() {
    let reasons = reasons();
    let (light, heavy, other) = (&reasons[0], &reasons[4], &reasons[11]);
    assert_eq!(light.clone().or(None), *light);
    assert_eq!(light.clone().or(Some(heavy.clone())), *heavy);
    assert_eq!(heavy.clone().or(Some(light.clone())), *heavy);
    assert_eq!(other.clone().or(Some(heavy.clone())), *heavy);
}

fn insecurities() -> Vec<Insecurity> {
    let zone = || name("example.");
    vec![
        Insecurity::NoDs { zone: zone() },
        Insecurity::OptOut { zone: zone() },
        Insecurity::OptOutDenial { name: zone() },
        Insecurity::UnsupportedAlgorithms {
            zone: zone(),
            algorithms: vec![Algorithm(3), Algorithm(253)],
        },
        Insecurity::UnsupportedDigests { zone: zone(), digests: vec![DigestType(3)] },
        Insecurity::Nsec3Iterations { zone: zone(), iterations: 200, limit: 50 },
        Insecurity::NegativeTrustAnchor { zone: zone(), reason: String::new(), until: None },
        Insecurity::NegativeTrustAnchor { zone: zone(), reason: "broken".into(), until: Some(7) },
        Insecurity::Tolerated {
            error: ExtendedError { code: EdeCode::DNSSEC_BOGUS, text: "it is bad".into() },
            rule: "RFC 4035 5.4",
        },
        Insecurity::NeverSigned,
    ]
}

const INSECURITIES: &str = "\
None RFC 4035 5.2 | example. has no DS RRset, as its parent proves
None RFC 5155 8.6 | example. lies in an Opt-Out span of its parent
None RFC 5155 9.2 | example. is denied by an Opt-Out span
Some(1) RFC 4035 5.2 | example. is signed by unsupported algorithms only: algorithm 3, algorithm 253
Some(2) RFC 6840 5.2 | example. has DS records of unsupported digests only: digest type 3
Some(27) RFC 9276 3.2 | example. has NSEC3 records of 200 iterations, more than 50
Some(33) RFC 7646 2 | example. has a negative trust anchor
Some(33) RFC 7646 2 | example. has a negative trust anchor: broken
Some(6) RFC 4035 5.4 | it is bad
None RFC 4035 2.2 | RRSIG records are not signed themselves
";

#[test]
fn rfc8914_s4_what_is_insecure_says_why() {
    let mut told = String::new();
    for why in insecurities() {
        let code = why.ede().map(|code| code.0);
        told.push_str(&format!("{code:?} {} | {why}\n", why.rule()));
        let insecure = Security::Insecure(why.clone());
        assert!(!insecure.is_bogus() && !insecure.is_secure());
        let error = why.ede().map(|code| ExtendedError { code, text: why.to_string() });
        assert_eq!(insecure.extended_error(), error);
        assert_eq!(insecure.rule(), why.rule());
        let ends = told.ends_with(": broken\n");
        assert_eq!(why.until(), ends.then_some(7));
        assert_eq!(insecure.to_string(), format!("insecure: {why}"));
    }
    assert_eq!(told, INSECURITIES);
}

#[test]
fn rfc4033_s5_secure_and_indeterminate_need_no_excuse() {
    for (security, rule, words) in [
        (Security::Secure, "RFC 4035 5", "secure"),
        (Security::Indeterminate, "RFC 4033 5", "indeterminate: no trust anchor covers the name"),
    ] {
        assert_eq!((security.rule(), security.to_string().as_str()), (rule, words));
        assert_eq!(security.extended_error(), None);
        assert!(!security.is_bogus());
        assert_eq!(security.is_secure(), words == "secure");
    }
}

#[test]
fn algorithms_digests_and_problems_have_names() {
    let algorithms: Vec<_> = [5, 7, 8, 10, 13, 14, 15, 16, 3]
        .into_iter()
        .map(|number| Algorithm(number).to_string())
        .collect();
    assert_eq!(
        algorithms.join(" "),
        "RSASHA1 RSASHA1-NSEC3-SHA1 RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 \
         ED448 algorithm 3"
    );
    let digests = [1, 2, 4, 3].map(|number| DigestType(number).to_string());
    assert_eq!(digests.join(" "), "SHA-1 SHA-256 SHA-384 digest type 3");
    let problems = [KeyProblem::Malformed, KeyProblem::ModulusSize, KeyProblem::ExponentSize];
    assert_eq!(
        problems.map(|problem| problem.to_string()).join(", "),
        "is malformed, has a modulus outside 1017 to 4096 bits, has an exponent of more than 33 bits"
    );
    let (digest, algorithm) = (DigestType::SHA256, Algorithm(3));
    for (problem, words) in [
        (AnchorProblem::Algorithm(algorithm), "algorithm 3 is not supported"),
        (AnchorProblem::Digest(DigestType(3)), "digest type 3 is not supported"),
        (
            AnchorProblem::DigestLength { digest, found: 31, wanted: 32 },
            "the digest has 31 octets, but SHA-256 has 32",
        ),
        (AnchorProblem::Key(KeyProblem::Malformed), "the key is malformed"),
        (AnchorProblem::NotZoneKey, "the key is no zone key: flag 256, protocol 3"),
        (AnchorProblem::Revoked, "the key is revoked: flag 128"),
    ] {
        assert_eq!(problem.to_string(), words);
    }
    assert_eq!(EdeCode::DNSSEC_BOGUS.0, 6);
}
