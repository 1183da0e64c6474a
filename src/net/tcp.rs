//! One exchange over TCP (RFC 7766): on a connection that is open, beside the questions of others, else on a new one.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use super::Outgoing;
use super::connection::Connection;
use super::failed::Failed;
use super::pool::Pool;
use crate::clock::Clock;

/// Asks once: on a connection that others share, unless it is to be `alone`. Where a shared one fails because the server closed
/// it, be that one that rested or one whose other questions it answered, that is told apart.
pub(super) async fn exchange(
    to: SocketAddr,
    outgoing: &Outgoing<'_>,
    pool: &Pool,
    clock: &dyn Clock,
) -> Result<Vec<u8>, Failed> {
    let query = outgoing.octets;
    let connection =
        if outgoing.alone { pool.unshared(to) } else { pool.shared(to, query, clock.now()) };
    let connection = connection.map_err(Failed::Unsent)?;
    match ask(&connection, query, pool, clock).await {
        Err(_) if !outgoing.alone && connection.failed_with_others() => Err(Failed::ClosedEarly),
        outcome => Ok(outcome?),
    }
}

/// Puts the question and waits for its reply.
async fn ask(
    connection: &Rc<Connection>,
    query: &[u8],
    pool: &Pool,
    clock: &dyn Clock,
) -> io::Result<Vec<u8>> {
    let id = connection.ask(query, clock.now())?;
    let _asked = Asked { connection, id, pool, clock };
    connection.reply(id, clock).await
}

/// A question that somebody waits for, until it is dropped, for whatever reason.
struct Asked<'a> {
    connection: &'a Rc<Connection>,
    id: u16,
    pool: &'a Pool,
    clock: &'a dyn Clock,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.connection.give_up(self.id);
        self.pool.settle(self.connection, self.clock.now());
    }
}

#[cfg(test)]
mod tests;
