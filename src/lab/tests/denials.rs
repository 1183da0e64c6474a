//! Whatever is asked of a signed zone, what the authority sends proves what it says.

use super::*;
use crate::dnssec::{
    Budget, Denial, DigestType, Evidence, Limits, NoDs, Policy, ProofError, TrustAnchor, Vouch,
    ZoneKeys, denial, verify_rrset, zone_keys,
};
use crate::lab::{Keyring, respond, sign};

const LABELS: [&str; 9] = ["www", "wild", "*", "empty", "deep", "plain", "safe", "0", "zz"];

/// Every name of one to three of the labels below the apex. (Of the apex' DS the zone itself can prove nothing.)
fn names() -> Vec<Name> {
    let mut names = Vec::new();
    let mut last = vec![name("x.")];
    for _ in 0..3 {
        let below = |name: &Name| LABELS.map(|l| name.prepend(l.as_bytes()).expect("short"));
        last = last.iter().flat_map(below).collect();
        names.extend(last.iter().cloned());
    }
    names.push(name("non-terminal.x."));
    names.push(name("empty.non-terminal.x."));
    names.push(name("to.nothing.x."));
    names.push(name("below.way.to.nothing.x."));
    names
}

struct Judge {
    zone: Zone,
    keys: ZoneKeys,
    policy: Policy,
}

impl Judge {
    fn new(chain: Chain) -> Self {
        let keyring = Keyring::built_in().expect("keys that the library takes");
        let signer = signer(&keyring.ed25519[0], chain);
        let zone = sign(&unsigned(), &signer).expect("signed");
        let ds = signer.ds_rrset(zone.apex(), 300, &[DigestType::SHA256]);
        let anchor = TrustAnchor::new(name("x."), RrType::DS, ds.rdatas[0].clone(), String::new());
        let vouch = Vouch::Anchors(vec![anchor.expect("a DS")]);
        let (policy, budget) = (Policy::default(), budget());
        let dnskey = zone.get(zone.apex(), RrType::DNSKEY).expect("keys");
        let keys = zone_keys(&name("x."), dnskey, &vouch, moment(), &policy, &budget);
        Self { keys: keys.expect("trusted"), zone, policy }
    }

    /// What the response to the question proves, in one word; `what` names the question.
    fn proven(&self, asked: &Name, rtype: RrType) -> &'static str {
        let reply = respond(&[&self.zone], &query(&asked.to_string(), rtype));
        let budget = budget();
        let mut evidence =
            Evidence::new(&reply.authority, &self.keys, moment(), &self.policy, &budget);
        let what = format!("{asked} {rtype}");
        let authority = |rtype| reply.authority.iter().any(|set| set.rtype == rtype);
        if !reply.header.flags.authoritative {
            if authority(RrType::DS) {
                return "secure referral";
            }
            let cut = &reply.authority[0].owner;
            let (no_ds, _) = denial::prove_no_ds(cut, &mut evidence).expect(&what);
            assert!(matches!(no_ds, NoDs::InsecureDelegation | NoDs::OptOut), "{what}");
            return "insecure referral";
        }
        if reply.header.rcode == Rcode::NXDOMAIN {
            denial::prove_name_error(asked, &mut evidence).expect(&what);
            return "no name";
        }
        let Some(last) = reply.answer.last() else {
            denial::prove_no_data(asked, rtype, &mut evidence).expect(&what);
            return "no data";
        };
        if last.owner == *asked && !last.signatures.is_empty() {
            let verified =
                verify_rrset(last, &self.keys, moment(), &self.policy, &budget).expect(&what);
            if let Some(encloser) = verified.wildcard() {
                denial::prove_no_exact_match(asked, encloser, &mut evidence).expect(&what);
                return "wildcard";
            }
        }
        "answer"
    }
}

fn budget() -> Budget {
    Budget::new(Limits::default(), moment().now)
}

#[test]
fn every_response_proves_what_it_says_with_nsec_nsec3_and_opt_out() {
    let chains = [Chain::Nsec, nsec3(false), nsec3(true)];
    let tallies: Vec<_> = chains
        .into_iter()
        .map(|chain| {
            let judge = Judge::new(chain);
            let mut tally = std::collections::BTreeMap::new();
            for name in names() {
                for rtype in [RrType::A, RrType::TXT, RrType::DS] {
                    *tally.entry(judge.proven(&name, rtype)).or_insert(0) += 1;
                }
            }
            tally
        })
        .collect();
    assert_eq!(tallies[0].len(), 6, "every kind of response was seen: {:?}", tallies[0]);
    assert!(tallies.iter().all(|tally| *tally == tallies[0]), "{tallies:?}");
}

/// A proof with a pause after each signature check: what it comes to, the most checks in one go, and goes.
fn in_goes(
    mut evidence: Evidence<'_>,
    budget: &Budget,
    prove: impl Fn(&mut Evidence<'_>) -> Result<Denial, ProofError>,
) -> (Result<Denial, ProofError>, u32, u32) {
    let (mut most, mut goes, mut before) = (0, 0, 0);
    loop {
        goes += 1;
        let outcome = budget.until_pause(|| prove(&mut evidence));
        let spent = budget.spent().good_signatures;
        (most, before) = (most.max(spent - before), spent);
        if let Some(outcome) = outcome {
            return (outcome, most, goes);
        }
        budget.pause();
    }
}

#[test]
fn a_proof_with_pauses_is_the_same_and_runs_one_check_at_a_time() {
    for (chain, longest) in [(Chain::Nsec, 2), (nsec3(false), 3)] {
        let (judge, mut most_goes) = (Judge::new(chain), 0);
        for asked in names() {
            let reply = respond(&[&judge.zone], &query(&asked.to_string(), RrType::A));
            if reply.header.rcode != Rcode::NXDOMAIN {
                continue;
            }
            let prove = |evidence: &mut Evidence<'_>| denial::prove_name_error(&asked, evidence);
            let (at_once, paused) = (budget(), budget());
            let evidence = |budget| {
                Evidence::new(&reply.authority, &judge.keys, moment(), &judge.policy, budget)
            };
            let whole = prove(&mut evidence(&at_once));
            let (proven, most, goes) = in_goes(evidence(&paused), &paused, prove);
            assert!(whole.is_ok() && proven == whole, "{asked}: {proven:?}, {whole:?}");
            assert_eq!((most, paused.spent()), (1, at_once.spent()), "{asked}");
            most_goes = most_goes.max(goes);
        }
        assert_eq!(most_goes, longest);
    }
}
