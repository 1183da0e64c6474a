//! Which zones claim to have signed something, and which of these claims can be true at all.

use std::collections::BTreeSet;

use crate::model::Response;
use crate::wire::rdata::Rrsig;
use crate::wire::{Name, RrSet, RrType};

/// Signer names looked at for one RRset or denial: a chain of trust is walked for each.
const MAX_SIGNERS: usize = 3;

/// The distinct signers of `sets` that may own a record of `rtype` at `name` in `response`, deepest first:
/// - at or above the name (RFC 4035 section 5.3.1); above it for DS, which lies with the parent;
/// - at or below the zone whose server spoke: what is above the last known cut cannot own what is below it.
pub(super) fn plausible<'a>(
    sets: impl Iterator<Item = &'a RrSet>,
    name: &Name,
    rtype: RrType,
    response: &Response,
) -> Vec<Name> {
    let plausible = |signer: &Name| {
        let above = if rtype == RrType::DS && !name.is_root() {
            name.is_below(signer)
        } else {
            name.is_at_or_below(signer)
        };
        above && signer.is_at_or_below(&response.zone)
    };
    let signers: BTreeSet<Name> = sets
        .flat_map(|set| &set.signatures)
        .filter_map(|s| Rrsig::parse(s))
        .map(|s| s.signer)
        .filter(plausible)
        .collect();
    let mut signers: Vec<_> = signers.into_iter().collect();
    signers.sort_by_key(|signer| std::cmp::Reverse(signer.label_count()));
    signers.truncate(MAX_SIGNERS);
    signers
}

/// Does any signature of `set` name `signer`?
pub(super) fn claims(set: &RrSet, signer: &Name) -> bool {
    set.signatures.iter().filter_map(|s| Rrsig::parse(s)).any(|s| s.signer == *signer)
}
