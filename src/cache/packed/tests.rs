use std::time::Duration;

use super::*;
use crate::cache::testing::{held_octets, name};
use crate::wire::{EdeCode, ExtendedError};

fn set(owner: &str, rtype: RrType, rdatas: &[&[u8]]) -> RrSet {
    let rdatas = rdatas.iter().map(|rdata| (*rdata).into()).collect();
    RrSet { signatures: vec![[7; 97].into()], ..RrSet::new(name(owner), rtype, 60, rdatas) }
}

fn key(rtype: RrType) -> Key {
    Key { name: name("www.Example."), rtype, checking: Checking::Enabled }
}

fn finding(fact: Fact, authority: Vec<RrSet>, security: Security) -> Finding {
    let since = Instant::from_nanos(1 << 40);
    let deadline = since + Duration::from_secs(60);
    Finding { fact, authority, security, compact: false, since, deadline }
}

fn a() -> RrSet {
    set("www.Example.", RrType::A, &[&[192, 0, 2, 1], &[192, 0, 2, 2]])
}

fn cname(target: &str) -> RrSet {
    set("www.Example.", RrType::CNAME, &[name(target).as_wire()])
}

fn no_ds(zone: &str) -> Security {
    Security::Insecure(Insecurity::NoDs { zone: name(zone) })
}

fn alias(target: &str, dname: Option<RrSet>) -> Fact {
    Fact::Alias { cname: cname(target), dname, target: name(target) }
}

/// One of each form.
fn all() -> Vec<Finding> {
    let soa = || set("Example.", RrType::SOA, &[&[1; 40]]);
    let nsec3 = || set("0123456789abcdef.Example.", RrType::NSEC3, &[&[1; 40]]);
    let dname = set("Example.", RrType::DNAME, &[name("other.test.").as_wire()]);
    let denial = |fact, security| finding(fact, vec![soa(), nsec3()], security);
    let insecure = |why| denial(Fact::NameError, Security::Insecure(why));
    vec![
        finding(Fact::Data(a()), vec![], Security::Secure),
        finding(Fact::Data(a()), vec![nsec3()], Security::Indeterminate),
        finding(Fact::Data(set("www.example.", RrType::TXT, &[&[]])), vec![], no_ds("EXAMPLE.")),
        finding(alias("target.Example.", None), vec![], no_ds("Example.")),
        finding(alias("www.other.test.", Some(dname.clone())), vec![], no_ds(".")),
        finding(Fact::NameTooLong(dname), vec![], Security::Secure),
        Finding { compact: true, ..denial(Fact::NoData, Security::Secure) },
        insecure(Insecurity::NeverSigned),
        insecure(Insecurity::OptOut { zone: name("www.Example.") }),
        insecure(Insecurity::OptOutDenial { name: name("a.b.www.Example.") }),
    ]
}

#[test]
fn what_comes_out_is_what_went_in() {
    for finding in all() {
        let packed = Packed::new(&key(RrType::A), finding.clone());
        assert!(matches!(packed, Packed::Octets(_)), "{finding:?}");
        let unpacked = packed.unpack().expect("whole");
        assert_eq!(*unpacked, finding);
        let cases =
            |f: &Finding| f.rrsets().map(|s| s.owner.as_wire().to_vec()).collect::<Vec<_>>();
        assert_eq!(cases(&unpacked), cases(&finding), "letter case is kept");
        assert_eq!((packed.since(), packed.deadline()), (finding.since, finding.deadline));
        assert_eq!(packed.is_secure(), finding.security.is_secure());
        let is_alias = matches!(finding.fact, Fact::Alias { .. } | Fact::NameTooLong(_));
        assert_eq!(packed.is_alias(), is_alias);
        assert!(packed.is_live(finding.since) && !packed.is_live(finding.deadline));
    }
}

#[test]
fn what_has_no_form_is_kept_as_it_is() {
    let error = ExtendedError { code: EdeCode::OTHER, text: "tolerated".into() };
    let tolerated = Security::Insecure(Insecurity::Tolerated { error, rule: "RFC 4035 5" });
    let chaos = RrSet { class: Class(3), ..a() };
    let elsewhere = Fact::Alias { cname: cname("a."), dname: None, target: name("b.") };
    for finding in [
        finding(Fact::Data(a()), vec![], tolerated),
        finding(Fact::Data(chaos), vec![], Security::Secure),
        finding(elsewhere, vec![], Security::Secure),
    ] {
        let packed = Packed::new(&key(RrType::A), finding.clone());
        assert!(matches!(packed, Packed::Whole(..)), "{finding:?}");
        assert_eq!(packed.unpack().as_deref(), Some(&finding));
        assert_eq!(packed.deadline(), finding.deadline);
    }
}

#[test]
fn it_says_what_it_is_about() {
    let packed = Packed::new(&key(RrType::A), finding(Fact::NoData, vec![], Security::Secure));
    let about = |n: &str, rtype, checking| packed.is_about(&name(n), rtype, checking);
    assert!(about("WWW.example.", RrType::A, Checking::Enabled));
    assert!(!about("WWW.example.", RrType::AAAA, Checking::Enabled));
    assert!(!about("WWW.example.", RrType::A, Checking::Disabled));
    assert!(!about("ww.example.", RrType::A, Checking::Enabled));
    assert!(!about("www.example.test.", RrType::A, Checking::Enabled));
}

#[test]
fn a_signed_address_takes_little() {
    let finding = finding(Fact::Data(a()), vec![], Security::Secure);
    let weight = Packed::new(&key(RrType::A), finding).weight();
    assert!(weight <= 208, "{weight} octets");
}

/// A cut block gives nothing rather than something else, and no panic.
#[test]
fn what_is_cut_short_is_nothing() {
    for finding in all() {
        let octets = octets(&key(RrType::A), &finding).expect("a form");
        let start = HEAD + 1 + name("www.example.").as_wire().len();
        for length in 0..octets.len() {
            let cut = super::finding(&octets[..length]);
            let fewer = |cut: &Finding| cut.rrsets().count() < finding.rrsets().count();
            assert!(cut.as_ref().is_none_or(|cut| length >= start && fewer(cut)), "{length}");
        }
    }
}

#[test]
fn it_weighs_what_it_takes() {
    for finding in all() {
        let key = key(RrType::A);
        let (packed, taken) = held_octets(|| Packed::new(&key, finding.clone()));
        assert!(packed.weight() >= taken, "{} of {taken}: {packed:?}", packed.weight());
    }
}
