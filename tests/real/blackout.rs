//! The network goes and comes back, by the real clock: the first good answer comes within a second of its return, without
//! a restart. The long black-outs are simulated ones (tests/simulated/recovery.rs).

use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::wire::{Question, Rcode, RrType};

use crate::doctor::World;
use crate::lab::serve;
use crate::support::{Ask, Resolver, add_addresses, ask, in_namespace, run};
use crate::way::Servers;

const BLACK_OUT: Duration = Duration::from_secs(10);
const RETURN: Duration = Duration::from_secs(1);
/// The time from one question to the next one.
const EVERY: Duration = Duration::from_millis(100);

/// What somebody was told, when.
struct Told {
    at: Instant,
    rcode: Rcode,
}

static OVER: AtomicBool = AtomicBool::new(false);

/// Asks each time for another name, of a zone whose denials settle nothing but themselves, and waits for no answer before
/// the next question.
fn keep_asking(server: SocketAddr) -> Receiver<Told> {
    let (sender, told) = channel();
    std::thread::spawn(move || {
        for number in 0.. {
            if OVER.load(Ordering::Relaxed) {
                return;
            }
            let name = format!("b{number}.unsigned.test.").parse().expect("a name");
            let sender = sender.clone();
            std::thread::spawn(move || {
                let question = Question::new(name, RrType::A);
                let response = ask(server, &question, Ask::Checked).expect("a response");
                // Who looks for the first good answer may have found it.
                let _ = sender.send(Told { at: Instant::now(), rcode: response.header.rcode });
            });
            std::thread::sleep(EVERY);
        }
    });
    told
}

/// The first good answer after the return at `back` must come soon.
#[track_caller]
fn is_back(told: &Receiver<Told>, back: Instant) {
    let good = |told: &Told| told.at > back && told.rcode != Rcode::SERVFAIL;
    let first = std::iter::from_fn(|| told.recv_timeout(BLACK_OUT).ok()).find(good);
    let took = first.expect("a good answer").at.duration_since(back);
    println!("the first good answer {took:?} after the return");
    assert!(took <= RETURN, "{took:?}");
}

/// All that was told since `dark` must be failures.
#[track_caller]
fn is_dark(told: &Receiver<Told>, dark: Instant) {
    // What was on its way may still have come.
    let dark = dark + EVERY;
    let failed = told.try_iter().filter(|told| told.at > dark);
    let good = failed.filter(|told| told.rcode != Rcode::SERVFAIL).count();
    assert_eq!(good, 0);
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn servers_that_were_silent_for_ten_seconds() {
    in_namespace(|directory| {
        let world = World::new(directory, SystemClock.wall());
        add_addresses(&world.addresses());
        let servers = Servers::serve(&world.internet);
        let resolver = Resolver::start("resolver", directory, &world.settings);
        let told = keep_asking(resolver.address);
        is_back(&told, Instant::now());
        let dark = Instant::now();
        servers.change(|_, _, _, _| false);
        std::thread::sleep(BLACK_OUT);
        is_dark(&told, dark);
        let back = Instant::now();
        servers.change(|_, _, _, _| true);
        is_back(&told, back);
        OVER.store(true, Ordering::Relaxed);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn started_without_a_network_and_then_connected() {
    in_namespace(|directory| {
        let world = World::new(directory, SystemClock.wall());
        let resolver = Resolver::start("resolver", directory, &world.settings);
        let told = keep_asking(resolver.address);
        let dark = Instant::now();
        std::thread::sleep(BLACK_OUT);
        is_dark(&told, dark);
        let back = Instant::now();
        add_addresses(&world.addresses());
        serve(&world.internet, 53);
        is_back(&told, back);
        // The same when it goes again: there is no route to any server while their addresses are gone.
        for address in world.addresses() {
            let prefix = if address.is_ipv4() { 32 } else { 128 };
            let address = format!("{address}/{prefix}");
            run(Command::new("ip").args(["address", "delete", &address, "dev", "lo"]));
        }
        let dark = Instant::now();
        std::thread::sleep(BLACK_OUT);
        is_dark(&told, dark);
        let back = Instant::now();
        add_addresses(&world.addresses());
        is_back(&told, back);
        OVER.store(true, Ordering::Relaxed);
    });
}
