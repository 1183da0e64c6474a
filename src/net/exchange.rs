//! The network seam: one question to one server, and its reply.

use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use super::accept::{CookieSent, judge};
use super::near_miss::NearMisses;
use super::places::Place;
use super::transport::Transport;
use crate::wire::Question;

/// One question on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The server.
    pub to: SocketAddr,
    /// How.
    pub transport: Transport,
    /// Over TCP on a new connection, which no other question shares.
    pub alone: bool,
    /// The whole message.
    pub octets: &'a [u8],
    /// Its question, in the letters in which it was asked for.
    pub question: &'a Question,
    /// Letters of its name that were drawn by chance, upper or lower case: what a forger has to guess beside port and id.
    pub letters: usize,
    /// Its cookie.
    pub cookie: Option<CookieSent>,
    /// Where near misses are noted.
    pub misses: &'a NearMisses,
    /// How long to wait.
    pub timeout: Duration,
}

impl Outgoing<'_> {
    /// Is `reply` ours? What is not is noted.
    #[must_use]
    pub fn accepts(&self, reply: &[u8]) -> bool {
        let judged = judge(self.octets, self.cookie, self.transport, reply);
        judged.map_err(|miss| self.misses.note(miss)).is_ok()
    }
}

/// Why no reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// Nothing that was the reply came in time.
    Timeout,
    /// There is no way there: nothing was sent.
    NoRoute,
    /// There is no socket to be had: nothing was sent.
    NoSocket,
    /// Something was sent, and then refused, reset, closed, or rejected on the way.
    Unreachable,
    /// It was sent on a TCP connection that others share, and the server closed that. It may answer what is sent alone (RFC 7766
    /// section 6.2.4): that is one more packet, which whoever asks has to pay for.
    ClosedEarly,
}

/// A boxed exchange under way.
pub type ExchangeFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, ExchangeError>> + 'a>>;

/// A boxed wait for a place.
pub type PlaceFuture<'a> = Pin<Box<dyn Future<Output = Place> + 'a>>;

/// Something that carries questions to servers. Replies that are not the question's own are not handed up
/// (RFC 5452 section 9.1).
pub trait Exchange {
    /// A place for a question to `server` among those that wait for replies, when there is one. It is taken before the exchange
    /// and held until its end: waiting for a socket is not waiting for the server. Here there are enough for all.
    fn place(&self, _server: SocketAddr) -> PlaceFuture<'_> {
        Box::pin(ready(Place::default()))
    }

    /// Does a TCP connection to `server` rest, as far as is known?
    fn is_connected(&self, _server: SocketAddr) -> bool {
        false
    }

    /// Sends the question and waits for its reply.
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a>;
}
