//! Why a proof failed: evidence, and its four faces for client, log, `explain` and tests.

use std::fmt;

use super::crypto::KeyProblem;
use super::{Advice, Algorithm, DigestType};
use crate::wire::{EdeCode, ExtendedError, Name, RrType};

/// Every way in which validation fails. Names and numbers are evidence; text is made in `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No signature of the zone that must have signed.
    SignaturesMissing {
        /// Owner of the RRset.
        owner: Name,
        /// Its type.
        rtype: RrType,
        /// The zone that should have signed it.
        zone: Name,
    },
    /// The signature's time is over.
    SignatureExpired {
        /// Which signature.
        signature: SignatureId,
        /// When it ended.
        expired: Timestamp,
        /// When it was judged.
        now: Timestamp,
    },
    /// The signature's time has not begun.
    SignatureNotYetValid {
        /// Which signature.
        signature: SignatureId,
        /// When it begins.
        inception: Timestamp,
        /// When it was judged.
        now: Timestamp,
    },
    /// It ends before it begins.
    SignatureExpiredBeforeValid {
        /// Which signature.
        signature: SignatureId,
    },
    /// The key does not verify the signature.
    SignatureMismatch {
        /// Which signature.
        signature: SignatureId,
    },
    /// The zone's DNSKEY RRset has no such key.
    NoKeyForSignature {
        /// Which signature.
        signature: SignatureId,
    },
    /// The Labels field is below the signer's labels or above the owner's.
    SignatureLabels {
        /// Which signature.
        signature: SignatureId,
        /// The field.
        labels: u8,
    },
    /// The zone has no algorithm in common with its signature and us.
    SignatureAlgorithm {
        /// Which signature.
        signature: SignatureId,
    },
    /// The zone has no DNSKEY RRset.
    DnskeyMissing {
        /// The zone.
        zone: Name,
    },
    /// No DNSKEY is the one that a DS record or trust anchor names.
    NoMatchingKey {
        /// The zone.
        zone: Name,
        /// Who names the keys.
        by: Voucher,
        /// The tags that are named.
        wanted: Vec<u16>,
        /// The tags that are there.
        found: Vec<u16>,
    },
    /// A DNSKEY has the tag and algorithm that a DS names, and another digest.
    DigestMismatch {
        /// The zone.
        zone: Name,
        /// The key.
        key_tag: u16,
        /// The digest that was compared.
        digest: DigestType,
    },
    /// The key that is vouched for lacks the zone key flag, or has another protocol than 3.
    NoZoneKey {
        /// The zone.
        zone: Name,
        /// The key.
        key_tag: u16,
    },
    /// The key that is vouched for is revoked.
    KeyRevoked {
        /// The zone.
        zone: Name,
        /// The key.
        key_tag: u16,
    },
    /// The key that is vouched for can verify nothing.
    KeyUnusable {
        /// The zone.
        zone: Name,
        /// The key.
        key_tag: u16,
        /// Its algorithm.
        algorithm: Algorithm,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// Nothing in the response denies what it says not to exist.
    DenialMissing {
        /// The name.
        name: Name,
        /// The type asked for; ANY where the name itself is denied.
        rtype: RrType,
        /// What should have been proven.
        what: &'static str,
    },
    /// The proof lacks one part.
    DenialIncomplete {
        /// The name denied.
        name: Name,
        /// The name that no record of the proof matches or covers.
        missing: Name,
        /// What it is to the proof: next closer name, wildcard.
        part: &'static str,
    },
    /// The proof says that the type exists.
    TypeExists {
        /// The name.
        name: Name,
        /// The type that its bit map has.
        rtype: RrType,
    },
    /// The proof says that the name exists.
    NameExists {
        /// The name.
        name: Name,
    },
    /// More NSEC3 iterations than the operator takes (RFC 9276 section 3.2).
    Nsec3Iterations {
        /// The zone.
        zone: Name,
        /// Its iterations.
        iterations: u16,
        /// The most that are taken.
        limit: u16,
    },
    /// A limit on the work for one client question was reached.
    WorkExceeded {
        /// The limit's name in the configuration.
        what: &'static str,
        /// Its value.
        limit: u32,
    },
    /// One of these, and the operator can do something about it.
    Advised {
        /// What.
        advice: Advice,
        /// The reason itself.
        reason: Box<Reason>,
    },
}

/// A signature as evidence: what it covers and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureId {
    /// Owner of the RRset.
    pub owner: Name,
    /// The type covered.
    pub rtype: RrType,
    /// The signer.
    pub zone: Name,
    /// Tag of the key.
    pub key_tag: u16,
    /// Algorithm of the key.
    pub algorithm: Algorithm,
}

impl fmt::Display for SignatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, rtype, zone, key_tag, algorithm } = self;
        write!(f, "{owner} {rtype}: RRSIG by key {key_tag} ({algorithm}) of zone {zone}")
    }
}

/// Who vouches for a zone's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// The DS RRset in the parent.
    Ds,
    /// A trust anchor.
    TrustAnchor,
}

impl fmt::Display for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ds => "the DS RRset",
            Self::TrustAnchor => "the trust anchor",
        })
    }
}

impl Reason {
    /// The extended error code (RFC 8914 section 4).
    #[must_use]
    pub const fn ede(&self) -> EdeCode {
        match self {
            Self::SignaturesMissing { .. } => EdeCode::RRSIGS_MISSING,
            Self::SignatureExpired { .. } => EdeCode::SIGNATURE_EXPIRED,
            Self::SignatureNotYetValid { .. } => EdeCode::SIGNATURE_NOT_YET_VALID,
            Self::SignatureExpiredBeforeValid { .. } => EdeCode::SIGNATURE_EXPIRED_BEFORE_VALID,
            Self::NoKeyForSignature { .. }
            | Self::DnskeyMissing { .. }
            | Self::NoMatchingKey { .. }
            | Self::DigestMismatch { .. } => EdeCode::DNSKEY_MISSING,
            Self::NoZoneKey { .. } => EdeCode::NO_ZONE_KEY_BIT,
            Self::DenialMissing { .. } | Self::DenialIncomplete { .. } => EdeCode::NSEC_MISSING,
            Self::Nsec3Iterations { .. } => EdeCode::UNSUPPORTED_NSEC3_ITERATIONS,
            Self::SignatureMismatch { .. }
            | Self::SignatureLabels { .. }
            | Self::SignatureAlgorithm { .. }
            | Self::KeyRevoked { .. }
            | Self::KeyUnusable { .. }
            | Self::TypeExists { .. }
            | Self::NameExists { .. } => EdeCode::DNSSEC_BOGUS,
            Self::WorkExceeded { .. } => EdeCode::OTHER,
            Self::Advised { reason, .. } => reason.ede(),
        }
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::SignaturesMissing { .. } => "RFC 4035 4.3",
            Self::SignatureExpired { .. }
            | Self::SignatureNotYetValid { .. }
            | Self::NoKeyForSignature { .. }
            | Self::SignatureLabels { .. } => "RFC 4035 5.3.1",
            Self::SignatureExpiredBeforeValid { .. } => "RFC 4034 3.1.5",
            Self::SignatureMismatch { .. } => "RFC 4035 5.3.3",
            Self::SignatureAlgorithm { .. } => "RFC 6840 5.12",
            Self::DnskeyMissing { .. } | Self::NoMatchingKey { .. } => "RFC 4035 5.2",
            Self::DigestMismatch { .. } => "RFC 4034 5.1.4",
            Self::NoZoneKey { .. } => "RFC 4034 2.1.1",
            Self::KeyRevoked { .. } => "RFC 5011 2.1",
            Self::KeyUnusable { .. } => "RFC 3110 2",
            Self::DenialMissing { .. } | Self::TypeExists { .. } | Self::NameExists { .. } => {
                "RFC 4035 5.4"
            }
            Self::DenialIncomplete { .. } => "RFC 5155 8",
            Self::Nsec3Iterations { .. } => "RFC 9276 3.2",
            Self::WorkExceeded { .. } => "RFC 4035 4.7",
            Self::Advised { reason, .. } => reason.rule(),
        }
    }

    /// Does it say why the key that `signature` names verifies nothing?
    pub(super) fn is_about(&self, signature: &SignatureId) -> bool {
        match self {
            Self::KeyUnusable { key_tag, algorithm, .. } => {
                *key_tag == signature.key_tag && *algorithm == signature.algorithm
            }
            Self::NoZoneKey { key_tag, .. } | Self::KeyRevoked { key_tag, .. } => {
                *key_tag == signature.key_tag
            }
            _ => false,
        }
    }

    /// Is it for want of budget alone? That is no verdict on the zone.
    #[must_use]
    pub const fn is_own_limit(&self) -> bool {
        matches!(self, Self::WorkExceeded { .. })
    }

    /// What is told to the client.
    #[must_use]
    pub fn to_extended_error(&self) -> ExtendedError {
        ExtendedError { code: self.ede(), text: self.to_string() }
    }

    /// How much a reason tells, where several signatures or keys failed each in its own way: the one that came
    /// furthest counts.
    pub(super) const fn weight(&self) -> u8 {
        match self {
            Self::SignaturesMissing { .. }
            | Self::DnskeyMissing { .. }
            | Self::DenialMissing { .. } => 0,
            Self::SignatureAlgorithm { .. } | Self::NoMatchingKey { .. } => 1,
            Self::SignatureLabels { .. } | Self::NoKeyForSignature { .. } => 2,
            Self::SignatureExpired { .. }
            | Self::SignatureNotYetValid { .. }
            | Self::SignatureExpiredBeforeValid { .. }
            | Self::NoZoneKey { .. }
            | Self::KeyRevoked { .. }
            | Self::KeyUnusable { .. } => 3,
            Self::SignatureMismatch { .. } | Self::DigestMismatch { .. } => 4,
            Self::DenialIncomplete { .. }
            | Self::TypeExists { .. }
            | Self::NameExists { .. }
            | Self::Nsec3Iterations { .. } => 5,
            Self::WorkExceeded { .. } => 6,
            Self::Advised { reason, .. } => reason.weight(),
        }
    }

    /// The more telling of two.
    pub(super) fn or(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.weight() >= self.weight() => other,
            _ => self,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignaturesMissing { owner, rtype, zone } => {
                write!(f, "{owner} {rtype}: no RRSIG of zone {zone}, which is signed")
            }
            Self::SignatureExpired { signature, expired, now } => {
                write!(f, "{signature} expired at {expired}, it is {now}")
            }
            Self::SignatureNotYetValid { signature, inception, now } => {
                write!(f, "{signature} is valid from {inception} on, it is {now}")
            }
            Self::SignatureExpiredBeforeValid { signature } => {
                write!(f, "{signature} ends before it begins")
            }
            Self::SignatureMismatch { signature } => write!(f, "{signature} does not verify"),
            Self::NoKeyForSignature { signature } if signature.rtype == RrType::DNSKEY => {
                write!(f, "{signature}; no DS or trust anchor names that key")
            }
            Self::NoKeyForSignature { signature } => {
                write!(f, "{signature}, which has no such DNSKEY")
            }
            Self::SignatureLabels { signature, labels } => {
                write!(f, "{signature} has an impossible Labels field of {labels}")
            }
            Self::SignatureAlgorithm { signature } => {
                write!(f, "{signature} is by an algorithm that is not supported")
            }
            Self::DnskeyMissing { zone } => {
                write!(f, "{zone} DNSKEY: there is none, and the zone should be signed")
            }
            Self::NoMatchingKey { zone, by, wanted, found } => {
                write!(f, "{zone} DNSKEY: {by} names key {}", tags(wanted))?;
                write!(f, ", the zone has {}", tags(found))
            }
            Self::DigestMismatch { zone, key_tag, digest } => {
                write!(f, "{zone} DS: the {digest} digest is not that of key {key_tag}")
            }
            Self::NoZoneKey { zone, key_tag } => {
                write!(f, "{zone} DNSKEY: key {key_tag} has no zone key flag or not protocol 3")
            }
            Self::KeyRevoked { zone, key_tag } => {
                write!(f, "{zone} DNSKEY: key {key_tag} is revoked")
            }
            Self::KeyUnusable { zone, key_tag, algorithm, problem } => {
                write!(f, "{zone} DNSKEY: key {key_tag} ({algorithm}) {problem}")
            }
            Self::DenialMissing { name, rtype: RrType::ANY, what } => {
                write!(f, "{name}: no NSEC or NSEC3 proves {what}")
            }
            Self::DenialMissing { name, rtype, what } => {
                write!(f, "{name} {rtype}: no NSEC or NSEC3 proves {what}")
            }
            Self::DenialIncomplete { name, missing, part } => {
                write!(f, "{name}: no NSEC or NSEC3 denies the {part} {missing}")
            }
            Self::TypeExists { name, rtype } => {
                write!(f, "{name}: denied, but NSEC or NSEC3 says that {rtype} exists")
            }
            Self::NameExists { name } => {
                write!(f, "{name}: denied, but NSEC or NSEC3 says that it exists")
            }
            Self::Nsec3Iterations { zone, iterations, limit } => {
                write!(f, "{zone} NSEC3: {iterations} iterations, more than {limit}")
            }
            Self::WorkExceeded { what, limit } => {
                write!(f, "more work than limits.{what} = {limit} allows")
            }
            // First what helps: a long text is cut at its end.
            Self::Advised { advice, reason } => write!(f, "{advice}: {reason}"),
        }
    }
}

/// Key tags for people; the first few say enough.
fn tags(tags: &[u16]) -> String {
    const SHOWN: usize = 6;
    let mut text = tags.iter().take(SHOWN).map(u16::to_string).collect::<Vec<_>>().join(", ");
    if tags.len() > SHOWN {
        text.push_str(" ...");
    }
    if text.is_empty() { "none".into() } else { text }
}

/// Seconds since 1970; printed as `2026-07-31T19:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The time that the 32-bit serial `value` of an RRSIG means at `now` (RFC 4034 section 3.1.5): the one closest to
    /// it.
    #[must_use]
    pub fn from_serial(value: u32, now: u64) -> Self {
        let low = u32::try_from(now & 0xffff_ffff).unwrap_or(0);
        let ahead = i64::from(value.wrapping_sub(low).cast_signed());
        Self(now.saturating_add_signed(ahead))
    }

    /// Year, month, day (proleptic Gregorian).
    fn date(self) -> (u64, u64, u64) {
        // Days from 0000-03-01, so that the leap day is a year's last.
        let days = self.0 / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        (era * 400 + year_of_era + u64::from(month <= 2), month, day)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let second = self.0 % 86_400;
        let (h, m, s) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (45_296, "1970-01-01T12:34:56Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_785_524_400, "2026-07-31T19:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp(seconds).to_string(), text);
        }
    }

    #[test]
    fn rfc4034_s3_1_5_serial_times_are_the_closest() {
        let now = 0x1_0000_0010;
        assert_eq!(Timestamp::from_serial(0x20, now), Timestamp(0x1_0000_0020));
        assert_eq!(Timestamp::from_serial(0xffff_fff0, now), Timestamp(0xffff_fff0));
    }

    #[test]
    fn a_reason_names_its_evidence() {
        let signature = SignatureId {
            owner: "www.example.".parse().expect("a name"),
            rtype: RrType::A,
            zone: "example.".parse().expect("a name"),
            key_tag: 12345,
            algorithm: Algorithm::ECDSAP256SHA256,
        };
        let reason =
            Reason::SignatureExpired { signature, expired: Timestamp(0), now: Timestamp(86_400) };
        assert_eq!(
            reason.to_string(),
            "www.example. A: RRSIG by key 12345 (ECDSAP256SHA256) of zone example. expired at \
             1970-01-01T00:00:00Z, it is 1970-01-02T00:00:00Z"
        );
        assert_eq!((reason.ede(), reason.rule()), (EdeCode::SIGNATURE_EXPIRED, "RFC 4035 5.3.1"));
    }
}
