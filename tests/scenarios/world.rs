//! The network of a script: its zones on their servers, and its entries in place of what those would say.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::clock::{SharedClock, SimulatedClock, WallSeconds};
use bailiwick::dnssec::{
    Algorithm, Limits, NegativeTrustAnchor, NegativeTrustAnchors, TrustAnchor, TrustAnchors,
};
use bailiwick::entropy::Entropy;
use bailiwick::iterate::{Fallback, Minimization, Options, Zone};
use bailiwick::lab::{Chain, Fault, Host, Internet, Network, Passing, Site};
use bailiwick::model::{NameServer, Source};
use bailiwick::net::{Exchange, Transport};
use bailiwick::resolver::{Resolver, Settings, Shared, TtlBounds, Validation};
use bailiwick::wire::{Message, Name, Rcode, RrType};

use super::parsing::date;
use super::records::{Told, key, name, section};
use super::script::{Entry, Script, ZoneBlock};

/// The root of scripts that have zones, and none for the root.
const ROOT: &str = "192.0.2.1";

/// A resolver, its network, and where the script is.
pub struct World {
    pub network: Rc<Network>,
    pub resolver: Rc<Resolver>,
    pub progress: Rc<Progress>,
}

/// Where a script is, and which of its entries have been used.
#[derive(Default)]
pub struct Progress {
    pub step: Cell<u32>,
    pub used: RefCell<BTreeSet<usize>>,
}

impl World {
    pub fn of(script: &Rc<Script>) -> Told<Self> {
        let wall = date(script)?;
        let internet = Internet::build(&hosts(script), &sites(script)?, wall);
        let internet = internet.map_err(|error| error.to_string())?;
        let settings = settings(script, &internet, wall)?;
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(wall));
        let entropy = |seed| Rc::new(Entropy::seeded(seed));
        let network = Rc::new(Network::new(Rc::new(internet), Arc::clone(&clock), entropy(7)));
        let progress = Rc::new(Progress::default());
        let (entries, seen) = (Rc::clone(script), Rc::clone(&progress));
        network.set_hook(Box::new(move |mut passing| speak(&entries, &seen, &mut passing)));
        let exchange: Rc<dyn Exchange> = Rc::clone(&network) as _;
        let resolver = Resolver::new(Shared::new(settings, clock), exchange, entropy(1));
        Ok(Self { network, resolver, progress })
    }
}

/// Puts the first entry that matches in place of what the zones say; `false` when it is silence.
fn speak(script: &Script, progress: &Progress, passing: &mut Passing<'_>) -> bool {
    let step = progress.step.get();
    let here = script
        .ranges
        .iter()
        .filter(|range| range.steps.contains(&step))
        .filter(|range| range.addresses.is_empty() || range.addresses.contains(&passing.from));
    let spent =
        |entry: &Entry| entry.adjusts("once") && progress.used.borrow().contains(&entry.line);
    let found = here
        .flat_map(|range| &range.entries)
        .find(|entry| asks(entry, passing.query, passing.transport) && !spent(entry));
    let Some(entry) = found else { return true };
    progress.used.borrow_mut().insert(entry.line);
    if entry.adjusts("do_not_answer") {
        return false;
    }
    fill(passing.reply, entry);
    true
}

/// Is it the question that `entry` answers?
fn asks(entry: &Entry, query: &Message, transport: Transport) -> bool {
    let Some(asked) = query.questions.first() else { return false };
    let wanted = entry.question.as_ref();
    let whole = entry.has_match("all") || entry.has_match("question");
    let same = |word: &str, holds: bool| !(whole || entry.has_match(word)) || holds;
    same("qname", wanted.is_some_and(|wanted| wanted.name == asked.name))
        && same("qtype", wanted.is_some_and(|wanted| wanted.rtype == asked.rtype))
        && (!entry.has_match("subdomain")
            || wanted.is_some_and(|wanted| asked.name.is_at_or_below(&wanted.name)))
        && (!entry.has_match("UDP") || transport == Transport::Udp)
        && (!entry.has_match("TCP") || transport == Transport::Tcp)
        && (!entry.has_match("edns") || query.edns.is_some())
        && (!entry.has_match("noedns") || query.edns.is_none())
}

fn fill(reply: &mut Message, entry: &Entry) {
    reply.header.rcode = entry.rcode.unwrap_or(Rcode::NOERROR);
    reply.header.flags.authoritative = entry.has_flag("AA");
    reply.header.flags.recursion_available = entry.has_flag("RA");
    reply.header.flags.truncated = entry.has_flag("TC");
    reply.header.flags.authentic_data = entry.has_flag("AD");
    // The same question keeps the letters in which it was asked: a script does not know them.
    if !entry.adjusts("copy_query") && reply.questions.first() != entry.question.as_ref() {
        reply.questions = entry.question.iter().cloned().collect();
    }
    reply.answer.clone_from(&entry.answer);
    reply.authority.clone_from(&entry.authority);
    reply.additional.clone_from(&entry.additional);
    if entry.adjusts("no_edns") {
        reply.edns = None;
    }
}

/// One host for each address of the script.
fn hosts(script: &Script) -> Vec<Host> {
    let zones = script.zones.iter().flat_map(|zone| &zone.addresses);
    let ranges = script.ranges.iter().flat_map(|range| &range.addresses);
    let root = ROOT.parse().expect("an address");
    let all: BTreeSet<IpAddr> = zones.chain(ranges).copied().chain([root]).collect();
    let host = |address: IpAddr| Host { name: address.to_string(), addresses: vec![address] };
    all.into_iter().map(host).collect()
}

fn sites(script: &Script) -> Told<Vec<Site>> {
    let mut sites: Vec<Site> = script.zones.iter().map(site).collect::<Told<_>>()?;
    if !sites.is_empty() && !script.zones.iter().any(|zone| zone.apex == ".") {
        sites.push(Site::signed(".", "", vec![key(".", 0)]).on(&[ROOT]));
    }
    Ok(sites)
}

/// The zone of a block, as its words have it.
fn site(zone: &ZoneBlock) -> Told<Site> {
    let keys = vec![key(&zone.apex, 0)];
    let has = |word: &str| zone.words.iter().any(|there| there == word);
    let mut site = if has("unsigned") {
        Site::unsigned(&zone.apex, &zone.records)
    } else {
        Site::signed(&zone.apex, &zone.records, keys)
    };
    let addresses: Vec<_> = zone.addresses.iter().map(ToString::to_string).collect();
    site = site.on(&addresses.iter().map(String::as_str).collect::<Vec<_>>());
    for word in &zone.words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let number = || value.parse::<u8>().map_err(|_| format!("no number: {word}"));
        site = match key {
            "unsigned" => site,
            "nsec3" | "opt-out" => {
                let iterations = value.parse().unwrap_or(0);
                let opt_out = key == "opt-out";
                site.chain(Chain::Nsec3 { iterations, salt: Vec::new(), opt_out })
            }
            "no-ds" => site.vouched(Vec::new()),
            "servers" => site.name_servers(&value.split(',').collect::<Vec<_>>()),
            "expired" => site.fault(Fault::Expired),
            "not-yet-valid" => site.fault(Fault::NotYetValid),
            "revoked" => site.fault(Fault::Revoked),
            "no-keys" => site.fault(Fault::NoKeys),
            "stripped" => site.fault(Fault::Stripped),
            "algorithm" => site.fault(Fault::Algorithm(Algorithm(number()?))),
            "ds-digest" => site.fault(Fault::DsDigest(number()?)),
            "reversed" => site.fault(Fault::Reversed),
            "no-zone-key" => site.fault(Fault::NoZoneKey),
            "protocol" => site.fault(Fault::Protocol(number()?)),
            "no-denial" => site.fault(Fault::NoDenial),
            "wrong-denial" => site.fault(Fault::WrongDenial),
            "ds-tag" => site.fault(Fault::DsTag),
            "ds-altered" => site.fault(Fault::DsAltered),
            _ => return Err(format!("{word} is nothing that a zone can be")),
        };
    }
    Ok(site)
}

fn settings(script: &Script, internet: &Internet, wall: WallSeconds) -> Told<Settings> {
    let mut settings = Settings {
        iterate: Options::with_hints(hints(script, internet)?),
        validation: Validation::On,
        aggressive_denial: true,
        anchors: internet.anchors().into_iter().collect(),
        negative_anchors: NegativeTrustAnchors::default(),
        policy: Default::default(),
        limits: Default::default(),
        fetches: Default::default(),
        cache_octets: 16 << 20,
        persist: false,
        ttl: TtlBounds::default(),
        ageing: Default::default(),
    };
    for (key, value) in &script.config {
        set(&mut settings, key, value, wall).map_err(|what| format!("{key}: {what}"))?;
    }
    if script.settings("trust-anchor").next().is_some() {
        settings.anchors = anchors(script, wall)?;
    }
    Ok(settings)
}

fn hints(script: &Script, internet: &Internet) -> Told<Vec<NameServer>> {
    let addresses = script
        .settings("stub-addr")
        .map(|text| text.parse().map_err(|_| format!("{text} is no address")));
    let addresses: Vec<IpAddr> = addresses.collect::<Told<_>>()?;
    if addresses.is_empty() {
        return Ok(internet.hints().servers.clone());
    }
    Ok(vec![NameServer { name: name("ns.root.")?, addresses }])
}

fn set(settings: &mut Settings, key: &str, value: &str, wall: WallSeconds) -> Told<()> {
    let on = matches!(value, "yes" | "on" | "true");
    match key {
        "stub-addr" | "trust-anchor" | "val-override-timestamp" => {}
        "query-minimization" if on => settings.iterate.minimization = Minimization::Strict,
        "query-minimization" => settings.iterate.minimization = Minimization::Off,
        "do-ip4" => settings.iterate.ipv4 = on,
        "do-ip6" => settings.iterate.ipv6 = on,
        "domain-insecure" => {
            let anchor = NegativeTrustAnchor {
                zone: name(value)?,
                reason: "scripted".into(),
                until: Some(wall + 3600),
            };
            settings.negative_anchors = NegativeTrustAnchors::new(vec![anchor]);
        }
        "limit" => {
            let (limit, value) = value.split_once('=').ok_or("no limit")?;
            let table = &Limits::TABLE;
            let found = table.iter().find(|there| there.name == limit).ok_or("no such limit")?;
            *(found.field)(&mut settings.limits) = value.parse().map_err(|_| "no number")?;
        }
        "nsec3-servfail-above" => {
            settings.policy.nsec3_servfail_above = Some(value.parse().map_err(|_| "no number")?);
        }
        "forward-addr" => {
            let address: IpAddr = value.parse().map_err(|_| format!("{value} is no address"))?;
            let to = [SocketAddr::new(address, 53)];
            settings.iterate.zones =
                vec![Zone::new(Name::root(), Source::Forward, &to, Fallback::None)];
        }
        "validation" if value == "log" => settings.validation = Validation::Log,
        _ => return Err("is not known".into()),
    }
    Ok(())
}

fn anchors(script: &Script, wall: WallSeconds) -> Told<TrustAnchors> {
    let mut anchors = Vec::new();
    for text in script.settings("trust-anchor") {
        for set in section(text, wall)? {
            let of = |rdata: &bailiwick::wire::Rdata, rtype: RrType| {
                TrustAnchor::new(set.owner.clone(), rtype, rdata.clone(), "script".into())
            };
            anchors.extend(set.rdatas.iter().filter_map(|rdata| of(rdata, set.rtype)));
        }
    }
    Ok(anchors.into_iter().collect())
}
