//! Chains of CNAME and DNAME: as secure as their weakest link (RFC 4035 section 3.2.3, RFC 6672 section 5.3.3).

use bailiwick::lab::{Fault, Site};
use bailiwick::wire::{EdeCode, Rcode, RrType};

use crate::asking::*;
use crate::world::*;

const ALIASES: &str = "www A 198.51.100.1
here CNAME www
three CNAME www.n3.test.
out CNAME www.plain.test.
back CNAME back.plain.test.
gone CNAME no.n3.test.
bare CNAME www.n3.test.
optout CNAME no.o.test.
broken CNAME www.broken.test.
island CNAME www.island.plain.test.
d3 DNAME n3.test.
dplain DNAME plain.test.
dback DNAME dback.plain.test.
dself DNAME wild
*.wild A 198.51.100.2
loop CNAME loop2
loop2 CNAME loop
dloop DNAME dloop
";

fn world() -> World {
    World::new([
        ("a", signed("a.test.", ALIASES)),
        ("n3", signed("n3.test.", "www A 198.51.100.3\nhome CNAME www.a.test.\n").chain(nsec3(2))),
        ("o", signed("o.test.", "www A 198.51.100.4\n").chain(opt_out())),
        (
            "plain",
            Site::unsigned(
                "plain.test.",
                "www A 198.51.100.5\nback CNAME www.a.test.\ndback DNAME a.test.\n",
            ),
        ),
        ("island", signed("island.plain.test.", "www A 198.51.100.6\n")),
        ("broken", signed("broken.test.", "www A 198.51.100.7\n").fault(Fault::Expired)),
        ("capex", signed("capex.test.", "").fault(Fault::Expired)),
    ])
}

#[tokio::test(start_paused = true)]
async fn weakest_link() {
    Trial::of(&world())
        .expect(&[
            ("here.a.test.", "A", SECURE),
            ("here.a.test.", "CNAME", SECURE),
            ("here.a.test.", "MX", NO_DATA),
            ("three.a.test.", "A", SECURE),
            ("home.n3.test.", "A", SECURE),
            ("out.a.test.", "A", INSECURE),
            ("back.a.test.", "A", INSECURE),
            ("back.plain.test.", "A", INSECURE),
            ("gone.a.test.", "A", NO_NAME),
            ("bare.a.test.", "MX", NO_DATA),
            ("optout.a.test.", "A", INSECURE_NO_NAME),
            ("broken.a.test.", "A", bogus(EdeCode::SIGNATURE_EXPIRED)),
            ("broken.a.test.", "CNAME", SECURE),
            ("island.a.test.", "A", INSECURE),
            ("www.d3.a.test.", "A", SECURE),
            ("no.d3.a.test.", "A", NO_NAME),
            ("www.d3.a.test.", "MX", NO_DATA),
            ("www.dplain.a.test.", "A", INSECURE),
            ("www.dback.a.test.", "A", INSECURE),
            ("x.dself.a.test.", "A", SECURE),
            ("d3.a.test.", "DNAME", SECURE),
            ("d3.a.test.", "A", NO_DATA),
            ("www.d3.a.test.", "CNAME", SECURE),
            ("www.d3.a.test.", "DS", NO_DATA),
            ("here.a.test.", "DS", SECURE_ALIAS_DS),
        ])
        .await;
}

/// The DS question at an alias is led on like any other: the target has none.
const SECURE_ALIAS_DS: bailiwick::lab::Expectation = NO_DATA;

#[tokio::test(start_paused = true)]
async fn loops_end() {
    let bench = Bench::new(&world());
    for asked in ["loop.a.test.", "x.dloop.a.test."] {
        let answer = bench.ask(asked, "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{}", tell(&answer));
    }
}

/// RFC 6672 section 2.2: the DNAME that makes too long a name is shown, and as proven as it is.
#[tokio::test(start_paused = true)]
async fn names_that_a_dname_makes_too_long() {
    let long = format!("{}.{}.{}.t.test.", "a".repeat(63), "b".repeat(63), "c".repeat(63));
    let world = World::new([("d", signed("d.test.", &format!("d DNAME {long}\n")))]);
    let asked = format!("{}.d.d.test.", "x".repeat(60));
    let bench = Bench::new(&world);
    for round in ["cold", "warm"] {
        let answer = bench.ask(&asked, "A").await;
        assert_eq!(answer.rcode, Rcode::YXDOMAIN, "{round}: {}", tell(&answer));
        assert!(answer.security.is_secure(), "{round}: {}", tell(&answer));
        assert_eq!(answer.answer.len(), 1, "{round}: {}", tell(&answer));
        assert_eq!(answer.answer[0].rtype, RrType::DNAME);
    }
}

/// A CNAME at the apex, which should not be there beside SOA and NS, and is: each type by its own signature.
#[tokio::test(start_paused = true)]
async fn at_the_apex() {
    let world = World::new([
        ("c", signed("c.test.", "@ CNAME www.other.test.\nx A 198.51.100.1\n")),
        ("other", signed("other.test.", "www A 198.51.100.2\n")),
    ]);
    Trial::of(&world)
        .expect(&[
            ("c.test.", "A", SECURE),
            ("c.test.", "SOA", SECURE),
            ("c.test.", "NS", SECURE),
            ("c.test.", "DNSKEY", SECURE),
            ("c.test.", "DS", SECURE),
            ("c.test.", "CNAME", SECURE),
            ("x.c.test.", "A", SECURE),
            ("no.c.test.", "A", NO_NAME),
        ])
        .await;
}
