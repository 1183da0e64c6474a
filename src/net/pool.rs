//! TCP connections that rest between two questions to the same server (RFC 7766 section 6.2.1, RFC 9210 section 4.3).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::limits::Limits;
use crate::clock::Instant;

/// One connection at rest.
#[derive(Debug)]
struct Idle {
    to: SocketAddr,
    stream: TcpStream,
    until: Instant,
}

/// The connections of one worker, the longest idle one first.
#[derive(Debug)]
pub(super) struct Pool {
    limits: Limits,
    idle: RefCell<VecDeque<Idle>>,
}

impl Pool {
    pub const fn new(limits: Limits) -> Self {
        Self { limits, idle: RefCell::new(VecDeque::new()) }
    }

    /// A connection to `to` that is still open and has nothing unread.
    pub fn take(&self, to: SocketAddr, now: Instant) -> Option<TcpStream> {
        self.close_old(now);
        let mut idle = self.idle.borrow_mut();
        while let Some(at) = idle.iter().rposition(|idle| idle.to == to) {
            let stream = idle.remove(at)?.stream;
            if is_quiet(&stream) {
                return Some(stream);
            }
        }
        None
    }

    /// Does a connection to `to` rest?
    pub fn has(&self, to: SocketAddr, now: Instant) -> bool {
        self.idle.borrow().iter().any(|idle| idle.to == to && now < idle.until)
    }

    /// Lets a connection rest that has no question under way.
    pub fn put(&self, to: SocketAddr, stream: TcpStream, now: Instant) {
        self.close_old(now);
        let most = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        let mut idle = self.idle.borrow_mut();
        idle.push_back(Idle { to, stream, until: now + self.limits.idle_time() });
        let same = idle.iter().filter(|idle| idle.to == to).count();
        if same > most(self.limits.upstream_connections_per_server)
            && let Some(oldest) = idle.iter().position(|idle| idle.to == to)
        {
            idle.remove(oldest);
        }
        while idle.len() > most(self.limits.upstream_connections) {
            idle.pop_front();
        }
    }

    /// Closes those that have rested long enough.
    pub fn close_old(&self, now: Instant) {
        let mut idle = self.idle.borrow_mut();
        while idle.front().is_some_and(|idle| idle.until <= now) {
            idle.pop_front();
        }
    }
}

/// Open, and nothing there that nobody asked for.
fn is_quiet(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0]);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}
