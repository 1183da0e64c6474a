//! Who vouches for the keys of a zone: its parent, or the operator.

use std::collections::BTreeSet;

use super::reason::Voucher;
use super::{Algorithm, DigestType, Insecurity, Policy, TrustAnchor, Verified};
use crate::wire::Name;
use crate::wire::rdata::{Dnskey, Ds};

/// Who vouches for a zone's keys.
#[derive(Clone, Debug)]
pub enum Vouch {
    /// The parent's DS RRset.
    Ds(Verified),
    /// Trust anchors at the zone.
    Anchors(Vec<TrustAnchor>),
}

impl Vouch {
    /// Can any of it vouch, with the algorithms and digests that are supported?
    ///
    /// # Errors
    /// When none can: the zone is insecure, not bogus (RFC 4035 section 5.2, RFC 6840 section 5.2).
    pub fn usable(&self, zone: &Name, policy: &Policy) -> Result<(), Insecurity> {
        let ds = self.ds_records();
        let dnskey_anchor = self
            .dnskey_anchors()
            .any(|key| policy.supports_algorithm(zone, Algorithm(key.algorithm)));
        if dnskey_anchor || ds.iter().any(|ds| policy.supports_ds(zone, ds)) {
            return Ok(());
        }
        let digests_alone =
            ds.iter().any(|ds| policy.supports_algorithm(zone, Algorithm(ds.algorithm)));
        Err(if digests_alone {
            let digests = distinct(ds.iter().map(|ds| DigestType(ds.digest_type)));
            Insecurity::UnsupportedDigests { zone: zone.clone(), digests }
        } else {
            let anchors = self.dnskey_anchors().map(|key| Algorithm(key.algorithm));
            let algorithms = distinct(ds.iter().map(|ds| Algorithm(ds.algorithm)).chain(anchors));
            Insecurity::UnsupportedAlgorithms { zone: zone.clone(), algorithms }
        })
    }

    pub(super) const fn voucher(&self) -> Voucher {
        match self {
            Self::Ds(_) => Voucher::Ds,
            Self::Anchors(_) => Voucher::TrustAnchor,
        }
    }

    pub(super) fn ds_records(&self) -> Vec<Ds<'_>> {
        match self {
            Self::Ds(verified) => {
                verified.rrset().rdatas.iter().filter_map(|rdata| Ds::parse(rdata)).collect()
            }
            Self::Anchors(anchors) => anchors.iter().filter_map(TrustAnchor::ds).collect(),
        }
    }

    pub(super) fn dnskey_anchors(&self) -> impl Iterator<Item = Dnskey<'_>> {
        let anchors: &[TrustAnchor] = match self {
            Self::Ds(_) => &[],
            Self::Anchors(anchors) => anchors,
        };
        anchors.iter().filter_map(TrustAnchor::dnskey)
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.collect::<BTreeSet<_>>().into_iter().collect()
}
