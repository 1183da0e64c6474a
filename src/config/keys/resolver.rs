//! `resolver`: how servers are asked.

use super::clients::network;
use super::zones;
use crate::config::config::Config;
use crate::config::error::Problem;
use crate::config::hints;
use crate::config::section::Section;
use crate::config::value::Value;
use crate::iterate::{DoNotQuery, Minimization, Options};
use crate::model::{NameServer, Network};

const MINIMIZATION: [(&str, Minimization); 5] = [
    ("relaxed", Minimization::Relaxed),
    ("strict", Minimization::Strict),
    ("off", Minimization::Off),
    ("true", Minimization::Relaxed),
    ("false", Minimization::Off),
];
const MAX_WORKERS: usize = 64;

/// Reads the section.
pub(super) fn read(keys: &Section<'_>, config: &mut Config) {
    let options = &mut config.settings.iterate;
    if let Some(hints) = keys.value("root-hints").and_then(|value| root_hints(&value)) {
        *options = Options::with_hints(hints);
    }
    keys.set("workers", &mut config.workers, workers);
    keys.set("ipv4", &mut options.ipv4, Value::boolean);
    keys.set("ipv6", &mut options.ipv6, Value::boolean);
    if !(options.ipv4 || options.ipv6)
        && let Some(value) = keys.value("ipv6")
    {
        let what = "neither IPv4 nor IPv6: no server could be asked";
        value.report(Problem::new(what, "leave one of them true"));
    }
    keys.set("edns-buffer-size", &mut options.edns_buffer_size, |v| v.number(512..=4096));
    keys.set("case-randomization", &mut options.case_randomization, Value::boolean);
    keys.set("cookies", &mut options.cookies, Value::boolean);
    let minimization = keys.value_of_either("qname-minimization", "qname-minimisation");
    if let Some(mode) = minimization.and_then(|value| value.read(|v| v.one_of(&MINIMIZATION))) {
        options.minimization = mode;
    }
    if let Some(networks) = keys.list("do-not-query", |item| do_not_query(item, options)) {
        options.do_not_query.networks = networks.concat();
    }
    zones::read_stub(keys, options);
}

fn root_hints(value: &Value<'_>) -> Option<Vec<NameServer>> {
    if value.is_word("built-in") {
        return Some(hints::built_in());
    }
    let path = value.read(|v| v.text("the path of a file"))?;
    match hints::from_file(&value.reading().beside(path)) {
        Ok(servers) => Some(servers),
        Err(error) => {
            value.reading().report_all([error]);
            None
        }
    }
}

fn workers(value: &Value<'_>) -> Result<usize, Problem> {
    if value.is_word("auto") {
        return Ok(0);
    }
    let problem = |problem: Problem| Problem {
        remedy: format!("from 1 to {MAX_WORKERS}, or auto"),
        ..problem
    };
    value.number(1..=MAX_WORKERS).map_err(problem)
}

/// One item: a network, or all those that are meant by default.
fn do_not_query(item: &Value<'_>, options: &Options) -> Result<Vec<Network>, Problem> {
    if item.is_word("default") {
        let by_default = Options::with_hints(options.hints.servers.clone());
        let DoNotQuery { networks, .. } = by_default.do_not_query;
        return Ok(networks);
    }
    network(item).map(|network| vec![network])
}
