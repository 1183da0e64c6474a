//! Judged facts by name and type (RFC 2181 section 5.4.1 ranks, RFC 2308 denials).

use std::sync::Arc;
use std::time::Duration;

use super::packed::Packed;
use super::store::Key;
use super::table::{Entry, Table};
use super::versions::Versions;
use crate::clock::Instant;
use crate::model::{Checking, Fact, Finding};
use crate::wire::{Name, Rcode, RrType};

/// Facts that were judged: data, aliases, denials. What has expired stays until its place is wanted, for want of better
/// (RFC 8767): it goes by how it was used, as all does, so that what is popular is there in an outage (section 6).
///
/// Only answers enter; glue and authority data never do, so the ranks of RFC 2181 section 5.4.1 come down to one
/// rule: what is proven is not replaced by what is not while it lives.
#[derive(Debug)]
pub struct Findings {
    kept: Table<Packed>,
    versions: Versions,
    /// Octets of the largest that is kept: larger ones are passed on, and put nothing out.
    largest: usize,
}

/// So many of the largest findings fill the table.
const LARGE_ONES: u64 = 512;
/// In the smallest table, what is usual has room: a signed DNSKEY RRset of six keys takes some 2,500 octets.
const LEAST_LARGEST: usize = 4_096;

/// The type under which a name's not existing at all is kept: no record has it.
const ANY_TYPE: RrType = RrType(0);

impl Findings {
    pub(super) fn new(octets: u64) -> Self {
        let largest = usize::try_from(octets / LARGE_ONES).unwrap_or(usize::MAX);
        Self {
            kept: Table::new(octets),
            versions: Versions::default(),
            largest: largest.max(LEAST_LARGEST),
        }
    }

    /// What is known about `name` and `rtype`: the fact itself, an alias at the name, or that the name does not
    /// exist.
    #[must_use]
    pub fn get(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        now: Instant,
    ) -> Option<Arc<Finding>> {
        let place = self.kept.at(name, checking);
        let live = |rtype| place.get(rtype).filter(|packed| packed.is_live(now));
        let alias = || live(RrType::CNAME).filter(Packed::is_alias);
        live(rtype)
            .or_else(|| live(ANY_TYPE))
            .or_else(|| if may_be_aliased(rtype) { alias() } else { None })?
            .unpack()
    }

    /// What was known last about `name` and `rtype`, for as long as it is good and `longest` after: so an alias that came
    /// after an address counts and not the address, though both have expired (RFC 8767 section 7).
    #[must_use]
    pub fn last(
        &self,
        name: &Name,
        rtype: RrType,
        checking: Checking,
        now: Instant,
        longest: Duration,
    ) -> Option<Arc<Finding>> {
        let place = self.kept.at(name, checking);
        let alias = || place.get(RrType::CNAME).filter(Packed::is_alias);
        let alias = if may_be_aliased(rtype) { alias() } else { None };
        let all = [alias, place.get(ANY_TYPE), place.get(rtype)];
        let last = all.into_iter().flatten().max_by_key(Packed::since)?;
        let is_good = last.is_live(now) || !last.is_refuted() && now < last.deadline() + longest;
        if is_good { last.unpack() } else { None }
    }

    /// What was known about `name` and `rtype` is refuted: it is good to its end where it is live, and never for want of
    /// better. That is noted here and not beside it, so that it is not forgotten before what it is about.
    pub fn refute(&self, name: &Name, rtype: RrType, checking: Checking, now: Instant) {
        let place = self.kept.at(name, checking);
        for rtype in [rtype, ANY_TYPE, RrType::CNAME] {
            match place.get(rtype) {
                Some(packed) if packed.is_live(now) => place.put(rtype, packed.refuted()),
                Some(_) => place.remove(rtype),
                None => {}
            }
        }
    }

    /// Keeps `finding` as what there is at `name` for `rtype`.
    pub fn put(&self, name: &Name, rtype: RrType, checking: Checking, finding: Finding) {
        let kept_as = match &finding.fact {
            Fact::Data(_) | Fact::NoData => rtype,
            // An alias that was found under a type which it must not answer is kept for that type alone.
            Fact::Alias { .. } | Fact::NameTooLong(_) if may_be_aliased(rtype) => RrType::CNAME,
            Fact::Alias { .. } | Fact::NameTooLong(_) => rtype,
            // What nobody judged says nothing about other types: a forged denial of one would deny them all.
            Fact::NameError if checking == Checking::Disabled => rtype,
            // The parent says so, which a forward or stub zone at the name need not be a part of.
            Fact::NameError if rtype == RrType::DS => rtype,
            Fact::NameError => ANY_TYPE,
        };
        let place = self.kept.at(name, checking);
        let proven = |old: &Packed| old.is_secure() && old.is_live(finding.since);
        if !finding.security.is_secure() && place.get(kept_as).as_ref().is_some_and(proven) {
            return;
        }
        if kept_as != ANY_TYPE {
            place.remove(ANY_TYPE); // the name exists after all
        }
        let key = Key { name: name.clone(), rtype: kept_as, checking };
        let packed = Packed::new(&key, finding);
        if packed.weight() > self.largest {
            place.remove(kept_as); // what was known is another now
        } else {
            place.put(kept_as, packed);
        }
        self.versions.changed(name);
    }

    /// Forgets what is known about `name` and `rtype`.
    pub fn remove(&self, name: &Name, rtype: RrType) {
        for checking in [Checking::Enabled, Checking::Disabled] {
            let place = self.kept.at(name, checking);
            [rtype, ANY_TYPE, RrType::CNAME].into_iter().for_each(|rtype| place.remove(rtype));
        }
        self.versions.changed(name);
    }

    /// Is anything known under `key`, live or expired?
    #[must_use]
    pub fn has(&self, key: &Key) -> bool {
        self.kept.at(&key.name, key.checking).get(key.rtype).is_some()
    }

    /// All that are not refuted, in no order, each with the key that it is kept under. A name that does not exist is under a
    /// type that no record has, for all types.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Arc<Finding>)> + '_ {
        let kept = self.kept.iter().filter(|packed| !packed.is_refuted());
        kept.filter_map(|packed| Some((packed.key()?, packed.unpack()?)))
    }

    /// Where what `rcode` says about `name` and `rtype`, judged, is kept.
    #[must_use]
    pub fn key(name: Name, rtype: RrType, rcode: Rcode) -> Key {
        let whole = rcode == Rcode::NXDOMAIN && rtype != RrType::DS;
        Key { name, rtype: if whole { ANY_TYPE } else { rtype }, checking: Checking::Enabled }
    }

    /// A type for which what is kept under `key` answers.
    #[must_use]
    pub fn answers(key: &Key) -> RrType {
        if key.rtype == ANY_TYPE { RrType::A } else { key.rtype }
    }

    /// Where what answers a question may be kept: the fact itself, that the name does not exist, or an alias.
    #[must_use]
    pub fn keys(name: &Name, rtype: RrType) -> [Key; 3] {
        [rtype, ANY_TYPE, RrType::CNAME].map(|rtype| {
            let checking = Checking::Enabled;
            Key { name: name.clone(), rtype, checking }
        })
    }

    /// How often what is known at each name has changed.
    #[must_use]
    pub const fn versions(&self) -> &Versions {
        &self.versions
    }
}

/// Is a question for this type answered by an alias that was found under another? Not one for the alias itself, nor for a
/// type that lies beside one (RFC 4035 section 2.5, RFC 1034 section 3.6.2). DS lies with the parent, whatever the child
/// has at its apex (RFC 4035 section 3.1.4.1); and what lies at an apex alone is there in spite of an alias that should
/// not be.
fn may_be_aliased(rtype: RrType) -> bool {
    let beside = matches!(rtype, RrType::CNAME | RrType::ANY | RrType::NSEC | RrType::RRSIG);
    !beside && !matches!(rtype, RrType::DS | RrType::SOA | RrType::NS | RrType::DNSKEY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dnssec::{Insecurity, Security};
    use crate::wire::RrSet;

    fn finding(security: Security, fact: Fact) -> Finding {
        let since = Instant::from_nanos(1);
        Finding {
            fact,
            authority: Vec::new(),
            security,
            compact: false,
            since,
            deadline: since + Duration::from_secs(60),
        }
    }

    fn data(last: u8) -> Fact {
        Fact::Data(RrSet::new(name(), RrType::A, 60, vec![[192, 0, 2, last].into()]))
    }

    fn name() -> Name {
        "www.example.".parse().expect("a name")
    }

    #[test]
    fn what_is_proven_is_not_replaced_by_what_is_not() {
        let findings = Findings::new(1 << 20);
        let now = Instant::from_nanos(2);
        let get =
            || findings.get(&name(), RrType::A, Checking::Enabled, now).map(|f| f.fact.clone());
        findings.put(&name(), RrType::A, Checking::Enabled, finding(Security::Secure, data(1)));
        findings.put(
            &name(),
            RrType::A,
            Checking::Enabled,
            finding(Security::Insecure(Insecurity::NeverSigned), data(2)),
        );
        assert_eq!(get(), Some(data(1)));
        findings.put(&name(), RrType::A, Checking::Enabled, finding(Security::Secure, data(3)));
        assert_eq!(get(), Some(data(3)));
    }

    #[test]
    fn what_is_too_large_for_a_small_cache_is_not_kept_and_ends_what_was() {
        let put_and_get = |octets, fact: &Fact| {
            let findings = Findings::new(octets);
            for fact in [data(1), fact.clone()] {
                findings.put(
                    &name(),
                    RrType::A,
                    Checking::Enabled,
                    finding(Security::Secure, fact),
                );
            }
            let now = Instant::from_nanos(2);
            findings.get(&name(), RrType::A, Checking::Enabled, now).map(|f| f.fact.clone())
        };
        let rdatas = (0..4_000_u32).map(|n| n.to_be_bytes().into()).collect();
        let large = Fact::Data(RrSet::new(name(), RrType::A, 60, rdatas));
        assert_eq!(put_and_get(5 << 20, &large), None);
        assert_eq!(put_and_get(80 << 20, &large), Some(large));
        assert_eq!(put_and_get(1 << 18, &data(2)), Some(data(2)));
    }

    #[test]
    fn rfc2308_s5_a_name_error_answers_every_type_until_its_deadline() {
        let findings = Findings::new(1 << 20);
        findings.put(
            &name(),
            RrType::A,
            Checking::Enabled,
            finding(Security::Secure, Fact::NameError),
        );
        let fact = |at| {
            findings
                .get(&name(), RrType::MX, Checking::Enabled, Instant::from_nanos(at))
                .map(|f| f.fact.clone())
        };
        assert_eq!(fact(2), Some(Fact::NameError));
        assert_eq!(fact(60_000_000_001), None);
    }

    #[test]
    fn rfc1034_s3_6_2_an_alias_answers_every_type_and_its_absence_none() {
        let findings = Findings::new(1 << 20);
        let put = |rtype, fact| {
            findings.put(&name(), rtype, Checking::Enabled, finding(Security::Secure, fact));
        };
        let get = |rtype| {
            let now = Instant::from_nanos(2);
            findings.get(&name(), rtype, Checking::Enabled, now).map(|f| f.fact.clone())
        };
        put(RrType::CNAME, Fact::NoData);
        assert_eq!(get(RrType::CNAME), Some(Fact::NoData));
        assert_eq!(get(RrType::A), None);
        let cname = RrSet::new(name(), RrType::CNAME, 60, vec![name().as_wire().into()]);
        let alias = Fact::Alias { cname, dname: None, target: name() };
        put(RrType::MX, alias.clone());
        assert_eq!(get(RrType::A), Some(alias));
        assert_eq!(get(RrType::NS), None, "may lie beside one");
    }

    #[test]
    fn rfc8767_s7_of_what_has_expired_the_last_counts_and_what_is_refuted_does_not() {
        let findings = Findings::new(1 << 20);
        let seconds = Duration::from_secs;
        let put = |at, fact| {
            let since = Instant::from_nanos(1) + seconds(at);
            let deadline = since + seconds(60);
            let finding = Finding { since, deadline, ..finding(Security::Secure, fact) };
            findings.put(&name(), RrType::A, Checking::Enabled, finding);
        };
        let at = |after| Instant::from_nanos(1) + seconds(after);
        let last = |after| {
            let (name, checking, longest) = (name(), Checking::Enabled, seconds(100));
            let last = findings.last(&name, RrType::A, checking, at(after), longest);
            last.map(|finding| finding.fact.clone())
        };
        put(0, data(1));
        assert_eq!((last(60), last(159)), (Some(data(1)), Some(data(1))));
        let get = |at| findings.get(&name(), RrType::A, Checking::Enabled, at);
        assert!(last(160).is_none() && get(at(60)).is_none());
        let cname = RrSet::new(name(), RrType::CNAME, 60, vec![name().as_wire().into()]);
        let alias = Fact::Alias { cname, dname: None, target: name() };
        put(61, alias.clone());
        assert_eq!(last(125), Some(alias.clone()));
        put(130, Fact::NameError);
        assert_eq!(last(200), Some(Fact::NameError));
        findings.refute(&name(), RrType::A, Checking::Enabled, at(190));
        assert_eq!(last(200), None);
        for (begin, fact) in [(200, data(2)), (300, alias), (400, Fact::NameError)] {
            put(begin, fact.clone());
            findings.refute(&name(), RrType::A, Checking::Enabled, at(begin + 10));
            let end = begin + 60;
            let live = get(at(end - 1)).map(|finding| finding.fact.clone());
            assert_eq!((last(end - 1), live), (Some(fact.clone()), Some(fact)), "good still");
            assert_eq!(last(end), None);
        }
        put(500, data(3));
        assert_eq!(last(560), Some(data(3)), "nothing speaks against what came since");
    }

    #[test]
    fn rfc4035_s3_2_2_data_seen_under_cd_lie_apart() {
        let findings = Findings::new(1 << 20);
        findings.put(
            &name(),
            RrType::A,
            Checking::Disabled,
            finding(Security::Indeterminate, data(9)),
        );
        assert!(
            findings.get(&name(), RrType::A, Checking::Enabled, Instant::from_nanos(2)).is_none()
        );
    }
}
