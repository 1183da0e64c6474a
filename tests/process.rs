//! The program as its users start it: exit codes, what it prints, and what it says of a wrong configuration.
#![allow(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic, and one watches real processes by the real clock"
)]

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::Internet;
use bailiwick::wire::{Flags, Header, Message, Opcode, Question, Rcode, RrType, compose};
use serde_json::Value;

/// Runs it to its end, which comes within a minute: what should have been refused must not serve for ever.
fn bailiwick(arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.args(["60", env!("CARGO_BIN_EXE_bailiwick")]).args(arguments);
    command.output().expect("started")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).expect("UTF-8")
}

/// A file of this test's own, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bailiwick-{}-{name}", std::process::id()));
        std::fs::write(&path, content).expect("written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_selftest_agrees_with_every_expectation() {
    let output = bailiwick(&["selftest"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.lines().filter(|line| line.ends_with("ok")).count() >= 80, "{told}");
}

#[test]
fn without_validation_each_broken_row_fails() {
    let output = bailiwick(&["selftest", "--validation", "false"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let broken: Vec<_> = told.lines().filter(|line| line.contains("SERVFAIL (")).collect();
    assert!(broken.len() >= 20, "{told}");
    assert!(broken.iter().all(|line| line.ends_with("FAILED")), "{broken:#?}");
    let secure = told.lines().filter(|line| line.contains(", secure"));
    assert!(secure.clone().count() >= 40 && secure.clone().all(|line| line.ends_with("FAILED")));
}

#[test]
fn explain_tells_walk_chain_verdict_and_rule() {
    let output = bailiwick(&["explain", "--lab", "www.expired.test"]);
    let told = text(&output.stdout);
    assert!(output.status.success());
    for part in [
        "referral  . -> test.",
        "link      . secure: the trust anchor names key",
        "link      test. secure: the DS RRset names key",
        "verdict: bogus: expired.test. DNSKEY: RRSIG by key",
        "rule: RFC 4035 5.3.1",
        "response code: SERVFAIL",
        "extended error 7 (Signature Expired)",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

#[test]
fn explain_gives_the_same_as_data() {
    let output = bailiwick(&["trace", "--lab", "no.nsec.test", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["verdict"]["status"], "secure");
    assert_eq!(told["rcode"], "NXDOMAIN");
    let steps = told["steps"].as_array().expect("steps");
    let count = |kind: &str| steps.iter().filter(|step| step["step"] == kind).count();
    assert_eq!((count("referral"), count("link"), count("judged")), (2, 3, 1), "{told:#}");
    assert!(told["authority"].as_array().is_some_and(|records| records.len() >= 4));
}

#[test]
fn the_doctor_finds_nothing_wrong_with_the_lab() {
    let output = bailiwick(&["doctor", "--lab"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.lines().filter(|line| line.starts_with("ok ")).count() >= 8, "{told}");
    assert!(told.ends_with("all is well\n"), "{told}");
    let output = bailiwick(&["doctor", "--lab", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&told["exit-code"], &told["worst"]), (&Value::from(0), &Value::Null));
    let checks = told["checks"].as_array().expect("checks");
    assert!(checks.iter().any(|check| check["check"] == "clock" && check["outcome"] == "ok"));
}

/// What it finds is told by codes from 10 on; a configuration that cannot be read is none of them.
#[test]
fn the_doctor_cannot_work_with_a_wrong_configuration() {
    let wrong = Scratch::new("doctor.yaml", "cache: {max-sise: 1GiB}\n");
    let output = bailiwick(&["doctor", "-c", wrong.path()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("max-size"), "{}", text(&output.stderr));
}

#[test]
fn anchors_are_listed_with_zone_tag_algorithm_digest_and_source() {
    let output = bailiwick(&["anchors", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let anchors = told["trust-anchors"].as_array().expect("anchors");
    let tags: Vec<_> = anchors.iter().filter_map(|anchor| anchor["key-tag"].as_u64()).collect();
    assert_eq!(tags, [20326, 38696]);
    assert_eq!(anchors[0]["source"], "built-in");
    assert_eq!(anchors[0]["algorithm"], "RSASHA256");
    assert_eq!(anchors[0]["digest-type"], "SHA-256");
    assert_eq!(told["trust-points"][0]["state"], "active");
    let listed = text(&bailiwick(&["anchors"]).stdout);
    assert!(listed.contains("20326") && listed.contains("trust points"), "{listed}");
}

#[test]
fn check_tells_file_line_key_and_remedy() {
    let wrong = Scratch::new("wrong.yaml", "cache:\n  max-sise: 1GiB\nresolver: {workers: 0}\n");
    let output = bailiwick(&["check", wrong.path()]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains(&format!("{}:2:3: ", wrong.path())), "{told}");
    assert!(told.contains("max-size") && told.contains("resolver.workers"), "{told}");
    let good = Scratch::new("good.yaml", "# the recommended configuration\n");
    assert!(bailiwick(&["check", good.path()]).status.success());
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/config/bailiwick.yaml");
    assert!(bailiwick(&["check", sample]).status.success());
}

#[test]
fn a_wrong_configuration_stops_the_start() {
    let anchor = Scratch::new("bad.key", "; a comment\n. IN DS 20326 3 2 E06D44\n");
    let content = format!("dnssec: {{trust-anchors: [{}]}}\n", anchor.path());
    let wrong = Scratch::new("bad-anchor.yaml", &content);
    for command in ["serve", "anchors"] {
        let output = bailiwick(&[command, "-c", wrong.path()]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with(&format!("{}:2", anchor.path())), "{told}");
    }
    let missing = bailiwick(&["serve", "--config", "/nonexistent/bailiwick.yaml"]);
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn a_listener_that_only_this_host_may_ask_is_warned_about() {
    let content = "listen: [\"192.0.2.1:53\"]\n";
    let config = Scratch::new("warned.yaml", content);
    let output = bailiwick(&["check", config.path()]);
    let told = text(&output.stderr);
    assert!(output.status.success() && told.contains("access") && told.contains("allow"), "{told}");
}

#[test]
fn a_command_line_that_cannot_be_read_ends_with_2() {
    assert_eq!(bailiwick(&["serv"]).status.code(), Some(2));
    assert_eq!(bailiwick(&["--version"]).status.code(), Some(0));
}

/// A process that is killed in the end, as by a power cut.
struct Running(std::process::Child);

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        command.args(arguments);
        let quiet = std::process::Stdio::null;
        Self::spawn(command.stdout(quiet()).stderr(quiet()))
    }

    /// The same, with what it says in `log`.
    fn spawn_logging(command: &mut Command, log: &Scratch) -> Self {
        let file = std::fs::File::create(&log.0).expect("a log");
        let copy = file.try_clone().expect("the same");
        Self::spawn(command.stdout(file).stderr(copy))
    }

    fn spawn(command: &mut Command) -> Self {
        Self(command.stdin(std::process::Stdio::null()).spawn().expect("started"))
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port on 127.0.0.1 that nobody listened on a moment ago.
fn free_port() -> u16 {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("bound").port()
}

fn query(name: &str, rtype: RrType) -> Message {
    let flags = Flags { recursion_desired: true, authentic_data: true, ..Flags::default() };
    let header = Header { id: 1, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut query = Message::new(header);
    query.questions.push(Question::new(name.parse().expect("a name"), rtype));
    query
}

/// What the resolver at `port` answers; asked until it does, for a while.
fn answer_from(port: u16, name: &str, rtype: RrType) -> Message {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(("127.0.0.1", port)).expect("connected");
    socket.set_read_timeout(Some(Duration::from_secs(6))).expect("set");
    let (query, mut reply) = (compose(&query(name, rtype), 512, false), [0; 4096]);
    for _ in 0..200 {
        let sent = socket.send(&query);
        match sent.and_then(|_| socket.recv(&mut reply)) {
            Ok(length) => return Message::parse(&reply[..length]).expect("a reply"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)), // it does not listen yet
        }
    }
    panic!("no answer from port {port}")
}

/// Killed while its cache is full, it answers what it had proven before any server does: there are none any more.
#[test]
fn the_cache_outlives_a_kill_and_is_proven_anew() {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    let [lab_port, port] = [free_port(), free_port()];
    let anchors: Vec<_> = internet.anchors_text().lines().map(|line| format!("{line:?}")).collect();
    let state = std::env::temp_dir().join(format!("bailiwick-{}-state", std::process::id()));
    let config = Scratch::new(
        "persist.yaml",
        &format!(
            "listen: [\"127.0.0.1:{port}\"]\nforward: [{{zone: ., to: [\"127.0.0.1:{lab_port}\"]}}]\n\
             dnssec: {{trust-anchors: [{}]}}\nspecial-use: {{test: false}}\nstate-directory: {}\n\
             cache: {{persist: true, persist-interval: 1s, serve-stale: {{enabled: false}}}}\n",
            anchors.join(", "),
            state.display()
        ),
    );
    let questions = [
        ("www.p256.test.", RrType::A, Rcode::NOERROR, true),
        ("no.nsec.test.", RrType::A, Rcode::NXDOMAIN, true),
        ("www.unsigned.test.", RrType::A, Rcode::NOERROR, false),
    ];
    let check = |when: &str| {
        for (name, rtype, rcode, secure) in questions {
            let reply = answer_from(port, name, rtype);
            let told = (reply.header.rcode, reply.header.flags.authentic_data);
            assert_eq!(told, (rcode, secure), "{name} {when}");
        }
    };
    let mut lab = Running::start(&["lab", "--listen", &format!("127.0.0.1:{lab_port}")]);
    answer_from(lab_port, "www.p256.test.", RrType::A);
    let mut first = Running::start(&["serve", "-c", config.path()]);
    check("from servers");
    let file = state.join("cache");
    let asked = SystemTime::now();
    let written = || file.metadata().and_then(|about| about.modified()).ok();
    while written().is_none_or(|written| written < asked) {
        assert!(asked.elapsed().expect("time goes on") < Duration::from_secs(30), "not written");
        std::thread::sleep(Duration::from_millis(50));
    }
    first.kill();
    lab.kill();
    let second = Running::start(&["serve", "-c", config.path()]);
    check("from the file, though nobody else is there");
    drop(second);
    // Torn, it costs nothing but itself.
    let whole = std::fs::read(&file).expect("there");
    std::fs::write(&file, &whole[..40]).expect("written");
    let mut lab = Running::start(&["lab", "--listen", &format!("127.0.0.1:{lab_port}")]);
    answer_from(lab_port, "www.p256.test.", RrType::A);
    let third = Running::start(&["serve", "-c", config.path()]);
    check("from servers again");
    drop(third);
    lab.kill();
    let _ = std::fs::remove_dir_all(&state);
}

/// The limit of open files is raised as far as it may be, and what it is for is said.
#[test]
fn the_limit_of_open_files_is_raised_and_told() {
    const HELD: usize = 600;
    let (port, log) = (free_port(), Scratch::new("descriptors.log", ""));
    let config = Scratch::new(
        "descriptors.yaml",
        &format!("listen: [\"127.0.0.1:{port}\"]\nresolver: {{workers: 2}}\n"),
    );
    let mut command = Command::new("prlimit");
    command.args(["--nofile=256:4096", env!("CARGO_BIN_EXE_bailiwick"), "serve", "-c"]);
    let serving = Running::spawn_logging(command.arg(config.path()), &log);
    assert_eq!(answer_from(port, "localhost.", RrType::A).header.rcode, Rcode::NOERROR);
    let connect = |n: usize| {
        let from = [127, 0, 1, u8::try_from(n % 250).expect("an octet") + 1];
        connected_from(from.into(), port)
    };
    let mut held: Vec<_> = (0..HELD).map(connect).collect();
    for stream in &mut held {
        assert_eq!(ask_over(stream, "localhost.").header.rcode, Rcode::NOERROR);
    }
    // None of them gave way to those that came later.
    assert_eq!(ask_over(&mut held[0], "localhost.").header.rcode, Rcode::NOERROR);
    drop(serving);
    let told = std::fs::read_to_string(log.path()).expect("a log");
    let lines: Vec<_> = told.lines().filter(|line| line.contains("what it is for")).collect();
    assert_eq!(lines.len(), 1, "{told}");
    for part in ["soft=256", "hard=4096", "open=4096", "tcp_connections=2035", "per_worker=1017"] {
        assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
    }
}

/// A connection to `port` from another of this host's addresses: one client may have a part of them only.
fn connected_from(from: std::net::Ipv4Addr, port: u16) -> std::net::TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&std::net::SocketAddr::from((from, 0)).into()).expect("bound");
    let server = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    socket.connect(&server.into()).expect("connected");
    let stream = std::net::TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    stream
}

/// The answer over `stream`, to the address of `name`.
fn ask_over(stream: &mut std::net::TcpStream, name: &str) -> Message {
    let query = compose(&query(name, RrType::A), 512, false);
    let length = u16::try_from(query.len()).expect("short").to_be_bytes();
    stream.write_all(&[&length[..], &query].concat()).expect("sent");
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("a reply");
    let mut reply = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut reply).expect("all of it");
    Message::parse(&reply).expect("a reply")
}

/// A resolver at 127.0.0.2 that hands on what the one at `port` says, without DNSSEC records (RFC 4035 section 3.2.1 asks for
/// them). It ends with the test's process.
fn start_stripper(port: u16) -> std::net::SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.2:0").expect("a socket");
    let address = socket.local_addr().expect("bound");
    std::thread::spawn(move || {
        let upstream = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        upstream.connect(("127.0.0.1", port)).expect("connected");
        upstream.set_read_timeout(Some(Duration::from_secs(1))).expect("set");
        let mut octets = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut octets) {
            let _ = upstream.send(&octets[..length]);
            let Ok(length) = upstream.recv(&mut octets) else { continue };
            let Ok(mut reply) = Message::parse(&octets[..length]) else { continue };
            for section in [&mut reply.answer, &mut reply.authority] {
                section.retain(|set| !matches!(set.rtype, RrType::NSEC | RrType::NSEC3));
                section.iter_mut().for_each(|set| set.signatures.clear());
            }
            let _ = socket.send_to(&compose(&reply, 4096, true), from);
        }
    });
    address
}

/// Whoever asks is served by the other one, and the operator is told once.
#[test]
fn a_forwarder_that_strips_dnssec_is_named_once_in_the_log() {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    let [lab_port, port] = [free_port(), free_port()];
    let stripper = start_stripper(lab_port);
    let anchors: Vec<_> = internet.anchors_text().lines().map(|line| format!("{line:?}")).collect();
    let (config, log) = (
        Scratch::new(
            "stripper.yaml",
            &format!(
                "listen: [\"127.0.0.1:{port}\"]\n\
                 forward: [{{zone: ., to: [\"{stripper}\", \"127.0.0.1:{lab_port}\"]}}]\n\
                 dnssec: {{trust-anchors: [{}], aggressive-denial: false}}\n\
                 special-use: {{test: false}}\n",
                anchors.join(", ")
            ),
        ),
        Scratch::new("stripper.log", ""),
    );
    let lab = Running::start(&["lab", "--listen", &format!("127.0.0.1:{lab_port}")]);
    answer_from(lab_port, "www.p256.test.", RrType::A);
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
    command.args(["serve", "-c", config.path()]);
    let serving = Running::spawn_logging(&mut command, &log);
    let lines = || {
        let log = std::fs::read_to_string(log.path()).expect("a log");
        let told = log.lines().filter(|line| line.contains("passes no DNSSEC records on"));
        told.map(str::to_owned).collect::<Vec<_>>()
    };
    // One that the first choice did not fall on is tried by chance, once in 32 questions.
    let (mut asked, mut after) = (0, 0);
    while after < 30 && asked < 1_000 {
        let reply = answer_from(port, &format!("x{asked}.p256.test."), RrType::A);
        let told = (reply.header.rcode, reply.header.flags.authentic_data);
        assert_eq!(told, (Rcode::NXDOMAIN, true), "{asked}");
        asked += 1;
        after += u32::from(!lines().is_empty());
    }
    drop((serving, lab));
    let lines = lines();
    assert!(lines.len() == 1 && lines[0].contains(&stripper.to_string()), "{lines:?}");
}
