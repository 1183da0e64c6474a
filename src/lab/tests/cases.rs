//! Every case of the built-in Internet comes out as its table says, by the iteration and validation of this program,
//! under paused time.

use std::rc::Rc;

use super::*;
use crate::cache::Cache;
use crate::clock::{Clock, SharedClock, SimulatedClock, SystemClock};
use crate::dnssec::{Budget, Limits, NegativeTrustAnchors, Policy, Security};
use crate::entropy::Entropy;
use crate::iterate::{Iterator as Iteration, Options};
use crate::lab::{Case, Expectation, Internet, Network, Outcome};
use crate::model::{Fact, Failure, Kind, Response};
use crate::net::Servers;
use crate::trace::Trace;
use crate::validate::{Fetch, FetchFuture, Freshness, Validator};
use crate::wire::rdata::target;
use crate::wire::read_records;
use crate::work::Work;

struct Through(Rc<Iteration>);

impl Fetch for Through {
    fn fetch<'a>(&'a self, question: Question, _: Freshness, work: &'a Work) -> FetchFuture<'a> {
        Box::pin(async move { self.0.iterate(&question, work).await.map(Arc::new) })
    }
}

/// As little of a resolver as follows aliases.
struct Asker {
    iteration: Rc<Iteration>,
    validator: Validator,
    clock: SharedClock,
}

impl Asker {
    fn new(internet: &Internet, network: Rc<Network>, clock: SharedClock) -> Self {
        let cache = Arc::new(Cache::new(16 << 20));
        let options = Options::with_hints(internet.hints().servers.clone());
        let iteration = Rc::new(Iteration::new(
            Arc::clone(&cache),
            Arc::new(Servers::default()),
            network,
            Arc::clone(&clock),
            Rc::new(Entropy::seeded(1)),
            Rc::new(options),
        ));
        let validator = Validator::new(
            cache,
            Rc::new(Through(Rc::clone(&iteration))),
            Arc::clone(&clock),
            Arc::new(internet.anchors().into_iter().collect()),
            Arc::new(NegativeTrustAnchors::default()),
            Arc::new(Policy::default()),
        );
        Self { iteration, validator, clock }
    }

    async fn ask(&self, name: &Name, rtype: RrType) -> Result<(Outcome, Security), Failure> {
        let budget = Budget::new(Limits::default(), self.clock.now());
        let work = Work::new(budget, Trace::off());
        let (mut name, mut security) = (name.clone(), Security::Secure);
        loop {
            let question = Question::new(name.clone(), rtype);
            let response = self.iteration.iterate(&question, &work).await?;
            let fact = first_fact(&response, &name, rtype);
            let judged = self.validator.judge(fact, &name, rtype, &response, &work).await?;
            security = security.and(judged.security);
            let outcome = match judged.fact {
                Fact::Data(_) | Fact::NameTooLong(_) => Outcome::Answer,
                Fact::NoData => Outcome::NoData,
                Fact::NameError => Outcome::NameError,
                Fact::Alias { target, .. } => {
                    name = target;
                    continue;
                }
            };
            return Ok((outcome, security));
        }
    }
}

/// What the response says about the name itself.
fn first_fact(response: &Response, name: &Name, rtype: RrType) -> Fact {
    let find = |rtype| response.answer.iter().find(|set| set.is(name, rtype)).cloned();
    if let Some(set) = find(rtype) {
        return Fact::Data(set);
    }
    if let Some(cname) = find(RrType::CNAME) {
        let above = |set: &&RrSet| set.rtype == RrType::DNAME && name.is_below(&set.owner);
        let dname = response.answer.iter().find(above).cloned();
        let target = target(RrType::CNAME, &cname.rdatas[0]).expect("a target");
        return Fact::Alias { cname, dname, target };
    }
    if response.kind == Kind::NameError { Fact::NameError } else { Fact::NoData }
}

fn matches(expected: Expectation, seen: &Result<(Outcome, Security), Failure>) -> bool {
    let Ok((outcome, security)) = seen else { return false };
    let code = security.extended_error().map(|error| error.code);
    match expected {
        Expectation::Secure(what) => what == *outcome && security.is_secure(),
        Expectation::Insecure(what, why) => {
            what == *outcome && matches!(security, Security::Insecure(_)) && code == why
        }
        Expectation::Bogus(why) => security.is_bogus() && code == Some(why),
    }
}

async fn run(internet: &Rc<Internet>, case: &Case) -> (bool, String) {
    let clock: SharedClock = Arc::new(SimulatedClock::starting_at(WALL));
    let entropy = Rc::new(Entropy::seeded(7));
    let network = Rc::new(Network::new(Rc::clone(internet), Arc::clone(&clock), entropy));
    let asker = Asker::new(internet, Rc::clone(&network), clock);
    let seen = asker.ask(&case.name, case.rtype).await;
    let text = format!(
        "{} {}: expected {}, seen {seen:?}\n{}",
        case.name,
        case.rtype,
        case.expect,
        network.transcript()
    );
    (matches(case.expect, &seen), text)
}

#[tokio::test(start_paused = true)]
async fn every_case_comes_out_as_its_table_says() {
    let internet = Rc::new(Internet::new(WALL).expect("built in"));
    let mut failed = String::new();
    for case in internet.cases() {
        let (right, text) = run(&internet, case).await;
        assert_eq!(run(&internet, case).await.1, text, "the same seed, another transcript");
        if !right {
            failed += &text;
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn all_is_signed_within_a_blink() {
    let start = SystemClock.now();
    let internet = Internet::new(WALL).expect("built in");
    let took = SystemClock.now().since(start);
    assert!(internet.cases().len() > 80 && internet.servers().len() > 8);
    assert!(took.as_millis() < 1000, "{took:?}"); // 100 ms when the machine is not shared
    println!("{took:?}");
}

#[test]
fn hints_and_anchors_read_back_from_their_text() {
    let internet = Internet::new(WALL).expect("built in");
    let records = |text: &str| read_records(text, &Name::root(), 0).expect("records");
    let hints = records(&internet.hints_text());
    let addresses = internet.hints().servers.iter().map(|server| server.addresses.len());
    assert_eq!(hints.len(), internet.hints().servers.len() + addresses.sum::<usize>());
    let anchors = records(&internet.anchors_text());
    assert_eq!(anchors.len(), 1);
    assert_eq!(*anchors[0].rdata, *internet.anchors()[0].rdata());
}
