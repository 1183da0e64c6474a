//! Equal questions wait for one resolution; what the first could not afford is not held against the others.

use bailiwick::dnssec::Security;
use bailiwick::model::{Answer, Checking};
use bailiwick::wire::Rcode;
use tokio::task::LocalSet;

use crate::asking::*;
use crate::world::*;

const CLIENTS: usize = 300;

fn world() -> World {
    World::new([
        ("v", signed("v.test.", "www CNAME www.o.test.\n")),
        ("o", signed("o.test.", "www CNAME www.p.test.\n")),
        ("p", signed("p.test.", "www A 198.51.100.1\n")),
    ])
}

/// The answers to so many clients who ask the same at once, each with a budget of `packets`.
async fn all_at_once(packets: u32) -> (Bench, Vec<Answer>) {
    let world = world();
    let mut settings = settings(&world);
    settings.limits.upstream_packets = packets;
    let bench = Bench::with(&world, settings);
    let local = LocalSet::new();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let bench = bench.clone();
            local.spawn_local(async move {
                bench.ask_question(&question("www.v.test.", "A"), Checking::Enabled).await
            })
        })
        .collect();
    local.await;
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("an answer"));
    }
    (bench, answers)
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_leader_fails_alone() {
    let (bench, answers) = all_at_once(8).await;
    let good = answers.iter().filter(|answer| answer.security.is_secure()).count();
    let limited = |answer: &&Answer| matches!(&answer.security, Security::Bogus(reason) if reason.is_own_limit());
    let failed = answers.iter().filter(limited).count();
    assert_eq!(good + failed, CLIENTS, "{:?}", answers.last().map(tell));
    assert!((1..=3).contains(&failed), "{failed}\n{}", bench.network.transcript());
    assert!(bench.network.queries() < 40, "{}", bench.network.queries());
}

#[tokio::test(start_paused = true)]
async fn all_are_answered_even_if_none_can_afford_it() {
    let (_, answers) = all_at_once(1).await;
    assert_eq!(answers.len(), CLIENTS);
    assert!(
        answers.iter().all(|answer| answer.rcode == Rcode::SERVFAIL && !answer.errors.is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn enough_for_all_is_asked_for_once() {
    let (bench, answers) = all_at_once(60).await;
    assert!(answers.iter().all(|answer| answer.security.is_secure()));
    assert!(bench.network.queries() < 20, "{}", bench.network.transcript());
}
