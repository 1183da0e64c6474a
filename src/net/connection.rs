//! One TCP connection to a server, which many questions share (RFC 7766 section 6.2.1.1).
//!
//! It has no task of its own. Whoever waits for a reply sends what is to be sent and receives what is there, for all of them:
//! so nobody who goes away takes octets along that belong to others, and the late reply to his question is passed over.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;

use super::in_flight::{InFlight, id};
use super::sockopts::connecting_tcp;
use crate::clock::{Clock, Instant};
use crate::wire::Message;

/// Octets for which there is room before each system call that receives.
const READ: usize = 4_096;

/// By so much it closes before the server would, which counts from when it sent (RFC 7828 section 3.2.2).
const CLOSES_EARLIER: Duration = Duration::from_millis(100);

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// The server.
    pub to: SocketAddr,
    stream: TcpStream,
    /// Questions in flight at a time.
    most: usize,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    in_flight: InFlight,
    /// How many there were.
    asked: u32,
    /// Octets that the kernel has not taken yet.
    unsent: Vec<u8>,
    /// Octets that are no whole message yet.
    received: Vec<u8>,
    /// Has the kernel taken any? Then the server has agreed to the connection.
    established: bool,
    /// How long the server said that it may rest.
    allowed: Option<Duration>,
    /// How long it may rest now, if it does.
    until: Instant,
    /// What ended it.
    failure: Option<io::Error>,
}

impl Connection {
    /// A new one, on which so many questions may be in flight at a time.
    ///
    /// # Errors
    /// When there is no socket for it, or no way there.
    pub fn open(to: SocketAddr, most: usize) -> io::Result<Self> {
        Ok(Self { to, stream: connecting_tcp(to)?, most, state: RefCell::default() })
    }

    /// Is there room for one more question, and likely a reply to it?
    pub fn has_room(&self, now: Instant) -> bool {
        let state = self.state.borrow();
        let welcome = state.failure.is_none() && state.allowed != Some(Duration::ZERO);
        welcome && state.in_flight.len() < self.most && !state.in_flight.is_stalled(now)
    }

    /// Has the server agreed to it?
    pub fn is_established(&self) -> bool {
        self.state.borrow().established
    }

    /// May `query` be asked here? No other with its id may be in flight (RFC 7766 section 6.2.1).
    pub fn takes(&self, query: &[u8], now: Instant) -> bool {
        self.move_on(now); // the server may have closed it meanwhile
        self.has_room(now) && !self.state.borrow().in_flight.has_id_of(query)
    }

    /// Did it come about and fail then, with more than one question on it? Some servers close after each reply, some do when
    /// there are others behind the first: it does not mean that they do not answer (RFC 7766 section 6.2.4).
    pub fn failed_with_others(&self) -> bool {
        let state = self.state.borrow();
        state.failure.is_some() && state.established && state.asked > 1
    }

    /// Does anybody wait for a reply?
    pub fn is_awaited(&self) -> bool {
        self.state.borrow().in_flight.is_awaited()
    }

    /// Nobody waits for a reply any more: it may rest for `most`, or for less where the server wants it (RFC 7828 section
    /// 3.2.2).
    pub fn rest(&self, most: Duration, now: Instant) {
        let mut state = self.state.borrow_mut();
        let allowed = state.allowed.map(|allowed| allowed.saturating_sub(CLOSES_EARLIER));
        state.until = now + allowed.map_or(most, |allowed| allowed.min(most));
        if !state.in_flight.is_due() {
            state.received.shrink_to_fit();
        }
    }

    /// Is it of no more use?
    pub fn is_over(&self, now: Instant) -> bool {
        if !self.is_awaited() && self.state.borrow().in_flight.is_due() {
            self.move_on(now); // late replies may be there
        }
        let state = self.state.borrow();
        let rested = || state.until <= now || state.in_flight.is_stalled(now);
        let useless = || rested() || !state.unsent.is_empty();
        state.failure.is_some() || !state.in_flight.is_awaited() && useless()
    }

    /// Puts `query`; its id. Length and message leave in one write (RFC 7766 section 8).
    ///
    /// # Errors
    /// When `query` is no message.
    pub fn ask(&self, query: &[u8], now: Instant) -> io::Result<u16> {
        let (Some(id), Ok(length)) = (id(query), u16::try_from(query.len())) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let mut state = self.state.borrow_mut();
        state.unsent.extend_from_slice(&length.to_be_bytes());
        state.unsent.extend_from_slice(query);
        state.in_flight.ask(query, now);
        state.asked += 1;
        Ok(id)
    }

    /// Waits for the reply to the question with `id`. The caller sets the time limit.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn reply(&self, id: u16, clock: &dyn Clock) -> io::Result<Vec<u8>> {
        loop {
            self.move_on(clock.now());
            if let Some(outcome) = self.state.borrow_mut().outcome(id) {
                return outcome;
            }
            // All who wait are woken: the first of them receives for all.
            self.stream.ready(self.interest()).await?;
        }
    }

    /// Nobody waits for the reply to the question with `id` any more.
    pub fn give_up(&self, id: u16) {
        self.state.borrow_mut().in_flight.give_up(id);
    }

    fn interest(&self) -> Interest {
        let all_sent = self.state.borrow().unsent.is_empty();
        if all_sent { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE }
    }

    /// Sends and receives what can be, without waiting. What was received before it fails counts.
    fn move_on(&self, now: Instant) {
        let state = &mut *self.state.borrow_mut();
        if state.failure.is_none() {
            let sent = state.send(&self.stream);
            let received = state.receive(&self.stream, now);
            state.failure = sent.and(received).err();
        }
    }
}

impl State {
    /// What came of the question with `id`, if anything did.
    fn outcome(&mut self, id: u16) -> Option<io::Result<Vec<u8>>> {
        let reply = self.in_flight.take(id).map(Ok);
        reply.or_else(|| self.failure.as_ref().map(|error| Err(same(error))))
    }

    fn send(&mut self, stream: &TcpStream) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match stream.try_write(&self.unsent) {
                Ok(length) => drop(self.unsent.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            self.established = true;
        }
        Ok(())
    }

    fn receive(&mut self, stream: &TcpStream, now: Instant) -> io::Result<()> {
        loop {
            self.received.reserve(READ);
            match stream.try_read_buf(&mut self.received) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => self.deliver(now)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives whole messages to the questions that they answer.
    fn deliver(&mut self, now: Instant) -> io::Result<()> {
        while let Some(length) = self.received.first_chunk::<2>() {
            let end = 2 + usize::from(u16::from_be_bytes(*length));
            let Some(message) = self.received.get(2..end) else { return Ok(()) };
            let delivered = self.in_flight.deliver(message, now);
            delivered.map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
            self.allowed = idle_time(self.allowed, message);
            self.received.drain(..end);
        }
        Ok(())
    }
}

/// For how long the connection may be idle after `reply`, where the server says so: each reply speaks anew, and one without
/// the option says that there is no such time (RFC 7828 section 3.2.2). But none is given back that was taken: no more is
/// asked on a connection that the server wants closed.
fn idle_time(so_far: Option<Duration>, reply: &[u8]) -> Option<Duration> {
    let edns = Message::skim(reply).ok().flatten();
    let now = edns.and_then(|edns| edns.keepalive());
    if so_far == Some(Duration::ZERO) { so_far } else { now }
}

/// The same error once more, for the next one who waits.
fn same(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Edns, EdnsOption, Flags, Header, Opcode, Rcode, compose};

    #[test]
    fn rfc7828_s3_2_2_each_reply_says_how_long_a_connection_may_be_idle() {
        let flags = Flags { response: true, ..Flags::default() };
        let header = Header { id: 1, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
        let reply = |idle: Option<Duration>| {
            let options = idle.map(|idle| EdnsOption::keepalive(Some(idle))).into_iter().collect();
            let edns = Some(Edns { options, ..Edns::default() });
            compose(&Message { edns, ..Message::new(header) }, 512, false)
        };
        let [none, some, more] = [0, 2, 3].map(Duration::from_secs);
        for (so_far, said, expected) in [
            (None, None, None),
            (None, Some(some), Some(some)),
            (Some(some), Some(more), Some(more)),
            (Some(some), None, None),
            (Some(some), Some(none), Some(none)),
            (Some(none), Some(some), Some(none)),
            (Some(none), None, Some(none)),
        ] {
            assert_eq!(idle_time(so_far, &reply(said)), expected, "{so_far:?} {said:?}");
        }
        assert_eq!(idle_time(None, &[7; 30]), None);
    }
}
