//! Over random zones that change while time passes: whatever is settled without a server is what one version of the zone
//! says that was served within the last negative TTL (RFC 8198 section 5.4).

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use bailiwick::clock::{Clock, Instant, SimulatedClock};
use bailiwick::lab::{Chain, Hook, respond};

use super::*;

/// Series of versions tried.
const SERIES: usize = 6;
/// Versions of one zone, and questions while each is served.
const VERSIONS: usize = 5;
const QUESTIONS: usize = 30;
/// The MINIMUM of the zones' SOA, and the TTL of all their data.
const NEGATIVE: Duration = Duration::from_secs(300);
const NAMES: [&str; 12] =
    ["a", "b", "c", "*", "*.a", "*.b", "x.a", "x.b", "y.x.a", "*.x.a", "q", "q.q"];

/// One version of the zone, and the resolver that asks its servers whatever it was told before.
struct Version {
    world: World,
    reference: Bench,
    clock: SimulatedClock,
    served: Cell<Option<Instant>>,
}

impl Version {
    /// The names of `picked`; its chain, salt and signatures by `number`.
    fn new(number: usize, picked: &BTreeSet<usize>) -> Self {
        let line = |at: &usize| {
            let data = if at % 3 == 2 { "TXT \"t\"" } else { "A 198.51.100.1" };
            format!("{} 300 {data}\n", NAMES[*at])
        };
        let text: String = picked.iter().map(line).collect();
        let salted = |salt: u8| Chain::Nsec3 { iterations: 1, salt: vec![salt], opt_out: false };
        let chain = match number % 4 {
            0 => Chain::Nsec,
            1 => Chain::Nsec3 { iterations: 1, salt: Vec::new(), opt_out: false },
            2 => salted(1),
            _ => salted(2),
        };
        let sites = [
            ("root", signed(".", "")),
            ("test", signed("test.", "")),
            ("z", signed("z.test.", &text).chain(chain)),
        ];
        let world = World::signed_at(WALL + 60 * number as u64, sites);
        let reference = Trial::of(&world).settings(|s| s.aggressive_denial = false).bench();
        Self { world, reference, clock: SimulatedClock::starting_at(WALL), served: Cell::default() }
    }

    fn holds(&self, told: &RrSet) -> bool {
        let (zone, source) = (self.world.zone("z.test."), source(told));
        zone.rrsets().any(|set| set.is(&source, told.rtype) && set.rdatas == told.rdatas)
    }

    /// What is left of the negative TTL since it was last served.
    fn left(&self) -> Option<Duration> {
        NEGATIVE.checked_sub(self.clock.now().since(self.served.get()?))
    }
}

/// The name at which the zone has an RRset: by the Labels of its signature (RFC 4034 section 3.1.3).
fn source(set: &RrSet) -> Name {
    let labels = set.signatures.first().map_or(0, |rrsig| usize::from(rrsig[3]));
    if labels >= set.owner.signed_label_count() {
        return set.owner.clone();
    }
    set.owner.ancestor(labels).and_then(|above| above.wildcard().ok()).expect("a wildcard")
}

/// Versions in the order in which they are served; the first adds and each later one changes some names.
fn versions(first: usize, steps: &[Vec<usize>]) -> Rc<Vec<Version>> {
    let mut picked = BTreeSet::new();
    let version = |(number, changed): (usize, &Vec<usize>)| {
        for at in changed {
            if !picked.remove(at) {
                picked.insert(*at);
            }
        }
        Version::new(first + number, &picked)
    };
    Rc::new(steps.iter().enumerate().map(version).collect())
}

/// The servers of whichever version is current.
fn serving(versions: &Rc<Vec<Version>>, current: &Rc<Cell<usize>>) -> Hook {
    let (versions, current) = (Rc::clone(versions), Rc::clone(current));
    Box::new(move |passing| {
        let version = &versions[current.get()];
        let server = version.world.internet.server(passing.from).expect("the same hosts");
        *passing.reply = respond(&server.zones, passing.query);
        version.served.set(Some(version.clock.now()));
        true
    })
}

/// How often an answer was settled by records of one version, and by those of several.
#[derive(Default)]
struct Settled {
    whole: u32,
    mixed: u32,
}

type Data = Vec<(Name, RrType, Vec<Rdata>)>;

fn outcome(answer: &Answer) -> (Rcode, Security, Data) {
    let set = |s: &RrSet| (s.owner.clone(), s.rtype, s.rdatas.clone());
    (answer.rcode, answer.security.clone(), answer.answer.iter().map(set).collect())
}

impl Settled {
    /// Each record was served, and lives no longer than that allows. All of one version say what that version does; with
    /// those of several no version need agree, since one may lack the wildcard and another the name.
    async fn check(&mut self, versions: &[Version], row: (&str, &str), answer: &Answer) {
        let live: Vec<_> = versions.iter().filter(|version| version.left().is_some()).collect();
        let told = tell(answer);
        let sets = || answer.answer.iter().chain(&answer.authority);
        for set in sets() {
            let left = live.iter().filter(|v| v.holds(set)).filter_map(|v| v.left()).max();
            let right = left.is_some_and(|left| u64::from(set.ttl) <= left.as_secs() + 1);
            assert!(right, "{row:?}: {} {}: {left:?}\n{told}", set.owner, set.ttl);
        }
        let whole: Vec<_> = live.iter().filter(|v| sets().all(|set| v.holds(set))).collect();
        if whole.is_empty() {
            self.mixed += 1;
            return;
        }
        self.whole += 1;
        let mut said = Vec::new();
        for version in whole {
            said.push(outcome(&version.reference.ask(row.0, row.1).await));
        }
        assert!(said.contains(&outcome(answer)), "{row:?}\n{told}\n{said:?}");
    }
}

async fn follow_changes(versions: &Rc<Vec<Version>>, seed: u64, settled: &mut Settled) {
    let current = Rc::new(Cell::new(0));
    let bench = Bench::new(&versions[0].world).hooked(serving(versions, &current));
    let mut state = seed | 1;
    for number in 0..VERSIONS * QUESTIONS {
        current.set(number / QUESTIONS);
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32, of: usize| ((state >> shift) & 0xffff) as usize % of;
        tokio::time::sleep(Duration::from_secs(pick(10, 20) as u64)).await;
        let below = ["", "n.", "y."][pick(30, 3)];
        let asked = format!("{below}{}.z.test.", NAMES[pick(40, NAMES.len())]);
        let kind = ["A", "TXT", "MX", "DS"][pick(20, 4)];
        let known = bench.is_kept(&question(&asked, kind));
        let before = bench.network.queries();
        let answer = bench.ask(&asked, kind).await;
        assert!(answer.security.is_secure(), "{asked} {kind}\n{}", tell(&answer));
        if !known && bench.network.queries() == before {
            settled.check(versions, (&asked, kind), &answer).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rfc8198_s5_4_what_is_settled_was_true_within_the_negative_ttl() {
    let names = |count| proptest::collection::vec(0..NAMES.len(), count);
    let steps = (names(3..7), proptest::collection::vec(names(1..3), VERSIONS - 1));
    let series = (steps, proptest::num::u64::ANY);
    let mut runner = TestRunner::deterministic();
    let mut settled = Settled::default();
    for first in 0..SERIES {
        let ((start, later), seed) = series.new_tree(&mut runner).expect("a series").current();
        let versions = versions(first, &[vec![start], later].concat());
        follow_changes(&versions, seed, &mut settled).await;
    }
    let Settled { whole, mixed } = settled;
    assert!(whole > 50 && mixed < whole / 2, "{whole} {mixed}");
}
