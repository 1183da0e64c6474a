//! Over small random zones: whatever was asked before, an answer is what the servers would say.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use bailiwick::lab::{Chain, Site};
use bailiwick::model::Checking;

use super::*;

/// Zones tried, each with three chains; `PROPTEST_CASES` asks for more.
const ZONES: usize = 5;
/// Questions asked of each.
const QUESTIONS: usize = 70;
const TYPES: [&str; 7] = ["A", "TXT", "DS", "CNAME", "NS", "ANY", "A"];

/// The names that the zone may have, and that are asked for.
fn universe() -> Vec<String> {
    const LABELS: [&str; 3] = ["*", "!", "b"]; // one in front of the asterisk, one behind
    let mut names = vec!["z.test.".to_owned()];
    for first in LABELS {
        names.push(format!("{first}.z.test."));
        for second in LABELS {
            names.push(format!("{second}.{first}.z.test."));
            names.push(format!("b.{second}.{first}.z.test."));
        }
    }
    for other in ["q", "c", "x.cut", "cut", "sub", "x.sub", "www.sub", "q.b", "x.q.!", "cuu", "suc"]
    {
        names.push(format!("{other}.z.test."));
    }
    names
}

/// The text of a zone with these kinds of node at these names: nothing below a DNAME, and none below an asterisk.
fn text(picked: &[(usize, usize)]) -> String {
    const KINDS: [&str; 5] = [
        "A 198.51.100.1",
        "TXT \"t\"",
        "CNAME q.b.z.test.",
        "CNAME a.b.z.test.",
        "DNAME b.z.test.",
    ];
    let universe = universe();
    let mut nodes: BTreeMap<Name, usize> = BTreeMap::new();
    for (at, kind) in picked {
        let owner = name(&universe[1 + at % 21]); // none of the names below the cuts
        let starred = owner.labels().any(|label| label == b"*");
        nodes.insert(owner, if starred { kind % 4 } else { *kind });
    }
    let redirected =
        |owner: &Name| nodes.iter().any(|(above, kind)| *kind == 4 && owner.is_below(above));
    let lines = nodes.iter().filter(|(owner, _)| !redirected(owner));
    lines.map(|(owner, kind)| format!("{owner} {}\n", KINDS[*kind])).collect()
}

/// What is answered at once is what a resolution would say that takes its time: octet for octet, TTLs too.
async fn assert_at_once_as_later(bench: &Bench, asked: &str, kind: &str) {
    let at_once = bench.resolver.answer_from_cache(&question(asked, kind), Checking::Enabled);
    if let Some(at_once) = at_once {
        let before = bench.network.queries();
        assert_eq!(at_once, bench.explain(asked, kind).await.0, "{asked} {kind}");
        assert_eq!(bench.network.queries(), before, "{asked} {kind}");
    }
}

/// Asks in the order of `seed`, of one resolver that uses what it proved and of one that never does.
async fn compare(world: &World, seed: u64) -> u32 {
    let bench = Bench::new(world);
    let reference = Trial::of(world).settings(|s| s.aggressive_denial = false).bench();
    let (universe, mut state, mut free) = (universe(), seed | 1, 0);
    for _ in 0..QUESTIONS {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32, of: usize| ((state >> shift) & 0xffff) as usize % of;
        let (asked, kind) = (&universe[pick(40, universe.len())], TYPES[pick(20, TYPES.len())]);
        let known = bench.is_kept(&question(asked, kind));
        let before = bench.network.queries();
        assert_at_once_as_later(&bench, asked, kind).await;
        let answer = bench.ask(asked, kind).await;
        free += u32::from(!known && bench.network.queries() == before);
        let right = reference.ask(asked, kind).await;
        assert_eq!(
            content(&answer),
            content(&right),
            "{asked} {kind}\n{}",
            bench.network.transcript()
        );
    }
    free
}

#[tokio::test(start_paused = true)]
async fn rfc8198_s5_1_to_s5_3_what_is_settled_is_what_the_servers_would_say() {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let nodes = proptest::collection::vec((0..64usize, 0..5usize), 1..8);
    let zones = (nodes, proptest::num::u64::ANY);
    let mut runner = TestRunner::deterministic();
    let mut free = 0;
    for _ in 0..asked.unwrap_or(ZONES) {
        let (picked, seed) = zones.new_tree(&mut runner).expect("a zone").current();
        let text = text(&picked);
        for chain in [Chain::Nsec, nsec3(1), opt_out()] {
            let world = World::new([
                ("z", signed("z.test.", &text).chain(chain)),
                ("cut", Site::unsigned("cut.z.test.", "www A 198.51.100.9\n")),
                ("sub", signed("sub.z.test.", "www A 198.51.100.8\n")),
            ]);
            free += compare(&world, seed).await;
        }
    }
    assert!(free > 100, "{free}");
}
