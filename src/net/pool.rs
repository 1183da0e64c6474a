//! The TCP connections to servers: which one a question takes, and which may rest between two questions (RFC 7766 section
//! 6.2.1, RFC 9210 section 4.3).

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use super::connection::Connection;
use super::limits::Limits;
use crate::clock::Instant;

/// The connections of one worker; of those at rest the one that rests longest first.
#[derive(Debug)]
pub(super) struct Pool {
    limits: Limits,
    connections: RefCell<Vec<Rc<Connection>>>,
}

impl Pool {
    pub const fn new(limits: Limits) -> Self {
        Self { limits, connections: RefCell::new(Vec::new()) }
    }

    /// A connection to `to` for `query`: one that is open and has room for it, else a new one. So there are no more of them
    /// than the questions under way need (RFC 7766 section 6.2.2).
    pub fn shared(&self, to: SocketAddr, query: &[u8], now: Instant) -> io::Result<Rc<Connection>> {
        self.close_old(now);
        let takes = |open: &&Rc<Connection>| open.to == to && open.takes(query, now);
        let open = self.connections.borrow().iter().find(takes).cloned();
        let most = self.limits.upstream_questions_per_connection as usize;
        open.map_or_else(|| self.open(to, most), Ok)
    }

    /// A new connection that carries one question at a time.
    pub fn unshared(&self, to: SocketAddr) -> io::Result<Rc<Connection>> {
        self.open(to, 1)
    }

    fn open(&self, to: SocketAddr, most: usize) -> io::Result<Rc<Connection>> {
        let new = Rc::new(Connection::open(to, most)?);
        self.connections.borrow_mut().push(Rc::clone(&new));
        Ok(new)
    }

    /// Is there a connection to `to` that takes one more question?
    pub fn has(&self, to: SocketAddr, now: Instant) -> bool {
        let takes = |open: &Rc<Connection>| {
            open.to == to && open.is_established() && open.has_room(now) && !open.is_over(now)
        };
        self.connections.borrow().iter().any(takes)
    }

    /// Lets `connection` rest, unless somebody waits for a reply on it.
    pub fn settle(&self, connection: &Rc<Connection>, now: Instant) {
        if connection.is_awaited() {
            return;
        }
        connection.rest(self.limits.idle_time(), now);
        let mut all = self.connections.borrow_mut();
        if let Some(at) = all.iter().position(|other| Rc::ptr_eq(other, connection)) {
            let last = all.remove(at);
            all.push(last);
        }
        drop(all);
        self.close_old(now);
        self.close_beyond(self.limits.upstream_connections_per_server, |at| at.to == connection.to);
        self.close_beyond(self.limits.upstream_connections, |_| true);
    }

    /// Closes those that have rested long enough.
    pub fn close_old(&self, now: Instant) {
        self.connections.borrow_mut().retain(|connection| !connection.is_over(now));
    }

    /// Closes the longest resting ones of those of which `is` holds, so that no more than `most` of these rest.
    fn close_beyond(&self, most: u32, is: impl Fn(&Connection) -> bool) {
        let mut all = self.connections.borrow_mut();
        let rests = |connection: &Rc<Connection>| is(connection) && !connection.is_awaited();
        let count = all.iter().filter(|connection| rests(connection)).count();
        let mut surplus = count.saturating_sub(most as usize);
        all.retain(|connection| {
            let closes = surplus > 0 && rests(connection);
            surplus -= usize::from(closes);
            !closes
        });
    }

    /// How many rest.
    #[cfg(test)]
    pub fn at_rest(&self) -> usize {
        self.connections.borrow().iter().filter(|connection| !connection.is_awaited()).count()
    }
}
