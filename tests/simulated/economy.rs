//! Few, well-chosen questions to servers: none twice, none that waits for what it need not wait for.

use std::rc::Rc;
use std::time::Duration;

use bailiwick::lab::{Key, Keyring, Role, Site};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

use super::world::{ROOT, TOP, World, addresses, with_top};

/// A signed root, `com` and `net`; `example.com` is signed; the server of `glueless.com` has a name below `net` and no
/// glue; `sub.example.com` lies on the server of the zone above it, which refers nobody there.
fn world() -> World {
    let keyring = Keyring::built_in().expect("keys");
    let keys = || vec![Key::new(keyring.ed25519[0].clone(), Role::Combined)];
    let records = "$TTL 300\na A 198.51.100.1\nb A 198.51.100.1\n* A 198.51.100.1";
    let hosts = [ROOT, TOP, ("ns.servers.net", &["192.0.2.11"][..]), ("two", &["192.0.2.12"])];
    let sites = [
        Site::signed(".", "", keys()).on(&["root"]),
        Site::signed("com.", "", keys()).on(&["top"]),
        Site::signed("net.", "", keys()).on(&["top"]),
        Site::signed("servers.net.", "ns A 192.0.2.11", keys()).on(&["two"]),
        Site::signed("glueless.com.", &format!("@ NS ns.servers.net.\n{records}"), keys())
            .on(&["ns.servers.net"]),
        Site::signed("example.com.", records, keys()).on(&["two"]),
        Site::signed("sub.example.com.", records, keys()).on(&["two"]),
    ];
    World::new(&hosts, &sites)
}

/// Three questions for a name in a new zone below a known one: to its parent, to itself, and for its keys; the DS comes
/// with the referral. All that can be asked at once is asked at once.
#[tokio::test(start_paused = true)]
async fn a_name_in_a_new_signed_zone_takes_three_questions_and_two_round_trips() {
    let world = world();
    let (cold, asked) = world.asked("a.example.com.", "A").await;
    assert!(cold.security.is_secure(), "{cold:?}");
    // The root's servers, its referral and keys, com's keys, and the three.
    assert_eq!(asked.lines().count(), 7, "{asked}");
    let warm = world_with_com_known().await;
    warm.network.forget();
    let (answer, took) = warm.time("a.example.com.", "A").await;
    assert!(answer.security.is_secure(), "{answer:?}");
    let asked = warm.network.transcript();
    assert_eq!(asked.lines().count(), 3, "{asked}");
    assert_eq!(took, Duration::from_millis(40), "{asked}");
    let (known, asked) = warm.asked("b.example.com.", "A").await;
    assert!(known.security.is_secure() && asked.lines().count() == 1, "{asked}");
}

async fn world_with_com_known() -> World {
    let world = world();
    world.ask("com.", "SOA").await;
    world
}

/// A hundred clients ask for names in a zone that nobody has heard of: what is common to all is asked for once.
#[tokio::test(start_paused = true)]
async fn what_many_clients_need_at_once_is_asked_for_once() {
    let local = LocalSet::new();
    local
        .run_until(async {
            for zone in ["example.com.", "glueless.com."] {
                let world = Rc::new(world());
                let client = |number: u32| {
                    let world = Rc::clone(&world);
                    async move { world.ask(&format!("x{number}.{zone}"), "A").await }
                };
                let clients: Vec<_> = (0..100).map(|number| spawn_local(client(number))).collect();
                for client in clients {
                    let answer = client.await.expect("an answer");
                    assert_eq!(addresses(&answer), ["198.51.100.1"]);
                    assert!(answer.security.is_secure(), "{answer:?}");
                }
                let asked = world.network.transcript();
                for once in [" . NS", " . DNSKEY", " com. DNSKEY", " ns.servers.net. A", zone] {
                    let question =
                        if once == zone { format!(" {zone} DNSKEY") } else { once.into() };
                    let times = asked.matches(&question).count();
                    assert!(times <= 1, "{question}: {times}\n{asked}");
                }
            }
        })
        .await;
}

/// Keys and DS that have come and are not proven yet are within reach of whoever comes meanwhile.
#[tokio::test(start_paused = true)]
async fn two_clients_who_come_one_after_the_other_ask_for_nothing_twice() {
    let local = LocalSet::new();
    local
        .run_until(async {
            for gap in (0..=120).step_by(5).map(Duration::from_millis) {
                for zone in ["example.com.", "glueless.com.", "sub.example.com."] {
                    let world = Rc::new(world());
                    let client = |name: &'static str, wait: Duration| {
                        let (world, name) = (Rc::clone(&world), format!("{name}.{zone}"));
                        spawn_local(async move {
                            sleep(wait).await;
                            world.ask(&name, "A").await
                        })
                    };
                    for client in [client("a", Duration::ZERO), client("b", gap)] {
                        let answer = client.await.expect("an answer");
                        assert!(answer.security.is_secure(), "{answer:?}");
                    }
                    let asked = world.network.transcript();
                    let question = |line: &str| {
                        let words: Vec<_> = line.split_whitespace().skip(4).take(2).collect();
                        words.join(" ")
                    };
                    let mut links: Vec<_> = asked.lines().map(question).collect();
                    links.retain(|asked| asked.ends_with(" DNSKEY:") || asked.ends_with(" DS:"));
                    let all = links.len();
                    links.sort();
                    links.dedup();
                    assert!(all > 2 && links.len() == all, "{zone} {gap:?}\n{asked}");
                }
            }
        })
        .await;
}

/// RFC 9156 section 3: who was shown a name that is no zone cut is not shown it again on the way to another one below.
#[tokio::test(start_paused = true)]
async fn what_is_known_to_be_no_zone_cut_is_not_shown_again() {
    let records = "$TTL 300\na.deep.down A 198.51.100.1\nb.deep.down A 198.51.100.1";
    let site = Site::unsigned("example.com.", records).on(&["two"]);
    let world = World::new(&[ROOT, TOP, ("two", &["192.0.2.12"])], &with_top(vec![site]));
    let (_, asked) = world.asked("a.deep.down.example.com.", "A").await;
    assert!(asked.contains(" down.example.com. A") && asked.contains(" deep.down.example.com. A"));
    let (answer, asked) = world.asked("b.deep.down.example.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"]);
    assert_eq!(asked.lines().count(), 1, "{asked}");
}

/// One host serves the root and all below it: it is shown whole names once that is known, and until it refers to others.
#[tokio::test(start_paused = true)]
async fn a_server_of_all_that_is_below_it_is_shown_whole_names() {
    let records = "$TTL 300\nwww A 198.51.100.1\nns.other A 192.0.2.12\nother NS ns.other";
    let zone = |name: &str| Site::unsigned(name, records).on(&["root"]);
    let other = Site::unsigned("other.c.com.", "$TTL 300\nwww A 198.51.100.1").on(&["two"]);
    let top = Site::unsigned("com.", "").on(&["root"]);
    let sites = [
        Site::unsigned(".", "").on(&["root"]),
        top,
        zone("a.com."),
        zone("b.com."),
        zone("c.com."),
    ];
    let sites = [&sites[..], &[other]].concat();
    let world = World::new(&[ROOT, ("two", &["192.0.2.12"])], &sites);
    let first = |asked: &str| asked.split_whitespace().nth(4).map(str::to_owned);
    world.ask("www.a.com.", "A").await;
    let (_, asked) = world.asked("www.b.com.", "A").await;
    assert_eq!(
        (first(&asked).as_deref(), asked.lines().count()),
        (Some("www.b.com."), 1),
        "{asked}"
    );
    let (answer, asked) = world.asked("www.other.c.com.", "A").await;
    assert_eq!(addresses(&answer), ["198.51.100.1"], "{asked}");
    let (_, asked) = world.asked("www.c.com.", "A").await;
    assert_eq!(first(&asked).as_deref(), Some("c.com."), "it referred to others: {asked}");
}
