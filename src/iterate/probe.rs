//! Questions for which no client waits, or not for long. They live in the iterator, and whichever question is under way, or
//! comes next, moves them on.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

/// Such questions at a time, each with a socket of its own: a worker's one probe a second and its last tries at silent zones.
const MOST: usize = 32;

type Probe = Pin<Box<dyn Future<Output = ()>>>;

/// Those under way.
#[derive(Default)]
pub(super) struct Probes {
    under_way: RefCell<Vec<Probe>>,
    bell: Arc<Bell>,
}

/// Rings when one of them can be moved on: who looks while it is silent need not look at each of them.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    /// Who looked last, and may still be waiting.
    looker: Mutex<Option<Waker>>,
}

impl Bell {
    fn looker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.looker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        if let Some(looker) = &*self.looker() {
            looker.wake_by_ref();
        }
    }
}

impl Probes {
    /// Moves them on; `context` is woken when there is more to do.
    pub fn poll(&self, context: &Context<'_>) {
        let mut looker = self.bell.looker();
        if !looker.as_ref().is_some_and(|looker| looker.will_wake(context.waker())) {
            *looker = Some(context.waker().clone());
        }
        drop(looker);
        self.look();
    }

    /// Moves them on for nobody in particular.
    pub fn look(&self) {
        if self.bell.rung.swap(false, Ordering::Acquire)
            && let Ok(mut probes) = self.under_way.try_borrow_mut()
        {
            let waker = Waker::from(Arc::clone(&self.bell));
            let mut context = Context::from_waker(&waker);
            probes.retain_mut(|probe| probe.as_mut().poll(&mut context).is_pending());
        }
    }

    pub fn has_room(&self) -> bool {
        self.under_way.try_borrow().is_ok_and(|probes| probes.len() < MOST)
    }

    /// Starts one, and sends it on its way; not when there is no room.
    pub fn start(&self, probe: impl Future<Output = ()> + 'static) {
        if self.has_room() {
            self.under_way.borrow_mut().push(Box::pin(probe));
            self.bell.rung.store(true, Ordering::Release);
            self.look();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn};
    use std::rc::Rc;
    use std::task::Poll;

    use super::*;

    #[test]
    fn so_many_and_no_more() {
        let (probes, started) = (Probes::default(), Rc::new(Cell::new(0)));
        for _ in 0..100 {
            let started = Rc::clone(&started);
            probes.start(async move {
                started.set(started.get() + 1);
                pending().await
            });
        }
        assert_eq!((started.get(), probes.has_room()), (MOST, false));
    }

    #[test]
    fn they_are_looked_at_when_one_of_them_wakes_and_then_the_last_looker_is_woken() {
        let (probes, polls) = (Probes::default(), Rc::new(Cell::new(0)));
        let sleeper = Rc::new(RefCell::new(None::<Waker>));
        let (counted, sleeps) = (Rc::clone(&polls), Rc::clone(&sleeper));
        probes.start(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            *sleeps.borrow_mut() = Some(context.waker().clone());
            if counted.get() == 3 { Poll::Ready(()) } else { Poll::Pending }
        }));
        let looker = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&looker));
        (0..1_000).for_each(|_| probes.poll(&Context::from_waker(&waker)));
        assert_eq!(polls.get(), 1, "a thousand questions woke for reasons of their own");
        let wake = || sleeper.borrow().as_ref().expect("polled").wake_by_ref();
        wake();
        assert!(looker.rung.load(Ordering::Acquire));
        probes.look();
        assert_eq!(polls.get(), 2);
        wake();
        probes.look();
        assert!(polls.get() == 3 && probes.under_way.borrow().is_empty());
    }
}
