//! `bailiwick doctor` in namespaces where one thing is wrong, with the lab as the Internet.

use std::net::{IpAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use bailiwick::clock::{Clock, SystemClock, WallSeconds};
use bailiwick::lab::Internet;
use bailiwick::net::Transport;
use bailiwick::wire::{Message, Name, Question, Rcode, RrType};
use serde_json::Value;

use crate::crowd::{ask_all, count};
use crate::lab::{self, serve};
use crate::support::{
    Ask, Process, Resolver, Settings, add_addresses, ask, in_namespace, limited, run, yaml,
};
use crate::way::{Servers, Way};

const YEAR: WallSeconds = 365 * 86_400;

/// The lab, and the configuration file of a resolver that finds it as it would find the Internet.
pub struct World {
    pub internet: Internet,
    pub settings: Settings,
    directory: PathBuf,
}

impl World {
    /// One that was signed when `wall` was the date.
    pub fn new(directory: &Path, wall: WallSeconds) -> Self {
        let internet = Internet::new(wall).expect("the lab");
        let settings = lab::settings(&internet, directory);
        Self { internet, settings, directory: directory.to_owned() }
    }

    /// The same with all its servers on port 53 of their addresses.
    fn served(directory: &Path, wall: WallSeconds) -> Self {
        let world = Self::new(directory, wall);
        add_addresses(&world.addresses());
        serve(&world.internet, 53);
        world
    }

    pub fn addresses(&self) -> Vec<IpAddr> {
        lab::addresses(&self.internet)
    }

    fn doctor(&self, settings: &Settings) -> Output {
        let program = limited(settings.descriptors, env!("CARGO_BIN_EXE_bailiwick"));
        self.doctor_by(program, settings)
    }

    /// What `program` says, which is `bailiwick` under some restriction.
    fn doctor_by(&self, mut program: Command, settings: &Settings) -> Output {
        let file = self.directory.join("bailiwick.yaml");
        std::fs::write(&file, yaml(settings)).expect("written");
        program.args(["doctor", "--json", "-c"]).arg(file).output().expect("started")
    }

    /// Asserts the worst finding and its exit code.
    #[track_caller]
    fn expect(&self, settings: &Settings, finding: Option<&str>, code: i32) {
        expect(&self.doctor(settings), finding, code);
    }
}

/// Asserts the worst finding in what the doctor said, and its exit code.
#[track_caller]
fn expect(output: &Output, finding: Option<&str>, code: i32) {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let data: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(data["worst"].as_str(), finding, "{told}");
    assert_eq!(output.status.code(), Some(code), "{told}");
}

/// Today's date.
fn today() -> WallSeconds {
    SystemClock.wall()
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_nothing() {
    in_namespace(|directory| {
        let world = World::served(directory, today());
        world.expect(&world.settings, None, 0);
    });
}

/// The world's date is not this host's, which comes to the same as a clock that is wrong.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_a_clock_that_is_slow() {
    in_namespace(|directory| {
        let world = World::served(directory, today() + YEAR);
        world.expect(&world.settings, Some("wrong-clock"), 12);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_a_clock_that_is_fast() {
    in_namespace(|directory| {
        let world = World::served(directory, today() - YEAR);
        world.expect(&world.settings, Some("wrong-clock"), 12);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_a_taken_port_and_a_forwarder_that_is_not_there() {
    in_namespace(|directory| {
        let world = World::served(directory, today());
        let mut other = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        let mut other = Process::start("other", directory, other.arg("lab"));
        other.wait_until_ready(|| std::net::TcpStream::connect("127.0.0.1:5335").is_ok());
        world.expect(&world.settings, Some("listen"), 23);
        let forward = Some("203.0.113.77:53".parse().expect("a socket"));
        world.expect(&Settings { forward, ..world.settings.clone() }, Some("upstream"), 18);
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_that_there_is_no_network() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        world.expect(&world.settings, Some("offline"), 10);
        // Now sockets that take what is sent to them and say nothing: silence, not refusal.
        add_addresses(&world.addresses());
        let silent: Vec<_> = world.addresses().into_iter().map(silent).collect();
        world.expect(&world.settings, Some("offline"), 10);
        drop(silent);
    });
}

fn silent(ip: IpAddr) -> (UdpSocket, TcpListener) {
    (UdpSocket::bind((ip, 53)).expect("bound"), TcpListener::bind((ip, 53)).expect("bound"))
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_tells_what_is_lost_on_the_way() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        let roots = Servers::serve(&world.internet);
        let strip = |_: IpAddr, _: Transport, _: &Message, reply: &mut Message| {
            reply.answer.iter_mut().for_each(|set| set.signatures.clear());
            true
        };
        let paths: [(Option<&str>, i32, Way); 7] = [
            (None, 0, |_, _, _, _| true),
            (Some("no-udp"), 13, |_, transport, _, _| transport == Transport::Tcp),
            (Some("no-tcp"), 14, |_, transport, _, _| transport == Transport::Udp),
            (Some("large-answers-lost"), 15, |_, transport, query, _| {
                transport == Transport::Tcp || query.edns.is_none()
            }),
            (Some("no-dnssec"), 16, strip),
            (Some("family-broken"), 21, |ip, _, _, _| ip.is_ipv4()),
            (Some("family-broken"), 21, |ip, _, _, _| ip.is_ipv6()),
        ];
        for (finding, code, path) in paths {
            roots.change(path);
            world.expect(&world.settings, finding, code);
        }
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_few_descriptors() {
    in_namespace(|directory| {
        let world = World::served(directory, today());
        let few = Settings { descriptors: Some(256), ..world.settings.clone() };
        world.expect(&few, Some("few-descriptors"), 24);
    });
}

/// Of the ports of this host nearly all are for the privileged, which this resolver is not.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_ports_that_can_be_guessed() {
    in_namespace(|directory| {
        let world = World::served(directory, today());
        for (key, value) in
            [("ip_local_port_range", "65400 65463"), ("ip_unprivileged_port_start", "65400")]
        {
            std::fs::write(format!("/proc/sys/net/ipv4/{key}"), value).expect("set");
        }
        let mut program = Command::new("setpriv");
        program.args(["--bounding-set", "-net_bind_service"]);
        program.arg(env!("CARGO_BIN_EXE_bailiwick"));
        let settings = Settings { port: Some(65_500), ..world.settings.clone() };
        expect(&world.doctor_by(program, &settings), Some("guessable-ports"), 25);
    });
}

/// Something on the way loses what it does not know: the cookies that the resolver sends, and the doctor's questions do not
/// have.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_that_nothing_resolves_though_servers_answer() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        Servers::serve(&world.internet).change(|_, _, query, _| {
            query.edns.as_ref().is_none_or(|edns| edns.options.is_empty())
        });
        world.expect(&world.settings, Some("resolution"), 22);
    });
}

/// One resolver that every address leads to, as behind a router that redirects port 53.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn doctor_finds_an_interceptor() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        run(Command::new("ip").args(["route", "add", "local", "default", "dev", "lo"]));
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        command.args(["lab", "--listen", "0.0.0.0:53"]);
        let mut interceptor = Process::start("interceptor", directory, &mut command);
        interceptor.wait_until_ready(|| std::net::TcpStream::connect("192.0.2.1:53").is_ok());
        world.expect(&world.settings, Some("intercepted"), 11);
    });
}

/// Whoever answers over UDP with a truncated reply alone cannot be asked further when TCP is blocked.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_that_tcp_is_blocked() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        Servers::serve(&world.internet).change(|ip, transport, _, reply| {
            let is_root = matches!(ip, IpAddr::V4(v4) if v4.octets()[0] == 192);
            reply.header.flags.truncated |= ip.is_ipv4() && !is_root;
            is_root || transport == Transport::Udp
        });
        let resolver = Resolver::start("resolver", directory, &world.settings);
        let zones = ["p256", "alias", "family", "rsasha1", "unsigned", "keytrap"];
        let names = zones.map(|zone| format!("www.{zone}.test.").parse().expect("a name"));
        ask_all(resolver.address, &names, Duration::from_secs(6));
        expect_line(directory, "resolver", "let TCP to port 53 through");
    });
}

/// Asserts that the resolver said `what` in one line of its log.
#[track_caller]
fn expect_line(directory: &Path, resolver: &str, what: &str) {
    let log = directory.join(resolver).join(format!("{resolver}.log"));
    let log = std::fs::read_to_string(log).expect("a log");
    assert_eq!(log.lines().filter(|line| line.contains(what)).count(), 1, "{log}");
}

fn names(count: usize, zone: &str) -> Vec<Name> {
    (0..count).map(|n| format!("x{n}.{zone}").parse().expect("a name")).collect()
}

/// And whoever asks is answered all the same, over TCP.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_that_udp_is_blocked() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        Servers::serve(&world.internet).change(|_, transport, _, _| transport == Transport::Tcp);
        let resolver = Resolver::start("resolver", directory, &world.settings);
        for zone in ["unsigned.test.", "p256.test."] {
            let clients = ask_all(resolver.address, &names(20, zone), Duration::from_secs(6));
            assert_eq!(count(&clients, |rcode, _| rcode == Rcode::NXDOMAIN), 20, "{zone}");
        }
        expect_line(directory, "resolver", "let UDP to port 53 through");
    });
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_that_ipv6_leads_nowhere() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        Servers::serve(&world.internet).change(|ip, _, _, _| ip.is_ipv4());
        let resolver = Resolver::start("resolver", directory, &world.settings);
        let zones = ["p256", "alias", "family", "rsasha1", "unsigned", "keytrap"];
        for zone in zones.map(|zone| format!("{zone}.test.")) {
            ask_all(resolver.address, &names(10, &zone), Duration::from_secs(6));
        }
        expect_line(directory, "resolver", "family=IPv6");
    });
}

/// Resolver `name` answers nothing, and says `why` in one line.
#[track_caller]
fn nothing_resolves(directory: &Path, settings: &Settings, name: &str, why: &str) {
    let resolver = Resolver::start(name, directory, settings);
    for asked in ["test.", "www.p256.test.", "unsigned.test."] {
        let question = Question::new(asked.parse().expect("a name"), RrType::A);
        let response = ask(resolver.address, &question, Ask::Checked).expect("a response");
        assert_eq!(response.header.rcode, Rcode::SERVFAIL, "{asked}");
    }
    expect_line(directory, name, "nothing can be resolved");
    expect_line(directory, name, why);
}

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_that_the_clock_is_slow() {
    in_namespace(|directory| {
        let world = World::served(directory, today() + YEAR);
        nothing_resolves(directory, &world.settings, "slow", "the clock of this host is slow");
    });
}

/// The one that every address leads to resolves, and takes DNSSEC records out as such do.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_that_somebody_else_answers() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        add_addresses(&world.addresses());
        Servers::serve(&world.internet).change(|_, _, _, reply| {
            reply.header.flags.authoritative = false;
            reply.header.flags.recursion_available = true;
            for section in [&mut reply.answer, &mut reply.authority] {
                section.iter_mut().for_each(|set| set.signatures.clear());
            }
            true
        });
        nothing_resolves(directory, &world.settings, "intercepted", "answers in their place");
    });
}

/// The resolver itself says it in one line, however many questions fail.
#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn serve_says_once_why_nothing_can_be_resolved() {
    in_namespace(|directory| {
        let world = World::new(directory, today());
        let once =
            |settings: &Settings, name: &str, why| nothing_resolves(directory, settings, name, why);
        once(&world.settings, "offline", "no root server answers");
        let forward = Some("203.0.113.77:53".parse().expect("a socket"));
        once(&Settings { forward, ..world.settings.clone() }, "forwarding", "no forwarder answers");
        add_addresses(&world.addresses());
        serve(&Internet::new(today() - YEAR).expect("the lab"), 53);
        once(&world.settings, "clock", "the clock of this host is fast");
    });
}
