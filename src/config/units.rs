//! Sizes, times, addresses and networks as they are written.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::error::{Problem, quoted};
use crate::model::Network;

const SIZES: [(&str, u64); 9] = [
    ("", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("t", 1 << 40),
    ("tib", 1 << 40),
];

/// In milliseconds; the longest first, as they are printed.
const TIMES: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Octets, as `256MiB`, `64M` or `1048576`.
pub(super) fn size(text: &str) -> Result<u64, Problem> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, unit) = split_number(&lower);
    let factor = SIZES.iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| *factor);
    let octets =
        number.parse::<u64>().ok().zip(factor).and_then(|(n, factor)| n.checked_mul(factor));
    octets.ok_or_else(|| {
        let remedy = "write a whole number with KiB, MiB or GiB, as 256MiB";
        Problem::new(format!("expected a size, found {}", quoted(text)), remedy)
    })
}

/// A time, as `30s`, `1h30m` or `500ms`; a number without a unit counts seconds.
pub(super) fn time(text: &str) -> Result<Duration, Problem> {
    milliseconds(&text.trim().to_ascii_lowercase()).map(Duration::from_millis).ok_or_else(|| {
        let remedy = "write a whole number with ms, s, m, h or d, as 30s or 1h30m";
        Problem::new(format!("expected a time, found {}", quoted(text)), remedy)
    })
}

fn milliseconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000);
    }
    let (mut rest, mut sum) = (text, 0u64);
    while !rest.is_empty() {
        let (number, behind) = split_number(rest);
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let factor = TIMES.iter().find(|(unit, _)| *unit == &behind[..end])?.1;
        sum = number.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(sum)?;
        rest = &behind[end..];
    }
    (!text.is_empty()).then_some(sum)
}

/// Splits behind the digits at the start.
fn split_number(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// `octets` as it is best written.
pub(super) fn size_to_text(octets: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let exact =
        units.iter().find(|(bits, _)| octets >= 1 << bits && octets.trailing_zeros() >= *bits);
    exact.map_or_else(|| octets.to_string(), |(bits, unit)| format!("{}{unit}", octets >> bits))
}

/// `time` as it is best written.
pub(super) fn time_to_text(time: Duration) -> String {
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let exact = TIMES.iter().skip(1).find(|(_, factor)| ms != 0 && ms % factor == 0);
    exact.map_or_else(|| "0s".into(), |(unit, factor)| format!("{}{unit}", ms / factor))
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:53`, `192.0.2.1@53`, `2001:db8::1`, `[2001:db8::1]:53`.
pub(super) fn socket(text: &str, default_port: u16) -> Result<SocketAddr, Problem> {
    let text = text.trim();
    let unbracketed =
        |host: &str| host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).map(String::from);
    let with_port = |host: &str, port: &str| {
        let host = unbracketed(host).unwrap_or_else(|| host.into());
        Some(SocketAddr::new(host.parse().ok()?, port.parse().ok()?))
    };
    let plain = || {
        let host = unbracketed(text).unwrap_or_else(|| text.into());
        host.parse().ok().map(|ip| SocketAddr::new(ip, default_port))
    };
    let found = match text.rsplit_once('@') {
        Some((host, port)) => with_port(host, port),
        None => plain().or_else(|| text.parse().ok()),
    };
    found.filter(|socket| socket.port() != 0).ok_or_else(|| {
        let remedy = "write it as 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or \"[2001:db8::1]:53\"";
        Problem::new(format!("expected an address, found {}", quoted(text)), remedy)
    })
}

/// A network as `192.0.2.0/24`, or a single address. Bits behind the prefix are an error: one of the two was not meant.
pub(super) fn network(text: &str) -> Result<Network, Problem> {
    let text = text.trim();
    let network: Network = text.parse().map_err(|error| {
        let remedy = "write it as 192.0.2.0/24, 2001:db8::/32 or a single address";
        Problem::new(format!("expected a network, found {}: {error}", quoted(text)), remedy)
    })?;
    let address = text.split_once('/').and_then(|(address, _)| address.parse::<IpAddr>().ok());
    match address.filter(|address| *address != network.address()) {
        None => Ok(network),
        Some(address) => {
            let what = format!("{} is an address in {network}, not a network", quoted(text));
            Err(Problem::new(what, format!("write {network} or {address}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, octets) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("256MiB", 256 << 20),
            ("64M", 64 << 20),
            ("1 gib", 1 << 30),
            ("3k", 3 << 10),
            ("1T", 1 << 40),
        ] {
            assert_eq!(size(text), Ok(octets), "{text}");
        }
        for text in ["", "M", "1.5G", "64MB", "-1", "17179869184G", "1 M B"] {
            assert!(size(text).is_err(), "{text}");
        }
        for text in ["0", "1023", "1KiB", "1025KiB", "256MiB", "3GiB"] {
            assert_eq!(size(text).map(size_to_text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn times() {
        for (text, ms) in [
            ("0", 0),
            ("30", 30_000),
            ("30s", 30_000),
            ("500ms", 500),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("1W", 604_800_000),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in
            ["", "s", "1.5s", "-1", "5 m", "1x", "99999999999999999999", "30000000000000000d"]
        {
            assert!(time(text).is_err(), "{text}");
        }
        for text in ["0s", "1ms", "1500ms", "4500ms", "30s", "90m", "1h", "7d"] {
            assert_eq!(time(text).map(time_to_text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1:53"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("192.0.2.1@5353", "192.0.2.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
            ("::1@5353", "[::1]:5353"),
            ("[::1]@5353", "[::1]:5353"),
        ] {
            assert_eq!(socket(text, 53).map(|s| s.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "localhost",
            "192.0.2.1:0",
            "192.0.2.1:65536",
            "192.0.2",
            "[192.0.2.1",
            "@53",
            "1@2@3",
        ] {
            assert!(socket(text, 53).is_err(), "{text}");
        }
    }

    #[test]
    fn networks() {
        for (text, expected) in [
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
        ] {
            let shown = network(text).map(|network| network.to_string());
            assert_eq!(shown.as_deref(), Ok(expected));
        }
        for text in
            ["", "192.0.2.0/33", "192.0.2.0/", "::/129", "any", "192.0.2.0/-1", "192.0.2/24"]
        {
            assert!(network(text).is_err(), "{text}");
        }
        let inside = network("192.0.2.7/24").map_err(|problem| problem.remedy);
        assert_eq!(inside, Err("write 192.0.2.0/24 or 192.0.2.7".into()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-fmsGié.:@/\\[\\] -]{0,12}") {
            let _ = (size(&text), time(&text), socket(&text, 53), network(&text));
        }
    }
}
