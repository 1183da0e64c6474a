//! From the octets of a query to those of its reply, and what lies behind.

use std::rc::Rc;
use std::sync::Arc;

use bailiwick::model::Checking;
use bailiwick::server::{Limits, Outcome, Service, ServiceOptions, Transport};
use bailiwick::wire::{Question, RrType};
use divan::{Bencher, black_box};

use crate::world::{CLIENT, World, octets, question};

fn service(world: &World) -> Rc<Service> {
    Service::new(Arc::new(ServiceOptions::default()), Rc::clone(&world.resolver) as _)
}

/// The length of the reply, which is written to `out`.
fn reply(service: &Service, query: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    let outcome = service.take(query, CLIENT, Transport::Udp, out);
    assert!(matches!(outcome, Outcome::Reply), "the answer is in the cache");
    out.len()
}

/// The answer is in the cache.
#[divan::bench(args = [false, true])]
fn hot_with_do(bencher: Bencher<'_, '_>, dnssec_ok: bool) {
    let world = World::warm("www.p256.test.", RrType::A);
    let (service, query) =
        (service(&world), octets(question("www.p256.test.", RrType::A), dnssec_ok));
    let mut out = Vec::new();
    bencher.bench_local(|| reply(&service, black_box(&query), &mut out));
}

/// The same, where no reply is kept ready: a name that is asked for the first time again.
#[divan::bench(args = [false, true])]
fn cached_with_do(bencher: Bencher<'_, '_>, dnssec_ok: bool) {
    let world = World::warm("www.p256.test.", RrType::A);
    let limits = Limits { ready_replies: 0, ..Limits::default() };
    let options = ServiceOptions { limits, ..ServiceOptions::default() };
    let service = Service::new(Arc::new(options), Rc::clone(&world.resolver) as _);
    let query = octets(question("www.p256.test.", RrType::A), dnssec_ok);
    let mut out = Vec::new();
    bencher.bench_local(|| reply(&service, black_box(&query), &mut out));
}

/// Each name is another, and denied by what was proven for the first.
#[divan::bench(args = ["nsec.test.", "nsec3.nsec3-test."])]
fn denied_by_what_is_known(bencher: Bencher<'_, '_>, apex: &str) {
    let world = World::warm(&format!("no0.{apex}"), RrType::A);
    (0..40).for_each(|n| drop(world.resolve(&new_name(n, apex)))); // most of the chain
    let (service, mut out, mut n) = (service(&world), Vec::new(), 40);
    let mut next = || {
        n += 1;
        new_name(n, apex)
    };
    let known = |question: &Question| {
        world.resolver.answer_from_cache(question, Checking::Enabled).is_some()
    };
    bencher
        .with_inputs(|| octets(std::iter::repeat_with(&mut next).find(known).expect("one"), true))
        .bench_local_refs(|query| reply(&service, query, &mut out));
}

fn new_name(n: u32, apex: &str) -> Question {
    question(&format!("no{n}.{apex}"), RrType::A)
}

/// All of the chain of trust asked for and checked, the work of the lab's servers in the same thread included.
#[divan::bench]
fn cold_name_with_servers(bencher: Bencher<'_, '_>) {
    let question = question("www.p256.test.", RrType::A);
    bencher.with_inputs(World::new).bench_local_refs(|world| world.resolve(&question));
}
