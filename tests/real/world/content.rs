//! What is in the zones before they are signed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Addresses, Plan, Zone};

/// The zones that aliases lead to: one sound, one without signatures, one broken. Every world has them.
pub(super) const PEER: &str = "ecdsap256sha256.knot.";
pub(super) const PLAIN: &str = "plain.bind.";
pub(super) const BROKEN: &str = "expired.bind.";

/// Root hints that name the root zone's server.
pub(super) fn hints(plan: &Plan) -> String {
    let root = plan.zones.first().expect("a root zone");
    name_server(root, plan.server(root))
}

/// The zone file of `zone`; `below` has the DS records of its children.
pub(super) fn text(plan: &Plan, zone: &Zone, below: &BTreeMap<String, String>) -> String {
    let (apex, ns) = (&zone.name, zone.host("ns"));
    let mut text = format!("{apex} 3600 IN SOA {ns} hostmaster.{ns} 1 7200 3600 1209600 300\n");
    text += &name_server(zone, plan.server(zone));
    if zone.depth() >= 2 {
        text += &hosts(zone);
        text += &aliases(zone);
    }
    for child in plan.children(zone) {
        text += &name_server(child, plan.server(child));
        text += below.get(&child.name).map_or("", String::as_str);
    }
    text
}

/// NS of the apex and the addresses of that name: in the zone itself, and as a delegation with its glue.
fn name_server(zone: &Zone, [v4, v6]: Addresses) -> String {
    let (apex, ns) = (&zone.name, zone.host("ns"));
    format!("{apex} 3600 IN NS {ns}\n{ns} 3600 IN A {v4}\n{ns} 3600 IN AAAA {v6}\n")
}

/// Hosts, a wildcard, names without records of their own, and an RRset too large for a datagram.
fn hosts(zone: &Zone) -> String {
    let mut text = String::new();
    for (label, rtype, data) in [
        ("", "MX", format!("10 {}", zone.host("www"))),
        ("www", "A", "203.0.113.1".to_owned()),
        ("www", "AAAA", "2001:db8:3::1".to_owned()),
        ("*.wild", "A", "203.0.113.2".to_owned()),
        ("*.wild", "TXT", "\"made from a wildcard\"".to_owned()),
        ("a.b.empty", "A", "203.0.113.3".to_owned()),
        ("typed", "TYPE65280", "\\# 4 01020304".to_owned()),
    ] {
        let _ = writeln!(text, "{} 300 IN {rtype} {data}", zone.host(label));
    }
    for part in 0..8 {
        let filler = "x".repeat(200);
        let _ = writeln!(text, "{} 300 IN TXT \"{part} {filler}\"", zone.host("large"));
    }
    text
}

/// Aliases inside the zone, to another, to one without signatures, to a broken one, to what does not exist, out of a
/// wildcard and by DNAME.
fn aliases(zone: &Zone) -> String {
    let mut text = String::new();
    for (label, rtype, target) in [
        ("inside", "CNAME", zone.host("www")),
        ("peer", "CNAME", format!("www.{PEER}")),
        ("plain", "CNAME", format!("www.{PLAIN}")),
        ("broken", "CNAME", format!("www.{BROKEN}")),
        ("gone", "CNAME", format!("gone.empty.{PEER}")),
        ("*.any", "CNAME", format!("www.{PEER}")),
        ("twice", "CNAME", zone.host("peer")),
        ("tree", "DNAME", PEER.to_owned()),
    ] {
        let _ = writeln!(text, "{} 300 IN {rtype} {target}", zone.host(label));
    }
    text
}
