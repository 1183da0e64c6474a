//! Datagrams get lost, 30 of a hundred each way: everything still resolves, within the time that a client waits.

use std::fmt::Write;
use std::time::Duration;

use bailiwick::lab::{Conditions, Key, Keyring, Role, Site};
use bailiwick::wire::Rcode;

use super::world::{World, addresses};

/// Of a thousand exchanges so many fail when of a hundred datagrams 30 are lost on each way.
const EACH_WAY: u32 = 510;
/// The same when they are lost on one way.
const ONE_WAY: u32 = 300;

const TWO_EACH: [(&str, &[&str]); 4] = [
    ("root", &["192.0.2.1", "192.0.2.101"]),
    ("top", &["192.0.2.2", "192.0.2.102"]),
    ("one", &["192.0.2.11", "192.0.2.12"]),
    ("two", &["192.0.2.21", "192.0.2.22"]),
];

/// Five zones, each with names that are aliases of the same name in the next one; all signed, each server with two
/// addresses.
fn world(seed: u64) -> World {
    let keys =
        vec![Key::new(Keyring::built_in().expect("keys").ed25519[0].clone(), Role::Combined)];
    let mut sites = vec![
        Site::signed(".", "", keys.clone()).on(&["root"]),
        Site::signed("com.", "", keys.clone()).on(&["top"]),
    ];
    for zone in 0..6 {
        let mut records = String::from("$TTL 60\n");
        let data = if zone == 5 {
            "A 198.51.100.1".into()
        } else {
            format!("CNAME www.z{}.com.", zone + 1)
        };
        writeln!(records, "www {data}\n* A 198.51.100.1").expect("a string");
        let host = if zone % 2 == 0 { "one" } else { "two" };
        sites.push(Site::signed(&format!("z{zone}.com."), &records, keys.clone()).on(&[host]));
    }
    // What one name proves of the others would spare their questions.
    World::seeded(seed, &TWO_EACH, &sites, |settings| settings.aggressive_denial = false)
}

fn lossy(world: &World, loss: u32) {
    world.network.set_conditions(Conditions { loss, ..Conditions::default() });
}

#[tokio::test(start_paused = true)]
async fn a_thousand_names_resolve_though_half_of_the_exchanges_fail() {
    let world = world(1);
    for (loss, p95) in [(ONE_WAY, 200), (EACH_WAY, 250)] {
        lossy(&world, loss);
        let mut times = Vec::new();
        for name in 0..1_000 {
            let (answer, took) =
                world.time(&format!("x{name}-{loss}.z{}.com.", name % 6), "A").await;
            assert_eq!(addresses(&answer), ["198.51.100.1"], "{name}: {:?}", answer.errors);
            times.push(took);
        }
        times.sort_unstable();
        println!("{loss} p50 {:?} p95 {:?} max {:?}", times[500], times[950], times[999]);
        assert!(times[950] <= Duration::from_millis(p95), "{loss}: {:?}", times[950]);
    }
}

/// How many of a hundred cold chains came through, at the first and the second time that a stub asks.
async fn chains(loss: u32) -> (usize, usize) {
    let (mut first, mut second) = (0, 0);
    for seed in 0..100 {
        let world = world(seed);
        lossy(&world, loss);
        let (answer, _) = world.time("www.z0.com.", "A").await;
        let resolved = answer.rcode == Rcode::NOERROR && answer.security.is_secure();
        first += usize::from(resolved);
        tokio::time::sleep(Duration::from_secs(6)).await;
        let answer = world.ask("www.z0.com.", "A").await;
        second += usize::from(answer.rcode == Rcode::NOERROR && answer.security.is_secure());
    }
    (first, second)
}

#[tokio::test(start_paused = true)]
async fn so_does_a_cold_signed_chain_of_five_aliases() {
    let quiet = world(0);
    let (answer, asked) = quiet.asked("www.z0.com.", "A").await;
    assert!(answer.security.is_secure(), "{}", answer.security);
    assert_eq!(asked.lines().count(), 22, "{asked}");
    // Where all of a zone's servers were silent for long, which may be mere loss, they are tried once a second.
    for (loss, first, second) in [(ONE_WAY, 100, 100), (EACH_WAY, 95, 100)] {
        let found = chains(loss).await;
        println!("{loss}: {found:?}");
        assert!(found.0 >= first && found.1 >= second, "{loss}: {found:?}");
    }
}
