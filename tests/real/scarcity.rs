//! Few descriptors, and clients that take all that they can get: the others are served all the same.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::wire::{Name, Rcode};

use crate::crowd::{Client, ask_all, count, longest};
use crate::lab;
use crate::pressure::{all_descriptors, connect, exchange, fill};
use crate::support::{Resolver, Settings, add_addresses, in_namespace};
use crate::way::Servers;

/// The server of `family.test.` in the lab, and of nothing else that is asked for here.
pub const SILENT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 4));

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn few_descriptors_are_divided() {
    in_namespace(|directory| {
        let internet = Internet::new(SystemClock.wall()).expect("the lab");
        add_addresses(&lab::addresses(&internet));
        Servers::serve(&internet).change(|ip, _, _, _| ip != SILENT);
        let settings = lab::settings(&internet, directory);
        let settings = Settings { descriptors: Some(64), workers: Some(2), ..settings };
        let mut resolver = Resolver::start("resolver", directory, &settings);
        let log = std::fs::read_to_string(directory.join("resolver/resolver.log")).expect("a log");
        let told: Vec<_> = log.lines().filter(|line| line.contains("ulimit -n")).collect();
        assert!(told.len() == 1 && told[0].contains("is 64"), "{log}");
        assert_served(&resolver, "quiet");

        // More connections than there are descriptors, and questions that keep sockets waiting.
        let greedy: Vec<_> = (0..200).map(|n| connect(resolver.address, n * 10)).collect();
        let silent = names("family.test.", "silent", 200);
        std::thread::scope(|scope| {
            let unlucky =
                scope.spawn(|| ask_all(resolver.address, &silent, Duration::from_secs(6)));
            assert_served(&resolver, "busy");
            let unlucky = unlucky.join().expect("no panic");
            let told = count(&unlucky, |rcode, explained| rcode == Rcode::SERVFAIL && explained);
            println!(
                "few descriptors: {told} of 200 were told, the last after {:?}",
                longest(&unlucky)
            );
            assert_eq!(told, 200);
        });
        let before = resolver.cpu_seconds();
        std::thread::sleep(Duration::from_secs(1));
        let used = resolver.cpu_seconds() - before;
        println!("few descriptors: {used:.2} s of processor time in a second");
        assert!(used < 0.1, "{used}");
        assert_served(&resolver, "held");

        drop(greedy);
        assert_eq!(exchange(&mut connect(resolver.address, 0)).header.rcode, Rcode::NOERROR);
        let log = std::fs::read_to_string(directory.join("resolver/resolver.log")).expect("a log");
        assert!(!log.contains("cannot accept"), "{log}");
        let stopped = resolver.stop();
        assert!(stopped < Duration::from_secs(1), "stopping took {stopped:?}");
    });
}

/// Round after round of all that clients can do takes no more memory than the first, and a stop amid it is quick.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn memory_stays_flat_and_a_stop_is_quick_under_pressure() {
    in_namespace(|directory| {
        all_descriptors();
        let internet = Internet::new(SystemClock.wall()).expect("the lab");
        add_addresses(&lab::addresses(&internet));
        Servers::serve(&internet).change(|ip, _, _, _| ip != SILENT);
        let settings = lab::settings(&internet, directory);
        let mut resolver = Resolver::start("resolver", directory, &settings);
        let resident: Vec<_> = (0..ROUNDS)
            .map(|round| {
                press(&resolver, &format!("round{round}-"));
                resolver.resident()
            })
            .collect();
        let kib: Vec<_> = resident.iter().map(|octets| octets / 1024).collect();
        println!("pressure: {kib:?} KiB after each round");
        let last = resident[ROUNDS - 1];
        assert!(last.saturating_sub(resident[1]) < 2_000_000, "{kib:?} KiB");

        let address = resolver.address;
        let silent = names("family.test.", "end", 200);
        let waiting: Vec<_> = silent.iter().map(|name| Client::ask(address, name)).collect();
        let idle: Vec<_> = (0..2_000).map(|n| connect(address, n)).collect();
        let ended = AtomicBool::new(false);
        let stopped = std::thread::scope(|scope| {
            scope.spawn(|| {
                let flood = (0..).take_while(|_| !ended.load(Ordering::Relaxed));
                flood.for_each(|n| {
                    let _ = Client::try_ask(address, &nth("unsigned.test.", "end", n));
                });
            });
            std::thread::sleep(Duration::from_millis(100));
            let stopped = resolver.stop();
            ended.store(true, Ordering::Relaxed);
            stopped
        });
        println!("pressure: stopped after {stopped:?}");
        assert!(stopped < Duration::from_secs(1), "{stopped:?}");
        drop((waiting, idle));
    });
}

const ROUNDS: usize = 4;

/// A crowd of idle and of deaf connections, of questions that nobody answers, and of questions that somebody does.
fn press(resolver: &Resolver, round: &str) {
    let server = resolver.address;
    let idle: Vec<_> = (0..2_000).map(|n| connect(server, n)).collect();
    let mut deaf: Vec<_> = (0..20).map(|n| connect(server, 2_000 + n * 10)).collect();
    for stream in &mut deaf {
        fill(stream);
    }
    let asked = [names("family.test.", round, 200), names("unsigned.test.", round, 200)].concat();
    let clients = ask_all(server, &asked, Duration::from_secs(5));
    let answered = count(&clients, |rcode, _| rcode == Rcode::NXDOMAIN);
    let odd = clients[200..].iter().find(|c| c.outcome().is_none_or(|o| o.0 != Rcode::NXDOMAIN));
    assert_eq!(answered, 200, "{:?}", odd.map(|odd| &odd.reply));
    assert_eq!(count(&clients, |rcode, explained| rcode == Rcode::SERVFAIL && explained), 200);
    drop((idle, deaf));
    std::thread::sleep(Duration::from_millis(100));
}

/// Thirty names that are in the cache, the first time excepted, and thirty that are not.
fn assert_served(resolver: &Resolver, when: &str) {
    let cached = vec!["www.p256.test.".parse().expect("a name"); 30];
    let fresh = names("unsigned.test.", when, 30);
    for (what, names, wanted) in
        [("cached", cached, Rcode::NOERROR), ("fresh", fresh, Rcode::NXDOMAIN)]
    {
        let clients = ask_all(resolver.address, &names, Duration::from_secs(4));
        let served = count(&clients, |rcode, _| rcode == wanted);
        println!("{when}: {served} of 30 {what}, the last after {:?}", longest(&clients));
        assert_eq!(served, 30, "{what} names, {when}");
    }
}

/// So many names below `zone`.
pub fn names(zone: &str, what: &str, count: usize) -> Vec<Name> {
    (0..count).map(|n| nth(zone, what, n)).collect()
}

/// The `n`th of them.
pub fn nth(zone: &str, what: &str, n: usize) -> Name {
    format!("{what}{n}.{zone}").parse().expect("a name")
}
