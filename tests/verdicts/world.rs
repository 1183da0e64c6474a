//! Small signed Internets: a root, `test.` below it, and whatever a test puts there.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::lab::{Chain, Host, Internet, Key, Keyring, Role, Site, Validity, Zone};
use bailiwick::wire::{Name, RrType};

pub use super::ed25519::{ed25519, key_of};

/// 2026-01-01: the date of every test.
pub const WALL: u64 = 1_767_225_600;

/// When the signatures of sites are valid.
pub fn validity() -> Validity {
    Validity::days(WALL, -1, 13)
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub fn rtype(text: &str) -> RrType {
    text.parse().expect("a type")
}

pub fn keyring() -> Keyring {
    Keyring::built_in().expect("keys")
}

/// The one key of a zone that signs everything.
pub fn csk(seed: u8) -> Vec<Key> {
    vec![key(seed, Role::Combined)]
}

pub fn key(seed: u8, role: Role) -> Key {
    Key::new(ed25519(seed), role)
}

/// A zone signed by a key of its own.
pub fn signed(apex: &str, records: &str) -> Site {
    Site::signed(apex, records, csk(key_of(apex)))
}

pub const fn nsec3(iterations: u16) -> Chain {
    Chain::Nsec3 { iterations, salt: Vec::new(), opt_out: false }
}

pub const fn opt_out() -> Chain {
    Chain::Nsec3 { iterations: 0, salt: Vec::new(), opt_out: true }
}

/// Zones with the hosts that serve them. The root is on host `root` and `test.` on host `test` unless a test has its
/// own.
#[derive(Clone)]
pub struct World {
    pub internet: Rc<Internet>,
}

impl World {
    /// Each site is served by the host in front of it; several hosts are separated by blanks.
    pub fn new(sites: impl IntoIterator<Item = (&'static str, Site)>) -> Self {
        Self::with_test(signed("test.", ""), sites)
    }

    /// The same with this site for `test.`.
    pub fn with_test(test: Site, sites: impl IntoIterator<Item = (&'static str, Site)>) -> Self {
        Self::of([("root", signed(".", "")), ("test", test)].into_iter().chain(sites))
    }

    /// These sites and no others.
    pub fn of(sites: impl IntoIterator<Item = (&'static str, Site)>) -> Self {
        Self::signed_at(WALL, sites)
    }

    /// The same, signed at the date `wall`.
    pub fn signed_at(wall: u64, sites: impl IntoIterator<Item = (&'static str, Site)>) -> Self {
        let placed: Vec<_> = sites.into_iter().collect();
        let names: BTreeSet<&str> =
            placed.iter().flat_map(|(hosts, _)| hosts.split_ascii_whitespace()).collect();
        let host = |(number, name): (usize, &&str)| Host {
            name: (*name).into(),
            addresses: vec![address(number)],
        };
        let hosts: Vec<_> = names.iter().enumerate().map(host).collect();
        let on = |(hosts, site): (&str, Site)| {
            site.on(&hosts.split_ascii_whitespace().collect::<Vec<_>>())
        };
        let sites: Vec<_> = placed.into_iter().map(on).collect();
        let internet = Internet::build(&hosts, &sites, wall).expect("a world");
        Self { internet: Rc::new(internet) }
    }

    /// The address of the host called so.
    pub fn host(&self, host: &str) -> IpAddr {
        let server = self.internet.servers().iter().find(|server| server.name == host);
        server.expect("a host").addresses[0]
    }

    pub fn zone(&self, apex: &str) -> Arc<Zone> {
        Arc::clone(self.internet.zone(apex).expect("a name").expect("a zone"))
    }
}

fn address(number: usize) -> IpAddr {
    let last = u8::try_from(number + 1).expect("few hosts");
    IpAddr::from([192, 0, 2, last])
}
