//! From query and answer to the octets of the reply.

use super::super::Transport;
use super::super::testing::{name, query, secure_address, with_edns};
use super::*;
use crate::dnssec::{Reason, Security};
use crate::wire::{EdeCode, Message, OptionCode};

const OWNER: &str = "www.example.";

fn replied(query: &Query, answer: Answer) -> Message {
    let octets = reply(query, answer, Origin::Resolved);
    assert!(octets.len() <= query.envelope.reply_limit());
    Message::parse(&octets).expect("a reply that can be read")
}

fn plain() -> Query {
    query(OWNER, RrType::A)
}

fn with_do() -> Query {
    with_edns(plain(), 1232, true)
}

fn ede(code: EdeCode, text: &str) -> ExtendedError {
    ExtendedError { code, text: text.to_owned() }
}

fn set(owner: &str, rtype: RrType) -> RrSet {
    RrSet::new(name(owner), rtype, 60, vec![[0; 30].into()])
}

#[test]
fn rfc1035_s4_1_1_the_header_of_a_reply() {
    let mut query = plain();
    let reply = replied(&query, secure_address(OWNER));
    let Header { id, opcode, flags, rcode } = reply.header;
    assert_eq!((id, opcode, rcode), (0x1234, query.envelope.opcode, Rcode::NOERROR));
    let expected = Flags {
        response: true,
        recursion_desired: true,
        recursion_available: true,
        ..Flags::default()
    };
    assert_eq!(flags, expected);
    assert_eq!(reply.questions, [query.question.clone()]);
    query.envelope.flags.recursion_desired = false;
    assert!(!replied(&query, secure_address(OWNER)).header.flags.recursion_desired);
}

#[test]
fn rfc6303_s3_local_answers_are_authoritative() {
    let octets = reply(&plain(), secure_address(OWNER), Origin::Local);
    let header = Header::peek(&octets).expect("a header");
    assert!(header.flags.authoritative);
}

#[test]
fn rfc4035_s3_2_2_cd_is_copied() {
    let mut query = with_do();
    query.envelope.flags.checking_disabled = true;
    let flags = replied(&query, secure_address(OWNER)).header.flags;
    assert!(flags.checking_disabled && flags.authentic_data);
}

#[test]
fn rfc6840_s5_8_ad_needs_a_secure_answer_and_a_client_that_knows_it() {
    let ad = |query: &Query, answer| replied(query, answer).header.flags.authentic_data;
    let mut with_ad = plain();
    with_ad.envelope.flags.authentic_data = true;
    assert!(ad(&with_do(), secure_address(OWNER)) && ad(&with_ad, secure_address(OWNER)));
    assert!(!ad(&plain(), secure_address(OWNER)));
    assert!(!ad(&with_edns(plain(), 1232, false), secure_address(OWNER)));
    let bogus = Security::Bogus(Reason::DnskeyMissing { zone: name("example.") });
    for security in [bogus, Security::Indeterminate] {
        let answer = Answer { security, ..secure_address(OWNER) };
        assert!(!ad(&with_do(), answer.clone()) && !ad(&with_ad, answer));
    }
    let failed = Answer { rcode: Rcode::SERVFAIL, ..secure_address(OWNER) };
    assert!(!ad(&with_do(), failed));
    let mut rrsig = with_do();
    rrsig.question.rtype = RrType::RRSIG;
    assert!(!ad(&rrsig, secure_address(OWNER)));
}

#[test]
fn rfc4035_s3_2_1_dnssec_records_go_to_those_who_set_do() {
    let answer = || Answer {
        authority: vec![set("a.example.", RrType::NSEC), set("b.example.", RrType::NSEC3)],
        ..secure_address(OWNER)
    };
    let reply = replied(&with_do(), answer());
    assert_eq!((reply.answer[0].signatures.len(), reply.authority.len()), (1, 2));
    for query in [plain(), with_edns(plain(), 1232, false)] {
        let reply = replied(&query, answer());
        assert!(reply.answer[0].signatures.is_empty() && reply.authority.is_empty());
    }
}

#[test]
fn rfc4035_s3_2_1_types_that_are_asked_for_are_not_stripped() {
    for rtype in [RrType::NSEC, RrType::NSEC3, RrType::RRSIG] {
        let answer = Answer { answer: vec![set(OWNER, rtype)], ..secure_address(OWNER) };
        let mut query = plain();
        query.question.rtype = rtype;
        assert_eq!(replied(&query, answer).answer.len(), 1, "{rtype}");
    }
}

#[test]
fn rfc6891_s6_1_1_and_rfc3225_s3_opt_for_opt_and_do_for_do() {
    assert_eq!(replied(&plain(), secure_address(OWNER)).edns, None);
    for dnssec_ok in [false, true] {
        let query = with_edns(plain(), 4096, dnssec_ok);
        let edns = replied(&query, secure_address(OWNER)).edns.expect("an OPT record");
        assert_eq!((edns.udp_size, edns.version, edns.dnssec_ok), (1232, 0, dnssec_ok));
        assert!(edns.options.is_empty());
    }
}

#[test]
fn rfc8914_s2_extended_errors_need_an_opt_record() {
    let error = ede(EdeCode::DNSSEC_BOGUS, "why");
    let answer = Answer::failed(Security::Indeterminate, error.clone());
    assert_eq!(replied(&plain(), answer.clone()).edns, None);
    let edns = replied(&with_do(), answer).edns.expect("an OPT record");
    assert_eq!(edns.extended_errors().collect::<Vec<_>>(), [error]);
}

#[test]
fn rfc8914_s3_extended_errors_are_the_first_to_go() {
    let mut answer = secure_address(OWNER);
    answer.answer[0].rdatas = vec![vec![7; 455].into()];
    let small = with_edns(plain(), 512, false);
    answer.errors = vec![ede(EdeCode::OTHER, &"x".repeat(150))];
    let reply = replied(&small, answer.clone());
    assert_eq!((reply.answer.len(), reply.header.flags.truncated), (1, true));
    assert_eq!(reply.edns.map(|edns| edns.options.len()), Some(0));
    answer.answer[0].rdatas = vec![vec![7; 440].into()];
    let reply = replied(&small, answer);
    let bare = reply.edns.and_then(|edns| edns.option(OptionCode::EDE).map(<[u8]>::to_vec));
    assert_eq!((bare, reply.header.flags.truncated), (Some(vec![0, 0]), false));
}

#[test]
fn rfc8914_s3_many_long_errors_never_break_the_limit() {
    let errors = vec![ede(EdeCode::OTHER, &"y".repeat(300)); 9];
    let answer = Answer { errors, ..secure_address(OWNER) };
    let reply = replied(&with_edns(plain(), 0, true), answer.clone());
    let texts = reply.edns.iter().flat_map(Edns::extended_errors).map(|e| e.text.len());
    assert_eq!(texts.collect::<Vec<_>>(), [200, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut tcp = with_do();
    tcp.envelope.transport = Transport::Tcp;
    let reply = replied(&tcp, answer);
    assert_eq!(reply.edns.map(|edns| edns.extended_errors().count()), Some(9));
}

#[test]
fn rfc2181_s9_what_does_not_fit_sets_tc() {
    let mut answer = secure_address(OWNER);
    answer.answer[0].rdatas = (0..100).map(|n| [192, 0, 2, n].into()).collect();
    for query in [plain(), with_edns(plain(), 1232, false)] {
        let reply = replied(&query, answer.clone());
        assert!(reply.header.flags.truncated && reply.answer.is_empty());
        assert_eq!(reply.questions.len(), 1);
    }
    let mut tcp = plain();
    tcp.envelope.transport = Transport::Tcp;
    let reply = replied(&tcp, answer);
    assert!(!reply.header.flags.truncated && reply.answer[0].rdatas.len() == 100);
}

#[test]
fn failures_carry_no_data() {
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::FORMERR] {
        let answer = Answer {
            rcode,
            authority: vec![set("example.", RrType::SOA)],
            ..secure_address(OWNER)
        };
        let reply = replied(&with_do(), answer);
        assert!(reply.answer.is_empty() && reply.authority.is_empty());
    }
    for rcode in [Rcode::NXDOMAIN, Rcode::YXDOMAIN] {
        let answer = Answer { rcode, ..secure_address(OWNER) };
        assert_eq!(replied(&with_do(), answer).answer.len(), 1);
    }
}

#[test]
fn rfc4343_s4_1_the_question_keeps_its_case_and_owners_point_at_it() {
    let query = query("wWw.ExAmPlE.", RrType::A);
    let reply = replied(&query, secure_address("www.example."));
    assert!(reply.questions[0].name.eq_case(&query.question.name));
    assert!(reply.answer[0].owner.eq_case(&query.question.name));
}

#[test]
fn replies_to_all_names_and_limits_can_be_read() {
    let longest = [[63, b'a'].as_slice(), &[b'a'; 62]].concat();
    let longest = [longest.repeat(3), [&[61, b'b'][..], &[b'b'; 60], &[0]].concat()].concat();
    let longest = crate::wire::Name::from_wire(&longest).expect("255 octets");
    let error = ede(EdeCode::OTHER, &"z".repeat(200));
    for size in [0, 512, 1232] {
        let mut query = with_edns(plain(), size, true);
        query.question.name = longest.clone();
        let answer = Answer::failed(Security::Indeterminate, error.clone());
        let edns = replied(&query, answer).edns.expect("an OPT record");
        assert_eq!(edns.extended_errors().count(), 1);
    }
}
