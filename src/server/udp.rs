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
use super::sockets::{BATCH, Inbox, Outbox, Outgoing, Path, descriptor};
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
        let mut replies = Vec::with_capacity(BATCH);
        loop {
            if let Err(error) = self.drain(&mut inbox, &mut replies).await {
                tracing::warn!(listener = %self.address, %error, "cannot receive");
                tokio::time::sleep(REST_AFTER_ERROR).await;
            }
            yield_now().await;
        }
    }

    /// Waits for datagrams and answers some batches of them.
    async fn drain(
        self: &Rc<Self>,
        inbox: &mut Inbox,
        replies: &mut Vec<Outgoing>,
    ) -> io::Result<()> {
        self.socket.readable().await?;
        for _ in 0..BATCHES_AT_ONCE {
            let fd = descriptor(&self.socket);
            match self.socket.try_io(Interest::READABLE, || inbox.receive(fd)) {
                Ok(_) => self.answer(inbox, replies),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            self.send(replies).await;
            replies.clear();
        }
        Ok(())
    }

    fn answer(self: &Rc<Self>, inbox: &Inbox, replies: &mut Vec<Outgoing>) {
        for (octets, path) in inbox.datagrams() {
            match self.service.take(octets, path.peer.ip(), Transport::Udp) {
                Outcome::Silence => {}
                Outcome::Reply(octets) => replies.push(Outgoing { octets, path }),
                Outcome::Wait(waiting) => {
                    spawn_local(Rc::clone(self).answer_later(waiting, path));
                }
            }
        }
    }

    async fn answer_later(self: Rc<Self>, waiting: Box<Waiting>, path: Path) {
        let octets = waiting.reply().await;
        self.send(&mut [Outgoing { octets, path }]).await;
    }

    /// Sends replies, those from one address together. What cannot be sent is lost alone: the client asks again.
    async fn send(&self, replies: &mut [Outgoing]) {
        replies.sort_unstable_by_key(|reply| reply.path.local);
        for mut group in replies.chunk_by(|a, b| a.path.local == b.path.local) {
            while !group.is_empty() {
                let fd = descriptor(&self.socket);
                let send = || self.outbox.borrow_mut().send(fd, group);
                let sent = self.socket.async_io(Interest::WRITABLE, send).await;
                if let Err(error) = &sent {
                    let peer = group.first().map(|reply| reply.path.peer);
                    tracing::debug!(?peer, %error, "cannot send a reply");
                }
                group = &group[sent.unwrap_or(1).clamp(1, group.len())..];
            }
        }
    }
}

#[cfg(test)]
mod tests;
