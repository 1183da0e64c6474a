//! Good files to what they mean.

use std::time::Duration;

use super::{EVERY_KEY, FORWARD, errors, good};
use crate::config::Config;
use crate::config::keys::Unit;
use crate::config::units::{size_to_text, time_to_text};
use crate::dnssec::{Algorithm, Below, DigestType, Limits, Policy};
use crate::iterate::{Fallback, Minimization};
use crate::model::Source;
use crate::resolver::{ServeStale, Validation};
use crate::server;
use crate::wire::Name;

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// A limit as it is best written.
fn limit_text(name: &str, number: u32) -> String {
    match Unit::of(name) {
        Unit::Octets => size_to_text(number.into()),
        Unit::Milliseconds => time_to_text(Duration::from_millis(number.into())),
        Unit::Pieces => number.to_string(),
    }
}

#[test]
fn an_empty_file_is_the_recommended_configuration() {
    for text in
        ["", "\n", "# nothing\n", "---\n", "resolver:\n  # workers: 4\ncache:\nlimits: {}\n"]
    {
        assert_eq!(good(text), Config::default(), "{text:?}");
    }
    let config = Config::default();
    let listen: Vec<_> =
        config.listen.iter().map(|l| (l.address.to_string(), l.required)).collect();
    assert_eq!(listen, [("127.0.0.1:5335".into(), false), ("[::1]:5335".into(), false)]);
    assert_eq!(config.settings.anchors.iter().count(), 2);
    assert_eq!(config.settings.iterate.hints.servers.len(), 13);
    assert_eq!(config.warnings(0), Vec::<String>::new());
    assert_eq!(Config::load(None), Ok(config));
}

#[test]
fn what_outlives_the_process_lies_beside_the_configuration_unless_the_path_is_absolute() {
    let kept = |text: &str| {
        let config = good(text);
        (config.settings.persist, config.state_directory, config.persist_interval.as_secs())
    };
    assert_eq!(kept("state-directory: off"), (false, None, 300));
    let absolute = "state-directory: /var/lib/x\ncache: {persist: true, persist-interval: 1m}";
    assert_eq!(kept(absolute), (true, Some("/var/lib/x".into()), 60));
    let file = std::path::Path::new("/etc/b/c.yaml");
    let relative = Config::parse(file, "state-directory: s").expect("a configuration");
    assert_eq!(relative.state_directory, Some("/etc/b/s".into()));
}

#[test]
fn the_file_with_every_key_is_the_default() {
    assert_eq!(good(EVERY_KEY), Config::default());
    let client = server::Limits::TABLE.iter().map(|l| (l.name, l.default, &l.range));
    let question = Limits::TABLE.iter().map(|l| (l.name, l.default, &l.range));
    for (name, default, range) in client.chain(question) {
        let key = format!("  {name}: {} ", limit_text(name, default));
        let line = EVERY_KEY.lines().find(|line| line.starts_with(&key));
        let [least, most] = [range.start(), range.end()].map(|number| limit_text(name, *number));
        let range = format!("# {least} to {most}: ");
        assert!(line.is_some_and(|line| line.contains(&range)), "{key}{range}");
    }
}

/// So that no key is forgotten in the file: every key of its sections is there that a wrong key is told of.
#[test]
fn the_file_with_every_key_has_every_key() {
    for section in
        ["", "access", "resolver", "dnssec", "cache", "special-use", "identity", "limits", "log"]
    {
        let indent = if section.is_empty() { "" } else { "  " };
        let text =
            if section.is_empty() { "zzzzz: 1".into() } else { format!("{section}: {{zzzzz: 1}}") };
        let error = errors(&text).concat();
        let keys =
            error.split_once("(keys here: ").expect("a list of keys").1.trim_end_matches(')');
        let start = if section.is_empty() { "".into() } else { format!("\n{section}:\n") };
        let lines = EVERY_KEY.split_once(&start).expect("the section").1;
        for key in keys.split(", ") {
            let key = format!("\n{indent}{key}:");
            assert!(format!("\n{lines}").contains(&key), "{section}{key}");
        }
    }
}

#[test]
fn the_example_of_forwarding() {
    let config = good(FORWARD);
    let zones: Vec<_> = config
        .settings
        .iterate
        .zones
        .iter()
        .map(|z| (z.delegation.zone.to_string(), z.fallback))
        .collect();
    assert_eq!(zones, [(".".into(), Fallback::Recurse), ("corp.example.".into(), Fallback::None)]);
    assert_eq!(config.warnings(0), Vec::<String>::new());
    assert_eq!(config.local.exempt, [Name::root(), name("corp.example")]);
}

#[test]
fn values_of_all_kinds() {
    let config = good(
        "listen: [192.0.2.1, \"[2001:db8::1]:5353\", default]\n\
         access: {allow: [192.0.2.0/24], deny: [192.0.2.7]}\n\
         resolver:\n  workers: 4\n  ipv6: false\n  edns-buffer-size: 1400\n  qname-minimisation: true\n\
         \x20 case-randomization: false\n  cookies: false\n\
         \x20 do-not-query: [default, 198.51.100.0/24]\n  stub: [{zone: corp.example, to: 10.0.0.53@5353}]\n\
         dnssec:\n  validation: false\n  aggressive-denial: false\n  disabled-algorithms: [5, rsasha1-nsec3-sha1, {below: example, algorithms: [8]}]\n\
         \x20 disabled-digests: [SHA-1, sha1, 4]\n  signature-skew: 5m\n  nsec3-insecure-above: 0\n  nsec3-servfail-above: 150\n\
         \x20 negative-trust-anchors: [a.example, {name: b.example, reason: rolls, until: 2027-01-01}]\n\
         cache: {max-size: 64M, min-ttl: 5, max-ttl: 2h, max-negative-ttl: 10m, prefetch: false,\n\
         \x20 serve-stale: {enabled: false, max-age: 3d, reply-ttl: 10, client-timeout: 1s}}\n\
         local-data: [router.home.arpa. A 192.168.1.1, \"a.example. 60 TXT \\\"x y\\\"\"]\n\
         identity: {version: off, id: a}\nspecial-use: {test: true}\n\
         limits: {tcp-idle-time: 5s, tcp-waiting: 7, upstream-octets: 2MiB, resolution-time: 2s, referrals: 9}\n\
         log: {level: debug, format: json}\n",
    );
    let (settings, options) = (&config.settings, &config.settings.iterate);
    let listen: Vec<_> =
        config.listen.iter().map(|l| (l.address.to_string(), l.required)).collect();
    assert_eq!(listen[..2], [("192.0.2.1:53".into(), true), ("[2001:db8::1]:5353".into(), true)]);
    assert_eq!((listen.len(), options.do_not_query.own.len()), (4, 4));
    assert!(
        config.access.allows([192, 0, 2, 6].into()) && !config.access.allows([192, 0, 2, 7].into())
    );
    assert_eq!(
        (config.workers, options.ipv4, options.ipv6, options.edns_buffer_size),
        (4, true, false, 1400)
    );
    assert!(!options.case_randomization && !options.cookies);
    assert_eq!(options.minimization, Minimization::Relaxed);
    assert_eq!(options.do_not_query.networks.len(), 15);
    let stub = options.zone_of(&name("www.corp.example")).expect("the stub zone");
    assert_eq!(
        (stub.delegation.source, stub.sockets.len(), stub.fallback),
        (Source::Stub, 1, Fallback::None)
    );
    assert_eq!((settings.validation, settings.aggressive_denial), (Validation::Off, false));
    assert_eq!(settings.policy, policy());
    let negative: Vec<_> = settings
        .negative_anchors
        .iter()
        .map(|a| (a.zone.to_string(), a.reason.as_str(), a.until))
        .collect();
    assert_eq!(
        negative,
        [("a.example.".into(), "", None), ("b.example.".into(), "rolls", Some(1_798_761_600))]
    );
    assert_eq!(settings.cache_octets, 64 << 20);
    assert_eq!(
        (settings.ttl.min, settings.ttl.max, settings.ttl.max_negative, options.max_ttl),
        (5, 7_200, 600, 7_200)
    );
    let ageing = settings.ageing;
    let stale = ServeStale {
        enabled: false,
        max_age: 3 * 86_400,
        reply_ttl: 10,
        client_timeout: Duration::from_secs(1),
    };
    assert_eq!((ageing.prefetch, ageing.serve_stale), (false, stale));
    let local: Vec<_> =
        config.local.data.iter().map(|set| (set.owner.to_string(), set.ttl)).collect();
    assert_eq!(local, [("router.home.arpa.".into(), 3_600), ("a.example.".into(), 60)]);
    assert_eq!((config.identity.version, config.identity.id), (None, Some("a".into())));
    assert!(config.local.test && config.local.special_use);
    let limits = config.client_limits;
    assert_eq!((limits.tcp_idle_time, limits.tcp_waiting), (5_000, 7));
    let limits = settings.limits;
    assert_eq!((limits.upstream_octets, limits.time, limits.referrals), (2 << 20, 2_000, 9));
}

#[test]
fn validation_has_three_values() {
    for (text, meant) in
        [("true", Validation::On), ("log", Validation::Log), ("false", Validation::Off)]
    {
        let config = good(&format!("dnssec: {{validation: {text}}}"));
        assert_eq!(config.settings.validation, meant);
        assert_eq!(config.warnings(0).is_empty(), meant == Validation::On);
    }
}

fn policy() -> Policy {
    let everywhere = |number| Below { name: Name::root(), what: Algorithm(number) };
    let digest = |number| Below { name: Name::root(), what: DigestType(number) };
    Policy {
        disabled_algorithms: vec![
            everywhere(5),
            everywhere(7),
            Below { name: name("example"), what: Algorithm(8) },
        ],
        disabled_digests: vec![digest(1), digest(1), digest(4)],
        signature_skew: Duration::from_secs(300),
        nsec3_insecure_above: 0,
        nsec3_servfail_above: Some(150),
    }
}

#[test]
fn rfc6762_g_private_zones_with_servers_of_their_own_are_not_validated() {
    const ANCHOR: &str =
        "internal. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
    for (text, taken_out) in [
        ("forward: [{zone: corp.internal, to: 10.0.0.1}]", vec!["corp.internal."]),
        ("resolver: {stub: [{zone: 10.in-addr.arpa, to: 10.0.0.1}]}", vec!["10.in-addr.arpa."]),
        ("forward: [{zone: corp.example, to: 10.0.0.1}, {zone: ., to: 10.0.0.2}]", vec![]),
        (
            "forward: [{zone: lan, to: 10.0.0.1}]\ndnssec: {negative-trust-anchors: [lan]}",
            vec!["lan."],
        ),
        (
            &format!(
                "forward: [{{zone: corp.internal, to: 10.0.0.1}}]\n\
                 dnssec: {{trust-anchors: [built-in, \"{ANCHOR}\"]}}"
            ),
            vec![],
        ),
    ] {
        let config = good(text);
        let negative = config.settings.negative_anchors.iter();
        let found: Vec<_> = negative.map(|anchor| anchor.zone.to_string()).collect();
        assert_eq!(found, taken_out, "{text}");
    }
}

#[test]
fn a_zone_that_is_forwarded_to_its_own_servers_is_a_stub_zone() {
    let config = good("forward: [{zone: corp.example, to: 10.0.0.1, authoritative: true}]");
    let zone = config.settings.iterate.zone_of(&name("corp.example")).expect("the zone");
    assert_eq!(zone.delegation.source, Source::Stub);
}
