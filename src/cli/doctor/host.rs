//! What can be seen on the host itself, without asking anybody.

use super::check::{Check, Finding};
use crate::clock::WallSeconds;
use crate::config::Config;
use crate::server::{Options, Server};

/// Where Linux tells the limits of a process.
const LIMITS: &str = "/proc/self/limits";

/// Configuration, listeners, descriptors.
pub(super) fn checks(config: &Config, wall: WallSeconds) -> Vec<Check> {
    let mut checks = vec![Check::good("configuration", "readable")];
    checks.extend(config.warnings(wall).into_iter().map(|text| Check::note("configuration", text)));
    let limits = std::fs::read_to_string(LIMITS).unwrap_or_default();
    let options = config.server_options();
    checks.push(descriptors(hard_limit(&limits), &options));
    checks.push(listeners(options));
    checks
}

/// Binds what `serve` would, and gives it up.
fn listeners(options: Options) -> Check {
    const NAME: &str = "listeners";
    match Server::bind(Options { workers: 1, ..options }) {
        Ok(server) => {
            let all: Vec<_> = server.addresses().iter().map(ToString::to_string).collect();
            Check::good(NAME, format!("free: {}", all.join(", ")))
        }
        Err(error) => Check::bad(NAME, Finding::Listen, error.to_string()),
    }
}

/// How many files this process may have open after asking for more, as `serve` does; `None` for any number, or where the
/// system does not tell.
fn hard_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Fewer are used up by some hundred clients at once.
const FEW: u64 = 2_048;

/// Clients' connections and questions to servers share them, as `serve` divides them.
fn descriptors(limit: Option<u64>, options: &Options) -> Check {
    const NAME: &str = "descriptors";
    let wanted = options.limits.tcp_connections as usize;
    match limit.map(|limit| (limit, options.connections_within(limit))) {
        None => Check::good(NAME, "as many as are needed"),
        Some((limit, connections)) if connections >= wanted => {
            Check::good(NAME, format!("up to {limit}"))
        }
        Some((limit, connections)) => {
            let evidence = format!("at most {limit}: {connections} of {wanted} TCP connections");
            match limit < FEW {
                true => Check::bad(NAME, Finding::FewDescriptors, evidence),
                false => Check::note(NAME, evidence),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::check::{Outcome, worst};

    #[test]
    fn descriptors_for_the_connections_that_are_allowed() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             125988               125988               processes \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(hard_limit(text), Some(524_288));
        assert_eq!(hard_limit("Max open files  1024  unlimited  files"), None);
        let few = Outcome::Bad(Finding::FewDescriptors);
        let listen = crate::server::Listen { address: ([127, 0, 0, 1], 53).into(), required: true };
        let mut options = Options { listen: vec![listen], workers: 1, ..Options::default() };
        // Beside the connections and the sockets as many: 8 of the process, 4 of its runtime, 7 of the worker.
        for (limit, outcome) in [
            (None, Outcome::Good),
            (Some(24_019), Outcome::Good),
            (Some(24_018), Outcome::Note),
            (Some(2_048), Outcome::Note),
            (Some(1_024), few),
        ] {
            assert_eq!(descriptors(limit, &options).outcome, outcome, "{limit:?}");
        }
        let told = descriptors(Some(1_024), &options).evidence;
        assert_eq!(told, "at most 1024: 502 of 12000 TCP connections");
        options.limits.tcp_connections = 100;
        assert_eq!(descriptors(Some(1_024), &options).outcome, Outcome::Good);
    }

    #[test]
    fn a_port_that_is_taken_is_told_with_its_address() {
        let listen = |port| Options {
            listen: vec![crate::server::Listen {
                address: ([127, 0, 0, 1], port).into(),
                required: true,
            }],
            ..Options::default()
        };
        let other = Server::bind(listen(0)).expect("bound");
        let taken = other.addresses()[0];
        let check = listeners(listen(taken.port()));
        assert_eq!(worst(std::slice::from_ref(&check)), Some(Finding::Listen));
        assert!(check.evidence.contains(&taken.to_string()), "{}", check.evidence);
        drop(other);
        assert_eq!(worst(&[listeners(listen(taken.port()))]), None);
    }
}
