//! What this process keeps open towards servers.

use std::time::Duration;

use crate::dnssec::limits;

limits! {
    /// The limits on connections to servers. [`Limits::TABLE`] gives each its range and its why.
    Limits {
        /// Sockets of one worker that wait for a reply.
        upstream_sockets = 16_384, "upstream-sockets" in 4..=60_000,
            "for each worker, fewer where the limit of open files (ulimit -n) is low; each has a port of its own, of \
             64,512, and a quarter of them for one server; further questions to it wait until one is free";
        /// Idle TCP connections of one worker.
        upstream_connections = 64, "upstream-connections" in 0..=10_000,
            "idle TCP connections of one thread to servers, kept for the next question; few answers need TCP";
        /// The same to one server.
        upstream_connections_per_server = 2, "upstream-connections-per-server" in 0..=100,
            "RFC 7766 6.2.2 wants few; a second one serves a question that comes while the first is in use";
        /// Milliseconds that an idle one is kept.
        upstream_idle_time = 4_000, "upstream-idle-time" in 0..=120_000,
            "in milliseconds; the large answers of one zone come soon after each other, and servers close \
             what rests for seconds (RFC 7766 6.2.3)";
    }
}

impl Limits {
    /// The same, for a worker that may have so many `descriptors`: connections at rest take a quarter at most.
    #[must_use]
    pub fn within(self, descriptors: u32) -> Self {
        let upstream_connections = self.upstream_connections.min(descriptors / 4);
        let left = descriptors.saturating_sub(upstream_connections).max(1);
        Self { upstream_connections, upstream_sockets: self.upstream_sockets.min(left), ..self }
    }

    /// How long an idle connection is kept.
    #[must_use]
    pub fn idle_time(&self) -> Duration {
        Duration::from_millis(self.upstream_idle_time.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_descriptors_are_mostly_for_questions() {
        let usual = Limits::default();
        for (descriptors, connections, sockets) in
            [(u32::MAX, 64, 16_384), (248, 62, 186), (9, 2, 7), (4, 1, 3), (0, 0, 1)]
        {
            let limits = usual.within(descriptors);
            assert_eq!(
                (limits.upstream_connections, limits.upstream_sockets),
                (connections, sockets)
            );
        }
    }

    #[test]
    fn defaults_lie_in_their_ranges() {
        for limit in Limits::TABLE {
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
        }
    }
}
