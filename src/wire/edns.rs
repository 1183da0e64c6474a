//! EDNS(0): the OPT pseudo-record (RFC 6891), with DO (RFC 3225), CO (RFC 9824), extended errors (RFC 8914) and
//! edns-tcp-keepalive (RFC 7828).

use std::time::Duration;

use super::{EdeCode, OptionCode, ParseError, Reader};

/// Options kept of one OPT; what follows is passed over. Real messages have a handful, an attacker thousands.
pub const MAX_OPTIONS: usize = 32;

/// In which the TIMEOUT of edns-tcp-keepalive is counted (RFC 7828 section 3.1).
const KEEPALIVE_UNIT: Duration = Duration::from_millis(100);

const DO: u16 = 0x8000;
const CO: u16 = 0x4000;

/// What an OPT record says, but for the upper bits of the response code, which the header holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// The largest UDP message that the sender takes, in octets, as written (below 512 means 512).
    pub udp_size: u16,
    /// Must be 0.
    pub version: u8,
    /// DO: the sender wants DNSSEC records.
    pub dnssec_ok: bool,
    /// CO: the sender understands compact denial and wants NXDOMAIN restored (RFC 9824 section 5.1).
    pub compact_ok: bool,
    /// At most [`MAX_OPTIONS`].
    pub options: Vec<EdnsOption>,
    /// The options ended inside one; those in front of it are kept.
    pub malformed: bool,
}

/// One EDNS option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdnsOption {
    /// Its code.
    pub code: OptionCode,
    /// Its data.
    pub data: Box<[u8]>,
}

impl Edns {
    /// From the CLASS, the lower three octets of the TTL and the RDATA of an OPT record.
    pub(super) fn parse(class: u16, ttl: u32, rdata: &[u8]) -> Self {
        let [_, version, hi, lo] = ttl.to_be_bytes();
        let flags = u16::from_be_bytes([hi, lo]);
        let mut edns = Self {
            udp_size: class,
            version,
            dnssec_ok: flags & DO != 0,
            compact_ok: flags & CO != 0,
            ..Self::default()
        };
        edns.malformed = edns.parse_options(rdata).is_err();
        edns
    }

    fn parse_options(&mut self, rdata: &[u8]) -> Result<(), ParseError> {
        let mut reader = Reader::new(rdata);
        while !reader.is_empty() {
            let code = OptionCode(reader.u16()?);
            let length = usize::from(reader.u16()?);
            let data = reader.octets(length)?;
            if self.options.len() < MAX_OPTIONS {
                self.options.push(EdnsOption { code, data: data.into() });
            }
        }
        Ok(())
    }

    /// The data of the first option with `code`.
    #[must_use]
    pub fn option(&self, code: OptionCode) -> Option<&[u8]> {
        self.options.iter().find(|o| o.code == code).map(|o| &*o.data)
    }

    /// The extended errors it carries (RFC 8914 section 2), text made safe to print.
    pub fn extended_errors(&self) -> impl Iterator<Item = ExtendedError> + '_ {
        self.options
            .iter()
            .filter(|o| o.code == OptionCode::EDE)
            .filter_map(|o| ExtendedError::parse(&o.data))
    }

    /// How long a server lets a TCP connection be idle (RFC 7828 section 3.1).
    #[must_use]
    pub fn keepalive(&self) -> Option<Duration> {
        let units = self.option(OptionCode::KEEPALIVE)?.try_into().ok().map(u16::from_be_bytes)?;
        Some(KEEPALIVE_UNIT * u32::from(units))
    }

    /// The upper bits of the flags, as sent.
    pub(super) const fn flags(&self) -> u16 {
        (if self.dnssec_ok { DO } else { 0 }) | (if self.compact_ok { CO } else { 0 })
    }

    /// Octets that the OPT record takes in a message.
    #[must_use]
    pub fn wire_length(&self) -> usize {
        11 + self.options.iter().map(|o| 4 + o.data.len()).sum::<usize>()
    }
}

impl EdnsOption {
    /// edns-tcp-keepalive (RFC 7828 section 3.1): with the time for which a server lets the connection be idle, in whole units;
    /// without one, as clients send it.
    #[must_use]
    pub fn keepalive(idle: Option<Duration>) -> Self {
        let units = |idle: Duration| idle.as_millis() / KEEPALIVE_UNIT.as_millis();
        let timeout = idle.map(|idle| u16::try_from(units(idle)).unwrap_or(u16::MAX).to_be_bytes());
        let data = timeout.as_ref().map_or(&[][..], |timeout| &timeout[..]);
        Self { code: OptionCode::KEEPALIVE, data: data.into() }
    }
}

/// An extended DNS error: a code and a sentence (RFC 8914 section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// INFO-CODE.
    pub code: EdeCode,
    /// EXTRA-TEXT.
    pub text: String,
}

impl ExtendedError {
    /// The longest EXTRA-TEXT that is sent, in octets: with it a SERVFAIL for a name of 255 octets still fits into
    /// 512.
    pub const MAX_TEXT: usize = 200;

    fn parse(data: &[u8]) -> Option<Self> {
        let (code, text) = data.split_first_chunk::<2>()?;
        let text = String::from_utf8_lossy(text)
            .chars()
            .filter(|c| !c.is_control())
            .take(Self::MAX_TEXT)
            .collect();
        Some(Self { code: EdeCode(u16::from_be_bytes(*code)), text })
    }

    /// The option that carries it, its text cut to [`Self::MAX_TEXT`] octets at a character boundary.
    #[must_use]
    pub fn to_option(&self) -> EdnsOption {
        let end = (0..=Self::MAX_TEXT.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at));
        let text = &self.text[..end.unwrap_or(0)];
        EdnsOption {
            code: OptionCode::EDE,
            data: [&self.code.0.to_be_bytes()[..], text.as_bytes()].concat().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6891_s6_1_2_options_that_overrun_are_marked_and_the_rest_kept() {
        let edns = Edns::parse(1232, 0x8000, &[0, 10, 0, 1, 7, 0, 3, 0, 9, 1]);
        assert!(edns.malformed && edns.dnssec_ok && !edns.compact_ok);
        assert_eq!(edns.option(OptionCode::COOKIE), Some(&[7][..]));
    }

    #[test]
    fn rfc8914_s2_text_is_cut_at_a_character() {
        let error = ExtendedError { code: EdeCode::DNSSEC_BOGUS, text: "\u{e4}".repeat(150) };
        let option = error.to_option();
        assert_eq!(option.data.len(), 2 + 200);
        let edns = Edns { options: vec![option], ..Edns::default() };
        assert_eq!(edns.extended_errors().next().map(|e| e.text.chars().count()), Some(100));
    }

    #[test]
    fn rfc7828_s3_1_the_timeout_is_in_units_of_100_milliseconds() {
        let data = |idle: Option<u64>| EdnsOption::keepalive(idle.map(Duration::from_millis)).data;
        assert!(data(None).is_empty());
        assert_eq!(*data(Some(0)), [0, 0]);
        assert_eq!(*data(Some(10_099)), [0, 100]);
        assert_eq!(*data(Some(u64::MAX)), [0xff, 0xff]);
        let said = |data: &[u8]| {
            let option = EdnsOption { code: OptionCode::KEEPALIVE, data: data.into() };
            Edns { options: vec![option], ..Edns::default() }.keepalive()
        };
        assert_eq!(said(&[1, 0]), Some(Duration::from_millis(25_600)));
        for odd in [&[][..], &[1], &[1, 2, 3]] {
            assert_eq!(said(odd), None);
        }
        assert_eq!(Edns::default().keepalive(), None);
    }

    #[test]
    fn thousands_of_options_cost_a_bounded_vector() {
        let edns = Edns::parse(512, 0, &[0, 3, 0, 0].repeat(5000));
        assert_eq!((edns.options.len(), edns.malformed), (MAX_OPTIONS, false));
    }
}
