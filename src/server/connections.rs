//! The TCP connections of the whole process: how many there are, whose they are, and which one gives way.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use crate::clock::{Clock, Instant, SystemClock};

/// All connections, under one lock that is taken when one opens or closes.
#[derive(Debug)]
pub(super) struct Connections {
    total: usize,
    per_client: usize,
    idle_time: Duration,
    open: Mutex<Open>,
}

/// How many times in each idle time it is looked who is idle: what one may have too much is an eighth.
const LOOKS: u32 = 8;

#[derive(Debug, Default)]
struct Open {
    count: usize,
    clients: HashMap<IpAddr, Vec<Arc<Handle>>>,
}

/// What others may do to a connection, from whatever thread.
#[derive(Debug, Default)]
pub(super) struct Handle {
    /// Of the connection's task, since it first ran.
    waker: Mutex<Option<Waker>>,
    closing: AtomicBool,
    ending: AtomicBool,
    busy: AtomicBool,
    /// When it last made progress, in nanoseconds of the monotonic clock.
    progress: AtomicU64,
}

impl Handle {
    /// Is the connection to close at once?
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Is it to answer what it has read, and then close?
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Says whether answers are being worked on: such a connection does not give way while others can.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    fn is_at_rest(&self) -> bool {
        !self.busy.load(Ordering::Relaxed)
    }

    /// Says whom [`Self::wake`] wakes. What others did before is seen by who looks afterwards.
    pub(super) fn wakes(&self, task: &Context<'_>) {
        let mut waker = self.waker();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            *waker = Some(task.waker().clone());
        }
    }

    /// Wakes the connection: it is to close, or replies are there to be sent.
    pub(super) fn wake(&self) {
        if let Some(waker) = &*self.waker() {
            waker.wake_by_ref();
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.wake();
    }
}

/// A connection's place among the others, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    /// The connection's handle.
    pub handle: Arc<Handle>,
    client: IpAddr,
    connections: Arc<Connections>,
}

impl Connections {
    /// Room for `total` connections, and for `per_client` of each client.
    pub(super) fn new(total: usize, per_client: usize, idle_time: Duration) -> Arc<Self> {
        Arc::new(Self { total, per_client, idle_time, open: Mutex::default() })
    }

    /// A place for a new connection of `client`. When he, or all together, have as many as they may, the longest idle one
    /// gives way (RFC 9210 section 4.2): his own, else one of whoever has most of those that have one. Where all are busy, who
    /// has none yet still gets a place, of whoever has most. `None` when there is none for him.
    pub(super) fn admit(self: &Arc<Self>, client: IpAddr) -> Option<Place> {
        let client = group(client);
        let mut open = self.lock();
        if open.of(client) >= self.per_client {
            open.evict(client, Handle::is_at_rest)?;
        }
        if open.count >= self.total {
            open.make_room(client)?;
        }
        let place = Place { handle: Arc::default(), client, connections: Arc::clone(self) };
        place.refresh();
        open.count += 1;
        open.clients.entry(client).or_default().push(Arc::clone(&place.handle));
        Some(place)
    }

    /// Lets every connection answer what it has read, and close.
    pub(super) fn end(&self) {
        for handle in self.lock().clients.values().flatten() {
            handle.ending.store(true, Ordering::Relaxed);
            handle.wake();
        }
    }

    /// Wakes those that are idle for too long, so that they end; for ever. One such watch, instead of a timer for each.
    pub(super) async fn watch(&self) {
        loop {
            tokio::time::sleep(self.idle_time / LOOKS).await;
            for handle in self.lock().clients.values().flatten() {
                if self.is_idle(handle) {
                    handle.wake();
                }
            }
        }
    }

    fn is_idle(&self, handle: &Handle) -> bool {
        let progress = Instant::from_nanos(handle.progress.load(Ordering::Relaxed));
        SystemClock.now().since(progress) >= self.idle_time
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lock().count
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn of(&self, client: IpAddr) -> usize {
        self.clients.get(&client).map_or(0, Vec::len)
    }

    /// Closes a connection for one of `newcomer`.
    fn make_room(&mut self, newcomer: IpAddr) -> Option<()> {
        if let Some(client) = self.greediest(Handle::is_at_rest) {
            return self.evict(client, Handle::is_at_rest);
        }
        let client = self.greediest(|_| true)?;
        let may_take = self.of(newcomer) == 0 && self.of(client) > 1;
        may_take.then(|| self.evict(client, |_| true)).flatten()
    }

    /// The client with most connections of those that have one of which `is` holds.
    fn greediest(&self, is: fn(&Handle) -> bool) -> Option<IpAddr> {
        let having = self.clients.iter().filter(|(_, handles)| handles.iter().any(|h| is(h)));
        having.max_by_key(|(_, handles)| handles.len()).map(|(client, _)| *client)
    }

    /// Closes the connection of `client` that made no progress for the longest time, of those of which `is` holds.
    fn evict(&mut self, client: IpAddr, is: fn(&Handle) -> bool) -> Option<()> {
        let handles = self.clients.get(&client)?.iter().filter(|handle| is(handle));
        let oldest = handles.min_by_key(|handle| handle.progress.load(Ordering::Relaxed))?;
        let oldest = Arc::clone(oldest);
        oldest.close();
        self.remove(client, &oldest);
        Some(())
    }

    /// Forgets a connection, if that was not done already.
    fn remove(&mut self, client: IpAddr, handle: &Arc<Handle>) {
        let Some(handles) = self.clients.get_mut(&client) else { return };
        let Some(at) = handles.iter().position(|other| Arc::ptr_eq(other, handle)) else { return };
        handles.swap_remove(at);
        self.count -= 1;
        if handles.is_empty() {
            self.clients.remove(&client);
        }
    }
}

impl Place {
    /// The connection made progress: it is now the last to give way.
    pub(super) fn refresh(&self) {
        let now = SystemClock.now().as_nanos();
        self.handle.progress.store(now, Ordering::Relaxed);
    }

    /// Has it gone without progress for the idle time?
    pub(super) fn is_idle(&self) -> bool {
        self.connections.is_idle(&self.handle)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().remove(self.client, &self.handle);
    }
}

/// Who counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that its network gave it, since it may
/// choose the others at will (RFC 4291 section 2.5.1).
fn group(client: IpAddr) -> IpAddr {
    const NETWORK: u128 = !0 << 64;
    match client.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & NETWORK).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(total: usize, per_client: usize) -> Arc<Connections> {
        Connections::new(total, per_client, Duration::from_secs(10))
    }

    fn client(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn rfc9210_s4_2_the_longest_idle_connection_of_the_client_gives_way() {
        let connections = room(10, 3);
        let own = client("192.0.2.1");
        let mut places: Vec<_> = (0..3).filter_map(|_| connections.admit(own)).collect();
        places[0].handle.set_busy(true);
        places[1].refresh();
        places.extend(connections.admit(own));
        let closing: Vec<_> = places.iter().map(|place| place.handle.is_closing()).collect();
        assert_eq!(closing, [false, false, true, false]);
        assert_eq!(connections.count(), 3);
        drop(places);
        assert_eq!(connections.count(), 0);
    }

    #[test]
    fn a_full_house_takes_from_who_has_most() {
        let connections = room(4, 3);
        let greedy: Vec<_> =
            (0..3).filter_map(|_| connections.admit(client("192.0.2.1"))).collect();
        let modest = connections.admit(client("192.0.2.2")).expect("a place");
        let newcomer = connections.admit(client("192.0.2.3")).expect("a place");
        assert!(greedy[0].handle.is_closing() && !greedy[1].handle.is_closing());
        assert!(!modest.handle.is_closing() && !newcomer.handle.is_closing());
        assert_eq!(connections.count(), 4);
    }

    #[test]
    fn the_idle_connection_of_a_modest_client_gives_way_before_the_busy_ones_of_who_has_most() {
        let connections = room(4, 3);
        let busy: Vec<_> = (0..3).filter_map(|_| connections.admit(client("::1"))).collect();
        busy.iter().for_each(|place| place.handle.set_busy(true));
        assert!(connections.admit(client("::1")).is_none(), "all of his own are busy");
        let idle = connections.admit(client("192.0.2.1")).expect("a place");
        assert!(connections.admit(client("192.0.2.2")).is_some());
        assert!(idle.handle.is_closing() && !busy.iter().any(|place| place.handle.is_closing()));
    }

    #[test]
    fn where_all_are_busy_there_is_a_place_for_who_has_none_yet() {
        let connections = room(3, 3);
        let busy = |of| connections.admit(client(of)).inspect(|place| place.handle.set_busy(true));
        let greedy = [busy("::1"), busy("::1"), busy("::1")].map(|place| place.expect("a place"));
        let others = [busy("192.0.2.1"), busy("192.0.2.1"), busy("192.0.2.2"), busy("192.0.2.3")];
        assert_eq!(others.each_ref().map(Option::is_some), [true, false, true, false]);
        let closing = greedy.each_ref().map(|place| place.handle.is_closing());
        assert_eq!(closing, [true, true, false], "one each is as fair as it gets");
    }

    #[test]
    fn rfc4291_s2_5_1_an_ipv6_network_of_64_bits_is_one_client() {
        assert_eq!(group(client("2001:db8:0:1::1")), group(client("2001:db8:0:1:ffff::2")));
        assert_ne!(group(client("2001:db8:0:1::1")), group(client("2001:db8:0:2::1")));
        assert_eq!(group(client("::ffff:192.0.2.1")), client("192.0.2.1"));
        assert_ne!(group(client("192.0.2.1")), group(client("192.0.2.2")));
    }
}
