//! What a parent is told of a zone: DS records, true ones and others.

use std::path::Path;
use std::process::Command;

use super::{Ds, Zone};
use crate::support::run;

/// The key tag, algorithm and digest of a key that no zone has.
const STRANGER: &str = "4711 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";

/// The DS records for the parent of `zone`, one a line.
pub(super) fn ds_records(zone: &Zone, signed: &Path) -> String {
    let stranger = || format!("{} 3600 IN DS {STRANGER}\n", zone.name);
    let digests =
        |kinds: &[&str]| kinds.iter().map(|k| digest(zone, signed, k)).collect::<String>();
    match zone.ds {
        Ds::Absent => String::new(),
        Ds::Digests(kinds) => digests(kinds),
        Ds::WrongDigest => with_wrong_digit(&digests(&["SHA-256"])),
        Ds::WrongBesideSha1 => digests(&["SHA-1"]) + &with_wrong_digit(&digests(&["SHA-256"])),
        Ds::Stranger => stranger(),
        Ds::StrangerBesideTrue => stranger() + &digests(&["SHA-1", "SHA-256", "SHA-384"]),
        Ds::UnknownDigest => with_field(&digests(&["SHA-256"]), 6, "200"),
        Ds::UnknownAlgorithm => with_field(&digests(&["SHA-256"]), 5, "200"),
    }
}

/// One DS record for each of the zone's keys with the SEP flag, as BIND's tool computes it.
fn digest(zone: &Zone, signed: &Path, kind: &str) -> String {
    let mut tool = Command::new("dnssec-dsfromkey");
    let printed = run(tool.args(["-a", kind, "-T", "3600", "-f"]).arg(signed).arg(&zone.name));
    assert!(printed.contains(" DS "), "{} has no key for a DS record", zone.name);
    printed
}

/// The records with the last digit of each digest changed.
fn with_wrong_digit(records: &str) -> String {
    let changed = |line: &str| {
        let (digits, last) = line.split_at(line.len() - 1);
        format!("{digits}{}\n", if last == "0" { "1" } else { "0" })
    };
    records.lines().map(changed).collect()
}

/// The records with one field, counted from zero, replaced.
fn with_field(records: &str, at: usize, value: &str) -> String {
    let changed = |line: &str| {
        let mut fields: Vec<&str> = line.split_ascii_whitespace().collect();
        fields[at] = value;
        fields.join(" ") + "\n"
    };
    records.lines().map(changed).collect()
}
