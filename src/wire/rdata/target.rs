//! The name that a record points to.

use crate::wire::{Name, RrType};

/// The target of an NS, CNAME, DNAME or PTR record.
#[must_use]
pub fn target(rtype: RrType, rdata: &[u8]) -> Option<Name> {
    match rtype {
        RrType::NS | RrType::CNAME | RrType::DNAME | RrType::PTR => Name::from_wire(rdata).ok(),
        _ => None,
    }
}

/// Priority and TargetName of a SVCB or HTTPS record (RFC 9460 section 2.2).
#[must_use]
pub fn svcb_target(rdata: &[u8]) -> Option<(u16, Name)> {
    let (priority, rest) = rdata.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*priority), Name::from_wire_prefix(rest).ok()?))
}
