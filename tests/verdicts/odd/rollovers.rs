//! Every state of the roll-overs of RFC 6781 section 4.1, and zones with several signers (RFC 8901): all are secure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::lab::{Hook, Key, Role, Site, Zone, respond};
use bailiwick::model::Checking;

use crate::asking::*;
use crate::world::*;

const RECORDS: &str = "www A 198.51.100.1\n*.wild A 198.51.100.2\n";
/// After this long what is cached of a chain of trust is doubted when something fails below it.
const LATER: Duration = Duration::from_secs(10);
const ROWS: &[Row] = &[
    ("www.r.test.", "A", SECURE),
    ("www.r.test.", "MX", NO_DATA),
    ("no.r.test.", "A", NO_NAME),
    ("any.wild.r.test.", "A", SECURE),
    ("r.test.", "DNSKEY", SECURE),
    ("r.test.", "DS", SECURE),
];

fn ksk(seed: u8) -> Key {
    key(seed, Role::KeySigning)
}

fn zsk(seed: u8) -> Key {
    key(seed, Role::ZoneSigning)
}

/// Published and signing nothing.
fn standby(seed: u8, flags: u16) -> Key {
    Key { flags, ..key(seed, Role::Standby) }
}

fn world(keys: Vec<Key>, vouched: Vec<Key>) -> World {
    World::new([("r", Site::signed("r.test.", RECORDS, keys).vouched(vouched))])
}

async fn all_secure(states: Vec<(&str, Vec<Key>, Vec<Key>)>) {
    for (state, keys, vouched) in states {
        println!("{state}"); // told when it fails
        Trial::of(&world(keys, vouched)).expect(ROWS).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rfc6781_s4_1_1_zone_signing_keys() {
    let ds = || vec![ksk(1)];
    all_secure(vec![
        ("initial", vec![ksk(1), zsk(2)], ds()),
        ("pre-publish: new DNSKEY", vec![ksk(1), zsk(2), standby(3, 256)], ds()),
        ("pre-publish: new RRSIGs", vec![ksk(1), standby(2, 256), zsk(3)], ds()),
        ("DNSKEY removed", vec![ksk(1), zsk(3)], ds()),
        ("double signature", vec![ksk(1), zsk(2), zsk(3)], ds()),
        ("signatures of a key that is gone", vec![ksk(1), zsk(2).unpublished(), zsk(3)], ds()),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn rfc6781_s4_1_2_key_signing_keys() {
    all_secure(vec![
        ("double KSK: both sign", vec![ksk(1), ksk(4), zsk(2)], vec![ksk(1)]),
        ("double KSK: new DS", vec![ksk(1), ksk(4), zsk(2)], vec![ksk(4)]),
        ("double KSK: removed", vec![ksk(4), zsk(2)], vec![ksk(4)]),
        ("double DS: new DS", vec![ksk(1), zsk(2)], vec![ksk(1), ksk(4)]),
        ("double DS: new DNSKEY", vec![ksk(4), zsk(2)], vec![ksk(1), ksk(4)]),
        ("double DS: removed", vec![ksk(4), zsk(2)], vec![ksk(4)]),
        ("a DS of a key on standby", vec![ksk(1), standby(4, 257), zsk(2)], vec![ksk(4), ksk(1)]),
        (
            "a key revoked beside the new one",
            vec![ksk(4), Key { flags: 0x181, ..ksk(1) }, zsk(2)],
            vec![ksk(4)],
        ),
        ("one key for everything", vec![key(1, Role::Combined)], vec![ksk(1)]),
        (
            "two keys for everything",
            vec![key(1, Role::Combined), key(4, Role::Combined)],
            vec![ksk(4)],
        ),
        (
            "no SEP flag",
            vec![Key { flags: 256, ..key(1, Role::Combined) }],
            vec![Key { flags: 256, ..ksk(1) }],
        ),
    ])
    .await;
}

/// To another algorithm, in the conservative order and in the liberal one (section 4.1.4, RFC 6840 section 5.11).
#[tokio::test(start_paused = true)]
async fn rfc6781_s4_1_4_algorithms() {
    let ring = keyring();
    let old = |role| Key::new(Arc::clone(&ring.p256[0]), role);
    let (old_ksk, old_zsk) = (|| old(Role::KeySigning), || old(Role::ZoneSigning));
    let old_ds = || vec![old_ksk()];
    let published_first = vec![old_ksk(), old_zsk(), Key { role: Role::Standby, ..ksk(1) }];
    all_secure(vec![
        ("initial", vec![old_ksk(), old_zsk()], old_ds()),
        ("new RRSIGs", vec![old_ksk(), old_zsk(), zsk(2).unpublished()], old_ds()),
        ("new DNSKEYs", vec![old_ksk(), old_zsk(), ksk(1), zsk(2)], old_ds()),
        ("new DS", vec![old_ksk(), old_zsk(), ksk(1), zsk(2)], vec![ksk(1)]),
        ("both DS", vec![old_ksk(), old_zsk(), ksk(1), zsk(2)], vec![old_ksk(), ksk(1)]),
        ("DNSKEYs removed", vec![old_zsk().unpublished(), ksk(1), zsk(2)], vec![ksk(1)]),
        ("RRSIGs removed", vec![ksk(1), zsk(2)], vec![ksk(1)]),
        ("liberal: a DNSKEY that signs nothing", published_first, old_ds()),
        ("liberal: a DS without its DNSKEY", vec![old_ksk(), old_zsk()], vec![ksk(1), old_ksk()]),
        ("the DNSKEY RRset by one, the data by the other", vec![old_ksk(), zsk(2)], old_ds()),
    ])
    .await;
}

/// Responses of the server at `host` come from `other`, another version of the same zones.
fn served_from(world: &World, host: &str, other: &World) -> Hook {
    serving([(world.host(host), other.zone("r.test."))])
}

/// Responses of these servers come from these zones.
fn serving<const COUNT: usize>(served: [(IpAddr, Arc<Zone>); COUNT]) -> Hook {
    Box::new(move |passing| {
        for (_, zone) in served.iter().filter(|(host, _)| passing.from == *host) {
            *passing.reply = respond(&[Arc::clone(zone)], passing.query);
        }
        true
    })
}

/// RFC 8901: two providers with keys of their own; each publishes the keys of both.
#[tokio::test(start_paused = true)]
async fn rfc8901_several_signers() {
    let ring = keyring();
    let p256 = |role| Key::new(Arc::clone(&ring.p256[0]), role);
    let idle = |key: Key| Key { role: Role::Standby, ..key };
    let models = [
        // Model 1: one KSK, which signs both providers' keys.
        (vec![ksk(1), zsk(2), idle(zsk(3))], vec![ksk(1), idle(zsk(2)), zsk(3)], vec![ksk(1)]),
        // Model 2: a KSK each.
        (
            vec![ksk(1), idle(ksk(4)), zsk(2), idle(zsk(3))],
            vec![idle(ksk(1)), ksk(4), idle(zsk(2)), zsk(3)],
            vec![ksk(1), ksk(4)],
        ),
        // Model 2 with two algorithms, which RFC 8901 section 5 warns of and RFC 6840 section 5.11 allows to accept.
        (
            vec![p256(Role::Combined), idle(key(4, Role::Combined))],
            vec![idle(p256(Role::Combined)), key(4, Role::Combined)],
            vec![p256(Role::KeySigning), ksk(4)],
        ),
    ];
    for (one, other, vouched) in models {
        let site = |keys| Site::signed("r.test.", RECORDS, keys).vouched(vouched.clone());
        let first = World::new([("a b", site(one))]);
        let second = World::new([("a b", site(other))]);
        Trial::of(&first).hook(|| served_from(&first, "b", &second)).expect(ROWS).await;
    }
}

/// A key exchanged without any overlap: what was cached no longer fits, and is asked for once more (RFC 4035 section
/// 4.7).
#[tokio::test(start_paused = true)]
async fn keys_rolled_without_overlap_are_found() {
    let before = world(vec![ksk(1), zsk(2)], vec![ksk(1)]);
    let after = world(vec![ksk(1), zsk(3)], vec![ksk(1)]);
    let bench = Bench::new(&before);
    bench.expect(("www.r.test.", "A", SECURE)).await;
    let bench = bench.hooked(served_from(&before, "r", &after));
    tokio::time::sleep(LATER).await;
    for row in [
        ("www.r.test.", "MX", NO_DATA),
        ("no.r.test.", "A", NO_NAME),
        ("any.wild.r.test.", "A", SECURE),
    ] {
        bench.expect(row).await;
    }
}

/// A DS that was told and never used is another by the time that it is: it is asked for once more, or by the next question where
/// the operator allows no second look.
#[tokio::test(start_paused = true)]
async fn keys_rolled_since_a_ds_was_told_are_found() {
    let before = world(vec![ksk(1), zsk(2)], vec![ksk(1)]);
    let after = world(vec![ksk(4), zsk(3)], vec![ksk(4)]);
    for refetches in [1, 0] {
        let mut settings = settings(&before);
        settings.limits.refetches = refetches;
        let bench = Bench::with(&before, settings);
        bench.ask_checking("www.r.test.", "A", Checking::Disabled).await;
        let served = [("test", "test."), ("r", "r.test.")]
            .map(|(host, apex)| (before.host(host), after.zone(apex)));
        let bench = bench.hooked(serving(served));
        tokio::time::sleep(LATER).await;
        if refetches == 0 {
            assert!(bench.ask("www.r.test.", "MX").await.security.is_bogus());
            tokio::time::sleep(LATER).await;
        }
        bench.expect(("www.r.test.", "MX", NO_DATA)).await;
    }
}

/// The same one zone up: what no longer fits is the DS of a zone that nobody asked about yet. Its parent rolled the key that signs
/// it, or all of its keys.
#[tokio::test(start_paused = true)]
async fn keys_of_a_parent_rolled_without_overlap_are_found() {
    let world = |keys| {
        let site = |apex| signed(apex, RECORDS);
        let sites = [("r", site("r.test.")), ("s", site("s.test."))];
        World::with_test(Site::signed("test.", "", keys), sites)
    };
    let before = world(vec![ksk(1), zsk(2)]);
    for keys in [vec![ksk(1), zsk(3)], vec![ksk(4), zsk(3)]] {
        let after = world(keys);
        let bench = Bench::new(&before);
        bench.expect(("www.r.test.", "A", SECURE)).await;
        let served = [("root", "."), ("test", "test.")]
            .map(|(host, apex)| (before.host(host), after.zone(apex)));
        let bench = bench.hooked(serving(served));
        tokio::time::sleep(LATER).await;
        for row in
            [("www.s.test.", "A", SECURE), ("no.test.", "A", NO_NAME), ("no.r.test.", "A", NO_NAME)]
        {
            bench.expect(row).await;
        }
    }
}

/// RFC 6781 section 4.3.4: a zone goes unsigned while its keys and the DS are cached still. What is missing is no
/// forgery before the DS was asked for once more.
#[tokio::test(start_paused = true)]
async fn a_zone_that_goes_unsigned_is_found() {
    let before = world(vec![ksk(1), zsk(2)], vec![ksk(1)]);
    let after = World::new([("r", Site::unsigned("r.test.", RECORDS))]);
    let bench = Bench::new(&before);
    bench.expect(("www.r.test.", "A", SECURE)).await;
    let served = [("test", "test."), ("r", "r.test.")]
        .map(|(host, apex)| (before.host(host), after.zone(apex)));
    let bench = bench.hooked(serving(served));
    tokio::time::sleep(LATER).await;
    for row in [
        ("www.r.test.", "MX", INSECURE_NO_DATA),
        ("no.r.test.", "A", INSECURE_NO_NAME),
        ("any.wild.r.test.", "A", INSECURE),
    ] {
        bench.expect(row).await;
    }
}
