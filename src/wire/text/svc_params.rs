//! The parameters of SVCB and HTTPS records (RFC 9460 sections 2.1 and 7, appendix A): `alpn="h2,h3" port=8443`.
//!
//! Keys come in any order in text and ascend in octets. A value that is malformed for its key prints under the
//! name `keyNNNNN`, whose values are any octets.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use data_encoding::BASE64;

use super::TextError;
use super::numbers::decimal;
use super::strings::{decoded, push_quoted};
use super::tokens::{Quoting, Token, Tokens};
use crate::wire::Reader;

/// How the value of a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// The keys that a client must know (section 8).
    Keys,
    /// Protocols of 1 to 255 octets each, comma-separated (section 7.1.1).
    Protocols,
    /// There is none (section 7.1.1).
    Empty,
    /// A port (section 7.2).
    Port,
    /// IPv4 addresses, comma-separated (section 7.3).
    Ipv4s,
    /// IPv6 addresses, comma-separated.
    Ipv6s,
    /// One word of base64 (RFC 9848 section 4).
    Base64,
    /// Any octets.
    Text,
}

/// The keys that have a name.
const KEYS: &[(u16, &str, Value)] = &[
    (MANDATORY, "mandatory", Value::Keys),
    (1, "alpn", Value::Protocols),
    (2, "no-default-alpn", Value::Empty),
    (3, "port", Value::Port),
    (4, "ipv4hint", Value::Ipv4s),
    (5, "ech", Value::Base64),
    (6, "ipv6hint", Value::Ipv6s),
    (7, "dohpath", Value::Text),
];

const MANDATORY: u16 = 0;

/// Parameters by key.
type Params = BTreeMap<u16, Vec<u8>>;

pub(super) fn read(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let (mut params, mut mandatory) = (Params::new(), None);
    while tokens.peek().is_some() {
        let token = tokens.take("a parameter")?;
        let (key, form, value) = read_param(token)?;
        if form == Value::Keys {
            mandatory = Some(token);
        }
        if params.insert(key, value).is_some() {
            return Err(token.error(format!("{} is there twice", token.shown())));
        }
    }
    if let Some(token) = mandatory
        && !lists_present_keys(&params)
    {
        return Err(token.error("a key listed in mandatory is itself mandatory or not there"));
    }
    for (key, value) in params {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX); // as RDATA it would be too long anyway
        octets.extend_from_slice(&key.to_be_bytes());
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend(value);
    }
    Ok(())
}

/// Reads `key=value` or `key`.
fn read_param(token: Token<'_>) -> Result<(u16, Value, Vec<u8>), TextError> {
    let (name, value) = token.text.split_once('=').unwrap_or((token.text, ""));
    let known = (token.quoting != Quoting::Whole).then(|| key(name)).flatten();
    let (key, form) =
        known.ok_or_else(|| token.expected("a parameter such as port=53 or key667=\"text\""))?;
    let unquoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let octets = form.octets(decoded(token, unquoted)?);
    Ok((key, form, octets.ok_or_else(|| token.expected(form.wanted()))?))
}

/// The number and form of the key of this name, or of `keyNNNNN`.
fn key(name: &str) -> Option<(u16, Value)> {
    let number = || name.strip_prefix("key").and_then(decimal).and_then(|n| u16::try_from(n).ok());
    match KEYS.iter().find(|(_, known, _)| *known == name) {
        Some((key, _, form)) => Some((*key, *form)),
        None => number().map(|key| (key, Value::Text)),
    }
}

/// Is every key that `mandatory` lists there, and not `mandatory` itself (RFC 9460 section 8)?
fn lists_present_keys(params: &Params) -> bool {
    let (listed, _) = params.get(&MANDATORY).map_or((&[][..], &[][..]), |value| value.as_chunks());
    listed
        .iter()
        .map(|key| u16::from_be_bytes(*key))
        .all(|k| k != MANDATORY && params.contains_key(&k))
}

pub(super) fn write(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let mut params = Params::new();
    while !rdata.is_empty() {
        let (key, length) = (rdata.u16().ok()?, rdata.u16().ok()?);
        let ascends = params.last_key_value().is_none_or(|(last, _)| *last < key);
        let value = rdata.octets(usize::from(length)).ok().filter(|_| ascends)?;
        params.insert(key, value.to_vec());
    }
    let mut separator = "";
    for (key, value) in &params {
        text.push_str(separator);
        separator = " ";
        let named = KEYS.iter().find(|(known, ..)| known == key);
        let consistent = *key != MANDATORY || lists_present_keys(&params);
        let well_formed = named.filter(|_| consistent);
        match well_formed.and_then(|(_, name, form)| Some((name, form.text(value)?))) {
            Some((name, value)) => text.extend([name, value.as_str()]),
            None => push_opaque(*key, value, text),
        }
    }
    Some(())
}

fn push_opaque(key: u16, value: &[u8], text: &mut String) {
    text.push_str(&format!("key{key}"));
    if !value.is_empty() {
        text.push('=');
        push_quoted(value, text);
    }
}

impl Value {
    /// What an error says was expected.
    const fn wanted(self) -> &'static str {
        match self {
            Self::Keys => "keys such as mandatory=alpn,port, none twice",
            Self::Protocols => "protocols such as alpn=\"h2,h3\", of 1 to 255 octets each",
            Self::Empty => "no-default-alpn without a value",
            Self::Port => "a port such as port=8443",
            Self::Ipv4s => "addresses such as ipv4hint=192.0.2.1,192.0.2.2",
            Self::Ipv6s => "addresses such as ipv6hint=2001:db8::1,2001:db8::2",
            Self::Base64 => "base64, such as ech=AEP+DQA/",
            Self::Text => "a string",
        }
    }

    /// The octets of a value whose string is `text`; `None` when it is malformed.
    fn octets(self, text: Vec<u8>) -> Option<Vec<u8>> {
        let word = std::str::from_utf8(&text).ok();
        match self {
            Self::Keys => keys(word?),
            Self::Protocols => protocols(&text),
            Self::Empty => text.is_empty().then(Vec::new),
            Self::Port => Some(u16::try_from(decimal(word?)?).ok()?.to_be_bytes().into()),
            Self::Ipv4s => addresses(word?, |address: Ipv4Addr| address.octets()),
            Self::Ipv6s => addresses(word?, |address: Ipv6Addr| address.octets()),
            Self::Base64 => BASE64.decode(&text).ok().filter(|octets| !octets.is_empty()),
            Self::Text => Some(text),
        }
    }

    /// What stands behind the key's name for a value of these octets; `None` when they are malformed.
    fn text(self, octets: &[u8]) -> Option<String> {
        let value = match self {
            Self::Empty => return octets.is_empty().then(String::new),
            Self::Keys => list(octets, |key| key_name(u16::from_be_bytes(key)))
                .filter(|_| octets.chunks(2).is_sorted_by(|a, b| a < b)),
            Self::Port => octets.try_into().ok().map(|port| u16::from_be_bytes(port).to_string()),
            Self::Ipv4s => list(octets, |address: [u8; 4]| Ipv4Addr::from(address)),
            Self::Ipv6s => list(octets, |address: [u8; 16]| Ipv6Addr::from(address)),
            Self::Base64 => (!octets.is_empty()).then(|| BASE64.encode(octets)),
            Self::Protocols => protocol_list(octets).map(|list| quoted(&list)),
            Self::Text => Some(quoted(octets)),
        };
        value.map(|value| format!("={value}"))
    }
}

fn quoted(octets: &[u8]) -> String {
    let mut text = String::new();
    push_quoted(octets, &mut text);
    text
}

fn key_name(key: u16) -> String {
    let named = KEYS.iter().find(|(known, ..)| *known == key);
    named.map_or_else(|| format!("key{key}"), |(_, name, _)| (*name).into())
}

/// A comma-separated list of keys as octets, ascending; `None` when one is there twice.
fn keys(text: &str) -> Option<Vec<u8>> {
    let mut keys = text.split(',').map(|name| Some(key(name)?.0)).collect::<Option<Vec<_>>>()?;
    keys.sort_unstable();
    let twice = keys.windows(2).any(|pair| pair[0] == pair[1]);
    (!twice).then(|| keys.into_iter().flat_map(u16::to_be_bytes).collect())
}

fn addresses<A: FromStr, const N: usize>(text: &str, octets: fn(A) -> [u8; N]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for address in text.split(',') {
        all.extend(octets(address.parse().ok()?));
    }
    Some(all)
}

/// Items of `N` octets each as a comma-separated list; `None` when there is none, or a part of one.
fn list<D: Display, const N: usize>(octets: &[u8], shown: impl Fn([u8; N]) -> D) -> Option<String> {
    let (items, left) = octets.as_chunks::<N>();
    let shown: Vec<_> = items.iter().map(|item| shown(*item).to_string()).collect();
    (left.is_empty() && !shown.is_empty()).then(|| shown.join(","))
}

/// The octets of a comma-separated list whose items may hold `\,` and `\\` (RFC 9460 appendix A.1).
fn protocols(text: &[u8]) -> Option<Vec<u8>> {
    let (mut octets, mut item) = (Vec::new(), Vec::new());
    let mut characters = text.iter();
    loop {
        match characters.next() {
            Some(b'\\') => item.push(*characters.next().filter(|c| matches!(c, b',' | b'\\'))?),
            Some(octet) if *octet != b',' => item.push(*octet),
            end_of_item => {
                octets.push(u8::try_from(item.len()).ok().filter(|length| *length > 0)?);
                octets.append(&mut item);
                if end_of_item.is_none() {
                    return Some(octets);
                }
            }
        }
    }
}

/// The list whose octets are `octets`; `None` when an item is empty or cut short, or there is none.
fn protocol_list(octets: &[u8]) -> Option<Vec<u8>> {
    let mut list = Vec::new();
    let mut rest = octets;
    loop {
        let (length, behind) = rest.split_first().filter(|(length, _)| **length > 0)?;
        let (item, behind) = behind.split_at_checked(usize::from(*length))?;
        for octet in item {
            if matches!(octet, b',' | b'\\') {
                list.push(b'\\');
            }
            list.push(*octet);
        }
        rest = behind;
        if rest.is_empty() {
            return Some(list);
        }
        list.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::{Name, RrType, rdata_from_text, rdata_to_text};

    fn printed(text: &str) -> Result<String, String> {
        let rdata = rdata_from_text(RrType::SVCB, text, &Name::root()).map_err(|e| e.what)?;
        let printed = rdata_to_text(RrType::SVCB, &rdata);
        assert_eq!(rdata_from_text(RrType::SVCB, &printed, &Name::root()), Ok(rdata), "{text}");
        Ok(printed)
    }

    #[test]
    fn rfc9460_appendix_d_test_vectors() {
        let foo_com = "\\# {} {} 03666f6f076578616d706c6503636f6d00 {}";
        let foo_org = "\\# {} {} 03666f6f076578616d706c65036f726700 {}";
        let generic = |form: &str, parts: [&str; 3]| {
            parts.iter().fold(form.to_string(), |text, part| text.replacen("{}", part, 1))
        };
        let list = "000c08665c6f6f2c626172026832";
        for (text, octets) in [
            ("0 foo.example.com.", generic(foo_com, ["19", "0000", ""])),
            ("1 .", "\\# 3 000100".into()),
            ("16 foo.example.com. port=53", generic(foo_com, ["25", "0010", "000300020035"])),
            (
                "1 foo.example.com. key667=hello",
                generic(foo_com, ["28", "0001", "029b000568656c6c6f"]),
            ),
            (
                "1 foo.example.com. key667=\"hello\\210qoo\"",
                generic(foo_com, ["32", "0001", "029b000968656c6c6fd2716f6f"]),
            ),
            (
                "1 foo.example.com. (\nipv6hint=\"2001:db8::1,2001:db8::53:1\"\n)",
                generic(
                    foo_com,
                    [
                        "55",
                        "0001",
                        "0006002020010db800000000000000000000000120010db8000000000000000000530001",
                    ],
                ),
            ),
            (
                "1 foo.example.com. ipv6hint=\"2001:db8:122:344::192.0.2.33\"",
                generic(foo_com, ["39", "0001", "0006001020010db80122034400000000c0000221"]),
            ),
            (
                "16 foo.example.org. (\nalpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )",
                generic(
                    foo_org,
                    ["48", "0010", "00000004000100040001000902683205 68332d3139 00040004c0000201"],
                ),
            ),
            (
                "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
                generic(foo_org, ["35", "0010", &format!("0001{list}")]),
            ),
            (
                "16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
                generic(foo_org, ["35", "0010", &format!("0001{list}")]),
            ),
        ] {
            let read = |text: &str| rdata_from_text(RrType::SVCB, text, &Name::root());
            assert_eq!(read(text), read(&octets), "{text}");
            assert!(printed(text).is_ok_and(|p| !p.starts_with('\\')), "{text}");
        }
    }

    #[test]
    fn rfc9460_appendix_d_3_failures() {
        for params in [
            "key123=abc key123=def",
            "mandatory",
            "alpn",
            "port",
            "ipv4hint",
            "ipv6hint",
            "no-default-alpn=abc",
            "mandatory=key123",
            "mandatory=mandatory",
            "mandatory=key123,key123 key123=abc",
            "port=65536",
            "port=+1",
            "alpn=h2,,h3",
            "alpn=h2\\\\",
            "ipv4hint=192.0.2.1,",
            "ech=A",
            "\"port=53\"",
            "PORT=53",
            "key65536",
            "key1=\"a\"b\"",
            "=",
        ] {
            assert!(printed(&format!("1 . {params}")).is_err(), "{params}");
        }
    }

    #[test]
    fn a_value_malformed_for_its_key_prints_under_the_keys_number() {
        for (text, expected) in [
            ("key3=\\000", "1 . key3=\"\\000\""),
            ("key3=\\000\\053", "1 . port=53"),
            ("key1=\\002h", "1 . key1=\"\\002h\""),
            ("key1", "1 . key1"),
            ("key2", "1 . no-default-alpn"),
            ("key0=\\000\\000", "1 . key0=\"\\000\\000\""),
            ("key0=\\000\\003 port=1", "1 . mandatory=port port=1"),
            ("key7=/q{?dns}", "1 . dohpath=\"/q{?dns}\""),
            ("key5=\\000\\001", "1 . ech=AAE="),
        ] {
            assert_eq!(printed(&format!("1 . {text}")), Ok(expected.into()), "{text}");
        }
    }
}
