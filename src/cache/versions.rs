//! How whoever keeps what was made of findings learns that they are others now: without a lock, and without a look at them.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock::Instant;
use crate::model::Finding;
use crate::wire::Name;

/// Counters. Names that share one are taken for changed together, which costs one look at the findings; 4,096 are 16 KiB, and
/// at 5,000 new findings a second each counts once a second.
const SLOTS: u16 = 4_096;

/// One counter for each group of names: it moves with everything that is put at a name, or taken away.
pub struct Versions(Box<[AtomicU32]>);

impl fmt::Debug for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Versions")
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| AtomicU32::new(0)).collect())
    }
}

impl Versions {
    /// What is known at `name` is another from here on. To be said after it was changed: who has seen the new number then
    /// sees the new finding too.
    pub(super) fn changed(&self, name: &Name) {
        self.0[usize::from(slot(name))].fetch_add(1, Ordering::Release);
    }

    /// Everything may be another: so it is after a flush of a whole tree, or when other anchors are trusted.
    pub fn all_changed(&self) {
        self.0.iter().for_each(|slot| _ = slot.fetch_add(1, Ordering::Release));
    }

    fn sum(&self, slots: &[u16]) -> u32 {
        let number = |slot: &u16| self.0[usize::from(*slot)].load(Ordering::Acquire);
        slots.iter().fold(0, |sum: u32, slot| sum.wrapping_add(number(slot)))
    }
}

fn slot(name: &Name) -> u16 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    u16::try_from(hasher.finish() % u64::from(SLOTS)).unwrap_or(0)
}

/// Links of an alias chain that a basis can have; longer ones are seldom and looked up link by link each time.
const LINKS: usize = 6;

/// What an answer rests on: the findings of so many names, as they are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    slots: [u16; LINKS],
    links: u8,
    /// Of the counters of these slots. They only ever grow, so the sum is the same as long as all are.
    sum: u32,
    now: Instant,
    /// Until when it is good, and none of its findings due for renewal.
    pub until: Instant,
    /// From when on whole seconds count its TTLs down: those that it has now.
    pub ticking_since: Instant,
}

impl Basis {
    /// Nothing yet, at `now`.
    #[must_use]
    pub const fn at(now: Instant) -> Self {
        let until = Instant::from_nanos(u64::MAX);
        Self { slots: [0; LINKS], links: 0, sum: 0, now, until, ticking_since: now }
    }

    /// Also `name`: to be said before it is looked up. `false` when these are too many.
    #[must_use]
    pub fn watch(&mut self, versions: &Versions, name: &Name) -> bool {
        let Some(free) = self.slots.get_mut(usize::from(self.links)) else { return false };
        *free = slot(name);
        self.sum = self.sum.wrapping_add(versions.sum(&[*free]));
        self.links += 1;
        true
    }

    /// Also `finding`. Of several, whose seconds end at different times, the first to end counts: no TTL is given longer.
    pub fn rest_on(&mut self, finding: &Finding) {
        self.until = self.until.min(finding.due());
        let age = self.now.since(finding.since).as_nanos() % 1_000_000_000;
        let begun = self.now.as_nanos().saturating_sub(u64::try_from(age).unwrap_or(0));
        self.ticking_since = self.ticking_since.min(Instant::from_nanos(begun));
    }

    /// Is what it rests on still what is known?
    #[must_use]
    pub fn is_current(&self, versions: &Versions) -> bool {
        versions.sum(&self.slots[..usize::from(self.links)]) == self.sum
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dnssec::Security;
    use crate::model::Fact;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn at(millis: u64) -> Instant {
        Instant::default() + Duration::from_millis(millis)
    }

    fn finding(since: Instant, life: u64) -> Finding {
        let (fact, security, authority) = (Fact::NoData, Security::Indeterminate, Vec::new());
        let deadline = since + Duration::from_secs(life);
        Finding { fact, authority, security, compact: false, since, deadline }
    }

    #[test]
    fn a_change_at_any_of_its_names_ends_a_basis() {
        let versions = Versions::default();
        let mut basis = Basis::at(at(0));
        assert!(basis.watch(&versions, &name("www.example.")));
        assert!(basis.watch(&versions, &name("target.example.net.")));
        assert!(basis.is_current(&versions));
        let before = basis;
        versions.changed(&name("unrelated.example."));
        assert!(basis.is_current(&versions));
        versions.changed(&name("Target.example.NET."));
        assert!(!basis.is_current(&versions));
        assert_eq!(before, basis);
        let mut other = Basis::at(at(0));
        assert!(other.watch(&versions, &name("www.example.")) && other.is_current(&versions));
        versions.all_changed();
        assert!(!other.is_current(&versions));
    }

    #[test]
    fn a_chain_of_too_many_links_has_no_basis() {
        let (versions, mut basis) = (Versions::default(), Basis::at(at(0)));
        let watched = (0..10).take_while(|_| basis.watch(&versions, &name("www.example."))).count();
        assert_eq!(watched, LINKS);
    }

    #[test]
    fn it_is_good_until_the_first_is_due_and_counts_from_the_first_second_to_end() {
        let mut basis = Basis::at(at(2_700));
        basis.rest_on(&finding(at(0), 100));
        assert_eq!((basis.until, basis.ticking_since), (at(90_000), at(2_000)));
        basis.rest_on(&finding(at(900), 50));
        assert_eq!((basis.until, basis.ticking_since), (at(45_900), at(1_900)));
        basis.rest_on(&finding(at(2_600), 1_000));
        assert_eq!((basis.until, basis.ticking_since), (at(45_900), at(1_900)));
    }
}
