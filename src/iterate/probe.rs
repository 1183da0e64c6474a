//! Questions for which no client waits, or not for long. They live in the iterator, and whichever question is under way, or
//! comes next, moves them on.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

/// Such questions at a time, each with a socket of its own: a worker's one probe a second and its last tries at silent zones.
const MOST: usize = 32;

type Probe = Pin<Box<dyn Future<Output = ()>>>;

/// Those under way.
#[derive(Default)]
pub(super) struct Probes {
    under_way: RefCell<Vec<Probe>>,
    /// Who looked last, and may still be waiting.
    waker: RefCell<Option<Waker>>,
}

impl Probes {
    /// Moves them on; `context` is woken when there is more to do.
    pub fn poll(&self, context: &mut Context<'_>) {
        let Ok(mut probes) = self.under_way.try_borrow_mut() else { return };
        probes.retain_mut(|probe| probe.as_mut().poll(context).is_pending());
        *self.waker.borrow_mut() = Some(context.waker().clone());
    }

    /// Moves them on for nobody in particular.
    pub fn look(&self) {
        let waker = self.waker.borrow().clone();
        self.poll(&mut Context::from_waker(waker.as_ref().unwrap_or(Waker::noop())));
    }

    pub fn has_room(&self) -> bool {
        self.under_way.try_borrow().is_ok_and(|probes| probes.len() < MOST)
    }

    /// Starts one, and sends it on its way.
    pub fn start(&self, probe: impl Future<Output = ()> + 'static) {
        if let Ok(mut probes) = self.under_way.try_borrow_mut() {
            probes.push(Box::pin(probe));
        }
        self.look();
    }
}
