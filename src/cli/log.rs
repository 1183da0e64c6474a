//! The log: one line an event, as `key=value` pairs or as JSON, on standard error.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::{Clock, SystemClock};
use crate::config::{Log, LogFormat, LogLevel};
use crate::dnssec::Timestamp;

/// Starts logging. A second start in one process changes nothing.
pub(super) fn start(log: Log) {
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level(log.level)).with_writer(std::io::stderr);
    let _ = match log.format {
        LogFormat::Json => {
            let json = subscriber.json().flatten_event(true).with_timer(Wall);
            tracing::subscriber::set_global_default(json.finish())
        }
        LogFormat::Logfmt => {
            tracing::subscriber::set_global_default(subscriber.event_format(Logfmt).finish())
        }
    };
}

const fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    }
}

/// The date, from the one clock.
struct Wall;

impl tracing_subscriber::fmt::time::FormatTime for Wall {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", Timestamp(SystemClock.wall()))
    }
}

/// `time=… level=… msg="…" key=value …`
struct Logfmt;

impl<S, N> FormatEvent<S, N> for Logfmt
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        write!(writer, "time={} level={level}", Timestamp(SystemClock.wall()))?;
        let mut pairs = Pairs { writer: &mut writer, outcome: Ok(()) };
        event.record(&mut pairs);
        pairs.outcome?;
        writeln!(writer)
    }
}

/// Writes fields as pairs. Values are quoted where they need it, with control characters escaped: a line stays a line,
/// whatever a name holds.
struct Pairs<'w, 'f> {
    writer: &'w mut Writer<'f>,
    outcome: fmt::Result,
}

impl Pairs<'_, '_> {
    fn pair(&mut self, field: &Field, value: &str) {
        let key = if field.name() == "message" { "msg" } else { field.name() };
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
        let written = if !value.is_empty() && value.chars().all(plain) {
            write!(self.writer, " {key}={value}")
        } else {
            write!(self.writer, " {key}={value:?}")
        };
        self.outcome = self.outcome.and(written);
    }
}

impl Visit for Pairs<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.pair(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.pair(field, &format!("{value:?}"));
    }
}
