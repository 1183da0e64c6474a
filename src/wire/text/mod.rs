//! Master-file text (RFC 1035 section 5): records to text and back.
//!
//! Text becomes entries of tokens ([`tokens`]); an entry is a directive or a record ([`zonefile`]); RDATA is read
//! and printed ([`rdata`]) along one table of the fields of each type ([`layout`]), each field by its [`form`].
//! What no layout fits, be it an unknown type or malformed octets, has the generic form of RFC 3597 section 5, so
//! that any record prints, prints safely, and reads back to the same octets.

mod encoded;
mod error;
mod form;
mod layout;
mod names;
mod numbers;
mod rdata;
mod record;
mod strings;
mod svc_params;
mod time;
mod tokens;
mod types;
mod zonefile;

pub use error::TextError;
pub use rdata::{rdata_from_text, rdata_to_text};
pub use record::{Record, record_to_text, rrset_to_text, rrsets};
pub use time::time_to_text;
pub use zonefile::{read_numbered_records, read_records};
