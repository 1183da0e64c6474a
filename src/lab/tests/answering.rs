//! What the RFCs' appendices do not show: aliases, several zones on one server, refusals, sizes.

use super::*;
use crate::lab::{Keyring, respond, sign, udp_limit};
use crate::wire::{Class, Message, Opcode, Rcode, compose};

fn zone(apex: &str, text: &str) -> Zone {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let head = "@ SOA ns mail 1 3600 300 86400 60\n@ NS ns\nns A 192.0.2.1\n";
    Zone::from_text(name(apex), &format!("{head}{}", lines.join("\n"))).expect("a zone")
}

fn signed(zone: &Zone, chain: Chain) -> Zone {
    let keyring = Keyring::built_in().expect("keys that the library takes");
    sign(zone, &signer(&keyring.ed25519[0], chain)).expect("signed")
}

fn zones() -> [Zone; 2] {
    let parent = zone(
        "x.",
        "alias CNAME other
         other CNAME www.y.x.
         www A 192.0.2.2
         *.wild CNAME www
         out CNAME elsewhere.
         gone CNAME nothing
         loop CNAME loop
         old DNAME y
         cut NS ns.cut
         y NS ns.y
         y DS 1 13 2 01
         ns.y A 192.0.2.3
         deep.ent A 192.0.2.4",
    );
    let child = zone("y.x.", "www A 192.0.2.5");
    [signed(&parent, Chain::Nsec), signed(&child, nsec3(false))]
}

fn owners(sets: &[RrSet]) -> Vec<String> {
    sets.iter().map(|set| format!("{} {}", set.owner, set.rtype)).collect()
}

fn ask(zones: &[Zone], name: &str, rtype: RrType) -> Message {
    respond(zones, &query(name, rtype))
}

#[test]
fn rfc1034_s4_3_2_aliases_are_followed_into_every_zone_of_the_server() {
    let reply = ask(&zones(), "alias.x.", RrType::A);
    assert_eq!(owners(&reply.answer), ["alias.x. CNAME", "other.x. CNAME", "www.y.x. A"]);
    assert!(reply.answer.iter().all(|set| !set.signatures.is_empty()));
    let reply = ask(&zones(), "out.x.", RrType::A);
    assert_eq!(owners(&reply.answer), ["out.x. CNAME"]);
    assert_eq!((reply.header.rcode, reply.authority.len()), (Rcode::NOERROR, 0));
    let reply = ask(&zones(), "loop.x.", RrType::A);
    assert_eq!(owners(&reply.answer), ["loop.x. CNAME"]);
}

#[test]
fn rfc6604_s3_the_code_is_that_of_the_last_name() {
    let reply = ask(&zones(), "gone.x.", RrType::A);
    assert_eq!(reply.header.rcode, Rcode::NXDOMAIN);
    assert_eq!(owners(&reply.answer), ["gone.x. CNAME"]);
    assert_eq!(owners(&reply.authority), ["x. SOA", "loop.x. NSEC", "x. NSEC"]);
}

#[test]
fn rfc4592_a_wildcard_alias_carries_the_proof_that_it_may_be_used() {
    let reply = ask(&zones(), "a.b.wild.x.", RrType::A);
    assert_eq!(owners(&reply.answer), ["a.b.wild.x. CNAME", "www.x. A"]);
    assert_eq!(owners(&reply.authority), ["*.wild.x. NSEC", "x. NS"]);
}

#[test]
fn rfc6672_s3_1_a_dname_makes_a_cname() {
    let reply = ask(&zones(), "www.old.x.", RrType::A);
    assert_eq!(owners(&reply.answer), ["old.x. DNAME", "www.old.x. CNAME", "www.y.x. A"]);
    assert!(reply.answer[1].signatures.is_empty());
    let reply = ask(&zones(), "www.old.x.", RrType::CNAME);
    assert_eq!(owners(&reply.answer), ["old.x. DNAME", "www.old.x. CNAME"]);
    assert_eq!(owners(&ask(&zones(), "old.x.", RrType::DNAME).answer), ["old.x. DNAME"]);
}

#[test]
fn rfc6672_s2_2_too_long_is_yxdomain() {
    let label = "a".repeat(60);
    let long = zone("x.", &format!("d DNAME {label}.{label}.{label}"));
    let asked = format!("{label}.{label}.d.x.");
    let reply = ask(&[long], &asked, RrType::A);
    assert_eq!(reply.header.rcode, Rcode::YXDOMAIN);
    assert_eq!(owners(&reply.answer), ["d.x. DNAME"]);
}

#[test]
fn rfc4035_s3_1_4_1_the_parent_answers_for_ds() {
    let [parent, child] = zones();
    let reply = ask(&[parent.clone(), child.clone()], "y.x.", RrType::DS);
    assert_eq!(owners(&reply.answer), ["y.x. DS"]);
    let reply = ask(&[child], "y.x.", RrType::DS);
    assert!(reply.answer.is_empty() && reply.header.flags.authoritative);
    let reply = ask(&[parent], "www.y.x.", RrType::A);
    assert_eq!(owners(&reply.authority), ["y.x. NS", "y.x. DS"]);
    assert_eq!(owners(&reply.additional), ["ns.y.x. A"]);
    assert!(!reply.header.flags.authoritative);
}

#[test]
fn empty_non_terminals_are_no_data() {
    let reply = ask(&zones(), "ent.x.", RrType::A);
    assert_eq!(reply.header.rcode, Rcode::NOERROR);
    assert_eq!(owners(&reply.authority), ["x. SOA", "cut.x. NSEC"]);
}

#[test]
fn rfc2308_s3_the_soa_has_the_negative_ttl() {
    assert_eq!(ask(&zones(), "no.x.", RrType::A).authority[0].ttl, 60);
}

#[test]
fn without_do_no_dnssec_records_are_sent() {
    for (name, rtype) in
        [("no.x.", RrType::A), ("www.x.", RrType::A), ("y.x.", RrType::A), ("cut.x.", RrType::A)]
    {
        let mut query = query(name, rtype);
        query.edns = None;
        let reply = respond(&zones()[..1], &query);
        let bare = |set: &RrSet| set.signatures.is_empty() && set.rtype != RrType::DS;
        assert!(reply.rrsets().all(|set| bare(set) && !set.rtype.is_dnssec()), "{name}");
        assert!(reply.edns.is_none());
    }
}

#[test]
fn rrsig_and_any_are_answered_from_what_is_there() {
    let reply = ask(&zones(), "www.x.", RrType::RRSIG);
    assert_eq!(reply.answer[0].rdatas.len(), 2);
    let reply = ask(&zones(), "www.x.", RrType::ANY);
    assert_eq!(owners(&reply.answer), ["www.x. A", "www.x. NSEC"]);
}

#[test]
fn what_is_not_answerable_is_refused() {
    let code = |change: fn(&mut Message)| {
        let mut query = query("www.x.", RrType::A);
        change(&mut query);
        respond(&zones(), &query).header.rcode
    };
    assert_eq!(code(|_| ()), Rcode::NOERROR);
    assert_eq!(code(|q| q.questions[0].name = name("elsewhere.")), Rcode::REFUSED);
    assert_eq!(code(|q| q.questions[0].class = Class::CH), Rcode::REFUSED);
    assert_eq!(code(|q| q.questions[0].rtype = RrType::AXFR), Rcode::REFUSED);
    assert_eq!(code(|q| q.questions.clear()), Rcode::FORMERR);
    assert_eq!(code(|q| q.header.opcode = Opcode::NOTIFY), Rcode::NOTIMP);
    assert_eq!(code(|q| q.edns.as_mut().expect("EDNS").version = 1), Rcode::BADVERS);
}

#[test]
fn what_does_not_fit_is_truncated() {
    let strings: String = (0..20).map(|i| format!("\"{i}{}\" ", "x".repeat(200))).collect();
    let zone = zone("x.", &format!("big TXT {strings}"));
    let query = query("big.x.", RrType::TXT);
    let octets = compose(&respond(&[zone], &query), udp_limit(&query), true);
    let parsed = Message::parse(&octets).expect("a message");
    assert!(parsed.header.flags.truncated && parsed.answer.is_empty() && octets.len() <= 1232);
}
