//! A small Internet of some eighty zones: made with the tools of three others that sign, served by the servers of two.
//!
//! Every zone is made anew for each test, so its signatures are fresh and nothing here has a date of expiry.

mod catalogue;
mod content;
mod damage;
mod delegation;
mod expectation;
mod signer;
mod zone;

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support::{Authority, ServedZone, Settings, add_addresses, knotd, nsd};

pub use catalogue::{everything, handful};
pub use expectation::conclude_all;
pub use zone::{Damage, Denial, Ds, Signer, Zone};

/// The addresses of one server: public ones, so that the resolver needs no leave to ask them.
pub type Addresses = [&'static str; 2];
const NSD: Addresses = ["192.0.2.53", "2001:db8:1::53"];
const KNOTD: Addresses = ["198.51.100.53", "2001:db8:2::53"];

/// Who serves the first zone of the list, the third, and so on; the other server has the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// NSD.
    Nsd,
    /// Knot DNS.
    Knotd,
}

/// The zones with their servers running.
pub struct World {
    /// All zones, the root first.
    pub zones: Vec<Zone>,
    /// The DS record of the root.
    pub anchor: String,
    hints: PathBuf,
    _servers: [Authority; 2],
}

impl World {
    /// Makes `zones` in `directory`, signs them from the leaves to the root, and serves them.
    pub fn build(directory: &Path, zones: Vec<Zone>, first: First) -> Self {
        let plan = Plan { directory: directory.join("zones"), zones, first };
        fs::create_dir_all(&plan.directory).expect("a directory for the zones");
        let mut delegations = plan.make_all();
        let hints = directory.join("root.hints");
        fs::write(&hints, content::hints(&plan)).expect("the hints");
        add_addresses(&NSD.map(ip));
        add_addresses(&KNOTD.map(ip));
        let servers = [
            nsd(directory, &NSD.map(ip), &plan.served_at(NSD)),
            knotd(directory, &KNOTD.map(ip), &plan.served_at(KNOTD)),
        ];
        let anchor = delegations.remove(".").expect("the root is signed");
        Self { zones: plan.zones, anchor: anchor.trim().to_owned(), hints, _servers: servers }
    }

    /// What a resolver has to be told to find its way here and to trust what it finds.
    pub fn settings(&self) -> Settings {
        Settings {
            root_hints: Some(self.hints.clone()),
            trust_anchors: Some(vec![self.anchor.clone()]),
            ..Settings::default()
        }
    }
}

fn ip(address: &str) -> IpAddr {
    address.parse().expect("an address")
}

/// What is to be made.
struct Plan {
    directory: PathBuf,
    zones: Vec<Zone>,
    first: First,
}

impl Plan {
    /// Makes every zone, children first, and returns the DS records of each that its parent has to have.
    fn make_all(&self) -> BTreeMap<String, String> {
        let mut done = BTreeMap::new();
        let deepest = self.zones.iter().map(Zone::depth).max().unwrap_or(0);
        for depth in (0..=deepest).rev() {
            let layer: Vec<&Zone> = self.zones.iter().filter(|z| z.depth() == depth).collect();
            let made = self.make_layer(&layer, &done);
            done.extend(made);
        }
        done
    }

    /// Zones of one depth do not wait for each other: two are in the making at a time.
    fn make_layer(
        &self,
        layer: &[&Zone],
        below: &BTreeMap<String, String>,
    ) -> Vec<(String, String)> {
        let queue = Mutex::new(layer.iter());
        let worker = || {
            let next = || queue.lock().expect("no other worker panicked").next();
            std::iter::from_fn(next).map(|z| (z.name.clone(), self.make(z, below))).collect()
        };
        std::thread::scope(|scope| {
            let workers: [_; 2] = std::array::from_fn(|_| scope.spawn(worker));
            workers.into_iter().flat_map(|w| -> Vec<_> { w.join().expect("a zone") }).collect()
        })
    }

    /// Makes one zone; returns its DS records.
    fn make(&self, zone: &Zone, below: &BTreeMap<String, String>) -> String {
        let plain = self.directory.join(format!("{}plain", zone.name));
        fs::write(&plain, content::text(self, zone, below)).expect("a zone file");
        let signed = signer::sign(zone, &plain);
        let signed = damage::inflict(zone, &plain, signed);
        let records = delegation::ds_records(zone, &signed);
        fs::rename(signed, self.file(zone)).expect("the zone file in its place");
        records
    }

    /// Where the zone's finished file lies.
    fn file(&self, zone: &Zone) -> PathBuf {
        self.directory.join(format!("{}zone", zone.name))
    }

    /// The addresses of the server that has `zone`.
    fn server(&self, zone: &Zone) -> Addresses {
        let at = self.zones.iter().position(|z| z.name == zone.name).expect("a zone of the plan");
        if (at % 2 == 0) == (self.first == First::Nsd) { NSD } else { KNOTD }
    }

    fn served_at(&self, server: Addresses) -> Vec<ServedZone> {
        let there = self.zones.iter().filter(|zone| self.server(zone) == server);
        there.map(|z| ServedZone { name: z.name.clone(), file: self.file(z) }).collect()
    }

    fn children<'a>(&'a self, zone: &'a Zone) -> impl Iterator<Item = &'a Zone> {
        self.zones.iter().filter(|child| child.parent() == Some(&zone.name))
    }
}
