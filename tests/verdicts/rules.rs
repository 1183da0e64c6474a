//! What single sections demand of the whole resolver.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Hook, Site};
use bailiwick::model::Checking;
use bailiwick::wire::{EdeCode, Message, RrType};

use crate::asking::*;
use crate::forging::on;
use crate::world::*;

type Queries = Rc<RefCell<Vec<(IpAddr, Message)>>>;

fn world() -> World {
    World::new([
        ("v", signed("v.test.", "www A 198.51.100.1\nd DNAME o.test.\n")),
        ("o", signed("o.test.", "www A 198.51.100.2\n").chain(nsec3(0))),
        ("u", Site::unsigned("u.test.", "www A 198.51.100.3\n")),
    ])
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

/// The signatures of one answer are lost on the way.
fn unsigned(owner: &str) -> Hook {
    on(owner, RrType::A, |reply| reply.answer.iter_mut().for_each(|set| set.signatures.clear()))
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s3_2_2_and_s5_5_what_fails_is_servfail_without_cd_and_whole_with_it() {
    let world = world();
    let failed = bogus(EdeCode::RRSIGS_MISSING);
    let bench = Bench::new(&world).hooked(unsigned("www.v.test."));
    bench.expect(("www.v.test.", "A", failed)).await;
    let answer = bench.ask_checking("www.v.test.", "A", Checking::Disabled).await;
    assert!(answer.answer.len() == 1 && !answer.security.is_secure(), "{}", tell(&answer));
    bench.expect(("www.v.test.", "A", failed)).await;
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_3_it_is_known_what_should_be_signed() {
    let world = world();
    let bench = Bench::new(&world).hooked(unsigned("www.v.test."));
    bench.expect(("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))).await;
    bench.expect(("www.u.test.", "A", INSECURE)).await;
    bench.expect(("www.o.test.", "A", SECURE)).await;
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_6_ad_and_cd_of_responses_mean_nothing() {
    let world = world();
    for (ad, cd) in [(false, false), (true, false), (false, true), (true, true)] {
        let claim = move |reply: &mut Message| {
            (reply.header.flags.authentic_data, reply.header.flags.checking_disabled) = (ad, cd);
        };
        let genuine = Bench::new(&world).hooked(on("www.v.test.", RrType::A, claim));
        genuine.expect(("www.v.test.", "A", SECURE)).await;
        let forged = Bench::new(&world).hooked(on("www.v.test.", RrType::A, move |reply| {
            claim(reply);
            reply.answer.iter_mut().for_each(|set| set.signatures.clear());
        }));
        forged.expect(("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_7_what_failed_is_kept_for_a_time_of_our_own() {
    let world = world();
    let failed = bogus(EdeCode::RRSIGS_MISSING);
    let bench = Bench::new(&world).hooked(unsigned("www.v.test."));
    bench.expect(("www.v.test.", "A", failed)).await;
    let sent = bench.network.queries();
    bench.expect(("www.v.test.", "A", failed)).await;
    assert_eq!(bench.network.queries(), sent, "no amplifier");
    bench.network.set_hook(Box::new(|_| true));
    tokio::time::sleep(Duration::from_secs(6)).await;
    bench.expect(("www.v.test.", "A", SECURE)).await;
}

/// What is done to the CNAME that a server made from a DNAME.
async fn with_cname(change: impl Fn(&mut Message) + 'static) {
    let world = world();
    let bench = Bench::new(&world).hooked(on("www.d.v.test.", RrType::A, change));
    let answer = bench.ask("www.d.v.test.", "A").await;
    bench.assert("www.d.v.test. A", &answer, RrType::A, SECURE);
    let cname = answer.answer.iter().find(|set| set.rtype == RrType::CNAME).expect("a CNAME");
    assert_eq!(cname.owner, name("www.d.v.test."));
    assert_eq!(*cname.rdatas[0], *name("www.o.test.").as_wire());
    assert!(cname.signatures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_8_a_signed_dname_covers_the_cname_made_from_it() {
    with_cname(|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn rfc6672_s3_1_a_cname_may_have_a_ttl_of_zero_or_that_of_its_dname() {
    for zero in [true, false] {
        with_cname(move |reply| {
            let sets = &mut reply.answer;
            let ttl = sets.iter().find(|s| s.rtype == RrType::DNAME).map_or(0, |s| s.ttl);
            for cname in sets.iter_mut().filter(|set| set.rtype == RrType::CNAME) {
                cname.ttl = if zero { 0 } else { ttl };
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn rfc6672_s3_4_the_cname_is_made_here_whatever_came() {
    with_cname(|reply| reply.answer.retain(|set| set.rtype != RrType::CNAME)).await;
    with_cname(|reply| {
        for cname in reply.answer.iter_mut().filter(|set| set.rtype == RrType::CNAME) {
            cname.rdatas = vec![name("evil.test.").as_wire().into()];
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc5155_s9_1_nsec3_records_come_from_the_cache_too() {
    let world = world();
    let bench = Bench::new(&world);
    let first = bench.ask("no.o.test.", "A").await;
    let sent = bench.network.queries();
    let second = bench.ask("no.o.test.", "A").await;
    assert_eq!(bench.network.queries(), sent);
    for answer in [first, second] {
        bench.assert("no.o.test. A", &answer, RrType::A, NO_NAME);
        assert!(answer.authority.iter().any(|set| set.rtype == RrType::NSEC3));
    }
}
