//! The forms in which a field of RDATA is written, each with its reader and its printer.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::encoded::{self, Groups};
use super::numbers::{self, Mnemonics};
use super::tokens::Tokens;
use super::{TextError, names, strings, svc_params, time, types};
use crate::wire::{Name, Reader};

/// How one field is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A decimal number of so many octets, or one of its mnemonics.
    Number(usize, Mnemonics),
    /// Four octets of seconds.
    Period,
    /// Four octets of seconds since 1970.
    Time,
    /// A record type.
    Type,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A domain name.
    Name,
    /// A string of up to 255 octets.
    Text,
    /// Such strings up to the end.
    Texts,
    /// One string up to the end.
    LongText,
    /// Letters and digits behind a length octet.
    Tag,
    /// Hexadecimal behind a length octet.
    Salt,
    /// Base32hex behind a length octet.
    Hash,
    /// Hexadecimal up to the end.
    Hex,
    /// Base64 up to the end.
    Base64,
    /// Groups of hexadecimal digits.
    Groups(Groups),
    /// A bit map of record types up to the end.
    Types,
    /// The parameters of a service binding up to the end.
    SvcParams,
}

impl Form {
    /// Reads the field from `tokens` and appends its octets; relative names are below `origin`.
    pub(super) fn read(
        self,
        tokens: &mut Tokens<'_, '_>,
        origin: &Name,
        octets: &mut Vec<u8>,
    ) -> Result<(), TextError> {
        match self {
            Self::Number(width, mnemonics) => numbers::read(tokens, width, mnemonics, octets),
            Self::Period => numbers::read_period(tokens, octets),
            Self::Time => time::read(tokens, octets),
            Self::Type => types::read(tokens, octets),
            Self::Ipv4 => read_ipv4(tokens, octets),
            Self::Ipv6 => read_ipv6(tokens, octets),
            Self::Name => names::read(tokens, origin, octets),
            Self::Text => strings::read(tokens, octets),
            Self::Texts => strings::read_all(tokens, octets),
            Self::LongText => strings::read_long(tokens, octets),
            Self::Tag => strings::read_tag(tokens, octets),
            Self::Salt => encoded::read_salt(tokens, octets),
            Self::Hash => encoded::read_hash(tokens, octets),
            Self::Hex => encoded::read_hex(tokens, octets),
            Self::Base64 => encoded::read_base64(tokens, octets),
            Self::Groups(groups) => groups.read(tokens, octets),
            Self::Types => types::read_bitmap(tokens, octets),
            Self::SvcParams => svc_params::read(tokens, octets),
        }
    }

    /// Prints the field at the front of `rdata`; `None` when the octets there do not fit, or would not read back
    /// the same.
    pub(super) fn write(self, rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
        match self {
            Self::Number(width, _) => numbers::write(rdata, width, text),
            Self::Period => numbers::write(rdata, 4, text),
            Self::Time => time::write(rdata, text),
            Self::Type => types::write(rdata, text),
            Self::Ipv4 => write_ipv4(rdata, text),
            Self::Ipv6 => write_ipv6(rdata, text),
            Self::Name => names::write(rdata, text),
            Self::Text => strings::write(rdata, text),
            Self::Texts => strings::write_all(rdata, text),
            Self::LongText => {
                strings::write_long(rdata, text);
                Some(())
            }
            Self::Tag => strings::write_tag(rdata, text),
            Self::Salt => encoded::write_salt(rdata, text),
            Self::Hash => encoded::write_hash(rdata, text),
            Self::Hex => encoded::write_hex(rdata, text),
            Self::Base64 => encoded::write_base64(rdata, text),
            Self::Groups(groups) => groups.write(rdata, text),
            Self::Types => types::write_bitmap(rdata, text),
            Self::SvcParams => svc_params::write(rdata, text),
        }
    }
}

fn read_ipv4(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    const WANTED: &str = "an IPv4 address";
    let token = tokens.take(WANTED)?;
    let address: Ipv4Addr = token.plain(WANTED)?.parse().map_err(|_| token.expected(WANTED))?;
    octets.extend(address.octets());
    Ok(())
}

fn read_ipv6(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    const WANTED: &str = "an IPv6 address";
    let token = tokens.take(WANTED)?;
    let address: Ipv6Addr = token.plain(WANTED)?.parse().map_err(|_| token.expected(WANTED))?;
    octets.extend(address.octets());
    Ok(())
}

fn write_ipv4(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let octets = <[u8; 4]>::try_from(rdata.octets(4).ok()?).ok()?;
    text.push_str(&Ipv4Addr::from(octets).to_string());
    Some(())
}

fn write_ipv6(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let octets = <[u8; 16]>::try_from(rdata.octets(16).ok()?).ok()?;
    text.push_str(&Ipv6Addr::from(octets).to_string());
    Some(())
}
