//! Types by their mnemonics (RFC 3597 section 5), one or a bit map of them (RFC 4034 section 4.2).

use super::TextError;
use super::tokens::{Token, Tokens};
use crate::wire::rdata::TypeBitmap;
use crate::wire::{Reader, RrType};

pub(super) fn read(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let rtype = rtype(tokens.take("a record type")?)?;
    octets.extend_from_slice(&rtype.0.to_be_bytes());
    Ok(())
}

pub(super) fn write(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    text.push_str(&RrType(rdata.u16().ok()?).to_string());
    Some(())
}

/// Reads types up to the end, in any order; there may be none.
pub(super) fn read_bitmap(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let mut types = Vec::new();
    while tokens.peek().is_some() {
        types.push(rtype(tokens.take("a record type")?)?);
    }
    octets.extend(TypeBitmap::build(&types));
    Ok(())
}

/// Prints a bit map. One with octets to spare (RFC 4034 section 4.1.2 forbids them) would not read back the same.
pub(super) fn write_bitmap(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let octets = rdata.rest();
    let types: Vec<_> = TypeBitmap::parse(octets)?.types().collect();
    if TypeBitmap::build(&types) != octets {
        return None;
    }
    for (index, rtype) in types.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&rtype.to_string());
    }
    Some(())
}

/// The type that `token` names.
pub(super) fn rtype(token: Token<'_>) -> Result<RrType, TextError> {
    token.plain("a record type")?.parse().map_err(|_| {
        token.error(format!(
            "{} is no record type known here; one without a name is written TYPEn",
            token.shown()
        ))
    })
}
