//! Files that are good and unwise.

use super::good;

/// Text, and the first warning.
const UNWISE: &[(&str, &str)] = &[
    (
        "listen: [192.168.1.2]",
        "listen has 192.168.1.2, but access allows clients of this host alone; add access: {allow: [\"127.0.0.0/8\", \"::1/128\", \"192.168.1.0/24\"]}",
    ),
    (
        "listen: '[::]:53'",
        "listen has ::, but access allows clients of this host alone; add access: {allow: [\"127.0.0.0/8\", \"::1/128\", \"192.168.0.0/16\"]}",
    ),
    (
        "listen: 192.0.2.1\naccess: {allow: ['::/0']}",
        "access.allow has ::/0: whoever reaches 192.0.2.1 is answered, and can have answers sent to others; write your own networks",
    ),
    ("listen: ::2\naccess: {allow: []}", "access.allow is empty: nobody is answered"),
    (
        "dnssec: {validation: false}",
        "dnssec.validation is false: no answer is proven, forged ones are not noticed",
    ),
    (
        "dnssec: {trust-anchors: []}",
        "dnssec.trust-anchors has none for the root: nothing is validated; add built-in",
    ),
    (
        "dnssec: {disabled-digests: [SHA-256]}",
        "the trust anchor . 20326 (built-in) is of a kind that dnssec.disabled-algorithms or disabled-digests switch off",
    ),
    (
        "dnssec:\n  trust-anchors:\n  - built-in\n  - . DS 20326 8 1 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
        "the trust anchor . 20326 (c.yaml:4) fits no key: the digest has 32 octets, but SHA-1 has 20; unless another one does, everything below . fails",
    ),
    (
        "dnssec: {negative-trust-anchors: [{name: a, until: 2026-01-01}]}",
        "the negative trust anchor a. ended; remove it",
    ),
    (
        "dnssec: {negative-trust-anchors: [.]}",
        "the negative trust anchor . switches validation off for all names",
    ),
    (
        "listen: 127.0.0.1\nforward: [{zone: ., to: 127.0.0.1}]",
        "forward sends . to 127.0.0.1:53, where this resolver listens itself: it is never asked",
    ),
    (
        "resolver: {stub: [{zone: a, to: 127.0.0.1@5335}]}",
        "resolver.stub sends a. to 127.0.0.1:5335, where this resolver listens itself: it is never asked",
    ),
    (
        "resolver: {do-not-query: []}",
        "resolver.do-not-query is empty: a zone on the Internet can have hosts of your own network asked",
    ),
    (
        "resolver: {edns-buffer-size: 4096}",
        "resolver.edns-buffer-size is 4096: answers of more than 1232 octets can arrive in fragments, which get lost and can be forged",
    ),
    ("cache: {max-size: 4MiB}", "cache.max-size is 4MiB: less than 16MiB makes resolving slow"),
    (
        "cache: {min-ttl: 60}",
        "cache.min-ttl is 60 s: data live longer than their zones allow, and changes come late",
    ),
];

#[test]
fn unwise_settings_are_warned_of() {
    for (text, warning) in UNWISE {
        let told = good(text).warnings(1_790_000_000);
        assert_eq!(told.first().map(String::as_str), Some(*warning), "{text}");
    }
}
