use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::cache::testing::{LONGEST, at, hashed, name, records};
use crate::dnssec::Spans;
use crate::lab::Chain as Proofs;
use crate::wire::RrType;

fn table(sets: &[Verified]) -> Denials {
    let denials = Denials::new(1 << 20);
    denials.put(sets, at(1), LONGEST);
    denials
}

/// Octets of all zones, counted anew.
fn recount(denials: &Denials) -> usize {
    let zones = denials.lock();
    let held = |entry: &Entry| entry.zone.read().expect("sound").octets();
    zones.by_apex.iter().map(|(_, entry)| ZONE_OVERHEAD + held(entry)).sum()
}

#[test]
fn nobody_waits_for_who_waits_for_a_zone() {
    let sets = records("a b", Proofs::Nsec, &[RrType::NSEC]);
    let denials = table(&sets);
    let shared = denials.lock().of(&name("example"));
    let busy = shared.read().expect("sound");
    thread::scope(|scope| {
        scope.spawn(|| denials.put(&sets, at(2), LONGEST));
        while Arc::strong_count(&shared) < 3 {
            thread::yield_now(); // until it has come to the zone's lock
        }
        let (done, other) = mpsc::channel();
        let denials = &denials;
        scope.spawn(move || done.send(denials.above(&name("other"), at(2)).next().is_none()));
        let other = other.recv_timeout(Duration::from_secs(10));
        drop(busy);
        assert_eq!(other, Ok(true));
    });
    assert_eq!(denials.octets(), recount(&denials));
}

#[test]
fn a_deduction_holds_no_lock_and_keeps_what_it_found() {
    let wanted = [RrType::SOA, RrType::NSEC, RrType::NSEC3];
    let new = records("a b c", Proofs::Nsec, &wanted);
    for proofs in [Proofs::Nsec, hashed(0, false)] {
        let denials = table(&records("a d", proofs, &wanted));
        let zone = denials.above(&name("example"), at(2)).next().expect("known");
        let chains = zone.chains();
        let [chain] = chains.as_slice() else { panic!("{chains:?}") };
        let found = chain.nsec(&name("b.example")).or_else(|| chain.nsec3(&[7; 20]));
        let found = found.expect("a span");
        denials.put(&new, at(2), LONGEST);
        assert_eq!(chain.aged(found).map(|set| set.ttl), Some(299));
        let again = chain.nsec(&name("b.example")).expect("the new one");
        assert_eq!(again.rrset().owner, name("b.example"));
        assert!(chain.aged(found).is_some() && chain.aged(again).is_some());
    }
}

#[test]
fn what_gave_way_is_counted_no_more() {
    let sets = records("a d *.w", Proofs::Nsec, &[RrType::SOA, RrType::NSEC, RrType::A]);
    let denials = table(&sets);
    assert_eq!(denials.octets(), recount(&denials));
    let apex = name("example");
    let zone = denials.lock().of(&apex);
    let gone = denials.lock().trim(0);
    assert_eq!((gone.len(), denials.octets()), (1, 0));
    denials.lock().account(&apex, &zone, 1_000);
    assert_eq!(denials.octets(), 0, "it is not there any more");
    denials.put(&sets, at(3), LONGEST);
    denials.lock().account(&apex, &zone, 1_000);
    assert_eq!(denials.octets(), recount(&denials), "another one took its place");
}
