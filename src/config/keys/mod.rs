//! The keys of the configuration file, one file for each section: what is written there, into a [`Config`].

mod cache;
mod clients;
mod dnssec;
mod limits;
mod log;
mod resolver;
mod state;
mod switched_off;
mod zones;

#[cfg(test)]
pub(super) use limits::Unit;

use super::config::Config;
use super::section::Section;

/// Reads the whole file.
pub(super) fn read(top: &Section<'_>, config: &mut Config) {
    clients::read(top, config);
    top.section("resolver", |keys| resolver::read(keys, config));
    zones::read_forward(top, config);
    top.section("dnssec", |keys| dnssec::read(keys, &mut config.settings));
    state::read(top, config);
    top.section("cache", |keys| cache::read(keys, config));
    top.section("limits", |keys| limits::read(keys, config));
    top.section("log", |keys| log::read(keys, &mut config.log));
    top.later(&["control", "metrics", "rpz", "dns64"]);
}
