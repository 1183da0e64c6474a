//! UDP: datagrams are read and answered in batches; what takes time becomes a task.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::task::{spawn_local, yield_now};

use super::service::{Outcome, Service, Waiting};
use super::sockets::{BATCH, Inbox, Outbox, Outgoing, Path, Replies, descriptor};
use super::{Stop, Transport};

/// Batches read before others of this thread have their turn: a flood must not keep timers and misses waiting.
const BATCHES_AT_ONCE: usize = 4;

/// How long a socket rests after the kernel reported an error: it must not become a busy loop.
const REST_AFTER_ERROR: Duration = Duration::from_millis(50);

/// One bound socket.
struct Listener {
    socket: UdpSocket,
    address: SocketAddr,
    service: Rc<Service>,
    outbox: RefCell<Outbox>,
}

/// Answers the datagrams that come to `socket`, until told to stop.
///
/// # Errors
/// When the socket cannot be given to the runtime.
pub(super) async fn serve(
    socket: std::net::UdpSocket,
    service: Rc<Service>,
    stop: Stop,
) -> io::Result<()> {
    let socket = UdpSocket::from_std(socket)?;
    let address = socket.local_addr()?;
    let listener =
        Rc::new(Listener { socket, address, service, outbox: Outbox::new(address).into() });
    tokio::select! { biased;
        () = stop.stopped() => Ok(()),
        () = listener.receive() => Ok(()),
    }
}

impl Listener {
    /// Reads for ever.
    async fn receive(self: &Rc<Self>) {
        let mut inbox = Inbox::new(self.address);
        let mut replies = Replies::default();
        loop {
            match self.drain(&mut inbox, &mut replies).await {
                Ok(Left::Nothing) => {}
                Ok(Left::More) => yield_now().await,
                Err(error) => {
                    tracing::warn!(listener = %self.address, %error, "cannot receive");
                    tokio::time::sleep(REST_AFTER_ERROR).await;
                }
            }
        }
    }

    /// Waits for datagrams and answers some batches of them.
    async fn drain(self: &Rc<Self>, inbox: &mut Inbox, replies: &mut Replies) -> io::Result<Left> {
        self.socket.readable().await?;
        for _ in 0..BATCHES_AT_ONCE {
            let left = self.read(inbox)?;
            self.answer(inbox, replies);
            self.send(replies).await;
            if left == Left::Nothing {
                return Ok(left);
            }
        }
        Ok(Left::More)
    }

    /// Reads one batch. One that is not full was all there was: so the runtime is told, which saves the call that would say
    /// so too. What comes meanwhile makes the socket readable again.
    fn read(&self, inbox: &mut Inbox) -> io::Result<Left> {
        let fd = descriptor(&self.socket);
        let full = || match inbox.receive(fd)? {
            BATCH => Ok(()),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        };
        match self.socket.try_io(Interest::READABLE, full) {
            Ok(()) => Ok(Left::More),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Left::Nothing),
            Err(error) => Err(error),
        }
    }

    fn answer(self: &Rc<Self>, inbox: &Inbox, replies: &mut Replies) {
        for (octets, path) in inbox.datagrams() {
            let take = |out: &mut _| self.service.take(octets, path.peer.ip(), Transport::Udp, out);
            match replies.add(path, take) {
                Outcome::Silence | Outcome::Reply => {}
                Outcome::Wait(waiting) => {
                    spawn_local(Rc::clone(self).answer_later(waiting, path));
                }
            }
        }
    }

    async fn answer_later(self: Rc<Self>, waiting: Box<Waiting>, path: Path) {
        let reply = waiting.reply().await;
        let mut replies = Replies::default();
        replies.add(path, |out| *out = reply);
        self.send(&mut replies).await;
    }

    /// Sends replies, those from one address together. What cannot be sent is lost alone: the client asks again.
    async fn send(&self, replies: &mut Replies) {
        let (octets, groups) = replies.grouped();
        for mut group in groups {
            while !group.is_empty() {
                let fd = descriptor(&self.socket);
                let send = || self.outbox.borrow_mut().send(fd, octets, group);
                let sent = self.socket.async_io(Interest::WRITABLE, send).await;
                if let Err(error) = &sent {
                    let peer = group.first().map(Outgoing::peer);
                    tracing::debug!(?peer, %error, "cannot send a reply");
                }
                group = &group[sent.unwrap_or(1).clamp(1, group.len())..];
            }
        }
        replies.clear();
    }
}

/// What a look at a socket leaves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    More,
}

#[cfg(test)]
mod tests;
