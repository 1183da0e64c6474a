//! `cache`: how much is kept, and for how long.

use std::time::Duration;

use crate::config::config::Config;
use crate::config::error::Problem;
use crate::config::section::Section;
use crate::resolver::ServeStale;

const WEEK: u32 = 7 * 86_400;
const DAY: u32 = 86_400;

/// Reads the section.
pub(super) fn read(keys: &Section<'_>, config: &mut Config) {
    let settings = &mut config.settings;
    keys.set("max-size", &mut settings.cache_octets, |v| v.size(&(1 << 20..=1 << 40)));
    let ttl = &mut settings.ttl;
    keys.set("min-ttl", &mut ttl.min, |v| v.seconds(0..=DAY));
    keys.set("max-ttl", &mut ttl.max, |v| v.seconds(1..=WEEK)); // RFC 8767 section 4
    keys.set("max-negative-ttl", &mut ttl.max_negative, |v| v.seconds(1..=DAY)); // RFC 2308 section 5
    if ttl.min > ttl.max
        && let Some(value) = keys.value("min-ttl").or_else(|| keys.value("max-ttl"))
    {
        let what = format!("min-ttl is {} s, more than max-ttl with {} s", ttl.min, ttl.max);
        value.report(Problem::new(what, "0s is recommended for min-ttl"));
    }
    keys.set("prefetch", &mut settings.ageing.prefetch, |v| v.boolean());
    keys.section("serve-stale", |keys| read_serve_stale(keys, &mut settings.ageing.serve_stale));
    read_persist(keys, config);
}

/// Reads `persist` and how often.
fn read_persist(keys: &Section<'_>, config: &mut Config) {
    let intervals = Duration::from_secs(1)..=Duration::from_secs(DAY.into());
    keys.set("persist", &mut config.settings.persist, |v| v.boolean());
    keys.set("persist-interval", &mut config.persist_interval, |v| v.time(&intervals));
    if config.settings.persist
        && config.state_directory.is_none()
        && let Some(value) = keys.value("persist")
    {
        let remedy = "add state-directory: /var/lib/bailiwick, or another";
        value.report(Problem::new("there is no state-directory to keep it in", remedy));
    }
}

/// Reads `serve-stale` (RFC 8767 section 5 for the defaults).
fn read_serve_stale(keys: &Section<'_>, stale: &mut ServeStale) {
    let timeouts = Duration::from_millis(100)..=Duration::from_secs(30);
    keys.set("enabled", &mut stale.enabled, |v| v.boolean());
    keys.set("max-age", &mut stale.max_age, |v| v.seconds(60..=WEEK));
    keys.set("reply-ttl", &mut stale.reply_ttl, |v| v.seconds(1..=300));
    keys.set("client-timeout", &mut stale.client_timeout, |v| v.time(&timeouts));
}
