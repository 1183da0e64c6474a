//! Names at which no zone is delegated, as minimised questions have shown: who was shown one need not be shown it again on
//! the way to another name below (RFC 9156 section 3). It spares questions and proves nothing: where a zone was delegated
//! meanwhile, the next question brings the referral.

use std::time::Duration;

use super::store::{Key, Store, Weigh};
use crate::clock::Instant;
use crate::model::Checking;
use crate::wire::{Name, RrType};

/// The longest that it is believed, in seconds.
const LONGEST_LIFE: u32 = 3_600;

#[derive(Debug)]
struct Until(Instant);

impl Weigh for Until {
    fn weigh(&self) -> usize {
        0
    }
}

/// Those names.
#[derive(Debug)]
pub struct Uncut(Store<Until>);

impl Uncut {
    pub(super) fn new(octets: u64) -> Self {
        Self(Store::new(octets))
    }

    /// No zone is delegated at `name`: for `ttl` seconds that holds.
    pub fn put(&self, name: &Name, ttl: u32, now: Instant) {
        self.keep(key(name, RrType::NS), ttl, now);
    }

    /// How many labels the longest name has, below `zone` and above `name`, up to which no zone is delegated.
    #[must_use]
    pub fn depth(&self, zone: &Name, name: &Name, now: Instant) -> usize {
        let above = |labels: &usize| name.ancestor(*labels).filter(|above| above != name);
        let known = |above: &Name| self.holds(&key(above, RrType::NS), now);
        let labels = (zone.label_count() + 1..).take_while(|l| above(l).is_some_and(|a| known(&a)));
        labels.last().unwrap_or(zone.label_count())
    }

    /// The servers of `zone` serve zones within zones below it as well.
    pub fn put_served_below(&self, zone: &Name, now: Instant) {
        self.keep(key(zone, RrType::SOA), LONGEST_LIFE, now);
    }

    /// Not all of them: they have referred somebody to others.
    pub fn is_not_served_below(&self, zone: &Name) {
        self.0.remove(&key(zone, RrType::SOA));
    }

    /// Do they, as far as known?
    #[must_use]
    pub fn is_served_below(&self, zone: &Name, now: Instant) -> bool {
        self.holds(&key(zone, RrType::SOA), now)
    }

    fn keep(&self, key: Key, ttl: u32, now: Instant) {
        if ttl > 0 {
            let until = now + Duration::from_secs(ttl.min(LONGEST_LIFE).into());
            self.0.put(key, Until(until));
        }
    }

    fn holds(&self, key: &Key, now: Instant) -> bool {
        self.0.get(key).is_some_and(|until| now < until.0)
    }
}

fn key(name: &Name, rtype: RrType) -> Key {
    Key { name: name.clone(), rtype, checking: Checking::Enabled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9156_s3_what_was_shown_is_known_without_gaps_and_for_its_time() {
        let uncut = Uncut::new(1 << 20);
        let name = |text: &str| text.parse::<Name>().expect("a name");
        let (now, zone) = (Instant::from_nanos(1), name("example."));
        let depth = |below: &str, after| uncut.depth(&zone, &name(below), now + after);
        let (at_once, later) = (Duration::ZERO, Duration::from_secs(60));
        assert_eq!(depth("x.c.b.a.example.", at_once), 1);
        uncut.put(&name("a.example."), 60, now);
        uncut.put(&name("c.b.a.example."), 600, now);
        assert_eq!(depth("x.c.b.a.example.", at_once), 2, "nothing is known of b");
        uncut.put(&name("b.a.example."), 600, now);
        assert_eq!(depth("x.c.b.a.example.", at_once), 4);
        assert_eq!(depth("c.b.a.example.", at_once), 3, "what is asked for is not above it");
        assert_eq!(depth("x.c.b.a.example.", later), 1);
        uncut.put(&name("z.example."), 0, now);
        assert_eq!(depth("x.z.example.", at_once), 1);
    }
}
