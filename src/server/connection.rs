//! One TCP connection: its messages in, its replies out, in whatever order they are ready (RFC 7766 sections 6.2.1.1
//! and 7).
//!
//! A connection is one task with one state; each question that takes time is a task of its own, which puts its reply
//! into the connection's outbox. Progress is a whole message received while no reply waits to be sent, or replies
//! taken by the client; without it the connection ends after the idle time, so that neither slow senders nor those that
//! do not read keep it (RFC 7766 section 6.2.3).
//!
//! There may be ten thousand, so an idle one holds no buffers, and its task nothing but this state: it is a future
//! written by hand, since an `async fn` would keep the futures of all that it waits for, and one timer serves all. And
//! while a client does not take its replies, it is not read from, so that what it costs is one piece in either direction.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use super::connections::{Handle, Place};
use super::service::{Outcome, Waiting};
use super::{Service, Transport};

/// Octets read by one system call, and answered before others have their turn: some twenty questions.
const READ: usize = 1_024;

/// Octets of replies that are sent together at least, where there are so many. While as many wait, no question is taken.
const PIECE: usize = 2_048;

/// Octets that a client must take to have made progress while more wait: at one such piece in each idle time, the longest
/// reply takes minutes, but one octet at a time is no reading.
const LEAST_TAKEN: usize = 4_096;

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    client: IpAddr,
    place: Place,
    service: Rc<Service>,
    outbox: Rc<Outbox>,
    /// Octets received that are no whole message yet, or for which there is no room yet.
    input: Vec<u8>,
    /// Is more read? Not after the client's end, nor for clients that are not on the access list after one message.
    reading: bool,
    /// Octets taken by the client since the last progress.
    taken: usize,
    progress: bool,
}

/// Replies on their way to the client.
struct Outbox {
    octets: RefCell<Vec<u8>>,
    /// Questions whose replies are not here yet.
    waiting: Cell<u32>,
    handle: Arc<Handle>,
}

impl Outbox {
    /// Takes the reply that `write` appends, if it does. Length and message lie next to each other, so that they leave in
    /// one write (RFC 7766 section 8).
    fn write<T>(&self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut octets = self.octets.borrow_mut();
        let start = octets.len();
        octets.extend_from_slice(&[0; 2]);
        let written = write(&mut octets);
        match u16::try_from(octets.len() - start - 2) {
            Ok(0) | Err(_) => octets.truncate(start), // replies are composed within that limit
            Ok(length) => octets[start..start + 2].copy_from_slice(&length.to_be_bytes()),
        }
        written
    }

    fn len(&self) -> usize {
        self.octets.borrow().len()
    }

    /// Counts a question whose reply is to come.
    fn expect(self: &Rc<Self>) -> Expected {
        self.waiting.set(self.waiting.get() + 1);
        self.handle.set_busy(true);
        Expected(Rc::clone(self))
    }
}

/// A reply to come. Dropping it counts it off, so that no connection waits for one that nobody works on.
struct Expected(Rc<Outbox>);

impl Drop for Expected {
    fn drop(&mut self) {
        let left = self.0.waiting.get().saturating_sub(1);
        self.0.waiting.set(left);
        self.0.handle.set_busy(left > 0);
        self.0.handle.wake();
    }
}

impl Connection {
    pub(super) fn new(
        stream: TcpStream,
        client: IpAddr,
        place: Place,
        service: Rc<Service>,
    ) -> Self {
        let handle = Arc::clone(&place.handle);
        let outbox = Outbox { octets: RefCell::default(), waiting: Cell::default(), handle };
        Self {
            stream,
            client,
            place,
            service,
            outbox: Rc::new(outbox),
            input: Vec::new(),
            reading: true,
            taken: 0,
            progress: false,
        }
    }

    /// Goes on as far as client and answers allow, to the end if they do.
    fn poll_end(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.place.handle.wakes(task);
        self.reading &= !self.place.handle.is_ending();
        self.answer()?;
        if std::mem::take(&mut self.progress) || self.is_waiting_for_us() {
            self.place.refresh();
        }
        if self.is_finished() || self.place.is_idle() {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_client(task))?;
        task.waker().wake_by_ref(); // others have their turn before it goes on
        Poll::Pending
    }

    /// Ready when something came from the client, or more can be sent to it.
    fn poll_client(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.wants_input() && self.stream.poll_read_ready(task)?.is_ready() {
            return Poll::Ready(self.read());
        }
        if self.outbox.len() > 0 {
            return self.stream.poll_write_ready(task);
        }
        Poll::Pending
    }

    /// Takes the messages that are there, and sends replies, as long as there is room for more.
    fn answer(&mut self) -> io::Result<()> {
        loop {
            self.take_messages();
            self.write()?;
            if !(self.has_message() && self.has_room()) {
                return Ok(());
            }
        }
    }

    /// Is nothing left to do?
    fn is_finished(&self) -> bool {
        let answered = self.outbox.waiting.get() == 0 && self.outbox.len() == 0;
        self.place.handle.is_closing() || !self.reading && answered && !self.has_message()
    }

    /// Has the client done all that it could?
    fn is_waiting_for_us(&self) -> bool {
        self.outbox.waiting.get() > 0 && self.outbox.len() == 0 && self.input.is_empty()
    }

    /// Is there room for one more question?
    fn has_room(&self) -> bool {
        let waiting = self.outbox.waiting.get();
        waiting < self.service.limits().tcp_waiting && self.outbox.len() < PIECE
    }

    fn wants_input(&self) -> bool {
        self.reading && self.has_room() && !self.has_message()
    }

    /// The length of the message at the start of the input, once its length is there.
    fn message_length(&self) -> Option<usize> {
        self.input.first_chunk::<2>().map(|length| usize::from(u16::from_be_bytes(*length)))
    }

    fn has_message(&self) -> bool {
        self.message_length().is_some_and(|length| self.input.len() >= 2 + length)
    }

    /// Takes the whole messages of the input as long as there is room.
    fn take_messages(&mut self) {
        while self.has_message() && self.has_room() {
            let end = 2 + self.message_length().unwrap_or(0);
            self.progress |= self.outbox.len() == 0;
            let outcome = self.outbox.write(|out| {
                self.service.take(&self.input[2..end], self.client, Transport::Tcp, out)
            });
            self.input.drain(..end);
            match outcome {
                Outcome::Silence | Outcome::Reply => {}
                Outcome::Wait(waiting) => {
                    spawn_local(answer_later(waiting, self.outbox.expect()));
                }
            }
            if !self.service.admits(self.client) {
                self.reading = false;
                self.input.clear();
            }
        }
        if self.input.is_empty() {
            self.input = Vec::new();
        }
    }

    /// Reads some octets, without waiting.
    fn read(&mut self) -> io::Result<()> {
        let mut octets = [0; READ];
        match self.stream.try_read(&mut octets) {
            Ok(0) => self.reading = false,
            Ok(length) => self.input.extend_from_slice(&octets[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes what the kernel takes, without waiting.
    fn write(&mut self) -> io::Result<()> {
        let mut octets = self.outbox.octets.borrow_mut();
        while !octets.is_empty() {
            match self.stream.try_write(&octets) {
                Ok(length) => {
                    octets.drain(..length);
                    self.taken += length;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if octets.is_empty() && self.taken > 0 || self.taken >= LEAST_TAKEN {
            (self.progress, self.taken) = (true, 0);
        }
        octets.shrink_to_fit();
        if octets.len() > self.service.limits().tcp_unsent_octets as usize {
            return Err(io::Error::other("the client does not read its replies"));
        }
        Ok(())
    }
}

/// Serves the client until either side ends it.
impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        if let Err(error) = ready!(self.poll_end(task)) {
            tracing::debug!(client = %self.client, %error, "connection ended");
        }
        Pin::new(&mut self.stream).poll_shutdown(task).map(drop) // the client may be gone already
    }
}

async fn answer_later(waiting: Box<Waiting>, expected: Expected) {
    let reply = waiting.reply().await;
    expected.0.write(|out| out.extend_from_slice(&reply));
}
