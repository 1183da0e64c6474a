//! The cache of judged facts, with ten thousand names in it.

use std::sync::Arc;

use bailiwick::cache::Cache;
use bailiwick::clock::{Clock, Instant, SystemClock};
use bailiwick::model::{Checking, Finding};
use bailiwick::wire::{Name, RrType};
use divan::{Bencher, black_box};

use crate::world::{World, name};

const NAMES: usize = 10_000;

/// A full cache, the names in it, and what is known of one.
fn filled() -> (Arc<Cache>, Vec<Name>, Finding, Instant) {
    let world = World::warm("www.p256.test.", RrType::A);
    let (cache, now) = (Arc::clone(&world.shared.cache), SystemClock.now());
    let known = name("www.p256.test.");
    let found = cache.findings.get(&known, RrType::A, Checking::Enabled, now).expect("it is warm");
    let names: Vec<_> = (0..NAMES).map(|n| name(&format!("n{n}.p256.test."))).collect();
    for name in &names {
        cache.findings.put(name, RrType::A, Checking::Enabled, (*found).clone());
    }
    (cache, names, (*found).clone(), now)
}

#[divan::bench]
fn get(bencher: Bencher<'_, '_>) {
    let (cache, names, _, now) = filled();
    let mut turn = names.iter().cycle();
    bencher.with_inputs(|| turn.next().expect("it goes on")).bench_local_values(|name| {
        black_box(cache.findings.get(name, RrType::A, Checking::Enabled, now).is_some())
    });
}

#[divan::bench]
fn put(bencher: Bencher<'_, '_>) {
    let (cache, names, found, _) = filled();
    let mut turn = names.iter().cycle();
    bencher.with_inputs(|| (turn.next().expect("it goes on"), found.clone())).bench_local_values(
        |(name, found)| {
            cache.findings.put(name, RrType::A, Checking::Enabled, found);
        },
    );
}
