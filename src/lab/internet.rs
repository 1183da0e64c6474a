//! The mini-Internet: hosts, the zones on them, and what to ask.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::site::{Built, parse_name};
use super::{Case, Host, LabError, Site, Zone, catalogue};
use crate::clock::WallSeconds;
use crate::dnssec::TrustAnchor;
use crate::model::{Delegation, NameServer, Source};
use crate::wire::{Name, Rdata, RrSet, RrType, rrset_to_text};

/// One server with its zones.
#[derive(Clone, Debug)]
pub struct Server {
    /// The host's name.
    pub name: String,
    /// Its virtual addresses.
    pub addresses: Vec<IpAddr>,
    /// The zones that it serves.
    pub zones: Vec<Arc<Zone>>,
}

/// A whole Internet, signed at one time.
#[derive(Clone, Debug)]
pub struct Internet {
    servers: Vec<Server>,
    cases: Vec<Case>,
    hints: Delegation,
    anchors: RrSet,
}

impl Internet {
    /// The built-in one: its signatures are valid around the date `wall`, but for those that are broken on purpose.
    ///
    /// # Errors
    /// When the library refuses to sign; the rest is tested.
    pub fn new(wall: WallSeconds) -> Result<Self, LabError> {
        let catalogue = catalogue::built_in()?;
        let mut internet = Self::build(&catalogue.hosts, &catalogue.sites, wall)?;
        internet.cases = catalogue.cases;
        Ok(internet)
    }

    /// One with these hosts and sites, of which one is the root, at the date `wall`.
    ///
    /// # Errors
    /// When a name, a zone or a host is not well-formed, or the library refuses to sign.
    pub fn build(hosts: &[Host], sites: &[Site], wall: WallSeconds) -> Result<Self, LabError> {
        let empty = |host: &Host| Server {
            name: host.name.clone(),
            addresses: host.addresses.clone(),
            zones: Vec::new(),
        };
        let mut internet = Self {
            servers: hosts.iter().map(empty).collect(),
            cases: Vec::new(),
            hints: Delegation::new(Name::root(), Vec::new(), Source::Hints),
            anchors: RrSet::new(Name::root(), RrType::DS, 0, Vec::new()),
        };
        let mut delegations: BTreeMap<Name, Vec<RrSet>> = BTreeMap::new();
        let order = deepest_first(sites)?;
        for (apex, site) in &order {
            let below = delegations.remove(apex).unwrap_or_default();
            let built = site.build(&hosts_of(site, hosts)?, below, wall)?;
            match order.iter().map(|(above, _)| above).find(|above| apex.is_below(above)) {
                Some(parent) => {
                    delegations.entry(parent.clone()).or_default().extend(built.delegation());
                }
                None => internet.enter_by(&built),
            }
            internet.put(&Arc::new(built.zone), site);
        }
        Ok(internet)
    }

    fn put(&mut self, zone: &Arc<Zone>, site: &Site) {
        for server in self.servers.iter_mut().filter(|s| site.hosts().contains(&s.name)) {
            server.zones.push(Arc::clone(zone));
        }
    }

    /// Hints and trust anchors are the root's own name servers and keys.
    fn enter_by(&mut self, root: &Built) {
        let mut servers: BTreeMap<Name, Vec<IpAddr>> = BTreeMap::new();
        for set in root.delegation() {
            match set.rtype {
                RrType::DS => self.anchors = set,
                RrType::A | RrType::AAAA => {
                    let address = |rdata: &Rdata| crate::wire::rdata::address(set.rtype, rdata);
                    let addresses = set.rdatas.iter().filter_map(address);
                    servers.entry(set.owner.clone()).or_default().extend(addresses);
                }
                _ => {}
            }
        }
        let servers = servers.into_iter().map(|(name, addresses)| NameServer { name, addresses });
        self.hints.zone = root.zone.apex().clone();
        self.hints.servers = servers.collect();
    }

    /// What to ask of the built-in one, and what must come of it.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Where a resolver starts.
    #[must_use]
    pub const fn hints(&self) -> &Delegation {
        &self.hints
    }

    /// The same as the text of a hints file.
    #[must_use]
    pub fn hints_text(&self) -> String {
        let mut text = String::new();
        for server in &self.hints.servers {
            text += &format!("{} 3600 IN NS {}\n", self.hints.zone, server.name);
            for address in &server.addresses {
                let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
                text += &format!("{} 3600 IN {rtype} {address}\n", server.name);
            }
        }
        text
    }

    /// What a resolver must trust.
    #[must_use]
    pub fn anchors(&self) -> Vec<TrustAnchor> {
        let anchor = |rdata: &Rdata| {
            TrustAnchor::new(self.anchors.owner.clone(), RrType::DS, rdata.clone(), "lab".into())
        };
        self.anchors.rdatas.iter().filter_map(anchor).collect()
    }

    /// The same as DS records in text, one a line.
    #[must_use]
    pub fn anchors_text(&self) -> String {
        rrset_to_text(&self.anchors)
    }

    /// All servers.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Makes every zone anew by `change`, on whichever servers it is; delegations, hints and anchors stay.
    pub fn change_zones(&mut self, change: impl Fn(&Zone) -> Zone) {
        for zone in self.servers.iter_mut().flat_map(|server| &mut server.zones) {
            *zone = Arc::new(change(zone));
        }
    }

    /// The server with this address.
    #[must_use]
    pub fn server(&self, address: IpAddr) -> Option<&Server> {
        self.servers.iter().find(|server| server.addresses.contains(&address))
    }

    /// The zone at exactly this apex, from whichever server has it.
    ///
    /// # Errors
    /// When `apex` is no name.
    pub fn zone(&self, apex: &str) -> Result<Option<&Arc<Zone>>, LabError> {
        let apex = parse_name(apex)?;
        Ok(self.servers.iter().flat_map(|s| &s.zones).find(|zone| *zone.apex() == apex))
    }
}

/// Children before their parents, which publish what the children give them.
fn deepest_first(sites: &[Site]) -> Result<Vec<(Name, &Site)>, LabError> {
    let apexes = sites.iter().map(Site::apex).collect::<Result<Vec<_>, _>>()?;
    let mut order: Vec<_> = apexes.into_iter().zip(sites).collect();
    order.sort_by_key(|(apex, _)| std::cmp::Reverse(apex.label_count()));
    Ok(order)
}

fn hosts_of<'h>(site: &Site, hosts: &'h [Host]) -> Result<Vec<&'h Host>, LabError> {
    let find = |name: &String| {
        let found = hosts.iter().find(|host| host.name == *name);
        found.ok_or_else(|| LabError::NoSuchHost(name.clone()))
    };
    site.hosts().iter().map(find).collect()
}
