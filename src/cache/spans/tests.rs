use std::sync::{Arc, RwLock};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::*;
use crate::cache::known::KnownZone;
use crate::cache::testing::{LONGEST, at, counted_down, hashed, name, records};
use crate::dnssec::{Budget, Evidence, Limits, Policy, Spans, denial};
use crate::lab::Chain as Proofs;

fn zone_with(sets: &[Verified]) -> ZoneDenials {
    let mut zone = ZoneDenials::new(name("example"));
    sets.iter().for_each(|set| put(&mut zone, set, at(1)));
    zone
}

/// As an answer of its own.
fn put(zone: &mut ZoneDenials, set: &Verified, now: Instant) {
    zone.put(std::slice::from_ref(set), now, LONGEST);
}

fn known(zone: ZoneDenials, now: u64) -> KnownZone {
    KnownZone::new(zone.apex.clone(), Arc::new(RwLock::new(zone)), at(now))
}

/// The owner of the NSEC that may speak about a name.
fn found(zone: &ZoneDenials, asked: &str, now: u64) -> Option<String> {
    zone.nsec(&Ordered::new(&name(asked)), at(now))
        .map(|live| live.verified.rrset().owner.to_string())
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
    put(&mut zone, b, at(1));
    assert_eq!(found(&zone, "c.example", 2).as_deref(), Some("b.example."));
    let a = |sets: &[Verified]| {
        sets.iter().find(|set| set.rrset().owner == name("a.example")).cloned().expect("a")
    };
    assert_eq!(found(&zone, "aa.example", 2).as_deref(), Some("example."), "a -> d is out");
    put(&mut zone, &a(&new), at(1));
    assert_eq!(found(&zone, "aa.example", 2).as_deref(), Some("a.example."));
    put(&mut zone, &a(&old), at(1));
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
        zone.hashings().iter().map(|hashing| hashing.iterations).collect()
    };
    assert_eq!(iterations(&zone), [1, 2], "the oldest gave way");
    for set in &three[1] {
        put(&mut zone, set, at(1));
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
        let zone = known(zone, 2);
        let chains = zone.chains();
        let mut evidence = Evidence::kept(zone.apex(), &chains[0], &policy, &budget);
        for asked in &names {
            assert_eq!(denial::prove_name_error(asked, &mut evidence).is_ok(), proven, "{asked}");
        }
        let no_data = denial::prove_no_data(&name("a.example"), RrType::MX, &mut evidence);
        assert!(no_data.is_ok_and(|denial| !denial.opt_out));
    }
}

#[test]
fn the_hashes_of_an_encloser_and_its_wildcard_are_computed_once() {
    let policy = Policy::default();
    let zone = known(zone_with(&records("a b", hashed(0, false), &[RrType::NSEC3])), 2);
    let cost = |asked: &str| {
        let budget = Budget::new(Limits::default(), at(1));
        let chains = zone.chains();
        let mut evidence = Evidence::kept(zone.apex(), &chains[0], &policy, &budget);
        denial::prove_name_error(&name(asked), &mut evidence).expect("no such name");
        budget.spent().nsec3_hashes
    };
    assert_eq!([cost("q.example"), cost("r.example"), cost("y.s.example")], [3, 1, 2]);
    for label in ["a", "b"].repeat(2) {
        let costs = [cost(&format!("q.{label}.example")), cost(&format!("r.{label}.example"))];
        assert!(costs[0] <= 3 && costs[1] == 1, "{costs:?}");
    }
    let long = format!("{}.example", ["x".repeat(20).as_str(); 4].join("."));
    let sets = records(&format!("a {long}"), hashed(0, false), &[RrType::NSEC3]);
    let zone = known(zone_with(&sets), 2);
    let budget = Budget::new(Limits::default(), at(1));
    let chains = zone.chains();
    let mut evidence = Evidence::kept(zone.apex(), &chains[0], &policy, &budget);
    let below = name(&format!("q.{long}"));
    denial::prove_name_error(&below, &mut evidence).expect("no such name");
    assert_eq!(chains[0].kept_hash(&name(&long)), None, "a long name");
}

#[test]
fn no_more_hashes_are_kept_than_are_counted() {
    let mut zone = zone_with(&records("a", hashed(0, false), &[RrType::NSEC3]));
    let hashing = zone.hashings().remove(0);
    let (full, names) =
        (zone.octets(), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "i"].map(name));
    for (number, kept) in (0..).zip(&names) {
        zone.keep_hash(&hashing, kept, [number; 20]);
    }
    let found = names.each_ref().map(|kept| zone.kept_hash(&hashing, kept).map(|hash| hash[0]));
    assert_eq!(found[..3], [None, Some(1), Some(2)], "the oldest gave way");
    assert_eq!(found[9], Some(8), "known");
    assert_eq!((zone.octets(), zone.nsec3[0].hashes.len()), (full, MAX_HASHES));
}

/// Seconds that the NSEC in front of b.example has.
fn left(zone: &ZoneDenials, now: u64) -> Option<u32> {
    zone.nsec(&Ordered::new(&name("b.example")), at(now))?.aged(at(now)).map(|set| set.ttl)
}

/// `a`'s NSEC with a TTL of 300, and the SOA with one of `ttl`, of 3600 that the zone gave, and a MINIMUM of 300.
fn nsec_and_soa(ttl: u32) -> (Vec<Verified>, Vec<Verified>) {
    let nsec = records("a", Proofs::Nsec, &[RrType::NSEC]);
    (nsec, counted_down("a", Proofs::Nsec, &[RrType::SOA], ttl))
}

#[test]
fn rfc8198_s5_4_a_span_lives_as_long_as_the_soa_beside_it() {
    for (soa_ttl, ttl) in [(3600, 300), (301, 300), (100, 100), (10, 10)] {
        let (nsec, soa) = nsec_and_soa(soa_ttl);
        for answer in [[nsec.clone(), soa.clone()].concat(), [soa, nsec].concat()] {
            let mut zone = zone_with(&[]);
            zone.put(&answer, at(1), LONGEST);
            assert_eq!(left(&zone, 1), Some(ttl));
            assert_eq!(left(&zone, u64::from(ttl)), Some(1));
            assert_eq!(left(&zone, u64::from(ttl) + 1), None);
            assert_eq!(zone.soa(at(1)).map(|soa| soa.ttl), Some(ttl), "the lesser: MINIMUM");
        }
    }
}

#[test]
fn rfc8198_s5_4_no_later_soa_gives_a_span_its_life_back_or_takes_it() {
    let (nsec, short) = nsec_and_soa(10);
    let (_, long) = nsec_and_soa(3600);
    let mut zone = zone_with(&[]);
    zone.put(&[short.clone(), nsec.clone()].concat(), at(1), LONGEST);
    assert_eq!((left(&zone, 10), left(&zone, 11)), (Some(1), None));
    zone.put(&long, at(11), LONGEST);
    assert_eq!(left(&zone, 11), None, "what is dead stays so");
    zone.put(&[long, nsec].concat(), at(20), LONGEST);
    zone.put(&short, at(21), LONGEST);
    assert_eq!((left(&zone, 32), left(&zone, 319)), (Some(288), Some(1)));
    assert_eq!(zone.soa(at(32)).map(|soa| soa.ttl), Some(288), "the same SOA that lives longer");
}

#[test]
fn rfc9077_s3_the_soa_bounds_what_came_without_it() {
    let (nsec, soa) = nsec_and_soa(100);
    let mut zone = zone_with(&nsec);
    assert_eq!((left(&zone, 1), left(&zone, 300), left(&zone, 301)), (Some(300), Some(1), None));
    zone.put(&soa, at(50), LONGEST);
    assert_eq!((left(&zone, 50), left(&zone, 100), left(&zone, 101)), (Some(51), Some(1), None));
    zone.put(&nsec, at(60), LONGEST);
    assert_eq!(left(&zone, 60), Some(300), "what comes later is bound by the TTL that was signed");
    let longest = LongestLives { denial: Duration::from_secs(20), ..LONGEST };
    zone.put(&nsec, at(60), longest);
    assert_eq!((left(&zone, 60), left(&zone, 80)), (Some(20), None), "the operator's bound");
}

#[test]
fn every_octet_that_is_counted_is_given_back() {
    let wanted = [RrType::SOA, RrType::NSEC, RrType::A];
    let sets = records("a d *.w", Proofs::Nsec, &wanted);
    let empty = ZoneDenials::new(name("example")).octets();
    let mut zone = zone_with(&sets);
    let full = zone.octets();
    sets.iter().for_each(|set| put(&mut zone, set, at(5)));
    assert_eq!(zone.octets(), full, "replaced, not added");
    assert_eq!(zone.wildcards.len(), 1, "of the A RRsets that of the wildcard alone");
    zone.trim(full - 1);
    assert!(zone.octets() < full && found(&zone, "*.w.example", 6).is_some());
    zone.trim(0);
    let soa = zone.soa.as_ref().map_or(0, |kept| kept.live.verified.weight());
    assert_eq!(zone.octets(), empty + soa);
    assert!(zone.nsec.is_empty() && zone.wildcards.is_empty() && zone.by_age.is_empty());
}

#[test]
fn what_another_zone_signed_does_not_come_in() {
    let mut zone = ZoneDenials::new(name("other"));
    let empty = zone.octets();
    for set in records("a", Proofs::Nsec, &[RrType::SOA, RrType::NSEC, RrType::A]) {
        put(&mut zone, &set, at(1));
    }
    assert_eq!(zone.octets(), empty);
}

/// Each entry with its place.
fn entries(zone: &ZoneDenials) -> Vec<(Place, &Kept)> {
    let nsec = zone.nsec.iter().map(|(owner, kept)| (Place::Nsec(owner.clone()), kept));
    let hashed = zone.nsec3.iter().flat_map(|hashed| {
        let number = hashed.hashing.number;
        hashed.records.iter().map(move |(hash, kept)| (Place::Nsec3(number, *hash), kept))
    });
    let wildcards = zone.wildcards.iter();
    let wildcards =
        wildcards.map(|((at, rtype), kept)| (Place::Wildcard(at.clone(), *rtype), kept));
    nsec.chain(hashed).chain(wildcards).collect()
}

/// Do no two spans overlap, by the owners that lie in each?
fn assert_no_overlap(zone: &ZoneDenials) {
    for (owner, kept) in &zone.nsec {
        let next = Ordered::new(&next_owner(kept).expect("a next owner"));
        let within = |other: &&Ordered| *other > owner && (**other < next || next <= *owner);
        assert_eq!(zone.nsec.keys().find(within), None, "{owner:?} -> {next:?}");
    }
    for hashed in &zone.nsec3 {
        for (owner, kept) in &hashed.records {
            let next = next_hash(kept).expect("a next hash");
            let within = |other: &&Hash| *other != owner && is_between(owner, &next, other);
            assert_eq!(hashed.records.keys().find(within), None, "{owner:?} -> {next:?}");
        }
    }
}

fn assert_consistent(zone: &ZoneDenials) {
    assert_no_overlap(zone);
    let entries = entries(zone);
    let places: BTreeMap<u64, String> =
        entries.iter().map(|(place, kept)| (kept.age, format!("{place:?}"))).collect();
    let by_age: BTreeMap<u64, String> =
        zone.by_age.iter().map(|(age, place)| (*age, format!("{place:?}"))).collect();
    assert_eq!(by_age, places);
    assert_eq!(by_age.len(), entries.len(), "no two of one age");
    let weights: usize = entries.iter().map(|(place, kept)| weight(place, kept)).sum();
    let hashes = zone.nsec3.len() * HASHES_OVERHEAD;
    let soa = zone.soa.as_ref().map_or(0, |kept| kept.live.verified.weight());
    let empty = ZoneDenials::new(zone.apex.clone()).octets();
    assert_eq!(zone.octets(), empty + soa + weights + hashes);
}

/// The answers of six versions of a zone, each with three chains, a record each; and its SOA, counted down and not.
fn answers() -> Vec<Verified> {
    let names = ["a d", "a b d", "b c d *.b", "x.a e", "a b c d e f g", "*.b x.a *.x.a z"];
    let chains = [Proofs::Nsec, hashed(0, false), hashed(1, false), hashed(2, true)];
    let wanted = [RrType::NSEC, RrType::NSEC3, RrType::A];
    let each = |names| chains.clone().map(|chain| records(names, chain, &wanted)).concat();
    let soas = [10, 3600].map(|ttl| counted_down("a", Proofs::Nsec, &[RrType::SOA], ttl)).concat();
    names.into_iter().flat_map(each).chain(soas).collect()
}

#[test]
fn whatever_comes_in_whichever_order_no_two_spans_overlap_and_all_is_counted() {
    let pool = answers();
    let one = (0..pool.len(), 0..pool.len(), 0..5_u64, 0..40_u8);
    let series = proptest::collection::vec(one, 60);
    let mut runner = TestRunner::deterministic();
    let mut fullest = 0;
    for _ in 0..24 {
        let mut zone = zone_with(&[]);
        let mut now = 1;
        for (first, second, wait, trim) in series.new_tree(&mut runner).expect("puts").current() {
            now += wait;
            zone.put(&[pool[first].clone(), pool[second].clone()], at(now), LONGEST);
            if trim == 0 {
                zone.trim(zone.octets() * 2 / 3);
            }
            assert_consistent(&zone);
            fullest = fullest.max(zone.by_age.len());
        }
    }
    assert!(fullest > 10, "{fullest}");
}
