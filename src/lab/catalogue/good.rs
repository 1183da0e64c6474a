//! Zones in order: every algorithm, every kind of answer, every way to serve and to delegate.

use std::sync::Arc;

use super::{
    INSECURE, Key, Keyring, Role, Row, SECURE, SECURE_NO_DATA, SECURE_NO_NAME, Site, WWW, bogus,
    csk,
};
use crate::dnssec::DigestType;
use crate::lab::Chain;
use crate::wire::{EdeCode, RrType};

/// What to ask of them.
pub(super) const CASES: &[Row] = &[
    ("www.rsasha1.test.", RrType::A, SECURE, "RSA/SHA-1 (5) is still checked"),
    ("www.nsec3-rsasha1.test.", RrType::A, SECURE, "RSA/SHA-1 for NSEC3 (7) is still checked"),
    ("www.rsasha256.test.", RrType::A, SECURE, "RSA/SHA-256 (8)"),
    ("www.rsa1024.test.", RrType::A, SECURE, "RSA of 1024 bits is short, and in use"),
    ("www.rsasha512.test.", RrType::A, SECURE, "RSA/SHA-512 (10)"),
    ("www.p256.test.", RrType::A, SECURE, "ECDSA P-256 (13)"),
    ("www.p384.test.", RrType::A, SECURE, "ECDSA P-384 (14)"),
    ("www.ed25519.test.", RrType::A, SECURE, "Ed25519 (15)"),
    ("www.ed448.test.", RrType::A, SECURE, "Ed448 (16)"),
    ("any.wild.ed448.test.", RrType::TXT, SECURE, "a wildcard signed by another signer"),
    ("no.nsec3-rsasha1.test.", RrType::A, SECURE_NO_NAME, "NSEC3 made by another signer"),
    ("www.dual.test.", RrType::A, SECURE, "two algorithms: either one suffices"),
    ("www.split.test.", RrType::A, SECURE, "key and zone signing keys, and one on standby"),
    ("www.nsec.test.", RrType::A, SECURE, "a zone with NSEC"),
    ("www.nsec.test.", RrType::MX, SECURE_NO_DATA, "NSEC denies a type"),
    ("no.nsec.test.", RrType::A, SECURE_NO_NAME, "NSEC denies a name"),
    ("ent.nsec.test.", RrType::A, SECURE_NO_DATA, "NSEC steps over an empty non-terminal"),
    ("a.b.wild.nsec.test.", RrType::TXT, SECURE, "a wildcard, with NSEC that nothing is closer"),
    ("a.wild.nsec.test.", RrType::A, SECURE_NO_DATA, "a wildcard without the type"),
    ("*.wild.nsec.test.", RrType::TXT, SECURE, "the wildcard asked for by its own name"),
    ("nsec.test.", RrType::DS, SECURE, "a DS is its parent's"),
    ("nsec.test.", RrType::DNSKEY, SECURE, "a DNSKEY RRset is its zone's"),
    ("www.nsec3.nsec3-test.", RrType::A, SECURE, "a zone with NSEC3"),
    ("www.nsec3.nsec3-test.", RrType::MX, SECURE_NO_DATA, "NSEC3 denies a type"),
    ("no.nsec3.nsec3-test.", RrType::A, SECURE_NO_NAME, "NSEC3 denies a name"),
    ("no.way.nsec3.nsec3-test.", RrType::A, SECURE_NO_NAME, "NSEC3 denies the next closer name"),
    ("ent.nsec3.nsec3-test.", RrType::A, SECURE_NO_DATA, "NSEC3 of an empty non-terminal"),
    ("a.wild.nsec3.nsec3-test.", RrType::TXT, SECURE, "a wildcard, with NSEC3"),
    ("a.wild.nsec3.nsec3-test.", RrType::A, SECURE_NO_DATA, "a wildcard without the type"),
    ("no.nsec3-test.", RrType::A, SECURE_NO_NAME, "a name denied by a top-level domain"),
    ("www.signed.optout-test.", RrType::A, SECURE, "a signed zone under Opt-Out"),
    ("www.alias.test.", RrType::A, SECURE, "an alias into another zone"),
    ("far.alias.test.", RrType::A, SECURE, "aliases through three zones and three algorithms"),
    ("gone.alias.test.", RrType::A, SECURE_NO_NAME, "an alias to a name that does not exist"),
    ("bare.alias.test.", RrType::MX, SECURE_NO_DATA, "an alias to a name without the type"),
    ("any.wild.alias.test.", RrType::A, SECURE, "an alias from a wildcard"),
    ("plain.alias.test.", RrType::A, INSECURE, "an alias out of the signed world"),
    (
        "broken.alias.test.",
        RrType::A,
        bogus(EdeCode::SIGNATURE_EXPIRED),
        "an alias is no better than its target",
    ),
    ("www.alias.test.", RrType::CNAME, SECURE, "an alias asked for by itself"),
    ("www.old.dname.test.", RrType::A, SECURE, "a DNAME makes the alias, which has no signature"),
    ("no.old.dname.test.", RrType::A, SECURE_NO_NAME, "a DNAME to a name that does not exist"),
    ("www.plain.dname.test.", RrType::A, INSECURE, "a DNAME out of the signed world"),
    ("www.family.test.", RrType::A, SECURE, "a zone on one server with its children"),
    ("www.child.family.test.", RrType::A, SECURE, "a child on its parent's server"),
    ("child.family.test.", RrType::DS, SECURE, "that server knows whose the DS is"),
    ("www.plain.family.test.", RrType::A, INSECURE, "an unsigned child on its parent's server"),
    ("www.cohosted.test.", RrType::A, SECURE, "no referral: the parent's servers serve it, too"),
    ("big.big.test.", RrType::TXT, SECURE, "an answer too long for UDP"),
    ("www.digests.test.", RrType::A, SECURE, "DS by SHA-1, SHA-256 and SHA-384"),
    ("www.sha1.test.", RrType::A, SECURE, "DS by SHA-1 alone"),
    ("www.sha384.test.", RrType::A, SECURE, "DS by SHA-384 alone"),
    ("www.glueless.test.", RrType::A, SECURE, "name servers in another zone, without glue"),
    ("www.v6only.test.", RrType::A, SECURE, "a name server with IPv6 alone"),
    ("www.three.labels.deep.nsec.test.", RrType::A, SECURE, "labels without zone cuts"),
];

/// What both the zone with NSEC and the one with NSEC3 hold.
const KINDS: &str = "www A 198.51.100.80
below.ent A 198.51.100.81
*.wild TXT \"from a wildcard\"
www.three.labels.deep A 198.51.100.82
";

const ALIASES: &str = "www CNAME www.p256.test.
far CNAME far.alias.rsa-test.
gone CNAME no.nsec.test.
bare CNAME www.nsec.test.
*.wild CNAME www.p256.test.
plain CNAME www.unsigned.test.
broken CNAME www.expired.test.
";

/// The zones.
pub(super) fn sites(keyring: &Keyring) -> Vec<Site> {
    let mut sites = algorithms(keyring);
    sites.extend(presigned());
    sites.extend(kinds(keyring));
    sites.extend(placed(keyring));
    sites
}

fn algorithms(keyring: &Keyring) -> Vec<Site> {
    let one = |apex: &str, pair| Site::signed(apex, WWW, csk(pair)).on(&["good-1"]);
    let both = [csk(&keyring.p256[0]), csk(&keyring.ed25519[0])].concat();
    let roles = [Role::KeySigning, Role::ZoneSigning, Role::Standby];
    let split = keyring.p256.iter().zip(roles).map(|(pair, role)| Key::new(Arc::clone(pair), role));
    vec![
        one("rsasha256.test.", &keyring.rsa_sha256),
        one("rsasha512.test.", &keyring.rsa_sha512),
        one("p256.test.", &keyring.p256[0]),
        one("p384.test.", &keyring.p384),
        one("ed25519.test.", &keyring.ed25519[0]),
        Site::signed("dual.test.", WWW, both).on(&["good-1"]),
        Site::signed("split.test.", WWW, split.collect()).on(&["good-1", "good-2"]),
    ]
}

/// Zones that other signers made: `zones/make.sh`.
fn presigned() -> Vec<Site> {
    [
        ("rsasha1.test.", include_str!("../zones/rsasha1.test.zone")),
        ("nsec3-rsasha1.test.", include_str!("../zones/nsec3-rsasha1.test.zone")),
        ("rsa1024.test.", include_str!("../zones/rsa1024.test.zone")),
        ("ed448.test.", include_str!("../zones/ed448.test.zone")),
    ]
    .map(|(apex, text)| Site::presigned(apex, text).on(&["foreign"]))
    .into()
}

/// Every kind of answer.
fn kinds(keyring: &Keyring) -> Vec<Site> {
    let p256 = || csk(&keyring.p256[0]);
    let nsec3 = Chain::Nsec3 { iterations: 5, salt: vec![0xab, 0xcd], opt_out: false };
    let digits = "0123456789".repeat(20);
    let big: String = (0..15).map(|n| format!("big TXT \"{n} {digits}\"\n")).collect();
    let dnames = "old DNAME p256.test.\nplain DNAME unsigned.test.\n";
    vec![
        Site::signed("nsec.test.", KINDS, p256()).on(&["good-1"]),
        Site::signed("nsec3.nsec3-test.", KINDS, p256()).on(&["good-1"]).chain(nsec3),
        Site::signed("alias.test.", ALIASES, p256()).on(&["good-2"]),
        Site::signed("alias.rsa-test.", "far CNAME www.ed25519.test.", csk(&keyring.rsa_sha256))
            .on(&["good-2"]),
        Site::signed("dname.test.", dnames, p256()).on(&["good-2"]),
        Site::signed("big.test.", &big, p256()).on(&["good-2"]),
    ]
}

/// Every way to serve and to delegate.
fn placed(keyring: &Keyring) -> Vec<Site> {
    let zone = |apex: &str| Site::signed(apex, WWW, csk(&keyring.ed25519[1]));
    let all = [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384];
    vec![
        zone("signed.optout-test.").on(&["good-1"]),
        zone("family.test.").on(&["family"]),
        zone("child.family.test.").on(&["family"]),
        Site::unsigned("plain.family.test.", WWW).on(&["family"]),
        zone("cohosted.test.").on(&["top-1", "top-2"]),
        zone("digests.test.").on(&["good-1"]).digests(&all),
        zone("sha1.test.").on(&["good-1"]).digests(&all[..1]),
        zone("sha384.test.").on(&["good-1"]).digests(&all[2..]),
        zone("glueless.test.").on(&["good-1"]).name_servers(&["ns1.p256.test."]),
        zone("v6only.test.").on(&["six"]),
    ]
}
