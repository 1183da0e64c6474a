//! `limits`: every limit of the tables by its name.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::config::Config;
use crate::config::error::Problem;
use crate::config::section::Section;
use crate::config::value::Value;
use crate::dnssec::Limits;
use crate::net;
use crate::resolver::BackgroundLimits;
use crate::server;

/// Reads the section.
pub(super) fn read(keys: &Section<'_>, config: &mut Config) {
    for limit in server::Limits::TABLE {
        let field = (limit.field)(&mut config.client_limits);
        keys.set(limit.name, field, |value| limited(value, Unit::of(limit.name), &limit.range));
    }
    for limit in net::Limits::TABLE {
        let field = (limit.field)(&mut config.server_limits);
        keys.set(limit.name, field, |value| limited(value, Unit::of(limit.name), &limit.range));
    }
    for limit in net::FetchLimits::TABLE {
        let field = (limit.field)(&mut config.settings.fetches);
        keys.set(limit.name, field, |value| limited(value, Unit::of(limit.name), &limit.range));
    }
    for limit in BackgroundLimits::TABLE {
        let field = (limit.field)(&mut config.settings.ageing.background);
        keys.set(limit.name, field, |value| limited(value, Unit::of(limit.name), &limit.range));
    }
    for limit in Limits::TABLE {
        let field = (limit.field)(&mut config.settings.limits);
        keys.set(limit.name, field, |value| limited(value, Unit::of(limit.name), &limit.range));
    }
}

/// What a limit counts, which the end of its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Unit {
    Octets,
    Milliseconds,
    Pieces,
}

impl Unit {
    pub(in crate::config) fn of(name: &str) -> Self {
        if name.ends_with("-octets") {
            Self::Octets
        } else if name.ends_with("-time") {
            Self::Milliseconds
        } else {
            Self::Pieces
        }
    }
}

fn limited(value: &Value<'_>, unit: Unit, range: &RangeInclusive<u32>) -> Result<u32, Problem> {
    let small = |number: u128| u32::try_from(number).unwrap_or(u32::MAX); // the range is within
    let (least, most) = (*range.start(), *range.end());
    match unit {
        Unit::Octets => {
            value.size(&(least.into()..=most.into())).map(|octets| small(octets.into()))
        }
        Unit::Milliseconds => {
            let [least, most] = [least, most].map(|ms| Duration::from_millis(ms.into()));
            value.time(&(least..=most)).map(|time| small(time.as_millis()))
        }
        Unit::Pieces => value.number(least..=most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// `docs/limits.md` holds these lines, and the fixed bounds behind them.
    #[test]
    fn the_documented_limits_are_those_of_the_tables() {
        let documented = include_str!("../../../docs/limits.md");
        let mut rows = String::new();
        let mut add = |name: &str, default: u32, range: &RangeInclusive<u32>, why: &str| {
            let (default, least, most) =
                (shown(name, default), shown(name, *range.start()), shown(name, *range.end()));
            let _ = writeln!(rows, "| `{name}` | {default} | {least} to {most} | {why} |");
        };
        server::Limits::TABLE.iter().for_each(|l| add(l.name, l.default, &l.range, l.why));
        net::Limits::TABLE.iter().for_each(|l| add(l.name, l.default, &l.range, l.why));
        net::FetchLimits::TABLE.iter().for_each(|l| add(l.name, l.default, &l.range, l.why));
        BackgroundLimits::TABLE.iter().for_each(|l| add(l.name, l.default, &l.range, l.why));
        Limits::TABLE.iter().for_each(|l| add(l.name, l.default, &l.range, l.why));
        assert!(documented.contains(&rows), "docs/limits.md should have:\n{rows}");
    }

    fn shown(name: &str, value: u32) -> String {
        match Unit::of(name) {
            Unit::Octets if value.is_multiple_of(1 << 20) => format!("{}MiB", value >> 20),
            Unit::Octets if value.is_multiple_of(1 << 10) => format!("{}KiB", value >> 10),
            Unit::Milliseconds if value.is_multiple_of(1_000) => format!("{}s", value / 1_000),
            Unit::Milliseconds => format!("{value}ms"),
            Unit::Octets | Unit::Pieces => value.to_string(),
        }
    }
}
