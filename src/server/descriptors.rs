//! Who may have how many of the process's descriptors, where the system grants few: clients must not take those with
//! which servers are asked, for then nobody gets a fresh answer.

use super::Limits;

/// Standard streams, the pair that signals come through, and what a library opens for a moment.
const OF_PROCESS: u64 = 8;

/// What a runtime opens for itself; one more than there are workers waits for signals.
const OF_RUNTIME: u64 = 4;

/// A connection that is accepted before the one that gives way is closed.
const OF_ACCEPTING: u64 = 1;

/// Of so few connections that the system's limit shows, one client may have one of so many.
const SHARE: u64 = 4;

/// Sockets towards servers that a worker has at least: one question may take two at a time.
const LEAST_UPSTREAM: u64 = 4;

/// What the system grants the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    /// The limit of open files at the start, and the highest to which it may be raised.
    pub soft: u64,
    pub hard: u64,
    /// The limit from here on.
    pub open: u64,
}

impl Granted {
    /// What most systems grant at the least: where the limit cannot be read.
    pub const USUAL: Self = Self { soft: 1_024, hard: 1_024, open: 1_024 };
}

/// The descriptors of the process, divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// For TCP connections of clients, all workers together.
    pub clients: usize,
    /// For those of one client.
    pub client: usize,
    /// For sockets towards servers, each worker.
    pub upstream: u32,
}

impl Descriptors {
    /// Divides `granted` among `workers` that listen on so many `addresses` each: half of what listening leaves is for
    /// clients, as long as they need it, the other for asking servers.
    pub fn divide(granted: u64, workers: usize, addresses: usize, limits: &Limits) -> Self {
        let (workers, addresses) = (workers as u64, addresses as u64);
        let of_worker = OF_RUNTIME + OF_ACCEPTING + 2 * addresses;
        let left = granted.saturating_sub(OF_PROCESS + OF_RUNTIME + workers * of_worker);
        let clients = (left / 2).clamp(1, limits.tcp_connections.into());
        let client: u64 = limits.tcp_connections_per_client.into();
        let scarce = clients < limits.tcp_connections.into();
        let client = if scarce { client.min(clients.div_ceil(SHARE)) } else { client };
        let upstream = (left.saturating_sub(clients) / workers.max(1)).max(LEAST_UPSTREAM);
        Self {
            clients: usize::try_from(clients).unwrap_or(usize::MAX),
            client: usize::try_from(client).unwrap_or(usize::MAX),
            upstream: u32::try_from(upstream).unwrap_or(u32::MAX),
        }
    }

    /// Tells the operator who has how many, and what the limits would allow and the system does not.
    pub fn tell(&self, granted: Granted, limits: &Limits) {
        let Granted { soft, hard, open } = granted;
        let Self { clients, client, upstream } = *self;
        tracing::info!(
            soft,
            hard,
            open,
            tcp_connections = clients,
            of_one_client = client,
            upstream_sockets_per_worker = upstream,
            "limit of open files, and what it is for"
        );
        self.warn(open, limits);
    }

    fn warn(&self, granted: u64, limits: &Limits) {
        let wanted = limits.tcp_connections;
        if self.clients < wanted as usize {
            tracing::warn!(
                "at most {} TCP connections, not {wanted}, {} of one client, and {} sockets towards servers for each \
                 worker: the limit of open files (ulimit -n) is {granted}",
                self.clients,
                self.client,
                self.upstream
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_leave_enough_to_ask_servers_with() {
        let limits = Limits::default();
        for (granted, workers, addresses, clients, client, upstream) in [
            (1 << 20, 2, 2, 12_000, 1_000, 518_273),
            (8_192, 2, 2, 4_081, 1_000, 2_040),
            (1_024, 2, 2, 497, 125, 248),
            (64, 2, 1, 19, 5, 9),
            (64, 4, 2, 8, 2, 4),
            (16, 1, 1, 1, 1, 4),
            (u64::MAX, 1, 1, 12_000, 1_000, u32::MAX),
        ] {
            let divided = Descriptors::divide(granted, workers, addresses, &limits);
            assert_eq!(
                divided,
                Descriptors { clients, client, upstream },
                "{granted} {workers} {addresses}"
            );
        }
    }
}
