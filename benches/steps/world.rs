//! The lab's Internet, in memory and without latency, and a resolver that looks at it with the recommended settings.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::config::Config;
use bailiwick::entropy::Entropy;
use bailiwick::iterate;
use bailiwick::lab::{Conditions, Internet, Network, Zone};
use bailiwick::model::{Answer, Checking};
use bailiwick::resolver::{Resolver, Shared};
use bailiwick::trace::Trace;
use bailiwick::wire::{
    Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrType, compose,
};

/// A client that is answered.
pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The resolver, and what it needs to run.
pub struct World {
    pub shared: Arc<Shared>,
    pub resolver: Rc<Resolver>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// With empty caches.
    pub fn new() -> Self {
        let internet = internet();
        let mut settings = Config::parse(Path::new("empty"), "").expect("a configuration").settings;
        settings.iterate = iterate::Options::with_hints(internet.hints().servers.clone());
        settings.anchors = internet.anchors().into_iter().collect();
        let entropy = || Rc::new(Entropy::seeded(1));
        let network = Network::new(internet, Arc::new(SystemClock), entropy());
        network.set_conditions(Conditions { latency: Duration::ZERO, ..Conditions::default() });
        let shared = Shared::new(settings, Arc::new(SystemClock));
        let resolver = Resolver::new(Arc::clone(&shared), Rc::new(network), entropy());
        // What a timer waits for costs no time.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        Self { shared, resolver, runtime: runtime.expect("a runtime") }
    }

    /// With the answer to one question in its caches, which is the secure one.
    pub fn warm(owner: &str, rtype: RrType) -> Self {
        let world = Self::new();
        let answer = world.resolve(&question(owner, rtype));
        assert!(answer.security.is_secure(), "{owner}: {:?}", answer.security);
        world
    }

    /// The answer, whatever it takes.
    pub fn resolve(&self, question: &Question) -> Answer {
        let resolving = self.resolver.resolve(question, Checking::Enabled, Trace::off());
        self.runtime.block_on(resolving)
    }
}

/// The lab's Internet, signed today.
pub fn internet() -> Rc<Internet> {
    Rc::new(Internet::new(SystemClock.wall()).expect("the lab's Internet"))
}

/// One of its zones.
pub fn zone(apex: &str) -> Arc<Zone> {
    Arc::clone(internet().zone(apex).expect("a name").expect("a zone of the lab"))
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub fn question(owner: &str, rtype: RrType) -> Question {
    Question::new(name(owner), rtype)
}

/// A query with EDNS, and with DO where it says so.
pub fn query(question: Question, dnssec_ok: bool) -> Message {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let header = Header { id: 0x1234, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut message = Message::new(header);
    message.questions.push(question);
    message.edns = Some(Edns { udp_size: 1232, dnssec_ok, ..Edns::default() });
    message
}

/// Its octets.
pub fn octets(question: Question, dnssec_ok: bool) -> Vec<u8> {
    compose(&query(question, dnssec_ok), 65_535, true)
}
