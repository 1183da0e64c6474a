//! What others notice while an attack goes on: nothing. Time is that of the simulation: what is measured are questions that
//! wait for others or for dead servers, not the work of the processor.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Conditions, Site};
use bailiwick::wire::{Message, Rcode, RrSet, RrType};
use tokio::task::{LocalSet, spawn_local};

use super::aliases::{aliases, camp, dnames};
use super::referrals::ever_deeper;
use super::stage::*;
use crate::world::{World, addresses};

/// Questions of bystanders with each of the seeds, and the time between two of them.
const BYSTANDERS: usize = 1_000;
const SEEDS: u64 = 3;
const BETWEEN: Duration = Duration::from_millis(3);
/// The attacker's, thirty a second for as long.
const HOSTILE: usize = BYSTANDERS / 10;
/// Healthy zones.
const ZONES: usize = 20;

/// Healthy zones, signed and unsigned, whose data live for five seconds.
fn healthy() -> Vec<Site> {
    let site = |n: usize| {
        let (apex, records) = (format!("z{n}.net."), "$TTL 5\n* A 198.51.100.1");
        let site = if n.is_multiple_of(2) {
            Site::signed(&apex, records, keys())
        } else {
            Site::unsigned(&apex, records)
        };
        site.on(&["good"])
    };
    (0..ZONES).map(site).collect()
}

/// Half of them ask for names that were asked for lately, half for fresh ones.
fn bystanders_name(n: usize) -> String {
    let host = if n.is_multiple_of(2) { "www".into() } else { format!("x{n}") };
    format!("{host}.z{}.net.", n / 2 % ZONES)
}

/// The 99th percentile of what bystanders wait while `hostile` questions are asked; all of them must be answered.
async fn p99(world: World, hostile: Vec<String>) -> Duration {
    let (world, times) = (Rc::new(world), Rc::new(RefCell::new(Vec::new())));
    for zone in 0..ZONES {
        world.ask(&format!("www.z{zone}.net."), "A").await;
    }
    let attacked = Rc::clone(&world);
    let attacker = spawn_local(async move {
        for question in hostile {
            let world = Rc::clone(&attacked);
            spawn_local(async move { world.ask(&question, "A").await });
            tokio::time::sleep(BETWEEN * 10).await;
        }
    });
    let mut tasks = Vec::new();
    for n in 0..BYSTANDERS {
        let (world, times) = (Rc::clone(&world), Rc::clone(&times));
        tasks.push(spawn_local(async move {
            let (answer, took) = world.time(&bystanders_name(n), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{n}: {:?}", answer.errors);
            times.borrow_mut().push(took);
        }));
        tokio::time::sleep(BETWEEN).await;
    }
    for task in tasks {
        task.await.expect("an answer");
    }
    attacker.abort();
    let mut times = times.borrow_mut();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// An attack's name, its server, and the names that are asked for.
type Attack = (&'static str, fn() -> Answering, fn(usize) -> String);

const QUIET: Attack = ("nothing", || Box::new(|_, _| true), |_| "evil.com.".into());

fn each(n: usize) -> String {
    format!("x{n}.evil.com.")
}

fn by_referrals() -> Vec<Attack> {
    vec![
        ("NXNSAttack", || referring(|n, asked| (format!("ns{n}-{asked}.victim.net."), None)), each),
        ("silent zones", || referring(|n, asked| (format!("ns{n}-{asked}.dead.net."), None)), each),
        (
            "silent servers",
            || referring(|n, asked| (format!("ns{n}.{asked}.evil.com."), Some(DEAD))),
            each,
        ),
        ("circles", || referring(|n, asked| (format!("ns{n}.{asked}.evil.net."), None)), each),
        ("endless referrals", ever_deeper, |n| long(100, &format!("x{n}.evil.com."))),
    ]
}

fn by_aliases() -> Vec<Attack> {
    vec![
        ("CAMP", || camp(2, 2), |n| format!("w.x{n}-0.evil.com.")),
        ("a circle of aliases", || aliases(5), |n| format!("a0.x{n}.evil.com.")),
        ("aliases without end", || aliases(u32::MAX), |n| format!("a0.x{n}.evil.com.")),
        ("a circle of DNAMEs", || dnames(""), |n| format!("x{n}.d.evil.com.")),
        ("DNAMEs that grow", || dnames("aaaaaaaaaaaaaaa."), |n| format!("x{n}.d.evil.com.")),
    ]
}

fn by_replies() -> Vec<Attack> {
    vec![
        (
            "errors",
            || {
                Box::new(|_, reply| {
                    reply.header.rcode = Rcode::SERVFAIL;
                    true
                })
            },
            each,
        ),
        (
            "TC, and no end over TCP",
            || {
                Box::new(|asked, reply| {
                    reply.header.flags.truncated = true;
                    !asked.over_tcp
                })
            },
            each,
        ),
        ("60 KB", || Box::new(many_addresses), each),
    ]
}

type Server = (String, Option<&'static str>);

fn referring(server: fn(usize, &str) -> Server) -> Answering {
    Box::new(move |asked, reply| {
        if let Some(zone) = asked.zone(3) {
            let label = zone.to_string();
            let label = label.split('.').next().unwrap_or_default();
            refer(reply, &zone, (0..20).map(|n| server(n, label)));
        }
        true
    })
}

/// CacheFlush (CVE-2024-4076): thrice as much as the cache holds, in answers of 55 KB, each to be kept for an hour. What is
/// asked for in between stays.
#[tokio::test(start_paused = true)]
async fn busy_names_stay_in_a_flooded_cache() {
    const CACHE: u64 = 4 << 20;
    let world = stage_with(1, Vec::new(), Box::new(huge), |settings| settings.cache_octets = CACHE);
    let (mut octets, mut asked_again) = (0, 0);
    for n in 0.. {
        let question =
            bailiwick::wire::Question::new(name(&format!("x{n}.evil.com.")), RrType::TXT);
        let (checking, trace) =
            (bailiwick::model::Checking::Enabled, bailiwick::trace::Trace::off());
        let answer = world.resolver.resolve(&question, checking, trace).await;
        octets += answer.answer.iter().map(RrSet::weight).sum::<usize>() as u64;
        assert_eq!(answer.rcode, Rcode::NOERROR, "{:?}", answer.errors);
        let (answer, asked) = world.asked("www.good.com.", "A").await;
        assert_eq!(addresses(&answer), ["198.51.100.1"]);
        asked_again += u32::from(n > 0 && !asked.is_empty());
        if octets > 3 * CACHE {
            break;
        }
    }
    println!("cache flush: the busy name was asked for again {asked_again} times");
    assert!(asked_again <= 2, "{asked_again}");
}

/// An answer that fills what TCP can carry.
fn huge(asked: &Asked, reply: &mut Message) -> bool {
    let text = |n: u8| [&[250_u8][..], &[n; 250]].concat().into();
    reply.answer.push(RrSet::new(
        asked.name.clone(),
        RrType::TXT,
        3_600,
        (0..=220).map(text).collect(),
    ));
    if asked.rtype == RrType::A {
        reply.answer = vec![address_of(asked.name.clone(), EVIL)];
        reply.additional.extend(reply.answer.clone());
    }
    true
}

/// An answer to what is asked that fills what TCP can carry.
fn many_addresses(asked: &Asked, reply: &mut Message) -> bool {
    let address = |n: u16| [&[10, 0][..], &n.to_be_bytes()].concat().into();
    let addresses = (0..3_700).map(address).collect();
    reply.answer.push(RrSet::new(asked.name.clone(), RrType::A, 3_600, addresses));
    true
}

/// The median of the p99 with each of so many seeds.
async fn seen(attack: Attack, seeds: u64, conditions: Conditions) -> Duration {
    let (what, answering, question) = attack;
    let mut seen = Vec::new();
    for seed in 0..seeds {
        let world = stage_with(seed, healthy(), answering(), |_| ());
        world.network.set_conditions(conditions);
        let hostile = (0..HOSTILE).map(question).collect();
        seen.push(LocalSet::new().run_until(p99(world, hostile)).await);
    }
    seen.sort_unstable();
    println!("{what}: p99 {seen:?}");
    seen[seen.len() / 2]
}

async fn nothing_is_noticed(attacks: Vec<Attack>, seeds: u64, conditions: Conditions) {
    let quiet = seen(QUIET, seeds, conditions).await;
    for attack in attacks {
        let (what, seen) = (attack.0, seen(attack, seeds, conditions).await);
        assert!(seen < quiet * 2, "{what}: {seen:?}, and {quiet:?} when all is quiet");
    }
}

#[tokio::test(start_paused = true)]
async fn bystanders_notice_nothing_of_referrals() {
    nothing_is_noticed(by_referrals(), SEEDS, Conditions::default()).await;
}

#[tokio::test(start_paused = true)]
async fn bystanders_notice_nothing_of_aliases() {
    nothing_is_noticed(by_aliases(), SEEDS, Conditions::default()).await;
}

#[tokio::test(start_paused = true)]
async fn bystanders_notice_nothing_of_replies() {
    nothing_is_noticed(by_replies(), SEEDS, Conditions::default()).await;
}

#[tokio::test(start_paused = true)]
async fn nor_where_datagrams_overtake_each_other_and_come_twice() {
    let attacks = [by_referrals(), by_aliases(), by_replies()].concat();
    let jitter = Duration::from_millis(20);
    let odd = Conditions { jitter, duplicates: 100, ..Conditions::default() };
    nothing_is_noticed(attacks, 1, odd).await;
}
