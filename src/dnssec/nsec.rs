//! What one NSEC record says about a name: owner, next, types, and nothing else (RFC 4034 section 4).

use crate::wire::rdata::{Nsec, TypeBitmap};
use crate::wire::{Name, RrType};

/// Does the span from `owner` to `next` hold `name`, strictly inside? Behind the last owner the span goes on to the
/// end of the zone (RFC 4034 section 4.1.1).
pub(super) fn covers(owner: &Name, next: &Name, name: &Name) -> bool {
    owner < name && (name < next || next <= owner)
}

/// Can this NSEC be one of `zone`'s chain: next owner inside the zone, and behind the owner or the apex?
pub(super) fn is_of_zone(zone: &Name, owner: &Name, next: &Name) -> bool {
    owner.is_at_or_below(zone) && next.is_at_or_below(zone) && (owner < next || next == zone)
}

/// Do types at an ancestor say that the zone's authority ends there: a delegation, or a DNAME (RFC 6840 section 4.1)?
/// Then its records prove nothing about names below.
pub(super) fn ends_authority(types: &TypeBitmap<'_>) -> bool {
    is_delegation(types) || types.contains(RrType::DNAME)
}

/// NS without SOA: the parent's side of a zone cut.
pub(super) fn is_delegation(types: &TypeBitmap<'_>) -> bool {
    types.contains(RrType::NS) && !types.contains(RrType::SOA)
}

/// The longest ancestor of `name` that the span's ends prove to exist.
pub(super) fn closest_encloser(owner: &Name, nsec: &Nsec<'_>, name: &Name) -> Name {
    let (a, b) = (name.common_ancestor(owner), name.common_ancestor(&nsec.next));
    std::cmp::max_by_key(a, b, Name::label_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn rfc4034_s4_1_1_spans() {
        let covers = |owner, next, wanted| covers(&name(owner), &name(next), &name(wanted));
        assert!(
            covers("a.example", "d.example", "b.example")
                && covers("a.example", "d.example", "z.a.example")
        );
        assert!(
            !covers("a.example", "d.example", "a.example")
                && !covers("a.example", "d.example", "d.example")
        );
        assert!(
            !covers("a.example", "d.example", "e.example")
                && !covers("a.example", "d.example", "example")
        );
        assert!(
            covers("x.example", "example", "z.example")
                && !covers("x.example", "example", "b.example")
        );
        assert!(covers("example", "example", "b.example"), "a zone of one name");
    }

    #[test]
    fn the_next_owner_must_lie_in_the_zone() {
        let of_zone = |owner, next| is_of_zone(&name("example"), &name(owner), &name(next));
        assert!(
            of_zone("a.example", "b.example")
                && of_zone("b.example", "example")
                && of_zone("example", "example")
        );
        assert!(
            !of_zone("a.example", "z.net")
                && !of_zone("b.example", "a.example")
                && !of_zone("a.net", "example")
        );
        assert!(!of_zone("a.example", "com"));
        assert!(!of_zone("a.example", "a.example"), "only the apex may be alone");
    }
}
