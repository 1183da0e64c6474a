//! The network in memory does what it is told, the same way each time.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::clock::{SharedClock, SimulatedClock};
use crate::entropy::Entropy;
use crate::lab::{Conditions, Internet, Network, Tamper};
use crate::net::{Exchange, ExchangeError, NearMisses, Outgoing, Transport};
use crate::wire::compose;

const ROOT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

struct Bench {
    network: Network,
    clock: SharedClock,
}

impl Bench {
    fn new() -> Self {
        let internet = Rc::new(Internet::new(WALL).expect("built in"));
        let clock: SharedClock = Arc::new(SimulatedClock::starting_at(WALL));
        let entropy = Rc::new(Entropy::seeded(3));
        Self { network: Network::new(internet, Arc::clone(&clock), entropy), clock }
    }

    async fn ask(&self, to: IpAddr, transport: Transport) -> Result<Message, ExchangeError> {
        let query = query("www.nsec.test.", RrType::A);
        let octets = compose(&query, 512, false);
        let outgoing = Outgoing {
            to: SocketAddr::new(to, 53),
            transport,
            alone: false,
            letters: 0,
            cookie: None,
            misses: &NearMisses::default(),
            octets: &octets,
            question: &query.questions[0],
            timeout: Duration::from_secs(1),
        };
        let reply = self.network.exchange(outgoing).await?;
        Ok(Message::parse(&reply).expect("a message"))
    }

    async fn ask_root(&self) -> Result<Message, ExchangeError> {
        self.ask(ROOT, Transport::Udp).await
    }
}

#[tokio::test(start_paused = true)]
async fn time_passes_as_the_conditions_say() {
    let bench = Bench::new();
    let conditions =
        |millis| Conditions { latency: Duration::from_millis(millis), ..Conditions::default() };
    for (millis, transport, takes) in
        [(30, Transport::Udp, 30), (30, Transport::Tcp, 60), (1001, Transport::Udp, 1000)]
    {
        bench.network.set_conditions_of(ROOT, conditions(millis));
        let start = bench.clock.now();
        assert_eq!(bench.ask(ROOT, transport).await.is_ok(), millis < 1000);
        assert_eq!(bench.clock.now().since(start), Duration::from_millis(takes));
    }
    assert_eq!(bench.network.queries(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_connection_rests_for_four_seconds_and_spares_a_round_trip() {
    let bench = Bench::new();
    for (pause, takes) in [(0, 40), (3, 20), (5, 40)] {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let start = bench.clock.now();
        assert!(bench.ask(ROOT, Transport::Tcp).await.is_ok());
        assert_eq!(bench.clock.now().since(start), Duration::from_millis(takes), "{pause}");
        assert!(bench.network.is_connected(SocketAddr::new(ROOT, 53)));
    }
    let elsewhere = IpAddr::from([192, 0, 2, 200]);
    assert!(!bench.network.is_connected(SocketAddr::new(elsewhere, 53)));
}

#[tokio::test(start_paused = true)]
async fn the_dead_and_the_unknown_do_not_answer() {
    let bench = Bench::new();
    let dead = Conditions { dead: true, ..Conditions::default() };
    bench.network.set_conditions(dead);
    assert_eq!(bench.ask_root().await, Err(ExchangeError::Timeout));
    bench.network.set_conditions(Conditions { no_tcp: true, ..Conditions::default() });
    assert!(bench.ask_root().await.is_ok());
    assert_eq!(bench.ask(ROOT, Transport::Tcp).await, Err(ExchangeError::Unreachable));
    bench.network.set_conditions(Conditions { rejects: true, ..Conditions::default() });
    for transport in [Transport::Udp, Transport::Tcp] {
        let start = bench.clock.now();
        assert_eq!(bench.ask(ROOT, transport).await, Err(ExchangeError::Unreachable));
        assert_eq!(bench.clock.now().since(start), Duration::from_millis(20));
    }
    let nobody = IpAddr::from([192, 0, 2, 200]);
    assert_eq!(bench.ask(nobody, Transport::Udp).await, Err(ExchangeError::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_loses_the_same_datagrams() {
    let mut transcripts = Vec::new();
    for _ in 0..2 {
        let bench = Bench::new();
        bench.network.set_conditions(Conditions { loss: 300, ..Conditions::default() });
        for _ in 0..100 {
            let _ = bench.ask_root().await;
        }
        transcripts.push(bench.network.transcript());
    }
    assert_eq!(transcripts[0], transcripts[1]);
    let lost = transcripts[0].matches("no reply").count();
    assert!((15..45).contains(&lost), "{lost}");
}

#[tokio::test(start_paused = true)]
async fn responses_are_spoilt_on_the_way() {
    let bench = Bench::new();
    let whole = bench.ask_root().await.expect("a reply");
    let spoilt = async |tamper: Tamper| {
        bench.network.set_hook(tamper.hook(Some(ROOT)));
        bench.ask_root().await
    };
    let stripped = spoilt(Tamper::StripSignatures).await.expect("a reply");
    assert!(whole.authority.iter().any(|set| !set.signatures.is_empty()));
    assert!(stripped.authority.iter().all(|set| set.signatures.is_empty()));
    let downgraded = spoilt(Tamper::DropDs).await.expect("a reply");
    assert_eq!(downgraded.authority.len() + 1, whole.authority.len());
    let plain = spoilt(Tamper::NoEdns).await.expect("a reply");
    assert_eq!((plain.header.rcode, plain.edns), (Rcode::FORMERR, None));
    for lost in [Tamper::WrongId, Tamper::WrongQuestion(name("x.")), Tamper::Lose] {
        assert_eq!(spoilt(lost).await, Err(ExchangeError::Timeout));
    }
    bench.network.set_hook(Tamper::Lose.hook(Some(IpAddr::from([192, 0, 2, 2]))));
    assert_eq!(bench.ask_root().await, Ok(whole));
}

#[tokio::test(start_paused = true)]
async fn replies_overtake_each_other_as_the_jitter_says() {
    let bench = Bench::new();
    let jitter = Duration::from_millis(30);
    bench.network.set_conditions(Conditions { jitter, ..Conditions::default() });
    let took = async || {
        let start = bench.clock.now();
        bench.ask_root().await.expect("a reply");
        bench.clock.now().since(start)
    };
    let mut overtaken = 0;
    for _ in 0..100 {
        let (first, second) = tokio::join!(took(), took());
        let within = |took| (Duration::from_millis(20)..=Duration::from_millis(51)).contains(&took);
        assert!(within(first) && within(second), "{first:?} {second:?}");
        overtaken += u32::from(second < first);
    }
    assert!((30..70).contains(&overtaken), "{overtaken}");
}

#[tokio::test(start_paused = true)]
async fn so_many_of_a_thousand_questions_reach_their_server_twice() {
    let bench = Bench::new();
    bench.network.set_conditions(Conditions { duplicates: 300, ..Conditions::default() });
    let seen = Rc::new(std::cell::Cell::new(0));
    let count = Rc::clone(&seen);
    bench.network.set_hook(Box::new(move |_| {
        count.set(count.get() + 1);
        true
    }));
    for transport in [Transport::Udp, Transport::Tcp] {
        seen.set(0);
        for _ in 0..100 {
            bench.ask(ROOT, transport).await.expect("a reply");
        }
        let expected = if transport == Transport::Udp { 115..145 } else { 100..101 };
        assert!(expected.contains(&seen.get()), "{}", seen.get());
    }
}
