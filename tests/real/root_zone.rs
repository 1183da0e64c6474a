//! The genuine root zone, served at the thirteen genuine addresses to a resolver with its built-in hints and anchors,
//! on the day after it was signed. Every proof that the zone can give is asked for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick::wire::{Message, Name, Question, Rcode, RrType};

use crate::gz;
use crate::support::{
    Ask, Authority, Resolver, ServedZone, Settings, Verdict, add_addresses, ask, conclude,
    in_namespace, knotd, nsd, run,
};

const DATE: &str = "2026-08-01 00:00:00";
const SIXTY_DAYS_ON: &str = "2026-09-30 00:00:00";

/// The anchors that IANA publishes, but for one hexadecimal digit each.
const WRONG_ANCHORS: [&str; 2] = [
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8E",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B17",
];

const DNSSEC_BOGUS: u16 = 6;
const SIGNATURE_EXPIRED: u16 = 7;
const DNSKEY_MISSING: u16 = 9;

#[test]
#[ignore = "needs nsd, dig and libfaketime: run tests/all"]
fn dig_sees_ad_for_the_root_and_for_com() {
    in_namespace(|directory| {
        let _root = Zone::read(directory).serve(directory, nsd);
        let resolver = start_resolver(directory, DATE, None);
        for (name, rtype) in [(".", "SOA"), ("com.", "DS")] {
            let answer = run(Command::new("dig")
                .args(["+dnssec", "-p", &resolver.address.port().to_string()])
                .args([&format!("@{}", resolver.ip()), name, rtype]));
            let flags = answer.lines().find(|line| line.starts_with(";; flags:"));
            let flags = flags.and_then(|line| line.split(';').nth(2)).unwrap_or_default();
            assert!(answer.contains("status: NOERROR") && flags.contains(" ad"), "{answer}");
        }
    });
}

#[test]
#[ignore = "needs nsd and libfaketime: run tests/all"]
fn every_proof_is_secure_when_nsd_serves() {
    in_namespace(|directory| every_proof_is_secure(directory, nsd));
}

#[test]
#[ignore = "needs knotd and libfaketime: run tests/all"]
fn every_proof_is_secure_when_knotd_serves() {
    in_namespace(|directory| every_proof_is_secure(directory, knotd));
}

#[test]
#[ignore = "needs nsd and libfaketime: run tests/all"]
fn nothing_is_secure_with_a_wrong_anchor() {
    in_namespace(|directory| {
        let anchors = Some(WRONG_ANCHORS.map(str::to_owned).to_vec());
        nothing_is_secure(directory, DATE, anchors, &[DNSSEC_BOGUS, DNSKEY_MISSING]);
    });
}

#[test]
#[ignore = "needs nsd and libfaketime: run tests/all"]
fn nothing_is_secure_sixty_days_later() {
    in_namespace(|directory| {
        nothing_is_secure(directory, SIXTY_DAYS_ON, None, &[SIGNATURE_EXPIRED]);
    });
}

type Start = fn(&Path, &[IpAddr], &[ServedZone]) -> Authority;

fn every_proof_is_secure(directory: &Path, start: Start) {
    let zone = Zone::read(directory);
    let _root = zone.serve(directory, start);
    let resolver = start_resolver(directory, DATE, None);
    let proofs = zone.proofs();
    let bad: Vec<String> = proofs.iter().filter_map(|proof| proof.complaint(&resolver)).collect();
    println!("root zone: {:.2} s of the resolver's processor time", resolver.cpu_seconds());
    assert!(proofs.len() > 2800, "the zone has more to ask for");
    conclude("root zone, secure", proofs.len(), &bad);
}

/// Each question is SERVFAIL with one of the `errors`, though the data are the same.
fn nothing_is_secure(directory: &Path, date: &str, anchors: Option<Vec<String>>, errors: &[u16]) {
    let zone = Zone::read(directory);
    let _root = zone.serve(directory, nsd);
    let resolver = start_resolver(directory, date, anchors);
    let proofs = zone.proofs();
    let mut bad = Vec::new();
    for proof in &proofs {
        let verdict = Verdict::of(&proof.ask(&resolver), proof.question.rtype);
        if verdict.secure || verdict.rcode != Rcode::SERVFAIL || !verdict.is_explained(errors) {
            bad.push(format!("{}: {verdict:?}", proof.question));
        }
    }
    conclude("root zone, refused with the reason", proofs.len(), &bad);
}

fn start_resolver(directory: &Path, date: &str, trust_anchors: Option<Vec<String>>) -> Resolver {
    let settings = Settings { date: Some(date.to_owned()), trust_anchors, ..Settings::default() };
    Resolver::start("resolver", directory, &settings)
}

/// The root zone as its file has it.
struct Zone {
    file: PathBuf,
    /// The types at each owner that has an NSEC record, in canonical order of the owners.
    owners: BTreeMap<Name, Vec<RrType>>,
    /// The addresses of the thirteen servers.
    servers: Vec<IpAddr>,
}

/// What a response has to be, besides secure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    NoData,
    NoName,
}

/// A question that the zone has a proof for.
struct Proof {
    question: Question,
    kind: Kind,
}

impl Zone {
    fn read(directory: &Path) -> Self {
        let text = gz::text("root/root-2026073102.zone.gz");
        let file = directory.join("root.zone");
        std::fs::write(&file, &text).expect("the zone file");
        let mut zone = Self { file, owners: BTreeMap::new(), servers: Vec::new() };
        for line in text.lines() {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let [owner, _ttl, _class, rtype, first, ..] = fields[..] else { continue };
            if owner.ends_with(".root-servers.net.") {
                zone.servers.extend(first.parse::<IpAddr>().ok());
            } else if rtype == "NSEC" {
                let types = fields[5..].iter().filter_map(|t| t.parse().ok()).collect();
                zone.owners.insert(owner.parse().expect("a name"), types);
            }
        }
        assert_eq!(zone.servers.len(), 26, "thirteen servers with two addresses each");
        zone
    }

    fn serve(&self, directory: &Path, start: Start) -> Authority {
        add_addresses(&self.servers);
        let root = ServedZone { name: ".".to_owned(), file: self.file.clone() };
        start(directory, &self.servers, &[root])
    }

    /// Every TLD's DS or the proof that there is none, one name in every gap, the types at the apex and some that are
    /// not there.
    fn proofs(&self) -> Vec<Proof> {
        let mut proofs = Vec::new();
        for (owner, types) in &self.owners {
            if owner.is_root() {
                proofs.extend(self.apex_proofs(owner, types));
            } else {
                let kind = if types.contains(&RrType::DS) { Kind::Data } else { Kind::NoData };
                proofs.push(Proof::new(owner.clone(), RrType::DS, kind));
            }
        }
        let mut next = self.owners.keys().skip(1);
        for owner in self.owners.keys() {
            proofs.push(Proof::new(name_between(owner, next.next()), RrType::A, Kind::NoName));
        }
        proofs
    }

    fn apex_proofs(&self, apex: &Name, types: &[RrType]) -> Vec<Proof> {
        let absent = [RrType::A, RrType::AAAA, RrType::MX, RrType::TXT, RrType::DS, RrType::CAA];
        // RRSIG is no data of its own: nothing signs it.
        let present = types.iter().filter(|rtype| **rtype != RrType::RRSIG);
        present
            .map(|rtype| Proof::new(apex.clone(), *rtype, Kind::Data))
            .chain(absent.map(|rtype| Proof::new(apex.clone(), rtype, Kind::NoData)))
            .collect()
    }
}

/// A top-level name that sorts behind `owner` and in front of `next`.
fn name_between(owner: &Name, next: Option<&Name>) -> Name {
    let label = owner.labels().next().unwrap_or_default();
    let behind = |suffix: &[u8]| Name::from_labels([[label, suffix].concat().as_slice()]);
    // The least label behind `owner` is the same with a zero octet; a plainer one fits nearly everywhere.
    let candidates = [behind(b"0"), behind(b"-0"), behind(b"\0")];
    let fits = |name: &Name| name > owner && next.is_none_or(|next| name < next);
    candidates.into_iter().flatten().find(fits).expect("a label of less than 62 octets")
}

impl Proof {
    const fn new(name: Name, rtype: RrType, kind: Kind) -> Self {
        Self { question: Question::new(name, rtype), kind }
    }

    fn ask(&self, resolver: &Resolver) -> Message {
        ask(resolver.address, &self.question, Ask::Checked)
            .unwrap_or_else(|e| panic!("{}: {e}", self.question))
    }

    /// What is wrong with the resolver's answer.
    fn complaint(&self, resolver: &Resolver) -> Option<String> {
        let verdict = Verdict::of(&self.ask(resolver), self.question.rtype);
        let rcode = if self.kind == Kind::NoName { Rcode::NXDOMAIN } else { Rcode::NOERROR };
        let right =
            verdict.secure && verdict.rcode == rcode && verdict.data == (self.kind == Kind::Data);
        (!right).then(|| format!("{} ({:?}): {verdict:?}", self.question, self.kind))
    }
}
