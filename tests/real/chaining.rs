//! Other resolvers that forward to the one under test, and itself doing so: the verdicts come through unchanged.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use crate::support::{Process, Resolver, Settings, in_namespace, start_unbound};
use crate::world::{First, World, conclude_all, handful};

/// Where the second resolver listens.
const SECOND: u16 = 5336;

#[test]
#[ignore = "needs nsd, knotd and the signers: run tests/all"]
fn verdicts_pass_through_a_second_resolver_of_the_same_kind() {
    in_namespace(|directory| {
        let chain = Chain::start(directory);
        let second = Resolver::start("second", directory, &chain.settings_of_second());
        conclude_all("forwarded by itself", second.address, &chain.world.expectations(), true);
    });
}

#[test]
#[ignore = "needs unbound, nsd, knotd and the signers: run tests/all"]
fn unbound_comes_to_the_same_verdicts_behind_it() {
    in_namespace(|directory| {
        let chain = Chain::start(directory);
        let settings = chain.settings_of_second();
        let second =
            Resolver::ready(start_unbound("unbound", directory, &settings), settings.address());
        // Unbound explains failures in its own way.
        conclude_all("forwarded by Unbound", second.address, &chain.world.expectations(), false);
    });
}

#[test]
#[ignore = "needs dnsmasq, nsd, knotd and the signers: run tests/all"]
fn dnsmasq_passes_the_verdicts_on() {
    in_namespace(|directory| {
        let chain = Chain::start(directory);
        let second = chain.dnsmasq(directory);
        conclude_all("forwarded by dnsmasq", second.address, &chain.world.expectations(), false);
    });
}

/// The resolver under test, ready to be forwarded to.
struct Chain {
    world: World,
    first: Resolver,
}

impl Chain {
    fn start(directory: &Path) -> Self {
        let world = World::build(directory, handful(), First::Nsd);
        let first = Resolver::start("resolver", directory, &world.settings());
        Self { world, first }
    }

    /// The same anchors, but no way to any server but the first resolver.
    fn settings_of_second(&self) -> Settings {
        Settings {
            port: Some(SECOND),
            forward: Some(self.first.address),
            root_hints: None,
            ..self.world.settings()
        }
    }

    fn dnsmasq(&self, directory: &Path) -> Resolver {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, SECOND));
        let mut command = Command::new("dnsmasq");
        command
            .args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
            .args(["--pid-file=", "--user=root", "--bind-interfaces", "--listen-address=127.0.0.1"])
            .arg(format!("--port={SECOND}"))
            .arg(format!("--server={}#{}", self.first.ip(), self.first.address.port()))
            // Its cache forgets AD and extended errors; here it is only to pass on.
            .args(["--proxy-dnssec", "--cache-size=0"]);
        Resolver::ready(Process::start("dnsmasq", directory, &mut command), address)
    }
}
