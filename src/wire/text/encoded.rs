//! Octets as hexadecimal, base32hex and base64 digits (RFC 4648), and in groups.

use data_encoding::{BASE64, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::TextError;
use super::strings::{push_with_length, with_length};
use super::tokens::{Token, Tokens};
use crate::wire::Reader;
use crate::wire::rdata::base32hex;

/// Reads hexadecimal digits up to the end, which blanks may split.
pub(super) fn read_hex(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    octets.extend(joined(tokens, &HEXLOWER_PERMISSIVE, "hexadecimal digits, two to an octet")?);
    Ok(())
}

/// Reads base64 up to the end, which blanks may split.
pub(super) fn read_base64(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    octets.extend(joined(tokens, &BASE64, "base64, padded with = to a multiple of four")?);
    Ok(())
}

/// The octets of all words that are left, at least one. An error is that of the word in which it lies.
fn joined(
    tokens: &mut Tokens<'_, '_>,
    encoding: &Encoding,
    wanted: &str,
) -> Result<Vec<u8>, TextError> {
    let words = tokens.rest(wanted)?;
    let digits = words.iter().map(|w| w.plain(wanted)).collect::<Result<String, _>>()?;
    encoding
        .decode(digits.as_bytes())
        .map_err(|error| word_at(words, error.position).expected(wanted))
}

/// The word that holds the digit at `position` of the words joined.
fn word_at<'a>(words: &[Token<'a>], mut position: usize) -> Token<'a> {
    let mut last = words[0];
    for word in words {
        last = *word;
        match position.checked_sub(word.text.len()) {
            Some(behind) => position = behind,
            None => break,
        }
    }
    last
}

/// Prints all octets that are left in hexadecimal, at least one.
pub(super) fn write_hex(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    write_rest(rdata, &HEXLOWER, text)
}

/// Prints all octets that are left in base64, at least one.
pub(super) fn write_base64(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    write_rest(rdata, &BASE64, text)
}

fn write_rest(rdata: &mut Reader<'_>, encoding: &Encoding, text: &mut String) -> Option<()> {
    let rest = Some(rdata.rest()).filter(|rest| !rest.is_empty())?;
    encoding.encode_append(rest, text);
    Some(())
}

/// Reads a salt behind a length octet: one hexadecimal word, `-` for none (RFC 5155 section 3.3).
pub(super) fn read_salt(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    const WANTED: &str = "a salt in hexadecimal, or - for none";
    let token = tokens.take(WANTED)?;
    let salt = match token.plain(WANTED)? {
        "-" => Ok(Vec::new()),
        word => HEXLOWER_PERMISSIVE.decode(word.as_bytes()),
    };
    push_with_length(token, &salt.map_err(|_| token.expected(WANTED))?, octets)
}

pub(super) fn write_salt(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    match with_length(rdata)? {
        [] => text.push('-'),
        salt => HEXLOWER.encode_append(salt, text),
    }
    Some(())
}

/// Reads a hash behind a length octet: one word of base32hex (RFC 5155 section 3.3).
pub(super) fn read_hash(
    tokens: &mut Tokens<'_, '_>,
    octets: &mut Vec<u8>,
) -> Result<(), TextError> {
    const WANTED: &str = "a hash in base32hex, without padding";
    let token = tokens.take(WANTED)?;
    let hash = base32hex::decode(token.plain(WANTED)?.as_bytes());
    push_with_length(token, &hash.ok_or_else(|| token.expected(WANTED))?, octets)
}

/// Prints a hash; one of no octets has no text.
pub(super) fn write_hash(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    let hash = with_length(rdata).filter(|hash| !hash.is_empty())?;
    text.push_str(&base32hex::encode(hash));
    Some(())
}

/// How a fixed count of octets is written in hexadecimal groups: `00-00-5e-00-53-2a` (RFC 7043 section 3.2), or
/// `14:4fff:ff20:ee64` (RFC 6742 section 2.1.2), whose groups may lack leading zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups {
    pub(super) count: usize,
    pub(super) octets_each: usize,
    pub(super) least_digits: usize,
    pub(super) separator: char,
}

impl Groups {
    pub(super) fn read(
        self,
        tokens: &mut Tokens<'_, '_>,
        octets: &mut Vec<u8>,
    ) -> Result<(), TextError> {
        let Self { count, octets_each, separator, .. } = self;
        let token = tokens.take("groups of hexadecimal digits")?;
        let word = token.plain("groups of hexadecimal digits")?;
        octets.extend(self.octets(word).ok_or_else(|| {
            let digits = 2 * octets_each;
            token.expected(&format!(
                "{count} groups of {digits} hexadecimal digits with {separator} between"
            ))
        })?);
        Ok(())
    }

    fn octets(self, word: &str) -> Option<Vec<u8>> {
        let most_digits = self.octets_each * 2;
        let mut digits = String::with_capacity(self.count * most_digits);
        for group in word.split(self.separator) {
            if group.len() < self.least_digits || group.len() > most_digits {
                return None;
            }
            digits.push_str(&format!("{group:0>most_digits$}"));
        }
        let octets = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        (octets.len() == self.count * self.octets_each).then_some(octets)
    }

    pub(super) fn write(self, rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
        let octets = rdata.octets(self.count * self.octets_each).ok()?;
        for (index, group) in octets.chunks(self.octets_each).enumerate() {
            if index > 0 {
                text.push(self.separator);
            }
            HEXLOWER.encode_append(group, text);
        }
        Some(())
    }
}
