//! Servers that mean harm: what an attack costs others, what stays of a lie, and what bystanders notice.
//!
//! `stage` has the Internet that is attacked and the hostile server in it; the attacks lie one subject a file.

mod aliases;
mod bystanders;
mod circles;
mod errors;
mod ghosts;
mod lies;
mod referrals;
mod stage;
