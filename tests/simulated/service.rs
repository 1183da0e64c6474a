//! The way of a client's message over a real resolver: what is decided before anything is looked up, what is said with what is
//! stale, and how one worker learns what another has found.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

use bailiwick::entropy::Entropy;
use bailiwick::model::{Checking, Finding};
use bailiwick::policy::{Local, LocalOptions};
use bailiwick::resolver::Resolver;
use bailiwick::server::{Outcome, Service, ServiceOptions, Transport};
use bailiwick::wire::{EdeCode, Edns, Message, Name, Question, Rcode, RrSet, RrType};
use tokio::task::LocalSet;
use tokio::time::{advance, sleep};

use super::ageing::{self, NAME, ONE, seconds};
use super::ready::{name, usual};
use super::world::World;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn world() -> World {
    ageing::world("$TTL 60\nwww A 198.51.100.1", "", |_| ())
}

async fn reply(service: &Service, owner: &str) -> Message {
    let mut out = Vec::new();
    let octets = match service.take(&usual(owner), CLIENT, Transport::Udp, &mut out) {
        Outcome::Silence | Outcome::Reply => out, // octets that are none are no message
        Outcome::Wait(waiting) => waiting.reply().await,
    };
    Message::parse(&octets).expect("a message")
}

fn service(resolver: &Rc<Resolver>, options: ServiceOptions) -> Rc<Service> {
    Service::new(Arc::new(options), Rc::clone(resolver) as _)
}

fn codes(message: &Message) -> Vec<u16> {
    message.edns.iter().flat_map(Edns::extended_errors).map(|error| error.code.0).collect()
}

/// The root proves that there is no `corp.`, and the operator has names there all the same.
#[tokio::test(start_paused = true)]
async fn no_denial_from_above_hides_local_data() {
    let world = world();
    assert_eq!(world.ask("nothing.corp.", "A").await.rcode, Rcode::NXDOMAIN);
    let owner = name("www.corp.");
    let question = Question::new(owner.clone(), RrType::A);
    let settled = world.resolver.answer_from_cache(&question, Checking::Enabled);
    let settled = settled.expect("settled by what was proven");
    assert!(settled.rcode == Rcode::NXDOMAIN && settled.security.is_secure());
    let data = vec![RrSet::new(owner, RrType::A, 60, vec![[10, 0, 0, 1].into()])];
    let local = Local::new(LocalOptions { data, ..LocalOptions::default() });
    let service = service(&world.resolver, ServiceOptions { local, ..ServiceOptions::default() });
    for _ in 0..4 {
        let said = reply(&service, "www.corp.").await;
        assert_eq!((said.header.rcode, said.answer.len()), (Rcode::NOERROR, 1));
        assert_eq!(*said.answer[0].rdatas[0], [10, 0, 0, 1]);
        let beside = reply(&service, "nothing.corp.").await;
        assert_eq!(beside.header.rcode, Rcode::NXDOMAIN);
    }
}

#[tokio::test(start_paused = true)]
async fn rfc8914_s4_4_and_s4_20_the_codes_of_what_is_stale_are_in_the_reply() {
    assert_eq!((EdeCode::STALE_ANSWER.0, EdeCode::STALE_NXDOMAIN.0), (3, 19));
    let test = async {
        let world = world();
        let service = service(&world.resolver, ServiceOptions::default());
        let denied = "nothing.example.com.";
        for owner in [NAME, denied] {
            assert!(codes(&reply(&service, owner).await).is_empty());
        }
        world.kill(&ONE);
        advance(seconds(4_000)).await;
        for (owner, rcode, code) in [(NAME, Rcode::NOERROR, 3), (denied, Rcode::NXDOMAIN, 19)] {
            for _ in 0..3 {
                let said = reply(&service, owner).await;
                assert_eq!((said.header.rcode, codes(&said)[0]), (rcode, code), "{owner}");
                assert!(said.answer.iter().chain(&said.authority).all(|set| set.ttl == 30));
                sleep(seconds(1)).await;
            }
        }
    };
    LocalSet::new().run_until(test).await;
}

/// Two workers, each with a resolver and ready replies of its own, over what they share.
fn workers(world: &World) -> [Rc<Service>; 2] {
    let other = Resolver::new(
        Arc::clone(&world.shared),
        Rc::clone(&world.network) as _,
        Rc::new(Entropy::seeded(12)),
    );
    [&world.resolver, &other].map(|resolver| service(resolver, ServiceOptions::default()))
}

/// Puts `last` in the place of what is known of `owner`.
fn change(world: &World, owner: &Name, last: u8) {
    let findings = &world.shared.cache.findings;
    let old = findings.get(owner, RrType::A, Checking::Enabled, world.now()).expect("known");
    let mut finding = Finding::clone(&old);
    finding.rrsets_mut().for_each(|set| set.rdatas = vec![[198, 51, 100, last].into()]);
    findings.put(owner, RrType::A, Checking::Enabled, finding);
}

#[tokio::test(start_paused = true)]
async fn what_one_worker_finds_every_worker_tells_at_once() {
    let world = world();
    let (workers, owner) = (workers(&world), name(NAME));
    world.ask(NAME, "A").await;
    let told = async |worker: &Rc<Service>| {
        let said = reply(worker, NAME).await;
        said.answer[0].rdatas[0][3]
    };
    for last in [1, 2, 3] {
        if last > 1 {
            change(&world, &owner, last);
        }
        for worker in [0, 1, 1, 0, 0, 1] {
            assert_eq!(told(&workers[worker]).await, last, "worker {worker}");
        }
    }
}

/// As after a flush of a whole tree: the replies that are ready are good for nothing from then on.
#[tokio::test(start_paused = true)]
async fn when_all_is_another_no_worker_repeats_itself() {
    let world = world();
    let workers = workers(&world);
    world.ask(NAME, "A").await;
    let allocations = |worker: &Service| {
        let (query, mut out) = (usual(NAME), Vec::with_capacity(4_096));
        let counted = allocation_counter::measure(|| {
            let said = worker.take(&query, CLIENT, Transport::Udp, &mut out);
            assert!(matches!(said, Outcome::Reply));
        });
        counted.count_total
    };
    for worker in &workers {
        let counts = [0; 3].map(|_| allocations(worker));
        assert!(counts[0] > 0 && counts[2] == 0, "made, kept, repeated: {counts:?}");
    }
    world.shared.cache.findings.versions().all_changed();
    for worker in &workers {
        assert_ne!(allocations(worker), 0, "made anew");
        assert_eq!(allocations(worker), 0);
    }
}
