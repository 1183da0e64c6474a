//! Whoever can be answered at once waits for no more than one signature check, whatever is being proven.

use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::cache::Cache;
use bailiwick::clock::{Moment, SharedClock, SimulatedClock};
use bailiwick::dnssec::{Budget, Limits, Security};
use bailiwick::lab::{Chain, respond};
use bailiwick::model::{Fact, Kind, Response};
use bailiwick::trace::Trace;
use bailiwick::validate::{Fetch, FetchFuture, Freshness, Judged, Validator};
use bailiwick::wire::{Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrSet, RrType};
use bailiwick::work::{Fetched, Work};
use tokio::task::{LocalSet, spawn_local, yield_now};

use crate::world::*;

/// The servers of a world, which answer at once: nothing but pauses lets others have their turn.
struct Servers {
    world: World,
    moment: Moment,
    /// So many signatures that fail are in front of each good one.
    spoilt: u8,
}

impl Servers {
    fn said(&self, question: &Question) -> Response {
        let zone = [".", "test.", "k.test."].map(name).into_iter().rev().find(|zone| {
            let is_parents = question.rtype == RrType::DS && question.name == *zone;
            question.name.is_at_or_below(zone) && !is_parents
        });
        let zone = zone.expect("a zone");
        let mut reply = respond(&[self.world.zone(&zone.to_string())], &query(question));
        let sets = reply.answer.iter_mut().chain(&mut reply.authority);
        sets.for_each(|set| spoil(set, self.spoilt));
        Response {
            question: question.clone(),
            zone,
            server: None,
            unasked: false,
            kind: Kind::Answer,
            rcode: reply.header.rcode,
            answer: reply.answer,
            authority: reply.authority,
            apex: None,
            arrived: self.moment,
        }
    }
}

impl Fetch for Servers {
    fn fetch<'a>(&'a self, question: Question, _: Freshness, _: &'a Work) -> FetchFuture<'a> {
        Box::pin(ready(Ok(Fetched::new(Arc::new(self.said(&question))))))
    }
}

fn query(question: &Question) -> Message {
    let flags = Flags::default();
    let header = Header { id: 7, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut query = Message::new(header);
    query.questions.push(question.clone());
    query.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    query
}

fn spoil(set: &mut RrSet, count: u8) {
    let Some(good) = set.signatures.first().cloned() else { return };
    let bad = |n| {
        let mut bad = good.clone();
        *bad.last_mut().expect("an octet") ^= 1 + n;
        bad
    };
    set.signatures = (0..count).map(bad).chain([good.clone()]).collect();
}

fn world(chain: Chain) -> World {
    let records = "www A 198.51.100.1\nsub NS ns.sub\nns.sub A 198.51.100.2\n*.wild CNAME www\n";
    World::new([("k", signed("k.test.", records).chain(chain))])
}

/// The verdict on an address of `owner` that `servers` give, where it is proven one check at a time; and how many checks.
async fn judged_in_turns(servers: Servers, owner: &str, signed: bool) -> (Judged, u32) {
    let anchors = servers.world.internet.anchors().into_iter().collect();
    let (clock, moment): (SharedClock, _) =
        (Arc::new(SimulatedClock::starting_at(WALL)), servers.moment);
    let mut response = servers.said(&Question::new(name(owner), RrType::A));
    if !signed {
        let unsigned = RrSet::new(name(owner), RrType::A, 60, vec![[192, 0, 2, 1].into()]);
        (response.answer, response.authority) = (vec![unsigned], Vec::new());
    }
    let validator = Validator::new(
        Arc::new(Cache::new(1 << 20)),
        Rc::new(servers),
        clock,
        Arc::new(anchors),
        Arc::default(),
        Arc::default(),
    );
    let limits = Limits { failed_signatures: 64, ..Limits::default() };
    let work = Work::new(Budget::new(limits, moment.now), Trace::off());
    let fact = Fact::Data(response.answer[0].clone());
    let owner: Name = name(owner);
    let judged = validator.judge(fact, &owner, RrType::A, &response, &work);
    let judged = one_check_a_turn(judged, &work).await.expect("a verdict");
    (judged, checks(&work))
}

fn checks(work: &Work) -> u32 {
    let spent = work.budget.spent();
    spent.good_signatures + spent.failed_signatures
}

/// What `proof` comes to; between two checks another task has its turn.
async fn one_check_a_turn<T>(proof: impl Future<Output = T>, work: &Work) -> T {
    let hits = Rc::new(Cell::new(0_u32));
    let served = Rc::clone(&hits);
    let others = spawn_local(async move {
        loop {
            served.set(served.get() + 1);
            yield_now().await;
        }
    });
    let (mut proof, mut last) = (pin!(proof), None);
    let outcome = poll_fn(|context| {
        let before = checks(work);
        let outcome = proof.as_mut().poll(context);
        let run = checks(work) - before;
        assert!(run <= 1, "{run} checks after {before}");
        if run == 1 {
            assert_ne!(last.replace(hits.get()), Some(hits.get()), "no hit after {before}");
        }
        outcome
    })
    .await;
    others.abort();
    outcome
}

#[tokio::test]
async fn a_hit_waits_for_one_signature_check_at_the_most() {
    let insecure = |security: &Security| matches!(security, Security::Insecure(_));
    let bogus = |security: &Security| security.is_bogus();
    let secure = |security: &Security| security.is_secure();
    // Of the root's keys, and of DS and keys of `test.` and `k.test.`, each in a link of its own.
    const CHAIN: u32 = 5;
    type Verdict<'v> = &'v dyn Fn(&Security) -> bool;
    let rows: [(_, _, _, Verdict<'_>, _); 5] = [
        ("DS, keys, data", Chain::Nsec, ("www.k.test.", true), &secure, CHAIN + 1),
        ("no DS, by NSEC", Chain::Nsec, ("www.sub.k.test.", false), &insecure, CHAIN + 1),
        ("no DS, by NSEC3", opt_out(), ("www.sub.k.test.", false), &insecure, CHAIN + 2),
        ("an alias, by NSEC", Chain::Nsec, ("a.wild.k.test.", false), &bogus, CHAIN + 2),
        ("an alias, by NSEC3", nsec3(0), ("a.wild.k.test.", false), &bogus, CHAIN + 2),
    ];
    for (what, chain, (owner, signed), is_right, least) in rows {
        for spoilt in 0..3 {
            let moment = Moment { wall: WALL, ..Moment::default() };
            let servers = Servers { world: world(chain.clone()), moment, spoilt };
            let run = judged_in_turns(servers, owner, signed);
            let (judged, checks) = LocalSet::new().run_until(run).await;
            assert!(is_right(&judged.security), "{what}: {:?}", judged.security);
            // None of those that failed is run again after a pause.
            let each = 1 + u32::from(spoilt);
            assert!(checks >= least * each, "{what}: {checks}");
            assert_eq!(checks % each, 0, "{what}: {checks}");
        }
    }
}
