//! What is asked for in the last tenth of its life is resolved again before it ends, for nobody and only once.

use std::time::Duration;

use bailiwick::model::{Answer, Checking};
use bailiwick::resolver::Settings;
use bailiwick::trace::{Step, Trace};
use bailiwick::wire::{Question, RrType};
use tokio::task::LocalSet;
use tokio::time::{advance, sleep};

use super::ageing::{self, NAME, ONE, seconds};
use super::world::{World, addresses};

fn world(set: impl FnOnce(&mut Settings)) -> World {
    let data = "$TTL 60\nwww A 198.51.100.1\nalias CNAME www\nfar CNAME www.other.com.";
    ageing::world(data, "$TTL 5\nwww A 198.51.100.2", set)
}

async fn run(set: impl FnOnce(&mut Settings), test: impl AsyncFnOnce(World)) {
    LocalSet::new().run_until(async { test(world(set)).await }).await;
}

/// From the cache, without any wait.
fn at_once(world: &World, name: &str) -> Answer {
    let question = Question::new(name.parse().expect("a name"), RrType::A);
    let answer = world.resolver.answer_from_cache(&question, Checking::Enabled);
    let answer = answer.expect("at once");
    assert!(answer.security.is_secure() && answer.errors.is_empty());
    answer
}

#[tokio::test(start_paused = true)]
async fn who_asks_in_the_last_tenth_is_answered_at_once_and_the_next_one_too() {
    run(
        |_| (),
        async |world| {
            world.ask(NAME, "A").await;
            let sent = world.network.queries();
            advance(seconds(53)).await;
            assert_eq!(at_once(&world, NAME).answer[0].ttl, 7);
            sleep(seconds(1)).await;
            assert_eq!(world.network.queries(), sent, "it does not end yet");
            for _ in 0..20 {
                assert!(at_once(&world, NAME).answer[0].ttl <= 6);
            }
            sleep(seconds(1)).await;
            assert!(at_once(&world, NAME).answer[0].ttl >= 59);
            assert_eq!(world.network.queries(), sent + 1, "once for all of them");
            advance(seconds(30)).await;
            assert!(at_once(&world, NAME).answer[0].ttl >= 29, "past its first end");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn switched_off_or_without_a_place_it_ends() {
    let off = |settings: &mut Settings| settings.ageing.prefetch = false;
    let full = |settings: &mut Settings| settings.ageing.background.resolutions = 0;
    for set in [off as fn(&mut Settings), full] {
        run(set, async |world| {
            world.ask(NAME, "A").await;
            let sent = world.network.queries();
            advance(seconds(56)).await;
            at_once(&world, NAME);
            sleep(seconds(1)).await;
            assert_eq!(world.network.queries(), sent);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_link_of_an_alias_chain() {
    run(
        |_| (),
        async |world| {
            world.ask("alias.example.com.", "A").await;
            advance(seconds(56)).await;
            at_once(&world, "alias.example.com.");
            sleep(seconds(1)).await;
            let answer = at_once(&world, "alias.example.com.").answer;
            assert!(answer.len() == 2 && answer.iter().all(|set| set.ttl >= 59), "{answer:?}");
        },
    )
    .await;
}

/// Whoever checks for himself has findings of his own: a renewal of these, and questions for what is checked, however many, are
/// a packet each.
#[tokio::test(start_paused = true)]
async fn renewals_and_questions_are_one_packet_of_each_kind() {
    run(
        |_| (),
        async |world| {
            let question = Question::new(NAME.parse().expect("a name"), RrType::A);
            let ask = |checking| world.resolver.resolve(&question, checking, Trace::off());
            world.ask("www.other.com.", "A").await;
            world.ask("alias.example.com.", "SOA").await;
            ask(Checking::Disabled).await;
            advance(seconds(55)).await;
            world.network.forget();
            let known = world.resolver.answer_from_cache(&question, Checking::Disabled);
            assert!(known.is_some(), "and it is renewed");
            let (one, other) = tokio::join!(ask(Checking::Enabled), ask(Checking::Enabled));
            assert!(one.security.is_secure() && other.security.is_secure());
            sleep(seconds(1)).await;
            let transcript = world.network.transcript();
            let about = transcript
                .lines()
                .filter(|line| line.to_lowercase().contains("www.example.com"))
                .count();
            assert_eq!(about, 2, "{transcript}");
        },
    )
    .await;
}

/// What is asked for is whether it is still so: what was proven before for other names does not settle that.
#[tokio::test(start_paused = true)]
async fn denials_at_the_servers() {
    run(
        |_| (),
        async |world| {
            let life = world.ask("nothing.example.com.", "A").await.authority[0].ttl;
            let sent = world.network.queries();
            advance(seconds(u64::from(life) * 95 / 100)).await;
            at_once(&world, "nothing.example.com.");
            sleep(seconds(1)).await;
            assert!(world.network.queries() > sent);
            assert!(at_once(&world, "nothing.example.com.").authority[0].ttl >= life - 1);
        },
    )
    .await;
}

/// RFC 8767 section 6: a prefetch that fails changes nothing; and it is not tried over and over.
#[tokio::test(start_paused = true)]
async fn rfc8767_s6_a_failing_zone_is_not_hammered_and_the_answer_stands() {
    run(
        |_| (),
        async |world| {
            world.ask(NAME, "A").await;
            world.kill(&ONE);
            advance(seconds(54)).await;
            let sent = world.network.queries();
            for _ in 0..58 {
                at_once(&world, NAME);
                sleep(Duration::from_millis(100)).await;
            }
            let sent = world.network.queries() - sent;
            assert!((1..=10).contains(&sent), "{sent}");
        },
    )
    .await;
}

/// An alias is to be renewed and cannot be; its target, which has ended, is to be had.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_renewed_is_good_to_its_end() {
    run(
        |_| (),
        async |world| {
            let far = "far.example.com.";
            world.ask(far, "A").await;
            advance(seconds(55)).await;
            world.kill(&ONE);
            let question = Question::new(far.parse().expect("a name"), RrType::A);
            let cached = world.resolver.answer_from_cache(&question, Checking::Enabled);
            assert!(cached.is_none(), "its target has ended");
            let (answer, took) = world.time(far, "A").await;
            assert!(answer.security.is_secure() && answer.errors.is_empty(), "{answer:?}");
            assert_eq!(addresses(&answer), ["198.51.100.2"]);
            assert!(took < seconds(1), "{took:?}");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_trace_tells_of_it() {
    run(
        |_| (),
        async |world| {
            world.ask(NAME, "A").await;
            advance(seconds(55)).await;
            let (trace, question) =
                (Trace::recording(), Question::new(NAME.parse().expect("a name"), RrType::A));
            world.resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
            let steps = trace.steps();
        let told = |step: &Step| {
            matches!(step, Step::Renewed { question: of, left } if *of == question && *left <= 6_000)
        };
        assert!(steps.iter().any(told), "{steps:?}");
        },
    )
    .await;
}
