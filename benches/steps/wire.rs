//! Octets to messages and back.

use bailiwick::lab::respond;
use bailiwick::wire::{Message, RrType, compose};
use divan::Bencher;

use crate::world::{query, question, zone};

/// A positive answer with its signature, and a denial with three NSEC3 records and theirs.
const RESPONSES: [(&str, &str); 2] =
    [("p256.test.", "www.p256.test."), ("nsec3.nsec3-test.", "no.way.nsec3.nsec3-test.")];

fn response(owner: &str, apex: &str) -> Message {
    respond(&[zone(apex)], &query(question(owner, RrType::A), true))
}

#[divan::bench(args = RESPONSES)]
fn parse_response(bencher: Bencher<'_, '_>, (apex, owner): (&str, &str)) {
    let octets = compose(&response(owner, apex), 1232, true);
    bencher.bench(|| Message::parse(&octets).expect("a message"));
}

#[divan::bench(args = RESPONSES)]
fn compose_response(bencher: Bencher<'_, '_>, (apex, owner): (&str, &str)) {
    let message = response(owner, apex);
    bencher.bench_local(|| compose(&message, 1232, true));
}
