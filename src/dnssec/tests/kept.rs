//! RFC 8198 section 5: denial by records that were verified before, and what wildcards gave.

use super::refusals::lacks;
use crate::dnssec::testing::*;
use crate::dnssec::{Denial, Evidence, Policy, ProofError, Verified, denial};
use crate::wire::{Name, RrSet, RrType, block};

const NSEC: [&str; 3] = [
    "example. b.example. NS SOA RRSIG NSEC",
    "b.example. d.example. A RRSIG NSEC",
    "d.example. example. A RRSIG NSEC",
];
const NSEC3: [&str; 3] = ["example. NS SOA RRSIG", "b.example. A RRSIG", "d.example. A RRSIG"];

/// What `kept` records of `example.` prove, several times over, and how many records it took.
fn with<T>(
    kept: &Kept,
    prove: impl Fn(&mut Evidence<'_>) -> Result<T, ProofError>,
) -> (Result<T, ProofError>, String) {
    let (zone, policy, budget) = (name("example."), Policy::default(), budget());
    let mut evidence = Evidence::kept(&zone, kept, &policy, &budget);
    let _first = prove(&mut evidence);
    let outcome = prove(&mut evidence);
    assert_eq!(budget.signatures_checked(), (0, 0), "they are verified");
    (outcome, format!("{evidence:?}"))
}

fn name_error(kept: &Kept, owner: &str) -> (Result<Denial, ProofError>, String) {
    with(kept, |evidence| denial::prove_name_error(&name(owner), evidence))
}

fn no_data(kept: &Kept, owner: &str) -> Result<Denial, ProofError> {
    with(kept, |evidence| denial::prove_no_data(&name(owner), RrType::MX, evidence)).0
}

#[test]
fn records_that_are_kept_deny_again_each_found_once() {
    let kept = Kept::new(&nsec(&example(), &NSEC).sets, &example().zone_keys());
    let (denial, evidence) = name_error(&kept, "c.example.");
    let owners: Vec<_> =
        denial.expect("a proof").used.iter().map(|v| v.rrset().owner.to_string()).collect();
    assert_eq!(owners, ["b.example.", "example."]);
    assert_eq!(evidence, "Evidence(2 NSEC, 0 NSEC3 of example.)");
    lacks(name_error(&Kept(Vec::new()), "c.example.").0, "c.example.");
}

#[test]
fn hashed_records_that_are_kept_deny_again_each_found_once() {
    let kept = Kept::new(&nsec3(&example(), 0, &NSEC3).sets, &example().zone_keys());
    let (denial, evidence) = name_error(&kept, "c.example.");
    let used = denial.expect("a proof").used.len();
    assert_eq!(evidence, format!("Evidence(0 NSEC, {used} NSEC3 of example.)"));
    assert!(no_data(&kept, "b.example.").is_ok());
}

#[test]
fn records_of_a_zone_below_are_not_the_zone_s() {
    let below = TestZone { apex: name("b.example."), ..example() };
    let record = below.signed(set("b.b.example. 300 NSEC d.b.example. A"));
    let kept = Kept::new(&[record], &below.zone_keys());
    lacks(name_error(&kept, "c.b.example.").0, "c.b.example.");
}

/// What `record` with the owner `at` says, as an answer from the wildcard that it lies at.
fn from_wildcard(record: &str, at: &str) -> Verified {
    let expanded = RrSet { owner: name(at), ..example().signed(set(record)) };
    example().verify(&expanded).expect("verified")
}

#[test]
fn a_kept_record_that_came_from_a_wildcard_denies_nothing() {
    let nsec = "*.w.example. 300 NSEC example. A";
    let kept = Kept(vec![from_wildcard(nsec, "*.w.example.")]);
    assert!(no_data(&kept, "*.w.example.").is_ok());
    let kept = Kept(vec![from_wildcard(nsec, "y.w.example.")]);
    lacks(no_data(&kept, "y.w.example."), "y.w.example.");
}

#[test]
fn rfc4592_s3_3_1_a_wildcard_gives_every_name_below_its_encloser_the_same() {
    const A: &str = "*.w.example. 300 A 192.0.2.1";
    let encloser = Some(name("w.example."));
    // One below may itself look like a wildcard, and yet come from the one further up.
    for at in ["*.w.example.", "y.w.example.", "*.z.w.example."] {
        let verified = from_wildcard(A, at);
        assert_eq!(verified.encloser(), encloser, "{at}");
        let expanded = verified.expanded(&name("b.a.w.example.")).expect("an RRset");
        assert_eq!(expanded.owner, name("b.a.w.example."));
        let again = example().verify(&expanded).expect("verified");
        assert_eq!(again.wildcard().cloned(), encloser);
        assert_eq!(again.rrset().rdatas, verified.rrset().rdatas);
        assert_eq!(verified.expanded(&name("w.example.")), None);
        assert_eq!(verified.expanded(&name("a.example.")), None);
    }
    let plain = from_wildcard("a.example. 300 A 192.0.2.1", "a.example.");
    assert_eq!((plain.encloser(), plain.expanded(&name("b.a.example."))), (None, None));
}

#[test]
fn what_is_verified_weighs_its_records_and_its_names() {
    let weight = |at| {
        let verified = from_wildcard("*.w.example. 300 A 192.0.2.1", at);
        verified.weight() - verified.rrset().weight()
    };
    let content = size_of::<RrSet>() + 2 * size_of::<Name>(); // with zone and wildcard
    let shared = block(2 * size_of::<usize>() + content) - size_of::<RrSet>();
    let alone = size_of::<Verified>() + shared;
    let of = |text| block(name(text).as_wire().len());
    assert_eq!(weight("*.w.example."), alone + of("example."));
    let both = of("example.") + of("w.example.");
    assert_eq!(weight("y.w.example."), alone + both);
}
