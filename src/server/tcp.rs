//! TCP (RFC 7766): many questions on one connection, answered as they are ready.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{spawn_local, yield_now};

use super::connection::Connection;
use super::connections::Connections;
use super::{Service, Stop};

/// How long accepting rests after it failed, usually for want of descriptors.
const REST_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Serves the connections that come to `listener`, until told to stop.
///
/// # Errors
/// When the listener cannot be given to the runtime.
pub(super) async fn serve(
    listener: std::net::TcpListener,
    service: Rc<Service>,
    connections: Arc<Connections>,
    stop: Stop,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let accepted = tokio::select! { biased;
            () = stop.stopped() => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, client)) => {
                begin(stream, client, &service, &connections);
                yield_now().await; // whoever gives way has closed before another one is accepted
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(REST_AFTER_ERROR).await;
            }
        }
    }
}

/// Gives a new connection its place and its task; without a place it is closed.
fn begin(
    stream: TcpStream,
    client: SocketAddr,
    service: &Rc<Service>,
    connections: &Arc<Connections>,
) {
    let _ = stream.set_nodelay(true); // each reply is complete: nothing is gained by waiting for more
    if let Some(place) = connections.admit(client.ip()) {
        spawn_local(Connection::new(stream, client.ip(), place, Rc::clone(service)));
    } else {
        tracing::debug!(%client, "no room for a connection");
    }
}

#[cfg(test)]
mod tests;
