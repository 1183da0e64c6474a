//! What the steps of an answer cost, each by itself. `cargo bench --bench steps` runs them all, with a word behind `--`
//! those whose name contains it.

mod answers;
mod cache;
mod dnssec;
mod wire;
mod world;

fn main() {
    divan::main();
}
