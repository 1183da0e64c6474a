//! Zones that others signed, served by servers that others wrote: what is sound is secure, what is unsigned is
//! insecure, what is broken is refused with the reason.

use std::path::Path;
use std::time::Instant;

use crate::support::{Resolver, in_namespace};
use crate::world::{First, World, conclude_all, everything};

#[test]
#[ignore = "needs the signers of BIND, Knot DNS and ldns, nsd and knotd: run tests/all"]
fn every_zone_is_judged_rightly() {
    in_namespace(|directory| every_zone(directory, First::Nsd));
}

/// The same with the servers changed round, so that either has served every zone.
#[test]
#[ignore = "needs the signers of BIND, Knot DNS and ldns, nsd and knotd: run tests/all"]
fn every_zone_is_judged_rightly_when_the_other_serves_it() {
    in_namespace(|directory| every_zone(directory, First::Knotd));
}

fn every_zone(directory: &Path, first: First) {
    let start = Instant::now();
    let world = World::build(directory, everything(), first);
    println!("foreign: {} zones made in {:.1} s", world.zones.len(), start.elapsed().as_secs_f64());
    let resolver = Resolver::start("resolver", directory, &world.settings());
    conclude_all("foreign", resolver.address, &world.expectations(), true);
    println!("foreign: {:.2} s of the resolver's processor time", resolver.cpu_seconds());
}
