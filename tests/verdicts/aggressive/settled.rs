//! What is settled: RFC 8198 sections 5.1 to 5.3, with NSEC, whose order shows which record each question needs.

use bailiwick::trace::Step;
use bailiwick::wire::RrType;

use super::*;

#[tokio::test(start_paused = true)]
async fn rfc8198_s5_1_names_and_types_that_nsec_denies() {
    let world = world();
    let steps = &[
        (("b.z.test.", "A", NO_NAME), Paid), // alias -> cut, and the apex -> a for the wildcard
        (("bb.z.test.", "A", NO_NAME), Free),
        (("BB.Z.TEST.", "A", NO_NAME), Free),
        (("x.y.b.z.test.", "MX", NO_NAME), Free),
        (("c.z.test.", "DS", NO_NAME), Free),
        (("x.alias.z.test.", "A", NO_NAME), Free), // nothing is below an alias
        (("bb.z.test.", "ANY", NO_NAME), Free),
        (("bb.z.test.", "RRSIG", NO_NAME), Free),
        (("z.test.", "MX", NO_DATA), Free),
        (("z.test.", "SOA", SECURE), Paid),
        (("z.test.", "RRSIG", INSECURE), Paid),
        (("z.test.", "NSEC", SECURE), Paid),
        (("a.z.test.", "AAAA", NO_DATA), Paid),
        (("a.z.test.", "MX", NO_DATA), Free),
        (("a.z.test.", "A", SECURE), Paid),
        (("aa.z.test.", "A", NO_NAME), Free),
        (("ent.z.test.", "A", NO_DATA), Paid), // d -> x.ent: d has a DNAME, but ent is not below it
        (("ent.z.test.", "MX", NO_DATA), Free),
        (("e.z.test.", "A", NO_NAME), Free),
        (("y.ent.z.test.", "A", NO_NAME), Paid),
        (("z.ent.z.test.", "A", NO_NAME), Free),
    ];
    follow(&world, &settings(&world), steps).await;
}

#[tokio::test(start_paused = true)]
async fn rfc8198_s5_each_link_of_a_chain_of_aliases_may_be_settled() {
    let elsewhere = signed("e.test.", "to CNAME bb.z.test.\n");
    let world = World::new([("z", signed("z.test.", RECORDS)), ("e", elsewhere)]);
    let bench = Bench::new(&world);
    assert_eq!(cost(&bench, ("b.z.test.", "A", NO_NAME)).await, Paid);
    let answer = bench.ask("to.e.test.", "A").await;
    bench.assert("to.e.test. A", &answer, RrType::A, NO_NAME);
    let transcript = bench.network.transcript();
    assert!(!transcript.contains("bb.z.test."), "{transcript}");
    let cold = Bench::new(&world).ask("to.e.test.", "A").await;
    assert_eq!(content(&answer), content(&cold));
}

/// NSEC3: a few denials hold all spans of a small zone.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_2_names_and_types_that_nsec3_denies() {
    let zone = signed("z.test.", RECORDS).chain(nsec3(2));
    let world = World::new([("z", zone)]);
    let bench = Bench::new(&world);
    for number in 0..60 {
        let row = format!("{number}.z.test.");
        let answer = bench.ask(&row, "A").await;
        bench.assert(&row, &answer, RrType::A, NO_NAME);
    }
    for (row, expected) in [
        (("new.z.test.", "A", NO_NAME), Free),
        (("x.y.new.z.test.", "DS", NO_NAME), Free),
        (("z.test.", "MX", NO_DATA), Free),
        (("a.z.test.", "A", SECURE), Paid), // covered by no span: it is the start of one
        (("a.z.test.", "MX", NO_DATA), Free),
        (("ent.z.test.", "A", NO_DATA), Free),
        (("x.ent.z.test.", "A", NO_DATA), Free),
        (("y.ent.z.test.", "A", NO_NAME), Free),
        (("y.w.z.test.", "MX", NO_DATA), Free),
        (("y.w.z.test.", "A", SECURE), Paid), // the wildcard's record is not there yet
        (("q.w.z.test.", "A", SECURE), Free),
        (("y.d.z.test.", "A", NO_NAME), Paid), // a DNAME answers for what is below it
        (("new.z.test.", "NSEC3", NO_NAME), Free),
    ] {
        assert_eq!(cost(&bench, row).await, expected, "{} {}", row.0, row.1);
        let answer = bench.ask(row.0, row.1).await;
        let cold = Bench::new(&world).ask(row.0, row.1).await;
        assert_eq!(content(&answer), content(&cold), "{} {}", row.0, row.1);
    }
}

/// RFC 8198 section 5.3: with the wildcard's record at hand it answers; without, the servers are asked.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_3_wildcards() {
    let world = world();
    let steps = &[
        (("q.w.z.test.", "A", SECURE), Paid), // *.w -> the apex
        (("r.w.z.test.", "A", SECURE), Free),
        (("x.y.r.w.z.test.", "A", SECURE), Free),
        (("r.w.z.test.", "TXT", SECURE), Paid),
        (("s.w.z.test.", "TXT", SECURE), Free),
        (("r.w.z.test.", "ANY", SECURE), Paid),
        (("r.w.z.test.", "DS", NO_DATA), Paid), // there was no SOA yet
        (("s.w.z.test.", "DS", NO_DATA), Free),
        (("s.w.z.test.", "MX", NO_DATA), Free),
        (("x.to.z.test.", "A", SECURE), Paid),
        (("y.to.z.test.", "CNAME", SECURE), Free),
        (("y.to.z.test.", "A", SECURE), Free),
        (("*.w.z.test.", "MX", NO_DATA), Free),
        (("x.*.w.z.test.", "A", NO_NAME), Free),
        (("w.z.test.", "A", NO_DATA), Free), // *.to -> *.w,
    ];
    follow(&world, &settings(&world), steps).await;
}

/// The wildcard asked for by its own name is the source of synthesis as well.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_3_the_source_of_synthesis_by_its_own_name() {
    let world = world();
    let steps = &[
        (("*.w.z.test.", "A", SECURE), Paid),
        (("q.w.z.test.", "A", SECURE), Paid), // no proof yet that q is not there
        (("r.w.z.test.", "A", SECURE), Free),
        (("q.w.z.test.", "TXT", SECURE), Paid),
    ];
    follow(&world, &settings(&world), steps).await;
    let bench = Bench::new(&world);
    for (row, expected) in [
        (("q.w.z.test.", "MX", NO_DATA), Paid),
        (("*.w.z.test.", "A", SECURE), Paid),
        (("r.w.z.test.", "A", SECURE), Free),
    ] {
        assert_eq!(cost(&bench, row).await, expected, "{} {}", row.0, row.1);
    }
}

/// RFC 4035 section 5.2: the parent's NSEC at a zone cut speaks about DS, and about nothing else at or below it.
#[tokio::test(start_paused = true)]
async fn rfc8198_b_the_nsec_at_a_zone_cut_serves_for_ds_alone() {
    let world = world();
    let steps = &[
        (("cv.z.test.", "A", NO_NAME), Paid), // cut -> d
        (("cw.z.test.", "A", NO_NAME), Free),
        (("cut.z.test.", "DS", NO_DATA), Free),
        (("cut.z.test.", "A", INSECURE_NO_DATA), Paid),
        (("cut.z.test.", "TXT", INSECURE_NO_DATA), Paid),
        (("x.cut.z.test.", "A", INSECURE_NO_NAME), Paid),
        (("y.cut.z.test.", "DS", INSECURE_NO_NAME), Paid),
        (("su.z.test.", "A", NO_NAME), Paid),
        (("suc.z.test.", "A", NO_NAME), Paid), // sub -> *.to
        (("sud.z.test.", "A", NO_NAME), Free),
        (("sub.z.test.", "A", NO_DATA), Paid),
        (("x.sub.z.test.", "A", NO_NAME), Paid),
        (("y.sub.z.test.", "A", NO_NAME), Free),
    ];
    follow(&world, &settings(&world), steps).await;
}

/// RFC 6672 section 5.3.4.1: an NSEC with the DNAME bit says nothing about names below it.
#[tokio::test(start_paused = true)]
async fn rfc8198_s5_1_below_a_dname_nothing_is_settled() {
    let world = world();
    let steps = &[
        (("d.z.test.", "A", NO_DATA), Paid), // d -> x.ent
        (("d.z.test.", "MX", NO_DATA), Free),
        (("e.z.test.", "A", NO_NAME), Paid), // for the wildcard
        (("ee.z.test.", "A", NO_NAME), Free),
        (("y.d.z.test.", "A", NO_NAME), Paid),
        (("d.z.test.", "DNAME", SECURE), Paid),
    ];
    follow(&world, &settings(&world), steps).await;
}

#[tokio::test(start_paused = true)]
async fn what_settles_a_question_is_told() {
    let world = world();
    let bench = Bench::new(&world);
    bench.expect(("b.z.test.", "A", NO_NAME)).await;
    let (answer, steps) = bench.explain("bb.z.test.", "A").await;
    bench.assert("bb.z.test. A", &answer, RrType::A, NO_NAME);
    let deduced = steps.iter().any(|step| {
        matches!(step, Step::Deduced { zone, what, .. }
            if *zone == name("z.test.") && what.contains("does not exist"))
    });
    let asked = steps.iter().any(|step| matches!(step, Step::Asked { .. }));
    assert!(deduced && !asked, "{steps:?}");
}
