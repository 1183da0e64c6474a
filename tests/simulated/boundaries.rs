//! Trust anchors below unsigned zones, and zones of the operator's own: what lies above them says nothing about what lies
//! in them.

use std::rc::Rc;

use bailiwick::dnssec::{NegativeTrustAnchor, NegativeTrustAnchors, TrustAnchor, TrustAnchors};
use bailiwick::iterate::{Fallback, Zone};
use bailiwick::lab::Hook;
use bailiwick::model::{Answer, Checking, Source};
use bailiwick::net::{Exchange, ExchangeFuture, Outgoing};
use bailiwick::resolver::{Resolver, Settings};
use bailiwick::wire::{Message, Name, Question, Rcode, Rdata, RrSet, RrType, compose};

use super::cases::World;
use super::network::ask;

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// The settings of `world` with a trust anchor at the signed zone below an unsigned one.
fn with_island(world: &World) -> Settings {
    let zone = world.internet.zone("island.unsigned.test.").expect("a name").expect("there");
    let dnskey = zone.get(zone.apex(), RrType::DNSKEY).expect("keys");
    let anchor = |rdata: &Rdata| {
        TrustAnchor::new(zone.apex().clone(), RrType::DNSKEY, rdata.clone(), "test".into())
    };
    let mut settings = world.settings();
    let root: Vec<_> = settings.anchors.iter().cloned().collect();
    let island = dnskey.rdatas.iter().filter_map(anchor);
    settings.anchors = root.into_iter().chain(island).collect::<TrustAnchors>();
    settings
}

/// Replaces the answer for the island's address, with an RRSIG that names `signer`, or none.
fn forgery(signer: Option<&'static str>) -> Hook {
    Box::new(move |passing| {
        let asked = passing.query.question().expect("a question");
        if asked.name == name("www.island.unsigned.test.") && asked.rtype == RrType::A {
            let mut forged =
                RrSet::new(asked.name.clone(), RrType::A, 60, vec![[6, 6, 6, 6].into()]);
            let fixed = [0, 1, 13, 4, 0, 0, 0, 60, 0x7f, 0, 0, 0, 0x60, 0, 0, 0, 0, 7];
            forged.signatures = signer
                .map(|signer| [&fixed[..], name(signer).as_wire(), &[1; 64]].concat().into())
                .into_iter()
                .collect();
            passing.reply.answer = vec![forged];
        }
        true
    })
}

#[tokio::test(start_paused = true)]
async fn rfc4035_s4_3_a_signers_name_that_nobody_verified_decides_nothing() {
    let world = World::new();
    for signer in [None, Some("unsigned.test."), Some("island.unsigned.test."), Some("test.")] {
        let resolver = world.over(with_island(&world), Rc::clone(&world.network) as _);
        world.network.set_hook(forgery(signer));
        let answer = ask(&resolver, "www.island.unsigned.test.", "A").await;
        assert_eq!(answer.rcode, Rcode::SERVFAIL, "{signer:?}: {answer:?}");
    }
    let resolver = world.over(with_island(&world), Rc::clone(&world.network) as _);
    world.network.set_hook(Box::new(|_| true));
    let answer = ask(&resolver, "www.island.unsigned.test.", "A").await;
    assert!(answer.security.is_secure(), "{}", answer.security);
}

#[tokio::test(start_paused = true)]
async fn rfc6840_s5_10_a_wrong_anchor_below_is_outvoted_by_the_root() {
    let world = World::new();
    let mut settings = world.settings();
    let wrong = [&[0, 7, 13, 2][..], &[9; 32]].concat();
    let wrong = TrustAnchor::new(name("p256.test."), RrType::DS, wrong.into(), "test".into());
    settings.anchors = settings.anchors.iter().cloned().chain(wrong).collect();
    let resolver = world.over(settings, Rc::clone(&world.network) as _);
    for _ in 0..2 {
        let answer = ask(&resolver, "www.p256.test.", "A").await;
        assert!(answer.security.is_secure(), "{}", answer.security);
    }
}

/// The operator's own servers of a zone: every name in it has one address.
struct Own(Rc<dyn Exchange>);

impl Exchange for Own {
    fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            if outgoing.to.ip() != std::net::IpAddr::from([10, 0, 0, 53]) {
                return self.0.exchange(outgoing).await;
            }
            let mut reply = Message::parse(outgoing.octets).expect("our own query");
            (reply.header.flags.response, reply.header.flags.authoritative) = (true, true);
            let owner = outgoing.question.name.clone();
            reply.answer = vec![RrSet::new(owner, RrType::A, 60, vec![[10, 9, 9, 9].into()])];
            Ok(compose(&reply, 1232, false))
        })
    }
}

/// A resolver with a zone of the operator's own, out of validation.
fn with_own(world: &World, zone: &str, source: Source) -> Rc<Resolver> {
    let mut settings = world.settings();
    let server = "10.0.0.53:53".parse().expect("a socket");
    settings.iterate.zones = vec![Zone::new(name(zone), source, &[server], Fallback::None)];
    settings.negative_anchors = NegativeTrustAnchors::new(vec![NegativeTrustAnchor {
        zone: name(zone),
        reason: String::new(),
        until: None,
    }]);
    world.over(settings, Rc::new(Own(Rc::clone(&world.network) as _)))
}

fn is_own(answer: &Answer) -> bool {
    let set = answer.answer.last();
    answer.rcode == Rcode::NOERROR && set.is_some_and(|set| *set.rdatas[0] == [10, 9, 9, 9])
}

#[tokio::test(start_paused = true)]
async fn what_is_said_above_a_zone_of_the_operators_own_answers_nothing_in_it() {
    let world = World::new();
    for source in [Source::Forward, Source::Stub] {
        // The zone above says of this name that it does not exist, and an alias leads to it.
        let resolver = with_own(&world, "no.nsec.test.", source);
        for asked in ["gone.alias.test.", "no.nsec.test.", "www.no.nsec.test.", "gone.alias.test."]
        {
            let answer = ask(&resolver, asked, "A").await;
            assert!(is_own(&answer), "{source:?} {asked}: {answer:?}");
        }
        // A question for DS goes to the parent, whose denial is about DS alone.
        let resolver = with_own(&world, "corp.", source);
        let question = Question::new(name("corp."), RrType::DS);
        for checking in [Checking::Enabled, Checking::Disabled] {
            let trace = bailiwick::trace::Trace::off();
            resolver.resolve(&question, checking, trace).await;
            assert!(is_own(&ask(&resolver, "corp.", "A").await), "{source:?}");
        }
        assert!(is_own(&ask(&resolver, "www.corp.", "A").await), "{source:?}");
    }
}
