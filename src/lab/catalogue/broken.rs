//! Zones that are broken, each in one way: SERVFAIL, with the reason.

use std::sync::Arc;

use super::{Keyring, LabError, Row, SECURE, Site, WWW, bogus, csk, parse_name};
use crate::lab::{Chain, Fault};
use crate::wire::{EdeCode, RrType};

/// What to ask of them.
pub(super) const CASES: &[Row] = &[
    (
        "www.expired.test.",
        RrType::A,
        bogus(EdeCode::SIGNATURE_EXPIRED),
        "its signatures ended two days ago",
    ),
    (
        "www.future.test.",
        RrType::A,
        bogus(EdeCode::SIGNATURE_NOT_YET_VALID),
        "its signatures begin in two days",
    ),
    (
        "www.reversed.test.",
        RrType::A,
        bogus(EdeCode::SIGNATURE_EXPIRED_BEFORE_VALID),
        "its signatures end before they begin",
    ),
    (
        "www.unsigned-answer.test.",
        RrType::A,
        bogus(EdeCode::RRSIGS_MISSING),
        "the answer has no signature",
    ),
    (
        "www.unsigned-answer.test.",
        RrType::AAAA,
        SECURE,
        "what is signed in a partly broken zone stands",
    ),
    (
        "www.stranger.test.",
        RrType::A,
        bogus(EdeCode::DNSKEY_MISSING),
        "signed by a key that is not the zone's",
    ),
    ("www.altered.test.", RrType::A, bogus(EdeCode::DNSSEC_BOGUS), "changed after it was signed"),
    (
        "no.altered.test.",
        RrType::A,
        bogus(EdeCode::DNSSEC_BOGUS),
        "a denial changed after it was signed",
    ),
    (
        "www.ds-altered.test.",
        RrType::A,
        bogus(EdeCode::DNSKEY_MISSING),
        "the DS has a digest of no key",
    ),
    ("www.ds-tag.test.", RrType::A, bogus(EdeCode::DNSKEY_MISSING), "the DS names another key"),
    ("www.no-keys.test.", RrType::A, bogus(EdeCode::DNSKEY_MISSING), "a DS and no DNSKEY"),
    (
        "www.unsigned-keys.test.",
        RrType::A,
        bogus(EdeCode::RRSIGS_MISSING),
        "nobody signed the DNSKEY RRset",
    ),
    (
        "www.stripped.test.",
        RrType::A,
        bogus(EdeCode::RRSIGS_MISSING),
        "all signatures were taken away",
    ),
    ("www.revoked.test.", RrType::A, bogus(EdeCode::DNSSEC_BOGUS), "its key is revoked"),
    ("www.no-zone-key.test.", RrType::A, bogus(EdeCode::NO_ZONE_KEY_BIT), "its key is no zone key"),
    (
        "www.protocol.test.",
        RrType::A,
        bogus(EdeCode::NO_ZONE_KEY_BIT),
        "its key is for another protocol than DNSSEC",
    ),
    ("no.no-denial.test.", RrType::A, bogus(EdeCode::NSEC_MISSING), "no NSEC denies the name"),
    ("www.no-denial.test.", RrType::MX, bogus(EdeCode::NSEC_MISSING), "no NSEC denies the type"),
    (
        "any.wild.no-denial.test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "nothing gives the wildcard the right to answer",
    ),
    (
        "zzz.wrong-denial.test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "an NSEC that does not cover the name",
    ),
    (
        "any.wild.wrong-denial.test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "an NSEC that gives the wildcard no right",
    ),
    (
        "no.no-denial.nsec3-test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "no NSEC3 denies the name",
    ),
    (
        "any.wild.no-denial.nsec3-test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "no NSEC3 gives the wildcard the right to answer",
    ),
    (
        "no.wrong-denial.nsec3-test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "NSEC3 that do not cover the name",
    ),
    (
        "www.child.unsigned-ds.test.",
        RrType::A,
        bogus(EdeCode::RRSIGS_MISSING),
        "the parent did not sign the DS",
    ),
    (
        "www.child.no-denial.test.",
        RrType::A,
        bogus(EdeCode::NSEC_MISSING),
        "an unsigned zone whose parent does not prove that it is",
    ),
    (
        "www.keytrap.test.",
        RrType::A,
        bogus(EdeCode::OTHER),
        "a hundred signatures, none of them good (CVE-2023-50387)",
    ),
    (
        "no.keytrap.test.",
        RrType::A,
        bogus(EdeCode::OTHER),
        "a denial with a hundred signatures, none of them good",
    ),
    (
        DEEP,
        RrType::A,
        bogus(EdeCode::OTHER),
        "a name of many labels below a zone with many NSEC3 iterations (CVE-2023-50868)",
    ),
];

/// A hundred labels, each of which may be the closest encloser.
const DEEP: &str = "x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.\
    x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.enclosers.test.";

/// With a wildcard, whose use takes a proof.
const WILD: &str = "www A 198.51.100.80\n*.wild A 198.51.100.81\n";

/// The zones.
pub(super) fn sites(keyring: &Keyring) -> Result<Vec<Site>, LabError> {
    let mut sites = by_keys_and_ds(keyring);
    sites.extend(by_signatures(keyring)?);
    sites.extend(by_denials(keyring));
    sites.extend(by_work(keyring));
    Ok(sites.into_iter().map(|site| site.on(&["broken"])).collect())
}

fn by_keys_and_ds(keyring: &Keyring) -> Vec<Site> {
    [
        ("revoked.test.", Fault::Revoked),
        ("no-zone-key.test.", Fault::NoZoneKey),
        ("protocol.test.", Fault::Protocol(1)),
        ("no-keys.test.", Fault::NoKeys),
        ("ds-altered.test.", Fault::DsAltered),
        ("ds-tag.test.", Fault::DsTag),
    ]
    .map(|(apex, fault)| Site::signed(apex, WWW, csk(&keyring.p256[0])).fault(fault))
    .into()
}

fn by_signatures(keyring: &Keyring) -> Result<Vec<Site>, LabError> {
    let zone = |apex: &str| Site::signed(apex, WWW, csk(&keyring.p256[0]));
    let stranger = Arc::clone(&keyring.p256[2]);
    let at = parse_name;
    Ok(vec![
        zone("expired.test.").fault(Fault::Expired),
        zone("future.test.").fault(Fault::NotYetValid),
        zone("reversed.test.").fault(Fault::Reversed),
        zone("stripped.test.").fault(Fault::Stripped),
        zone("unsigned-answer.test.")
            .fault(Fault::Unsigned(at("www.unsigned-answer.test.")?, RrType::A)),
        zone("unsigned-keys.test.")
            .fault(Fault::Unsigned(at("unsigned-keys.test.")?, RrType::DNSKEY)),
        zone("stranger.test.").fault(Fault::Stranger(
            at("www.stranger.test.")?,
            RrType::A,
            stranger,
        )),
        zone("altered.test.")
            .fault(Fault::Altered(at("www.altered.test.")?, RrType::A))
            .fault(Fault::Altered(at("altered.test.")?, RrType::NSEC)),
        zone("unsigned-ds.test.")
            .fault(Fault::Unsigned(at("child.unsigned-ds.test.")?, RrType::DS)),
        zone("child.unsigned-ds.test."),
    ])
}

fn by_denials(keyring: &Keyring) -> Vec<Site> {
    let nsec3 = || Chain::Nsec3 { iterations: 0, salt: Vec::new(), opt_out: false };
    let zone = |apex: &str| Site::signed(apex, WILD, csk(&keyring.p256[0]));
    vec![
        zone("no-denial.test.").fault(Fault::NoDenial),
        Site::unsigned("child.no-denial.test.", WWW),
        zone("wrong-denial.test.").fault(Fault::WrongDenial),
        zone("no-denial.nsec3-test.").chain(nsec3()).fault(Fault::NoDenial),
        zone("wrong-denial.nsec3-test.").chain(nsec3()).fault(Fault::WrongDenial),
    ]
}

/// Zones that cost work.
fn by_work(keyring: &Keyring) -> [Site; 2] {
    let zone = |apex: &str| Site::signed(apex, WWW, csk(&keyring.p256[0]));
    let iterations = Chain::Nsec3 { iterations: 50, salt: Vec::new(), opt_out: false };
    [zone("keytrap.test.").fault(Fault::Trapped(100)), zone("enclosers.test.").chain(iterations)]
}
