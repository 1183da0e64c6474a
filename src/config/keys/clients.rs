//! `listen`, `access`, `local-data`, `special-use`, `identity`: who is heard and answered, and what is answered here.

use std::collections::BTreeMap;

use crate::config::config::{Config, default_listeners};
use crate::config::error::Problem;
use crate::config::section::Section;
use crate::config::units;
use crate::config::value::Value;
use crate::model::Network;
use crate::policy::Access;
use crate::server::Listen;
use crate::wire::{Class, Name, Record, RrType, read_numbered_records, rrsets};

/// The TTL of local data that state none: what is written here may change at the next reload.
const LOCAL_TTL: u32 = 3_600;

/// The longest character string (RFC 1035 section 3.3).
const LONGEST_TEXT: usize = 255;

/// Reads the keys at the top that are about clients.
pub(super) fn read(top: &Section<'_>, config: &mut Config) {
    if let Some(listeners) = top.value("listen").and_then(|value| listeners(&value)) {
        config.listen = listeners;
    }
    top.section("access", |keys| config.access = access(keys));
    if let Some(records) = top.list("local-data", local_records) {
        let records = records.concat();
        if let Some(problem) = alias_beside_other_data(&records)
            && let Some(value) = top.value("local-data")
        {
            value.report(problem);
        }
        config.local.data = rrsets(records);
    }
    top.section("special-use", |keys| {
        keys.set("enabled", &mut config.local.special_use, Value::boolean);
        keys.set("test", &mut config.local.test, Value::boolean);
    });
    top.section("identity", |keys| {
        keys.set("version", &mut config.identity.version, told);
        keys.set("id", &mut config.identity.id, told);
    });
}

/// A text that is told to whoever asks, or `off`.
fn told(value: &Value<'_>) -> Result<Option<String>, Problem> {
    if value.one_of(&[("off", ()), ("false", ())]).is_ok() {
        return Ok(None);
    }
    let text = value.text("a text or off")?;
    if text.len() > LONGEST_TEXT {
        let what = format!("{} octets are too many", text.len());
        return Err(Problem::new(what, format!("at most {LONGEST_TEXT} fit")));
    }
    Ok(Some(text.into()))
}

fn listeners(value: &Value<'_>) -> Option<Vec<Listen>> {
    let mut all: Vec<Listen> = Vec::new();
    for item in value.items() {
        for listener in item.read(listener).unwrap_or_default() {
            if all.iter().any(|other| other.address == listener.address) {
                item.report(Problem::new(format!("{} is there twice", listener.address), ""));
            }
            all.push(listener);
        }
    }
    if value.items().is_empty() {
        let remedy = "write one, or remove the key for the loopback addresses";
        value.report(Problem::new("no address to listen on", remedy));
    }
    (!all.is_empty()).then_some(all)
}

fn listener(item: &Value<'_>) -> Result<Vec<Listen>, Problem> {
    if item.is_word("default") {
        return Ok(default_listeners());
    }
    if item.is_section() {
        let what = "TLS, HTTPS and QUIC listeners are not built yet";
        return Err(Problem::new(what, "write a plain address"));
    }
    let address = units::socket(item.text("an address")?, 53)?;
    Ok(vec![Listen { address, required: true }])
}

fn access(keys: &Section<'_>) -> Access {
    let allow = keys.list("allow", network);
    let deny = keys.list("deny", network).unwrap_or_default();
    let default = Access::default();
    Access::new(allow.unwrap_or_else(|| default.allowed().to_vec()), deny)
}

/// One network, anywhere in the file.
pub(super) fn network(value: &Value<'_>) -> Result<Network, Problem> {
    units::network(value.text("a network")?)
}

fn local_records(item: &Value<'_>) -> Result<Vec<Record>, Problem> {
    let text = item.text("a record")?;
    let remedy = "write it as a line of a zone file, \"router.home.arpa. A 192.168.1.1\"";
    let records = read_numbered_records(text, &Name::root(), LOCAL_TTL).map_err(|error| {
        let line =
            if error.line > 1 { format!(" in line {} of it", error.line) } else { String::new() };
        Problem::new(format!("{}{line}", error.what), remedy)
    })?;
    if records.is_empty() {
        return Err(item.instead("a record", remedy));
    }
    let records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
    match records.iter().find(|record| record.class != Class::IN) {
        Some(other) => {
            Err(Problem::new(format!("a record of class {}", other.class), "only IN is answered"))
        }
        None => Ok(records),
    }
}

/// RFC 1034 section 3.6.2: where there is an alias, there is nothing else.
fn alias_beside_other_data(records: &[Record]) -> Option<Problem> {
    let mut owners: BTreeMap<&Name, (usize, bool)> = BTreeMap::new();
    for record in records {
        let (count, has_alias) = owners.entry(&record.owner).or_default();
        *count += 1;
        *has_alias |= record.rtype == RrType::CNAME;
    }
    let (owner, _) = owners.into_iter().find(|(_, (count, has_alias))| *count > 1 && *has_alias)?;
    let what = format!("{owner} has a CNAME record and another one");
    Some(Problem::new(what, "an alias stands alone: remove one of them"))
}
