//! What it costs: nothing that a verdict could depend on, and no more octets than are given.

use bailiwick::model::Checking;

use super::*;

/// RFC 8198 appendix A: errors fall back to asking. The hashes for two zones that settle nothing are more than their part of
/// what one question may cost, but the proof that the servers send is paid apart.
#[tokio::test(start_paused = true)]
async fn rfc8198_a_running_out_of_hashes_falls_back_to_asking() {
    let zone = signed("z.test.", RECORDS).chain(nsec3(50));
    let world = World::with_test(signed("test.", "").chain(nsec3(50)), [("z", zone)]);
    let bench = Trial::of(&world).settings(|s| s.limits.nsec3_hashes = 4 * 51 + 7).bench();
    bench.expect(("no.test.", "A", NO_NAME)).await;
    let mut paid = 0;
    for asked in ["b", "c", "e", "f", "g", "h", "i", "j"] {
        let asked = format!("{asked}.z.test.");
        let before = bench.network.queries();
        let answer = bench.ask(&asked, "A").await;
        bench.assert(&asked, &answer, RrType::A, NO_NAME);
        paid += u32::from(bench.network.queries() > before);
    }
    assert!(paid > 2, "{paid}");
}

/// What takes long to prove keeps no other client waiting: it is not answered at once, but without a server all the same.
#[tokio::test(start_paused = true)]
async fn rfc8198_a_many_hashes_are_not_computed_at_once() {
    let world = World::new([("z", signed("z.test.", RECORDS).chain(nsec3(50)))]);
    let bench = Bench::new(&world);
    for asked in ["b.z.test.", "c.z.test.", "e.z.test.", "f.z.test.", "g.z.test.", "h.z.test."] {
        bench.expect((asked, "A", NO_NAME)).await;
    }
    let at_once = |asked: &str| {
        bench.resolver.answer_from_cache(&question(asked, "A"), Checking::Enabled).is_some()
    };
    assert!(at_once("bb.z.test."));
    let deep = "6.5.4.3.2.1.bb.z.test.";
    assert!(!at_once(deep));
    assert_eq!(cost(&bench, (deep, "A", NO_NAME)).await, Free);
}

/// A flood of names that are denied by what is known leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_what_is_settled_is_not_kept() {
    let bench = Bench::new(&world());
    bench.expect(("b.z.test.", "A", NO_NAME)).await;
    let cache = &bench.shared.cache;
    let asked = bench.network.queries();
    let held = || format!("{:?} {:?} {:?}", cache.findings, cache.failures, cache.denials);
    let before = held();
    for number in 0..100 {
        let asked = format!("b{number}.z.test.");
        bench.ask(&asked, "A").await;
        bench.explain(&asked, "A").await;
    }
    assert_eq!((held(), bench.network.queries()), (before, asked));
}

/// RFC 8198 section 5: without a whole proof at hand the servers are asked.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_a_part_of_a_proof_settles_nothing() {
    let world = world();
    let steps = &[
        (("x.ent.z.test.", "A", NO_DATA), Paid), // x.ent -> m: no wildcard is denied by it
        (("l.z.test.", "A", NO_NAME), Paid),
        (("k.z.test.", "A", NO_NAME), Free),
        (("p.z.test.", "A", NO_NAME), Paid), // ns1 -> sub
    ];
    follow(&world, &settings(&world), steps).await;
}

/// A flood of names in one zone puts out neither what is known of others nor more than its share.
#[tokio::test(start_paused = true)]
async fn a_zone_has_its_share_and_no_more() {
    let names: String = (0..120).map(|n| format!("n{n:03} A 198.51.100.1\n")).collect();
    let world =
        World::new([("z", signed("z.test.", RECORDS)), ("big", signed("big.test.", &names))]);
    let bench = Trial::of(&world).settings(|s| s.cache_octets = 1 << 20).bench();
    bench.expect(("b.z.test.", "A", NO_NAME)).await;
    let limit = (1 << 20) / 100 * 8;
    for number in 0..120 {
        let answer = bench.ask(&format!("n{number:03}x.big.test."), "A").await;
        assert!(answer.security.is_secure(), "{}", tell(&answer));
        let held = bench.shared.cache.denials.octets();
        assert!(held <= limit, "{held} of {limit}");
    }
    assert!(bench.shared.cache.denials.octets() > limit / 8);
    assert_eq!(cost(&bench, ("bb.z.test.", "A", NO_NAME)).await, Free);
    assert_eq!(cost(&bench, ("n119y.big.test.", "A", NO_NAME)).await, Free);
    assert_eq!(cost(&bench, ("n002y.big.test.", "A", NO_NAME)).await, Paid);
}
