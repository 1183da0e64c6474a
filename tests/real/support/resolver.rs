//! The resolver under test: Bailiwick, or in its place Unbound with equal settings.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick::wire::{Name, Question, RrType};

use super::unbound::start_unbound;
use super::{Ask, Process, ask};

/// What a resolver is told. Everything that is `None` is left at the resolver's default.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The port on 127.0.0.1; the default is 5335.
    pub port: Option<u16>,
    /// A file of root hints; the default are the built-in ones.
    pub root_hints: Option<PathBuf>,
    /// Trust anchors as DS records in one line each; the default are the built-in ones.
    pub trust_anchors: Option<Vec<String>>,
    /// A resolver that everything is forwarded to.
    pub forward: Option<SocketAddr>,
    /// What the caches may take, as `16MiB`.
    pub cache: Option<&'static str>,
    /// The longest time for which anything is kept, as `4s`.
    pub longest: Option<&'static str>,
    /// Where the cache is kept beyond its end; nowhere by default.
    pub persist_in: Option<PathBuf>,
    /// The threads that answer.
    pub workers: Option<usize>,
    /// How many files it may have open.
    pub descriptors: Option<u32>,
    /// The date at the start, as `2026-08-01 00:00:00` in UTC; the default is today.
    pub date: Option<String>,
}

impl Settings {
    /// Where the resolver listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port.unwrap_or(5335)).into()
    }
}

/// A resolver that runs until this is dropped.
pub struct Resolver {
    /// Where it listens.
    pub address: SocketAddr,
    process: Process,
}

impl Resolver {
    /// Starts the resolver under test and waits until it answers.
    pub fn start(name: &str, directory: &Path, settings: &Settings) -> Self {
        let own = directory.join(name);
        std::fs::create_dir_all(&own).expect("a directory for the resolver");
        let process = if stand_in() {
            start_unbound(name, &own, settings)
        } else {
            start_bailiwick(name, &own, settings)
        };
        Self::ready(process, settings.address())
    }

    /// Waits until `process` answers at `address`, whatever it answers.
    pub fn ready(mut process: Process, address: SocketAddr) -> Self {
        let question = Question::new(Name::root(), RrType::SOA);
        process.wait_until_ready(|| ask(address, &question, Ask::Checked).is_ok());
        Self { address, process }
    }

    /// The address without the port, as text for a command line.
    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// Octets of memory that it holds.
    pub fn resident(&self) -> u64 {
        self.process.resident()
    }

    /// Asks it to stop, and tells how long that took.
    pub fn stop(&mut self) -> std::time::Duration {
        self.process.stop()
    }

    /// Seconds of processor time that it has used.
    pub fn cpu_seconds(&self) -> f64 {
        self.process.cpu_seconds()
    }
}

/// Does Unbound stand in for Bailiwick?
pub fn stand_in() -> bool {
    match std::env::var("BAILIWICK_TEST_RESOLVER").as_deref() {
        Ok("unbound") => true,
        Ok("bailiwick") | Err(_) => false,
        Ok(other) => panic!("BAILIWICK_TEST_RESOLVER is bailiwick or unbound, not {other}"),
    }
}

fn start_bailiwick(name: &str, own: &Path, settings: &Settings) -> Process {
    let configuration = own.join("bailiwick.yaml");
    std::fs::write(&configuration, yaml(settings)).expect("a configuration file");
    let mut command = limited(settings.descriptors, env!("CARGO_BIN_EXE_bailiwick"));
    command.arg("serve").arg("-c").arg(configuration);
    set_date(&mut command, settings);
    Process::start(name, own, &mut command)
}

/// `program`, which may have so many `descriptors` and no more.
pub fn limited(descriptors: Option<u32>, program: &str) -> Command {
    let Some(descriptors) = descriptors else { return Command::new(program) };
    let mut command = Command::new("prlimit");
    command.arg(format!("--nofile={descriptors}:{descriptors}")).arg(program);
    command
}

/// The configuration file; empty when all settings are the default, as the recommended one is.
pub fn yaml(settings: &Settings) -> String {
    let mut text = String::new();
    if settings.port.is_some() {
        let _ = writeln!(text, "listen: [\"{}\"]", settings.address());
    }
    if settings.root_hints.is_some() || settings.workers.is_some() {
        text.push_str("resolver:\n");
    }
    if let Some(hints) = &settings.root_hints {
        let _ = writeln!(text, "  root-hints: \"{}\"", hints.display());
    }
    if let Some(workers) = settings.workers {
        let _ = writeln!(text, "  workers: {workers}");
    }
    if let Some(directory) = &settings.persist_in {
        let _ = writeln!(text, "state-directory: \"{}\"", directory.display());
    }
    let persist = settings.persist_in.as_ref().map(|_| "persist: true".into());
    let octets = settings.cache.map(|octets| format!("max-size: {octets}"));
    let longest = settings.longest.map(|longest| format!("max-ttl: {longest}"));
    let cache: Vec<String> = octets.into_iter().chain(persist).chain(longest).collect();
    if !cache.is_empty() {
        let _ = writeln!(text, "cache: {{{}}}", cache.join(", "));
    }
    if let Some(anchors) = &settings.trust_anchors {
        let _ = writeln!(text, "dnssec:\n  trust-anchors: {anchors:?}");
    }
    if let Some(to) = settings.forward {
        let to = format!("{}@{}", to.ip(), to.port());
        let _ = writeln!(text, "forward: [{{zone: \".\", to: [\"{to}\"]}}]");
    }
    text
}

/// Lets `command` believe in the settings' date, from which its clock runs on. Its monotonic clocks stay true.
pub(super) fn set_date(command: &mut Command, settings: &Settings) {
    let Some(date) = &settings.date else { return };
    command
        .env("LD_PRELOAD", faketime())
        .env("FAKETIME", format!("@{date}"))
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("TZ", "UTC");
}

/// Where Debian keeps libfaketime.
fn faketime() -> PathBuf {
    let architecture = std::env::consts::ARCH;
    let library = format!("/usr/lib/{architecture}-linux-gnu/faketime/libfaketimeMT.so.1");
    let library = PathBuf::from(library);
    assert!(library.exists(), "no {}; see tests/all", library.display());
    library
}
