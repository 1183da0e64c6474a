//! Authoritative servers that others wrote.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick::wire::{Name, Question, RrType};

use super::{Ask, Process, ask};

/// A zone and the file that holds it.
#[derive(Clone, Debug)]
pub struct ServedZone {
    /// The apex, with its final dot.
    pub name: String,
    /// The zone file.
    pub file: PathBuf,
}

/// An authoritative server that runs until this is dropped.
pub struct Authority {
    _process: Process,
}

/// Starts NSD on port 53 of `addresses` and waits until it answers on each.
pub fn nsd(directory: &Path, addresses: &[IpAddr], zones: &[ServedZone]) -> Authority {
    let own = own_directory(directory, "nsd");
    let mut text = String::from("server:\n");
    for address in addresses {
        let _ = writeln!(text, "  ip-address: {address}");
    }
    let at = own.display();
    let _ = writeln!(
        text,
        "  server-count: 1\n  username: \"\"\n  database: \"\"\n  zonesdir: \"{at}\"\n  \
         pidfile: \"{at}/nsd.pid\"\n  xfrdfile: \"{at}/xfrd.state\"\n  xfrdir: \"{at}\"\n  \
         zonelistfile: \"{at}/zone.list\"\n  rrl-ratelimit: 0\n  rrl-whitelist-ratelimit: 0\n\
         remote-control:\n  control-enable: no"
    );
    for zone in zones {
        let (name, file) = (&zone.name, zone.file.display());
        let _ = writeln!(text, "zone:\n  name: \"{name}\"\n  zonefile: \"{file}\"");
    }
    let configuration = write(&own, "nsd.conf", &text);
    let mut command = Command::new("nsd");
    start("nsd", &own, command.arg("-d").arg("-c").arg(configuration), addresses, zones)
}

/// Knot's control socket: in the namespace's own shared memory, for the path of a socket must be short.
const CONTROL: &str = "/dev/shm/knot.sock";

/// Starts Knot DNS on port 53 of `addresses` and waits until it answers on each.
pub fn knotd(directory: &Path, addresses: &[IpAddr], zones: &[ServedZone]) -> Authority {
    let own = own_directory(directory, "knotd");
    let at = own.display();
    let mut text = format!(
        "server:\n  rundir: \"{at}\"\n  udp-workers: 1\n  tcp-workers: 1\n  \
         background-workers: 1\n"
    );
    for address in addresses {
        let _ = writeln!(text, "  listen: {address}@53");
    }
    let _ = writeln!(
        text,
        "control:\n  listen: \"{CONTROL}\"\ndatabase:\n  storage: \"{at}\"\nlog:\n  - target: stdout\n    any: warning\n\
         template:\n  - id: default\n    storage: \"{at}\"\n    zonefile-sync: -1\n    \
         zonefile-load: whole\n    journal-content: none\nzone:"
    );
    for zone in zones {
        let (name, file) = (&zone.name, zone.file.display());
        let _ = writeln!(text, "  - domain: \"{name}\"\n    file: \"{file}\"");
    }
    let configuration = write(&own, "knot.conf", &text);
    let mut command = Command::new("knotd");
    start("knotd", &own, command.arg("-c").arg(configuration), addresses, zones)
}

fn start(
    name: &str,
    own: &Path,
    command: &mut Command,
    addresses: &[IpAddr],
    zones: &[ServedZone],
) -> Authority {
    let mut process = Process::start(name, own, command);
    for address in addresses {
        for zone in zones {
            process.wait_until_ready(|| serves((*address, 53).into(), &zone.name));
        }
    }
    Authority { _process: process }
}

/// Does `server` answer for the zone with authority?
fn serves(server: SocketAddr, zone: &str) -> bool {
    let question = Question::new(zone.parse::<Name>().expect("a name"), RrType::SOA);
    ask(server, &question, Ask::Checked).is_ok_and(|response| response.header.flags.authoritative)
}

fn own_directory(directory: &Path, name: &str) -> PathBuf {
    let own = directory.join(name);
    std::fs::create_dir_all(&own).expect("a directory for the server");
    own
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let file = directory.join(name);
    std::fs::write(&file, text).expect("a configuration file");
    file
}
