//! Names and RDATA as odd as they may be, and empty non-terminals.

use bailiwick::wire::{Name, RrType};

use crate::asking::*;
use crate::world::*;

const EMPTY: &str = "a.ent A 198.51.100.1
x.y.z.deep A 198.51.100.2
*.w.ent A 198.51.100.3
";

const EMPTY_ROWS: &[Row] = &[
    ("ent.e.test.", "A", NO_DATA),
    ("ent.e.test.", "DS", NO_DATA),
    ("a.ent.e.test.", "A", SECURE),
    ("a.ent.e.test.", "MX", NO_DATA),
    ("b.ent.e.test.", "A", NO_NAME),
    ("deep.e.test.", "A", NO_DATA),
    ("z.deep.e.test.", "A", NO_DATA),
    ("y.z.deep.e.test.", "A", NO_DATA),
    ("x.y.z.deep.e.test.", "A", SECURE),
    ("n.y.z.deep.e.test.", "A", NO_NAME),
    ("n.n.n.deep.e.test.", "A", NO_NAME),
    ("w.ent.e.test.", "A", NO_DATA),
    ("n.w.ent.e.test.", "A", SECURE),
];

#[tokio::test(start_paused = true)]
async fn empty_non_terminals_by_nsec() {
    Trial::of(&World::new([("e", signed("e.test.", EMPTY))])).expect(EMPTY_ROWS).await;
}

#[tokio::test(start_paused = true)]
async fn empty_non_terminals_by_nsec3() {
    let site = signed("e.test.", EMPTY).chain(nsec3(1));
    Trial::of(&World::new([("e", site)])).expect(EMPTY_ROWS).await;
}

const ODD: &str = r#"www TYPE65280 \# 4 01020304
www TYPE1234 \# 0
srv SRV 1 2 3 WWW.Odd.TEST.
www HINFO "a" "B"
MiXeD MX 10 Mail.ODD.test.
svc SVCB 1 Target.ODD.Test. alpn=h2
svc HTTPS 0 Other.ODD.Test.
a\.b TXT "a dot in a label"
\000\001\255 TXT "octets"
sp\032ace TXT "a blank"
\*.star TXT "no wildcard"
x\\y TXT "a backslash"
@ CAA 0 issue "CA.example"
naptr NAPTR 1 1 "S" "SIP" "" _SIP._udp.ODD.test.
rp RP Mail.ODD.test. Txt.ODD.test.
bad TYPE33 \# 3 000102
badmx TYPE15 \# 1 00
"#;

const ODD_ROWS: &[Row] = &[
    ("www.odd.test.", "TYPE65280", SECURE),
    ("www.odd.test.", "TYPE1234", SECURE),
    ("WWW.ODD.TEST.", "HINFO", SECURE),
    ("www.odd.test.", "TYPE65281", NO_DATA),
    ("srv.odd.test.", "SRV", SECURE),
    ("mixed.odd.test.", "MX", SECURE),
    ("mIXED.oDD.tEST.", "MX", SECURE),
    ("svc.odd.test.", "SVCB", SECURE),
    ("svc.odd.test.", "HTTPS", SECURE),
    (r"a\.b.odd.test.", "TXT", SECURE),
    ("a.b.odd.test.", "TXT", NO_NAME),
    (r"\000\001\255.odd.test.", "TXT", SECURE),
    (r"\000\001\254.odd.test.", "TXT", NO_NAME),
    (r"\255.odd.test.", "TXT", NO_NAME),
    (r"\000.odd.test.", "TXT", NO_NAME),
    (r"sp\032ace.odd.test.", "TXT", SECURE),
    (r"x\\y.odd.test.", "TXT", SECURE),
    ("odd.test.", "CAA", SECURE),
    ("naptr.odd.test.", "NAPTR", SECURE),
    ("rp.odd.test.", "RP", SECURE),
    ("bad.odd.test.", "SRV", SECURE),
    ("badmx.odd.test.", "MX", SECURE),
    ("odd.test.", "NSEC", SECURE),
];

#[tokio::test(start_paused = true)]
async fn types_and_labels() {
    Trial::of(&World::new([("odd", signed("odd.test.", ODD))])).expect(ODD_ROWS).await;
}

/// 255 octets, one below a wildcard and with no room for any closer one, under both kinds of denial.
#[tokio::test(start_paused = true)]
async fn names_of_255_octets() {
    let label = "l".repeat(63);
    let rest = "r".repeat(255 - 3 * 64 - "long.test.".len() - 1 - 1);
    let below = format!("{label}.{label}.{label}.{rest}");
    let records = format!("{below} A 198.51.100.1\n*.wild A 198.51.100.2\n");
    for chain in [bailiwick::lab::Chain::Nsec, nsec3(0)] {
        let world = World::new([("long", signed("long.test.", &records).chain(chain))]);
        let longest = format!("{below}.long.test.");
        assert_eq!(name(&longest).as_wire().len(), Name::MAX_OCTETS);
        let other = longest.replacen('l', "m", 1);
        let wild =
            format!("{label}.{label}.{label}.{}.wild.long.test.", "w".repeat(rest.len() - 5));
        let bench = Bench::new(&world);
        for (asked, rtype, expected) in [
            (&longest, RrType::A, SECURE),
            (&longest, RrType::MX, NO_DATA),
            (&other, RrType::A, NO_NAME),
            (&wild, RrType::A, SECURE),
            (&wild, RrType::MX, NO_DATA),
        ] {
            let answer = bench.ask(asked, &rtype.to_string()).await;
            bench.assert(asked, &answer, rtype, expected);
        }
    }
}
