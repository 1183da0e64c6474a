//! A zone as its operator makes it: what is written, which keys sign it, where it is served, and what goes wrong.

use std::fmt;
use std::net::IpAddr;

use super::{Chain, Fault, Key, Signer, Validity, Zone, ds, sign};
use crate::clock::WallSeconds;
use crate::dnssec::{DigestType, SigningError};
use crate::wire::rdata::Dnskey;
use crate::wire::{Name, NameError, Rdata, RrSet, RrType, TextError};

/// TTL of the delegations that parents publish, in seconds.
const DELEGATION_TTL: u32 = 3600;

/// What is wrong with the plan of a mini-Internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabError {
    /// Text that is no name.
    Name(String, NameError),
    /// Text that is no zone.
    Zone(String, TextError),
    /// A zone is served by a host that is not there.
    NoSuchHost(String),
    /// The library does not sign.
    Signing(SigningError),
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(text, error) => write!(f, "{text}: {error}"),
            Self::Zone(apex, error) => write!(f, "zone {apex}: {error}"),
            Self::NoSuchHost(host) => write!(f, "no host {host}"),
            Self::Signing(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LabError {}

impl From<SigningError> for LabError {
    fn from(error: SigningError) -> Self {
        Self::Signing(error)
    }
}

/// The name that `text` is.
pub(super) fn parse_name(text: &str) -> Result<Name, LabError> {
    text.parse().map_err(|error| LabError::Name(text.into(), error))
}

/// A server of the mini-Internet before zones are put on it.
#[derive(Clone, Debug)]
pub struct Host {
    /// What sites call it.
    pub name: String,
    /// Its virtual addresses.
    pub addresses: Vec<IpAddr>,
}

/// How a site's zone comes to its signatures.
#[derive(Clone, Debug)]
enum Signing {
    /// Not at all.
    None,
    /// At start, by these keys.
    Keys(Vec<Key>, Chain),
    /// They are in the text, with everything else.
    Text,
}

/// One zone to be.
#[derive(Clone, Debug)]
pub struct Site {
    apex: String,
    hosts: Vec<String>,
    name_servers: Vec<String>,
    records: String,
    signing: Signing,
    digests: Vec<DigestType>,
    vouched: Option<Vec<Key>>,
    faults: Vec<Fault>,
}

impl Site {
    fn new(apex: &str, records: &str, signing: Signing) -> Self {
        Self {
            apex: apex.into(),
            hosts: Vec::new(),
            name_servers: Vec::new(),
            records: records.into(),
            signing,
            digests: vec![DigestType::SHA256],
            vouched: None,
            faults: Vec::new(),
        }
    }

    /// A zone without signatures. SOA, NS and the addresses of its name servers are made for it.
    #[must_use]
    pub fn unsigned(apex: &str, records: &str) -> Self {
        Self::new(apex, records, Signing::None)
    }

    /// The same, signed by `keys`, with NSEC.
    #[must_use]
    pub fn signed(apex: &str, records: &str, keys: Vec<Key>) -> Self {
        Self::new(apex, records, Signing::Keys(keys, Chain::Nsec))
    }

    /// A zone whose text has everything already.
    #[must_use]
    pub fn presigned(apex: &str, text: &str) -> Self {
        Self::new(apex, text, Signing::Text)
    }

    /// Served by these hosts.
    #[must_use]
    pub fn on(mut self, hosts: &[&str]) -> Self {
        self.hosts = hosts.iter().map(|host| (*host).into()).collect();
        self
    }

    /// With these name servers, which other zones give addresses, in place of `ns1`, `ns2` ... in the zone itself.
    #[must_use]
    pub fn name_servers(mut self, names: &[&str]) -> Self {
        self.name_servers = names.iter().map(|name| (*name).into()).collect();
        self
    }

    /// With this chain of denials.
    #[must_use]
    pub fn chain(mut self, chain: Chain) -> Self {
        if let Signing::Keys(_, there) = &mut self.signing {
            *there = chain;
        }
        self
    }

    /// With DS of these digest types.
    #[must_use]
    pub fn digests(mut self, digests: &[DigestType]) -> Self {
        self.digests = digests.to_vec();
        self
    }

    /// With DS of these keys, whichever the zone has: a parent may be ahead of it, or behind (RFC 6781 section 4.1.2).
    #[must_use]
    pub fn vouched(mut self, keys: Vec<Key>) -> Self {
        self.vouched = Some(keys);
        self
    }

    /// Broken in this way, too.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    pub(super) fn apex(&self) -> Result<Name, LabError> {
        parse_name(&self.apex)
    }

    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Makes the zone at the time `wall`, with `delegations` to the zones below it.
    pub(super) fn build(
        &self,
        hosts: &[&Host],
        delegations: Vec<RrSet>,
        wall: WallSeconds,
    ) -> Result<Built, LabError> {
        let apex = self.apex()?;
        let head = if let Signing::Text = self.signing { String::new() } else { self.head(hosts) };
        let mut zone = Zone::from_text(apex.clone(), &(head + &self.records))
            .map_err(|error| LabError::Zone(self.apex.clone(), error))?;
        delegations.into_iter().for_each(|set| zone.insert(set));
        let (zone, mut ds) = match &self.signing {
            Signing::None => (zone, None),
            Signing::Text => {
                let ds = self.ds_of_text(&zone);
                (zone, Some(ds))
            }
            Signing::Keys(keys, chain) => {
                let signer = self.signer(keys, chain, wall);
                let mut zone = sign(&zone, &signer)?;
                for fault in &self.faults {
                    fault.spoil(&mut zone, &signer)?;
                }
                let vouched =
                    Signer { keys: self.vouched.clone().unwrap_or(signer.keys), ..signer };
                (zone, Some(vouched.ds_rrset(&apex, DELEGATION_TTL, &self.digests)))
            }
        };
        if let Some(ds) = &mut ds {
            self.faults.iter().for_each(|fault| fault.spoil_ds(ds));
        }
        Ok(Built { zone, ds })
    }

    fn signer(&self, keys: &[Key], chain: &Chain, wall: WallSeconds) -> Signer {
        let validity = Validity::days(wall, -1, 13);
        let mut signer = Signer { keys: keys.to_vec(), chain: chain.clone(), validity };
        self.faults.iter().for_each(|fault| fault.prepare(&mut signer, wall));
        signer
    }

    /// SOA, NS, and the addresses of name servers in the zone.
    fn head(&self, hosts: &[&Host]) -> String {
        let mut text = String::from("$TTL 3600\n@ SOA ns1 hostmaster 1 3600 300 604800 300\n");
        for name in &self.name_servers {
            text += &format!("@ NS {name}\n");
        }
        if self.name_servers.is_empty() {
            for (number, host) in hosts.iter().enumerate() {
                text += &format!("@ NS ns{}\n", number + 1);
                for address in &host.addresses {
                    let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
                    text += &format!("ns{} {rtype} {address}\n", number + 1);
                }
            }
        }
        text
    }

    /// The DS of the entry points among the keys in a presigned zone.
    fn ds_of_text(&self, zone: &Zone) -> RrSet {
        let keys = zone.get(zone.apex(), RrType::DNSKEY).map_or(&[][..], |set| &set.rdatas);
        let entry = |key: &&Rdata| Dnskey::parse(key).is_some_and(|k| k.is_secure_entry_point());
        let records = keys
            .iter()
            .filter(entry)
            .flat_map(|key| self.digests.iter().filter_map(|d| ds(zone.apex(), key, *d)));
        RrSet::new(zone.apex().clone(), RrType::DS, DELEGATION_TTL, records.collect())
    }
}

/// A zone that is made.
pub(super) struct Built {
    pub zone: Zone,
    /// What its parent publishes.
    pub ds: Option<RrSet>,
}

impl Built {
    /// What the parent has of it: NS, DS, and glue for the name servers in the zone itself.
    pub(super) fn delegation(&self) -> Vec<RrSet> {
        let zone = &self.zone;
        let unsigned = |set: &RrSet| RrSet { signatures: Vec::new(), ..set.clone() };
        let ns = zone.get(zone.apex(), RrType::NS);
        let servers = ns.map_or(&[][..], |set| &set.rdatas);
        let glue = servers
            .iter()
            .filter_map(|rdata| Name::from_wire(rdata).ok())
            .flat_map(|name| [RrType::A, RrType::AAAA].map(|rtype| zone.get(&name, rtype)));
        let sets = ns.into_iter().chain(glue.flatten()).map(unsigned);
        sets.chain(self.ds.iter().filter(|ds| !ds.rdatas.is_empty()).cloned()).collect()
    }
}
