//! A question for which no client waits. It lives in the iterator, and whichever question is under way moves it on.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The probe under way, if there is one.
#[derive(Default)]
pub(super) struct Probe(RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>);

impl Probe {
    /// Moves it on.
    pub fn poll(&self, context: &mut Context<'_>) {
        let Ok(mut probe) = self.0.try_borrow_mut() else { return };
        if let Some(future) = &mut *probe
            && future.as_mut().poll(context) == Poll::Ready(())
        {
            *probe = None;
        }
    }

    pub fn is_under_way(&self) -> bool {
        self.0.try_borrow().is_ok_and(|probe| probe.is_some())
    }

    pub fn start(&self, future: impl Future<Output = ()> + 'static) {
        if let Ok(mut probe) = self.0.try_borrow_mut() {
            *probe = Some(Box::pin(future));
        }
    }
}
