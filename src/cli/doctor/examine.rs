//! The examination of the way to the servers: asks, has the replies judged, and tries the resolver itself.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::ask::{Asker, Questions, Server};
use super::check::{Check, Finding};
use super::keys::{Judge, without_keys};
use super::roots::{Replies, nobody, signed_keys};
use super::upstream;
use crate::clock::SharedClock;
use crate::iterate::{Fallback, Options, Zone};
use crate::model::{Answer, Checking};
use crate::resolver::{Resolver, Settings, Shared, Validation};
use crate::trace::Trace;
use crate::wire::{Name, Question, Rcode, RrSet, RrType};

/// Root servers asked of each address family: enough that one that is down does not matter.
const ROOT_SERVERS: usize = 4;

/// Whose way to the Internet is examined.
pub(super) struct Patient {
    pub settings: Settings,
    pub asker: Asker,
    pub clock: SharedClock,
}

impl Patient {
    /// Everything, in the order in which it is told. Must be awaited in a `LocalSet`.
    pub async fn examine(&self) -> Vec<Check> {
        let options = &self.settings.iterate;
        let mut checks = Vec::new();
        let mut keys = None;
        if let Some(zone) = options.zones.iter().find(|zone| goes_nowhere_else(zone)) {
            let evidence = format!("not needed: forward sends {} to others", zone.delegation.zone);
            checks.push(Check::note("root servers", evidence));
        } else {
            let replies = self.ask_roots(options).await;
            keys = replies.keys().cloned();
            checks.extend(replies.checks());
        }
        for zone in &options.zones {
            let servers = self.asker.ask_all(&zone.sockets, &upstream::questions(zone)).await;
            checks.extend(servers.iter().map(|server| upstream::check(zone, server)));
            if upstream::answers_for_all(zone) {
                keys = keys.or_else(|| keys_of(&servers));
            }
        }
        checks.extend(self.judge_keys(keys.as_ref()));
        if checks.iter().all(|check| !matches!(check.outcome, super::check::Outcome::Bad(_))) {
            checks.extend(self.resolve().await);
        }
        checks
    }

    async fn ask_roots(&self, options: &Options) -> Replies {
        let hints: Vec<SocketAddr> = options
            .hints
            .servers
            .iter()
            .flat_map(|server| &server.addresses)
            .map(|ip| SocketAddr::new(*ip, 53))
            .collect();
        let of = |wanted: bool, is: fn(&SocketAddr) -> bool| {
            hints.iter().copied().filter(move |s| wanted && is(s)).take(ROOT_SERVERS)
        };
        let (v4, v6) = (SocketAddr::is_ipv4, SocketAddr::is_ipv6);
        let asked: Vec<_> = of(options.ipv4, v4).chain(of(options.ipv6, v6)).collect();
        let questions = Questions::of(&Name::root(), RrType::DNSKEY, false);
        let mut nobody = nobody(&hints);
        nobody.retain(|s| if s.is_ipv4() { options.ipv4 } else { options.ipv6 });
        let all = [asked.as_slice(), &nobody].concat();
        let mut roots = self.asker.ask_all(&all, &questions).await;
        let nobody = roots.split_off(asked.len());
        Replies { roots, nobody }
    }

    fn judge_keys(&self, keys: Option<&RrSet>) -> Vec<Check> {
        if self.settings.validation == Validation::Off {
            return vec![Check::note("validation", "off: clock and trust anchors do not matter")];
        }
        let Some(keys) = keys else { return without_keys() };
        let (anchors, policy) = (&self.settings.anchors, &self.settings.policy);
        Judge { anchors, policy, moment: self.clock.moment() }.keys(keys)
    }

    /// The resolver itself, where nothing is wrong below it: the root, and each zone of the operator's own.
    async fn resolve(&self) -> Vec<Check> {
        let shared = Shared::new(self.settings.clone(), Arc::clone(&self.clock));
        let (exchange, entropy) = (Rc::clone(&self.asker.exchange), Rc::clone(&self.asker.entropy));
        let resolver = Resolver::new(shared, exchange, entropy);
        let own = self.settings.iterate.zones.iter().map(|zone| &zone.delegation.zone);
        let own: Vec<_> = own.filter(|zone| !zone.is_root()).collect();
        let mut checks = Vec::new();
        for zone in std::iter::once(&Name::root()).chain(own) {
            let question = Question::new(zone.clone(), RrType::SOA);
            let answer = resolver.resolve(&question, Checking::Enabled, Trace::off()).await;
            let finding = if zone.is_root() { Finding::Resolution } else { Finding::OwnZone };
            checks.push(resolved(zone, finding, &answer));
        }
        checks
    }
}

/// What came of resolving the SOA of `zone`.
fn resolved(zone: &Name, finding: Finding, answer: &Answer) -> Check {
    let name = format!("resolving {zone}");
    let told = answer.errors.first().map(|error| error.text.as_str());
    match answer.rcode {
        Rcode::NOERROR => Check::good(&name, answer.security.to_string()),
        rcode => Check::bad(&name, finding, format!("{rcode}: {}", told.unwrap_or("no such zone"))),
    }
}

/// Is everything forwarded, with no way back to the root servers?
fn goes_nowhere_else(zone: &Zone) -> bool {
    zone.delegation.zone.is_root() && zone.fallback == Fallback::None
}

fn keys_of(servers: &[Server]) -> Option<RrSet> {
    servers.iter().flat_map(Server::replies).find_map(signed_keys).cloned()
}
