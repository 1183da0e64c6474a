//! What a validating resolver has to say about each zone of the world.

use std::io;
use std::net::SocketAddr;

use bailiwick::wire::{Question, Rcode, RrType};

use super::{Damage, Denial, Ds, Signer, World, Zone};
use crate::support::{Ask, Verdict, ask, conclude};

/// A question and the right answer.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What is asked.
    pub question: Question,
    /// And how.
    pub how: Ask,
    /// The right response code.
    pub rcode: Rcode,
    /// The right AD.
    pub secure: bool,
    /// Are there data of the type?
    pub data: bool,
    /// Any one of these extended errors explains it; none is needed when this is empty.
    pub ede: &'static [u16],
}

/// What the chain of trust makes of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A chain leads to it.
    Secure,
    /// It is proven that none does.
    Insecure,
    /// It is broken as a whole, which these extended errors tell.
    Bogus(&'static [u16]),
}

impl Expectation {
    fn new(name: &str, rtype: RrType, rcode: Rcode, data: bool, secure: bool) -> Self {
        let question = Question::new(name.parse().expect("a name"), rtype);
        Self { question, how: Ask::Checked, rcode, secure, data, ede: &[] }
    }

    fn data(name: &str, rtype: RrType, secure: bool) -> Self {
        Self::new(name, rtype, Rcode::NOERROR, true, secure)
    }

    fn no_data(name: &str, rtype: RrType, secure: bool) -> Self {
        Self::new(name, rtype, Rcode::NOERROR, false, secure)
    }

    fn no_name(name: &str, secure: bool) -> Self {
        Self::new(name, RrType::A, Rcode::NXDOMAIN, false, secure)
    }

    fn bogus(name: &str, rtype: RrType, ede: &'static [u16]) -> Self {
        Self { ede, ..Self::new(name, rtype, Rcode::SERVFAIL, false, false) }
    }

    /// What is wrong with the answer of `resolver`. `with_ede`: extended errors count.
    fn complaint(&self, resolver: SocketAddr, with_ede: bool) -> io::Result<Option<String>> {
        let response = ask(resolver, &self.question, self.how)?;
        let verdict = Verdict::of(&response, self.question.rtype);
        let right = (verdict.rcode, verdict.secure, verdict.data)
            == (self.rcode, self.secure, self.data)
            && (!self.secure || !self.data || verdict.signed)
            && (!with_ede || verdict.is_explained(self.ede));
        Ok((!right).then(|| format!("{verdict:?} is not {self:?}")))
    }
}

/// Asks `resolver` all `expectations` and fails unless it meets them. `with_ede`: the extended errors count.
pub fn conclude_all(
    what: &str,
    resolver: SocketAddr,
    expectations: &[Expectation],
    with_ede: bool,
) {
    const PATIENCE: usize = 3;
    let (mut complaints, mut unanswered) = (Vec::new(), 0);
    for expectation in expectations {
        match expectation.complaint(resolver, with_ede) {
            Ok(complaint) => complaints.extend(complaint),
            Err(error) => {
                complaints.push(format!("{}: {error}", expectation.question));
                unanswered += 1;
            }
        }
        assert!(unanswered < PATIENCE, "{what}: no answers:\n{}", complaints.join("\n"));
    }
    conclude(what, expectations.len(), &complaints);
}

impl World {
    /// What can be asked about all its zones.
    pub fn expectations(&self) -> Vec<Expectation> {
        self.zones.iter().flat_map(|zone| self.expectations_of(zone)).collect()
    }

    fn expectations_of(&self, zone: &Zone) -> Vec<Expectation> {
        let mut all: Vec<_> = self.delegation(zone).into_iter().collect();
        match self.status(zone) {
            Status::Bogus(ede) => all.extend(bogus_zone(zone, ede)),
            status => {
                let secure = status == Status::Secure;
                all.extend(apex(zone, secure));
                if zone.depth() >= 2 {
                    all.extend(hosts(zone, secure));
                    all.extend(aliases(zone, secure));
                }
            }
        }
        if zone.damage == Damage::NoDenials {
            all.extend(without_denials(zone));
        }
        all
    }

    /// The DS records that the parent has, or the proof that it has none.
    fn delegation(&self, zone: &Zone) -> Option<Expectation> {
        let parent = self.zones.iter().find(|p| Some(p.name.as_str()) == zone.parent())?;
        let secure = self.status(parent) == Status::Secure;
        if zone.ds != Ds::Absent {
            return Some(Expectation::data(&zone.name, RrType::DS, secure));
        }
        // ldns-signzone gives an NSEC3 record to insecure delegations also where it sets Opt-Out: a proof after all.
        let proven = secure && (!parent.opts_out() || parent.signer == Signer::Ldns);
        Some(Expectation::no_data(&zone.name, RrType::DS, proven))
    }

    /// What the chain of trust makes of `zone`.
    pub fn status(&self, zone: &Zone) -> Status {
        let parent = self.zones.iter().find(|p| Some(p.name.as_str()) == zone.parent());
        match parent.map(|parent| self.status(parent)) {
            None | Some(Status::Secure) => own_status(zone),
            Some(other) => other,
        }
    }
}

/// What a chain that is sound down to the parent makes of `zone`. Where the whole set of keys fails there is more than one
/// way to tell it; the more exact code comes first.
fn own_status(zone: &Zone) -> Status {
    match (zone.ds, zone.damage) {
        (Ds::Absent | Ds::UnknownDigest | Ds::UnknownAlgorithm, _) => Status::Insecure,
        (Ds::WrongDigest | Ds::WrongBesideSha1 | Ds::Stranger, _) => Status::Bogus(&[9, 6]),
        (_, Damage::Expired) => Status::Bogus(&[7]),
        (_, Damage::NotYetValid) => Status::Bogus(&[8]),
        (_, Damage::Unsigned) => Status::Bogus(&[10]),
        _ => Status::Secure,
    }
}

/// Nothing of the zone is answered, but for those who check for themselves.
fn bogus_zone(zone: &Zone, ede: &'static [u16]) -> Vec<Expectation> {
    let (www, none) = (zone.host("www"), zone.host("none"));
    let mut all = vec![
        Expectation::bogus(&zone.name, RrType::SOA, ede),
        Expectation::bogus(&zone.name, RrType::DNSKEY, ede),
        Expectation::bogus(&www, RrType::A, ede),
        Expectation::bogus(&www, RrType::MX, ede),
        Expectation::bogus(&none, RrType::A, ede),
        Expectation::bogus(&zone.host("x.wild"), RrType::A, ede),
    ];
    let unchecked = [Expectation::data(&www, RrType::A, false), Expectation::no_name(&none, false)];
    all.extend(unchecked.map(|e| Expectation { how: Ask::Unchecked, ..e }));
    all
}

fn apex(zone: &Zone, secure: bool) -> Vec<Expectation> {
    let signed = zone.signer != Signer::Nobody;
    let mut all = vec![
        Expectation::data(&zone.name, RrType::SOA, secure),
        Expectation::data(&zone.name, RrType::NS, secure),
    ];
    if signed {
        all.push(Expectation::data(&zone.name, RrType::DNSKEY, secure));
    }
    if zone.damage != Damage::NoDenials {
        let proof = Proofs::of(zone, secure);
        all.push(Expectation::no_data(&zone.name, RrType::TXT, proof.matching));
        all.push(Expectation::no_name(&zone.host("none"), proof.covering));
    }
    all
}

/// Which denials of a zone are secure.
#[derive(Clone, Copy, Debug)]
struct Proofs {
    /// Those by a record that matches a name.
    matching: bool,
    /// Those by one that covers the next closer name: with Opt-Out they prove nothing (RFC 5155 section 9.2).
    covering: bool,
}

impl Proofs {
    fn of(zone: &Zone, secure: bool) -> Self {
        // More iterations than any resolver should follow make a zone's NSEC3 records worth nothing (RFC 9276 3.2).
        let matching = secure && !matches!(zone.denial, Denial::Nsec3(151..));
        Self { matching, covering: matching && !zone.opts_out() }
    }
}

fn hosts(zone: &Zone, secure: bool) -> Vec<Expectation> {
    let mut all = vec![
        Expectation::data(&zone.name, RrType::MX, secure),
        Expectation::data(&zone.host("www"), RrType::AAAA, secure),
        Expectation::data(&zone.host("a.b.empty"), RrType::A, secure),
        Expectation::data(&zone.host("typed"), RrType(65280), secure),
        Expectation::data(&zone.host("large"), RrType::TXT, secure),
        Expectation::data(&zone.host("*.wild"), RrType::A, secure),
        www(zone, "www", secure),
    ];
    if zone.damage != Damage::NoDenials {
        let proof = Proofs::of(zone, secure);
        all.extend([
            Expectation::no_data(&zone.host("www"), RrType::MX, proof.matching),
            Expectation::no_data(&zone.host("empty"), RrType::A, proof.matching),
            Expectation::no_data(&zone.host("b.empty"), RrType::TXT, proof.matching),
            Expectation::no_name(&zone.host("x.empty"), proof.covering),
            Expectation::no_name(&zone.host("below.www"), proof.covering),
            Expectation::data(&zone.host("x.wild"), RrType::A, proof.covering),
            Expectation::data(&zone.host("x.y.wild"), RrType::TXT, proof.covering),
            Expectation::no_data(&zone.host("x.wild"), RrType::MX, proof.covering),
        ]);
    }
    all
}

/// What `www A` is, asked for by way of `alias`.
fn www(zone: &Zone, alias: &str, secure: bool) -> Expectation {
    let name = zone.host(alias);
    match zone.damage {
        Damage::WwwUnsigned => Expectation::bogus(&name, RrType::A, &[10]),
        Damage::WwwCorrupt => Expectation::bogus(&name, RrType::A, &[6]),
        Damage::WwwExpired => Expectation::bogus(&name, RrType::A, &[7]),
        _ => Expectation::data(&name, RrType::A, secure),
    }
}

fn aliases(zone: &Zone, secure: bool) -> Vec<Expectation> {
    let mut all = vec![
        www(zone, "inside", secure),
        Expectation::data(&zone.host("inside"), RrType::CNAME, secure),
        Expectation::data(&zone.host("peer"), RrType::A, secure),
        Expectation::data(&zone.host("twice"), RrType::A, secure),
        Expectation::no_data(&zone.host("peer"), RrType::MX, secure),
        Expectation::no_name(&zone.host("gone"), secure),
        Expectation::data(&zone.host("plain"), RrType::A, false),
        Expectation::bogus(&zone.host("broken"), RrType::A, &[7]),
        Expectation::data(&zone.host("broken"), RrType::CNAME, secure),
        Expectation::data(&zone.host("www.tree"), RrType::A, secure),
        Expectation::data(&zone.host("x.wild.tree"), RrType::A, secure),
        Expectation::data(&zone.host("tree"), RrType::DNAME, secure),
        Expectation::no_name(&zone.host("none.tree"), secure),
    ];
    if zone.damage != Damage::NoDenials {
        let covering = Proofs::of(zone, secure).covering;
        all.push(Expectation::data(&zone.host("x.any"), RrType::A, covering));
    }
    all
}

/// Without NSEC and NSEC3 records nothing that needs one is secure.
fn without_denials(zone: &Zone) -> Vec<Expectation> {
    const NSEC_MISSING: &[u16] = &[12];
    vec![
        Expectation::bogus(&zone.host("none"), RrType::A, NSEC_MISSING),
        Expectation::bogus(&zone.host("www"), RrType::MX, NSEC_MISSING),
        Expectation::bogus(&zone.host("empty"), RrType::A, NSEC_MISSING),
        Expectation::bogus(&zone.host("x.wild"), RrType::A, NSEC_MISSING),
        Expectation::bogus(&zone.host("x.any"), RrType::A, NSEC_MISSING),
    ]
}
