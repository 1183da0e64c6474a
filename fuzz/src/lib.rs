//! What the network may send: a packet from a client to its reply, and a message from a server to an answer; and what may
//! lie in the state directory.
//!
//! Each target is a plain function of octets, so that it runs under libFuzzer as well as in the smoke run.

mod seeds;

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::cache::{FileWriter, Role, Testimony};
use bailiwick::clock::{FixedClock, Instant, Moment};
use bailiwick::dnssec::{Limits, NegativeTrustAnchors, Policy, Security, TrustAnchor};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Options, Zone, classify, scrub};
use bailiwick::model::{Answer, Checking, NameServer, Source};
use bailiwick::net::{Exchange, ExchangeFuture, Outgoing};
use bailiwick::resolver::{Resolver, Settings, Shared, TtlBounds, Validation};
use bailiwick::server::{AnswerFuture, Answerer, Outcome, Service, ServiceOptions, Transport};
use bailiwick::trace::Trace;
use bailiwick::wire::{Message, Name, Question, Rcode, RrSet, RrType, compose};
pub use seeds::seeds;

/// A target: octets in, a panic or nothing out.
pub type Target = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("client_packet", client_packet),
    ("upstream_message", upstream_message),
    ("cache_file", cache_file),
];

/// One packet from a client, over both transports, to the reply: what comes back is a response with the same id that
/// can be parsed and fits, or nothing.
pub fn client_packet(octets: &[u8]) {
    let service = Service::new(Arc::new(ServiceOptions::default()), Rc::new(Canned));
    for transport in [Transport::Udp, Transport::Tcp] {
        let (client, mut reply) = (IpAddr::from([127, 0, 0, 1]), Vec::new());
        let Outcome::Reply = service.take(octets, client, transport, &mut reply) else {
            continue;
        };
        let message = Message::parse(&reply).expect("a reply that can be read");
        assert!(
            message.header.flags.response && octets.starts_with(&message.header.id.to_be_bytes())
        );
        assert!(transport == Transport::Tcp || reply.len() <= 1232);
    }
}

/// An answer to everything, at once.
struct Canned;

impl Answerer for Canned {
    fn answer_from_cache(&self, question: &Question, _checking: Checking) -> Option<Answer> {
        let rdata: Box<[u8]> = vec![7; 300].into();
        let set = RrSet::new(question.name.clone(), question.rtype, 60, vec![rdata]);
        let (answer, authority, security) = (vec![set; 3], Vec::new(), Security::Secure);
        Some(Answer {
            rcode: Rcode::NOERROR,
            answer,
            authority,
            security,
            compact: false,
            errors: Vec::new(),
        })
    }

    fn resolve<'a>(&'a self, question: &'a Question, checking: Checking) -> AnswerFuture<'a> {
        Box::pin(async move { self.answer_from_cache(question, checking).expect("canned") })
    }
}

/// One message from a server to its class, and from a forwarder through the whole resolver to an answer: nobody holds
/// the trusted key, so nothing may come out secure.
pub fn upstream_message(octets: &[u8]) {
    assert_eq!(Message::skim(octets), Message::parse(octets).map(|message| message.edns));
    if let Ok(message) = Message::parse(octets) {
        let question =
            message.question().cloned().unwrap_or_else(|| Question::new(Name::root(), RrType::A));
        let _ =
            Message::parse(&compose(&message, 65_535, true)).expect("what we compose we can read");
        for zone in question.name.self_and_ancestors().take(4) {
            let scrubbed = scrub(message.clone(), &question, &zone);
            assert!(scrubbed.rrsets().all(|set| set.owner.is_at_or_below(&zone)));
            for recursive in [true, false] {
                let _ = classify(&scrubbed, &question, &zone, recursive);
            }
        }
        resolve_from(octets, &question);
    }
}

/// A cache file, and one that is whole and holds a message of whoever wrote it, to an answer: nobody holds the trusted key,
/// so nothing of it may come out secure.
pub fn cache_file(octets: &[u8]) {
    let runtime = tokio_runtime();
    let moment = Moment { now: Instant::from_nanos(1), wall: 1_785_542_400 };
    let settings = Settings { persist: true, ..settings() };
    let shared = Shared::new(settings, Arc::new(FixedClock(moment)));
    let _ = shared.recall(octets);
    let said = Testimony { message: octets.into(), age: 0, noted: moment, life: 600 };
    let mut file = Vec::new();
    let mut writer = FileWriter::new(&mut file, shared.source(), moment).expect("memory");
    for role in [Role::Link, Role::Finding] {
        writer.put(role, &said).expect("memory");
    }
    writer.finish().expect("memory");
    assert!(shared.recall(&file[..]).damage.is_none());
    let Ok(message) = Message::parse(octets) else { return };
    let Some(question) = message.question() else { return };
    let nobody: Rc<dyn Exchange> = Rc::new(Liar(Vec::new()));
    let resolver = Resolver::new(Arc::clone(&shared), nobody, Rc::new(Entropy::seeded(1)));
    let answer = runtime.block_on(resolver.resolve(question, Checking::Enabled, Trace::off()));
    assert!(!answer.security.is_secure(), "{question}: {answer:?}");
    shared.write_down(Vec::new()).expect("memory");
}

fn resolve_from(octets: &[u8], question: &Question) {
    let runtime = tokio_runtime();
    let answer = runtime.block_on(async {
        let clock =
            Arc::new(FixedClock(Moment { now: Instant::from_nanos(1), wall: 1_785_542_400 }));
        let liar: Rc<dyn Exchange> = Rc::new(Liar(octets.to_vec()));
        let resolver =
            Resolver::new(Shared::new(settings(), clock), liar, Rc::new(Entropy::seeded(1)));
        resolver.resolve(question, Checking::Enabled, Trace::off()).await
    });
    assert!(!answer.security.is_secure(), "{question}: {answer:?}");
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Says the same to every question.
struct Liar(Vec<u8>);

impl Exchange for Liar {
    fn exchange<'a>(&'a self, _outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move { Ok(self.0.clone()) })
    }
}

fn settings() -> Settings {
    let digest = [&20326u16.to_be_bytes()[..], &[8, 2], &[0x5a; 32]].concat();
    let anchor = TrustAnchor::new(Name::root(), RrType::DS, digest.into(), "nobody's".into());
    let forwarder = [std::net::SocketAddr::from(([192, 0, 2, 53], 53))];
    let mut iterate =
        Options::with_hints(vec![NameServer { name: Name::root(), addresses: Vec::new() }]);
    iterate.zones = vec![Zone::new(Name::root(), Source::Forward, &forwarder, Fallback::None)];
    Settings {
        iterate,
        validation: Validation::On,
        anchors: anchor.into_iter().collect(),
        negative_anchors: NegativeTrustAnchors::default(),
        policy: Policy::default(),
        limits: Limits::default(),
        fetches: Default::default(),
        cache_octets: 1 << 20,
        persist: false,
        aggressive_denial: true,
        ttl: TtlBounds::default(),
        ageing: Default::default(),
    }
}
