//! From the zones of RFC 4035 appendix A and RFC 5155 appendix A, the authority gives the responses of the appendices
//! B, section by section.

use super::*;
use crate::lab::respond;
use crate::wire::{Message, Rcode, read_records, rrsets};

/// One printed response.
struct Printed<'t> {
    title: &'t str,
    header: &'t str,
    question: &'t str,
    answer: Vec<RrSet>,
    authority: Vec<RrSet>,
    additional: Vec<RrSet>,
}

fn printed(text: &str) -> Vec<Printed<'_>> {
    text.split("=== ").skip(1).map(printed_response).collect()
}

fn printed_response(text: &str) -> Printed<'_> {
    let part = |from: &str, to: &str| {
        let behind = text.split_once(from).expect("the part").1;
        behind.split(to).next().unwrap_or(behind)
    };
    let records = |text| {
        rrsets(read_records(text, &name("."), 3600).unwrap_or_else(|e| panic!("{e}\n{text}")))
    };
    Printed {
        title: text.lines().next().expect("a title"),
        header: part(";; Header: ", "\n"),
        question: part(";; Question\n", "\n"),
        answer: records(part(";; Answer\n", ";;")),
        authority: records(part(";; Authority\n", ";;")),
        additional: records(part(";; Additional\n", ";;")),
    }
}

fn ask(question: &str) -> Message {
    let words: Vec<_> = question.split_whitespace().collect();
    query(words[0], words[words.len() - 1].parse().expect("a type"))
}

fn sorted(sets: &[RrSet]) -> Vec<String> {
    let text = |set: &RrSet| {
        let (mut rdatas, mut signatures) = (set.rdatas.clone(), set.signatures.clone());
        rdatas.sort();
        signatures.sort();
        format!("{} {} {} {rdatas:02x?} {signatures:02x?}", set.owner, set.rtype, set.ttl)
    };
    let mut lines: Vec<_> = sets.iter().map(text).collect();
    lines.sort();
    lines
}

fn check(zone: &str, responses: &str) {
    let zone = Zone::from_text(name("example."), zone).expect("a zone");
    for expected in printed(responses) {
        let title = expected.title;
        let reply = respond(&[&zone], &ask(expected.question));
        let flags = reply.header.flags;
        assert_eq!(flags.authoritative, expected.header.contains("AA"), "{title}");
        assert!(flags.response && reply.edns.as_ref().is_some_and(|e| e.dnssec_ok), "{title}");
        assert_eq!(expected.header.contains("RCODE=3"), reply.header.rcode == Rcode::NXDOMAIN);
        assert_eq!(sorted(&reply.answer), sorted(&expected.answer), "{title}");
        assert_eq!(sorted(&reply.authority), sorted(&expected.authority), "{title}");
        let additional = sorted(&reply.additional);
        // The RFCs give the addresses of the zone's own servers in one place and leave them out in another.
        let own =
            |line: &String| line.starts_with("ns1.example.") || line.starts_with("ns2.example.");
        assert_eq!(
            additional.into_iter().filter(|line| !own(line)).collect::<Vec<_>>(),
            sorted(&expected.additional).into_iter().filter(|l| !own(l)).collect::<Vec<_>>(),
            "{title}"
        );
    }
}

#[test]
fn rfc4035_appendix_b() {
    check(
        include_str!("../../../tests/data/zones/rfc4035-example.zone"),
        include_str!("../../../tests/data/responses/rfc4035-b.txt"),
    );
}

#[test]
fn rfc5155_appendix_b() {
    check(
        include_str!("../../../tests/data/zones/rfc5155-example.zone"),
        include_str!("../../../tests/data/responses/rfc5155-b.txt"),
    );
}
