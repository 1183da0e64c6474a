//! Unbound, as a stand-in for the resolver under test and as a resolver that forwards to it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::resolver::set_date;
use super::{Process, Settings};

/// What Bailiwick has built in; Debian's Unbound reads its anchors from a file that need not be there.
const IANA_ANCHORS: [&str; 2] = [
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
];

/// Starts Unbound with `settings` in `own`, its directory.
pub fn start_unbound(name: &str, own: &Path, settings: &Settings) -> Process {
    let configuration = own.join("unbound.conf");
    std::fs::write(&configuration, text(own, settings)).expect("a configuration file");
    let mut command = Command::new("unbound");
    command.arg("-d").arg("-c").arg(configuration);
    set_date(&mut command, settings);
    Process::start(name, own, &mut command)
}

fn text(own: &Path, settings: &Settings) -> String {
    let address = settings.address();
    let mut text = format!(
        "server:\n  interface: {}@{}\n  do-daemonize: no\n  use-syslog: no\n  username: \"\"\n  \
         chroot: \"\"\n  directory: \"{}\"\n  pidfile: \"\"\n  verbosity: 1\n  \
         val-log-level: 2\n  ede: yes\n  harden-algo-downgrade: yes\n  num-threads: 1\n  module-config: \"validator iterator\"\n",
        address.ip(),
        address.port(),
        own.display()
    );
    // Unbound keeps this name from going out (RFC 6761 section 6.2); the lab is below it.
    text.push_str("  local-zone: \"test.\" nodefault\n");
    if let Some(hints) = &settings.root_hints {
        let _ = writeln!(text, "  root-hints: \"{}\"", hints.display());
    }
    if let Some(longest) = settings.longest {
        let _ = writeln!(
            text,
            "  cache-max-ttl: {}\n  prefetch: yes\n  serve-expired: yes\n  \
             serve-expired-client-timeout: 1800\n  ede-serve-expired: yes",
            longest.trim_end_matches('s')
        );
    }
    let built_in = || IANA_ANCHORS.map(str::to_owned).to_vec();
    for anchor in settings.trust_anchors.clone().unwrap_or_else(built_in) {
        let _ = writeln!(text, "  trust-anchor: \"{anchor}\"");
    }
    if settings.forward.is_some_and(|to| to.ip().is_loopback()) {
        text.push_str("  do-not-query-localhost: no\n"); // Bailiwick asks what the operator wrote
    }
    text.push_str("remote-control:\n  control-enable: no\n");
    if let Some(to) = settings.forward {
        let _ = writeln!(
            text,
            "forward-zone:\n  name: \".\"\n  forward-addr: {}@{}",
            to.ip(),
            to.port()
        );
    }
    text
}
