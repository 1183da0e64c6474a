//! Numbers, with mnemonics for some, and periods with units.

use super::TextError;
use super::tokens::Tokens;
use crate::wire::Reader;

/// Names that may be written for numbers.
pub(super) type Mnemonics = &'static [(u32, &'static str)];

/// DNSSEC algorithms (RFC 4034 appendix A.1 and the registry that it made).
pub(super) const ALGORITHMS: Mnemonics = &[
    (0, "DELETE"),
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
    (5, "RSASHA1"),
    (6, "DSA-NSEC3-SHA1"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// Certificate types (RFC 4398 section 2.1).
pub(super) const CERTIFICATES: Mnemonics = &[
    (1, "PKIX"),
    (2, "SPKI"),
    (3, "PGP"),
    (4, "IPKIX"),
    (5, "ISPKI"),
    (6, "IPGP"),
    (7, "ACPKIX"),
    (8, "IACPKIX"),
    (253, "URI"),
    (254, "OID"),
];

/// Reads a number of `width` octets, or one of its mnemonics in either case.
pub(super) fn read(
    tokens: &mut Tokens<'_, '_>,
    width: usize,
    mnemonics: Mnemonics,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let wanted = match width {
        1 => "a number up to 255",
        2 => "a number up to 65535",
        _ => "a number up to 4294967295",
    };
    let token = tokens.take(wanted)?;
    let word = token.plain(wanted)?;
    let named = || mnemonics.iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
    let number = decimal(word).or_else(|| named().map(|(number, _)| *number));
    let number = number.ok_or_else(|| token.expected(wanted))?.to_be_bytes();
    let (high, low) = number.split_at(number.len() - width);
    if high.iter().any(|octet| *octet != 0) {
        return Err(token.expected(wanted));
    }
    octets.extend_from_slice(low);
    Ok(())
}

/// Prints a number of `width` octets.
pub(super) fn write(rdata: &mut Reader<'_>, width: usize, text: &mut String) -> Option<()> {
    let number = rdata.octets(width).ok()?.iter().fold(0u32, |n, o| n << 8 | u32::from(*o));
    text.push_str(&number.to_string());
    Some(())
}

/// Reads a period of four octets: seconds, or numbers with units.
pub(super) fn read_period(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    const WANTED: &str = "seconds, or a period such as 1h30m";
    let token = tokens.take(WANTED)?;
    let seconds = period(token.plain(WANTED)?).ok_or_else(|| token.expected(WANTED))?;
    octets.extend_from_slice(&seconds.to_be_bytes());
    Ok(())
}

/// The number that `word` is in decimal digits alone.
pub(super) fn decimal(word: &str) -> Option<u32> {
    word.bytes().all(|o| o.is_ascii_digit()).then(|| word.parse().ok())?
}

/// Seconds of `3600` or of `1w2d3h4m5s`, in either case.
pub(super) fn period(word: &str) -> Option<u32> {
    if !word.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return decimal(word);
    }
    let mut seconds = 0u32;
    for part in word.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
        let unit = match part.as_bytes().last()?.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        let number = decimal(&part[..part.len() - 1])?;
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_seconds_or_have_units() {
        for (word, seconds) in [
            ("0", Some(0)),
            ("4294967295", Some(u32::MAX)),
            ("1h30m", Some(5_400)),
            ("1W2d3H4m5s", Some(788_645)),
            ("4294967296", None),
            ("7102w", None),
            ("", None),
            ("h", None),
            ("1h30", None),
            ("1x", None),
            ("-1", None),
            ("+1", None),
            ("1.5h", None),
            ("1é", None),
        ] {
            assert_eq!(period(word), seconds, "{word}");
        }
    }
}
