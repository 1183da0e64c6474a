//! The octets that a signature is over (RFC 4034 section 3.1.8.1, RFC 4035 section 5.3.2).

use crate::wire::rdata::Rrsig;
use crate::wire::{Name, RrSet, canonical_rrset_order};

/// The signed data of `set` under `rrsig`: the RRSIG's RDATA without the signature, then each record in canonical form
/// and order. `None` when the Labels field is greater than the owner has labels.
#[must_use]
pub fn signed_data(set: &RrSet, rrsig: &Rrsig<'_>) -> Option<Vec<u8>> {
    let owner = signed_owner(&set.owner, rrsig.labels)?;
    let mut data = [rrsig.fixed_part(), rrsig.signer.to_lowercase().as_wire()].concat();
    for rdata in canonical_rrset_order(set.rtype, &set.rdatas) {
        data.extend_from_slice(owner.as_wire());
        data.extend_from_slice(&set.rtype.0.to_be_bytes());
        data.extend_from_slice(&set.class.0.to_be_bytes());
        data.extend_from_slice(&rrsig.original_ttl.to_be_bytes());
        data.extend_from_slice(&u16::try_from(rdata.len()).ok()?.to_be_bytes());
        data.extend_from_slice(&rdata);
    }
    Some(data)
}

/// The owner as it was when it was signed: lower case, and the wildcard that it was expanded from.
fn signed_owner(owner: &Name, labels: u8) -> Option<Name> {
    let labels = usize::from(labels);
    match owner.signed_label_count().checked_sub(labels)? {
        0 => Some(owner.to_lowercase()),
        _ => owner.ancestor(labels)?.to_lowercase().wildcard().ok(),
    }
}
