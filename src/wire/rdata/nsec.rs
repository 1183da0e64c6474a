//! NSEC (RFC 4034 section 4).

use super::TypeBitmap;
use crate::wire::Name;

/// The next owner name of a zone and the types at this one, as a view of its RDATA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nsec<'a> {
    /// The next owner in canonical order; the apex behind the last.
    pub next: Name,
    /// The types at the owner.
    pub types: TypeBitmap<'a>,
}

impl<'a> Nsec<'a> {
    /// The view of `rdata`.
    #[must_use]
    pub fn parse(rdata: &'a [u8]) -> Option<Self> {
        let next = Name::from_wire_prefix(rdata).ok()?;
        let types = TypeBitmap::parse(&rdata[next.as_wire().len()..])?;
        Some(Self { next, types })
    }
}
