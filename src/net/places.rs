//! How many questions wait for servers at a time: so many as there may be sockets, a quarter of them for one server, so that
//! those who wait for one that is silent leave sockets to the others.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
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

/// One of them, until it is dropped. The default is one of those of which there are enough.
#[derive(Debug, Default)]
pub struct Place {
    /// Where it is from, and whose it is.
    of: Option<(Rc<Places>, IpAddr)>,
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

    /// A place for a question to `server`, when there is one. Nobody closes the semaphores.
    pub async fn take(self: Rc<Self>, server: IpAddr) -> Place {
        let of_server = Arc::clone(
            self.servers
                .borrow_mut()
                .entry(server)
                .or_insert_with(|| Arc::new(Semaphore::new(self.each))),
        );
        let all = Arc::clone(&self.all);
        let mut place = Place { of: Some((self, server)), taken: None };
        if let Ok(of_server) = of_server.acquire_owned().await
            && let Ok(of_all) = all.acquire_owned().await
        {
            place.taken = Some([of_server, of_all]);
        }
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken = None;
        let Some((places, server)) = self.of.take() else { return };
        let mut servers = places.servers.borrow_mut();
        // What is in the map alone, nobody has or waits for.
        if servers.get(&server).is_some_and(|server| Arc::strong_count(server) == 1) {
            servers.remove(&server);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn at_once(places: &Rc<Places>, server: IpAddr) -> Option<Place> {
        let place = pin!(Rc::clone(places).take(server));
        match place.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    fn server(n: u8) -> IpAddr {
        [192, 0, 2, n].into()
    }

    #[test]
    fn a_silent_server_leaves_places_to_the_others() {
        let places = Rc::new(Places::new(8));
        let mut silent: Vec<_> = (0..5).filter_map(|_| at_once(&places, server(1))).collect();
        assert_eq!(silent.len(), 2);
        let others: Vec<_> = (2..20).filter_map(|n| at_once(&places, server(n))).collect();
        assert_eq!(others.len(), 6);
        assert!(silent.pop().is_some() && at_once(&places, server(30)).is_some());
        assert_eq!(
            places.servers.borrow().len(),
            7,
            "only of those that are asked is anything kept"
        );
        drop((silent, others));
        assert!(places.servers.borrow().is_empty());
    }
}
