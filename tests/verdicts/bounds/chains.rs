//! What the deepest real chains need fits into the budget, whatever they are signed by.

use std::sync::Arc;

use bailiwick::dnssec::{Algorithm, SigningKey};
use bailiwick::lab::{Key, Role, Site};

use crate::asking::*;
use crate::world::*;

/// An Ed448 key (RFC 8410 section 7: the octets of PKCS#8 around it).
fn ed448() -> Arc<SigningKey> {
    const HEAD: &[u8] = b"\x30\x47\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x71\x04\x3b\x04\x39";
    let pkcs8 = [HEAD, &[3; 57]].concat();
    Arc::new(SigningKey::from_pkcs8(Algorithm::ED448, &pkcs8).expect("a key"))
}

/// Eight aliases, each in a zone below a top-level domain of its own, and the address behind them in a ninth.
fn world(pair: &Arc<SigningKey>) -> World {
    let keys = || vec![Key::new(Arc::clone(pair), Role::Combined)];
    let mut sites = vec![("root", Site::signed(".", "", keys()))];
    for n in 1..=9 {
        let leak = |text: String| &*Box::leak(text.into_boxed_str());
        let records = match n {
            9 => "www A 198.51.100.9\n".into(),
            _ => format!("www CNAME www.zone.top{}.\n", n + 1),
        };
        let (top, zone) = (format!("top{n}."), format!("zone.top{n}."));
        sites.push((leak(format!("top{n}")), Site::signed(&top, "", keys())));
        sites.push((leak(format!("zone{n}")), Site::signed(&zone, &records, keys())));
    }
    World::of(sites)
}

#[tokio::test(start_paused = true)]
async fn eight_cold_aliases_through_eight_top_level_domains() {
    let pairs =
        [ed25519(1), Arc::clone(&keyring().p384), Arc::clone(&keyring().rsa_sha256), ed448()];
    for pair in pairs {
        println!("{}", pair.algorithm());
        let world = world(&pair);
        for row in [("www.zone.top1.", "A", SECURE), ("www.zone.top1.", "MX", NO_DATA)] {
            let bench = Bench::new(&world);
            let (answer, spent) = bench.cost(row.0, row.1).await;
            bench.assert(row.0, &answer, rtype(row.1), row.2);
            let few = spent.packets <= 60 && spent.good_signatures <= 90;
            assert!(few && spent.failed_signatures == 0, "{spent:?}");
        }
    }
}
