//! What is read of each kind of message, and what is told to those that are at fault.

use super::super::respond;
use super::super::testing::{message, name, octets, query, read_query, with_edns};
use super::*;
use crate::wire::{Class, Question, compose};

/// The reply to a message that must be a fault.
fn fault_reply(octets: &[u8]) -> Message {
    match Incoming::read(octets, Transport::Udp) {
        Incoming::Fault(fault) => {
            Message::parse(&respond::fault(&fault)).expect("a reply that can be read")
        }
        other => panic!("{other:?}"),
    }
}

fn question(message: &Message) -> Option<String> {
    message.question().map(Question::to_string)
}

#[test]
fn rfc1035_s4_1_a_query_is_read_whole() {
    let mut sent = with_edns(query("WwW.example.", RrType::AAAA), 4096, true);
    sent.envelope.flags.checking_disabled = true;
    sent.envelope.flags.authentic_data = true;
    let read = read_query(&octets(&sent));
    assert_eq!(read, sent);
    assert!(read.question.name.eq_case(&name("WwW.example.")));
    assert_eq!(read.checking(), Checking::Disabled);
    assert_eq!(query(".", RrType::NS).checking(), Checking::Enabled);
}

#[test]
fn short_messages_and_responses_are_dropped() {
    let whole = octets(&query("www.example.", RrType::A));
    for length in 0..Header::OCTETS {
        assert_eq!(Incoming::read(&whole[..length], Transport::Udp), Incoming::Nothing);
    }
    let mut response = whole;
    response[2] |= 0x80;
    assert_eq!(Incoming::read(&response, Transport::Udp), Incoming::Nothing);
    response[2] |= 0x78; // whatever the operation
    assert_eq!(Incoming::read(&response, Transport::Tcp), Incoming::Nothing);
}

#[test]
fn rfc1035_s4_1_1_other_operations_are_not_implemented() {
    for opcode in [1, 2, 3, 4, 5, 6, 15] {
        let mut sent = query("example.", RrType::SOA);
        sent.envelope.opcode = Opcode(opcode);
        let reply = fault_reply(&octets(&sent));
        assert_eq!((reply.header.rcode, reply.header.opcode), (Rcode::NOTIMP, Opcode(opcode)));
        assert!(reply.header.flags.response && reply.header.id == 0x1234 && reply.edns.is_none());
        let reply = fault_reply(&octets(&with_edns(sent, 1232, false)));
        assert!(reply.edns.is_some());
    }
    let header_alone = [0, 1, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(fault_reply(&header_alone).header.rcode, Rcode::NOTIMP);
}

#[test]
fn rfc9619_s4_any_number_of_questions_but_one_is_a_format_error() {
    let mut two = message(&with_edns(query("a.example.", RrType::A), 1232, false));
    two.questions.push(Question::new(name("b.example."), RrType::A));
    let reply = fault_reply(&compose(&two, 512, false));
    assert_eq!((reply.header.rcode, question(&reply)), (Rcode::FORMERR, None));
    assert!(reply.edns.is_some());
    two.questions.clear();
    assert_eq!(fault_reply(&compose(&two, 512, false)).header.rcode, Rcode::FORMERR);
}

#[test]
fn malformed_messages_are_format_errors_with_what_can_be_echoed() {
    let whole = octets(&with_edns(query("www.example.", RrType::A), 1232, true));
    let question_end = whole.len() - 11;
    for length in Header::OCTETS..whole.len() {
        let reply = fault_reply(&whole[..length]);
        assert_eq!((reply.header.rcode, reply.header.id), (Rcode::FORMERR, 0x1234), "{length}");
        assert!(reply.header.flags.recursion_desired);
        let echoed = (length >= question_end).then(|| "www.example. A".to_owned());
        assert_eq!(question(&reply), echoed, "{length}");
    }
    let mut looping = whole;
    looping.splice(12..25, [0xc0, 12]);
    assert_eq!(fault_reply(&looping).header.rcode, Rcode::FORMERR);
}

#[test]
fn rfc6891_s6_1_1_two_opt_records_are_a_format_error_with_opt() {
    let mut twice = octets(&with_edns(query("www.example.", RrType::A), 1232, true));
    let opt = twice[twice.len() - 11..].to_vec();
    twice.extend_from_slice(&opt);
    twice[11] = 2;
    let reply = fault_reply(&twice);
    assert_eq!(reply.header.rcode, Rcode::FORMERR);
    assert!(reply.edns.is_some() && question(&reply).is_some());
}

#[test]
fn rfc6891_s6_1_1_an_opt_record_outside_the_additional_section_is_a_format_error() {
    for count_at in [7, 9] {
        let mut misplaced = octets(&with_edns(query("www.example.", RrType::A), 1232, true));
        misplaced.swap(count_at, 11);
        let reply = fault_reply(&misplaced);
        assert!(reply.header.rcode == Rcode::FORMERR && reply.edns.is_some());
    }
}

#[test]
fn rfc6891_s6_1_3_a_later_version_is_badvers_with_our_version() {
    let mut sent = with_edns(query("www.example.", RrType::A), 1232, true);
    if let Some(edns) = &mut sent.envelope.edns {
        edns.version = 1;
    }
    let reply = fault_reply(&octets(&sent));
    assert_eq!(reply.header.rcode, Rcode::BADVERS);
    assert_eq!(reply.edns.map(|edns| (edns.version, edns.dnssec_ok)), Some((0, true)));
    assert!(reply.answer.is_empty());
}

#[test]
fn rfc6891_s7_malformed_options_are_a_format_error_with_opt() {
    let mut sent = octets(&with_edns(query("www.example.", RrType::A), 1232, false));
    sent.extend_from_slice(&[0, 10, 0, 9, 1]); // a cookie of nine octets, of which one is there
    let length_at = sent.len() - 6;
    sent[length_at] = 5;
    let reply = fault_reply(&sent);
    assert!(reply.header.rcode == Rcode::FORMERR && reply.edns.is_some());
}

#[test]
fn rfc6891_s6_1_2_unknown_options_are_ignored() {
    let mut sent = octets(&with_edns(query("www.example.", RrType::A), 1232, false));
    sent.extend_from_slice(&[0xff, 0xfe, 0, 1, 1]);
    let length_at = sent.len() - 6;
    sent[length_at] = 5;
    assert_eq!(read_query(&sent).question.name, name("www.example."));
}

#[test]
fn rfc6891_s6_2_3_the_reply_fits_the_client_and_the_network() {
    let limit = |size| with_edns(query(".", RrType::NS), size, false).envelope.reply_limit();
    assert_eq!((limit(0), limit(511), limit(512), limit(900)), (512, 512, 512, 900));
    assert_eq!((limit(1232), limit(1400), limit(65_535)), (1232, 1232, 1232));
    let mut plain = query(".", RrType::NS);
    assert_eq!(plain.envelope.reply_limit(), 512);
    plain.envelope.transport = Transport::Tcp;
    assert_eq!(plain.envelope.reply_limit(), 65_535);
}

#[test]
fn rfc3597_s3_unknown_types_and_classes_are_carried() {
    let mut sent = query("www.example.", RrType(65_280));
    sent.question.class = Class(4711);
    assert_eq!(read_query(&octets(&sent)), sent);
}
