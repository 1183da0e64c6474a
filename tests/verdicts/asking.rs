//! Resolvers over a world, questions to them, and what must come of these: cold, warm, in either order, all at once, and
//! as another validator behind this one sees it.

use std::rc::Rc;
use std::sync::Arc;

use bailiwick::clock::{SharedClock, SimulatedClock};
use bailiwick::dnssec::{Security, Spent, TrustAnchor};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Options, Zone};
use bailiwick::lab::{Expectation, Hook, Network, Outcome};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{self, Exchange, ExchangeError, ExchangeFuture, Outgoing};
use bailiwick::resolver::{Resolver, Settings, Shared, TtlBounds, Validation};
use bailiwick::server::{Incoming, Origin, Transport, fault, reply};
use bailiwick::trace::{Step, Trace};
use bailiwick::wire::{EdeCode, Name, Question, Rcode, RrSet, RrType};

use super::reasons::assert_has_reason;
use super::world::{WALL, World, name, rtype};

pub const SECURE: Expectation = Expectation::Secure(Outcome::Answer);
pub const NO_DATA: Expectation = Expectation::Secure(Outcome::NoData);
pub const NO_NAME: Expectation = Expectation::Secure(Outcome::NameError);
pub const INSECURE: Expectation = Expectation::Insecure(Outcome::Answer, None);
pub const INSECURE_NO_DATA: Expectation = Expectation::Insecure(Outcome::NoData, None);
pub const INSECURE_NO_NAME: Expectation = Expectation::Insecure(Outcome::NameError, None);

pub const fn bogus(code: EdeCode) -> Expectation {
    Expectation::Bogus(code)
}

/// What to ask, and what must come of it.
pub type Row = (&'static str, &'static str, Expectation);

/// The settings that trust the world's root.
pub fn settings(world: &World) -> Settings {
    Settings {
        iterate: Options::with_hints(world.internet.hints().servers.clone()),
        validation: Validation::On,
        anchors: world.internet.anchors().into_iter().collect(),
        negative_anchors: Default::default(),
        policy: Default::default(),
        limits: Default::default(),
        fetches: Default::default(),
        cache_octets: 16 << 20,
        persist: false,
        aggressive_denial: true,
        ttl: TtlBounds::default(),
        ageing: Default::default(),
    }
}

/// A trust anchor in text.
pub fn anchor(zone: &str, rtype: RrType, rdata: &[u8]) -> TrustAnchor {
    TrustAnchor::new(name(zone), rtype, rdata.into(), "test".into()).expect("an anchor")
}

/// A resolver with its network.
#[derive(Clone)]
pub struct Bench {
    pub resolver: Rc<Resolver>,
    pub network: Rc<Network>,
    pub shared: Arc<Shared>,
}

impl Bench {
    pub fn new(world: &World) -> Self {
        Self::with(world, settings(world))
    }

    pub fn with(world: &World, settings: Settings) -> Self {
        Self::at(world, settings, WALL)
    }

    /// A resolver that believes the date to be `wall`.
    pub fn at(world: &World, settings: Settings, wall: u64) -> Self {
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(wall));
        let entropy = Rc::new(Entropy::seeded(7));
        let network =
            Rc::new(Network::new(Rc::clone(&world.internet), Arc::clone(&clock), entropy));
        let shared = Shared::new(settings, clock);
        let exchange: Rc<dyn Exchange> = Rc::clone(&network) as _;
        let entropy = Rc::new(Entropy::seeded(1));
        let resolver = Resolver::new(Arc::clone(&shared), exchange, entropy);
        Self { resolver, network, shared }
    }

    /// With `hook` on its network.
    pub fn hooked(self, hook: Hook) -> Self {
        self.network.set_hook(hook);
        self
    }

    pub async fn ask(&self, name: &str, rtype: &str) -> Answer {
        self.ask_checking(name, rtype, Checking::Enabled).await
    }

    pub async fn ask_checking(&self, name: &str, rtype: &str, checking: Checking) -> Answer {
        self.ask_question(&question(name, rtype), checking).await
    }

    pub async fn ask_question(&self, question: &Question, checking: Checking) -> Answer {
        let answer = match self.resolver.answer_from_cache(question, checking) {
            Some(answer) => answer,
            None => self.resolver.resolve(question, checking, Trace::off()).await,
        };
        assert_has_reason(&answer);
        answer
    }

    /// Was this fact kept when it came from a server?
    pub fn is_kept(&self, question: &Question) -> bool {
        let (findings, now) = (&self.shared.cache.findings, self.shared.clock.now());
        findings.get(&question.name, question.rtype, Checking::Enabled, now).is_some()
    }

    /// The answer and the steps that led to it, past the table of questions in flight.
    pub async fn explain(&self, name: &str, rtype: &str) -> (Answer, Vec<Step>) {
        let trace = Trace::recording();
        let question = question(name, rtype);
        let answer = self.resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
        (answer, trace.steps())
    }

    /// The answer and what it cost.
    pub async fn cost(&self, name: &str, rtype: &str) -> (Answer, Spent) {
        let (answer, steps) = self.explain(name, rtype).await;
        let spent = steps.iter().find_map(|step| match step {
            Step::Done { spent } => Some(*spent),
            _ => None,
        });
        (answer, spent.expect("every resolution ends with what it cost"))
    }

    /// Asserts one verdict.
    #[track_caller]
    pub fn assert(&self, what: &str, answer: &Answer, rtype: RrType, expected: Expectation) {
        let told = tell(answer);
        let transcript = self.network.transcript();
        assert!(
            meets(answer, rtype, expected),
            "{what}: {expected} expected\n{told}\n{transcript}"
        );
    }

    pub async fn expect(&self, row: Row) {
        let (asked, kind, expected) = row;
        let answer = self.ask(asked, kind).await;
        self.assert(&format!("{asked} {kind}"), &answer, rtype(kind), expected);
    }
}

pub fn question(asked: &str, kind: &str) -> Question {
    Question::new(name(asked), rtype(kind))
}

/// Is `answer` what is expected of a question for `rtype`?
pub fn meets(answer: &Answer, rtype: RrType, expected: Expectation) -> bool {
    let code = answer.errors.first().map(|error| error.code);
    let outcome = |what| match what {
        Outcome::Answer => {
            answer.rcode == Rcode::NOERROR
                && (rtype == RrType::ANY || answer.answer.iter().any(|set| set.rtype == rtype))
        }
        Outcome::NoData => answer.rcode == Rcode::NOERROR && has_no(answer, rtype),
        Outcome::NameError => answer.rcode == Rcode::NXDOMAIN && has_no(answer, rtype),
    };
    match expected {
        Expectation::Secure(what) => outcome(what) && answer.security.is_secure(),
        Expectation::Insecure(what, why) => {
            outcome(what) && matches!(answer.security, Security::Insecure(_)) && code == why
        }
        Expectation::Bogus(why) => {
            answer.rcode == Rcode::SERVFAIL
                && answer.security.is_bogus()
                && answer.answer.is_empty()
                && code == Some(why)
        }
    }
}

fn has_no(answer: &Answer, rtype: RrType) -> bool {
    !answer.answer.iter().any(|set| set.rtype == rtype)
}

/// The answer in words, for a test that fails.
pub fn tell(answer: &Answer) -> String {
    let Answer { rcode, security, answer, authority, errors, .. } = answer;
    let sets = |sets: &[RrSet]| {
        let text = |set: &RrSet| format!("{} {} {}", set.owner, set.rtype, set.signatures.len());
        sets.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{rcode} {security}\n answer: {}\n authority: {}\n {errors:?}",
        sets(answer),
        sets(authority)
    )
}

/// What makes a verdict: two answers with the same are the same to a client. The letters of names are not: compression
/// gives a name those of an equal one in front of it, such as the question's (RFC 4343 section 4.1).
fn verdict(answer: &Answer) -> Verdict {
    let lower = |set: &RrSet| set.rdatas.iter().map(|r| r.to_ascii_lowercase()).collect::<Vec<_>>();
    let sets = answer
        .answer
        .iter()
        .map(|set| format!("{} {} {:?}", set.owner.to_lowercase(), set.rtype, lower(set)));
    let code = answer.errors.first().map(|error| error.code);
    (answer.rcode, std::mem::discriminant(&answer.security), sets.collect(), code)
}

/// Makes resolvers over one world with one hook.
pub struct Trial<'w> {
    world: &'w World,
    settings: Settings,
    hook: Box<dyn Fn() -> Option<Hook> + 'w>,
    behind: bool,
}

impl<'w> Trial<'w> {
    pub fn of(world: &'w World) -> Self {
        Self { world, settings: settings(world), hook: Box::new(|| None), behind: true }
    }

    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Not behind another resolver: what makes the difference is not seen through it.
    pub fn alone(mut self) -> Self {
        self.behind = false;
        self
    }

    pub fn hook(mut self, hook: impl Fn() -> Hook + 'w) -> Self {
        self.hook = Box::new(move || Some(hook()));
        self
    }

    pub fn bench(&self) -> Bench {
        let bench = Bench::with(self.world, self.settings.clone());
        match (self.hook)() {
            Some(hook) => bench.hooked(hook),
            None => bench,
        }
    }

    /// Every row comes out as expected: asked of a cold resolver, of one that was asked all others before, in either order
    /// and again, and all at once; and behind a resolver, whose answers and proofs are judged anew.
    pub async fn expect(&self, rows: &[Row]) {
        let mut cold = Vec::new();
        for row in rows {
            let bench = self.bench();
            let answer = bench.ask(row.0, row.1).await;
            bench.assert(&format!("cold: {} {}", row.0, row.1), &answer, rtype(row.1), row.2);
            cold.push(verdict(&answer));
        }
        self.in_order(rows, &cold).await;
        self.at_once(rows, &cold).await;
        if self.behind {
            self.behind_another(rows).await;
        }
    }

    async fn in_order(&self, rows: &[Row], cold: &[Verdict]) {
        let forth: Vec<_> = (0..rows.len()).collect();
        let back: Vec<_> = forth.iter().rev().copied().collect();
        for order in [[forth.clone(), forth.clone()].concat(), [back, forth].concat()] {
            let bench = self.bench();
            for at in order {
                let (asked, kind, _) = rows[at];
                let answer = bench.ask(asked, kind).await;
                assert!(
                    cold[at] == verdict(&answer),
                    "warm: {asked} {kind}: {:?}\n{}",
                    cold[at],
                    tell(&answer)
                );
            }
        }
    }

    async fn at_once(&self, rows: &[Row], cold: &[Verdict]) {
        let bench = self.bench();
        let local = tokio::task::LocalSet::new();
        let all = rows.iter().chain(rows).map(|(asked, kind, _)| {
            let (bench, question) = (bench.clone(), question(asked, kind));
            local.spawn_local(async move { bench.ask_question(&question, Checking::Enabled).await })
        });
        let all: Vec<_> = all.collect();
        local.await;
        for (at, task) in all.into_iter().enumerate() {
            let (answer, row) = (task.await.expect("an answer"), rows[at % rows.len()]);
            let cold = &cold[at % rows.len()];
            assert!(
                *cold == verdict(&answer),
                "at once: {} {}: {cold:?}\n{}",
                row.0,
                row.1,
                tell(&answer)
            );
        }
    }

    async fn behind_another(&self, rows: &[Row]) {
        for checking in [Checking::Enabled, Checking::Disabled] {
            let front = Front { upstream: self.bench(), checking };
            let behind = front.behind(self.settings.clone());
            for (asked, kind, expected) in rows {
                if checking == Checking::Enabled && matches!(expected, Expectation::Bogus(_)) {
                    continue; // nothing is told that could be judged
                }
                let answer =
                    behind.resolve(&question(asked, kind), Checking::Enabled, Trace::off()).await;
                assert_has_reason(&answer);
                let right = meets(&answer, rtype(kind), *expected);
                assert!(
                    right,
                    "behind ({checking:?}): {asked} {kind}: {expected} expected\n{}",
                    tell(&answer)
                );
            }
        }
    }
}

type Verdict = (Rcode, std::mem::Discriminant<Security>, Vec<String>, Option<EdeCode>);

/// A resolver as the forwarder of another, which always asks it with verdicts wanted, or never.
pub struct Front {
    pub upstream: Bench,
    pub checking: Checking,
}

impl Front {
    /// A validator that knows nothing but this forwarder.
    pub fn behind(self, mut settings: Settings) -> Rc<Resolver> {
        let forwarder = ([192, 0, 2, 254], 53).into();
        let zone = Zone::new(Name::root(), Source::Forward, &[forwarder], Fallback::None);
        settings.iterate.zones = vec![zone];
        let shared = Shared::new(settings, Arc::clone(self.upstream.resolver.clock()));
        Resolver::new(shared, Rc::new(self), Rc::new(Entropy::seeded(5)))
    }
}

impl Exchange for Front {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let transport = match outgoing.transport {
                net::Transport::Udp => Transport::Udp,
                net::Transport::Tcp => Transport::Tcp,
            };
            match Incoming::read(outgoing.octets, transport) {
                Incoming::Query(query) => {
                    let answer = self.upstream.ask_question(&query.question, self.checking).await;
                    Ok(reply(&query, answer, Origin::Resolved))
                }
                Incoming::Fault(what) => Ok(fault(&what)),
                Incoming::Nothing => Err(ExchangeError::Timeout),
            }
        })
    }
}
