//! Whole files.

use std::path::Path;

use super::{Config, ConfigError};

mod bad;
mod files;
mod good;
mod unwise;

const EVERY_KEY: &str = include_str!("../../../config/bailiwick.yaml");
const FORWARD: &str = include_str!("../../../config/forward.yaml");

fn parse(text: &str) -> Result<Config, Vec<ConfigError>> {
    Config::parse(Path::new("c.yaml"), text)
}

fn good(text: &str) -> Config {
    parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

fn errors(text: &str) -> Vec<String> {
    parse(text).expect_err(text).iter().map(ToString::to_string).collect()
}
