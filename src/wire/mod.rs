//! Octets <-> meaning: names, RRsets, messages, EDNS, canonical order and form, composing, and the subset of
//! master-file text that hints, anchors and local data need.
//!
//! No clock, no input or output, no async. Messages are walked here, by slicing, so that one record that no
//! decoder understands costs nothing but itself; hickory-proto lends its decoders for display and its encoder to
//! tests, and no other room names it.

mod canonical;
mod compose;
mod edns;
mod grouping;
mod iana;
mod message;
mod name;
mod parse;
pub mod rdata;
mod rrset;

pub use canonical::{canonical_rdata, canonical_rrset_order};
pub use compose::{Composer, compose};
pub use edns::{Edns, EdnsOption, ExtendedError, MAX_OPTIONS};
pub use iana::{Class, EdeCode, Opcode, OptionCode, Rcode, RrType};
pub use message::{Flags, Header, Message, Question};
pub use name::{Labels, Name, NameError};
pub use parse::{ParseError, Reader};
pub use rrset::{Rdata, RrSet};
