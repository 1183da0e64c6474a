//! What this process keeps open towards servers.

use std::time::Duration;

use crate::dnssec::limits;

limits! {
    /// The limits on connections to servers. [`Limits::TABLE`] gives each its range and its why.
    Limits {
        /// Idle TCP connections of one worker.
        upstream_connections = 64, "upstream-connections" in 0..=10_000,
            "idle TCP connections of one thread to servers, kept for the next question; few answers need TCP";
        /// The same to one server.
        upstream_connections_per_server = 2, "upstream-connections-per-server" in 0..=100,
            "RFC 7766 6.2.2 wants few; a second one serves questions that come while the first is full or slow";
        /// Questions in flight on one.
        upstream_questions_per_connection = 16, "upstream-questions-per-connection" in 1..=1_000,
            "questions that wait on one connection for their replies (RFC 7766 6.2.1.1); further ones take another, so that \
             one lost segment, or one server that closes after each reply, delays no more; 1 sends none ahead";
        /// Milliseconds that an idle one is kept.
        upstream_idle_time = 4_000, "upstream-idle-time" in 0..=120_000,
            "in milliseconds; the large answers of one zone come soon after each other, and servers close \
             what rests for seconds (RFC 7766 6.2.3); less where the server says so (RFC 7828)";
    }
}

impl Limits {
    /// The same for a worker that may have so many sockets: connections at rest take a quarter at most.
    #[must_use]
    pub fn within(self, sockets: u32) -> Self {
        Self { upstream_connections: self.upstream_connections.min(sockets / 4), ..self }
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
    fn defaults_lie_in_their_ranges() {
        for limit in Limits::TABLE {
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
        }
    }
}
