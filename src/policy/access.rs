//! Who is answered (RFC 5358 section 4: a resolver open to the world is a reflector).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Network;

/// Networks whose clients are answered, and networks whose clients are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    allow: Vec<Network>,
    deny: Vec<Network>,
}

impl Access {
    /// These lists. Networks of IPv4-mapped addresses mean the IPv4 ones.
    #[must_use]
    pub fn new(allow: Vec<Network>, deny: Vec<Network>) -> Self {
        let canonical = |list: Vec<Network>| list.into_iter().map(Network::to_canonical).collect();
        Self { allow: canonical(allow), deny: canonical(deny) }
    }

    /// Whose clients are answered.
    #[must_use]
    pub fn allowed(&self) -> &[Network] {
        &self.allow
    }

    /// Is `client` answered? The longest prefix that it matches decides, a denial where both are equally long; whom no
    /// prefix matches is not answered.
    #[must_use]
    pub fn allows(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        let longest = |list: &[Network]| {
            list.iter().filter(|network| network.contains(client)).map(Network::length).max()
        };
        longest(&self.allow) > longest(&self.deny)
    }
}

impl Default for Access {
    /// This host alone.
    fn default() -> Self {
        let loopback = [
            Network::new(Ipv4Addr::LOCALHOST.into(), 8),
            Network::new(Ipv6Addr::LOCALHOST.into(), 128),
        ];
        Self { allow: loopback.into_iter().flatten().collect(), deny: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(allow: &[&str], deny: &[&str]) -> Access {
        let list = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("a network")).collect();
        Access::new(list(allow), list(deny))
    }

    fn allows(access: &Access, client: &str) -> bool {
        access.allows(client.parse().expect("an address"))
    }

    #[test]
    fn rfc5358_s4_strangers_are_not_answered_by_default() {
        let access = Access::default();
        for client in ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"] {
            assert!(allows(&access, client), "{client}");
        }
        for client in ["192.0.2.1", "10.0.0.1", "::2", "::", "::ffff:192.0.2.1", "fe80::1"] {
            assert!(!allows(&access, client), "{client}");
        }
    }

    #[test]
    fn the_longest_prefix_wins_and_a_denial_at_equal_length() {
        let access = access(
            &["10.0.0.0/8", "10.1.2.3", "192.0.2.0/24", "2001:db8::/32"],
            &["10.1.0.0/16", "192.0.2.0/24", "0.0.0.0/0", "2001:db8:1::/48"],
        );
        for client in ["10.2.0.1", "10.1.2.3", "2001:db8::1"] {
            assert!(allows(&access, client), "{client}");
        }
        for client in ["10.1.2.4", "192.0.2.1", "198.51.100.1", "2001:db8:1::1", "::1"] {
            assert!(!allows(&access, client), "{client}");
        }
    }

    #[test]
    fn a_network_of_length_zero_is_longer_than_none() {
        assert!(allows(&access(&["0.0.0.0/0"], &[]), "203.0.113.1"));
        assert!(!allows(&access(&["0.0.0.0/0"], &[]), "2001:db8::1"));
        assert!(!allows(&access(&[], &[]), "127.0.0.1"));
    }

    #[test]
    fn mapped_networks_and_clients_are_ipv4() {
        assert!(allows(&access(&["::ffff:10.0.0.0/104"], &[]), "10.1.1.1"));
        assert!(allows(&access(&["10.0.0.0/8"], &[]), "::ffff:10.1.1.1"));
        assert!(!allows(&access(&["::/0"], &[]), "::ffff:10.1.1.1"));
    }
}
