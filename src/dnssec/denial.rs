//! Proofs that something does not exist, each named by its proposition.
//!
//! Every function takes the [`Evidence`] of one zone and says what rests on it. NSEC is tried first, then NSEC3: a
//! zone on its way from one to the other may send both.

use super::evidence::{Evidence, HashedNsec3, OwnedNsec, ProofError};
use super::{Reason, Verified, nsec};
use crate::wire::rdata::{Nsec, Nsec3, TypeBitmap};
use crate::wire::{Name, RrSet, RrType};

/// A proof that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The records that it rests on.
    pub used: Vec<Verified>,
    /// It rests on an Opt-Out span, in which unsigned delegations may hide: no AD (RFC 5155 section 9.2).
    pub opt_out: bool,
    /// It says that the name does not exist at all, in the form of a denial of types (RFC 9824 section 3).
    pub compact: bool,
}

impl Denial {
    fn new(evidence: &mut Evidence<'_>, opt_out: bool) -> Self {
        Self { used: evidence.take_used(), opt_out, compact: false }
    }

    /// Seconds for which it holds.
    #[must_use]
    pub fn ttl(&self) -> u32 {
        self.used.iter().map(|verified| verified.rrset().ttl).min().unwrap_or(0)
    }
}

/// What the absence of a DS RRset means for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDs {
    /// A zone cut whose zone is not signed.
    InsecureDelegation,
    /// There may be an unsigned zone cut, hidden in an Opt-Out span.
    OptOut,
    /// The name exists (or lies on the way to one that does) and is no zone cut.
    NotACut,
    /// The name does not exist: no zone cut is at or below it.
    NoSuchName,
}

type Proof<T> = Result<T, ProofError>;

/// `name` does not exist, and no wildcard answers for it.
///
/// NSEC (RFC 4035 section 5.4): a record covers the name, its next owner is not below it (else the name is an empty
/// non-terminal), and a record covers the wildcard at the closest encloser. NSEC3 (RFC 5155 section 8.4): a closest
/// encloser matches, the next closer name is covered, and so is the wildcard at the closest encloser.
///
/// # Errors
/// What is missing from the proof; so for all the others.
pub fn prove_name_error(name: &Name, evidence: &mut Evidence<'_>) -> Proof<Denial> {
    let what = "that the name does not exist";
    let opt_out = either(name, RrType::ANY, what, evidence, nsec_name_error, nsec3_name_error)?;
    Ok(Denial::new(evidence, opt_out))
}

/// `name` exists, or a wildcard answers for it, without `rtype` and without an alias.
///
/// NSEC (RFC 4035 section 5.4, RFC 6840 section 4.3): a record matches the name and has neither bit; or a record's next
/// owner lies below the name (empty non-terminal); or a record covers the name and one matches the wildcard at the
/// closest encloser and has neither bit. NSEC3 (RFC 5155 sections 8.5 to 8.7): likewise, through the closest encloser;
/// an Opt-Out span over the next closer name leaves it open whether an unsigned zone is there.
///
/// # Errors
/// What is missing from the proof.
pub fn prove_no_data(name: &Name, rtype: RrType, evidence: &mut Evidence<'_>) -> Proof<Denial> {
    let opt_out = either(
        name,
        rtype,
        "that the type does not exist",
        evidence,
        |name, evidence| nsec_no_data(name, rtype, evidence),
        |name, evidence| nsec3_no_data(name, rtype, evidence),
    )?;
    let denial = Denial::new(evidence, opt_out);
    let compact = denial.used.iter().any(|verified| is_nxname(verified.rrset()));
    Ok(Denial { compact, ..denial })
}

/// `name` has no DS RRset, and what that makes it (RFC 4035 section 5.2, RFC 5155 section 8.9, RFC 6840 section 4.4).
///
/// # Errors
/// What is missing from the proof.
pub fn prove_no_ds(name: &Name, evidence: &mut Evidence<'_>) -> Proof<(NoDs, Denial)> {
    let what = "that the zone is not signed";
    let no_ds = either(name, RrType::DS, what, evidence, nsec_no_ds, nsec3_no_ds)?;
    Ok((no_ds, Denial::new(evidence, no_ds == NoDs::OptOut)))
}

/// Nothing closer to `name` than the wildcard below `encloser` exists (RFC 4035 section 5.3.4, RFC 5155 section 8.8).
///
/// # Errors
/// What is missing from the proof.
pub fn prove_no_exact_match(
    name: &Name,
    encloser: &Name,
    evidence: &mut Evidence<'_>,
) -> Proof<Denial> {
    let opt_out = either(
        name,
        RrType::ANY,
        "that no name is closer than the wildcard",
        evidence,
        |name, evidence| nsec_no_exact_match(name, encloser, evidence),
        |name, evidence| nsec3_no_exact_match(name, encloser, evidence),
    )?;
    Ok(Denial::new(evidence, opt_out))
}

/// Tries the proof by NSEC, then the one by NSEC3. What fails for a bad signature says so.
fn either<T>(
    name: &Name,
    rtype: RrType,
    what: &'static str,
    evidence: &mut Evidence<'_>,
    by_nsec: impl FnOnce(&Name, &mut Evidence<'_>) -> Proof<T>,
    by_nsec3: impl FnOnce(&Name, &mut Evidence<'_>) -> Proof<T>,
) -> Proof<T> {
    let missing = || ProofError::Bogus(Reason::DenialMissing { name: name.clone(), rtype, what });
    if !name.is_at_or_below(evidence.zone()) {
        return Err(missing()); // no zone speaks about names outside it, whatever its last span seems to hold
    }
    let mut error = None;
    if evidence.has_nsec() {
        evidence.begin();
        match by_nsec(name, evidence) {
            Err(reason) if !reason.is_own_limit() => error = Some(reason),
            settled => return settled,
        }
    }
    if evidence.has_nsec3() {
        evidence.begin();
        match evidence.check_iterations().and_then(|()| {
            evidence.begin();
            by_nsec3(name, evidence)
        }) {
            Err(reason) if !reason.is_own_limit() => error = Some(reason),
            settled => return settled,
        }
    }
    Err(match error.unwrap_or_else(missing) {
        ProofError::Bogus(reason) => ProofError::Bogus(evidence.failure(reason)),
        insecure => insecure,
    })
}

/// Does the record say that its owner does not exist (RFC 9824 section 3.1)?
fn is_nxname(set: &RrSet) -> bool {
    set.rdatas.first().is_some_and(|rdata| match set.rtype {
        RrType::NSEC => Nsec::parse(rdata).is_some_and(|nsec| nsec.types.contains(RrType::NXNAME)),
        _ => Nsec3::parse(rdata).is_some_and(|nsec3| nsec3.types.contains(RrType::NXNAME)),
    })
}

fn incomplete(name: &Name, missing: &Name, part: &'static str) -> ProofError {
    ProofError::Bogus(Reason::DenialIncomplete {
        name: name.clone(),
        missing: missing.clone(),
        part,
    })
}

fn exists(name: &Name) -> ProofError {
    ProofError::Bogus(Reason::NameExists { name: name.clone() })
}

fn wildcard_at(encloser: &Name) -> Proof<Name> {
    encloser.wildcard().map_err(|_| exists(encloser)) // no name is that long: nothing to deny
}

fn type_exists(name: &Name, rtype: RrType) -> ProofError {
    ProofError::Bogus(Reason::TypeExists { name: name.clone(), rtype })
}

/// Neither the type nor an alias is there (RFC 6840 section 4.3); where any type would do, no data at all.
fn check_absent(name: &Name, rtype: RrType, types: &TypeBitmap<'_>) -> Proof<()> {
    let there = match rtype {
        RrType::ANY => types.types().find(|t| is_data(*t)),
        _ => [rtype, RrType::CNAME].into_iter().find(|t| types.contains(*t)),
    };
    there.map_or(Ok(()), |rtype| Err(type_exists(name, rtype)))
}

/// Is this a type that a zone holds for its own sake? Bits of pseudo-types are ignored (RFC 4034 section 4.1.2), and so
/// is type 0 (RFC 5155 section 3.2.1).
const fn is_data(rtype: RrType) -> bool {
    rtype.0 != 0 && !rtype.is_meta() && !rtype.is_dnssec()
}

/// Does a record with these types, matching a name, speak about `rtype` there? At a zone cut the parent's side speaks
/// about DS alone, and the child's about everything else (RFC 4035 section 5.2, RFC 6840 section 4.1).
fn speaks_about(rtype: RrType, name: &Name, types: &TypeBitmap<'_>) -> bool {
    if rtype == RrType::DS {
        name.is_root() || !types.contains(RrType::SOA)
    } else {
        !nsec::is_delegation(types)
    }
}

// NSEC

/// A record that covers `name`, and whose owner is not where the zone's authority over the name ends.
fn nsec_covering<'e>(name: &Name, evidence: &'e mut Evidence<'_>) -> Proof<Option<OwnedNsec<'e>>> {
    let found = evidence.nsec(name, |owner, record| {
        nsec::covers(owner, &record.next, name)
            && !(name.is_below(owner) && nsec::ends_authority(&record.types))
    });
    Ok(found?)
}

fn nsec_matching<'e>(
    name: &Name,
    rtype: RrType,
    evidence: &'e mut Evidence<'_>,
) -> Proof<Option<OwnedNsec<'e>>> {
    Ok(evidence
        .nsec(name, |owner, record| owner == name && speaks_about(rtype, name, &record.types))?)
}

/// The closest encloser of a name that does not exist.
fn nsec_encloser(name: &Name, evidence: &mut Evidence<'_>) -> Proof<Name> {
    let covering = nsec_covering(name, evidence)?.ok_or_else(|| incomplete(name, name, "name"))?;
    if covering.nsec.next.is_below(name) {
        return Err(exists(name));
    }
    Ok(nsec::closest_encloser(covering.owner, covering.nsec, name))
}

fn nsec_name_error(name: &Name, evidence: &mut Evidence<'_>) -> Proof<bool> {
    let encloser = nsec_encloser(name, evidence)?;
    let wildcard = wildcard_at(&encloser)?;
    match nsec_covering(&wildcard, evidence)? {
        Some(covering) if !covering.nsec.next.is_below(&wildcard) => Ok(false),
        Some(_) => Err(exists(&wildcard)),
        None => Err(incomplete(name, &wildcard, "wildcard")),
    }
}

fn nsec_no_data(name: &Name, rtype: RrType, evidence: &mut Evidence<'_>) -> Proof<bool> {
    if nsec_exists_without(name, rtype, evidence)? {
        return Ok(false);
    }
    let wildcard = wildcard_at(&nsec_encloser(name, evidence)?)?;
    if nsec_exists_without(&wildcard, rtype, evidence)? {
        return Ok(false);
    }
    Err(incomplete(name, &wildcard, "wildcard"))
}

/// Does a record say that `name` exists, and has not `rtype`? It matches the name, or its next owner is below it: an
/// empty non-terminal, as a wildcard may be too (RFC 4592 section 2.2.2).
fn nsec_exists_without(name: &Name, rtype: RrType, evidence: &mut Evidence<'_>) -> Proof<bool> {
    if let Some(matching) = nsec_matching(name, rtype, evidence)? {
        if matches!(rtype, RrType::NSEC | RrType::RRSIG) {
            return Err(type_exists(name, rtype)); // both are here, whatever the bits say (RFC 4035 section 5.4)
        }
        return check_absent(name, rtype, &matching.nsec.types).map(|()| true);
    }
    Ok(nsec_covering(name, evidence)?.is_some_and(|covering| covering.nsec.next.is_below(name)))
}

fn nsec_no_ds(name: &Name, evidence: &mut Evidence<'_>) -> Proof<NoDs> {
    if let Some(matching) = nsec_matching(name, RrType::DS, evidence)? {
        return no_ds_by_types(name, &matching.nsec.types);
    }
    match nsec_covering(name, evidence)? {
        Some(covering) if covering.nsec.next.is_below(name) => Ok(NoDs::NotACut),
        Some(_) => Ok(NoDs::NoSuchName),
        None => Err(incomplete(name, name, "name")),
    }
}

fn no_ds_by_types(name: &Name, types: &TypeBitmap<'_>) -> Proof<NoDs> {
    if types.contains(RrType::DS) {
        return Err(type_exists(name, RrType::DS));
    }
    Ok(if types.contains(RrType::NXNAME) {
        NoDs::NoSuchName // RFC 9824 section 3.1
    } else if types.contains(RrType::NS) {
        NoDs::InsecureDelegation
    } else {
        NoDs::NotACut
    })
}

fn nsec_no_exact_match(name: &Name, encloser: &Name, evidence: &mut Evidence<'_>) -> Proof<bool> {
    let proven = nsec_encloser(name, evidence)?;
    if proven.label_count() > encloser.label_count() {
        return Err(exists(&proven)); // the wildcard is too far up to answer for the name
    }
    Ok(false)
}

// NSEC3

/// The closest encloser and the next closer name (RFC 5155 section 8.3).
struct Encloser {
    encloser: Name,
    next_closer: Name,
}

/// What the records say about a name's existence.
enum Place<'a> {
    /// A record matches the name.
    Exists(HashedNsec3<'a>),
    /// A record matches the closest encloser.
    Below(Encloser),
}

/// The first of the name and its ancestors that a record matches. If it is not the name itself, its types must not end
/// the zone's authority (RFC 5155 section 8.3).
fn nsec3_place<'a>(name: &Name, evidence: &mut Evidence<'a>) -> Proof<Place<'a>> {
    let mut next_closer = None;
    let zone = evidence.zone();
    for ancestor in name.self_and_ancestors().take_while(|ancestor| ancestor.is_at_or_below(zone)) {
        match (evidence.nsec3_matching(&ancestor)?, next_closer) {
            (Some(matching), None) => return Ok(Place::Exists(matching)),
            (Some(matching), Some(next_closer)) => {
                if nsec::ends_authority(&matching.nsec3.types) {
                    return Err(incomplete(name, &next_closer, "next closer name"));
                }
                evidence.keep_hash(&ancestor);
                return Ok(Place::Below(Encloser { encloser: ancestor, next_closer }));
            }
            (None, _) => next_closer = Some(ancestor),
        }
    }
    Err(incomplete(name, name, "closest encloser of"))
}

/// The next closer name is covered; by an Opt-Out span?
fn next_closer_is_denied(
    name: &Name,
    next_closer: &Name,
    evidence: &mut Evidence<'_>,
) -> Proof<bool> {
    let covering = evidence.nsec3_covering(next_closer)?;
    let covering = covering.ok_or_else(|| incomplete(name, next_closer, "next closer name"))?;
    Ok(covering.nsec3.is_opt_out())
}

fn nsec3_name_error(name: &Name, evidence: &mut Evidence<'_>) -> Proof<bool> {
    let Place::Below(Encloser { encloser, next_closer }) = nsec3_place(name, evidence)? else {
        return Err(exists(name));
    };
    let opt_out = next_closer_is_denied(name, &next_closer, evidence)?;
    let wildcard = wildcard_at(&encloser)?;
    match evidence.nsec3_covering(&wildcard)? {
        Some(_) => {
            evidence.keep_hash(&wildcard);
            Ok(opt_out)
        }
        None => Err(incomplete(name, &wildcard, "wildcard")),
    }
}

fn nsec3_no_data(name: &Name, rtype: RrType, evidence: &mut Evidence<'_>) -> Proof<bool> {
    let Encloser { encloser, next_closer } = match nsec3_place(name, evidence)? {
        Place::Exists(matching) if speaks_about(rtype, name, &matching.nsec3.types) => {
            return check_absent(name, rtype, &matching.nsec3.types).map(|()| false);
        }
        Place::Exists(_) => return Err(incomplete(name, name, "name")),
        Place::Below(encloser) => encloser,
    };
    let opt_out = next_closer_is_denied(name, &next_closer, evidence)?;
    let wildcard = wildcard_at(&encloser)?;
    match evidence.nsec3_matching(&wildcard)? {
        Some(matching) if speaks_about(rtype, &wildcard, &matching.nsec3.types) => {
            check_absent(&wildcard, rtype, &matching.nsec3.types).map(|()| opt_out)
        }
        // Whatever is in an Opt-Out span is unsigned, empty non-terminals on the way to it included.
        None if opt_out => Ok(true),
        _ => Err(incomplete(name, &wildcard, "wildcard")),
    }
}

fn nsec3_no_ds(name: &Name, evidence: &mut Evidence<'_>) -> Proof<NoDs> {
    match nsec3_place(name, evidence)? {
        Place::Exists(matching) if speaks_about(RrType::DS, name, &matching.nsec3.types) => {
            no_ds_by_types(name, &matching.nsec3.types)
        }
        Place::Exists(_) => Err(incomplete(name, name, "name")),
        Place::Below(Encloser { next_closer, .. }) => {
            let opt_out = next_closer_is_denied(name, &next_closer, evidence)?;
            Ok(if opt_out { NoDs::OptOut } else { NoDs::NoSuchName })
        }
    }
}

fn nsec3_no_exact_match(name: &Name, encloser: &Name, evidence: &mut Evidence<'_>) -> Proof<bool> {
    let next_closer = name.next_closer(encloser).ok_or_else(|| exists(name))?;
    next_closer_is_denied(name, &next_closer, evidence)
}
