//! The signers: each called as its manual says, for one zone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Damage, Denial, Signer, Zone};
use crate::support::run;

const DAY: i64 = 86_400;
const SALT: &str = "5a17";

/// When the signatures begin and end, in seconds from now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validity {
    begin: i64,
    end: i64,
}

impl Validity {
    const NOW: Self = Self { begin: -DAY, end: 10 * DAY };
    pub(super) const EXPIRED: Self = Self { begin: -21 * DAY, end: -10 * DAY };
    const NOT_YET: Self = Self { begin: 10 * DAY, end: 21 * DAY };
}

/// Signs the zone in `plain` with new keys; the result is the signed file.
pub(super) fn sign(zone: &Zone, plain: &Path) -> PathBuf {
    let validity = match zone.damage {
        Damage::Expired => Validity::EXPIRED,
        Damage::NotYetValid => Validity::NOT_YET,
        _ => Validity::NOW,
    };
    sign_for(zone, plain, validity)
}

/// Signs the zone for `validity`; with the keys of the last time, if there was one.
pub(super) fn sign_for(zone: &Zone, plain: &Path, validity: Validity) -> PathBuf {
    let signed = plain.with_extension("signed");
    let keys = plain.with_extension("keys");
    fs::create_dir_all(&keys).expect("a directory for keys");
    match zone.signer {
        Signer::Bind => bind(zone, plain, &keys, &signed, validity),
        Signer::Knot => knot(zone, plain, &keys, &signed, validity),
        Signer::Ldns => ldns(zone, plain, &keys, &signed, validity),
        Signer::Nobody => drop(fs::copy(plain, &signed).expect("a copy")),
    }
    signed
}

fn bind(zone: &Zone, plain: &Path, keys: &Path, signed: &Path, validity: Validity) {
    if is_empty(keys) {
        for (algorithm, is_ksk) in keys_wanted(zone) {
            let mut keygen = Command::new("dnssec-keygen");
            keygen.arg("-q").arg("-K").arg(keys).args(["-a", mnemonic(algorithm)]);
            if is_ksk {
                keygen.args(["-f", "KSK"]);
            }
            run(keygen.args(size("-b", algorithm)).arg(&zone.name));
        }
    }
    let mut signzone = Command::new("dnssec-signzone");
    signzone.args(["-S", "-q", "-P", "-O", "full", "-N", "keep", "-o", &zone.name]);
    signzone.args(["-s", &format!("now{:+}", validity.begin)]);
    signzone.args(["-e", &format!("now{:+}", validity.end)]);
    if zone.has_one_key() {
        signzone.arg("-z");
    }
    match zone.denial {
        Denial::Nsec => {}
        Denial::Nsec3(iterations) => {
            signzone.args(["-3", SALT, "-H", &iterations.to_string()]);
        }
        Denial::OptOut => {
            signzone.args(["-3", "-", "-A"]);
        }
    }
    signzone.arg("-K").arg(keys).arg("-f").arg(signed).arg(plain).current_dir(keys);
    run(&mut signzone);
}

fn ldns(zone: &Zone, plain: &Path, keys: &Path, signed: &Path, validity: Validity) {
    if is_empty(keys) {
        for (algorithm, is_ksk) in keys_wanted(zone) {
            let mut keygen = Command::new("ldns-keygen");
            let name = if algorithm == 7 { "RSASHA1-NSEC3-SHA1" } else { mnemonic(algorithm) };
            keygen.args(["-a", name]).args(size("-b", algorithm)).args(is_ksk.then_some("-k"));
            run(keygen.arg(&zone.name).current_dir(keys));
        }
    }
    let mut signzone = Command::new("ldns-signzone");
    signzone.args(["-i", &epoch(validity.begin).to_string()]);
    signzone.args(["-e", &epoch(validity.end).to_string(), "-o", &zone.name]);
    match zone.denial {
        Denial::Nsec => {}
        Denial::Nsec3(iterations) => {
            signzone.args(["-n", "-s", SALT, "-t", &iterations.to_string()]);
        }
        Denial::OptOut => {
            signzone.args(["-n", "-p", "-t", "0"]);
        }
    }
    signzone.arg("-f").arg(signed).arg(plain);
    let private = files(keys).into_iter().filter(|f| f.extension().is_some_and(|e| e == "private"));
    signzone.args(private.map(|f| f.with_extension("")));
    run(&mut signzone);
}

fn knot(zone: &Zone, plain: &Path, keys: &Path, signed: &Path, validity: Validity) {
    let configuration = keys.join("knot.conf");
    fs::write(&configuration, knot_policy(zone, plain, keys, validity)).expect("a configuration");
    let out = keys.join("out");
    fs::create_dir_all(&out).expect("a directory for the signed zone");
    let mut signzone = Command::new("kzonesign");
    signzone.arg("-c").arg(&configuration).arg("-o").arg(&out);
    run(signzone.args(["-t", &epoch(validity.begin).to_string(), &zone.name]));
    let made = out.join(plain.file_name().expect("a file"));
    fs::rename(made, signed).expect("the signed zone in its place");
}

fn knot_policy(zone: &Zone, plain: &Path, keys: &Path, validity: Validity) -> String {
    let [algorithm] = zone.algorithms else { panic!("kzonesign signs with one algorithm") };
    let (nsec3, iterations) = match zone.denial {
        Denial::Nsec => (false, 0),
        Denial::Nsec3(iterations) => (true, iterations),
        Denial::OptOut => (true, 0),
    };
    let switch = |on: bool| if on { "on" } else { "off" };
    let (ksk, zsk) = (size("ksk-size:", *algorithm), size("zsk-size:", *algorithm));
    format!(
        "database:\n  storage: \"{keys}\"\npolicy:\n  - id: p\n    algorithm: {algorithm}\n    \
         {ksk}\n    {zsk}\n    single-type-signing: {single}\n    rrsig-lifetime: {lifetime}\n    \
         nsec3: {nsec3}\n    nsec3-iterations: {iterations}\n    nsec3-salt-length: 4\n    \
         nsec3-opt-out: {opt_out}\nzone:\n  - domain: \"{name}\"\n    file: \"{plain}\"\n    \
         dnssec-signing: on\n    dnssec-policy: p\n",
        keys = keys.display(),
        // Knot's names are those of the registry: RSASHA1-NSEC3-SHA1 where BIND says NSEC3RSASHA1.
        algorithm = if *algorithm == 7 { "rsasha1-nsec3-sha1" } else { mnemonic(*algorithm) },
        ksk = ksk.join(" "),
        zsk = zsk.join(" "),
        single = switch(zone.has_one_key()),
        lifetime = validity.end - validity.begin,
        nsec3 = switch(nsec3),
        opt_out = switch(zone.opts_out()),
        name = zone.name,
        plain = plain.display(),
    )
}

/// The algorithm of each key to make, and whether it is a KSK.
fn keys_wanted(zone: &Zone) -> Vec<(u8, bool)> {
    let roles: &[bool] = if zone.has_one_key() { &[true] } else { &[true, false] };
    let mut keys = Vec::new();
    for algorithm in zone.algorithms {
        keys.extend(roles.iter().map(|is_ksk| (*algorithm, *is_ksk)));
    }
    keys
}

/// The algorithm as BIND names it; case does not matter to anyone.
fn mnemonic(algorithm: u8) -> &'static str {
    match algorithm {
        5 => "RSASHA1",
        7 => "NSEC3RSASHA1",
        8 => "RSASHA256",
        10 => "RSASHA512",
        13 => "ECDSAP256SHA256",
        14 => "ECDSAP384SHA384",
        15 => "ED25519",
        16 => "ED448",
        other => panic!("no signer makes algorithm {other}"),
    }
}

/// `option` with the length of an RSA key in bits; nothing for keys of a fixed length.
fn size(option: &str, algorithm: u8) -> Vec<String> {
    let bits = match algorithm {
        5 | 7 => "1024", // as old as the algorithms
        8 | 10 => "2048",
        _ => return Vec::new(),
    };
    vec![option.to_owned(), bits.to_owned()]
}

/// The date so many seconds from now, in seconds since 1970.
fn epoch(from_now: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970");
    i64::try_from(now.as_secs()).expect("a date within reach") + from_now
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn is_empty(directory: &Path) -> bool {
    files(directory).is_empty()
}
