//! What an operator can set about iteration.

use std::net::{IpAddr, SocketAddr};

use super::Minimization;
use crate::model::{Delegation, NameServer, Network, Source};
use crate::wire::Name;

/// What to do when no forwarder of a zone answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fallback {
    /// Fail.
    #[default]
    None,
    /// Ask the zone's own servers, as if there were no forwarder.
    Recurse,
}

/// A zone whose servers the operator wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The servers.
    pub delegation: Delegation,
    /// Their addresses with their ports.
    pub sockets: Vec<SocketAddr>,
    /// What to do when none answers.
    pub fallback: Fallback,
}

impl Zone {
    /// The zone `name`, served by `servers`.
    #[must_use]
    pub fn new(name: Name, source: Source, servers: &[SocketAddr], fallback: Fallback) -> Self {
        let addresses = servers.iter().map(SocketAddr::ip).collect();
        let server = NameServer { name: Name::root(), addresses };
        let delegation = Delegation::new(name, vec![server], source);
        Self { delegation, sockets: servers.to_vec(), fallback }
    }
}

/// Networks whose addresses are never asked, however a zone came to name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoNotQuery {
    /// The networks.
    pub networks: Vec<Network>,
    /// The resolver's own listening sockets: never asked, whatever the operator writes.
    pub own: Vec<SocketAddr>,
}

/// Own, unspecified, loopback, private, link-local and multicast networks: a name server there is a mistake or an
/// attack (CVE-2026-50251 and its like).
const PUBLIC_ZONES_HAVE_NO_SERVERS_IN: [&str; 14] = [
    "0.0.0.0/8",
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
    "::ffff:0:0/96",
];

impl Default for DoNotQuery {
    fn default() -> Self {
        Self {
            networks: PUBLIC_ZONES_HAVE_NO_SERVERS_IN
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            own: Vec::new(),
        }
    }
}

impl DoNotQuery {
    /// May `server` be asked? Sockets of this very process never may.
    #[must_use]
    pub fn allows(&self, server: SocketAddr) -> bool {
        !self.is_own(server) && !self.networks.iter().any(|network| network.contains(server.ip()))
    }

    /// Is it one of the resolver's own listening sockets?
    #[must_use]
    pub fn is_own(&self, server: SocketAddr) -> bool {
        let same = |own: &SocketAddr| {
            own.port() == server.port()
                && (own.ip() == server.ip()
                    || own.ip().is_unspecified() && server.ip().is_loopback())
        };
        self.own.iter().any(same)
    }
}

/// What an operator can set about iteration, and the zones that he wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where priming starts (RFC 9609 section 2).
    pub hints: Delegation,
    /// Stub and forward zones.
    pub zones: Vec<Zone>,
    /// Addresses that are never asked.
    pub do_not_query: DoNotQuery,
    /// Ask servers over IPv4?
    pub ipv4: bool,
    /// Ask servers over IPv6?
    pub ipv6: bool,
    /// The UDP size offered to servers, in octets (RFC 6891 section 6.2.3).
    pub edns_buffer_size: u16,
    /// Put names in random letters (0x20), which the reply must repeat?
    pub case_randomization: bool,
    /// Send cookies to servers (RFC 7873)?
    pub cookies: bool,
    /// Zones with trust anchors, below which EDNS is never given up.
    pub anchored: Vec<Name>,
    /// How much of a name each server is shown.
    pub minimization: Minimization,
    /// The longest life of a delegation, in seconds.
    pub max_ttl: u32,
}

impl Options {
    /// The recommended settings with these root servers.
    #[must_use]
    pub fn with_hints(hints: Vec<NameServer>) -> Self {
        let private = |a: &IpAddr| !DoNotQuery::default().allows(SocketAddr::new(*a, 53));
        let all_private = hints.iter().flat_map(|h| &h.addresses).all(private);
        let mut do_not_query = DoNotQuery::default();
        if all_private {
            do_not_query.networks.clear(); // a private Internet has its servers in private networks
        }
        Self {
            hints: Delegation::new(Name::root(), hints, Source::Hints),
            zones: Vec::new(),
            do_not_query,
            ipv4: true,
            ipv6: true,
            edns_buffer_size: 1232,
            case_randomization: true,
            cookies: true,
            anchored: Vec::new(),
            minimization: Minimization::Relaxed,
            max_ttl: 86_400,
        }
    }

    /// Did the operator write `address` as a root server's?
    #[must_use]
    pub fn is_hint(&self, address: IpAddr) -> bool {
        self.hints.servers.iter().any(|server| server.addresses.contains(&address))
    }

    /// The operator's zone that is closest to `name`.
    #[must_use]
    pub fn zone_of(&self, name: &Name) -> Option<&Zone> {
        let above = self.zones.iter().filter(|zone| name.is_at_or_below(&zone.delegation.zone));
        above.max_by_key(|zone| zone.delegation.zone.label_count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn do_not_query_by_default() {
        let list = DoNotQuery::default();
        let allows = |a: &str| list.allows(SocketAddr::new(a.parse().expect("an address"), 53));
        for refused in [
            "0.0.0.0",
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.9.9",
            "169.254.1.1",
            "239.1.1.1",
            "255.255.255.255",
            "::",
            "::1",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:192.0.2.1",
        ] {
            assert!(!allows(refused), "{refused}");
        }
        for asked in ["192.0.2.1", "172.32.0.1", "128.0.0.1", "2001:db8::1", "::2"] {
            assert!(allows(asked), "{asked}");
        }
    }

    #[test]
    fn own_sockets_are_never_asked_even_with_an_empty_list() {
        let list =
            DoNotQuery { networks: Vec::new(), own: vec!["0.0.0.0:53".parse().expect("a socket")] };
        assert!(!list.allows("127.0.0.1:53".parse().expect("a socket")));
        assert!(list.allows("127.0.0.1:5353".parse().expect("a socket")));
    }
}
