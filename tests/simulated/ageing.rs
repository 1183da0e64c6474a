//! A small Internet whose data end soon while all above them live for hours, and a resolver that goes on when its clients have
//! their answers.

use std::time::Duration;

use bailiwick::lab::{Key, Keyring, Role, Site};
use bailiwick::resolver::Settings;

use super::world::{ROOT, TOP, World};

/// The servers of `example.com` and of `plain.com`, which is not signed.
pub const ONE: [&str; 2] = ["192.0.2.21", "192.0.2.22"];
/// That of `other.com`.
pub const TWO: [&str; 1] = ["192.0.2.31"];
pub const NAME: &str = "www.example.com.";

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// With `data` in `example.com` and in `plain.com`, and `other` in `other.com`; to be asked in a `LocalSet`.
pub fn world(data: &str, other: &str, set: impl FnOnce(&mut Settings)) -> World {
    let pair = Keyring::built_in().expect("keys").ed25519[0].clone();
    let keys = vec![Key::new(pair, Role::Combined)];
    let signed =
        |apex: &str, records: &str, on| Site::signed(apex, records, keys.clone()).on(&[on]);
    let sites = [
        signed(".", "", "root"),
        signed("com.", "", "top"),
        signed("example.com.", data, "one"),
        signed("other.com.", other, "two"),
        Site::unsigned("plain.com.", data).on(&["one"]),
    ];
    World::in_local_set(&[ROOT, TOP, ("one", &ONE), ("two", &TWO)], &sites, set)
}
