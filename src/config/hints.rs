//! Root hints: where priming starts (RFC 9609 section 2).

use std::path::Path;

use super::error::{ConfigError, Problem};
use super::reading::text_of;
use crate::model::NameServer;
use crate::wire::rdata::{address, target};
use crate::wire::{Name, Record, RrType, read_numbered_records};

/// InterNIC's file, whose addresses are those of the root zone.
const BUILT_IN: &str = include_str!("root.hints");

const REMEDY: &str = "take https://www.internic.net/domain/named.root";

/// The root servers of the Internet.
pub(super) fn built_in() -> Vec<NameServer> {
    servers(BUILT_IN).unwrap_or_default() // a test reads them
}

/// The root servers in a file.
///
/// # Errors
/// That it cannot be read, or what is wrong in it.
pub(super) fn from_file(path: &Path) -> Result<Vec<NameServer>, ConfigError> {
    let text = text_of(path)?;
    servers(&text)
        .map_err(|(line, problem)| ConfigError::in_file(&path.display().to_string(), line, problem))
}

fn servers(text: &str) -> Result<Vec<NameServer>, (usize, Problem)> {
    let records = read_numbered_records(text, &Name::root(), 0)
        .map_err(|error| (error.line, Problem::new(error.what, "")))?;
    let is_ns = |(_, record): &(usize, Record)| record.rtype == RrType::NS;
    let (ns, others): (Vec<_>, Vec<_>) = records.into_iter().partition(is_ns);
    if ns.is_empty() {
        return Err((0, Problem::new("there is no NS record of the root in it", REMEDY)));
    }
    let mut servers = Vec::new();
    for (line, record) in &ns {
        servers.push((*line, server(record).map_err(|problem| (*line, problem))?));
    }
    for (line, record) in &others {
        add_address(&mut servers, record).map_err(|problem| (*line, problem))?;
    }
    if let Some((line, lone)) = servers.iter().find(|(_, server)| server.addresses.is_empty()) {
        let what = format!("{} has no address", lone.name);
        return Err((*line, Problem::new(what, "add its A or AAAA record")));
    }
    Ok(servers.into_iter().map(|(_, server)| server).collect())
}

fn server(record: &Record) -> Result<NameServer, Problem> {
    let Record { owner, rtype, rdata, .. } = record;
    let name = target(*rtype, rdata).filter(|_| owner.is_root());
    let name = name.ok_or_else(|| {
        Problem::new(format!("NS of {owner}, not of the root"), "hints name the root's servers")
    })?;
    Ok(NameServer { name, addresses: Vec::new() })
}

fn add_address(servers: &mut [(usize, NameServer)], record: &Record) -> Result<(), Problem> {
    let Record { owner, rtype, rdata, .. } = record;
    let address = address(*rtype, rdata).ok_or_else(|| {
        Problem::new(format!("{owner} {rtype} is no hint"), "hints are NS, A and AAAA records")
    })?;
    let (_, server) =
        servers.iter_mut().find(|(_, server)| server.name == *owner).ok_or_else(|| {
            let what = format!("an address of {owner}, which no NS record names");
            Problem::new(what, format!("add \". NS {owner}\""))
        })?;
    if !server.addresses.contains(&address) {
        server.addresses.push(address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_hints_are_thirteen_servers_with_two_addresses_each() {
        let servers = built_in();
        let first: Vec<_> =
            servers.iter().filter_map(|s| s.name.labels().next()?.first()).collect();
        assert_eq!(first, (b'A'..=b'M').collect::<Vec<_>>().iter().collect::<Vec<_>>());
        for server in &servers {
            let [v4, v6] = server.addresses[..] else { panic!("{server:?}") };
            assert!(v4.is_ipv4() && v6.is_ipv6());
        }
    }

    #[test]
    fn malformed_hints_are_refused_at_their_line() {
        for (text, line, what) in [
            ("", 0, "there is no NS record of the root in it"),
            ("a. A 192.0.2.1", 0, "there is no NS record of the root in it"),
            (". NS a.\n. NS b.\na. A 192.0.2.1", 2, "b. has no address"),
            ("com. NS a.\na. A 192.0.2.1", 1, "NS of com., not of the root"),
            (". NS a.\nb. A 192.0.2.1", 2, "an address of b., which no NS record names"),
            (". NS a.\na. A 192.0.2.1\n. SOA a. b. 1 2 3 4 5", 3, ". SOA is no hint"),
            (". NS a.\na. A 192.0.2", 2, "A address: expected an IPv4 address, found \"192.0.2\""),
        ] {
            let (at, problem) = servers(text).expect_err(text);
            assert_eq!((at, problem.what.as_str()), (line, what));
        }
        let good = servers(". NS a.\na. A 192.0.2.1\nA. A 192.0.2.1\na. AAAA 2001:db8::1");
        assert_eq!(good.map(|servers| servers[0].addresses.len()), Ok(2));
    }
}
