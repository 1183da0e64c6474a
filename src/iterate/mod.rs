//! From a question to the authoritative response, by iteration from the root or through a forwarder. Knows DO,
//! knows no proofs.
//!
//! One pass of the loop in [`Iterator`]:
//!
//! ```text
//! closest delegation (cache, else priming, or the hints while that takes long)
//!   -> minimize (which name to show these servers)
//!   -> select (which address) -> exchange -> truncated? again over TCP
//!   -> scrub (what the server may not say is dropped, here and nowhere else)
//!   -> classify -> act: answer | referral: again below | second hand, lame, unusable: another address
//! ```

mod addresses;
mod ask;
mod classify;
mod converse;
mod detour;
mod flights;
mod forward;
mod iteration;
mod iterator;
mod manner;
mod minimize;
mod once;
mod options;
mod priming;
mod probe;
mod query;
mod referral;
mod revive;
mod scrub;
mod select;
mod settled;
mod signed;
mod turnstile;

pub use classify::{Class, classify, refers_astray};
pub use iterator::Iterator;
pub use minimize::Minimization;
pub use options::{DoNotQuery, Fallback, Options, Zone};
pub use scrub::{alias_target, scrub};
pub use settled::settled;
