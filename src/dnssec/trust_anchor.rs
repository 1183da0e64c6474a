//! Where chains of trust begin (RFC 4035 section 4.4), and where the operator ends them (RFC 7646).

use std::collections::BTreeMap;
use std::fmt;

use super::{Algorithm, DigestType, KeyProblem, crypto};
use crate::clock::WallSeconds;
use crate::wire::rdata::{Dnskey, Ds};
use crate::wire::{Name, Rdata, RrType};

/// A key that is trusted, by its DNSKEY or its DS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor {
    zone: Name,
    rtype: RrType,
    rdata: Rdata,
    source: String,
}

impl TrustAnchor {
    /// The anchor of `zone` in a DS or DNSKEY record, which came from `source`. `None` for another type, and for RDATA
    /// that is malformed.
    #[must_use]
    pub fn new(zone: Name, rtype: RrType, rdata: Rdata, source: String) -> Option<Self> {
        let well_formed = match rtype {
            RrType::DS => Ds::parse(&rdata).is_some_and(|ds| !ds.digest.is_empty()),
            RrType::DNSKEY => Dnskey::parse(&rdata).is_some_and(|key| !key.public_key.is_empty()),
            _ => false,
        };
        well_formed.then_some(Self { zone, rtype, rdata, source })
    }

    /// The zone whose keys it vouches for.
    #[must_use]
    pub const fn zone(&self) -> &Name {
        &self.zone
    }

    /// DS or DNSKEY.
    #[must_use]
    pub const fn rtype(&self) -> RrType {
        self.rtype
    }

    /// The record's RDATA.
    #[must_use]
    pub fn rdata(&self) -> &[u8] {
        &self.rdata
    }

    /// Where it was written: a file and line, or `built-in`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The DS, if it is one.
    #[must_use]
    pub fn ds(&self) -> Option<Ds<'_>> {
        if self.rtype == RrType::DS { Ds::parse(&self.rdata) } else { None }
    }

    /// The DNSKEY, if it is one.
    #[must_use]
    pub fn dnskey(&self) -> Option<Dnskey<'_>> {
        if self.rtype == RrType::DNSKEY { Dnskey::parse(&self.rdata) } else { None }
    }

    /// The tag of the key.
    #[must_use]
    pub fn key_tag(&self) -> u16 {
        let by_key = || self.dnskey().map_or(0, |key| key.key_tag());
        self.ds().map_or_else(by_key, |ds| ds.key_tag)
    }

    /// The algorithm of the key.
    #[must_use]
    pub fn algorithm(&self) -> u8 {
        let by_key = || self.dnskey().map_or(0, |key| key.algorithm);
        self.ds().map_or_else(by_key, |ds| ds.algorithm)
    }
}

/// Why no chain of trust can begin at an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorProblem {
    /// Nothing signed by it can be verified here.
    Algorithm(Algorithm),
    /// The digest cannot be computed here.
    Digest(DigestType),
    /// The digest has not the length that its type has.
    DigestLength {
        /// Its type.
        digest: DigestType,
        /// Octets that there are.
        found: usize,
        /// Octets that there should be.
        wanted: usize,
    },
    /// The key is unusable.
    Key(KeyProblem),
    /// The zone key flag is not set (RFC 4034 section 2.1.1), or the protocol is not 3 (2.1.2).
    NotZoneKey,
    /// The key is revoked (RFC 5011 section 2.1).
    Revoked,
}

impl fmt::Display for AnchorProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(algorithm) => write!(f, "{algorithm} is not supported"),
            Self::Digest(digest) => write!(f, "{digest} is not supported"),
            Self::DigestLength { digest, found, wanted } => {
                write!(f, "the digest has {found} octets, but {digest} has {wanted}")
            }
            Self::Key(problem) => write!(f, "the key {problem}"),
            Self::NotZoneKey => f.write_str("the key is no zone key: flag 256, protocol 3"),
            Self::Revoked => f.write_str("the key is revoked: flag 128"),
        }
    }
}

impl TrustAnchor {
    /// Could a chain of trust begin here?
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), AnchorProblem> {
        let algorithm = Algorithm(self.algorithm());
        if !algorithm.is_implemented() {
            return Err(AnchorProblem::Algorithm(algorithm));
        }
        self.ds().map_or(Ok(()), |ds| check_digest(&ds))?;
        self.dnskey().map_or(Ok(()), |key| check_key(&key))
    }
}

fn check_digest(ds: &Ds<'_>) -> Result<(), AnchorProblem> {
    let digest = DigestType(ds.digest_type);
    let computed = crypto::digest(digest, &[]).ok_or(AnchorProblem::Digest(digest))?;
    let (found, wanted) = (ds.digest.len(), computed.len());
    let fits = found == wanted;
    fits.then_some(()).ok_or(AnchorProblem::DigestLength { digest, found, wanted })
}

fn check_key(key: &Dnskey<'_>) -> Result<(), AnchorProblem> {
    if !key.is_zone_key() || key.protocol != 3 {
        return Err(AnchorProblem::NotZoneKey);
    }
    if key.is_revoked() {
        return Err(AnchorProblem::Revoked);
    }
    crypto::check_key(Algorithm(key.algorithm), key.public_key).map_err(AnchorProblem::Key)
}

/// All trust anchors, by zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustAnchors(BTreeMap<Name, Vec<TrustAnchor>>);

impl TrustAnchors {
    /// The anchors at exactly `zone`.
    #[must_use]
    pub fn at(&self, zone: &Name) -> Option<&[TrustAnchor]> {
        self.0.get(zone).map(Vec::as_slice)
    }

    /// The zones with anchors at or above `name`, the closest first.
    pub fn all_above(&self, name: &Name) -> impl Iterator<Item = Name> + '_ {
        let above: Vec<_> =
            name.self_and_ancestors().filter(|zone| self.0.contains_key(zone)).collect();
        above.into_iter()
    }

    /// The closest zone with anchors at or above `name`.
    #[must_use]
    pub fn closest_above(&self, name: &Name) -> Option<&Name> {
        let above = self.0.keys().filter(|zone| name.is_at_or_below(zone));
        above.max_by_key(|zone| zone.label_count())
    }

    /// Every anchor, by zone in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = &TrustAnchor> {
        self.0.values().flatten()
    }

    /// Is there none at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<TrustAnchor> for TrustAnchors {
    /// Anchors that name the same key in the same way count once.
    fn from_iter<I: IntoIterator<Item = TrustAnchor>>(anchors: I) -> Self {
        let mut zones: BTreeMap<Name, Vec<TrustAnchor>> = BTreeMap::new();
        for anchor in anchors {
            let there = zones.entry(anchor.zone.clone()).or_default();
            if !there.iter().any(|known| known.rtype == anchor.rtype && known.rdata == anchor.rdata)
            {
                there.push(anchor);
            }
        }
        Self(zones)
    }
}

/// A subtree that the operator takes out of validation for a time (RFC 7646 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NegativeTrustAnchor {
    /// Its top.
    pub zone: Name,
    /// Why, in the operator's words.
    pub reason: String,
    /// When it ends, in seconds since 1970; `None` for never.
    pub until: Option<WallSeconds>,
}

/// All negative trust anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NegativeTrustAnchors(Vec<NegativeTrustAnchor>);

impl NegativeTrustAnchors {
    /// These anchors.
    #[must_use]
    pub const fn new(anchors: Vec<NegativeTrustAnchor>) -> Self {
        Self(anchors)
    }

    /// The closest anchor at or above `name` that stands at `now`.
    #[must_use]
    pub fn covering(&self, name: &Name, now: WallSeconds) -> Option<&NegativeTrustAnchor> {
        let stands = |anchor: &&NegativeTrustAnchor| {
            name.is_at_or_below(&anchor.zone) && anchor.until.is_none_or(|until| now < until)
        };
        self.0.iter().filter(stands).max_by_key(|anchor| anchor.zone.label_count())
    }

    /// Every anchor.
    pub fn iter(&self) -> impl Iterator<Item = &NegativeTrustAnchor> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn anchor(zone: &str, tag: u8) -> TrustAnchor {
        let rdata = [0, tag, 8, 2, 1, 2, 3].into();
        TrustAnchor::new(name(zone), RrType::DS, rdata, "test".into()).expect("an anchor")
    }

    #[test]
    fn rfc4035_s4_4_several_anchors_the_closest_first() {
        let anchors: TrustAnchors =
            [anchor(".", 1), anchor("example", 2), anchor("example", 3), anchor("example", 2)]
                .into_iter()
                .collect();
        let above: Vec<_> = anchors.all_above(&name("www.example")).collect();
        assert_eq!(above, [name("example"), Name::root()]);
        assert_eq!(anchors.at(&name("example")).map(<[_]>::len), Some(2));
        assert_eq!(anchors.iter().map(TrustAnchor::key_tag).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn rfc7646_s2_1_a_negative_anchor_ends() {
        let anchors = NegativeTrustAnchors::new(vec![NegativeTrustAnchor {
            zone: name("lab.example"),
            reason: String::new(),
            until: Some(100),
        }]);
        assert!(anchors.covering(&name("www.lab.example"), 99).is_some());
        assert!(anchors.covering(&name("www.lab.example"), 100).is_none());
        assert!(anchors.covering(&name("example"), 99).is_none());
    }

    #[test]
    fn anchors_that_can_verify_nothing_say_why() {
        let check = |rtype: RrType, fixed: [u8; 4], rest: usize| {
            let rdata = [&fixed[..], &vec![1; rest]].concat().into();
            TrustAnchor::new(Name::root(), rtype, rdata, String::new()).map(|a| a.check())
        };
        let length =
            |found| AnchorProblem::DigestLength { digest: DigestType::SHA256, found, wanted: 32 };
        for (rtype, fixed, rest, expected) in [
            (RrType::DS, [0, 1, 8, 2], 32, Ok(())),
            (RrType::DS, [0, 1, 8, 2], 31, Err(length(31))),
            (RrType::DS, [0, 1, 3, 2], 32, Err(AnchorProblem::Algorithm(Algorithm(3)))),
            (RrType::DS, [0, 1, 8, 3], 32, Err(AnchorProblem::Digest(DigestType(3)))),
            (RrType::DNSKEY, [1, 1, 3, 13], 64, Ok(())),
            (RrType::DNSKEY, [1, 1, 3, 13], 63, Err(AnchorProblem::Key(KeyProblem::Malformed))),
            (RrType::DNSKEY, [0, 1, 3, 13], 64, Err(AnchorProblem::NotZoneKey)),
            (RrType::DNSKEY, [1, 1, 2, 13], 64, Err(AnchorProblem::NotZoneKey)),
            (RrType::DNSKEY, [1, 129, 3, 13], 64, Err(AnchorProblem::Revoked)),
        ] {
            assert_eq!(check(rtype, fixed, rest), Some(expected), "{rtype} {fixed:?}");
        }
    }

    #[test]
    fn malformed_anchors_are_refused() {
        for (rtype, rdata) in [
            (RrType::DS, &[0u8, 1, 8][..]),
            (RrType::A, &[1, 2, 3, 4]),
            (RrType::DNSKEY, &[1, 1, 3, 8]),
        ] {
            assert!(TrustAnchor::new(Name::root(), rtype, rdata.into(), String::new()).is_none());
        }
    }
}
