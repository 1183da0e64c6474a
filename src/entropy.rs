//! The only place that draws random numbers: message ids, ports, name case, tie-breaks, hash seeds.
//!
//! In production every octet comes from the operating system's generator (RFC 5452 section 9.2 wants ids and
//! ports that cannot be predicted), fetched some hundred at a time so that a draw is no system call. In tests a
//! seed makes the same run give the same transcript.
#![allow(clippy::disallowed_methods, reason = "this is the room that may draw random numbers")]

use std::cell::RefCell;
use std::fmt;

/// Octets fetched from the operating system at a time.
const POOL: usize = 512;

/// A source of randomness owned by one worker.
pub struct Entropy(RefCell<Source>);

enum Source {
    System { pool: Box<[u8; POOL]>, used: usize },
    Seeded(u64),
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy") // never the state
    }
}

impl Entropy {
    /// The operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self(RefCell::new(Source::System { pool: Box::new([0; POOL]), used: POOL }))
    }

    /// A reproducible sequence, for tests and simulation only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(RefCell::new(Source::Seeded(seed)))
    }

    /// Fills `out` with random octets.
    pub fn fill(&self, out: &mut [u8]) {
        match &mut *self.0.borrow_mut() {
            Source::System { pool, used } => {
                for octet in out {
                    if *used == POOL {
                        refill(pool);
                        *used = 0;
                    }
                    *octet = std::mem::take(&mut pool[*used]); // an octet is used once and not kept
                    *used += 1;
                }
            }
            Source::Seeded(state) => {
                for chunk in out.chunks_mut(8) {
                    chunk.copy_from_slice(&split_mix(state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
    }

    /// A random 64-bit number.
    pub fn u64(&self) -> u64 {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        u64::from_le_bytes(octets)
    }

    /// A random 16-bit number: a message id.
    pub fn u16(&self) -> u16 {
        let mut octets = [0; 2];
        self.fill(&mut octets);
        u16::from_le_bytes(octets)
    }

    /// A number in `0..bound`, each equally likely but for a bias below 2^-32; 0 when `bound` is 0.
    pub fn below(&self, bound: u32) -> u32 {
        let product = (self.u64() >> 32) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or(0)
    }

    /// Puts `items` into a random order (Fisher-Yates).
    pub fn shuffle<T>(&self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let with = self.below(u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize;
            items.swap(last, with);
        }
    }
}

/// Without the system's randomness no id and no port would be safe: going on would be worse than stopping, and on
/// Linux after boot the call does not fail. This is the one abort in the program.
fn refill(pool: &mut [u8; POOL]) {
    if getrandom::fill(pool).is_err() {
        std::process::abort();
    }
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_sequence() {
        let (a, b) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(
            (0..9).map(|_| a.u16()).collect::<Vec<_>>(),
            (0..9).map(|_| b.u16()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn system_octets_differ_across_refills() {
        let entropy = Entropy::system();
        let (mut a, mut b) = ([0; POOL], [0; POOL]);
        entropy.fill(&mut a);
        entropy.fill(&mut b);
        assert_ne!(a, b);
    }

    #[test]
    fn below_stays_below() {
        let entropy = Entropy::seeded(1);
        assert!((0..1000).all(|_| entropy.below(3) < 3));
        assert_eq!(entropy.below(0), 0);
    }
}
