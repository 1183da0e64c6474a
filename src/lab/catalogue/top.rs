//! Hosts, the root, and the top-level domains.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::{Host, Key, Keyring, Role, Site, csk};
use crate::lab::Chain;

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// 2001:db8:`network`::1
const fn v6(network: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, network, 0, 0, 0, 0, 1))
}

/// Every server, in the ranges for documentation (RFC 5737, RFC 3849).
pub(super) fn hosts() -> Vec<Host> {
    let host = |name: &str, addresses: &[IpAddr]| Host {
        name: name.into(),
        addresses: addresses.to_vec(),
    };
    vec![
        host("root-a", &[v4(192, 0, 2, 1), v6(1)]),
        host("root-b", &[v4(192, 0, 2, 2)]),
        host("top-1", &[v4(192, 0, 2, 11), v6(11)]),
        host("top-2", &[v4(192, 0, 2, 12)]),
        host("good-1", &[v4(198, 51, 100, 1), v6(0x101)]),
        host("good-2", &[v4(198, 51, 100, 2)]),
        host("family", &[v4(198, 51, 100, 4)]),
        host("foreign", &[v4(198, 51, 100, 5)]),
        host("six", &[v6(0x600)]),
        host("insecure", &[v4(203, 0, 113, 1)]),
        host("broken", &[v4(203, 0, 113, 2), v6(0x202)]),
    ]
}

/// Addresses of the root's servers: glue in the root, and of the zone `test.` as well.
const ROOT_SERVERS: &str = "a.root-servers.test. A 192.0.2.1
a.root-servers.test. AAAA 2001:db8:1::1
b.root-servers.test. A 192.0.2.2
";

/// The root and the zones below it.
pub(super) fn sites(keyring: &Keyring) -> Vec<Site> {
    let split = vec![
        Key::new(Arc::clone(&keyring.p256[0]), Role::KeySigning),
        Key::new(Arc::clone(&keyring.p256[1]), Role::ZoneSigning),
    ];
    let nsec3 = |opt_out| Chain::Nsec3 { iterations: 0, salt: Vec::new(), opt_out };
    vec![
        Site::signed(".", ROOT_SERVERS, split.clone())
            .on(&["root-a", "root-b"])
            .name_servers(&["a.root-servers.test.", "b.root-servers.test."]),
        Site::signed("test.", ROOT_SERVERS, split).on(&["top-1", "top-2"]),
        Site::signed("nsec3-test.", "", csk(&keyring.ed25519[0]))
            .on(&["top-2"])
            .chain(nsec3(false)),
        Site::signed("optout-test.", "", csk(&keyring.p256[0])).on(&["top-2"]).chain(nsec3(true)),
        Site::signed("rsa-test.", "", csk(&keyring.rsa_sha256)).on(&["top-1"]),
    ]
}
