//! Random names of one zone, 2,000 a second: whoever asks for something else must not notice.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::{Conditions, Site};
use bailiwick::model::Source;
use bailiwick::wire::{EdeCode, Rcode};
use tokio::task::{LocalSet, spawn_local};

use super::world::{ROOT, TOP, World, ip, with_top};

const FLOODED: &str = "192.0.2.11";
const PER_SECOND: u32 = 2_000;
/// So often a second are questions asked: time that is paused has no finer steps than a millisecond.
const TICKS: u32 = 100;

/// What a client got, and after what time.
type Seen = Rc<RefCell<Vec<(Rcode, Duration)>>>;

/// `example.com`, which is flooded, and `example.net`, on a host each.
fn world() -> Rc<World> {
    let hosts = [ROOT, TOP, ("one", &[FLOODED][..]), ("two", &["192.0.2.12"])];
    let records = "$TTL 60\n* A 198.51.100.1";
    let flooded = Site::unsigned("example.com.", records).on(&["one"]);
    let bystander = Site::unsigned("example.net.", records).on(&["two"]);
    Rc::new(World::with(&hosts, &with_top(vec![flooded, bystander]), |settings| {
        settings.fetches.fetches_per_zone = 200;
        settings.fetches.fetches_per_server = 1_500;
    }))
}

/// Asks for `count` names below `zone`, `per_second` of them each second, whatever becomes of the earlier ones.
async fn questions(world: Rc<World>, zone: &'static str, count: u32, per_second: u32) -> Seen {
    let seen = Seen::default();
    let mut tasks = Vec::new();
    for name in 0..count {
        let (world, seen) = (Rc::clone(&world), Rc::clone(&seen));
        tasks.push(spawn_local(async move {
            let (answer, took) = world.time(&format!("x{name}.{zone}"), "A").await;
            seen.borrow_mut().push((answer.rcode, took));
            answer
        }));
        if name % (per_second / TICKS) == 0 {
            tokio::time::sleep(Duration::from_secs(1) / TICKS).await;
        }
    }
    for task in tasks {
        let answer = task.await.expect("an answer");
        if answer.rcode == Rcode::SERVFAIL {
            assert_eq!(answer.errors[0].code, EdeCode::NO_REACHABLE_AUTHORITY, "{answer:?}");
        }
    }
    seen
}

fn p99(seen: &Seen) -> Duration {
    let mut times: Vec<_> = seen.borrow().iter().map(|(_, took)| *took).collect();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

fn answered(seen: &Seen) -> usize {
    seen.borrow().iter().filter(|(rcode, _)| *rcode == Rcode::NOERROR).count()
}

/// The bystanders' p99 beside a flood of the zone whose server answers under `conditions`, or is dead; what the flood got;
/// the most
/// questions under way at once, at first and once it was to be seen that the zone's server is dead.
async fn flood(
    world: &Rc<World>,
    conditions: Conditions,
    seconds: u32,
) -> (Duration, Seen, [u32; 2]) {
    world.network.set_conditions_of(ip(FLOODED), conditions);
    let most = Rc::new(Cell::new([0; 2]));
    let (watched, peak) = (Rc::clone(world), Rc::clone(&most));
    let watch = spawn_local(async move {
        for millisecond in 0.. {
            let [mut first, mut then] = peak.get();
            let most = if millisecond < 3_000 { &mut first } else { &mut then };
            *most = watched.fetches().max(*most);
            peak.set([first, then]);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    let count = PER_SECOND * seconds;
    let flood = spawn_local(questions(Rc::clone(world), "example.com.", count, PER_SECOND));
    let bystanders = questions(Rc::clone(world), "example.net.", 100 * seconds, 100).await;
    assert_eq!(answered(&bystanders), bystanders.borrow().len(), "every bystander is served");
    let flooded = flood.await.expect("answers");
    watch.abort();
    (p99(&bystanders), flooded, most.get())
}

#[tokio::test(start_paused = true)]
async fn names_of_a_dead_zone_cost_bystanders_nothing() {
    LocalSet::new()
        .run_until(async {
            let world = world();
            let quiet = p99(&questions(Rc::clone(&world), "example.net.", 100, 100).await);
            let dead = Conditions { dead: true, ..Conditions::default() };
            let (loud, flooded, most) = flood(&world, dead, 4).await;
            assert!(loud < quiet * 2, "{loud:?}, quiet {quiet:?}");
            assert_eq!(flooded.borrow().len(), 8_000, "every one hears that it failed");
            assert!(p99(&flooded) <= Duration::from_millis(4_500));
            assert_eq!(answered(&flooded), 0);
            assert!((1_500..1_550).contains(&most[0]), "to one server: {most:?}");
            // With the tries of a second and a half, and bystanders.
            assert!(most[1] <= 200 + 20 + 5, "to a zone that fails: {most:?}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn names_of_a_slow_zone_are_all_resolved() {
    LocalSet::new()
        .run_until(async {
            let world = world();
            let quiet = p99(&questions(Rc::clone(&world), "example.net.", 100, 100).await);
            let slow = Conditions { latency: Duration::from_millis(500), ..Conditions::default() };
            let (loud, flooded, _) = flood(&world, slow, 2).await;
            assert!(loud < quiet * 2, "{loud:?}, quiet {quiet:?}");
            assert_eq!(answered(&flooded), 4_000);
        })
        .await;
}

/// A slow zone may have many servers: a part of the places is for others all the same.
#[tokio::test(start_paused = true)]
async fn names_of_a_slow_zone_with_many_servers_leave_places_for_others() {
    LocalSet::new()
        .run_until(async {
            let many = ["192.0.2.21", "192.0.2.22", "192.0.2.23", "192.0.2.24"];
            let hosts = [ROOT, TOP, ("many", &many[..]), ("two", &["192.0.2.12"])];
            let records = "$TTL 60\n* A 198.51.100.1";
            let flooded = Site::unsigned("example.com.", records).on(&["many"]);
            let bystander = Site::unsigned("example.net.", records).on(&["two"]);
            let world = Rc::new(World::new(&hosts, &with_top(vec![flooded, bystander])));
            let slow = Conditions { latency: Duration::from_millis(700), ..Conditions::default() };
            many.iter().for_each(|address| world.network.set_conditions_of(ip(address), slow));
            let flood = questions(Rc::clone(&world), "example.com.", 6_000, PER_SECOND);
            let flood = spawn_local(flood);
            let bystanders = questions(Rc::clone(&world), "example.net.", 300, 100).await;
            assert_eq!(answered(&bystanders), 300, "every bystander is served");
            let flooded = flood.await.expect("answers");
            // At first nobody knows how slow they are, and some are asked twice.
            assert!(answered(&flooded) >= 5_400, "{}", answered(&flooded));
        })
        .await;
}

/// Who comes when a zone's servers are known to be dead does not wait for those who came before and still wait for them.
#[tokio::test(start_paused = true)]
async fn who_comes_late_does_not_wait_for_who_waits_for_the_dead() {
    LocalSet::new()
        .run_until(async {
            let world = world();
            world.kill(&[FLOODED]);
            // All of them show the same first: "sub.example.com".
            let early = questions(Rc::clone(&world), "sub.example.com.", 40, 100);
            let early = spawn_local(early);
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            let late = questions(Rc::clone(&world), "late.sub.example.com.", 40, 100);
            assert!(!early.is_finished(), "there is somebody to wait for");
            let late = late.await;
            assert!(p99(&late) <= Duration::from_millis(50), "{:?}", p99(&late));
            assert!(p99(&early.await.expect("answers")) <= Duration::from_millis(4_500));
        })
        .await;
}

/// Two servers of the operator's own for everything, or for `example.com` alone, and a limit of 16 questions to the servers of
/// a zone that are all silent.
fn written(source: Source, zone: &str) -> Rc<World> {
    let hosts = [ROOT, TOP, ("one", &[FLOODED][..]), ("two", &["192.0.2.12"])];
    let records = "$TTL 60\n* A 198.51.100.1";
    let both = |apex| Site::unsigned(apex, records).on(&["one", "two"]);
    let sites = with_top(vec![both("example.com."), both("example.net.")]);
    let servers = [FLOODED, "192.0.2.12"].map(|server| (ip(server), 53).into());
    let zone = Zone::new(zone.parse().expect("a name"), source, &servers, Fallback::None);
    Rc::new(World::with(&hosts, &sites, |settings| {
        settings.fetches.fetches_per_zone = 16;
        settings.iterate.zones = vec![zone];
    }))
}

/// Of two forwarders one is silent: a flood is answered by the other, and so are all others.
#[tokio::test(start_paused = true)]
async fn a_silent_forwarder_beside_a_good_one_is_no_zone_that_fails() {
    LocalSet::new()
        .run_until(async {
            let world = written(Source::Forward, ".");
            let dead = Conditions { dead: true, ..Conditions::default() };
            let (loud, flooded, most) = flood(&world, dead, 2).await;
            assert_eq!(answered(&flooded), 4_000);
            assert!(loud < Duration::from_millis(500), "{loud:?}");
            assert!(most[0] > 16, "{most:?}");
        })
        .await;
}

/// Of a thousand questions in a second that come when the servers have become so slow that they look silent, how many are
/// turned away for others that are under way.
async fn turned_away(source: Source, zone: &str) -> usize {
    let world = written(source, zone);
    for n in 0..10 {
        world.ask(&format!("first{n}.example.com."), "A").await;
    }
    let slow = Conditions { latency: Duration::from_secs(3), ..Conditions::default() };
    for server in [FLOODED, "192.0.2.12"] {
        world.network.set_conditions_of(ip(server), slow);
    }
    let mut tasks = Vec::new();
    for n in 0..1_000 {
        let world = Rc::clone(&world);
        let ask = async move { world.ask(&format!("x{n}.example.com."), "A").await };
        tasks.push(spawn_local(ask));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut away = 0;
    for task in tasks {
        let answer = task.await.expect("an answer");
        away += usize::from(answer.errors.iter().any(|error| error.text.contains("too many")));
    }
    away
}

/// Forwarders serve all zones: where they look silent, nobody is turned away for what others asked them. Servers of one zone
/// are spared.
#[tokio::test(start_paused = true)]
async fn the_limit_of_a_zone_does_not_hold_for_forwarders() {
    LocalSet::new()
        .run_until(async {
            assert_eq!(turned_away(Source::Forward, ".").await, 0);
            assert!(turned_away(Source::Stub, "example.com.").await > 0);
        })
        .await;
}

/// Thousands may wait at the same time, each in a block of so many octets and what its conversations take.
#[tokio::test(start_paused = true)]
async fn whoever_waits_takes_little_space() {
    let world = World::seeded(1, &[], &[], |_| ());
    let question = bailiwick::wire::Question::new(
        "www.example.".parse().expect("a name"),
        bailiwick::wire::RrType::A,
    );
    let (checking, trace) = (bailiwick::model::Checking::Enabled, bailiwick::trace::Trace::off());
    let waiting = size_of_val(&world.resolver.resolve(&question, checking, trace));
    println!("{waiting} octets");
    assert!(waiting <= 4_096, "{waiting}");
}
