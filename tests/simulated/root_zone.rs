//! The genuine root zone of 2026-07-31 with its genuine signatures and the genuine IANA anchors.

use std::rc::Rc;

use bailiwick::dnssec::TrustAnchor;
use bailiwick::lab::Zone;
use bailiwick::model::{Answer, NameServer};
use bailiwick::wire::rdata::{Nsec, address};
use bailiwick::wire::{EdeCode, Name, Rcode, RrType};

use super::gz;
use super::network::{Network, ask, resolver, settings};

/// 2026-08-01T00:00:00Z, within the zone's signatures.
const THEN: u64 = 1_785_542_400;
const SIXTY_DAYS: u64 = 60 * 86_400;
const ANCHOR: &str = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

struct Root {
    zone: Rc<Zone>,
    network: Rc<Network>,
}

impl Root {
    fn new() -> Self {
        let text = gz::text("root/root-2026073102.zone.gz");
        let zone = Rc::new(Zone::from_text(Name::root(), &text).expect("the root zone"));
        let mut network = Network::default();
        for server in hints(&zone).iter().flat_map(|hint| &hint.addresses) {
            network.servers.insert(*server, vec![Rc::clone(&zone)]);
        }
        Self { zone, network: Rc::new(network) }
    }

    fn resolver(&self, digest: &str, wall: u64) -> Rc<bailiwick::resolver::Resolver> {
        let rdata = [&20326u16.to_be_bytes()[..], &[8, 2], &gz::octets(digest)].concat();
        let anchor = TrustAnchor::new(Name::root(), RrType::DS, rdata.into(), "IANA".into());
        let mut settings = settings(hints(&self.zone));
        settings.anchors = anchor.into_iter().collect();
        resolver(&self.network, settings, wall)
    }

    /// The DS of every TLD, or the proof that it has none, and a name in every gap between two owners: what to ask, and
    /// the response code to expect.
    fn questions(&self) -> Vec<(String, &'static str, Rcode)> {
        let mut questions = vec![];
        for rtype in ["SOA", "NS", "DNSKEY", "NSEC", "ZONEMD", "A"] {
            questions.push((".".to_owned(), rtype, Rcode::NOERROR));
        }
        let cuts =
            self.zone.authoritative().map(|(name, _)| name).filter(|name| self.zone.is_cut(name));
        questions.extend(cuts.map(|name| (name.to_string(), "DS", Rcode::NOERROR)));
        let gaps = self.zone.rrsets().filter(|set| set.rtype == RrType::NSEC).filter_map(|set| {
            let between =
                set.owner.labels().next().map_or_else(|| b"a0".to_vec(), |l| [l, b"-"].concat());
            let name = Name::from_labels([&between[..]]).ok()?;
            let next = Nsec::parse(&set.rdatas[0])?.next;
            (name < next || next.is_root()).then(|| (name.to_string(), "A", Rcode::NXDOMAIN))
        });
        questions.extend(gaps);
        questions
    }
}

fn hints(zone: &Zone) -> Vec<NameServer> {
    let name =
        |letter: char| format!("{letter}.root-servers.net.").parse::<Name>().expect("a name");
    let addresses = |name: &Name| {
        let sets = [RrType::A, RrType::AAAA].into_iter().filter_map(|rtype| zone.get(name, rtype));
        sets.flat_map(|set| set.rdatas.iter().filter_map(|rdata| address(set.rtype, rdata)))
            .collect()
    };
    ('a'..='m').map(name).map(|name| NameServer { addresses: addresses(&name), name }).collect()
}

fn is_secure(answer: &Answer, rcode: Rcode) -> bool {
    answer.rcode == rcode && answer.security.is_secure()
}

#[tokio::test(start_paused = true)]
async fn every_delegation_and_every_gap_is_secure() {
    let root = Root::new();
    let resolver = root.resolver(ANCHOR, THEN);
    let questions = root.questions();
    let mut failed = Vec::new();
    for (name, rtype, rcode) in &questions {
        let answer = ask(&resolver, name, rtype).await;
        if !is_secure(&answer, *rcode) {
            failed.push(format!("{name} {rtype}: {} {}", answer.rcode, answer.security));
        }
    }
    println!(
        "{} of {} secure, {} questions to servers",
        questions.len() - failed.len(),
        questions.len(),
        root.network.asked.get()
    );
    assert!(failed.is_empty(), "{} {:#?}", failed.len(), &failed[..failed.len().min(9)]);
    assert!(questions.len() > 2_800, "{}", questions.len());
}

#[tokio::test(start_paused = true)]
async fn with_a_wrong_anchor_none_is_secure() {
    let root = Root::new();
    let wrong = ANCHOR.replace("E06D", "E06E");
    none_is_secure(&root, &wrong, THEN, EdeCode::DNSKEY_MISSING).await;
}

#[tokio::test(start_paused = true)]
async fn sixty_days_later_none_is_secure() {
    let root = Root::new();
    none_is_secure(&root, ANCHOR, THEN + SIXTY_DAYS, EdeCode::SIGNATURE_EXPIRED).await;
}

async fn none_is_secure(root: &Root, anchor: &str, wall: u64, ede: EdeCode) {
    let resolver = root.resolver(anchor, wall);
    for (name, rtype, _) in root.questions().iter().step_by(29) {
        let answer = ask(&resolver, name, rtype).await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{name} {rtype}");
        assert!(answer.security.is_bogus() && answer.answer.is_empty(), "{name} {rtype}");
        assert_eq!(answer.errors.first().map(|e| e.code), Some(ede), "{name} {rtype}");
    }
}
