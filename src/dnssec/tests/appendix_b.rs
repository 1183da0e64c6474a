//! The responses that RFC 4035 and RFC 5155 print in their appendices B. The zone of RFC 5155 is signed anew: its keys
//! of 512 bits are too short to be verified.

use crate::dnssec::testing::*;
use crate::dnssec::{Denial, NoDs, ProofError};
use crate::wire::rdata::Rrsig;
use crate::wire::{RrSet, RrType};

/// Within the life of the signatures of RFC 4035.
const APRIL_2004: u64 = 1_082_000_000;

/// One printed response.
struct Response {
    answer: Vec<RrSet>,
    authority: Vec<RrSet>,
}

fn response(text: &str, title: &str) -> Response {
    let text = text.split("=== ").find(|part| part.starts_with(title)).expect(title);
    let section = |name: &str| {
        let behind = text.split_once(name).expect(name).1;
        let lines = behind.split(";;").next().expect("records");
        printed_sets(lines)
    };
    Response { answer: section(";; Answer\n"), authority: section(";; Authority\n") }
}

/// Continuation lines are indented, so the text is taken as it stands.
fn printed_sets(text: &str) -> Vec<RrSet> {
    use crate::wire::{Name, read_records, rrsets};
    rrsets(read_records(text, &Name::root(), 3600).expect("records"))
}

/// The response of RFC 4035 with `title`, and the keys of its zone, which a trust anchor vouches for.
fn rfc4035(title: &str) -> (Response, Denying) {
    let zone = printed_sets(include_str!("../../../tests/data/zones/rfc4035-example.zone"));
    let dnskey = zone.iter().find(|set| set.is(&name("example."), RrType::DNSKEY));
    let dnskey = dnskey.expect("a DNSKEY RRset");
    let vouch = example().anchors(RrType::DNSKEY, dnskey.rdatas.clone());
    let (policy, moment) = (crate::dnssec::Policy::default(), at(APRIL_2004));
    let keys =
        crate::dnssec::zone_keys(&name("example."), dnskey, &vouch, moment, &policy, &budget());
    let response = response(include_str!("../../../tests/data/responses/rfc4035-b.txt"), title);
    let sets = response.authority.clone();
    let denying = Denying { moment, ..Denying::new(keys.expect("keys"), sets) };
    (response, denying)
}

fn rfc5155(title: &str) -> (Response, Denying) {
    rfc5155_with(title, |_| {})
}

/// The response of RFC 5155 after `change`, each signature replaced by one of ours with the same Labels field.
fn rfc5155_with(title: &str, change: impl Fn(&mut RrSet)) -> (Response, Denying) {
    let resigned = |mut set: RrSet| {
        change(&mut set);
        if set.signatures.is_empty() {
            return set;
        }
        let labels = Rrsig::parse(&set.signatures[0]).expect("an RRSIG").labels;
        example().signed_with(set, |draft| draft.labels = labels)
    };
    let printed = response(include_str!("../../../tests/data/responses/rfc5155-b.txt"), title);
    let response = Response {
        answer: printed.answer.into_iter().map(resigned).collect(),
        authority: printed.authority.into_iter().map(resigned).collect(),
    };
    let sets = response.authority.clone();
    (response, Denying::new(example().zone_keys(), sets))
}

/// Every record of the proof is needed.
fn needs_all(denying: &Denying, proven: impl Fn(&Denying) -> bool) {
    assert!(proven(denying));
    let is_proof = |set: &RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
    for i in (0..denying.sets.len()).filter(|i| is_proof(&denying.sets[*i])) {
        let mut less = denying.sets.clone();
        less.remove(i);
        let less = Denying { moment: denying.moment, ..Denying::new(denying.keys.clone(), less) };
        assert!(!proven(&less), "without {}", denying.sets[i].owner);
    }
}

fn secure(denial: Result<Denial, ProofError>) -> bool {
    denial.is_ok_and(|denial| !denial.opt_out)
}

fn verify(set: &RrSet, denying: &Denying) -> crate::dnssec::Verified {
    let policy = crate::dnssec::Policy::default();
    crate::dnssec::verify_rrset(set, &denying.keys, denying.moment, &policy, &budget())
        .unwrap_or_else(|reason| panic!("{reason}"))
}

#[test]
fn rfc4035_appendix_b_1_answer() {
    let (response, denying) = rfc4035("B.1 ");
    for set in response.answer.iter().chain(&response.authority) {
        assert_eq!(verify(set, &denying).wildcard(), None);
    }
}

#[test]
fn rfc4035_appendix_b_2_name_error() {
    let (_, denying) = rfc4035("B.2 ");
    needs_all(&denying, |d| secure(d.name_error("ml.example.")));
}

#[test]
fn rfc4035_appendix_b_3_no_data() {
    let (_, denying) = rfc4035("B.3 ");
    needs_all(&denying, |d| secure(d.no_data("ns1.example.", RrType::MX)));
    assert!(denying.no_data("ns1.example.", RrType::A).is_err());
}

#[test]
fn rfc4035_appendix_b_4_referral_to_a_signed_zone() {
    let (response, denying) = rfc4035("B.4 ");
    let ds = response.authority.iter().find(|set| set.rtype == RrType::DS).expect("a DS RRset");
    assert_eq!(verify(ds, &denying).zone(), &name("example."));
}

#[test]
fn rfc4035_appendix_b_5_referral_to_an_unsigned_zone() {
    let (_, denying) = rfc4035("B.5 ");
    needs_all(&denying, |d| d.no_ds("b.example.") == Ok(NoDs::InsecureDelegation));
}

#[test]
fn rfc4035_appendix_b_6_wildcard_expansion() {
    let (response, denying) = rfc4035("B.6 ");
    let mx = verify(&response.answer[0], &denying);
    assert_eq!(mx.wildcard(), Some(&name("w.example.")));
    needs_all(&denying, |d| secure(d.no_exact_match("a.z.w.example.", "w.example.")));
}

#[test]
fn rfc4035_appendix_b_7_wildcard_no_data() {
    let (_, denying) = rfc4035("B.7 ");
    needs_all(&denying, |d| secure(d.no_data("a.z.w.example.", RrType::AAAA)));
}

#[test]
fn rfc4035_appendix_b_8_ds_at_the_child() {
    let (_, denying) = rfc4035("B.8 ");
    // The child's apex: no proof that the parent has no DS.
    assert!(denying.no_ds("example.").is_err());
    assert!(denying.no_data("example.", RrType::DS).is_err());
    assert!(secure(denying.no_data("example.", RrType::A)));
}

#[test]
fn rfc5155_appendix_b_1_name_error() {
    let (_, denying) = rfc5155("B.1 ");
    let by_opt_out =
        |d: &Denying| d.name_error("a.c.x.w.example.").is_ok_and(|denial| denial.opt_out);
    needs_all(&denying, by_opt_out);
}

#[test]
fn rfc5155_appendix_b_2_no_data() {
    let (_, denying) = rfc5155("B.2 ");
    needs_all(&denying, |d| secure(d.no_data("ns1.example.", RrType::MX)));
}

#[test]
fn rfc5155_appendix_b_2_1_empty_non_terminal() {
    let (_, denying) = rfc5155("B.2.1 ");
    needs_all(&denying, |d| secure(d.no_data("y.w.example.", RrType::A)));
}

#[test]
fn rfc5155_appendix_b_3_referral_to_an_opt_out_unsigned_zone() {
    let (_, denying) = rfc5155("B.3 ");
    needs_all(&denying, |d| d.no_ds("c.example.") == Ok(NoDs::OptOut));
}

#[test]
fn rfc5155_appendix_b_4_wildcard_expansion() {
    let (response, denying) = rfc5155("B.4 ");
    let mx = verify(&response.answer[0], &denying);
    assert_eq!(mx.wildcard(), Some(&name("w.example.")));
    needs_all(&denying, |d| d.no_exact_match("a.z.w.example.", "w.example.").is_ok());
}

#[test]
fn rfc5155_appendix_b_5_wildcard_no_data() {
    let (_, denying) = rfc5155("B.5 ");
    assert!(denying.no_data("a.z.w.example.", RrType::AAAA).is_ok_and(|denial| denial.opt_out));
    // Were it not for Opt-Out, which leaves open what is there, the record of the wildcard would be needed as well.
    let (_, denying) = rfc5155_with("B.5 ", |set| {
        if set.rtype == RrType::NSEC3 {
            set.rdatas[0][1] = 0;
        }
    });
    needs_all(&denying, |d| secure(d.no_data("a.z.w.example.", RrType::AAAA)));
}

#[test]
fn rfc5155_appendix_b_6_ds_at_the_child() {
    let (_, denying) = rfc5155("B.6 ");
    assert!(denying.no_ds("example.").is_err());
    assert!(denying.no_data("example.", RrType::DS).is_err());
    assert!(secure(denying.no_data("example.", RrType::A)));
}
