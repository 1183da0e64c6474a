//! The network seam: one question to one server, and its reply.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use crate::wire::Question;

/// How an exchange travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// One datagram each way.
    Udp,
    /// One connection (RFC 7766).
    Tcp,
}

impl Transport {
    /// `udp` or `tcp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// One question on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The server.
    pub to: SocketAddr,
    /// How.
    pub transport: Transport,
    /// The whole message.
    pub octets: &'a [u8],
    /// Its question, which the reply must repeat.
    pub question: &'a Question,
    /// How long to wait.
    pub timeout: Duration,
}

/// Why no reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// Nothing that was the reply came in time.
    Timeout,
    /// No route, refused, reset, closed, or no socket to be had.
    Unreachable,
}

/// A boxed exchange under way.
pub type ExchangeFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, ExchangeError>> + 'a>>;

/// Something that carries questions to servers. Replies that are not the question's own are not handed up
/// (RFC 5452 section 9.1).
pub trait Exchange {
    /// Sends the question and waits for its reply.
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a>;
}
