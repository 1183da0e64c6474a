use super::*;
use crate::clock::Moment;
use crate::dnssec::{
    Budget, Evidence, Limits, Policy, TrustAnchor, Vouch, denial, verify_rrset, zone_keys,
};
use crate::lab::{Chain as Proofs, Key, Keyring, Role, Signer, Validity, Zone, sign};

const WALL: u64 = 1_767_225_600;
const LONGEST: LongestLives =
    LongestLives { data: Duration::from_secs(86_400), denial: Duration::from_secs(3_600) };

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}

const fn hashed(iterations: u16, opt_out: bool) -> Proofs {
    Proofs::Nsec3 { iterations, salt: Vec::new(), opt_out }
}

/// The records of types `wanted` of the zone `example.` with these names, verified.
fn records(names: &str, proofs: Proofs, wanted: &[RrType]) -> Vec<Verified> {
    let lines: String = names.split(' ').map(|owner| format!("{owner} A 192.0.2.1\n")).collect();
    let text = format!("$TTL 3600\n@ SOA ns me 1 2 3 4 300\n@ NS ns\n{lines}");
    let apex = name("example");
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let keys = vec![Key::new(pair, Role::Combined)];
    let signer = Signer { keys, chain: proofs, validity: Validity::days(WALL, -1, 13) };
    let zone = Zone::from_text(apex.clone(), &text).expect("a zone");
    let zone = sign(&zone, &signer).expect("signatures");
    let dnskey = zone.get(&apex, RrType::DNSKEY).expect("keys");
    let key = signer.keys[0].dnskey();
    let anchor = TrustAnchor::new(apex.clone(), RrType::DNSKEY, key, String::new());
    let vouch = Vouch::Anchors(anchor.into_iter().collect());
    let (moment, policy) = (Moment { now: at(1), wall: WALL }, Policy::default());
    let budget = Budget::new(Limits::default(), at(1));
    let keys = zone_keys(&apex, dnskey, &vouch, moment, &policy, &budget).expect("trust");
    let sets = zone.rrsets().filter(|set| wanted.contains(&set.rtype));
    sets.map(|set| verify_rrset(set, &keys, moment, &policy, &budget).expect("good")).collect()
}

fn zone_with(sets: &[Verified]) -> ZoneDenials {
    let mut zone = ZoneDenials::new(name("example"));
    sets.iter().for_each(|set| zone.put(set, at(1), LONGEST));
    zone
}

/// The owner of the NSEC that may speak about a name.
fn found(zone: &ZoneDenials, asked: &str, now: u64) -> Option<String> {
    let chain = zone.chains(at(now)).next()?;
    chain.nsec(&name(asked)).map(|nsec| nsec.rrset().owner.to_string())
}

#[test]
fn rfc8198_s5_1_spans_are_found_in_canonical_order() {
    let zone = zone_with(&records("a d x.ent *.w", Proofs::Nsec, &[RrType::NSEC]));
    for (asked, owner) in [
        ("example", "example."),
        ("!.example", "example."),
        ("A.example", "a.example."),
        ("z.a.example", "a.example."),
        ("c.example", "a.example."),
        ("ent.example", "d.example."),
        ("z.example", "*.w.example."),
    ] {
        assert_eq!(found(&zone, asked, 2).as_deref(), Some(owner), "{asked}");
    }
}

#[test]
fn rfc8198_s5_4_a_span_puts_out_those_that_it_contradicts() {
    let old = records("a d", Proofs::Nsec, &[RrType::NSEC]);
    let new = records("a b d", Proofs::Nsec, &[RrType::NSEC]);
    let mut zone = zone_with(&old);
    let b = new.iter().find(|set| set.rrset().owner == name("b.example")).expect("b");
    zone.put(b, at(1), LONGEST);
    assert_eq!(found(&zone, "c.example", 2).as_deref(), Some("b.example."));
    let a = |sets: &[Verified]| {
        sets.iter().find(|set| set.rrset().owner == name("a.example")).cloned().expect("a")
    };
    assert_eq!(found(&zone, "aa.example", 2).as_deref(), Some("example."), "a -> d is out");
    zone.put(&a(&new), at(1), LONGEST);
    assert_eq!(found(&zone, "aa.example", 2).as_deref(), Some("a.example."));
    zone.put(&a(&old), at(1), LONGEST);
    assert_eq!(found(&zone, "c.example", 2).as_deref(), Some("a.example."), "b is out");
}

#[test]
fn a_hashed_span_puts_out_those_that_it_contradicts() {
    let old = records("a", hashed(0, false), &[RrType::NSEC3]);
    let new = records("a b c d e f g h", hashed(0, false), &[RrType::NSEC3]);
    for (first, second) in [(&old, &new), (&new, &old)] {
        let zone = zone_with(&[first.as_slice(), second].concat());
        assert_eq!(zone.nsec3[0].records.len(), second.len());
        assert_eq!(zone.by_age.len(), second.len());
    }
}

#[test]
fn rfc8198_s5_2_chains_of_each_set_of_parameters() {
    let three = [0, 1, 2].map(|n| records("a b", hashed(n, false), &[RrType::NSEC3]));
    let mut zone = zone_with(&three.concat());
    let iterations = |zone: &ZoneDenials| -> Vec<u16> {
        zone.chains(at(2)).filter_map(|c| c.hashing().map(|h| h.iterations)).collect()
    };
    assert_eq!(iterations(&zone), [1, 2], "the oldest gave way");
    for set in &three[1] {
        zone.put(set, at(1), LONGEST);
    }
    assert_eq!(iterations(&zone), [1, 2]);
    assert_eq!(zone.by_age.len(), three[1].len() + three[2].len());
}

#[test]
fn rfc8198_s5_2_an_opt_out_span_is_found_for_its_own_name_alone() {
    let names = ["new.example", "q.example", "r.example", "s.example"].map(name);
    let (policy, budget) = (Policy::default(), Budget::new(Limits::default(), at(1)));
    for (opt_out, proven) in [(false, true), (true, false)] {
        let zone = zone_with(&records("a b", hashed(0, opt_out), &[RrType::NSEC3]));
        let chain = zone.chains(at(2)).next().expect("a chain");
        let mut evidence = Evidence::kept(zone.apex(), &chain, &policy, &budget);
        for asked in &names {
            assert_eq!(denial::prove_name_error(asked, &mut evidence).is_ok(), proven, "{asked}");
        }
        let no_data = denial::prove_no_data(&name("a.example"), RrType::MX, &mut evidence);
        assert!(no_data.is_ok_and(|denial| !denial.opt_out));
    }
}

#[test]
fn rfc9077_s3_the_soa_bounds_what_came_without_it() {
    let zone = zone_with(&records("a", Proofs::Nsec, &[RrType::NSEC]));
    let ttl = |zone: &ZoneDenials, now| {
        let chain = zone.chains(at(now)).next()?;
        chain.aged(chain.nsec(&name("b.example"))?).map(|set| set.ttl)
    };
    assert_eq!((ttl(&zone, 1), ttl(&zone, 300), ttl(&zone, 301)), (Some(300), Some(1), None));
    let mut zone = zone_with(&records("a", Proofs::Nsec, &[RrType::NSEC, RrType::SOA]));
    assert_eq!(zone.soa(at(101)).map(|soa| soa.ttl), Some(200), "the lesser: MINIMUM");
    zone.negative = Some(Duration::from_secs(100));
    assert_eq!((ttl(&zone, 1), ttl(&zone, 100), ttl(&zone, 101)), (Some(100), Some(1), None));
}

#[test]
fn every_octet_that_is_counted_is_given_back() {
    let wanted = [RrType::SOA, RrType::NSEC, RrType::A];
    let sets = records("a d *.w", Proofs::Nsec, &wanted);
    let empty = ZoneDenials::new(name("example")).octets();
    let mut zone = zone_with(&sets);
    let full = zone.octets();
    sets.iter().for_each(|set| zone.put(set, at(5), LONGEST));
    assert_eq!(zone.octets(), full, "replaced, not added");
    assert_eq!(zone.wildcards.len(), 1, "of the A RRsets that of the wildcard alone");
    zone.trim(full - 1);
    assert!(zone.octets() < full && found(&zone, "*.w.example", 6).is_some());
    zone.trim(0);
    let soa = zone.soa.as_ref().map_or(0, |kept| kept.verified.weight());
    assert_eq!(zone.octets(), empty + soa);
    assert!(zone.nsec.is_empty() && zone.wildcards.is_empty() && zone.by_age.is_empty());
}

#[test]
fn what_another_zone_signed_does_not_come_in() {
    let mut zone = ZoneDenials::new(name("other"));
    let empty = zone.octets();
    for set in records("a", Proofs::Nsec, &[RrType::SOA, RrType::NSEC, RrType::A]) {
        zone.put(&set, at(1), LONGEST);
    }
    assert_eq!(zone.octets(), empty);
}
