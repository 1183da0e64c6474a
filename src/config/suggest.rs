//! "Did you mean": the known key that is closest to one that is not known.

/// Words that other resolvers use, and the key for them here.
const ELSEWHERE: [(&str, &str); 29] = [
    ("access-control", "access"),
    ("allow-query", "access.allow"),
    ("allow-from", "access.allow"),
    ("acl", "access"),
    ("interface", "listen"),
    ("listen-on", "listen"),
    ("local-address", "listen"),
    ("port", "listen"),
    ("forward-zone", "forward"),
    ("forward-zones", "forward"),
    ("forwarders", "forward"),
    ("stub-zone", "resolver.stub"),
    ("num-threads", "resolver.workers"),
    ("threads", "resolver.workers"),
    ("do-ip4", "resolver.ipv4"),
    ("do-ip6", "resolver.ipv6"),
    ("do-not-query-address", "resolver.do-not-query"),
    ("trust-anchor", "dnssec.trust-anchors"),
    ("trust-anchor-file", "dnssec.trust-anchors"),
    ("domain-insecure", "dnssec.negative-trust-anchors"),
    ("aggressive-nsec", "dnssec.aggressive-denial"),
    ("synth-from-dnssec", "dnssec.aggressive-denial"),
    ("max-cache-size", "cache.max-size"),
    ("msg-cache-size", "cache.max-size"),
    ("rrset-cache-size", "cache.max-size"),
    ("serve-expired", "cache.serve-stale"),
    ("serve-expired-ttl", "cache.serve-stale.max-age"),
    ("stale-answer-enable", "cache.serve-stale"),
    ("verbosity", "log.level"),
];

/// Keys with the section that they belong in: who writes one elsewhere forgot the indentation, or where it goes.
/// `limits` is left out: nobody knows those by heart.
const HOMES: [&str; 45] = [
    "listen",
    "access",
    "resolver",
    "forward",
    "dnssec",
    "state-directory",
    "cache",
    "local-data",
    "special-use",
    "identity",
    "limits",
    "log",
    "access.allow",
    "access.deny",
    "resolver.root-hints",
    "resolver.workers",
    "resolver.ipv4",
    "resolver.ipv6",
    "resolver.edns-buffer-size",
    "resolver.case-randomization",
    "resolver.cookies",
    "resolver.qname-minimization",
    "resolver.do-not-query",
    "resolver.stub",
    "dnssec.validation",
    "dnssec.trust-anchors",
    "dnssec.negative-trust-anchors",
    "dnssec.aggressive-denial",
    "dnssec.disabled-algorithms",
    "dnssec.disabled-digests",
    "dnssec.signature-skew",
    "dnssec.nsec3-insecure-above",
    "dnssec.nsec3-servfail-above",
    "cache.max-size",
    "cache.min-ttl",
    "cache.max-ttl",
    "cache.max-negative-ttl",
    "cache.prefetch",
    "cache.persist",
    "cache.persist-interval",
    "cache.serve-stale",
    "cache.serve-stale.max-age",
    "cache.serve-stale.reply-ttl",
    "cache.serve-stale.client-timeout",
    "log.level",
];

/// The key that was meant by `written`: any of `known` that is close, or a key of another section, or what other
/// resolvers call so.
pub(super) fn meant<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = written.to_ascii_lowercase().replace(['_', ' '], "-");
    let close = |key: &&str| {
        let distance = distance(&plain, key);
        (distance <= (key.len() + 1) / 3).then_some(distance)
    };
    let nearest =
        known.iter().filter_map(|key| Some((close(key)?, *key))).min_by_key(|near| near.0);
    let home = || HOMES.iter().find(|home| home.rsplit('.').next() == Some(&plain)).copied();
    let elsewhere = || ELSEWHERE.iter().find(|(theirs, _)| *theirs == plain).map(|(_, ours)| *ours);
    nearest.map(|near| near.1).or_else(home).or_else(elsewhere)
}

/// How many octets must be inserted, dropped, changed or swapped with their neighbour to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > b.len() {
        return a.len(); // far off, and not worth a table
    }
    let width = b.len() + 1;
    let mut table: Vec<usize> =
        (0..width * (a.len() + 1)).map(|at| if at < width { at } else { at / width }).collect();
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            let before =
                |rows: usize, columns: usize| table[(i + 1 - rows) * width + j + 1 - columns];
            let mut least = (before(1, 0) + 1).min(before(0, 1) + 1);
            least = least.min(before(1, 1) + usize::from(x != y));
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before(2, 2) + 1);
            }
            table[(i + 1) * width + j + 1] = least;
        }
    }
    table.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("acb", "abc", 1),
            ("xbcd", "abc", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn every_key_has_its_home() {
        let text = include_str!("../../config/bailiwick.yaml");
        let (mut section, mut inner) = ("", String::new());
        for (key, _) in
            text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(':'))
        {
            let mut nested = format!("{section}.{}", key.trim_start());
            if key.starts_with("    ") {
                nested = format!("{inner}.{}", key.trim_start());
                // There are several keys of that name.
                assert!(
                    HOMES.contains(&nested.as_str()) || nested.ends_with(".enabled"),
                    "{nested}"
                );
            } else if !key.starts_with(' ') {
                section = key;
                assert!(HOMES.contains(&key), "{key}");
            } else if !["limits", "special-use", "identity", "log"].contains(&section) {
                assert!(HOMES.contains(&nested.as_str()), "{nested}");
                inner = nested;
            }
        }
    }

    #[test]
    fn suggestions() {
        let known = ["listen", "resolver", "cache", "max-size", "max-ttl", "min-ttl"];
        for (written, expected) in [
            ("lissen", Some("listen")),
            ("chace", Some("cache")),
            ("Max_Size", Some("max-size")),
            ("maxttl", Some("max-ttl")),
            ("interface", Some("listen")),
            ("workers", Some("resolver.workers")),
            ("forward", Some("forward")),
            ("zzz", None),
            ("", None),
            ("a-very-long-key-that-nobody-knows-of", None),
        ] {
            assert_eq!(meant(written, &known), expected, "{written}");
        }
    }
}
