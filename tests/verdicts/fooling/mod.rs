//! Never fooled: an attacker on the way, a parent, a child, a neighbour, or a server gone wrong.

mod codes;
mod delegations;
mod denials;
mod keys;
mod memory;
mod signatures;
