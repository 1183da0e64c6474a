//! The special-use names: what each means is written in an RFC, not in the DNS.
//!
//! | names | answer | rule |
//! |---|---|---|
//! | `localhost` and below | the loopback addresses, NODATA for other types | RFC 6761 6.3 |
//! | `invalid` and below | NXDOMAIN | RFC 6761 6.4 |
//! | `onion` and below | NXDOMAIN | RFC 7686 2 |
//! | `test` and below | NXDOMAIN, if the operator says so | RFC 6761 6.2 |
//! | reverse zones of private, local and example addresses | empty zones | RFC 6303 4, RFC 6761 6.1, RFC 7793 |
//! | `home.arpa` and below | an empty zone | RFC 8375 4 |
//! | `resolver.arpa` and below | NODATA | RFC 9462 4, 6.4 |
//!
//! `example` names are ordinary (RFC 6761 6.5), and so is `alt` (RFC 9476 2): the root denies it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::wire::rdata::address_rdata;
use crate::wire::{Name, RrSet, RrType};

/// The TTL of all that is made here, and of the denials: that of RFC 6303 section 3.
pub(super) const TTL: u32 = 10_800;

/// What is said at and below a special-use name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The loopback addresses.
    Loopback,
    /// Nothing exists, the name itself included.
    NameError,
    /// Nothing exists but the name itself, with an SOA and an NS RRset.
    EmptyZone,
    /// Every name exists and owns nothing.
    NoData,
}

/// IPv4 reverse zones of RFC 6303 sections 4.1 and 4.2, but for 172.16.0.0/12.
const IPV4_REVERSE: [&str; 9] = [
    "10.in-addr.arpa.",
    "168.192.in-addr.arpa.",
    "0.in-addr.arpa.",
    "127.in-addr.arpa.",
    "254.169.in-addr.arpa.",
    "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.",
    "113.0.203.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa.",
];

/// IPv6 reverse zones of RFC 6303 sections 4.4 to 4.6.
const IPV6_REVERSE: [&str; 6] = [
    "d.f.ip6.arpa.",
    "8.e.f.ip6.arpa.",
    "9.e.f.ip6.arpa.",
    "a.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa.",
    "8.b.d.0.1.0.0.2.ip6.arpa.",
];

const NAMES: [(&str, Rule); 5] = [
    ("localhost.", Rule::Loopback),
    ("invalid.", Rule::NameError),
    ("onion.", Rule::NameError),
    ("home.arpa.", Rule::EmptyZone),
    ("resolver.arpa.", Rule::NoData),
];

/// Top-level names that are used on private networks and by other systems than the DNS: RFC 6762 section 3 and appendix G,
/// RFC 9476, ICANN's `internal`, and what routers come with. The root denies each of them, so nobody can sign below.
const PRIVATE: [&str; 10] = [
    "internal.",
    "local.",
    "lan.",
    "home.",
    "corp.",
    "intranet.",
    "private.",
    "localdomain.",
    "alt.",
    "test.",
];

/// Does `name` lie where no chain of trust from the root can lead: at or below a private or special-use name? Who has such
/// a zone resolved from servers of his own need not say in addition that it is not validated.
#[must_use]
pub fn is_private(name: &Name) -> bool {
    let private = PRIVATE.into_iter().filter_map(|top| top.parse::<Name>().ok());
    rules(false).into_keys().chain(private).any(|top| name.is_at_or_below(&top))
}

/// Every special-use name with its rule.
pub(super) fn rules(test_is_special: bool) -> HashMap<Name, Rule> {
    let test = test_is_special.then_some(("test.", Rule::NameError));
    let named = NAMES.into_iter().chain(test).map(|(name, rule)| (name.to_owned(), rule));
    let fixed = IPV4_REVERSE.into_iter().chain(IPV6_REVERSE).map(str::to_owned);
    let private = (16..=31).map(|n| format!("{n}.172.in-addr.arpa.")); // RFC 1918
    let shared = (64..=127).map(|n| format!("{n}.100.in-addr.arpa.")); // RFC 6598, RFC 7793
    let addresses = [Ipv6Addr::UNSPECIFIED, Ipv6Addr::LOCALHOST].map(|a| reverse_text(a.into()));
    let reverse = fixed.chain(private).chain(shared).chain(addresses);
    named
        .chain(reverse.map(|zone| (zone, Rule::EmptyZone)))
        .filter_map(|(name, rule)| Some((name.parse().ok()?, rule)))
        .collect()
}

/// The reverse names of the loopback addresses: RFC 6303 section 4.2 wants a meaningful mapping.
pub(super) fn loopback_reverse() -> impl Iterator<Item = RrSet> {
    let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    addresses.into_iter().filter_map(|address| {
        let owner = reverse_text(address).parse().ok()?;
        let localhost: Name = "localhost.".parse().ok()?;
        Some(RrSet::new(owner, RrType::PTR, TTL, vec![localhost.as_wire().into()]))
    })
}

/// RFC 1035 section 3.5, RFC 3596 section 2.5.
fn reverse_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(v6) => {
            let nibbles = v6.octets().into_iter().rev().flat_map(|octet| [octet & 15, octet >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa."
        }
    }
}

/// What the special zone `zone` itself owns of type `rtype` (RFC 6303 section 3).
pub(super) fn apex(zone: &Name, rule: Rule, rtype: RrType) -> Option<RrSet> {
    match (rule, rtype) {
        (Rule::EmptyZone | Rule::NoData, RrType::SOA) => Some(soa(zone)),
        (Rule::EmptyZone | Rule::NoData, RrType::NS) => {
            Some(RrSet::new(zone.clone(), rtype, TTL, vec![zone.as_wire().into()]))
        }
        (Rule::EmptyZone | Rule::NoData | Rule::Loopback | Rule::NameError, _) => None,
    }
}

/// What a name at or below `localhost` owns of type `rtype`.
pub(super) fn loopback(owner: &Name, rtype: RrType) -> Option<RrSet> {
    let addresses: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut records = addresses.into_iter().map(address_rdata);
    let (rtype, rdata) = records.find(|(own, _)| *own == rtype)?;
    Some(RrSet::new(owner.clone(), rtype, TTL, vec![rdata]))
}

/// The SOA of RFC 6303 section 3: `@ nobody.invalid. 1 3600 1200 604800 10800`.
pub(super) fn soa(zone: &Name) -> RrSet {
    const TIMERS: [u32; 5] = [1, 3_600, 1_200, 604_800, TTL];
    const NOBODY_INVALID: &[u8] = b"\x06nobody\x07invalid\x00";
    let timers = TIMERS.map(u32::to_be_bytes);
    let rdata = [zone.as_wire(), NOBODY_INVALID, timers.as_flattened()].concat();
    RrSet::new(zone.clone(), RrType::SOA, TTL, vec![rdata.into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rdata::Soa;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn rfc6303_s4_all_zones_of_the_lists() {
        let rules = rules(false);
        for zone in [
            "10.IN-ADDR.ARPA",
            "16.172.IN-ADDR.ARPA",
            "31.172.IN-ADDR.ARPA",
            "255.255.255.255.IN-ADDR.ARPA",
            "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.IP6.ARPA",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.IP6.ARPA",
            "D.F.IP6.ARPA",
            "8.B.D.0.1.0.0.2.IP6.ARPA",
            "64.100.in-addr.arpa",
            "127.100.in-addr.arpa",
        ] {
            assert_eq!(rules.get(&name(zone)), Some(&Rule::EmptyZone), "{zone}");
        }
        assert_eq!(rules.len(), 5 + 9 + 6 + 16 + 64 + 2);
        for zone in ["15.172.in-addr.arpa.", "32.172.in-addr.arpa.", "c.f.ip6.arpa.", "test."] {
            assert_eq!(rules.get(&name(zone)), None, "{zone}");
        }
    }

    #[test]
    fn rfc6762_g_names_below_which_no_chain_of_trust_can_lead() {
        for private in
            ["corp.internal", "LAN", "nas.home.arpa", "1.0.10.in-addr.arpa", "d.f.ip6.arpa"]
        {
            assert!(is_private(&name(private)), "{private}");
        }
        for public in
            [".", "arpa", "corp.example", "in-addr.arpa", "8.in-addr.arpa", "internal.net"]
        {
            assert!(!is_private(&name(public)), "{public}");
        }
    }

    #[test]
    fn rfc6303_s3_the_soa_of_an_empty_zone() {
        let zone = name("10.in-addr.arpa.");
        let soa = Soa::parse(&soa(&zone).rdatas[0]).expect("an SOA");
        assert_eq!((soa.mname, soa.rname), (zone, name("nobody.invalid.")));
        assert_eq!((soa.serial, soa.refresh, soa.retry), (1, 3_600, 1_200));
        assert_eq!((soa.expire, soa.minimum), (604_800, 10_800));
    }
}
