//! The built-in Internet itself: how long it takes, and its hints and anchors as text.

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::lab::Internet;
use crate::wire::read_records;

#[test]
fn all_is_signed_within_a_blink() {
    let start = SystemClock.now();
    let internet = Internet::new(WALL).expect("built in");
    let took = SystemClock.now().since(start);
    assert!(internet.cases().len() > 80 && internet.servers().len() > 8);
    assert!(took.as_millis() < 1000, "{took:?}"); // 100 ms when the machine is not shared
    println!("{took:?}");
}

#[test]
fn hints_and_anchors_read_back_from_their_text() {
    let internet = Internet::new(WALL).expect("built in");
    let records = |text: &str| read_records(text, &Name::root(), 0).expect("records");
    let hints = records(&internet.hints_text());
    let addresses = internet.hints().servers.iter().map(|server| server.addresses.len());
    assert_eq!(hints.len(), internet.hints().servers.len() + addresses.sum::<usize>());
    let anchors = records(&internet.anchors_text());
    assert_eq!(anchors.len(), 1);
    assert_eq!(*anchors[0].rdata, *internet.anchors()[0].rdata());
}
