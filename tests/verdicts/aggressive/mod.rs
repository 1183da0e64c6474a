//! Aggressive use of what was validated (RFC 8198): which questions are settled without a server, and which never are.

mod bounds;
mod changing;
mod lives;
mod random;
mod settled;
mod unused;

use bailiwick::dnssec::Security;
use bailiwick::model::Answer;
use bailiwick::resolver::Settings;
use bailiwick::wire::{Name, Rcode, Rdata, RrSet, RrType};

use crate::asking::*;
use crate::world::*;

/// Is a server asked?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cost {
    Free,
    Paid,
}
use Cost::{Free, Paid};

/// Asks `row` and says what it cost.
async fn cost(bench: &Bench, row: Row) -> Cost {
    let before = bench.network.queries();
    bench.expect(row).await;
    if bench.network.queries() == before { Free } else { Paid }
}

/// Asks one question after the other of one resolver. Each costs what is said, and is answered as by a resolver that
/// knows nothing.
async fn follow(world: &World, settings: &Settings, steps: &[(Row, Cost)]) {
    let bench = Bench::with(world, settings.clone());
    for (row, expected) in steps {
        let found = cost(&bench, *row).await;
        assert_eq!(found, *expected, "{} {}\n{}", row.0, row.1, bench.network.transcript());
        let answer = bench.ask(row.0, row.1).await;
        let cold = Bench::with(world, settings.clone()).ask(row.0, row.1).await;
        assert_eq!(content(&answer), content(&cold), "{} {}", row.0, row.1);
    }
}

type Content = (Rcode, Security, bool, Vec<Set>, Vec<Set>);
type Set = (Name, RrType, Vec<Rdata>, Vec<Rdata>);

/// All of an answer but its TTLs, and the order of its proof.
fn content(answer: &Answer) -> Content {
    let sets = |sets: &[RrSet]| -> Vec<Set> {
        let set = |s: &RrSet| (s.owner.clone(), s.rtype, s.rdatas.clone(), s.signatures.clone());
        sets.iter().map(set).collect()
    };
    let mut authority = sets(&answer.authority);
    authority.sort();
    let security = answer.security.clone();
    (answer.rcode, security, answer.compact, sets(&answer.answer), authority)
}

/// The zone that most questions are about.
const RECORDS: &str = "a A 198.51.100.1
alias CNAME bb
d DNAME a
x.ent TXT \"e\"
m A 198.51.100.2
*.w A 198.51.100.3
*.w TXT \"w\"
*.to CNAME m
";

fn world() -> World {
    World::new([
        ("z", signed("z.test.", RECORDS)),
        ("cut", bailiwick::lab::Site::unsigned("cut.z.test.", "www A 198.51.100.9\n")),
        ("sub", signed("sub.z.test.", "www A 198.51.100.8\n")),
    ])
}
