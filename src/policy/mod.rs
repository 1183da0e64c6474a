//! What an operator adds for client answers: who is answered, and which names are answered here.
//!
//! Only what is said to clients passes through this room: the resolver's own questions never see it.

mod access;
mod local;
mod special_use;

pub use access::Access;
pub use local::{Local, LocalOptions, dangling_alias};
pub use special_use::is_private;
