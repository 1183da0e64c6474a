//! What clients may take from this process.

use std::time::Duration;

use crate::dnssec::Limit;

/// The limits on clients. [`Limits::TABLE`] gives each its range and its why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Clients of one worker that wait for an answer.
    pub waiting_clients: u32,
    /// TCP connections of the whole process.
    pub tcp_connections: u32,
    /// TCP connections of one client: an IPv4 address, or an IPv6 /64.
    pub tcp_connections_per_client: u32,
    /// Milliseconds that a TCP connection may go without progress.
    pub tcp_idle_time: u32,
    /// Questions of one TCP connection that wait for an answer.
    pub tcp_waiting: u32,
    /// Octets of replies that one TCP client has not taken.
    pub tcp_unsent_octets: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let mut limits = Self {
            waiting_clients: 0,
            tcp_connections: 0,
            tcp_connections_per_client: 0,
            tcp_idle_time: 0,
            tcp_waiting: 0,
            tcp_unsent_octets: 0,
        };
        for limit in &Self::TABLE {
            *(limit.field)(&mut limits) = limit.default;
        }
        limits
    }
}

impl Limits {
    /// Every limit on clients.
    pub const TABLE: [Limit<Self>; 6] = [
        Limit {
            name: "waiting-clients",
            default: 4_096,
            range: (64, 1 << 20),
            why: "for each worker; each takes some kilobytes for at most the resolution time, and beyond it clients \
                  are told SERVFAIL at once",
            field: |l| &mut l.waiting_clients,
        },
        Limit {
            name: "tcp-connections",
            default: 12_000,
            range: (10, 1 << 20),
            why: "an idle one takes about a kilobyte; when all are taken the longest idle one gives way (RFC 9210 4.2)",
            field: |l| &mut l.tcp_connections,
        },
        Limit {
            name: "tcp-connections-per-client",
            default: 1_000,
            range: (1, 1 << 20),
            why: "room for a forwarder or a NAT in front of many clients, and for no one to take all; the longest idle \
                  one gives way",
            field: |l| &mut l.tcp_connections_per_client,
        },
        Limit {
            name: "tcp-idle-time",
            default: 10_000,
            range: (100, 600_000),
            why: "in milliseconds without a whole message or a reply taken; RFC 7766 6.2.3 wants seconds, not minutes",
            field: |l| &mut l.tcp_idle_time,
        },
        Limit {
            name: "tcp-waiting",
            default: 100,
            range: (1, 10_000),
            why: "questions of one connection in work at once; further ones stay in the kernel until there is room",
            field: |l| &mut l.tcp_waiting,
        },
        Limit {
            name: "tcp-unsent-octets",
            default: 256 * 1024,
            range: (128 * 1024, 1 << 28),
            why: "four longest replies; from half of it on nothing is read, and beyond it the client, which does not \
                  read either, is closed (CVE-2024-0760)",
            field: |l| &mut l.tcp_unsent_octets,
        },
    ];

    /// How long a TCP connection may go without progress.
    #[must_use]
    pub fn idle_time(&self) -> Duration {
        Duration::from_millis(self.tcp_idle_time.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_lie_in_their_ranges() {
        let mut limits = Limits::default();
        for limit in &Limits::TABLE {
            assert!((limit.range.0..=limit.range.1).contains(&limit.default), "{}", limit.name);
            assert_eq!(*(limit.field)(&mut limits), limit.default, "{}", limit.name);
        }
    }
}
