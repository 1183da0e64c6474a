//! How long it settles questions: RFC 8198 section 5.4, RFC 9077.

use std::time::Duration;

use bailiwick::wire::{Message, RrType};

use super::*;
use crate::forging::{Forgery, key_of_zone, on};

fn ttls(answer: &Answer) -> Vec<u32> {
    answer.answer.iter().chain(&answer.authority).map(|set| set.ttl).collect()
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// SOA TTL 3600, MINIMUM 300; NSEC with the TTL of `alter`.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_4_no_longer_than_the_soa_says() {
    let alter = |reply: &mut Message| {
        for set in reply.authority.iter_mut().filter(|set| set.rtype == RrType::NSEC) {
            set.ttl = 90_000;
            let forgery = Forgery::of(set, "z.test.", key_of_zone("z.test."));
            set.signatures = vec![forgery.rdata(set)];
        }
    };
    let bench = Bench::new(&world()).hooked(on("b.z.test.", RrType::A, alter));
    assert_eq!(cost(&bench, ("b.z.test.", "A", NO_NAME)).await, Paid);
    wait(100).await;
    assert_eq!(cost(&bench, ("bb.z.test.", "A", NO_NAME)).await, Free);
    let answer = bench.ask("bc.z.test.", "A").await;
    let left = ttls(&answer);
    assert!(left.len() == 3 && left.iter().all(|ttl| (190..=200).contains(ttl)), "{left:?}");
    wait(190).await;
    assert_eq!(cost(&bench, ("bd.z.test.", "A", NO_NAME)).await, Free);
    wait(11).await;
    assert_eq!(cost(&bench, ("be.z.test.", "A", NO_NAME)).await, Paid);
    assert_eq!(cost(&bench, ("bf.z.test.", "A", NO_NAME)).await, Free);
}

/// What one question brought without an SOA is held to the SOA that another brings.
#[tokio::test(start_paused = true)]
async fn rfc9077_s3_an_nsec_that_came_without_its_soa() {
    let alter = |reply: &mut Message| {
        for set in reply.authority.iter_mut().filter(|set| set.rtype == RrType::NSEC) {
            set.ttl = 90_000;
            let forgery = Forgery::of(set, "z.test.", key_of_zone("z.test."));
            set.signatures = vec![forgery.rdata(set)];
        }
    };
    let bench = Bench::new(&world()).hooked(on("q.w.z.test.", RrType::A, alter));
    assert_eq!(cost(&bench, ("q.w.z.test.", "A", SECURE)).await, Paid);
    wait(1_000).await;
    // Capped by cache.max-negative-ttl alone, so far.
    assert_eq!(cost(&bench, ("r.w.z.test.", "A", SECURE)).await, Free);
    assert_eq!(cost(&bench, ("b.z.test.", "A", NO_NAME)).await, Paid);
    assert_eq!(cost(&bench, ("s.w.z.test.", "A", SECURE)).await, Paid);
    assert_eq!(cost(&bench, ("t.w.z.test.", "A", SECURE)).await, Free);
}

/// RFC 8198 section 7: until the signatures expire, too.
#[tokio::test(start_paused = true)]
async fn rfc8198_s7_not_beyond_the_signature() {
    let alter = |reply: &mut Message| {
        for set in reply.authority.iter_mut().filter(|set| set.rtype == RrType::NSEC) {
            let mut forgery = Forgery::of(set, "z.test.", key_of_zone("z.test."));
            forgery.expiration = u32::try_from(WALL + 50).expect("before 2106");
            set.signatures = vec![forgery.rdata(set)];
        }
    };
    let bench = Bench::new(&world()).hooked(on("b.z.test.", RrType::A, alter));
    assert_eq!(cost(&bench, ("b.z.test.", "A", NO_NAME)).await, Paid);
    wait(40).await;
    assert_eq!(cost(&bench, ("bb.z.test.", "A", NO_NAME)).await, Free);
    wait(11).await;
    assert_eq!(cost(&bench, ("bc.z.test.", "A", NO_NAME)).await, Paid);
}
