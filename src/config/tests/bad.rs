//! Bad files to what they are told.

use super::{EVERY_KEY, errors, parse};

/// Text, and what is told of it after the name of the file.
const BAD: &[(&str, &str)] = &[
    // YAML
    (
        "a: [1",
        "2:1: no valid YAML: did not find expected ',' or ']', while parsing a flow sequence at line 1 column 4 (close each [ with ] and each { with }, and put commas between)",
    ),
    (
        "cache:\n\tmax-size: 1",
        "2:1: no valid YAML: found character that cannot start any token, while scanning for the next token (indent with spaces, not with tabs)",
    ),
    (
        "listen:\n - [::1]:53",
        "2:5: no valid YAML: did not find expected node content, while parsing a flow node (put addresses with brackets in quotes: \"[::1]:53\")",
    ),
    (
        "log: {level: info}\n---\nlog: {}",
        "3:1: a second YAML document (one file is one document: remove the \"---\")",
    ),
    ("cache: *x", "1:8: no valid YAML: unknown anchor (put the value in quotes)"),
    ("[]", "1:1: expected keys and values, found a list (write lines of the form \"key: value\")"),
    (
        "just text",
        "1:1: expected keys and values, found \"just text\" (write lines of the form \"key: value\")",
    ),
    // keys
    ("\nlisten: default\nlissen: []", "3:1: unknown key \"lissen\" (did you mean \"listen\"?)"),
    ("cache:\n  max_size: 1", "2:3: cache: unknown key \"max_size\" (did you mean \"max-size\"?)"),
    ("interface: 127.0.0.1", "1:1: unknown key \"interface\" (did you mean \"listen\"?)"),
    ("cache:\nmax-size: 64M", "2:1: unknown key \"max-size\" (did you mean \"cache.max-size\"?)"),
    ("log: {zzzzz: 1}", "1:7: log: unknown key \"zzzzz\" (keys here: level, format)"),
    (
        "53: x",
        "1:1: unknown key \"53\" (keys here: listen, access, local-data, special-use, identity, resolver, forward, dnssec, state-directory, cache, limits, log)",
    ),
    (
        "log: {level: info}\ncache: {}\n'log': {}",
        "3:1: duplicate key \"log\" (it is also in line 1: remove one of them)",
    ),
    (
        "cache: {min-ttl: 0, # one\n  min-ttl: 0}",
        "2:3: cache: duplicate key \"min-ttl\" (it is also in line 1: remove one of them)",
    ),
    ("control: {}", "1:1: \"control\" is not built yet (remove it)"),
    (
        "state-directory: 5",
        "1:18: state-directory: expected the path of a directory, or off, found the number 5 (put it in quotes if it is meant so)",
    ),
    (
        "cache: {serve-stale: {client-timeout: 0}}",
        "1:39: cache.serve-stale.client-timeout: 0s is out of range (from 100ms to 30s)",
    ),
    (
        "cache: {persist: true}",
        "1:18: cache.persist: there is no state-directory to keep it in (add state-directory: /var/lib/bailiwick, or another)",
    ),
    (
        "state-directory: s\ncache: {persist-interval: 500ms}",
        "2:27: cache.persist-interval: 500ms is out of range (from 1s to 1d)",
    ),
    ("listen:\n", "1:8: listen: there is no value (write one, or remove the key for its default)"),
    (
        "cache: big",
        "1:8: cache: expected keys and values, found \"big\" (write lines of the form \"key: value\")",
    ),
    (
        "log: !x {}",
        "1:6: log: expected keys and values, found the YAML tag \"!x\" (write lines of the form \"key: value\")",
    ),
    // clients
    (
        "listen: []",
        "1:9: listen: no address to listen on (write one, or remove the key for the loopback addresses)",
    ),
    (
        "listen: [localhost]",
        "1:10: listen: expected an address, found \"localhost\" (write it as 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or \"[2001:db8::1]:53\")",
    ),
    ("listen:\n  - 127.0.0.1\n  - 127.0.0.1:53", "3:5: listen: 127.0.0.1:53 is there twice"),
    (
        "listen: [{address: 127.0.0.1, kind: dot}]",
        "1:10: listen: TLS, HTTPS and QUIC listeners are not built yet (write a plain address)",
    ),
    (
        "listen: [53]",
        "1:10: listen: expected an address, found the number 53 (put it in quotes if it is meant so)",
    ),
    (
        "access: {allow: [10.0.0.0/33]}",
        "1:18: access.allow: expected a network, found \"10.0.0.0/33\": not a prefix length: a number up to 32 for IPv4, up to 128 for IPv6 (write it as 192.0.2.0/24, 2001:db8::/32 or a single address)",
    ),
    (
        "access: {deny: [10.1.0.0/8]}",
        "1:17: access.deny: \"10.1.0.0/8\" is an address in 10.0.0.0/8, not a network (write 10.0.0.0/8 or 10.1.0.0)",
    ),
    (
        "local-data:\n- a. A 1\n- b. A 192.0.2.1",
        "2:3: local-data: A address: expected an IPv4 address, found \"1\" (write it as a line of a zone file, \"router.home.arpa. A 192.168.1.1\")",
    ),
    (
        "local-data: |\n  a. A 192.0.2.1\n  b. A x",
        "1:13: local-data: A address: expected an IPv4 address, found \"x\" in line 2 of it (write it as a line of a zone file, \"router.home.arpa. A 192.168.1.1\")",
    ),
    (
        "local-data: ['; a']",
        "1:14: local-data: expected a record, found \"; a\" (write it as a line of a zone file, \"router.home.arpa. A 192.168.1.1\")",
    ),
    (
        "local-data: [a. CH A 192.0.2.1]",
        "1:14: local-data: a record of class CH (only IN is answered)",
    ),
    (
        "local-data: [a. CNAME b., A. A 192.0.2.1]",
        "1:13: local-data: a. has a CNAME record and another one (an alias stands alone: remove one of them)",
    ),
    (
        "special-use: {enabled: yes}",
        "1:24: special-use.enabled: expected true or false, found \"yes\"",
    ),
    // resolver and forward
    ("resolver: {workers: 0}", "1:21: resolver.workers: 0 is out of range (from 1 to 64, or auto)"),
    (
        "resolver: {workers: many}",
        "1:21: resolver.workers: expected a whole number from 1 to 64, found \"many\" (from 1 to 64, or auto)",
    ),
    ("resolver: {ipv4: 1}", "1:18: resolver.ipv4: expected true or false, found the number 1"),
    (
        "resolver: {ipv4: false,\n ipv6: false}",
        "2:8: resolver.ipv6: neither IPv4 nor IPv6: no server could be asked (leave one of them true)",
    ),
    (
        "resolver: {edns-buffer-size: 4097}",
        "1:30: resolver.edns-buffer-size: 4097 is out of range (from 512 to 4096)",
    ),
    (
        "resolver: {edns-buffer-size: -1}",
        "1:30: resolver.edns-buffer-size: -1 is out of range (from 512 to 4096)",
    ),
    (
        "resolver: {edns-buffer-size: 1232.5}",
        "1:30: resolver.edns-buffer-size: expected a whole number from 512 to 4096, found the number 1232.5",
    ),
    (
        "resolver: {qname-minimization: relax}",
        "1:32: resolver.qname-minimization: expected relaxed, strict, off, true or false, found \"relax\" (did you mean relaxed?)",
    ),
    (
        "resolver:\n  qname-minimization: off\n  qname-minimisation: off",
        "3:3: resolver: qname-minimisation is the same key (remove one of them)",
    ),
    (
        "resolver: {do-not-query: [none]}",
        "1:27: resolver.do-not-query: expected a network, found \"none\": not an IP address (write it as 192.0.2.0/24, 2001:db8::/32 or a single address)",
    ),
    (
        "resolver: {root-hints: none.such}",
        ": cannot be read: No such file or directory (os error 2) (check path and permissions)",
    ),
    (
        "resolver: {stub: [x]}",
        "1:19: resolver.stub: expected keys and values, found \"x\" (write lines of the form \"key: value\")",
    ),
    ("resolver: {stub: [{to: 10.0.0.1}]}", "1:19: resolver.stub: no \"zone\" (add it)"),
    (
        "resolver: {stub: [{zone: a..b, to: 10.0.0.1}]}",
        "1:26: resolver.stub.zone: \"a..b\" is no domain name: an empty label in a domain name (write it as example.com, or . for the root)",
    ),
    (
        "resolver: {stub: [{zone: a, to: 10.0.0.1, fallback: none}]}",
        "1:43: resolver.stub: unknown key \"fallback\" (keys here: zone, to)",
    ),
    ("forward: [{zone: .}]", "1:11: forward: no \"to\" (add it)"),
    (
        "forward: [{zone: 1.10, to: 192.0.2.1}]",
        "1:18: forward.zone: expected a domain name, found the number 1.1 (put it in quotes if it is meant so)",
    ),
    ("forward:\n- zone: .\n  to: []", "3:7: forward.to: no address to ask (write at least one)"),
    (
        "forward:\n- zone: .\n  to:\n  - dns.example\n",
        "4:5: forward.to: expected an address, found \"dns.example\" (write it as 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or \"[2001:db8::1]:53\")",
    ),
    (
        "forward: [{zone: ., to: 0.0.0.0}]",
        "1:25: forward.to: 0.0.0.0 is no server's address (write the address of one server)",
    ),
    (
        "forward: [{zone: ., to: 192.0.2.1, fallback: yes}]",
        "1:46: forward.fallback: expected none or recurse, found \"yes\"",
    ),
    (
        "resolver: {stub: [{zone: a, to: 10.0.0.1}]}\nforward:\n- {zone: A., to: 10.0.0.1}",
        "3:3: forward: A. is there twice (write a zone once, under stub or under forward)",
    ),
    // dnssec
    (
        "dnssec: {validation: 'true'}",
        "1:22: dnssec.validation: expected true, false or log, found \"true\"",
    ),
    (
        "dnssec:\n  trust-anchors:\n  - built-in\n  - . DS 1 8 2 AB",
        "4:5: dnssec.trust-anchors: . DS 1 can verify nothing: the digest has 1 octets, but SHA-256 has 32 (remove it, or write it anew from its source)",
    ),
    (
        "dnssec: {trust-anchors: [a A 192.0.2.1]}",
        "1:26: dnssec.trust-anchors: a. A is no trust anchor (write a DS or DNSKEY record)",
    ),
    (
        "dnssec: {trust-anchors: [true]}",
        "1:26: dnssec.trust-anchors: expected built-in, the path of a file, or a DS or DNSKEY record, found true (put it in quotes if it is meant so)",
    ),
    (
        "dnssec: {trust-anchors: [none.such]}",
        ": cannot be read: No such file or directory (os error 2) (check path and permissions)",
    ),
    (
        "dnssec: {negative-trust-anchors: [{reason: x}]}",
        "1:35: dnssec.negative-trust-anchors: no \"name\" (add it)",
    ),
    (
        "dnssec: {negative-trust-anchors: [{name: a, until: soon}]}",
        "1:52: dnssec.negative-trust-anchors.until: expected a date, found \"soon\" (write it as 2027-01-31, or 2027-01-31T12:00:00Z)",
    ),
    (
        "dnssec: {disabled-algorithms: [RSAMD4]}",
        "1:32: dnssec.disabled-algorithms: expected an algorithm, found \"RSAMD4\" (write its number or its name, as 5 or RSASHA1)",
    ),
    (
        "dnssec: {disabled-algorithms: [256]}",
        "1:32: dnssec.disabled-algorithms: expected an algorithm, found the number 256 (write its number or its name, as 5 or RSASHA1)",
    ),
    (
        "dnssec: {disabled-digests: [{below: a, algorithms: [1]}]}",
        "1:29: dnssec.disabled-digests: no \"digests\" (add it)",
    ),
    (
        "dnssec: {signature-skew: 2d}",
        "1:26: dnssec.signature-skew: 2d is out of range (from 0s to 1d)",
    ),
    (
        "dnssec: {nsec3-servfail-above: on}",
        "1:32: dnssec.nsec3-servfail-above: expected a whole number from 0 to 2500, found \"on\" (from 0 to 2500, or off)",
    ),
    // the rest
    (
        "cache: {max-size: 64MB}",
        "1:19: cache.max-size: expected a size, found \"64MB\" (write a whole number with KiB, MiB or GiB, as 256MiB)",
    ),
    ("cache: {max-size: 1k}", "1:19: cache.max-size: 1KiB is out of range (from 1MiB to 1024GiB)"),
    (
        "cache: {max-ttl: 1500ms}",
        "1:18: cache.max-ttl: 1500ms is no whole number of seconds (write it as 30s or 1d)",
    ),
    (
        "cache: {min-ttl: 2h, max-ttl: 1h}",
        "1:18: cache.min-ttl: min-ttl is 7200 s, more than max-ttl with 3600 s (0s is recommended for min-ttl)",
    ),
    ("limits: {referrals: 7}", "1:21: limits.referrals: 7 is out of range (from 8 to 200)"),
    (
        "limits: {resolution-time: 4500}",
        "1:27: limits.resolution-time: 75m is out of range (from 1s to 30s)",
    ),
    (
        "log: {level: verbose}",
        "1:14: log.level: expected error, warn, info, debug or trace, found \"verbose\"",
    ),
];

#[test]
fn bad_files_are_told_what_is_wrong_and_where() {
    let told = |text: &str| errors(text).into_iter().next().unwrap_or_default();
    for (text, expected) in BAD {
        let file = if expected.starts_with(": ") { "none.such" } else { "c.yaml:" };
        assert_eq!(told(text), format!("{file}{expected}"), "{text}");
    }
}

#[test]
fn one_reading_tells_all_errors_in_their_order() {
    let all = errors("log: {level: x}\ncache: {max-size: x, foo: 1}\nfoo: 1\nlisten: [x, y]\n");
    let places: Vec<_> = all.iter().map(|e| e.split(": ").next().unwrap_or("")).collect();
    assert_eq!(
        places,
        ["c.yaml:1:14", "c.yaml:2:19", "c.yaml:2:22", "c.yaml:3:1", "c.yaml:4:10", "c.yaml:4:13"]
    );
    let many = format!("listen: [{}]", "x, ".repeat(100));
    assert_eq!(errors(&many).len(), 20);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "(listen|access|resolver|dnssec|stub|forward|zone|to|limits|[a-z0-9.]{1,4}|: |:\n|\n  |\n- |\\[|\\]|\\{|\\}|, |\"|'|#|&a|\\*a|é|[0-9]{1,20}|1d|-){0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_change_of_the_full_file_panics(at in 0..EVERY_KEY.len(), to in "[ -~\n]{0,3}", drop in 0..8usize) {
        let around = EVERY_KEY.get(..at).zip(EVERY_KEY.get(at + drop..));
        let changed = around.map(|(before, behind)| format!("{before}{to}{behind}"));
        if let Some(Ok(config)) = changed.map(|text| parse(&text)) {
            let _ = config.warnings(0);
        }
    }
}
