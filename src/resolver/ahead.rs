//! The keys of the zones that iteration comes to, fetched beside the questions that it asks there: by the time there is
//! something to judge, they are there.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::Resolver;
use crate::validate::Foresight;
use crate::work::Work;

/// Keys fetched on the word of parents that have not been proven yet, for one client question: from a cold cache two are
/// usual, and who refers without end could double his questions otherwise.
const MAX_GUESSES: u8 = 2;

/// A fetch of the keys of one zone.
type Beside<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Resolver {
    /// `main`, which is on the account of `work`, with what can be foreseen to be of use to it beside it. What is not done
    /// by its end is dropped.
    pub(super) async fn with_keys_ahead<T>(
        &self,
        mut main: Pin<&mut impl Future<Output = T>>,
        work: &Work,
    ) -> T {
        let mut beside: Vec<Beside<'_>> = Vec::new();
        let (mut ahead, mut guesses) = (Vec::new(), 0);
        poll_fn(|context| {
            // First what is fetched ahead: what has come is found by who wants it.
            beside.retain_mut(|fetch| fetch.as_mut().poll(context) == Poll::Pending);
            let done = main.as_mut().poll(context);
            if done.is_pending() {
                while let Some(zone) = work.next_zone() {
                    match self.validator.foresees_keys(&zone, &ahead) {
                        Foresight::NotWanted => continue,
                        Foresight::Perhaps if guesses == MAX_GUESSES => continue,
                        Foresight::Perhaps => guesses += 1,
                        Foresight::Wanted => {}
                    }
                    ahead.push(zone.clone());
                    let mut fetch: Beside<'_> = Box::pin(self.validator.fetch_ahead(zone, work));
                    if fetch.as_mut().poll(context).is_pending() {
                        beside.push(fetch);
                    }
                }
            }
            done
        })
        .await
    }
}
