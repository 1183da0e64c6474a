//! Pure functions over RRsets, keys, a [`Moment`](crate::clock::Moment) and a [`Budget`]: signatures, DS, trust
//! anchors, denial of existence, and the reasons why any of them fails.
//!
//! No cache, no network, no async.
//!
//! - [`verify_rrset`] alone makes a [`Verified`] RRset, [`zone_keys()`] alone makes [`ZoneKeys`] (both also in a form that goes on
//!   after a pause): what is not proven cannot be taken for proven.
//! - [`denial`] holds the propositions about what does not exist, [`Evidence`] what they may rest on.
//! - [`Reason`] says why something is bogus, [`Insecurity`] why it is merely not secure.

mod advice;
mod algorithm;
mod budget;
mod crypto;
mod delegation_signer;
pub mod denial;
mod evidence;
mod known_signatures;
mod limit;
mod nsec;
mod nsec3;
mod policy;
mod reason;
mod security;
mod signature;
mod signed_data;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trust_anchor;
#[cfg(test)]
mod vectors;
mod vouch;
mod zone_keys;

pub use advice::Advice;
pub use algorithm::{Algorithm, DigestType};
pub use budget::{Budget, Limits, Spent};
pub use crypto::{KeyProblem, SigningError, SigningKey, digest, sha1};
pub use denial::{Denial, NoDs};
pub use evidence::{Evidence, ProofError, Spans};
pub use known_signatures::{Fingerprint, KnownSignatures};
pub use limit::Limit;
pub(crate) use limit::limits;
pub use nsec3::{hash as nsec3_hash, owner_hash as nsec3_owner_hash};
pub use policy::{Below, Policy};
pub use reason::{Reason, Timestamp};
pub use security::{Insecurity, Security};
pub use signature::{Tried, Verified, signature_life};
pub use signed_data::signed_data;
pub use trust_anchor::{
    AnchorProblem, NegativeTrustAnchor, NegativeTrustAnchors, TrustAnchor, TrustAnchors,
};
pub use vouch::Vouch;
pub use zone_keys::{ZoneKeys, verify_rrset, verify_rrset_beyond, zone_keys, zone_keys_beyond};
