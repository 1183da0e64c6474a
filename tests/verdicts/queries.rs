//! What the questions to servers say, and whom they go to (RFC 4035 section 4).

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use bailiwick::wire::{Message, RrType};

use crate::asking::*;
use crate::world::*;

type Queries = Rc<RefCell<Vec<(IpAddr, Message)>>>;

fn world() -> World {
    World::new([("v", signed("v.test.", "www A 198.51.100.1\n"))])
}

/// Every query that one question makes on a cold cache.
async fn queries(world: &World) -> Vec<(IpAddr, Message)> {
    let seen = Queries::default();
    let sink = Rc::clone(&seen);
    let bench = Bench::new(world).hooked(Box::new(move |passing| {
        sink.borrow_mut().push((passing.from, passing.query.clone()));
        true
    }));
    bench.expect(("www.v.test.", "A", SECURE)).await;
    seen.take()
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_1_and_rfc6891_s6_2_3_do_and_a_size_go_with_every_query() {
    for (_, query) in queries(&world()).await {
        let edns = query.edns.as_ref().expect("an OPT record");
        assert!(edns.dnssec_ok, "{query:?}");
        assert!(edns.udp_size >= 1220, "{query:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_6_ad_is_clear_in_every_query() {
    for (_, query) in queries(&world()).await {
        assert!(!query.header.flags.authentic_data, "{query:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_2_and_s5_2_a_ds_is_asked_of_the_parent() {
    let world = world();
    let asked: Vec<_> = queries(&world)
        .await
        .into_iter()
        .filter(|(_, query)| query.questions[0].rtype == RrType::DS)
        .map(|(server, query)| (query.questions[0].name.clone(), server))
        .collect();
    for (zone, server) in asked {
        let parent = if zone == name("test.") { "root" } else { "test" };
        assert_eq!(server, world.host(parent), "{zone}");
    }
    // Asked for outright, too.
    let bench = Bench::new(&world);
    bench.expect(("v.test.", "DS", SECURE)).await;
    bench.expect(("v.test.", "SOA", SECURE)).await;
}
