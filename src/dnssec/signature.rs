//! Is this RRset signed by this zone (RFC 4035 section 5.3)?

use std::sync::Arc;

use super::reason::SignatureId;
use super::signed_data::SignedData;
use super::{Algorithm, Budget, Policy, Reason, Timestamp, crypto};
use crate::clock::{Moment, WallSeconds};
use crate::wire::rdata::Rrsig;
use crate::wire::{Name, RrSet, RrType, block};

/// Signatures kept of one RRset: what multi-signer zones and algorithm roll-overs need, twice.
const MAX_KEPT: usize = 8;
/// Keys of one tag and algorithm that are tried for one signature: chance makes two in very large estates.
const MAX_SAME_TAG: usize = 4;

/// A key that may sign RRsets of its zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub tag: u16,
    pub algorithm: Algorithm,
    pub public_key: &'a [u8],
}

/// The keys that may have signed an RRset, and those of which it is known that they cannot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signers<'a> {
    pub zone: &'a Name,
    pub keys: &'a [Key<'a>],
    /// Why keys that are published verify nothing.
    pub unusable: &'a [Reason],
}

/// An RRset that a zone's key signed, its TTL capped (RFC 4035 section 5.3.3). Only this file makes it. Clones share it:
/// what a cache keeps, its proofs are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified(Arc<Content>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    set: RrSet,
    zone: Name,
    wildcard: Option<Name>,
}

impl Verified {
    /// The RRset.
    #[must_use]
    pub fn rrset(&self) -> &RrSet {
        &self.0.set
    }

    /// The RRset alone.
    #[must_use]
    pub fn into_rrset(self) -> RrSet {
        Arc::unwrap_or_clone(self.0).set // most often nobody else has it
    }

    /// The zone that signed it.
    #[must_use]
    pub fn zone(&self) -> &Name {
        &self.0.zone
    }

    /// The closest encloser, when the RRset was expanded from the wildcard below it (RFC 4035 section 5.3.4): then the
    /// proof that no closer name exists is still owed.
    #[must_use]
    pub fn wildcard(&self) -> Option<&Name> {
        self.0.wildcard.as_ref()
    }

    /// Is it not only equal, but one and the same?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The closest encloser of whatever the wildcard that this RRset comes from answers for, if it comes from one: by
    /// expansion, or as the wildcard's own (RFC 4592 section 2.1.1).
    #[must_use]
    pub fn encloser(&self) -> Option<Name> {
        let Content { set, zone, wildcard } = &*self.0;
        let is_source = set.owner.is_wildcard() && set.owner != *zone; // an apex answers for itself alone
        let own = || if is_source { set.owner.parent() } else { None };
        wildcard.clone().or_else(own) // `*.a` may itself be expanded from a wildcard further up
    }

    /// The RRset that the same wildcard gives `name` (RFC 4592 section 3.3.1): its signatures are over the source of
    /// synthesis, so they hold there as well. That no closer name exists is to be proven by whoever uses it.
    #[must_use]
    pub fn expanded(&self, name: &Name) -> Option<RrSet> {
        let encloser = self.encloser()?;
        name.is_below(&encloser).then(|| RrSet { owner: name.clone(), ..self.rrset().clone() })
    }

    /// Octets that it holds on to, for accounting.
    #[must_use]
    pub fn weight(&self) -> usize {
        let names = [Some(self.zone()), self.wildcard()];
        let names: usize = names.into_iter().flatten().map(|n| block(n.as_wire().len())).sum();
        let shared = block(2 * size_of::<usize>() + size_of::<Content>());
        size_of::<Self>() + shared - size_of::<RrSet>() + self.rrset().weight() + names
    }
}

/// The checks of one RRset's signatures that were run before a pause, and failed: they are not run again after it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tried {
    /// So many, in their order.
    failed: usize,
    /// The one that is wanted now.
    at: usize,
}

impl Tried {
    /// From the first check on.
    fn start_over(&mut self) {
        self.at = 0;
    }

    /// What the next check comes to.
    fn next(&mut self, check: impl FnOnce() -> Result<bool, Reason>) -> Result<bool, Reason> {
        self.at += 1;
        if self.at <= self.failed {
            return Ok(false);
        }
        let good = check()?;
        if !good {
            self.failed = self.at;
        }
        Ok(good)
    }
}

/// Verifies `set` by `signers`: any one valid signature suffices (RFC 6840 section 5.4). Those that name no key of the
/// zone cost nothing, however many they are (RFC 6840 section 5.12); all others are paid from the budget. Where that
/// wants a pause, the next call goes on with what was `tried`.
///
/// # Errors
/// Why none is valid: the reason of the one that came furthest.
pub(super) fn verify_by(
    set: &RrSet,
    signers: Signers<'_>,
    moment: Moment,
    policy: &Policy,
    budget: &Budget,
    tried: &mut Tried,
) -> Result<Verified, Reason> {
    let zone = signers.zone;
    let mut failed = None;
    tried.start_over();
    if may_own(zone, set) {
        let check = Check { set, signers, moment, policy, budget };
        let mut data = SignedData::of(set);
        for (index, rdata) in set.signatures.iter().enumerate() {
            let Some(rrsig) = Rrsig::parse(rdata).filter(|r| r.signer == *zone) else { continue };
            match check.signature(&rrsig, &mut data, tried) {
                Ok(()) => return Ok(verified(set, zone, index, &rrsig, moment)),
                Err(limit) if limit.is_own_limit() => return Err(limit),
                Err(reason) => failed = Some(reason.or(failed)),
            }
        }
    }
    let missing = || Reason::SignaturesMissing {
        owner: set.owner.clone(),
        rtype: set.rtype,
        zone: zone.clone(),
    };
    Err(failed.unwrap_or_else(missing))
}

/// A zone owns what lies at or below its apex (RFC 4035 section 5.3.1), but a DS RRset lies with the parent
/// (section 3.1.4.1).
fn may_own(zone: &Name, set: &RrSet) -> bool {
    if set.rtype == RrType::DS && !set.owner.is_root() {
        set.owner.is_below(zone)
    } else {
        set.owner.is_at_or_below(zone)
    }
}

struct Check<'a> {
    set: &'a RrSet,
    signers: Signers<'a>,
    moment: Moment,
    policy: &'a Policy,
    budget: &'a Budget,
}

impl Check<'_> {
    /// The conditions of RFC 4035 section 5.3.1, the cheap ones first, then the signature itself (section 5.3.3).
    fn signature(
        &self,
        rrsig: &Rrsig<'_>,
        data: &mut SignedData<'_>,
        tried: &mut Tried,
    ) -> Result<(), Reason> {
        let id = || SignatureId {
            owner: self.set.owner.clone(),
            rtype: self.set.rtype,
            zone: self.signers.zone.clone(),
            key_tag: rrsig.key_tag,
            algorithm: Algorithm(rrsig.algorithm),
        };
        if rrsig.type_covered != self.set.rtype {
            return Err(Reason::SignatureMismatch { signature: id() });
        }
        self.labels(rrsig, id)?;
        if !self.policy.supports_algorithm(self.signers.zone, Algorithm(rrsig.algorithm)) {
            return Err(Reason::SignatureAlgorithm { signature: id() });
        }
        self.times(rrsig, id)?;
        let same = |key: &&Key<'_>| key.tag == rrsig.key_tag && key.algorithm.0 == rrsig.algorithm;
        let mut candidates = self.signers.keys.iter().filter(same).take(MAX_SAME_TAG).peekable();
        if candidates.peek().is_none() {
            let unusable = self.signers.unusable.iter().find(|reason| reason.is_about(&id()));
            return Err(unusable.cloned().unwrap_or(Reason::NoKeyForSignature { signature: id() }));
        }
        let mismatch = || Reason::SignatureMismatch { signature: id() };
        for key in candidates {
            let (algorithm, public_key) = (key.algorithm, key.public_key);
            let check = || {
                let data = data.under(rrsig).ok_or_else(mismatch)?; // not for what was tried before
                let fingerprint =
                    || crypto::fingerprint(algorithm, public_key, data, rrsig.signature);
                let verifies = || crypto::verify(algorithm, public_key, data, rrsig.signature);
                self.budget.check(algorithm, fingerprint, verifies)
            };
            if tried.next(check)? {
                return Ok(());
            }
        }
        Err(mismatch())
    }

    /// Not more labels than the owner has, and not fewer than the signer: a wildcard above the zone's apex is not the
    /// zone's (CVE-2026-44690 and its like). At the apex of a zone that itself begins with an asterisk, this does not count
    /// (RFC 4034 section 3.1.3).
    fn labels(&self, rrsig: &Rrsig<'_>, id: impl Fn() -> SignatureId) -> Result<(), Reason> {
        let labels = usize::from(rrsig.labels);
        let (owner, zone) = (&self.set.owner, self.signers.zone);
        let fewest = if owner == zone { zone.signed_label_count() } else { zone.label_count() };
        if labels > owner.signed_label_count() || labels < fewest {
            return Err(Reason::SignatureLabels { signature: id(), labels: rrsig.labels });
        }
        Ok(())
    }

    /// Inception and expiration, in serial arithmetic (RFC 4034 section 3.1.5, RFC 1982).
    fn times(&self, rrsig: &Rrsig<'_>, id: impl Fn() -> SignatureId) -> Result<(), Reason> {
        let now = self.moment.wall;
        let (begins, ends) = (
            Timestamp::from_serial(rrsig.inception, now),
            Timestamp::from_serial(rrsig.expiration, now),
        );
        if rrsig.expiration.wrapping_sub(rrsig.inception).cast_signed() < 0 {
            return Err(Reason::SignatureExpiredBeforeValid { signature: id() });
        }
        let skew = self.policy.signature_skew.as_secs();
        if ends.0.saturating_add(skew) < now {
            return Err(Reason::SignatureExpired {
                signature: id(),
                expired: ends,
                now: Timestamp(now),
            });
        }
        if begins.0 > now.saturating_add(skew) {
            return Err(Reason::SignatureNotYetValid {
                signature: id(),
                inception: begins,
                now: Timestamp(now),
            });
        }
        Ok(())
    }
}

/// For how many seconds from `wall` on the signature lasts by which `set` was verified; `None` where it was by none.
#[must_use]
pub fn signature_life(set: &RrSet, wall: WallSeconds) -> Option<u64> {
    let rrsig = set.signatures.first().and_then(|rdata| Rrsig::parse(rdata))?;
    Some(life(&rrsig, wall))
}

fn life(rrsig: &Rrsig<'_>, wall: WallSeconds) -> u64 {
    Timestamp::from_serial(rrsig.expiration, wall).0.saturating_sub(wall)
}

/// Caps the TTL at the original one and at what is left of the signature's life (RFC 4035 section 5.3.3). Of the
/// signatures few are kept, the one at `index`, which is valid, in front: whoever validates behind us needs it.
fn verified(set: &RrSet, zone: &Name, index: usize, rrsig: &Rrsig<'_>, moment: Moment) -> Verified {
    let left = life(rrsig, moment.wall);
    let mut set = set.clone();
    set.ttl = set.ttl.min(rrsig.original_ttl).min(u32::try_from(left).unwrap_or(u32::MAX));
    set.signatures.swap(0, index);
    set.signatures.truncate(MAX_KEPT);
    let labels = usize::from(rrsig.labels);
    let expanded = labels < set.owner.signed_label_count();
    let wildcard = if expanded { set.owner.ancestor(labels) } else { None };
    Verified(Arc::new(Content { set, zone: zone.clone(), wildcard }))
}
