//! Breaking signed zones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::signer::{Validity, sign_for};
use super::{Damage, Zone};
use crate::support::run;

/// One record a line, fields separated by tabs, as ldns-read-zone prints it: owner, TTL, class, type, data.
struct Record<'a>(&'a str);

impl<'a> Record<'a> {
    fn field(&self, at: usize) -> &'a str {
        self.0.split('\t').nth(at).unwrap_or_default()
    }

    fn rtype(&self) -> &'a str {
        self.field(3)
    }

    /// The type that this RRSIG covers; empty for other records.
    fn covers(&self) -> &'a str {
        let covered = if self.rtype() == "RRSIG" { self.field(4) } else { "" };
        covered.split(' ').next().unwrap_or_default()
    }

    /// NSEC, NSEC3, their signatures, and NSEC3PARAM, which makes knotd die when it finds no NSEC3 chain to go with it.
    fn is_denial(&self) -> bool {
        let denials = ["NSEC", "NSEC3", "NSEC3PARAM"];
        denials.contains(&self.rtype()) || denials.contains(&self.covers())
    }
}

/// Breaks the zone as it is to be broken; the result is the file to serve. Dates are the signer's affair.
pub(super) fn inflict(zone: &Zone, plain: &Path, signed: PathBuf) -> PathBuf {
    if matches!(zone.damage, Damage::None | Damage::Expired | Damage::NotYetValid) {
        return signed;
    }
    let text = one_a_line(&signed);
    let www = zone.host("www");
    let signs_www = |r: &Record<'_>| r.field(0) == www && r.covers() == "A";
    let damaged = match zone.damage {
        Damage::Unsigned => edit(&text, |r| (r.rtype() != "RRSIG").then(|| r.0.to_owned())),
        Damage::NoDenials => edit(&text, |r| (!r.is_denial()).then(|| r.0.to_owned())),
        Damage::WwwUnsigned => edit(&text, |r| (!signs_www(r)).then(|| r.0.to_owned())),
        Damage::WwwCorrupt => {
            edit(&text, |r| Some(if signs_www(r) { corrupt(r.0) } else { r.0.to_owned() }))
        }
        Damage::WwwExpired => {
            let old = one_a_line(&sign_for(zone, plain, Validity::EXPIRED));
            let old = old.lines().map(Record).find(signs_www).expect("a signature over www A").0;
            edit(&text, |r| Some(if signs_www(r) { old } else { r.0 }.to_owned()))
        }
        Damage::None | Damage::Expired | Damage::NotYetValid => text.clone(),
    };
    assert!(damaged != text, "{} was to be broken", zone.name);
    fs::write(&signed, damaged).expect("the damaged zone");
    signed
}

fn one_a_line(file: &Path) -> String {
    run(Command::new("ldns-read-zone").arg(file))
}

/// Each record as `change` makes it, without those that it drops.
fn edit(text: &str, change: impl Fn(&Record<'_>) -> Option<String>) -> String {
    text.lines().filter_map(|line| change(&Record(line))).map(|line| line + "\n").collect()
}

/// The RRSIG with one character in the middle of its signature changed.
fn corrupt(line: &str) -> String {
    let start = line.rfind(' ').expect("the signature is the last field") + 1;
    let at = start + (line.len() - start) / 2;
    let other = if line[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{other}{}", &line[..at], &line[at + 1..])
}
