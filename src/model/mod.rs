//! The nouns that the upper rooms share: plain data, with constructors and predicates and no more.
//!
//! - [`Delegation`]: a zone cut, who serves it, and where.
//! - [`Response`]: what one server said to one question, scrubbed and classified.
//! - [`Finding`]: what is known about one name and type, with its verdict and its life.
//! - [`ZoneStatus`]: where the chain of trust stands at a name.
//! - [`Step`]: where it leads.
//! - [`Answer`]: what this resolver says to one question.
//! - [`Failure`]: why there is no answer.
//! - [`Network`]: a set of addresses with a common prefix.

mod answer;
mod delegation;
mod failure;
mod finding;
mod network;
mod response;
mod zone_status;

pub use answer::{Answer, Checking};
pub use delegation::{Delegation, NameServer, Source};
pub use failure::{Failure, Trouble};
pub use finding::{Fact, Finding};
pub use network::{Network, NetworkError};
pub use response::{Kind, Response, Step};
pub use zone_status::ZoneStatus;
