//! What is known about one name and type: one link of an alias chain, or its end.

use crate::clock::Instant;
use crate::dnssec::Security;
use crate::wire::{Name, Rcode, RrSet, RrType};

/// What there is at a name for a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The RRset asked for.
    Data(RrSet),
    /// An alias instead.
    Alias {
        /// The CNAME: as received, or made from the DNAME (RFC 6672 section 3.1).
        cname: RrSet,
        /// The DNAME that the CNAME was made from.
        dname: Option<RrSet>,
        /// Where to go on.
        target: Name,
    },
    /// A DNAME that makes a name of more than 255 octets of it (RFC 6672 section 2.2).
    NameTooLong(RrSet),
    /// The name exists, the type does not.
    NoData,
    /// The name does not exist.
    NameError,
}

impl Fact {
    /// The response code that it makes.
    #[must_use]
    pub const fn rcode(&self) -> Rcode {
        match self {
            Self::NameError => Rcode::NXDOMAIN,
            Self::NameTooLong(_) => Rcode::YXDOMAIN,
            Self::Data(_) | Self::Alias { .. } | Self::NoData => Rcode::NOERROR,
        }
    }

    /// Where a question for `asked` goes on: at the target of an alias, unless the alias itself is what was asked for.
    #[must_use]
    pub const fn leads_to(&self, asked: RrType) -> Option<&Name> {
        match self {
            Self::Alias { target, .. } if !matches!(asked, RrType::CNAME | RrType::ANY) => {
                Some(target)
            }
            _ => None,
        }
    }

    /// Its RRsets for the answer section, in order.
    pub fn rrsets(&self) -> impl Iterator<Item = &RrSet> {
        let (first, second) = match self {
            Self::Data(set) | Self::NameTooLong(set) => (Some(set), None),
            Self::Alias { cname, dname, .. } => (dname.as_ref(), Some(cname)),
            Self::NoData | Self::NameError => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The same, given away.
    pub fn into_rrsets(self) -> impl Iterator<Item = RrSet> {
        let (first, second) = match self {
            Self::Data(set) | Self::NameTooLong(set) => (Some(set), None),
            Self::Alias { cname, dname, .. } => (dname, Some(cname)),
            Self::NoData | Self::NameError => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// A fact with its proof, verdict and life.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What there is.
    pub fact: Fact,
    /// The SOA of a negative fact, and the NSEC and NSEC3 RRsets that prove it, or that prove a wildcard's right to
    /// answer.
    pub authority: Vec<RrSet>,
    /// The verdict, with its reason.
    pub security: Security,
    /// [`Fact::NoData`] stands for a name that does not exist: so says a compact denial (RFC 9824 section 3).
    pub compact: bool,
    /// When its TTLs were what they say.
    pub since: Instant,
    /// When it must be asked for again.
    pub deadline: Instant,
}

impl Finding {
    /// Is it still good at `now`?
    #[must_use]
    pub fn is_live(&self, now: Instant) -> bool {
        now < self.deadline
    }

    /// From when on it is in the last tenth of its life: whoever is asked for it then may see to its renewal.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.since + self.deadline.since(self.since) / 10 * 9
    }

    /// Is it good at `now`, and in the last tenth of its life?
    #[must_use]
    pub fn is_ending(&self, now: Instant) -> bool {
        self.is_live(now) && now >= self.due()
    }

    /// The same with its TTLs counted down to `now`.
    #[must_use]
    pub fn aged(mut self, now: Instant) -> Self {
        let age = u32::try_from(now.since(self.since).as_secs()).unwrap_or(u32::MAX);
        self.since = now;
        if age > 0 {
            self.rrsets_mut().for_each(|set| set.ttl = set.ttl.saturating_sub(age));
        }
        self
    }

    /// All its RRsets, in the order of [`Fact::rrsets`] and behind them the authority's.
    pub fn rrsets(&self) -> impl Iterator<Item = &RrSet> {
        self.fact.rrsets().chain(&self.authority)
    }

    /// The same, to be changed.
    pub fn rrsets_mut(&mut self) -> impl Iterator<Item = &mut RrSet> {
        let (first, second) = match &mut self.fact {
            Fact::Data(set) | Fact::NameTooLong(set) => (Some(set), None),
            Fact::Alias { cname, dname, .. } => (dname.as_mut(), Some(cname)),
            Fact::NoData | Fact::NameError => (None, None),
        };
        first.into_iter().chain(second).chain(&mut self.authority)
    }

    /// Octets that it holds on to.
    #[must_use]
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.rrsets().map(RrSet::weight).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_last_tenth_of_a_life() {
        let at = |seconds| Instant::from_nanos(1) + Duration::from_secs(seconds);
        let finding = Finding {
            fact: Fact::NoData,
            authority: Vec::new(),
            security: Security::Secure,
            compact: false,
            since: at(0),
            deadline: at(60),
        };
        let told = [0, 53, 54, 59, 60, 61].map(|seconds| finding.is_ending(at(seconds)));
        assert_eq!(told, [false, false, true, true, false, false]);
        assert!(!Finding { deadline: at(0), ..finding }.is_ending(at(0)));
    }
}
