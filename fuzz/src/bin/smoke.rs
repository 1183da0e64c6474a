//! A bounded run of all targets on stable Rust, without an instrumented build: seeds, and octets changed at random.
//!
//! `smoke [SECONDS [SEED]]`; the same seed makes the same inputs. It ends with a count, or at the first panic, whose
//! input it has printed as hexadecimal digits.

use std::time::{Duration, Instant};

use bailiwick::entropy::Entropy;
use bailiwick_fuzz::{Target, seeds};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u64>());
    let seconds = arguments.next().and_then(Result::ok).unwrap_or(10);
    let seed = arguments.next().and_then(Result::ok).unwrap_or(1);
    for (name, target) in bailiwick_fuzz::TARGETS {
        let runs = run(*target, Duration::from_secs(seconds), &Entropy::seeded(seed));
        println!("{name}: {runs} inputs in {seconds} s, no panic");
    }
}

fn run(target: Target, time: Duration, entropy: &Entropy) -> u64 {
    let seeds = seeds();
    let started = Instant::now();
    for seed in &seeds {
        target(seed);
    }
    let mut runs = seeds.len() as u64;
    while started.elapsed() < time {
        let input = mutated(&seeds, entropy);
        let outcome = std::panic::catch_unwind(|| target(&input));
        if outcome.is_err() {
            eprintln!("input: {}", input.iter().map(|o| format!("{o:02x}")).collect::<String>());
            std::process::exit(1);
        }
        runs += 1;
    }
    runs
}

/// A seed with a few octets overwritten, a piece cut out, doubled or taken from another seed.
fn mutated(seeds: &[Vec<u8>], entropy: &Entropy) -> Vec<u8> {
    let pick = |bound: usize| entropy.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize;
    let mut input = seeds[pick(seeds.len())].clone();
    for _ in 0..=pick(4) {
        let at = pick(input.len() + 1);
        let to = at + pick(input.len() - at + 1);
        match pick(6) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..to)),
            2 => {
                let piece = input[at..to].to_vec();
                input.splice(at..at, piece);
            }
            3 => {
                let other = &seeds[pick(seeds.len())];
                let from = pick(other.len() + 1);
                input.splice(at..to, other[from..].iter().copied());
            }
            _ if at < input.len() => {
                input[at] = if pick(2) == 0 {
                    entropy.u16() as u8
                } else {
                    INTERESTING[pick(INTERESTING.len())]
                }
            }
            _ => input.push(entropy.u16() as u8),
        }
        input.truncate(65_535);
    }
    input
}

/// Octets at which decoders decide: lengths, label types, pointers, types.
const INTERESTING: [u8; 14] = [0, 1, 2, 6, 41, 43, 46, 47, 48, 50, 63, 64, 0xc0, 0xff];
