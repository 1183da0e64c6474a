//! The chain of trust: from a trust anchor down to the zone of an RRset, and the verdict on what a response says.
//!
//! ```text
//! judge(fact, response)
//!   -> positive: which zone signed it -> standing(zone) -> signature -> wildcard? prove no exact match
//!   -> negative: whose denial -> standing(zone) -> prove name error | prove no data
//! standing(name): closest trust anchor -> label by label: DS -> DNSKEY | proof of no DS -> insecure | no cut
//!   beside it, where a signature names the zone and no referral told of its DS: ahead, DS and DNSKEY from below
//! ```
//!
//! What it needs from the network it asks for through [`Fetch`].

mod ahead;
mod chain;
mod fetch;
mod judge;
mod negative;
mod pauses;
mod positive;
mod signers;

pub use ahead::Foresight;
pub use fetch::{Fetch, FetchFuture, Freshness};
pub use judge::{Judged, Validator};
