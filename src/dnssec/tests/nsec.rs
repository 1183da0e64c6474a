//! RFC 4035 section 5.4, RFC 6840 section 4, RFC 4470, RFC 9824: denial by NSEC.

use super::assert_shape;
use super::refusals::{has, is_forged, is_there, lacks, says_nothing};
use crate::dnssec::testing::*;
use crate::dnssec::{Denial, Limits, NoDs, ProofError, Reason, Verified, denial};
use crate::wire::{RrSet, RrType};

/// A zone with everything that a proof must tell apart; `deep.example.` and `w.example.` are empty non-terminals.
const CHAIN: [&str; 8] = [
    "example. a.example. NS SOA RRSIG NSEC DNSKEY",
    "a.example. cn.example. A RRSIG NSEC",
    "cn.example. cut.example. CNAME RRSIG NSEC",
    "cut.example. x.deep.example. NS RRSIG NSEC",
    "x.deep.example. dn.example. A RRSIG NSEC",
    "dn.example. safe.example. DNAME RRSIG NSEC",
    "safe.example. *.w.example. NS DS RRSIG NSEC",
    "*.w.example. example. A RRSIG NSEC",
];

fn chain() -> Denying {
    nsec(&example(), &CHAIN)
}

/// The records whose owners are `owners`.
fn only(owners: &[&str]) -> Denying {
    let lines: Vec<_> = CHAIN
        .into_iter()
        .filter(|line| owners.contains(&line.split(' ').next().expect("an owner")))
        .collect();
    assert_eq!(lines.len(), owners.len());
    nsec(&example(), &lines)
}

fn used(denial: &Denial) -> Vec<String> {
    denial.used.iter().map(|v| v.rrset().owner.to_string()).collect()
}

fn denies(denial: Result<Denial, ProofError>, owners: &[&str]) {
    let denial = denial.expect("a proof");
    assert_eq!(used(&denial), owners);
    assert!(!denial.opt_out);
}

#[test]
fn rfc4035_s5_4_a_name_error_denies_the_name_and_the_wildcard() {
    denies(chain().name_error("b.example."), &["a.example.", "example."]);
    denies(chain().name_error("z.example."), &["*.w.example.", "example."]);
    denies(chain().name_error("b.a.example."), &["a.example."]); // the one record denies both
    lacks(only(&["example."]).name_error("b.example."), "b.example.");
    lacks(only(&["a.example."]).name_error("b.example."), "*.example.");
    lacks(chain().name_error("a.example."), "a.example.");
    // Below the wildcard's parent, the wildcard answers.
    lacks(chain().name_error("b.w.example."), "*.w.example.");
}

#[test]
fn a_zone_says_nothing_about_names_outside_it() {
    // The last span goes on to the end of the zone, not of the world.
    let zone = nsec(&TestZone { apex: name("!."), ..example() }, &["!. !. NS SOA RRSIG NSEC"]);
    for outside in ["b.net.", "."] {
        for denial in [
            zone.name_error(outside).map(drop),
            zone.no_data(outside, RrType::A).map(drop),
            zone.no_ds(outside).map(drop),
            zone.no_exact_match(outside, ".").map(drop),
        ] {
            says_nothing(denial);
        }
    }
    assert_eq!(zone.no_ds("b.!."), Ok(NoDs::NoSuchName));
}

#[test]
fn rfc4592_s2_2_2_a_wildcard_may_be_an_empty_non_terminal() {
    let zone = nsec(&example(), &["example. x.*.example. NS SOA", "x.*.example. example. A"]);
    denies(zone.no_data("b.example.", RrType::A), &["x.*.example.", "example."]);
    let less = nsec(&example(), &["x.*.example. example. A"]);
    lacks(less.no_data("b.example.", RrType::A), "*.example.");
}

#[test]
fn rfc4035_s5_4_an_empty_non_terminal_exists() {
    is_there(chain().name_error("deep.example."), "deep.example.");
    denies(chain().no_data("deep.example.", RrType::A), &["cut.example."]);
    is_there(chain().no_exact_match("deep.example.", "example."), "deep.example.");
    // A wildcard that is an empty non-terminal exists too.
    let zone = nsec(&example(), &["example. x.*.example. NS SOA", "x.*.example. example. A"]);
    is_there(zone.name_error("b.example."), "*.example.");
}

#[test]
fn rfc4035_s5_4_no_data_needs_the_record_at_the_name_without_the_type() {
    denies(chain().no_data("a.example.", RrType::AAAA), &["a.example."]);
    denies(chain().no_data("example.", RrType::A), &["example."]);
    has(chain().no_data("a.example.", RrType::A), RrType::A);
    lacks(only(&["example."]).no_data("a.example.", RrType::AAAA), "a.example.");
    lacks(only(&["a.example."]).no_data("b.example.", RrType::A), "*.example.");
}

#[test]
fn rfc4035_s5_4_wildcard_no_data_denies_the_name_and_the_type_at_the_wildcard() {
    denies(chain().no_data("y.w.example.", RrType::AAAA), &["*.w.example."]);
    has(chain().no_data("y.w.example.", RrType::A), RrType::A);
    let zone = nsec(&example(), &["*.example. a.example. CNAME", "a.example. example. A"]);
    has(zone.no_data("b.example.", RrType::AAAA), RrType::CNAME);
    let two = nsec(&example(), &["*.example. a.example. MX", "a.example. example. A"]);
    denies(two.no_data("b.example.", RrType::A), &["a.example.", "*.example."]);
}

#[test]
fn rfc4035_s5_4_the_bits_of_nsec_and_rrsig_are_ignored() {
    let bare = nsec(&example(), &["a.example. cn.example. A"]);
    denies(bare.no_data("a.example.", RrType::AAAA), &["a.example."]);
    for rtype in [RrType::NSEC, RrType::RRSIG] {
        has(bare.no_data("a.example.", rtype), rtype);
        has(chain().no_data("a.example.", rtype), rtype);
    }
}

#[test]
fn rfc4035_s5_4_and_rfc6840_s4_2_no_type_at_all_needs_an_empty_bit_map() {
    has(chain().no_data("a.example.", RrType::ANY), RrType::A);
    let nothing = nsec(&example(), &["b.example. \\000.b.example. RRSIG NSEC NXNAME"]);
    denies(nothing.no_data("b.example.", RrType::ANY), &["b.example."]);
    denies(chain().no_data("deep.example.", RrType::ANY), &["cut.example."]);
}

#[test]
fn rfc4034_s4_1_2_and_rfc9824_s7_1_bits_of_pseudo_types_are_ignored() {
    let odd = ["a.example. cn.example. A RRSIG NSEC OPT TSIG ANY AXFR NXNAME"];
    let odd = nsec(&example(), &odd);
    denies(odd.no_data("a.example.", RrType::AAAA), &["a.example."]);
    has(odd.no_data("a.example.", RrType::A), RrType::A);
    has(odd.no_data("a.example.", RrType::ANY), RrType::A);
    denies(odd.name_error("b.a.example."), &["a.example."]);
}

#[test]
fn rfc4035_s5_4_the_records_of_a_proof_are_signed() {
    let mut denying = chain();
    for set in &mut denying.sets {
        set.signatures.clear();
    }
    let nothing = denying.name_error("b.example.");
    says_nothing(nothing);
    let mut denying = chain();
    denying.sets[0].signatures[0][30] ^= 1;
    denies(denying.no_data("a.example.", RrType::AAAA), &["a.example."]);
    for bogus in [denying.name_error("b.example."), denying.no_data("example.", RrType::A)] {
        is_forged(bogus);
    }
}

#[test]
fn rfc4035_s5_2_a_ds_is_denied_by_the_parent() {
    assert_eq!(chain().no_ds("cut.example."), Ok(NoDs::InsecureDelegation));
    assert_eq!(chain().no_ds("a.example."), Ok(NoDs::NotACut));
    assert_eq!(chain().no_ds("deep.example."), Ok(NoDs::NotACut));
    assert_eq!(chain().no_ds("b.example."), Ok(NoDs::NoSuchName));
    assert_eq!(chain().no_ds("y.w.example."), Ok(NoDs::NoSuchName));
    has(chain().no_ds("safe.example."), RrType::DS);
    lacks(only(&["example."]).no_ds("cut.example."), "cut.example.");
    denies(chain().no_data("cut.example.", RrType::DS), &["cut.example."]);
    has(chain().no_data("safe.example.", RrType::DS), RrType::DS);
    // The apex of the child says nothing about its DS.
    assert!(chain().no_ds("example.").is_err());
    assert!(chain().no_data("example.", RrType::DS).is_err());
    let root = nsec(&TestZone { apex: name("."), ..example() }, &[". . NS SOA RRSIG NSEC DNSKEY"]);
    denies(root.no_data(".", RrType::DS), &["."]);
}

#[test]
fn rfc6840_s4_1_an_ancestor_delegation_denies_nothing_at_or_below_the_cut_but_ds() {
    for cut in ["cut.example.", "safe.example."] {
        for rtype in [RrType::A, RrType::SOA, RrType::NS, RrType::DNSKEY] {
            assert!(chain().no_data(cut, rtype).is_err(), "{cut} {rtype}");
        }
        let below = format!("b.{cut}");
        assert!(chain().name_error(&below).is_err());
        assert!(chain().no_data(&below, RrType::A).is_err());
        assert!(chain().no_data(&below, RrType::DS).is_err());
        assert!(chain().no_ds(&below).is_err());
        assert!(chain().no_exact_match(&below, "example.").is_err());
    }
    // The apex has NS as well, and SOA with it.
    denies(chain().no_data("example.", RrType::MX), &["example."]);
    denies(chain().name_error("0.example."), &["example."]);
}

#[test]
fn rfc6840_s4_1_a_dname_denies_nothing_below_it() {
    assert!(chain().name_error("b.dn.example.").is_err());
    assert!(chain().no_data("b.dn.example.", RrType::A).is_err());
    assert!(chain().no_ds("b.dn.example.").is_err());
    assert!(chain().no_exact_match("b.dn.example.", "example.").is_err());
    denies(chain().no_data("dn.example.", RrType::A), &["dn.example."]);
    denies(chain().name_error("e.example."), &["dn.example.", "example."]);
}

#[test]
fn rfc6840_s4_3_a_cname_at_the_name_is_data() {
    has(chain().no_data("cn.example.", RrType::A), RrType::CNAME);
    has(chain().no_data("cn.example.", RrType::DS), RrType::CNAME);
}

#[test]
fn rfc6840_s4_4_an_insecure_delegation_has_the_ns_bit() {
    let no_ds = |types: &str| {
        nsec(&example(), &[&format!("cut.example. d.example. {types}")]).no_ds("cut.example.")
    };
    assert_eq!(no_ds("NS RRSIG NSEC"), Ok(NoDs::InsecureDelegation));
    assert_eq!(no_ds("RRSIG NSEC"), Ok(NoDs::NotACut));
    assert!(no_ds("NS DS RRSIG NSEC").is_err());
    assert!(no_ds("NS SOA RRSIG NSEC").is_err());
}

#[test]
fn rfc4035_s5_3_4_no_name_closer_than_the_wildcard_exists() {
    denies(chain().no_exact_match("y.w.example.", "w.example."), &["*.w.example."]);
    denies(chain().no_exact_match("z.y.w.example.", "w.example."), &["*.w.example."]);
    lacks(only(&["example."]).no_exact_match("y.w.example.", "w.example."), "y.w.example.");
    // Closer than the wildcard below the apex.
    is_there(chain().no_exact_match("y.w.example.", "example."), "w.example.");
    is_there(chain().no_exact_match("b.x.deep.example.", "example."), "x.deep.example.");
    is_there(chain().no_exact_match("b.a.example.", "example."), "a.example.");
    lacks(chain().no_exact_match("a.example.", "example."), "a.example.");
}

#[test]
fn a_record_expanded_from_a_wildcard_denies_nothing() {
    let mut denying = only(&["*.w.example."]);
    denying.sets[0].owner = name("y.w.example.");
    let verified = example().verify(&denying.sets[0]).map(|v: Verified| v.wildcard().cloned());
    assert_eq!(verified, Ok(Some(name("w.example."))));
    assert!(denying.no_data("y.w.example.", RrType::AAAA).is_err());
    assert!(denying.name_error("z.example.").is_err());
}

#[test]
fn rfc4035_s5_3_2_records_of_parent_and_child_are_never_combined() {
    let child = TestZone { apex: name("cut.example."), ..example() };
    let mut both = only(&["cut.example."]);
    let of_child = child.signed(set("cut.example. 300 NSEC cut.example. NS SOA RRSIG NSEC"));
    both.sets[0].rdatas.extend(of_child.rdatas);
    both.sets[0].signatures.extend(of_child.signatures);
    says_nothing(both.no_ds("cut.example."));
}

#[test]
fn rfc4034_s4_1_1_a_record_that_cannot_be_of_the_zone_denies_nothing() {
    for line in [
        "a.example. z.net. A",     // leads out of the zone
        "b.example. a.example. A", // leads back, and not to the apex
        "a.net. example. A",       // lies outside
        "a.example. com. A",       // leads out to the top
    ] {
        let record = example().signed(set(&line.replacen(' ', " 300 NSEC ", 1)));
        let denying = Denying::new(example().zone_keys(), vec![record]);
        let nothing = denying.with(|evidence| {
            assert!(evidence.is_empty(), "{line}");
            denial::prove_no_data(&name("a.example."), RrType::MX, evidence)
        });
        says_nothing(nothing);
    }
}

#[test]
fn rfc4470_s3_minimally_covering_records_deny() {
    let lies = [
        "a\\255\\255.example. b\\000.example. RRSIG NSEC",
        "\\)\\255\\255.example. *\\000.example. RRSIG NSEC",
    ];
    let owners = ["a\\255\\255.example.", "\\)\\255\\255.example."];
    let denial = nsec(&example(), &lies).name_error("b.example.").expect("a proof");
    assert_eq!(denial.used.len(), 2);
    assert!(denial.used.iter().zip(owners).all(|(v, owner)| v.rrset().owner == name(owner)));
    assert!(nsec(&example(), &lies[..1]).name_error("b.example.").is_err());
    assert!(nsec(&example(), &lies).name_error("c.example.").is_err());
}

#[test]
fn rfc9824_s3_1_compact_denial_is_no_data_at_the_name() {
    let compact = nsec(&example(), &["b.example. \\000.b.example. RRSIG NSEC NXNAME"]);
    for rtype in [RrType::A, RrType::TXT, RrType::CNAME, RrType::SOA] {
        denies(compact.no_data("b.example.", rtype), &["b.example."]);
    }
    assert!(compact.name_error("b.example.").is_err());
    assert_eq!(compact.no_ds("b.example."), Ok(NoDs::NoSuchName));
    let proves = |denying: &Denying, owner: &str| {
        denying.no_data(owner, RrType::TXT).map(|denial| denial.compact)
    };
    assert_eq!(proves(&compact, "b.example."), Ok(true));
    assert_eq!(proves(&chain(), "a.example."), Ok(false));
}

#[test]
fn rfc9824_s3_2_compact_no_data_names_the_types() {
    let compact = nsec(&example(), &["b.example. \\000.b.example. A TXT RRSIG NSEC"]);
    denies(compact.no_data("b.example.", RrType::AAAA), &["b.example."]);
    has(compact.no_data("b.example.", RrType::TXT), RrType::TXT);
}

#[test]
fn rfc9824_s3_4_compact_referral_to_an_unsigned_zone() {
    let referral = nsec(&example(), &["sub.example. sub\\000.example. NS RRSIG NSEC"]);
    assert_eq!(referral.no_ds("sub.example."), Ok(NoDs::InsecureDelegation));
}

#[test]
fn a_denial_holds_as_long_as_its_shortest_record() {
    let mut records = vec![set("example. 300 NSEC a.example. NS SOA")];
    records.push(set("a.example. 200 NSEC example. A"));
    let sets = records.into_iter().map(|record| example().signed(record)).collect();
    let denying = Denying::new(example().zone_keys(), sets);
    assert_eq!(denying.name_error("b.example.").map(|denial| denial.ttl()), Ok(200));
    assert_eq!(denying.no_data("example.", RrType::A).map(|denial| denial.ttl()), Ok(300));
    assert_eq!(Denial { used: Vec::new(), opt_out: false, compact: false }.ttl(), 0);
}

#[test]
fn each_record_is_verified_once_and_only_when_needed() {
    let budget = budget();
    chain().with_budget(&budget, |evidence| {
        assert_eq!(format!("{evidence:?}"), "Evidence(8 NSEC, 0 NSEC3 of example.)");
        assert!(!evidence.is_empty());
        for owner in ["b.example.", "bb.example."].repeat(3) {
            assert!(denial::prove_name_error(&name(owner), evidence).is_ok());
        }
    });
    assert_eq!(budget.signatures_checked(), (2, 0));
}

#[test]
fn a_limit_ends_a_proof_and_is_told_as_such() {
    let mut denying = chain();
    denying.forge();
    let budget = budget_of(Limits { failed_signatures: 1, ..Limits::default() });
    denying.with_budget(&budget, |evidence| {
        is_forged(denial::prove_no_data(&name("a.example."), RrType::MX, evidence));
        let error = denial::prove_no_data(&name("example."), RrType::MX, evidence);
        assert_shape!(error, Err(ProofError::Bogus(Reason::WorkExceeded { .. })));
    });
}

#[test]
fn of_two_records_that_would_do_the_good_one_is_found() {
    let mut bad = only(&["a.example."]);
    bad.forge();
    let sets: Vec<RrSet> = bad.sets.into_iter().chain(only(&["a.example."]).sets).collect();
    let denying = Denying::new(example().zone_keys(), sets);
    denies(denying.no_data("a.example.", RrType::MX), &["a.example."]);
}

#[test]
fn a_wildcard_too_long_to_be_a_name_is_nothing_to_deny() {
    let labels = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(53)];
    let encloser = name(&format!("{}.example.", labels.join(".")));
    assert_eq!(encloser.as_wire().len(), 255);
    assert!(encloser.wildcard().is_err());
    let zone = nsec(&example(), &["example. example. NS SOA"]);
    assert!(zone.name_error(&encloser.to_string()).is_ok(), "its encloser is the apex");
}
