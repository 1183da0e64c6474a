//! The configuration, checked.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::reading::{Reading, text_of};
use super::section::Section;
use super::value::Value;
use super::{anchors, hints, keys};
use crate::cache::Share;
use crate::dnssec::{Limits, NegativeTrustAnchor, NegativeTrustAnchors, Policy};
use crate::iterate;
use crate::net;
use crate::policy::{Access, Local, LocalOptions, is_private};
use crate::resolver::{Ageing, Settings, TtlBounds, Validation};
use crate::server::{self, Identity, Listen};

/// The port of the default listeners: no privilege is needed for it.
const DEFAULT_PORT: u16 = 5335;
const DEFAULT_CACHE: u64 = 256 << 20;
/// What is lost when the process is killed; and writing takes a part of a second of one processor.
const PERSIST_INTERVAL: Duration = Duration::from_secs(300);

/// All that an operator can set, checked and in the words of the rooms below.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where clients are heard.
    pub listen: Vec<Listen>,
    /// Who is answered.
    pub access: Access,
    /// Names that are answered here.
    pub local: LocalOptions,
    /// How names are resolved.
    pub settings: Settings,
    /// What the server says about itself.
    pub identity: Identity,
    /// What clients may take.
    pub client_limits: server::Limits,
    /// What is kept open towards servers.
    pub server_limits: net::Limits,
    /// Threads that answer; 0 is one for each processor.
    pub workers: usize,
    /// Where that is kept which outlives the process; without it nothing is.
    pub state_directory: Option<PathBuf>,
    /// How often the cache is written there, where it is.
    pub persist_interval: Duration,
    /// What is logged, and how.
    pub log: Log,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The least grave of what is logged.
    pub level: LogLevel,
    /// The form of a line.
    pub format: LogFormat,
}

/// How grave a line of the log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What keeps the resolver from its work.
    Error,
    /// What an operator should look after.
    Warn,
    /// What an operator may want to know.
    #[default]
    Info,
    /// Each question.
    Debug,
    /// Each step of each question.
    Trace,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `key=value` pairs.
    #[default]
    Logfmt,
    /// One JSON object.
    Json,
}

/// The default listeners: both loopback addresses, each if the host has it.
pub(super) fn default_listeners() -> Vec<Listen> {
    let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let listen = |ip| Listen { address: SocketAddr::new(ip, DEFAULT_PORT), required: false };
    loopback.map(listen).to_vec()
}

impl Default for Config {
    /// The recommended configuration: that of an empty file.
    fn default() -> Self {
        let settings = Settings {
            iterate: iterate::Options::with_hints(hints::built_in()),
            validation: Validation::On,
            anchors: anchors::built_in().into_iter().collect(),
            negative_anchors: NegativeTrustAnchors::default(),
            policy: Policy::default(),
            limits: Limits::default(),
            fetches: net::FetchLimits::default(),
            cache_octets: DEFAULT_CACHE,
            persist: false,
            aggressive_denial: true,
            ttl: TtlBounds::default(),
            ageing: Ageing::default(),
        };
        let mut config = Self {
            listen: default_listeners(),
            access: Access::default(),
            local: LocalOptions::default(),
            identity: Identity::default(),
            settings,
            client_limits: server::Limits::default(),
            server_limits: net::Limits::default(),
            workers: 0,
            state_directory: None,
            persist_interval: PERSIST_INTERVAL,
            log: Log::default(),
        };
        config.connect();
        config
    }
}

impl Config {
    /// Reads the file at `path` and those that it refers to; without a path, the recommended configuration.
    ///
    /// # Errors
    /// All that is wrong in them.
    pub fn load(path: Option<&Path>) -> Result<Self, Vec<ConfigError>> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = text_of(path).map_err(|error| vec![error])?;
        Self::parse(path, &text)
    }

    /// Reads the text of a configuration file called `path`. Files that it refers to are looked for beside that.
    ///
    /// # Errors
    /// All that is wrong in it, and in the files that it refers to.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<ConfigError>> {
        let mut config = Self::default();
        let reading = Reading::new(path, text);
        if let Some(tree) = reading.tree() {
            Section::of(&Value::top(&tree, &reading), |top| keys::read(top, &mut config));
        }
        reading.finish()?;
        config.connect();
        Ok(config)
    }

    /// What a server is made from.
    #[must_use]
    pub fn server_options(&self) -> server::Options {
        server::Options {
            listen: self.listen.clone(),
            access: self.access.clone(),
            local: Local::new(self.local.clone()),
            limits: self.client_limits,
            ready_octets: Some(Share::Ready.of(self.settings.cache_octets)),
            identity: self.identity.clone(),
            workers: self.workers,
        }
    }

    /// Tells each part what it must know of the others.
    fn connect(&mut self) {
        let options = &mut self.settings.iterate;
        options.do_not_query.own = self.listen.iter().map(|listen| listen.address).collect();
        options.max_ttl = self.settings.ttl.max;
        let zones = options.zones.iter().map(|zone| zone.delegation.zone.clone());
        self.local.exempt = zones.collect();
        self.take_out_private_zones();
    }

    /// A private zone that the operator has resolved from servers of his own is not validated: no chain of trust leads
    /// there, unless he put a trust anchor within the private name. One setting is enough.
    fn take_out_private_zones(&mut self) {
        let settings = &mut self.settings;
        let mut negative: Vec<_> = settings.negative_anchors.iter().cloned().collect();
        for zone in settings.iterate.zones.iter().map(|zone| &zone.delegation.zone) {
            let anchored = settings.anchors.all_above(zone).any(|anchor| is_private(&anchor));
            if is_private(zone) && !anchored && !negative.iter().any(|other| other.zone == *zone) {
                let reason = "a private zone with servers of its own".into();
                negative.push(NegativeTrustAnchor { zone: zone.clone(), reason, until: None });
            }
        }
        settings.negative_anchors = NegativeTrustAnchors::new(negative);
    }
}
