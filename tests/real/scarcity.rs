//! Few descriptors, and clients that take all that they can get: the others are served all the same.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::wire::{Name, Rcode};

use crate::crowd::{ask_all, count, longest};
use crate::lab;
use crate::pressure::{connect, exchange};
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
    (0..count).map(|n| format!("{what}{n}.{zone}").parse().expect("a name")).collect()
}
