//! How many questions wait for servers at a time: so many as there may be sockets, a quarter of them for one server, so that
//! those who wait for one that is silent leave sockets to the others.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of this many places one server may have one.
const SHARE: usize = 4;

/// The places of one worker.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    each: usize,
    servers: RefCell<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// One of them, until it is dropped.
pub(super) struct Place<'a> {
    places: &'a Places,
    server: IpAddr,
    taken: Option<[OwnedSemaphorePermit; 2]>,
}

impl Places {
    pub fn new(count: u32) -> Self {
        let count = (count as usize).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(count)),
            each: count.div_ceil(SHARE),
            servers: RefCell::default(),
        }
    }

    /// A place for a question to `server`, when there is one. `None` is never: nobody closes the semaphores.
    pub async fn take(&self, server: IpAddr) -> Option<Place<'_>> {
        let of_server = Arc::clone(
            self.servers
                .borrow_mut()
                .entry(server)
                .or_insert_with(|| Arc::new(Semaphore::new(self.each))),
        );
        let mut place = Place { places: self, server, taken: None };
        let of_server = of_server.acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        place.taken = Some([of_server, of_all]);
        Some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.taken = None;
        let mut servers = self.places.servers.borrow_mut();
        // What is in the map alone, nobody has or waits for.
        if servers.get(&self.server).is_some_and(|server| Arc::strong_count(server) == 1) {
            servers.remove(&self.server);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<'a>(future: impl Future<Output = Option<Place<'a>>>) -> Option<Place<'a>> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => place,
            Poll::Pending => None,
        }
    }

    fn server(n: u8) -> IpAddr {
        [192, 0, 2, n].into()
    }

    #[test]
    fn a_silent_server_leaves_places_to_the_others() {
        let places = Places::new(8);
        let mut silent: Vec<_> = (0..5).filter_map(|_| poll(places.take(server(1)))).collect();
        assert_eq!(silent.len(), 2);
        let others: Vec<_> = (2..20).filter_map(|n| poll(places.take(server(n)))).collect();
        assert_eq!(others.len(), 6);
        assert!(silent.pop().is_some() && poll(places.take(server(30))).is_some());
        assert_eq!(
            places.servers.borrow().len(),
            7,
            "only of those that are asked is anything kept"
        );
        drop((silent, others));
        assert!(places.servers.borrow().is_empty());
    }
}
