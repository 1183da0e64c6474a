//! `log`: what is logged, and how.

use crate::config::config::{Log, LogFormat, LogLevel};
use crate::config::section::Section;

const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];
const FORMATS: [(&str, LogFormat); 2] = [("logfmt", LogFormat::Logfmt), ("json", LogFormat::Json)];

/// Reads the section.
pub(super) fn read(keys: &Section<'_>, log: &mut Log) {
    keys.set("level", &mut log.level, |value| value.one_of(&LEVELS));
    keys.set("format", &mut log.format, |value| value.one_of(&FORMATS));
    keys.later(&["queries"]);
}
