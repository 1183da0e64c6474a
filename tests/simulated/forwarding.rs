//! What a forwarder is asked for, and how many round trips that takes: DS and keys of a zone that a signature names are asked
//! for side by side, and nothing is asked that would not be asked one after the other.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::clock::SharedClock;
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::{Conditions, Key, Keyring, Role, Site};
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeFuture, Outgoing};
use bailiwick::resolver::{Resolver, Shared};
use bailiwick::trace::{Step, Trace};
use bailiwick::wire::{Name, Question, RrType};

use super::cases::Forwarder;
use super::reasons::assert_has_reason;
use super::world::{ROOT, TOP, World};

const ROUND_TRIP: Duration = Duration::from_millis(50);

/// A forwarder that has all answers at once, and is far away.
struct Far {
    forwarder: Forwarder,
    asked: RefCell<Vec<String>>,
}

impl Exchange for Far {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            self.asked.borrow_mut().push(outgoing.question.to_string());
            tokio::time::sleep(ROUND_TRIP).await;
            self.forwarder.exchange(outgoing).await
        })
    }
}

/// Those that the question was charged for.
fn packets(steps: &[Step]) -> Option<usize> {
    let charged = |step: &Step| match step {
        Step::Done { spent } => usize::try_from(spent.packets).ok(),
        _ => None,
    };
    steps.iter().find_map(charged)
}

/// A resolver that forwards all to it.
struct House {
    resolver: Rc<Resolver>,
    far: Rc<Far>,
    clock: SharedClock,
}

/// Signed zones below each other, `island.com` without DS, `plain.com` without signatures, and `signed.plain.com` below it.
fn sites() -> Vec<Site> {
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let signed = |apex: &str, records: &str| {
        let keys = vec![Key::new(pair.clone(), Role::Combined)];
        Site::signed(apex, records, keys).on(&["only"])
    };
    let data = "$TTL 300\nwww A 198.51.100.1\nwww.non.terminal A 198.51.100.1";
    vec![
        signed(".", "").on(&["root"]),
        signed("com.", "").on(&["top"]),
        signed("example.com.", data),
        signed("other.com.", data),
        signed("deep.example.com.", data),
        signed("deeper.deep.example.com.", data),
        signed("island.com.", data).vouched(Vec::new()),
        Site::unsigned("plain.com.", data).on(&["only"]),
        signed("signed.plain.com.", data).vouched(Vec::new()),
    ]
}

impl House {
    fn new() -> Self {
        let world = World::new(&[ROOT, TOP, ("only", &["192.0.2.11"])], &sites());
        let at_once = Conditions { latency: Duration::ZERO, ..Conditions::default() };
        world.network.set_conditions(at_once);
        let to = ["192.0.2.53:53".parse().expect("a socket")];
        let mut settings = world.shared.settings.clone();
        settings.iterate.zones =
            vec![Zone::new(Name::root(), Source::Forward, &to, Fallback::None)];
        let forwarder = Forwarder::honest(Rc::clone(&world.resolver));
        let far = Rc::new(Far { forwarder, asked: RefCell::default() });
        let clock = Arc::clone(&world.shared.clock);
        let exchange = Rc::clone(&far) as _;
        let shared = Shared::new(settings, Arc::clone(&clock));
        let resolver = Resolver::new(shared, exchange, Rc::new(Entropy::seeded(3)));
        Self { resolver, far, clock }
    }

    /// The answer, the round trips that it took, and what was asked for it.
    async fn ask(&self, name: &str, rtype: RrType) -> (Answer, u128, Vec<String>) {
        let question = Question::new(name.parse().expect("a name"), rtype);
        let start = self.clock.now();
        let trace = Trace::recording();
        let answer = self.resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
        assert_has_reason(&answer);
        let took = self.clock.now().since(start);
        let asked = self.far.asked.take();
        assert_eq!(packets(&trace.steps()), Some(asked.len()), "all are paid for: {asked:?}");
        (answer, took.as_millis() / ROUND_TRIP.as_millis(), asked)
    }

    /// Round trips and questions, none of them asked twice.
    async fn cost(&self, name: &str, secure: bool) -> (u128, usize) {
        let (answer, round_trips, mut asked) = self.ask(name, RrType::A).await;
        assert_eq!(answer.security.is_secure(), secure, "{name}: {answer:?}");
        let all = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), all, "{asked:?}");
        (round_trips, all)
    }
}

/// Two round trips for a zone below a known one, three for one below another that nobody knows either, and the way up from the
/// signature meets the way down from the trust anchor half-way. One after the other, each question took a round trip.
#[tokio::test(start_paused = true)]
async fn rfc4035_s5_ds_and_keys_of_zones_that_signatures_name_are_asked_for_side_by_side() {
    for (known, name, round_trips, questions) in [
        (None, "www.example.com.", 3, 6),
        (None, "no.example.com.", 3, 6),
        (None, "www.non.terminal.example.com.", 3, 6),
        (None, "www.deep.example.com.", 4, 8),
        (None, "www.deeper.deep.example.com.", 4, 10),
        (Some("com."), "www.example.com.", 2, 3),
        (Some("com."), "no.example.com.", 2, 3),
        (Some("com."), "www.deep.example.com.", 3, 5),
        (Some("com."), "www.deeper.deep.example.com.", 3, 7),
        (Some("example.com."), "www.other.com.", 2, 3),
        (Some("example.com."), "www.deep.example.com.", 2, 3),
        (Some("example.com."), "www.example.com.", 1, 1),
    ] {
        let house = House::new();
        if let Some(known) = known {
            house.ask(known, RrType::SOA).await;
        }
        let cost = house.cost(name, true).await;
        assert_eq!(cost, (round_trips, questions), "{known:?} {name}");
    }
}

/// A signature that no chain of trust leads to is seldom, and costs a question for keys that nobody can vouch for, with those
/// for a DS where not even the zone above is signed: until the proof of that runs out, once.
#[tokio::test(start_paused = true)]
async fn zones_that_sign_and_are_not_signed_for_cost_little() {
    for (zone, questions) in [("plain.com.", 2), ("island.com.", 3), ("signed.plain.com.", 4)] {
        let house = House::new();
        house.ask("com.", RrType::SOA).await;
        let www = format!("www.{zone}");
        assert_eq!(house.cost(&www, false).await, (2, questions), "{zone}");
        assert_eq!(house.cost(&format!("no.{zone}"), false).await, (1, 1), "{zone}");
    }
}
