//! Octets <-> meaning: names, RRsets, messages, EDNS, canonical order and form, composing, and master-file text:
//! [`read_records`] and [`rrsets`] read zones, hints, anchors and local data, [`rdata_to_text`] and its kin print
//! what came from anywhere safely.
//!
//! No clock, no input or output, no async. Messages are walked here, by slicing, so that one record that no
//! decoder understands costs nothing but itself; hickory-proto lends its encoder to tests, and no other room
//! names it.

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
mod text;

pub use canonical::{canonical_rdata, canonical_rrset_order};
pub use compose::{Parts, compose};
pub use edns::{Edns, EdnsOption, ExtendedError, MAX_OPTIONS};
pub use iana::{Class, EdeCode, Opcode, OptionCode, Rcode, RrType};
pub use message::{Flags, Header, Message, Question};
pub use name::{Labels, Name, NameError};
pub use parse::{ParseError, Reader};
pub use rrset::{Rdata, RrSet, block};
pub use text::{
    Record, TextError, rdata_from_text, rdata_to_text, read_numbered_records, read_records,
    record_to_text, rrset_to_text, rrsets, time_to_text,
};
