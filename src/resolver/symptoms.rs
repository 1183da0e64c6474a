//! Failures that come from this host or its way to the Internet, not from a zone: every name fails then, for a cause that
//! the first failure tells.

use std::net::SocketAddr;

use super::chain::Failed;
use crate::dnssec::Reason;
use crate::model::{Failure, Trouble};
use crate::wire::RrType;

/// What an operator should be told, where `failed` shows that nothing can be resolved. `forwarded`: it is forwarders that
/// the root's names are asked of.
pub(super) fn symptom(failed: &Failed, forwarded: bool) -> Option<&'static str> {
    match failed {
        Failed::Network(Failure::NoServerAnswered { zone, servers, .. }) if zone.is_root() => {
            let asked = servers.iter().any(|(_, trouble)| *trouble != Trouble::Busy);
            asked.then(|| no_answer(servers, forwarded))
        }
        Failed::Bogus(reason) => of_root_keys(reason, forwarded),
        Failed::Network(_) | Failed::Before(..) => None,
    }
}

fn no_answer(servers: &[(SocketAddr, Trouble)], forwarded: bool) -> &'static str {
    let is_nobody = |(_, trouble): &(SocketAddr, Trouble)| {
        use Trouble::{Busy, NoRoute, Silent, Timeout, Unreachable};
        matches!(trouble, Timeout | Silent | Busy | NoRoute | Unreachable)
    };
    match (servers.iter().all(is_nobody), forwarded) {
        (true, false) => {
            "no root server answers: this host is offline, or port 53 is blocked on the way"
        }
        (true, true) => "no forwarder answers: this host is offline, or they are",
        (false, false) => "something between this host and the root servers answers in their place",
        (false, true) => "no forwarder gives an answer that can be used",
    }
}

/// The root's own keys cannot be wrong for long: what comes instead was made on the way, or is judged by a wrong clock.
fn of_root_keys(reason: &Reason, forwarded: bool) -> Option<&'static str> {
    match reason {
        Reason::SignatureExpired { signature, .. } if signature.zone.is_root() => {
            Some("the root's signatures have expired: the clock of this host is fast")
        }
        Reason::SignatureNotYetValid { signature, .. } if signature.zone.is_root() => {
            Some("the root's signatures are not valid yet: the clock of this host is slow")
        }
        Reason::SignaturesMissing { rtype: RrType::DNSKEY, zone, .. }
        | Reason::DnskeyMissing { zone }
            if zone.is_root() =>
        {
            Some(match forwarded {
                false => {
                    "the root's keys come without signatures: something between this host and the root servers answers \
                     in their place, or takes DNSSEC records out"
                }
                true => {
                    "the root's keys come without signatures: the forwarders pass no DNSSEC records on"
                }
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Name, Question};

    fn unanswered(zone: &str, troubles: &[Trouble]) -> Failed {
        let servers = troubles.iter().map(|t| (([192, 0, 2, 1], 53).into(), *t)).collect();
        let zone: Name = zone.parse().expect("a name");
        let question = Question::new(zone.clone(), RrType::NS);
        Failed::Network(Failure::NoServerAnswered { question, zone, servers })
    }

    #[test]
    fn failures_of_the_root_alone_are_symptoms() {
        use Trouble::{Busy, Lame, Silent, Timeout, Unreachable};
        let keys = |zone: &str, rtype| {
            let zone: Name = zone.parse().expect("a name");
            Failed::Bogus(Reason::SignaturesMissing { owner: zone.clone(), rtype, zone })
        };
        for (failed, own, forwarded) in [
            (
                unanswered(".", &[Timeout, Unreachable]),
                Some("offline"),
                Some("no forwarder answers"),
            ),
            (
                unanswered(".", &[Silent, Busy, Timeout]),
                Some("offline"),
                Some("no forwarder answers"),
            ),
            (unanswered(".", &[Busy]), None, None),
            (unanswered(".", &[Timeout, Lame]), Some("in their place"), Some("can be used")),
            (unanswered("example.", &[Timeout]), None, None),
            (keys(".", RrType::DNSKEY), Some("in their place"), Some("pass no DNSSEC")),
            (keys(".", RrType::SOA), None, None),
            (keys("example.", RrType::DNSKEY), None, None),
        ] {
            for (forwarded, words) in [(false, own), (true, forwarded)] {
                let told = symptom(&failed, forwarded);
                let right = told.map(|told| words.is_some_and(|words| told.contains(words)));
                assert_eq!(right, words.map(|_| true), "{failed:?}: {told:?}");
            }
        }
    }
}
