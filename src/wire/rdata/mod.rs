//! Typed views of the few types that the engine must read, and the layout of the types that hold names.
//!
//! A view borrows the RDATA octets or copies what it needs; parsing never fails a message, only the view. Every
//! `parse` takes uncompressed RDATA and returns `None` when the octets are not well-formed for the type.

mod address;
mod dnskey;
mod ds;
mod layout;
mod nsec;
mod nsec3;
mod rrsig;
mod soa;
mod target;
mod type_bitmap;

pub use address::{address, address_rdata};
pub use dnskey::Dnskey;
pub use ds::Ds;
pub use layout::may_be_compressed;
pub(super) use layout::{Field, fields, lowercased_in_canonical_form};
pub use nsec::Nsec;
pub use nsec3::{Nsec3, Nsec3Params, base32hex};
pub use rrsig::Rrsig;
pub use soa::Soa;
pub use target::{svcb_target, target};
pub use type_bitmap::TypeBitmap;
