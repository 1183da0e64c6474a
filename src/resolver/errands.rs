//! Resolutions for which no client waits: tasks of the worker whose client gave cause for them, few enough for the process.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::task::spawn_local;

/// The places for errands, of all workers.
#[derive(Debug)]
pub(super) struct Places {
    taken: AtomicU32,
    all: u32,
}

impl Places {
    pub fn new(all: u32) -> Arc<Self> {
        Arc::new(Self { taken: AtomicU32::new(0), all })
    }
}

/// One of them, taken until it is dropped.
pub(super) struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One worker's errands.
pub(super) enum Errands {
    /// It has nobody who runs them.
    None,
    /// They are tasks of the `LocalSet` in which its resolver is asked.
    InLocalSet(Arc<Places>),
}

impl Errands {
    /// A place for one, if there is any left.
    pub fn place(&self) -> Option<Place> {
        self.place_of(1)
    }

    /// The same for an errand that is of use to few: there is none where more than a sixteenth of the places are taken.
    pub fn place_if_most_are_free(&self) -> Option<Place> {
        self.place_of(16)
    }

    /// A place of the first part in so many of all.
    fn place_of(&self, part: u32) -> Option<Place> {
        let Self::InLocalSet(places) = self else { return None };
        let before = places.taken.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(places)); // given back where there was none
        (before < places.all.div_ceil(part)).then_some(place)
    }
}

impl Place {
    /// Starts what takes the place until it ends.
    pub fn start(self, errand: impl Future<Output = ()> + 'static) {
        spawn_local(async move {
            let _until_its_end = self;
            errand.await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_and_no_more_and_places_are_given_back() {
        let errands = Errands::InLocalSet(Places::new(2));
        let taken: Vec<_> = (0..5).map_while(|_| errands.place()).collect();
        assert_eq!(taken.len(), 2);
        drop(taken);
        assert!(errands.place().is_some());
        assert!(Errands::None.place().is_none());
    }
}
