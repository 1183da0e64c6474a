//! The date steps while the resolver runs: lives go on as they were, for they run on the other clock; signatures are judged by
//! the new date.

use std::time::Duration;

use bailiwick::resolver::Settings;
use bailiwick::wire::{EdeCode, Rcode};
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::ageing::{self, NAME, ONE};
use super::world::{ROOT, TOP, World};

const DAY: i64 = 86_400;
const STEPS: [i64; 4] = [DAY, -DAY, 365 * DAY, -365 * DAY];
const TTL: u32 = 60;

fn world(set: impl FnOnce(&mut Settings)) -> World {
    ageing::world(&format!("$TTL {TTL}\nwww A 198.51.100.1"), "", set)
}

async fn aged(world: &World, name: &str) -> (Rcode, Option<u32>) {
    let answer = world.ask(name, "A").await;
    (answer.rcode, answer.answer.first().map(|set| set.ttl))
}

/// Unsigned data: no date has any say about them.
#[tokio::test(start_paused = true)]
async fn lives_go_on_whatever_the_date() {
    let plain = "www.plain.com.";
    for step in STEPS {
        LocalSet::new()
            .run_until(async {
                let world = world(|settings| settings.ageing.prefetch = false);
                assert_eq!(aged(&world, plain).await, (Rcode::NOERROR, Some(TTL)), "{step}");
                for second in 1..TTL {
                    sleep(Duration::from_secs(1)).await;
                    // Back and forth.
                    world.set_date(if second % 20 < 10 { step } else { 0 });
                    world.network.forget();
                    let left = Some(TTL - second);
                    assert_eq!(
                        aged(&world, plain).await,
                        (Rcode::NOERROR, left),
                        "{step} {second}"
                    );
                    assert_eq!(world.network.queries(), 0, "{step} {second}");
                }
                world.set_date(step);
                sleep(Duration::from_secs(2)).await;
                assert_eq!(aged(&world, plain).await, (Rcode::NOERROR, Some(TTL)), "{step}");
                assert!(world.network.queries() > 0, "it has expired, and is asked for anew");
            })
            .await;
    }
}

/// What was proven does not outlive its signatures, and nothing that was asked for under a wrong date outlives its TTL or is
/// lost for longer than a failure lasts.
#[tokio::test(start_paused = true)]
async fn signed_data_are_judged_by_the_date_when_they_came() {
    for step in STEPS {
        LocalSet::new()
            .run_until(async {
                let world = world(|settings| settings.ageing.serve_stale.enabled = false);
                let at_first = world.ask(NAME, "A").await;
                assert!(at_first.security.is_secure());
                world.set_date(step);
                let mut failed = 0;
                for _ in 0..150 {
                    sleep(Duration::from_secs(1)).await;
                    let (rcode, ttl) = aged(&world, NAME).await;
                    assert!(ttl.is_none_or(|ttl| ttl <= TTL), "{step} {ttl:?}");
                    failed += u32::from(rcode == Rcode::SERVFAIL);
                }
                // A day is within the signatures' lives, a year is not.
                let valid = step.abs() == DAY;
                assert_eq!(failed == 0, valid, "{step}: {failed} of 150 failed");
                world.set_date(0);
                sleep(Duration::from_secs(61)).await;
                let answer = world.ask(NAME, "A").await;
                assert!(answer.security.is_secure(), "{step}: {answer:?}");
                assert_eq!(answer.answer[0].ttl, TTL, "{step}");
            })
            .await;
    }
}

/// RFC 8767 section 10: by the date alone the signatures have ended, and prove nothing; by the true date they prove it again.
#[tokio::test(start_paused = true)]
async fn rfc8767_s10_what_is_stale_is_judged_by_the_date() {
    LocalSet::new()
        .run_until(async {
            let world = world(|settings| settings.ageing.serve_stale.max_age = 30 * 86_400);
            assert!(world.ask(NAME, "A").await.security.is_secure());
            world.kill(&ONE);
            world.kill(&[ROOT.1[0], TOP.1[0]]);
            sleep(Duration::from_secs(61)).await;
            let is_stale = |answer: &bailiwick::model::Answer| {
                answer.errors.iter().any(|error| error.code == EdeCode::STALE_ANSWER)
            };
            for (days, given) in [(0, true), (30, false), (0, true), (365, false), (1, true)] {
                world.set_date(days * DAY);
                // Who asks while it is still being resolved gets what others were given a moment ago.
                sleep(Duration::from_secs(10)).await;
                let answer = world.ask(NAME, "A").await;
                assert_eq!(is_stale(&answer), given, "{days} days: {answer:?}");
                let rcode = if given { Rcode::NOERROR } else { Rcode::SERVFAIL };
                assert_eq!(answer.rcode, rcode, "{days} days");
                assert_eq!(answer.security.is_secure(), given, "{days} days");
            }
        })
        .await;
}
