//! Denials that are whole, in whatever form they come.

use bailiwick::lab::Chain;
use bailiwick::wire::{Message, Rcode, RrType};

use crate::asking::*;
use crate::forging::on;
use crate::world::*;

const RECORDS: &str = "www A 198.51.100.1\nwww TXT \"x\"\na.b.c A 198.51.100.2\nd DNAME www\n";

fn world(chain: Chain) -> World {
    World::new([("n", signed("n.test.", RECORDS).chain(chain))])
}

#[tokio::test(start_paused = true)]
async fn by_salts_and_iterations() {
    let rows = &[
        ("no.n.test.", "A", NO_NAME),
        ("no.no.n.test.", "A", NO_NAME),
        ("x.www.n.test.", "A", NO_NAME),
        ("www.n.test.", "MX", NO_DATA),
        ("b.c.n.test.", "MX", NO_DATA),
        ("n.test.", "DS", SECURE),
        ("www.n.test.", "DS", NO_DATA),
        ("no.n.test.", "DS", NO_NAME),
        ("e.n.test.", "A", NO_NAME),
    ];
    for (iterations, salt) in [(0, 0), (1, 8), (50, 255), (10, 1)] {
        let chain = Chain::Nsec3 { iterations, salt: vec![0xa5; salt], opt_out: false };
        Trial::of(&world(chain)).expect(rows).await;
    }
    Trial::of(&world(Chain::Nsec)).expect(rows).await;
}

/// A server that calls a name that does not exist one without data, and the other way round: what is proven is told.
#[tokio::test(start_paused = true)]
async fn wrong_codes_beside_whole_proofs() {
    for chain in [Chain::Nsec, nsec3(0)] {
        let world = world(chain);
        let set = |code| move |reply: &mut Message| reply.header.rcode = code;
        let hook = || on("no.n.test.", RrType::A, set(Rcode::NOERROR));
        Trial::of(&world).hook(hook).expect(&[("no.n.test.", "A", NO_NAME)]).await;
        let hook = || on("www.n.test.", RrType::MX, set(Rcode::NXDOMAIN));
        Trial::of(&world)
            .hook(hook)
            .expect(&[("www.n.test.", "MX", NO_DATA), ("www.n.test.", "A", SECURE)])
            .await;
        let hook = || on("c.n.test.", RrType::A, set(Rcode::NXDOMAIN));
        Trial::of(&world)
            .hook(hook)
            .expect(&[("a.b.c.n.test.", "A", SECURE), ("c.n.test.", "A", NO_DATA)])
            .await;
    }
}
