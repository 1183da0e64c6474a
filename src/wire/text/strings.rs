//! Character strings (RFC 1035 section 5.1): text of any octets, quoted or not, with `\DDD` in decimal.

use super::TextError;
use super::tokens::{Token, Tokens};
use crate::wire::Reader;
use crate::wire::name::unescape;

/// Reads one string of up to 255 octets behind a length octet.
pub(super) fn read(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let token = tokens.take("a string")?;
    push_with_length(token, &decoded(token, token.text)?, octets)
}

/// Reads strings up to the end, at least one.
pub(super) fn read_all(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    for token in tokens.rest("a string")? {
        push_with_length(*token, &decoded(*token, token.text)?, octets)?;
    }
    Ok(())
}

/// Reads one string of any length, which has no length octet.
pub(super) fn read_long(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let token = tokens.take("a string")?;
    octets.extend_from_slice(&decoded(token, token.text)?);
    Ok(())
}

/// Reads the tag of a CAA record: letters and digits behind a length octet (RFC 8659 section 4.1).
pub(super) fn read_tag(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    const WANTED: &str = "a tag of letters and digits";
    let token = tokens.take(WANTED)?;
    let tag = token.plain(WANTED)?.as_bytes();
    if !is_tag(tag) {
        return Err(token.expected(WANTED));
    }
    push_with_length(token, tag, octets)
}

/// Prints one string behind a length octet.
pub(super) fn write(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    push_quoted(with_length(rdata)?, text);
    Some(())
}

/// Prints strings up to the end, at least one.
pub(super) fn write_all(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    write(rdata, text)?;
    while !rdata.is_empty() {
        text.push(' ');
        write(rdata, text)?;
    }
    Some(())
}

/// Prints all that is left as one string.
pub(super) fn write_long(rdata: &mut Reader<'_>, text: &mut String) {
    push_quoted(rdata.rest(), text);
}

pub(super) fn write_tag(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let tag = with_length(rdata).filter(|tag| is_tag(tag))?;
    text.push_str(std::str::from_utf8(tag).ok()?);
    Some(())
}

/// The octets behind a length octet.
pub(super) fn with_length<'a>(rdata: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = rdata.u8().ok()?;
    rdata.octets(usize::from(length)).ok()
}

/// Appends `content` behind its length octet.
pub(super) fn push_with_length(
    token: Token<'_>,
    content: &[u8],
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    let length = u8::try_from(content.len())
        .map_err(|_| token.error("more than 255 octets in one string; split it into several"))?;
    octets.push(length);
    octets.extend_from_slice(content);
    Ok(())
}

/// The octets that `text`, which is `token` or a part of it, stands for.
pub(super) fn decoded(token: Token<'_>, text: &str) -> Result<Vec<u8>, TextError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((octet, behind)) = rest.split_first() {
        rest = behind;
        octets.push(match octet {
            b'\\' => unescape(&mut rest).map_err(|e| token.error(format!("{} has {e}", token.shown())))?,
            b'"' => return Err(token.expected("a blank in front of a quote, or \\\" for the character")),
            octet => *octet,
        });
    }
    Ok(octets)
}

/// Appends `octets` in quotes, escaped so that they are printable ASCII whoever sent them.
pub(super) fn push_quoted(octets: &[u8], text: &mut String) {
    text.push('"');
    for octet in octets {
        match octet {
            b'"' | b'\\' => text.extend(['\\', char::from(*octet)]),
            b' '..=b'~' => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text.push('"');
}

fn is_tag(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(u8::is_ascii_alphanumeric)
}
