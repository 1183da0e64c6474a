//! RFC 5155 section 8, RFC 9276: denial by NSEC3.

use super::assert_shape;
use super::refusals::{has, is_forged, is_there, lacks, says_nothing};
use crate::dnssec::nsec3::hash;
use crate::dnssec::testing::*;
use crate::dnssec::{Algorithm, Denial, Insecurity, Limits, NoDs, ProofError, Reason, denial};
use crate::wire::rdata::{Nsec3, base32hex};
use crate::wire::{RrSet, RrType};

const NAMES: [&str; 10] = [
    "example. NS SOA RRSIG DNSKEY NSEC3PARAM",
    "a.example. A RRSIG",
    "cn.example. CNAME RRSIG",
    "cut.example. NS",
    "deep.example.",
    "x.deep.example. A RRSIG",
    "dn.example. DNAME RRSIG",
    "safe.example. NS DS RRSIG",
    "w.example.",
    "*.w.example. A RRSIG",
];

fn chain() -> Denying {
    nsec3(&example(), 0, &NAMES)
}

/// The chain without `cut.example.` and `deep.example.`, whose spans may hide unsigned zones.
fn opt_out() -> Denying {
    let names: Vec<_> = NAMES.into_iter().filter(|line| !line.starts_with("cut")).collect();
    nsec3(&example(), 1, &names)
}

fn hash_of(owner: &str) -> [u8; 20] {
    hash(&name(owner), &PARAMS)
}

fn matches(set: &RrSet, owner: &str) -> bool {
    let label = base32hex::encode(&hash_of(owner));
    set.owner.labels().next().is_some_and(|first| first.eq_ignore_ascii_case(label.as_bytes()))
}

fn covers(set: &RrSet, owner: &str) -> bool {
    let label = set.owner.labels().next().expect("a label");
    let from = base32hex::decode(label).expect("a hash");
    let next = Nsec3::parse(&set.rdatas[0]).expect("an NSEC3").next_hashed.to_vec();
    let hash = hash_of(owner).to_vec();
    if from < next { from < hash && hash < next } else { from < hash || hash < next }
}

/// The records that match one of `matching` or cover one of `covering`.
fn only(mut denying: Denying, matching: &[&str], covering: &[&str]) -> Denying {
    denying.sets.retain(|set| {
        matching.iter().any(|owner| matches(set, owner))
            || covering.iter().any(|owner| covers(set, owner))
    });
    denying
}

/// The records with their RDATA changed and signed again.
fn changed(mut denying: Denying, change: impl Fn(&mut Vec<u8>)) -> Denying {
    for set in &mut denying.sets {
        let mut rdata = set.rdatas[0].to_vec();
        change(&mut rdata);
        let changed = RrSet { rdatas: vec![rdata.into()], ..set.clone() };
        *set = example().signed(changed);
    }
    denying
}

fn secure(denial: Result<Denial, ProofError>) {
    assert_shape!(denial, Ok(Denial { opt_out: false, .. }));
}

fn by_opt_out(denial: Result<Denial, ProofError>) {
    assert_shape!(denial, Ok(Denial { opt_out: true, .. }));
}

fn nothing_counts(denying: &Denying) {
    says_nothing(denying.name_error("b.example."));
}

#[test]
fn rfc5155_s8_1_unknown_hash_algorithms_are_ignored() {
    for algorithm in [0, 2, 255] {
        nothing_counts(&changed(chain(), |rdata| rdata[0] = algorithm));
    }
}

#[test]
fn rfc5155_s8_2_unknown_flags_are_ignored() {
    for flags in [2, 3, 0x80, 0xff] {
        nothing_counts(&changed(chain(), |rdata| rdata[1] = flags));
    }
    secure(changed(chain(), |_| {}).name_error("b.example."));
}

#[test]
fn rfc5155_s3_1_7_the_next_hash_has_the_length_of_a_hash() {
    nothing_counts(&changed(chain(), |rdata| {
        rdata[6] = 19;
        rdata.remove(7);
    }));
}

#[test]
fn rfc5155_s3_2_1_the_bit_of_type_0_is_ignored() {
    let zone = nsec3(&example(), 0, &["example. NS SOA", "a.example. TYPE0 RRSIG"]);
    secure(zone.no_data("a.example.", RrType::ANY));
    secure(zone.no_data("a.example.", RrType::A));
}

#[test]
fn rfc5155_s8_2_records_of_other_parameters_do_not_count() {
    let with_iterations = |iterations: u8| changed(chain(), |rdata| rdata[3] = iterations).sets;
    let denying = |sets| Denying { sets, ..chain() };
    let others = with_iterations(2);
    let own_first = [chain().sets, others.clone()].concat();
    secure(denying(own_first).name_error("b.example."));
    // All others: hashed by their own parameters, no name is where it should be.
    assert!(denying(others).name_error("a.example.").is_err());
}

#[test]
fn rfc5155_s8_3_the_closest_encloser_matches_and_the_next_closer_name_is_covered() {
    lacks(only(chain(), &[], &["b.example.", "*.example."]).name_error("b.example."), "b.example.");
    lacks(only(chain(), &["example."], &[]).name_error("c.b.example."), "b.example.");
    // Without the record of the closest encloser, one further up does not do: the name between exists.
    let without = only(chain(), &["example."], &["b.a.example.", "*.example."]);
    assert!(without.name_error("b.a.example.").is_err());
    says_nothing(chain().name_error("b.net."));
}

#[test]
fn rfc5155_s8_3_the_closest_encloser_does_not_end_the_zone_s_authority() {
    for above in ["cut.example.", "safe.example.", "dn.example."] {
        let below = format!("b.{above}");
        lacks(chain().name_error(&below), &below);
        lacks(chain().no_data(&below, RrType::A), &below);
        assert!(chain().no_ds(&below).is_err());
    }
}

#[test]
fn rfc5155_s8_4_a_name_error_denies_the_wildcard_too() {
    secure(chain().name_error("b.example."));
    secure(chain().name_error("d.c.b.example."));
    secure(chain().name_error("b.a.example."));
    let parts = |covering: &[&str]| only(chain(), &["deep.example."], covering);
    secure(parts(&["b.deep.example.", "*.deep.example."]).name_error("b.deep.example."));
    lacks(parts(&["b.deep.example."]).name_error("b.deep.example."), "*.deep.example.");
    // The wildcard exists.
    lacks(chain().name_error("y.w.example."), "*.w.example.");
    // The name exists.
    for owner in ["a.example.", "deep.example.", "example."] {
        is_there(chain().name_error(owner), owner);
    }
}

#[test]
fn rfc5155_s8_5_no_data_needs_the_record_of_the_name_without_type_and_cname() {
    secure(chain().no_data("a.example.", RrType::AAAA));
    secure(chain().no_data("deep.example.", RrType::A)); // an empty non-terminal
    has(chain().no_data("a.example.", RrType::A), RrType::A);
    has(chain().no_data("cn.example.", RrType::A), RrType::CNAME);
    lacks(only(chain(), &["example."], &[]).no_data("a.example.", RrType::AAAA), "a.example.");
}

#[test]
fn rfc5155_s8_6_no_ds_is_proven_at_the_name_or_by_opt_out() {
    secure(chain().no_data("cut.example.", RrType::DS));
    secure(chain().no_data("a.example.", RrType::DS));
    has(chain().no_data("safe.example.", RrType::DS), RrType::DS);
    has(chain().no_data("cn.example.", RrType::DS), RrType::CNAME);
    by_opt_out(opt_out().no_data("cut.example.", RrType::DS));
    let mut hidden = chain();
    hidden.sets.retain(|set| !matches(set, "cut.example."));
    assert!(hidden.no_data("cut.example.", RrType::DS).is_err());
    // The apex of the child says nothing about its DS.
    assert!(chain().no_data("example.", RrType::DS).is_err());
    let root = TestZone { apex: name("."), ..example() };
    secure(nsec3(&root, 0, &[". NS SOA"]).no_data(".", RrType::DS));
}

#[test]
fn rfc5155_s8_7_wildcard_no_data() {
    secure(chain().no_data("y.w.example.", RrType::AAAA));
    secure(chain().no_data("z.y.w.example.", RrType::AAAA));
    has(chain().no_data("y.w.example.", RrType::A), RrType::A);
    lacks(chain().no_data("b.example.", RrType::A), "*.example.");
    let alias = nsec3(&example(), 0, &["example. NS SOA", "*.example. CNAME"]);
    has(alias.no_data("b.example.", RrType::A), RrType::CNAME);
    let cut = nsec3(&example(), 0, &["example. NS SOA", "*.example. NS"]);
    lacks(cut.no_data("b.example.", RrType::A), "*.example.");
    secure(cut.no_data("b.example.", RrType::DS));
}

#[test]
fn rfc5155_s8_8_a_wildcard_answer_denies_the_next_closer_name() {
    let denied = |records: Denying, owner| records.no_exact_match(owner, "w.example.");
    secure(denied(only(chain(), &[], &["y.w.example."]), "y.w.example."));
    secure(denied(only(chain(), &[], &["y.w.example."]), "z.y.w.example."));
    lacks(denied(only(chain(), &["example."], &[]), "z.y.w.example."), "y.w.example.");
    lacks(chain().no_exact_match("b.a.example.", "example."), "a.example.");
    for owner in ["w.example.", "example.", "a.example."] {
        is_there(denied(chain(), owner), owner);
    }
}

#[test]
fn rfc5155_s8_9_an_unsigned_referral_has_ns_and_no_ds_or_opt_out() {
    assert_eq!(chain().no_ds("cut.example."), Ok(NoDs::InsecureDelegation));
    assert_eq!(chain().no_ds("a.example."), Ok(NoDs::NotACut));
    assert_eq!(chain().no_ds("deep.example."), Ok(NoDs::NotACut));
    assert_eq!(chain().no_ds("b.example."), Ok(NoDs::NoSuchName));
    has(chain().no_ds("safe.example."), RrType::DS);
    assert!(chain().no_ds("example.").is_err(), "the child's side");
    assert_eq!(opt_out().no_ds("cut.example."), Ok(NoDs::OptOut));
    assert_eq!(opt_out().no_ds("b.c.d.example."), Ok(NoDs::OptOut));
    assert!(opt_out().no_ds("safe.example.").is_err(), "what is signed is never hidden");
    let denial = opt_out().with(|evidence| denial::prove_no_ds(&name("cut.example."), evidence));
    assert_shape!(denial, Ok((NoDs::OptOut, Denial { opt_out: true, .. })));
    let denial = chain().with(|evidence| denial::prove_no_ds(&name("b.example."), evidence));
    assert_shape!(denial, Ok((NoDs::NoSuchName, Denial { opt_out: false, .. })));
}

#[test]
fn rfc5155_s9_2_what_rests_on_opt_out_says_so() {
    by_opt_out(opt_out().name_error("b.example."));
    by_opt_out(opt_out().no_data("b.example.", RrType::A)); // there may be an unsigned zone
    by_opt_out(opt_out().no_data("y.w.example.", RrType::AAAA));
    by_opt_out(opt_out().no_exact_match("y.w.example.", "w.example."));
    // What matches is there, whatever its flag.
    secure(opt_out().no_data("a.example.", RrType::AAAA));
    has(opt_out().no_data("y.w.example.", RrType::A), RrType::A);
}

#[test]
fn rfc5155_s7_2_8_a_name_that_is_the_owner_of_an_nsec3_record_does_not_exist() {
    let owner = format!("{}.example.", base32hex::encode(&hash_of("a.example.")));
    secure(chain().name_error(&owner));
}

#[test]
fn rfc5155_s8_3_the_records_are_of_the_zone() {
    let foreign = |owner: &str, set: &RrSet| RrSet { owner: name(owner), ..set.clone() };
    for set in &mut chain().sets {
        let label = String::from_utf8(set.owner.labels().next().expect("a label").to_vec());
        let label = label.expect("base32");
        for owner in [format!("{label}."), format!("{label}.sub.example."), "a.example.".into()] {
            let denying = Denying { sets: vec![foreign(&owner, set)], ..chain() };
            denying
                .with(|evidence| {
                    assert!(evidence.is_empty(), "{owner}");
                    Ok(())
                })
                .expect("no proof");
        }
    }
    let mut unsigned = chain();
    unsigned.sets.iter_mut().for_each(|set| set.signatures.clear());
    nothing_counts(&unsigned);
}

#[test]
fn a_bad_signature_is_the_reason_that_is_told() {
    let mut denying = chain();
    denying.forge();
    is_forged(denying.name_error("b.example."));
}

#[test]
fn a_zone_on_its_way_from_nsec_to_nsec3_may_send_both() {
    let by_nsec = nsec(&example(), &["a.example. c.example. A RRSIG NSEC"]);
    let sets = [by_nsec.sets, chain().sets].concat();
    let both = Denying { sets, ..chain() };
    secure(both.name_error("b.example.")); // NSEC lacks the wildcard, NSEC3 has all
    let denial = both.no_data("a.example.", RrType::MX).expect("a proof");
    assert!(denial.used.iter().all(|v| v.rrset().rtype == RrType::NSEC));
    let denial = both.name_error("b.example.").expect("a proof");
    assert!(denial.used.iter().all(|v| v.rrset().rtype == RrType::NSEC3));
    let reversed: Vec<_> = both.sets.iter().rev().cloned().collect();
    secure(Denying { sets: reversed, ..chain() }.name_error("b.example."));
}

#[test]
fn rfc5702_s5_2_and_rfc6605_s5_and_rfc6840_s2_1_nsec_and_nsec3_go_with_every_algorithm() {
    for key in [
        TestKey::ed448(),
        TestKey::rsa(Algorithm::RSASHA256),
        TestKey::rsa(Algorithm::RSASHA512),
        TestKey::p256(),
        TestKey::p384(),
        TestKey::ed25519(),
    ] {
        let zone = TestZone { keys: vec![key], ..example() };
        secure(nsec3(&zone, 0, &["example. NS SOA"]).name_error("b.example."));
        secure(nsec(&zone, &["example. example. NS SOA"]).name_error("b.example."));
    }
}

/// The verdict on records of so many iterations when the limits are these.
fn iterations(count: u16, insecure: u16, servfail: Option<u16>) -> Result<Denial, ProofError> {
    let [hi, lo] = count.to_be_bytes();
    let mut denying = changed(chain(), |rdata| (rdata[2], rdata[3]) = (hi, lo));
    denying.policy.nsec3_insecure_above = insecure;
    denying.policy.nsec3_servfail_above = servfail;
    denying.name_error("b.example.")
}

#[test]
fn rfc9276_s3_2_too_many_iterations_are_insecure_or_refused() {
    let insecure = |count, limit| {
        assert_shape!(
            iterations(count, limit, None),
            Err(ProofError::Insecure(Insecurity::Nsec3Iterations { iterations, limit: l, .. }))
                if *iterations == count && *l == limit
        );
    };
    insecure(51, 50);
    insecure(u16::MAX, 50);
    secure(iterations(1, 1, None));
    insecure(1, 0);
    let refused = |count, limit| {
        assert_shape!(
            iterations(count, 50, Some(limit)),
            Err(ProofError::Bogus(Reason::Nsec3Iterations { iterations, limit: l, .. }))
                if *iterations == count && *l == limit
        );
    };
    refused(101, 100);
    refused(1, 0);
    secure(iterations(1, 50, Some(1)));
    assert_shape!(iterations(51, 50, Some(100)), Err(ProofError::Insecure(_)));
}

#[test]
fn rfc9276_s3_2_no_verdict_on_iterations_without_a_valid_signature() {
    for servfail in [None, Some(100)] {
        let mut denying = changed(chain(), |rdata| rdata[3] = 200);
        denying.policy.nsec3_servfail_above = servfail;
        denying.sets.truncate(3);
        denying.forge();
        is_forged(denying.name_error("b.example."));
        // Expanded from a wildcard, a record is not of the chain.
        let mut expanded = changed(chain(), |rdata| rdata[3] = 200);
        expanded.policy.nsec3_servfail_above = servfail;
        let wildcard = RrSet { owner: name("*.example."), ..expanded.sets[0].clone() };
        let owner = expanded.sets[0].owner.clone();
        expanded.sets = vec![RrSet { owner, ..example().signed(wildcard) }];
        assert_shape!(
            expanded.name_error("b.example."),
            Err(ProofError::Bogus(Reason::SignaturesMissing { .. }))
        );
    }
}

#[test]
fn hashes_are_paid_for_once_and_are_limited() {
    let limited = |hashes| {
        let budget = budget_of(Limits { nsec3_hashes: hashes, ..Limits::default() });
        chain().with_budget(&budget, |evidence| {
            (0..3)
                .try_for_each(|_| denial::prove_name_error(&name("b.example."), evidence).map(drop))
        })
    };
    // The name, its parent and the wildcard, two SHA-1 invocations each.
    assert_eq!(limited(6), Ok(()));
    assert_shape!(
        limited(5),
        Err(ProofError::Bogus(Reason::WorkExceeded { what: "nsec3-hashes", limit: 5 }))
    );
}

#[test]
fn a_limit_ends_a_proof_and_is_told_as_such() {
    for iterations in [1, 200] {
        let mut denying = changed(chain(), |rdata| rdata[3] = iterations);
        denying.forge();
        let budget = budget_of(Limits { failed_signatures: 1, ..Limits::default() });
        let error = denying.with_budget(&budget, |evidence| {
            denial::prove_no_data(&name("a.example."), RrType::MX, evidence)
        });
        // The first bad signature is known, and yet the second, which is not looked at, decides.
        assert!(error.is_err_and(|error| error.is_own_limit()), "{iterations}");
    }
}
