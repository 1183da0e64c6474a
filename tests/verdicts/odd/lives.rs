//! How long things live: RFC 4035 section 5.3.3, RFC 2308 section 5, RFC 9077.

use std::time::Duration;

use bailiwick::model::Answer;
use bailiwick::wire::{Message, RrType};

use crate::asking::*;
use crate::forging::{Forgery, key_of_zone, on};
use crate::world::*;

fn world() -> World {
    World::new([("k", signed("k.test.", "www 3600 A 198.51.100.1\n"))])
}

fn ttls(answer: &Answer) -> Vec<u32> {
    answer.answer.iter().chain(&answer.authority).map(|set| set.ttl).collect()
}

/// The answer to `www.k.test. A` with a signature that `change` made, and its TTL on the wire.
async fn live(ttl: u32, change: impl Fn(&mut Forgery<'_>) + 'static) -> Bench {
    let alter = move |reply: &mut Message| {
        let Some(set) = reply.answer.first_mut() else { return };
        let mut forgery = Forgery::of(set, "k.test.", key_of_zone("k.test."));
        change(&mut forgery);
        set.signatures = vec![forgery.rdata(set)];
        set.ttl = ttl;
    };
    Bench::new(&world()).hooked(on("www.k.test.", RrType::A, alter))
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s5_3_3_ttls_end_with_the_signature_and_at_the_original() {
    let soon = u32::try_from(WALL + 100).expect("before 2106");
    let expiring = live(3600, move |forgery| forgery.expiration = soon).await;
    let answer = expiring.ask("www.k.test.", "A").await;
    assert!(
        answer.security.is_secure() && (90..=100).contains(&ttls(&answer)[0]),
        "{}",
        tell(&answer)
    );
    tokio::time::sleep(Duration::from_secs(101)).await;
    let later = expiring.ask("www.k.test.", "A").await;
    assert!(later.security.is_bogus(), "{}", tell(&later));
    let original = live(3600, |forgery| forgery.original_ttl = 77).await;
    let answer = original.ask("www.k.test.", "A").await;
    assert!(answer.security.is_secure() && ttls(&answer)[0] <= 77, "{}", tell(&answer));
    let stretched = live(500_000, |_| ()).await;
    let answer = stretched.ask("www.k.test.", "A").await;
    assert!(answer.security.is_secure() && ttls(&answer)[0] <= 3600, "{}", tell(&answer));
}

/// SOA TTL 3600, MINIMUM 300 (`Site`), NSEC by the lab 300, or here longer.
#[tokio::test(start_paused = true)]
async fn rfc9077_s3_denials_live_by_their_soa() {
    let alter = |reply: &mut Message| {
        for set in reply.authority.iter_mut().filter(|set| set.rtype == RrType::NSEC) {
            set.ttl = 90_000;
            let forgery = Forgery::of(set, "k.test.", key_of_zone("k.test."));
            set.signatures = vec![forgery.rdata(set)];
        }
    };
    let bench = Bench::new(&world()).hooked(on("no.k.test.", RrType::A, alter));
    let answer = bench.ask("no.k.test.", "A").await;
    assert!(answer.security.is_secure(), "{}", tell(&answer));
    assert!(ttls(&answer).iter().all(|ttl| *ttl <= 300), "{:?}", ttls(&answer));
    let sent = bench.network.queries();
    tokio::time::sleep(Duration::from_secs(290)).await;
    bench.expect(("no.k.test.", "A", NO_NAME)).await;
    assert_eq!(bench.network.queries(), sent);
    tokio::time::sleep(Duration::from_secs(20)).await;
    bench.expect(("no.k.test.", "A", NO_NAME)).await;
    assert!(bench.network.queries() > sent);
}

/// What comes back as it was is not verified once more: neither the RRset nor the chain of trust above it.
#[tokio::test(start_paused = true)]
async fn what_is_fetched_again_unchanged_costs_no_check() {
    let bench = Bench::new(&world());
    let (answer, first) = bench.cost("www.k.test.", "A").await;
    assert!(answer.security.is_secure(), "{}", tell(&answer));
    assert!(first.good_signatures >= 3 && first.known_signatures == 0, "{first:?}");
    tokio::time::sleep(Duration::from_secs(86_401)).await;
    let (answer, again) = bench.cost("www.k.test.", "A").await;
    assert!(answer.security.is_secure(), "{}", tell(&answer));
    assert_eq!(again.good_signatures, 0, "{again:?}");
    assert_eq!(again.known_signatures, first.good_signatures, "{again:?}");
}
