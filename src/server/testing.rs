//! What the tests of this room share: queries, as values and as octets, and a server with a stand-in for the resolver.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::{
    AnswerFuture, Answerer, Envelope, Incoming, Listen, Options, Query, Server, Stop, Transport,
};
use crate::clock::{Clock, SystemClock};
use crate::dnssec::Security;
use crate::model::{Answer, Checking};
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
    let (cookie, keepalive) = (None, None);
    let envelope = Envelope { id: 0x1234, opcode, flags, edns: None, transport, cookie, keepalive };
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
        compact: false,
        errors: Vec::new(),
    }
}

/// Answers at once, later, never, or keeps its thread busy, with little or with hard work, by the first label of the name.
#[derive(Debug, Default)]
pub(super) struct StandIn {
    /// How many questions were not answered at once.
    pub resolved: Cell<u32>,
    /// How often one that keeps its thread busy had its turn.
    pub turns: Cell<u32>,
}

impl StandIn {
    fn answer(question: &Question) -> Answer {
        let mut answer = secure_address("x.");
        answer.answer[0].owner = question.name.clone();
        if question.name.labels().next() == Some(b"big") {
            answer.answer[0].rtype = question.rtype;
            answer.answer[0].rdatas = vec![vec![0; 60_000].into()];
        }
        answer
    }
}

impl Answerer for StandIn {
    fn answer_from_cache(&self, question: &Question, _: Checking) -> Option<Answer> {
        let hit = matches!(question.name.labels().next(), Some(b"hit" | b"big"));
        hit.then(|| Self::answer(question))
    }

    fn resolve<'a>(&'a self, question: &'a Question, _: Checking) -> AnswerFuture<'a> {
        self.resolved.set(self.resolved.get() + 1);
        Box::pin(async move {
            match question.name.labels().next() {
                Some(b"slow") => tokio::time::sleep(Duration::from_millis(30)).await,
                Some(b"never") => std::future::pending().await,
                Some(b"busy") => loop {
                    self.turns.set(self.turns.get() + 1);
                    tokio::task::yield_now().await;
                },
                Some(b"toil") => loop {
                    self.turns.set(self.turns.get() + 1);
                    let begun = SystemClock.now();
                    while SystemClock.now().since(begun) < Duration::from_micros(100) {}
                    tokio::task::yield_now().await;
                },
                _ => {}
            }
            Self::answer(question)
        })
    }
}

/// A server on `address` that runs while `test` does, on one thread.
pub(super) async fn with_server<F: Future<Output = ()>>(
    address: &str,
    options: Options,
    test: impl FnOnce(SocketAddr) -> F,
) {
    with_answerer(address, options, Rc::default(), test).await;
}

/// The same, with the stand-in at hand.
pub(super) async fn with_answerer<F: Future<Output = ()>>(
    address: &str,
    options: Options,
    answerer: Rc<StandIn>,
    test: impl FnOnce(SocketAddr) -> F,
) {
    let listen = vec![Listen { address: address.parse().expect("an address"), required: true }];
    let server = Server::bind(Options { listen, workers: 1, ..options }).expect("bound");
    let (bound, stop) = (server.addresses()[0], Stop::new());
    let serving = server.serve_on_this_thread(answerer, stop.clone());
    let testing = async {
        tokio::time::timeout(Duration::from_secs(20), test(bound)).await.expect("in time");
        stop.stop();
    };
    let (served, ()) = tokio::join!(serving, testing);
    served.expect("an orderly stop");
}
