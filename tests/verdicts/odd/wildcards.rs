//! RFC 4592, RFC 4035 sections 5.3.4 and 5.4, RFC 5155 sections 8.7 and 8.8.

use bailiwick::lab::Chain;

use crate::asking::*;
use crate::world::*;

const RECORDS: &str = "www A 198.51.100.1
*.wild A 198.51.100.2
*.wild TXT \"wild\"
*.deep.wild TXT \"nested\"
sub.exact.wild A 198.51.100.3
alias CNAME any.wild
*.alias CNAME www
*.far CNAME any.wild
*.out CNAME www.unsigned.test.
d DNAME wild
";

fn world(chain: &Chain) -> World {
    World::new([
        ("w", signed("w.test.", RECORDS).chain(chain.clone())),
        (
            "apex",
            signed("apex.test.", "* A 198.51.100.9\na.b A 198.51.100.8\n").chain(chain.clone()),
        ),
        ("unsigned", bailiwick::lab::Site::unsigned("unsigned.test.", "www A 198.51.100.7\n")),
    ])
}

const ROWS: &[Row] = &[
    ("any.wild.w.test.", "A", SECURE),
    ("any.wild.w.test.", "TXT", SECURE),
    ("any.wild.w.test.", "MX", NO_DATA),
    ("a.b.c.wild.w.test.", "A", SECURE),
    ("a.b.c.wild.w.test.", "MX", NO_DATA),
    ("*.wild.w.test.", "A", SECURE),
    ("*.wild.w.test.", "MX", NO_DATA),
    ("x.*.wild.w.test.", "A", NO_NAME),
    ("*.x.wild.w.test.", "A", SECURE),
    ("wild.w.test.", "A", NO_DATA),
    ("exact.wild.w.test.", "A", NO_DATA),
    ("sub.exact.wild.w.test.", "A", SECURE),
    ("x.exact.wild.w.test.", "A", NO_NAME),
    ("x.sub.exact.wild.w.test.", "A", NO_NAME),
    ("deep.wild.w.test.", "A", NO_DATA),
    ("x.deep.wild.w.test.", "TXT", SECURE),
    ("x.deep.wild.w.test.", "A", NO_DATA),
    ("alias.w.test.", "A", SECURE),
    ("alias.w.test.", "MX", NO_DATA),
    ("x.alias.w.test.", "A", SECURE),
    ("x.alias.w.test.", "CNAME", SECURE),
    ("x.far.w.test.", "A", SECURE),
    ("x.out.w.test.", "A", INSECURE),
    ("x.d.w.test.", "A", SECURE),
    ("x.d.w.test.", "MX", NO_DATA),
    ("x.exact.d.w.test.", "A", NO_NAME),
    ("exact.d.w.test.", "A", NO_DATA),
    ("any.wild.w.test.", "DS", NO_DATA),
    ("any.apex.test.", "A", SECURE),
    ("any.apex.test.", "MX", NO_DATA),
    ("x.y.apex.test.", "A", SECURE),
    ("apex.test.", "A", NO_DATA),
    ("b.apex.test.", "A", NO_DATA),
    ("x.b.apex.test.", "A", NO_NAME),
];

#[tokio::test(start_paused = true)]
async fn by_nsec() {
    let world = world(&Chain::Nsec);
    Trial::of(&world).expect(ROWS).await;
    // The wildcard's own NSEC proves that nothing is closer.
    Trial::of(&world).expect(&[("zzz.wild.w.test.", "A", SECURE)]).await;
}

#[tokio::test(start_paused = true)]
async fn by_nsec3() {
    Trial::of(&world(&nsec3(3))).expect(ROWS).await;
}

/// Under Opt-Out an unsigned zone may hide wherever no name is: what a wildcard says there is not certain (RFC 5155 section
/// 9.2). Its proofs are told all the same.
#[tokio::test(start_paused = true)]
async fn under_opt_out() {
    let rows = &[
        ("any.wild.w.test.", "A", INSECURE),
        ("any.wild.w.test.", "MX", INSECURE_NO_DATA),
        ("*.wild.w.test.", "A", SECURE),
        ("exact.wild.w.test.", "A", NO_DATA),
        ("x.exact.wild.w.test.", "A", INSECURE_NO_NAME),
        ("alias.w.test.", "A", INSECURE),
        ("x.d.w.test.", "A", INSECURE),
        ("x.out.w.test.", "A", INSECURE),
    ];
    let world = world(&opt_out());
    Trial::of(&world).expect(rows).await;
    let answer = Bench::new(&world).ask("any.wild.w.test.", "A").await;
    assert!(answer.authority.iter().any(|set| !set.signatures.is_empty()), "{}", tell(&answer));
}

/// RFC 4592 section 4.2 advises against a zone cut at an asterisk, and forbids none. At its apex the asterisk is not
/// counted in signatures (RFC 4034 section 3.1.3); inside it is a label like others.
#[tokio::test(start_paused = true)]
async fn rfc4034_s3_1_3_a_zone_that_begins_with_an_asterisk() {
    for chain in [Chain::Nsec, nsec3(1)] {
        let records = "@ A 198.51.100.1\nwww A 198.51.100.2\n*.w A 198.51.100.3\n";
        let star = signed("*.s.test.", records).chain(chain);
        let world = World::new([("s", signed("s.test.", "")), ("star", star)]);
        let rows = &[
            ("*.s.test.", "A", SECURE),
            ("*.s.test.", "MX", NO_DATA),
            ("www.*.s.test.", "A", SECURE),
            ("x.w.*.s.test.", "A", SECURE),
            ("x.*.s.test.", "A", NO_NAME),
        ];
        Trial::of(&world).expect(rows).await;
    }
}
