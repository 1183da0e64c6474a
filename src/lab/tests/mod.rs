//! What the rooms of the lab promise each other, and what RFCs print.

mod answering;
mod appendix_b;
mod cases;
mod denials;
mod network;
mod signing;
mod sockets;

use std::sync::Arc;

use super::{Chain, Key, Role, Signer, Validity, Zone};
use crate::clock::Moment;
use crate::dnssec::SigningKey;
use crate::wire::rdata::address_rdata;
use crate::wire::{Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrSet, RrType};

/// 2026-01-01.
const WALL: u64 = 1_767_225_600;

fn moment() -> Moment {
    Moment { wall: WALL, ..Moment::default() }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn address(owner: &str) -> RrSet {
    let (rtype, rdata) = address_rdata([192, 0, 2, 1].into());
    RrSet::new(name(owner), rtype, 300, vec![rdata])
}

fn query(owner: &str, rtype: RrType) -> Message {
    let flags = Flags::default();
    let mut query =
        Message::new(Header { id: 7, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR });
    query.questions.push(Question::new(name(owner), rtype));
    query.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    query
}

/// A zone with everything that a signer must tell apart.
fn unsigned() -> Zone {
    let text = "
        @ SOA ns mail 1 3600 300 86400 60
        @ NS ns
        ns A 192.0.2.1
        www A 192.0.2.2
        deep.empty.non-terminal A 192.0.2.3
        *.wild A 192.0.2.4
        safe NS ns.safe
        safe DS 1 13 2 0101010101010101010101010101010101010101010101010101010101010101
        ns.safe A 192.0.2.5
        plain NS ns.plain
        ns.plain A 192.0.2.6
        way.to.nothing NS ns
        renamed DNAME www
        alias CNAME www
    ";
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    Zone::from_text(name("x."), &lines.join("\n")).expect("a zone")
}

fn signer(pair: &Arc<SigningKey>, chain: Chain) -> Signer {
    let keys = vec![Key::new(pair.clone(), Role::Combined)];
    Signer { keys, chain, validity: Validity::days(WALL, -1, 13) }
}

fn nsec3(opt_out: bool) -> Chain {
    Chain::Nsec3 { iterations: 1, salt: vec![0xab], opt_out }
}
