//! What has expired, for want of better (RFC 8767): when it is given and when not, what it looks like, and that nobody goes
//! on getting it when there is better.

use std::future::Future;
use std::time::Duration;

use bailiwick::dnssec::{NegativeTrustAnchor, NegativeTrustAnchors};
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::Conditions;
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::resolver::Settings;
use bailiwick::trace::{Step, Trace};
use bailiwick::wire::{EdeCode, Question, Rcode, RrType};
use tokio::task::LocalSet;
use tokio::time::{advance, sleep};

use super::ageing::{self, NAME, ONE, TWO, seconds};
use super::world::{ROOT, THEN, TOP, World, addresses, ip};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn world(set: impl FnOnce(&mut Settings)) -> World {
    let data = "$TTL 60\nwww A 198.51.100.1\nalias CNAME www.other.com.\nonce 0 A 198.51.100.3";
    ageing::world(data, "$TTL 600\nwww A 198.51.100.2\n*.any A 198.51.100.4", set)
}

/// In a `LocalSet`, in which the resolver goes on when its clients have their answers.
async fn in_world<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    with(|_| (), test).await;
}

async fn with<F: Future<Output = ()>>(
    set: impl FnOnce(&mut Settings),
    test: impl FnOnce(World) -> F,
) {
    LocalSet::new().run_until(async { test(world(set)).await }).await;
}

/// As the server asks; with the time it took.
async fn ask(world: &World, name: &str, checking: Checking) -> (Answer, Duration) {
    let question = Question::new(name.parse().expect("a name"), RrType::A);
    let start = world.now();
    let answer = match world.resolver.answer_from_cache(&question, checking) {
        Some(answer) => answer,
        None => world.resolver.resolve(&question, checking, Trace::off()).await,
    };
    super::reasons::assert_has_reason(&answer);
    (answer, world.now().since(start))
}

async fn checked(world: &World, name: &str) -> (Answer, Duration) {
    ask(world, name, Checking::Enabled).await
}

fn codes(answer: &Answer) -> Vec<EdeCode> {
    answer.errors.iter().map(|error| error.code).collect()
}

fn is_stale(answer: &Answer) -> bool {
    codes(answer).iter().any(|c| [EdeCode::STALE_ANSWER, EdeCode::STALE_NXDOMAIN].contains(c))
}

/// A good answer that has expired by now, and the servers of the zone are silent.
async fn expired(world: &World, name: &str) {
    assert!(!is_stale(&checked(world, name).await.0), "{name}");
    world.kill(&ONE);
    advance(seconds(61)).await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s4_what_cannot_be_refreshed_is_given_with_a_ttl_of_its_own() {
    in_world(|world| async move {
        expired(&world, NAME).await;
        let (answer, _) = checked(&world, NAME).await;
        assert_eq!((answer.rcode, answer.answer[0].ttl), (Rcode::NOERROR, 30));
        assert!(answer.security.is_secure() && !answer.answer[0].signatures.is_empty());
        assert_eq!(codes(&answer)[0], EdeCode::STALE_ANSWER);
        assert!(answer.errors[0].text.contains("expired 2 s ago"), "{:?}", answer.errors);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s5_no_client_waits_for_longer_than_its_timer_and_then_none_waits() {
    in_world(|world| async move {
        expired(&world, NAME).await;
        let (first, took) = checked(&world, NAME).await;
        assert!(is_stale(&first) && took == ms(1_800), "{took:?}");
        assert_eq!(codes(&first), [EdeCode::STALE_ANSWER, EdeCode::NETWORK_ERROR]);
        let (second, took) = checked(&world, NAME).await;
        assert!(is_stale(&second) && took.is_zero(), "while it is being resolved: {took:?}");
        sleep(seconds(3)).await;
        for _ in 0..600 {
            let (answer, took) = checked(&world, NAME).await;
            assert!(took.is_zero() && answer.security.is_secure(), "{took:?}");
            assert_eq!(codes(&answer)[0], EdeCode::STALE_ANSWER);
            sleep(ms(100)).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8914_s3_with_a_stale_answer_comes_the_reason() {
    in_world(|world| async move {
        expired(&world, NAME).await;
        for _ in 0..10 {
            assert!(is_stale(&checked(&world, NAME).await.0));
            sleep(seconds(1)).await;
        }
        let (answer, took) = checked(&world, NAME).await;
        assert!(took.is_zero());
        assert_eq!(codes(&answer), [EdeCode::STALE_ANSWER, EdeCode::NO_REACHABLE_AUTHORITY]);
        assert!(answer.errors[1].text.contains("no server of zone"), "{:?}", answer.errors);
    })
    .await;
}

/// Few packets while all is dark, and fresh data soon after: the failure recheck timer keeps clients from waiting, and not the
/// resolver from trying.
#[tokio::test(start_paused = true)]
async fn rfc8767_s5_a_return_is_noticed_at_once() {
    for phase in [0, 37, 730] {
        in_world(|world| async move {
            expired(&world, NAME).await;
            for _ in 0..900 {
                assert!(is_stale(&checked(&world, NAME).await.0));
                sleep(ms(100)).await;
            }
            let before = world.network.queries();
            for _ in 0..300 {
                assert!(is_stale(&checked(&world, NAME).await.0));
                sleep(ms(100)).await;
            }
            let sent = world.network.queries() - before;
            assert!(sent <= 100, "{sent} packets in half a minute");
            sleep(ms(phase)).await;
            world.revive(&ONE);
            let back = world.now();
            while is_stale(&checked(&world, NAME).await.0) {
                sleep(ms(50)).await;
            }
            let took = world.now().since(back);
            assert!(took <= ms(1_200), "{took:?}");
            let (answer, _) = checked(&world, NAME).await;
            assert!(answer.answer[0].ttl > 30 && answer.errors.is_empty());
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s7_the_resolution_goes_on_when_the_client_has_its_answer() {
    in_world(|world| async move {
        const ALIAS: &str = "alias.example.com.";
        assert!(!is_stale(&checked(&world, ALIAS).await.0));
        advance(seconds(601)).await;
        let slow = Conditions { latency: ms(950), ..Conditions::default() };
        ONE.iter().chain(&TWO).for_each(|at| world.network.set_conditions_of(ip(at), slow));
        let (answer, took) = checked(&world, ALIAS).await;
        assert!(is_stale(&answer) && took == ms(1_800), "two servers, one after the other");
        sleep(ms(2_500)).await;
        let sent = world.network.queries();
        let (answer, took) = checked(&world, ALIAS).await;
        assert!(!is_stale(&answer) && took.is_zero() && answer.security.is_secure());
        assert_eq!(world.network.queries(), sent);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s4_other_response_codes_are_failures_to_refresh() {
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED] {
        in_world(|world| async move {
            assert!(checked(&world, NAME).await.0.security.is_secure());
            advance(seconds(61)).await;
            world.network.set_hook(Box::new(move |passing| {
                passing.reply.header.rcode = rcode;
                passing.reply.answer.clear();
                true
            }));
            let (answer, took) = checked(&world, NAME).await;
            assert_eq!(codes(&answer), [EdeCode::STALE_ANSWER, EdeCode::NETWORK_ERROR]);
            assert!(answer.security.is_secure() && took <= ms(1_000), "{took:?}");
        })
        .await;
    }
}

/// What was denied since is not given any more, though what denied it has expired as well.
#[tokio::test(start_paused = true)]
async fn rfc8767_s4_a_denial_refreshes() {
    const PLAIN: &str = "www.plain.com.";
    in_world(|world| async move {
        assert_eq!(addresses(&checked(&world, PLAIN).await.0), ["198.51.100.1"]);
        advance(seconds(61)).await;
        let soa = "nothing.plain.com.".parse().expect("a name");
        let soa = Question::new(soa, RrType::A);
        let denied = world.resolver.resolve(&soa, Checking::Enabled, Trace::off()).await;
        world.network.set_hook(Box::new(move |passing| {
            if passing.query.questions[0].name == PLAIN.parse().expect("a name") {
                passing.reply.header.rcode = Rcode::NXDOMAIN;
                passing.reply.answer.clear();
                passing.reply.authority = denied.authority.clone();
            }
            true
        }));
        let (answer, _) = checked(&world, PLAIN).await;
        assert_eq!((answer.rcode, is_stale(&answer)), (Rcode::NXDOMAIN, false));
        world.kill(&ONE);
        advance(seconds(4_000)).await;
        let (answer, _) = checked(&world, PLAIN).await;
        assert_eq!((answer.rcode, codes(&answer)[0]), (Rcode::NXDOMAIN, EdeCode::STALE_NXDOMAIN));
        assert!(answer.authority.iter().all(|set| set.ttl == 30));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8914_s4_20_a_name_that_was_denied_and_its_proof() {
    in_world(|world| async move {
        let (answer, _) = checked(&world, "nothing.example.com.").await;
        assert!(answer.rcode == Rcode::NXDOMAIN && answer.security.is_secure());
        world.kill(&ONE);
        advance(seconds(4_000)).await;
        let (answer, _) = checked(&world, "nothing.example.com.").await;
        assert_eq!((answer.rcode, codes(&answer)[0]), (Rcode::NXDOMAIN, EdeCode::STALE_NXDOMAIN));
        assert!(answer.security.is_secure());
        assert!(answer.authority.iter().any(|set| set.rtype == RrType::NSEC));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s5_3_4_what_a_wildcard_gave_and_the_proof_that_it_may() {
    in_world(|world| async move {
        const OWNER: &str = "x.any.other.com.";
        let (answer, _) = checked(&world, OWNER).await;
        assert!(answer.security.is_secure() && !is_stale(&answer));
        world.kill(&TWO);
        advance(seconds(4_000)).await;
        let (answer, _) = checked(&world, OWNER).await;
        assert!(is_stale(&answer) && answer.security.is_secure());
        assert_eq!(addresses(&answer), ["198.51.100.4"]);
        let proof = answer.authority.iter().find(|set| set.rtype == RrType::NSEC);
        let proof = proof.expect("that there is no closer name");
        assert!(proof.ttl == 30 && !proof.signatures.is_empty());
    })
    .await;
}

/// Bogus is a verdict on an answer, and no failure to get one: SERVFAIL, now and until there is a good one.
#[tokio::test(start_paused = true)]
async fn rfc4035_s5_5_bogus_is_never_stood_in_for() {
    in_world(|world| async move {
        assert!(checked(&world, NAME).await.0.security.is_secure());
        advance(seconds(61)).await;
        forge(&world);
        let bogus = async || {
            let (answer, _) = checked(&world, NAME).await;
            assert!(answer.rcode == Rcode::SERVFAIL && answer.security.is_bogus());
            assert!(!is_stale(&answer));
        };
        bogus().await;
        bogus().await;
        sleep(seconds(7)).await;
        bogus().await;
        let (unchecked, _) = ask(&world, NAME, Checking::Disabled).await;
        assert_eq!(addresses(&unchecked), ["203.0.113.1"], "who checks for himself gets it");
        world.kill(&ONE);
        sleep(seconds(120)).await;
        let (answer, _) = checked(&world, NAME).await;
        assert!(answer.rcode == Rcode::SERVFAIL && !is_stale(&answer), "{:?}", answer.errors);
        world.network.set_hook(Box::new(|_| true));
        world.revive(&ONE);
        sleep(seconds(20)).await;
        assert!(checked(&world, NAME).await.0.security.is_secure());
    })
    .await;
}

/// From here on every address is another than what was signed.
fn forge(world: &World) {
    world.network.set_hook(Box::new(|passing| {
        for set in passing.reply.answer.iter_mut().filter(|set| set.rtype == RrType::A) {
            set.rdatas = vec![[203, 0, 113, 1].into()];
        }
        true
    }));
}

/// So many other questions are bogus that no failure from before them is remembered.
async fn flood_of_failures(world: &World) {
    for n in 0..1_500 {
        for _ in 0..3 {
            // What is asked for once puts out nothing that was asked for more often.
            let (answer, _) = checked(world, &format!("x{n}.any.other.com.")).await;
            assert!(answer.security.is_bogus(), "{:?}", answer.errors);
        }
    }
}

/// What is remembered of failures is bounded, and others' failures put it out sooner than what the name once was.
#[tokio::test(start_paused = true)]
async fn rfc4035_s5_5_whoever_else_fails_bogus_is_not_stood_in_for() {
    let small = |settings: &mut Settings| settings.cache_octets = 1 << 20;
    let is_bogus = |answer: Answer| answer.security.is_bogus() && !is_stale(&answer);
    with(small, |world| async move {
        assert!(checked(&world, NAME).await.0.security.is_secure());
        assert!(checked(&world, "alias.example.com.").await.0.security.is_secure());
        advance(seconds(61)).await;
        forge(&world);
        assert!(is_bogus(checked(&world, NAME).await.0));
        flood_of_failures(&world).await;
        world.kill(&ONE);
        sleep(seconds(120)).await;
        let (answer, _) = checked(&world, "alias.example.com.").await;
        assert!(is_stale(&answer), "what nothing was heard of is there still");
        let (answer, _) = checked(&world, NAME).await;
        assert!(answer.rcode == Rcode::SERVFAIL && !is_stale(&answer), "{:?}", answer.errors);
    })
    .await;
    with(small, |world| async move {
        assert!(checked(&world, NAME).await.0.security.is_secure());
        advance(seconds(55)).await;
        forge(&world);
        assert!(checked(&world, NAME).await.0.security.is_secure(), "it is renewed, in vain");
        sleep(ms(500)).await;
        world.kill(&ONE);
        assert!(checked(&world, NAME).await.0.security.is_secure(), "and good to its end");
        sleep(seconds(7)).await;
        flood_of_failures(&world).await;
        sleep(seconds(120)).await;
        let (answer, _) = checked(&world, NAME).await;
        assert!(answer.rcode == Rcode::SERVFAIL && !is_stale(&answer), "{:?}", answer.errors);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s10_signatures_that_have_ended_prove_nothing() {
    let set = |settings: &mut Settings| settings.ageing.serve_stale.max_age = 30 * 86_400;
    with(set, |world| async move {
        assert!(checked(&world, NAME).await.0.security.is_secure());
        assert!(!checked(&world, "www.plain.com.").await.0.security.is_secure());
        world.kill(&ONE);
        world.kill(&[ROOT.1[0], TOP.1[0]]);
        let mut lived = 0;
        for day in 1..=30 {
            advance(seconds(86_400)).await;
            let (answer, _) = checked(&world, NAME).await;
            if answer.rcode != Rcode::NOERROR {
                break;
            }
            assert!(answer.security.is_secure() && is_stale(&answer));
            lived = day;
        }
        assert!((5..=20).contains(&lived), "{lived} days");
        assert!(is_stale(&checked(&world, "www.plain.com.").await.0), "nothing proved it ever");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc7646_s2_what_rests_on_the_operators_word_ends_with_it() {
    let set = |settings: &mut Settings| {
        let (zone, reason) = ("example.com.".parse().expect("a name"), "for a while".into());
        let anchor = NegativeTrustAnchor { zone, reason, until: Some(THEN + 100) };
        settings.negative_anchors = NegativeTrustAnchors::new(vec![anchor]);
    };
    with(set, |world| async move {
        expired(&world, NAME).await;
        advance(seconds(24)).await;
        let (answer, _) = checked(&world, NAME).await;
        assert!(is_stale(&answer) && !answer.security.is_secure());
        assert!((10..=15).contains(&answer.answer[0].ttl), "{}", answer.answer[0].ttl);
        sleep(seconds(15)).await;
        let (answer, _) = checked(&world, NAME).await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s5_the_maximum_stale_timer_ends_it() {
    let set = |settings: &mut Settings| settings.ageing.serve_stale.max_age = 3_600;
    with(set, |world| async move {
        expired(&world, NAME).await;
        advance(seconds(3_590)).await;
        assert!(is_stale(&checked(&world, NAME).await.0));
        sleep(seconds(20)).await;
        let (answer, _) = checked(&world, NAME).await;
        assert!(answer.rcode == Rcode::SERVFAIL && !is_stale(&answer));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc8767_s7_a_ttl_of_zero_is_not_even_stale() {
    in_world(|world| async move {
        expired(&world, "once.example.com.").await;
        let (answer, _) = checked(&world, "once.example.com.").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn switched_off_it_is_a_failure() {
    let set = |settings: &mut Settings| settings.ageing.serve_stale.enabled = false;
    with(set, |world| async move {
        expired(&world, NAME).await;
        let (answer, took) = checked(&world, NAME).await;
        assert!(answer.rcode == Rcode::SERVFAIL && took > ms(1_800), "{took:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_alias_and_its_target_are_stale_each_for_itself() {
    const ALIAS: &str = "alias.example.com.";
    in_world(|world| async move {
        expired(&world, ALIAS).await;
        let (answer, _) = checked(&world, ALIAS).await;
        let ttls: Vec<_> = answer.answer.iter().map(|set| (set.rtype, set.ttl)).collect();
        assert!(is_stale(&answer) && answer.security.is_secure());
        assert_eq!(ttls[0], (RrType::CNAME, 30), "its zone is silent");
        assert!(ttls[1].0 == RrType::A && ttls[1].1 > 500, "it has not expired: {ttls:?}");
        world.revive(&ONE);
        world.kill(&TWO);
        sleep(seconds(600)).await;
        let (answer, _) = checked(&world, ALIAS).await;
        let ttls: Vec<_> = answer.answer.iter().map(|set| set.ttl).collect();
        assert!(is_stale(&answer) && ttls[0] > 50 && ttls[1] == 30, "{ttls:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s3_2_2_who_checks_for_himself_gets_it_as_well() {
    in_world(|world| async move {
        let (first, _) = ask(&world, NAME, Checking::Disabled).await;
        world.kill(&ONE);
        advance(seconds(61)).await;
        let (answer, took) = ask(&world, NAME, Checking::Disabled).await;
        assert!(is_stale(&answer) && took == ms(1_800));
        assert_eq!(answer.answer[0].signatures, first.answer[0].signatures);
        let (answer, _) = checked(&world, NAME).await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "nobody checked it");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn zones_of_the_operators_own_alike() {
    for (source, zone) in [(Source::Stub, "plain.com."), (Source::Forward, ".")] {
        let set = |settings: &mut Settings| {
            let to: Vec<_> = ONE.iter().map(|at| (ip(at), 53).into()).collect();
            let zone = zone.parse().expect("a name");
            settings.iterate.zones = vec![Zone::new(zone, source, &to, Fallback::None)];
            settings.anchors = Default::default();
        };
        with(set, |world| async move {
            expired(&world, "www.plain.com.").await;
            let (answer, took) = checked(&world, "www.plain.com.").await;
            assert!(is_stale(&answer) && took <= ms(1_800), "{source:?} {took:?}");
            assert_eq!(addresses(&answer), ["198.51.100.1"]);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_tells_that_an_answer_is_stale_and_why() {
    in_world(|world| async move {
        expired(&world, NAME).await;
        let trace = Trace::recording();
        let question = Question::new(NAME.parse().expect("a name"), RrType::A);
        let answer = world.resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
        assert!(is_stale(&answer));
        let steps = trace.steps();
        let why = steps.iter().find_map(|step| match step {
            Step::Stale { why, .. } => Some(why.join(" ")),
            _ => None,
        });
        let why = why.expect("a step");
        assert!(why.contains("expired") && why.contains("timed out"), "{why}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_place_in_the_background_clients_wait_to_the_end() {
    let set = |settings: &mut Settings| settings.ageing.background.resolutions = 0;
    with(set, |world| async move {
        expired(&world, NAME).await;
        let (answer, took) = checked(&world, NAME).await;
        assert!(is_stale(&answer) && took > ms(1_800) && took <= ms(4_500), "{took:?}");
    })
    .await;
}

/// A server that is slow and not silent: fresh data as soon as they come.
#[tokio::test(start_paused = true)]
async fn rfc8767_s6_what_is_slow_is_waited_for() {
    in_world(|world| async move {
        assert!(!is_stale(&checked(&world, NAME).await.0));
        advance(seconds(61)).await;
        let slow = Conditions { latency: ms(700), ..Conditions::default() };
        ONE.iter().for_each(|at| world.network.set_conditions_of(ip(at), slow));
        let (answer, took) = checked(&world, NAME).await;
        assert!(!is_stale(&answer) && took >= ms(700), "{took:?}");
    })
    .await;
}
