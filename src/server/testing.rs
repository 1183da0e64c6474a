//! What the tests of this room share: queries, as values and as octets.

use super::{Envelope, Incoming, Query, Transport};
use crate::dnssec::Security;
use crate::model::Answer;
use crate::wire::{
    Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrSet, RrType, compose,
};

pub(super) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// A query with RD=1 and no OPT.
pub(super) fn query(owner: &str, rtype: RrType) -> Query {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let (opcode, transport) = (Opcode::QUERY, Transport::Udp);
    let envelope = Envelope { id: 0x1234, opcode, flags, edns: None, transport };
    Query { envelope, question: Question::new(name(owner), rtype) }
}

/// The message that such a query is.
pub(super) fn message(query: &Query) -> Message {
    let Envelope { id, opcode, flags, ref edns, .. } = query.envelope;
    let mut message = Message::new(Header { id, opcode, flags, rcode: Rcode::NOERROR });
    message.questions.push(query.question.clone());
    message.edns.clone_from(edns);
    message
}

/// Its octets.
pub(super) fn octets(query: &Query) -> Vec<u8> {
    compose(&message(query), 65_535, true)
}

/// The same with an OPT record.
pub(super) fn with_edns(mut query: Query, udp_size: u16, dnssec_ok: bool) -> Query {
    query.envelope.edns = Some(Edns { udp_size, dnssec_ok, ..Edns::default() });
    query
}

/// What is read of `octets`, which came over UDP and are a query.
pub(super) fn read_query(octets: &[u8]) -> Query {
    match Incoming::read(octets, Transport::Udp) {
        Incoming::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

/// A secure answer of one address.
pub(super) fn secure_address(owner: &str) -> Answer {
    let mut set = RrSet::new(name(owner), RrType::A, 300, vec![[192, 0, 2, 1].into()]);
    let rrsig = [&[0, 1][..], &[8; 16], name("example.").as_wire(), &[1; 64]].concat();
    set.signatures.push(rrsig.into());
    Answer {
        rcode: Rcode::NOERROR,
        answer: vec![set],
        authority: Vec::new(),
        security: Security::Secure,
        errors: Vec::new(),
    }
}
