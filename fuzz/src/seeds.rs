//! Where the targets start from: well-formed queries, and responses of every shape that the resolver tells apart.

use bailiwick::wire::rdata::TypeBitmap;
use bailiwick::wire::{
    Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, Rdata, RrSet, RrType, compose,
};

/// The owner of an NSEC3 record.
const HASHED: &str = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.com.";

/// Each shape as the response to questions of several types, and the query that asked.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for shape in shapes() {
        for rtype in [RrType::A, RrType::DS, RrType::DNSKEY, RrType::ANY] {
            let question = Question::new(name("www.com."), rtype);
            seeds.push(shape.response(question.clone()));
            seeds.push(query(shape.rcode, question));
        }
    }
    seeds
}

/// What a response says.
struct Shape {
    rcode: Rcode,
    answer: Vec<RrSet>,
    authority: Vec<RrSet>,
}

impl Shape {
    fn answer(set: RrSet) -> Self {
        Self { rcode: Rcode::NOERROR, answer: vec![set], authority: Vec::new() }
    }

    fn no_answer(rcode: Rcode, authority: Vec<RrSet>) -> Self {
        Self { rcode, answer: Vec::new(), authority }
    }

    fn response(&self, question: Question) -> Vec<u8> {
        let flags = Flags { response: true, authoritative: true, ..Flags::default() };
        let mut message = message(flags, self.rcode, question);
        (message.answer, message.authority) = (self.answer.clone(), self.authority.clone());
        compose(&message, 65_535, true)
    }
}

fn shapes() -> Vec<Shape> {
    vec![
        Shape::answer(signed(set("www.com.", RrType::A, &[192, 0, 2, 1]))),
        Shape::answer(signed(set("www.com.", RrType::CNAME, name("x.com.").as_wire()))),
        Shape::answer(signed(set("com.", RrType::DNAME, name("net.").as_wire()))),
        Shape::answer(signed(dnskey())),
        Shape::no_answer(Rcode::NXDOMAIN, vec![signed(soa()), signed(nsec())]),
        Shape::no_answer(Rcode::NOERROR, vec![signed(soa()), signed(nsec3())]),
        Shape::no_answer(Rcode::NOERROR, referral()),
        Shape::no_answer(Rcode::SERVFAIL, Vec::new()),
    ]
}

fn dnskey() -> RrSet {
    let rsa = [&[1, 1, 3, 8, 3, 1, 0, 1][..], &[0xc5; 128]].concat();
    set("www.com.", RrType::DNSKEY, &rsa)
}

fn soa() -> RrSet {
    let numbers = [0; 20];
    let rdata = [name("ns.com.").as_wire(), name("me.com.").as_wire(), &numbers].concat();
    set("com.", RrType::SOA, &rdata)
}

fn nsec() -> RrSet {
    let types = TypeBitmap::build(&[RrType::NS, RrType::NSEC]);
    set("a.com.", RrType::NSEC, &[name("z.com.").as_wire(), &types].concat())
}

fn nsec3() -> RrSet {
    let parameters_and_length = [1, 1, 0, 2, 1, 0xab, 20];
    let types = TypeBitmap::build(&[RrType::A]);
    set(HASHED, RrType::NSEC3, &[&parameters_and_length[..], &[9; 20], &types].concat())
}

fn referral() -> Vec<RrSet> {
    let ns = set("com.", RrType::NS, name("ns.com.").as_wire());
    vec![ns, signed(set("com.", RrType::DS, &[1; 36]))]
}

/// `set` with a signature by nobody's key of `com.`.
fn signed(mut set: RrSet) -> RrSet {
    let covered = set.rtype.0.to_be_bytes();
    let algorithm_to_key_tag = [8, 1, 0, 0, 1, 44, 0x6b, 0, 0, 0, 0x6a, 0, 0, 0, 0x4f, 0x66];
    let signer = name("com.");
    let rrsig = [&covered[..], &algorithm_to_key_tag, signer.as_wire(), &[1; 128]].concat();
    set.signatures = vec![rrsig.into()];
    set
}

fn query(rcode: Rcode, question: Question) -> Vec<u8> {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    compose(&message(flags, rcode, question), 65_535, true)
}

fn message(flags: Flags, rcode: Rcode, question: Question) -> Message {
    let mut message = Message::new(Header { id: 7, opcode: Opcode::QUERY, flags, rcode });
    message.questions.push(question);
    message.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    message
}

fn set(owner: &str, rtype: RrType, rdata: &[u8]) -> RrSet {
    RrSet::new(name(owner), rtype, 300, vec![Rdata::from(rdata)])
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
