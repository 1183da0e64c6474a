//! What clients may take from this process.

use std::time::Duration;

use crate::dnssec::limits;

limits! {
    /// The limits on clients. [`Limits::TABLE`] gives each its range and its why.
    Limits {
        /// Clients of one worker that wait for an answer.
        waiting_clients = 4_096, "waiting-clients" in 64..=1 << 20,
            "for each worker; each takes some kilobytes for at most the resolution time, and beyond it clients \
             are told SERVFAIL at once";
        /// Replies of one worker that are kept ready.
        ready_replies = 131_072, "ready-replies" in 0..=1 << 24,
            "for each worker; names asked for again and again are answered by a copy; 0 keeps none";
        /// Octets of one worker's ready replies.
        ready_reply_octets = 32 * 1024 * 1024, "ready-reply-octets" in 0..=1 << 31,
            "for each worker, and together no more than 14 % of cache.max-size; a signed reply takes some 400 to 500, and \
             those not asked for longest make room";
        /// TCP connections of the whole process.
        tcp_connections = 12_000, "tcp-connections" in 10..=1 << 20,
            "an idle one takes about a kilobyte; when all are taken the longest idle one gives way (RFC 9210 4.2)";
        /// TCP connections of one client: an IPv4 address, or an IPv6 /64.
        tcp_connections_per_client = 1_000, "tcp-connections-per-client" in 1..=1 << 20,
            "room for a forwarder or a NAT in front of many clients, and for no one to take all; the longest idle \
             one gives way";
        /// Milliseconds that a TCP connection may go without progress.
        tcp_idle_time = 10_000, "tcp-idle-time" in 100..=600_000,
            "in milliseconds without a whole message or a reply taken; RFC 7766 6.2.3 wants seconds, not minutes";
        /// Questions of one TCP connection that wait for an answer.
        tcp_waiting = 100, "tcp-waiting" in 1..=10_000,
            "questions of one connection in work at once; further ones stay in the kernel until there is room";
        /// Octets of replies that one TCP client has not taken.
        tcp_unsent_octets = 256 * 1024, "tcp-unsent-octets" in 128 * 1024..=1 << 28,
            "four longest replies; while 2048 wait no question is taken, but replies to those in work come yet, and \
             beyond it the client, which does not read them, is closed (CVE-2024-0760)";
    }
}

impl Limits {
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
        for limit in Limits::TABLE {
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
            assert_eq!(*(limit.field)(&mut limits), limit.default, "{}", limit.name);
        }
    }
}
