//! What is allowed and yet unwise, or does not do what was probably meant.

use std::net::IpAddr;

use super::config::Config;
use super::units::size_to_text;
use crate::clock::WallSeconds;
use crate::dnssec::{Algorithm, DigestType, NegativeTrustAnchor, TrustAnchor};
use crate::iterate::{DoNotQuery, Zone};
use crate::model::Network;
use crate::resolver::Validation;
use crate::wire::Name;

/// Less holds hardly more than the names that are asked for all the time.
const SMALL_CACHE: u64 = 16 << 20;
/// Larger datagrams may be cut on the way (RFC 9715 section 3).
const UNFRAGMENTED: u16 = 1232;

impl Config {
    /// What an operator should be told, at the date `now`, before this configuration is used.
    #[must_use]
    pub fn warnings(&self, now: WallSeconds) -> Vec<String> {
        let lists = [
            self.about_clients(),
            self.about_anchors(now),
            self.about_servers(),
            self.about_cache(),
        ];
        lists.concat()
    }

    fn about_clients(&self) -> Vec<String> {
        let outside =
            self.listen.iter().map(|l| l.address.ip()).find(|ip| !ip.to_canonical().is_loopback());
        let Some(outside) = outside else { return Vec::new() };
        let allowed = self.access.allowed();
        let mut warnings = Vec::new();
        if allowed.is_empty() {
            warnings.push("access.allow is empty: nobody is answered".into());
        } else if allowed.iter().all(|network| is_loopback(*network)) {
            warnings.push(format!(
                "listen has {outside}, but access allows clients of this host alone; add \
                 access: {{allow: [\"127.0.0.0/8\", \"::1/128\", \"{}\"]}}",
                network_around(outside)
            ));
        }
        if let Some(world) = allowed.iter().find(|network| network.length() == 0) {
            warnings.push(format!(
                "access.allow has {world}: whoever reaches {outside} is answered, and can have answers sent to \
                 others; write your own networks"
            ));
        }
        warnings
    }

    fn about_anchors(&self, now: WallSeconds) -> Vec<String> {
        let settings = &self.settings;
        let weakened = match settings.validation {
            Validation::On => None,
            Validation::Log => {
                Some("dnssec.validation is log: forged answers are noticed, and given all the same")
            }
            Validation::Off => {
                Some("dnssec.validation is false: no answer is proven, forged ones are not noticed")
            }
        };
        if let Some(text) = weakened {
            return vec![text.into()];
        }
        let useless = settings.anchors.iter().filter(|anchor| !self.can_use(anchor)).map(|anchor| {
            let (zone, tag, source) = (anchor.zone(), anchor.key_tag(), anchor.source());
            format!(
                "the trust anchor {zone} {tag} ({source}) is of a kind that dnssec.disabled-algorithms or \
                 disabled-digests switch off"
            )
        });
        let misfits = settings.anchors.iter().filter_map(about_digest);
        let negative = settings.negative_anchors.iter();
        let negative = negative.filter_map(|anchor| about_negative(anchor, now));
        self.about_root().into_iter().chain(useless).chain(misfits).chain(negative).collect()
    }

    /// Without an anchor for the root, most names are not covered by any.
    fn about_root(&self) -> Option<String> {
        let anchors = &self.settings.anchors;
        if anchors.at(&Name::root()).is_some() {
            return None;
        }
        let zones: Vec<_> = anchors.iter().map(|anchor| anchor.zone().to_string()).collect();
        let but = if zones.is_empty() { "" } else { " outside " };
        let zones = zones.join(", ");
        Some(format!(
            "dnssec.trust-anchors has none for the root: nothing{but}{zones} is validated; add built-in"
        ))
    }

    fn can_use(&self, anchor: &TrustAnchor) -> bool {
        let policy = &self.settings.policy;
        let digest = anchor.ds().map(|ds| DigestType(ds.digest_type));
        policy.supports_algorithm(anchor.zone(), Algorithm(anchor.algorithm()))
            && digest.is_none_or(|digest| policy.supports_digest(anchor.zone(), digest))
    }

    fn about_servers(&self) -> Vec<String> {
        let options = &self.settings.iterate;
        let mut warnings: Vec<_> =
            options.zones.iter().filter_map(|zone| self.about_zone(zone)).collect();
        if options.do_not_query.networks.is_empty() && self.hints_are_public() {
            let text = "resolver.do-not-query is empty: a zone on the Internet can have hosts of your own network \
                        asked";
            warnings.push(text.into());
        }
        let size = options.edns_buffer_size;
        if size > UNFRAGMENTED {
            warnings.push(format!(
                "resolver.edns-buffer-size is {size}: answers of more than {UNFRAGMENTED} octets can arrive in \
                 fragments, which get lost and can be forged"
            ));
        }
        warnings
    }

    fn about_zone(&self, zone: &Zone) -> Option<String> {
        let delegation = &zone.delegation;
        let mut sockets = zone.sockets.iter().copied();
        let own = sockets.find(|socket| self.settings.iterate.do_not_query.is_own(*socket))?;
        let key = if delegation.is_forward() { "forward" } else { "resolver.stub" };
        let name = &delegation.zone;
        Some(format!(
            "{key} sends {name} to {own}, where this resolver listens itself: it is never asked"
        ))
    }

    fn hints_are_public(&self) -> bool {
        let private = DoNotQuery::default();
        let mut hints =
            self.settings.iterate.hints.servers.iter().flat_map(|server| &server.addresses);
        hints.any(|ip| !private.networks.iter().any(|network| network.contains(*ip)))
    }

    fn about_cache(&self) -> Vec<String> {
        let (octets, ttl) = (self.settings.cache_octets, self.settings.ttl);
        let mut warnings = Vec::new();
        if octets < SMALL_CACHE {
            let least = size_to_text(SMALL_CACHE);
            warnings.push(format!(
                "cache.max-size is {}: less than {least} makes resolving slow",
                size_to_text(octets)
            ));
        }
        if ttl.min > 0 {
            warnings.push(format!(
                "cache.min-ttl is {} s: data live longer than their zones allow, and changes come late",
                ttl.min
            ));
        }
        if self.settings.persist && self.settings.validation == Validation::Off {
            let what =
                "cache.persist keeps what can be proven again: without dnssec.validation nothing";
            warnings.push(what.into());
        }
        warnings
    }
}

/// A DS with the number of another digest.
fn about_digest(anchor: &TrustAnchor) -> Option<String> {
    let problem = anchor.check().err()?;
    let (zone, tag, source) = (anchor.zone(), anchor.key_tag(), anchor.source());
    Some(format!(
        "the trust anchor {zone} {tag} ({source}) fits no key: {problem}; unless another one does, everything below \
         {zone} fails"
    ))
}

fn about_negative(anchor: &NegativeTrustAnchor, now: WallSeconds) -> Option<String> {
    let zone = &anchor.zone;
    if anchor.until.is_some_and(|until| until <= now) {
        Some(format!("the negative trust anchor {zone} ended; remove it"))
    } else if zone.is_root() {
        Some("the negative trust anchor . switches validation off for all names".into())
    } else {
        None
    }
}

fn is_loopback(network: Network) -> bool {
    let least = if network.address().is_ipv4() { 8 } else { 128 };
    network.address().is_loopback() && network.length() >= least
}

/// The network that clients of `address` are most likely in.
fn network_around(address: IpAddr) -> String {
    if address.is_unspecified() {
        return "192.168.0.0/16".into();
    }
    let length = if address.is_ipv4() { 24 } else { 64 };
    Network::new(address, length).unwrap_or_else(|_| address.into()).to_string()
}
