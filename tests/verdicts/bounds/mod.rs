//! Bounded work: what an attacker can make one client question cost, and what real zones need.

mod chains;
mod joiners;
mod pauses;
mod traps;
