//! Signatures, hashes and proofs.

use std::sync::Arc;

use bailiwick::cache::Cache;
use bailiwick::clock::{Clock, SystemClock};
use bailiwick::dnssec::denial::prove_name_error;
use bailiwick::dnssec::{
    Budget, Evidence, Limits, Policy, TrustAnchor, Vouch, ZoneKeys, nsec3_hash, verify_rrset,
    zone_keys,
};
use bailiwick::lab::{Zone, respond};
use bailiwick::wire::rdata::Nsec3Params;
use bailiwick::wire::{RrSet, RrType};
use divan::Bencher;

use crate::world::{name, query, question, zone};

/// A zone of the lab for each algorithm.
const ZONES: [&str; 7] = ["rsasha1", "rsasha256", "rsasha512", "p256", "p384", "ed25519", "ed448"];

fn budget() -> Budget {
    Budget::new(Limits::default(), SystemClock.now())
}

/// The keys of `zone`, vouched for by an anchor.
fn keys(zone: &Zone) -> ZoneKeys {
    let apex = zone.apex();
    let dnskey = zone.get(apex, RrType::DNSKEY).expect("a signed zone");
    let anchor = |rdata: &bailiwick::wire::Rdata| {
        TrustAnchor::new(apex.clone(), RrType::DNSKEY, rdata.clone(), "bench".into())
    };
    let vouch = Vouch::Anchors(dnskey.rdatas.iter().filter_map(anchor).collect());
    zone_keys(apex, dnskey, &vouch, SystemClock.moment(), &Policy::default(), &budget())
        .expect("keys that sign themselves")
}

/// An address and its signature, and the keys of the zone.
fn signed(label: &str) -> (RrSet, ZoneKeys) {
    let zone = zone(&format!("{label}.test."));
    let set = zone.get(&name(&format!("www.{label}.test.")), RrType::A).expect("an address");
    (set.clone(), keys(&zone))
}

#[divan::bench(args = ZONES)]
fn check_signature(bencher: Bencher<'_, '_>, label: &str) {
    let ((set, keys), policy, moment) = (signed(label), Policy::default(), SystemClock.moment());
    bencher.with_inputs(budget).bench_local_refs(|budget| {
        verify_rrset(&set, &keys, moment, &policy, budget).expect("a good signature")
    });
}

/// One that was found good before.
#[divan::bench(args = ["p256"])]
fn recall_signature(bencher: Bencher<'_, '_>, label: &str) {
    let ((set, keys), policy, moment) = (signed(label), Policy::default(), SystemClock.moment());
    let cache = Cache::new(1 << 24);
    bencher
        .with_inputs(|| budget().recalling(Arc::clone(&cache.signatures) as _))
        .bench_local_refs(|budget| {
            verify_rrset(&set, &keys, moment, &policy, budget).expect("a good signature")
        });
}

#[divan::bench(args = [0, 10, 50])]
fn hash_of_nsec3(bencher: Bencher<'_, '_>, iterations: u16) {
    let (name, salt) = (name("no.such.name.nsec3-test."), [0xab; 8]);
    let params = Nsec3Params { hash_algorithm: 1, iterations, salt: &salt };
    bencher.bench_local(|| nsec3_hash(&name, &params));
}

/// The proof of a name error, its signatures recalled.
#[divan::bench(args = ["nsec.test.", "nsec3.nsec3-test."])]
fn prove_denial(bencher: Bencher<'_, '_>, apex: &str) {
    let (zone, policy, moment) = (zone(apex), Policy::default(), SystemClock.moment());
    let (keys, denied, cache) = (keys(&zone), format!("no.way.{apex}"), Cache::new(1 << 24));
    let response = respond(&[zone], &query(question(&denied, RrType::A), true));
    let denied = name(&denied);
    bencher
        .with_inputs(|| budget().recalling(Arc::clone(&cache.signatures) as _))
        .bench_local_refs(|budget| {
            let mut evidence = Evidence::new(&response.authority, &keys, moment, &policy, budget);
            prove_name_error(&denied, &mut evidence).expect("a proof")
        });
}
