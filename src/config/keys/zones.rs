//! `resolver.stub` and `forward`: zones whose servers the operator writes. `forward` with `authoritative: true` is the same
//! as `resolver.stub`.

use std::net::SocketAddr;

use crate::config::config::Config;
use crate::config::error::{Problem, quoted};
use crate::config::section::Section;
use crate::config::units;
use crate::config::value::Value;
use crate::iterate::{Fallback, Options, Zone};
use crate::model::Source;
use crate::wire::Name;

/// Reads `stub`, in the section `resolver`.
pub(super) fn read_stub(resolver: &Section<'_>, options: &mut Options) {
    read(resolver, "stub", Source::Stub, options);
}

/// Reads `forward`, at the top.
pub(super) fn read_forward(top: &Section<'_>, config: &mut Config) {
    read(top, "forward", Source::Forward, &mut config.settings.iterate);
}

fn read(keys: &Section<'_>, key: &'static str, source: Source, options: &mut Options) {
    let items = keys.value(key).map(|value| value.items()).unwrap_or_default();
    for item in items {
        let Some(zone) = Section::of(&item, |keys| zone(keys, source)).flatten() else { continue };
        let name = &zone.delegation.zone;
        if options.zones.iter().any(|other| other.delegation.zone == *name) {
            let what = format!("{name} is there twice");
            item.report(Problem::new(what, "write a zone once, under stub or under forward"));
        }
        options.zones.push(zone);
    }
}

fn zone(keys: &Section<'_>, mut source: Source) -> Option<Zone> {
    let name = keys.required("zone", name);
    let servers = servers(keys);
    let mut fallback = Fallback::None;
    if source == Source::Forward {
        let words = [("none", Fallback::None), ("recurse", Fallback::Recurse)];
        keys.set("fallback", &mut fallback, |value| value.one_of(&words));
        let mut authoritative = false;
        keys.set("authoritative", &mut authoritative, Value::boolean);
        if authoritative {
            source = Source::Stub;
        }
    }
    Some(Zone::new(name?, source, &servers?, fallback))
}

fn servers(keys: &Section<'_>) -> Option<Vec<SocketAddr>> {
    let list = keys.required("to", |value| Ok(value.items()))?;
    if list.is_empty() {
        keys.value("to")?.report(Problem::new("no address to ask", "write at least one"));
    }
    Some(list.iter().filter_map(|item| item.read(server)).collect())
}

fn server(item: &Value<'_>) -> Result<SocketAddr, Problem> {
    let socket = units::socket(item.text("an address")?, 53)?;
    if socket.ip().is_unspecified() || socket.ip().is_multicast() {
        let what = format!("{} is no server's address", socket.ip());
        return Err(Problem::new(what, "write the address of one server"));
    }
    Ok(socket)
}

/// A domain name, anywhere in the file.
pub(super) fn name(value: &Value<'_>) -> Result<Name, Problem> {
    let text = value.text("a domain name")?;
    text.parse().map_err(|error| {
        Problem::new(
            format!("{} is no domain name: {error}", quoted(text)),
            "write it as example.com, or . for the root",
        )
    })
}
