//! Where a question ends up in a zone (RFC 1034 section 4.3.2 step 3, RFC 4592 section 3.3, RFC 6672 section 3.2).

use super::Zone;
use crate::wire::{Name, RrSet, RrType};

/// What a zone has for a name.
#[derive(Clone, Debug)]
pub enum Found<'z> {
    /// The name is at or below a zone cut: another zone has the answer.
    Delegation(&'z RrSet),
    /// The name is below a DNAME.
    Dname(&'z RrSet),
    /// The name exists, with these RRsets; none for an empty non-terminal.
    Exact(&'z [RrSet]),
    /// The name does not exist, and a wildcard answers for it.
    Wildcard {
        /// The longest ancestor that exists.
        encloser: Name,
        /// What is at `*.` below it.
        node: &'z [RrSet],
    },
    /// The name does not exist.
    Nothing {
        /// The longest ancestor that exists.
        encloser: Name,
    },
}

/// What `zone` has for `name`, which is at or below its apex. A zone cut answers for its own DS RRset (RFC 4035 section
/// 3.1.4.1).
#[must_use]
pub fn find<'z>(zone: &'z Zone, name: &Name, rtype: RrType) -> Found<'z> {
    let mut path: Vec<_> =
        name.self_and_ancestors().take_while(|n| n.is_at_or_below(zone.apex())).collect();
    path.reverse();
    let mut encloser = zone.apex();
    for ancestor in &path {
        if zone.node(ancestor).is_none() {
            break;
        }
        if zone.is_cut(ancestor)
            && !(ancestor == name && rtype == RrType::DS)
            && let Some(ns) = zone.get(ancestor, RrType::NS)
        {
            return Found::Delegation(ns);
        }
        if ancestor != name
            && let Some(dname) = zone.get(ancestor, RrType::DNAME)
        {
            return Found::Dname(dname);
        }
        encloser = ancestor;
    }
    at_encloser(zone, name, encloser)
}

/// The name itself, or what its closest encloser offers instead.
fn at_encloser<'z>(zone: &'z Zone, name: &Name, encloser: &Name) -> Found<'z> {
    if let Some(node) = zone.node(name).filter(|_| name == encloser) {
        return Found::Exact(node);
    }
    let wildcard = encloser.wildcard().ok().and_then(|wildcard| zone.node(&wildcard));
    let encloser = encloser.clone();
    match wildcard {
        Some(node) => Found::Wildcard { encloser, node },
        None => Found::Nothing { encloser },
    }
}
