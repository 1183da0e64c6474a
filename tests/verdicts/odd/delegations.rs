//! Where zones are cut and who serves them.

use bailiwick::iterate::Minimization;
use bailiwick::lab::Site;

use crate::asking::*;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";

fn zone(apex: &str) -> Site {
    signed(apex, WWW)
}

fn plain(apex: &str) -> Site {
    Site::unsigned(apex, WWW)
}

/// The same whether names are minimised or not: all three ways find their cuts by other questions.
async fn expect(world: &World, rows: &[Row]) {
    Trial::of(world).expect(rows).await;
    for mode in [Minimization::Strict, Minimization::Off] {
        let trial = Trial::of(world).settings(|s| s.iterate.minimization = mode);
        trial.alone().expect(rows).await;
    }
}

#[tokio::test(start_paused = true)]
async fn parent_and_child_on_one_server_and_a_further_child_elsewhere() {
    let world = World::new([
        ("p", zone("p.test.")),
        ("p", zone("c.p.test.")),
        ("p", plain("u.p.test.")),
        ("q", zone("far.c.p.test.")),
        ("q", plain("plain.c.p.test.")),
        ("p", zone("x.y.p.test.")),
    ]);
    let rows = &[
        ("www.p.test.", "A", SECURE),
        ("www.c.p.test.", "A", SECURE),
        ("c.p.test.", "DS", SECURE),
        ("c.p.test.", "SOA", SECURE),
        ("c.p.test.", "MX", NO_DATA),
        ("no.c.p.test.", "A", NO_NAME),
        ("www.u.p.test.", "A", INSECURE),
        ("u.p.test.", "DS", NO_DATA),
        ("no.u.p.test.", "A", INSECURE_NO_NAME),
        ("www.far.c.p.test.", "A", SECURE),
        ("far.c.p.test.", "DS", SECURE),
        ("www.plain.c.p.test.", "A", INSECURE),
        ("plain.c.p.test.", "DS", NO_DATA),
        ("www.x.y.p.test.", "A", SECURE),
        ("x.y.p.test.", "DS", SECURE),
    ];
    expect(&world, rows).await;
}

#[tokio::test(start_paused = true)]
async fn three_zones_on_one_server() {
    let world = World::new([
        ("s", zone("a.test.")),
        ("s", zone("b.a.test.")),
        ("s", zone("c.b.a.test.")),
        ("s", plain("d.c.b.a.test.")),
        ("s", zone("e.d.c.b.a.test.")),
    ]);
    let rows = &[
        ("www.c.b.a.test.", "A", SECURE),
        ("c.b.a.test.", "DS", SECURE),
        ("b.a.test.", "DS", SECURE),
        ("www.d.c.b.a.test.", "A", INSECURE),
        ("d.c.b.a.test.", "DS", NO_DATA),
        ("www.e.d.c.b.a.test.", "A", INSECURE),
        ("no.c.b.a.test.", "A", NO_NAME),
        ("c.b.a.test.", "MX", NO_DATA),
    ];
    expect(&world, rows).await;
}

/// The grandparent's server serves the grandchild as well, and does not know the zone between: asked for the DS it denies it
/// from the grandchild's side (RFC 4035 section 4.2).
#[tokio::test(start_paused = true)]
async fn ds_at_the_grandparent() {
    let world = World::new([
        ("g", zone("g.test.")),
        ("p", zone("p.g.test.")),
        ("g", zone("c.p.g.test.")),
        ("g", plain("u.p.g.test.")),
    ]);
    let rows = &[
        ("www.c.p.g.test.", "A", SECURE),
        ("c.p.g.test.", "DS", SECURE),
        ("no.c.p.g.test.", "A", NO_NAME),
        ("www.u.p.g.test.", "A", INSECURE),
        ("u.p.g.test.", "DS", NO_DATA),
        ("www.p.g.test.", "A", SECURE),
    ];
    expect(&world, rows).await;
}

/// The top-level domain's servers serve the zones below it, too: no referral is ever seen.
#[tokio::test(start_paused = true)]
async fn everything_on_one_server() {
    let world = World::of([
        ("one", signed(".", "")),
        ("one", signed("test.", "")),
        ("one", zone("a.test.").chain(nsec3(0))),
        ("one", plain("u.test.")),
        ("one", zone("b.a.test.")),
    ]);
    let rows = &[
        ("www.a.test.", "A", SECURE),
        ("www.b.a.test.", "A", SECURE),
        ("www.u.test.", "A", INSECURE),
        ("no.test.", "A", NO_NAME),
        ("no.a.test.", "A", NO_NAME),
        ("test.", "DS", SECURE),
        (".", "DNSKEY", SECURE),
        (".", "DS", NO_DATA),
        ("a.test.", "DS", SECURE),
    ];
    expect(&world, rows).await;
}

/// RFC 5155 section 6: delegations in an Opt-Out span, at every depth.
#[tokio::test(start_paused = true)]
async fn opt_out_at_every_depth() {
    let site = signed("o.test.", WWW).chain(opt_out());
    let world = World::with_test(
        signed("test.", "").chain(opt_out()),
        [
            ("o", site),
            ("s", zone("s.o.test.")),
            ("u", plain("u.o.test.")),
            ("e", plain("a.ent.o.test.")),
            ("e", plain("d.e.e.p.o.test.")),
            ("e", zone("s.d.e.e.p.o.test.")),
            ("e", zone("signed.mixed.o.test.")),
            ("e", plain("plain.mixed.o.test.")),
            ("t", plain("top.test.")),
            ("t", plain("a.topent.test.")),
        ],
    );
    let rows = &[
        ("www.o.test.", "A", SECURE),
        ("www.o.test.", "MX", NO_DATA),
        ("www.s.o.test.", "A", SECURE),
        ("s.o.test.", "DS", SECURE),
        ("www.u.o.test.", "A", INSECURE),
        ("u.o.test.", "DS", INSECURE_NO_DATA),
        ("no.o.test.", "A", INSECURE_NO_NAME),
        ("no.no.o.test.", "A", INSECURE_NO_NAME),
        ("www.a.ent.o.test.", "A", INSECURE),
        ("ent.o.test.", "A", INSECURE_NO_DATA),
        ("www.d.e.e.p.o.test.", "A", INSECURE),
        ("www.s.d.e.e.p.o.test.", "A", INSECURE),
        ("no.d.e.e.p.o.test.", "A", INSECURE_NO_NAME),
        ("www.signed.mixed.o.test.", "A", SECURE),
        ("www.plain.mixed.o.test.", "A", INSECURE),
        ("mixed.o.test.", "A", NO_DATA),
        ("www.top.test.", "A", INSECURE),
        ("www.a.topent.test.", "A", INSECURE),
        ("no.test.", "A", INSECURE_NO_NAME),
        ("test.", "MX", NO_DATA),
    ];
    expect(&world, rows).await;
}
