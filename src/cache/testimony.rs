//! What was said once, kept as it was said: responses as octets, of which nothing counts as proven. What outlives the process
//! is kept so, and what chains of trust rest on; whoever reads one judges it as if a server said it.

use std::fmt;

use super::store::{Key, Store, Weigh, weight};
use crate::clock::{Moment, WallSeconds};
use crate::wire::block;

/// A response as octets, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testimony {
    /// The message.
    pub message: Box<[u8]>,
    /// Seconds that its TTLs had been running for when it was noted here.
    pub age: u32,
    /// When it was.
    pub noted: Moment,
    /// The age at which it is over. It ends it, and proves nothing: each TTL within counts besides.
    pub life: u32,
}

impl Testimony {
    /// For how long its TTLs have been running, in seconds, rounded up. Of two clocks the one counts that went further: the
    /// date may have been set back since, or set right, and no life is longer for it.
    #[must_use]
    pub fn age(&self, at: Moment) -> u32 {
        let by_date = at.wall.saturating_sub(self.noted.wall);
        let ran = at.now.since(self.noted.now);
        let more = by_date.max(ran.as_secs() + u64::from(ran.subsec_nanos() > 0));
        u32::try_from(more).unwrap_or(u32::MAX).saturating_add(self.age)
    }

    /// Is it not over?
    #[must_use]
    pub fn is_live(&self, at: Moment) -> bool {
        self.age(at) < self.life
    }

    /// Octets that it takes where it is kept under `key`.
    #[must_use]
    pub fn weight(&self, key: &Key) -> u64 {
        weight(key, self)
    }

    /// The date on which its TTLs began to run.
    #[must_use]
    pub fn since(&self, at: Moment) -> WallSeconds {
        at.wall.saturating_sub(self.age(at).into())
    }
}

impl Weigh for Testimony {
    fn weigh(&self) -> usize {
        block(self.message.len())
    }
}

/// Testimonies by what they are about; none are kept where nothing outlives the process.
pub struct Testimonies(Option<Store<Testimony>>);

impl fmt::Debug for Testimonies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Testimonies({:?})", self.0)
    }
}

impl Testimonies {
    pub(super) fn new(octets: u64) -> Self {
        Self((octets > 0).then(|| Store::new(octets)))
    }

    /// Are there any to be kept?
    #[must_use]
    pub const fn are_kept(&self) -> bool {
        self.0.is_some()
    }

    /// What was said about `key`.
    #[must_use]
    pub fn get(&self, key: &Key, at: Moment) -> Option<Testimony> {
        let said = self.0.as_ref()?.get(key)?;
        said.is_live(at).then(|| Testimony::clone(&said))
    }

    /// Keeps it.
    pub fn put(&self, key: Key, said: Testimony) {
        if let Some(store) = &self.0 {
            store.put(key, said);
        }
    }

    /// Forgets it.
    pub fn remove(&self, key: &Key) {
        if let Some(store) = &self.0 {
            store.remove(key);
        }
    }

    /// All that are live, in no order.
    pub fn iter(&self, at: Moment) -> impl Iterator<Item = (Key, Testimony)> + '_ {
        let all = self.0.iter().flat_map(Store::iter);
        all.filter(move |(_, said)| said.is_live(at))
            .map(|(key, said)| (key, Testimony::clone(&said)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Instant;

    #[test]
    fn no_clock_that_is_set_makes_a_life_longer() {
        let noted = Moment { now: Instant::from_nanos(0), wall: 1_000 };
        let said = Testimony { message: Box::default(), age: 40, noted, life: 60 };
        let at = |seconds, wall| Moment { now: noted.now + Duration::from_secs(seconds), wall };
        for (moment, age, live) in [
            (at(0, 1_000), 40, true),
            (at(19, 1_019), 59, true),
            (at(20, 1_020), 60, false),
            (at(20, 10), 60, false),
            (at(1, 1_020), 60, false),
            (Moment { now: noted.now + Duration::from_millis(19_001), wall: 1_019 }, 60, false),
            (at(0, u64::MAX), u32::MAX, false),
        ] {
            assert_eq!((said.age(moment), said.is_live(moment)), (age, live), "{moment:?}");
        }
    }
}
