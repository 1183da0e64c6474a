//! Reading octets with bounds: the cursor that every decoder of a message uses.

use std::fmt;

use super::Name;

/// Where and why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Offset in the message.
    pub at: usize,
    /// What was wrong there.
    pub what: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}", self.what, self.at)
    }
}

impl std::error::Error for ParseError {}

/// A cursor over a whole message; names may point back into what lies in front of them.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0, end: message.len() }
    }

    /// The offset of the next octet.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Is everything read?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// An error at the present position.
    #[must_use]
    pub const fn error(&self, what: &'static str) -> ParseError {
        ParseError { at: self.at, what }
    }

    /// The next `length` octets.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn octets(&mut self, length: usize) -> Result<&'a [u8], ParseError> {
        if length > self.end - self.at {
            return Err(self.error("the message ends inside a field"));
        }
        let octets = &self.message[self.at..self.at + length];
        self.at += length;
        Ok(octets)
    }

    /// All octets that are left.
    pub fn rest(&mut self) -> &'a [u8] {
        let octets = &self.message[self.at..self.end];
        self.at = self.end;
        octets
    }

    /// One octet.
    ///
    /// # Errors
    /// When none is left.
    pub fn u8(&mut self) -> Result<u8, ParseError> {
        self.octets(1).map(|o| o[0])
    }

    /// Two octets, most significant first.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn u16(&mut self) -> Result<u16, ParseError> {
        self.octets(2).map(|o| u16::from_be_bytes([o[0], o[1]]))
    }

    /// Four octets, most significant first.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn u32(&mut self) -> Result<u32, ParseError> {
        self.octets(4).map(|o| u32::from_be_bytes([o[0], o[1], o[2], o[3]]))
    }

    /// A cursor over the next `length` octets alone, which cannot see what follows; this one moves behind them.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn part(&mut self, length: usize) -> Result<Self, ParseError> {
        let start = self.at;
        self.octets(length)?;
        Ok(Self { message: self.message, at: start, end: self.at })
    }

    /// A name, with compression pointers followed (RFC 1035 section 4.1.4). Each pointer must point strictly in
    /// front of the piece of name that it ends, so that no chain can loop (RFC 9267 section 2).
    ///
    /// # Errors
    /// When the name is malformed, runs out of the message, or is longer than 255 octets.
    pub fn name(&mut self) -> Result<Name, ParseError> {
        let (mut octets, mut length) = ([0; Name::MAX_OCTETS], 0);
        self.walk_name(|label| {
            octets[length..length + label.len()].copy_from_slice(label);
            length += label.len();
        })?;
        Ok(Name::from_checked_wire(&octets[..=length])) // the root label behind them is there already
    }

    /// Passes over a name; the length that it would have uncompressed.
    ///
    /// # Errors
    /// Where [`Reader::name`] fails.
    pub(super) fn skip_name(&mut self) -> Result<usize, ParseError> {
        let mut length = 1;
        self.walk_name(|label| length += label.len())?;
        Ok(length)
    }

    /// Shows each label of a name, with its length octet: of 254 octets together at the most.
    fn walk_name(&mut self, mut show: impl FnMut(&[u8])) -> Result<(), ParseError> {
        let mut octets = 0;
        let (mut at, mut piece, mut behind) = (self.at, self.at, None);
        let start = self.at;
        let failed = |what| ParseError { at: start, what };
        loop {
            let end = if behind.is_none() { self.end } else { self.message.len() };
            if at >= end {
                return Err(failed("the message ends inside a name"));
            }
            let length = self.message[at];
            match length {
                0 => break,
                1..=63 => {
                    let label = self.message[..end].get(at..at + 1 + usize::from(length));
                    let label = label.ok_or(failed("the message ends inside a label"))?;
                    octets += label.len();
                    if octets >= Name::MAX_OCTETS {
                        return Err(failed("a domain name longer than 255 octets"));
                    }
                    show(label);
                    at += label.len();
                }
                0xc0.. => {
                    let low = self.message[..end]
                        .get(at + 1)
                        .ok_or(failed("the message ends inside a compression pointer"))?;
                    let to = usize::from(length & 0x3f) << 8 | usize::from(*low);
                    behind = behind.or(Some(at + 2));
                    if to >= piece {
                        return Err(failed("a compression pointer that does not point backwards"));
                    }
                    (at, piece) = (to, to);
                }
                _ => return Err(failed("a label of an unknown type")),
            }
        }
        self.at = behind.unwrap_or(at + 1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_at(message: &[u8], at: usize) -> Result<(Name, usize), &'static str> {
        let mut reader = Reader::new(message);
        reader.octets(at).expect("inside");
        reader.name().map(|n| (n, reader.position())).map_err(|e| e.what)
    }

    #[test]
    fn rfc1035_s4_1_4_compression() {
        let message = [b"\x01f\x03isi\x04arpa\x00\x03foo\xc0\x00\xc0\x06\x00".as_slice()].concat();
        assert_eq!(
            name_at(&message, 0).map(|(n, at)| (n.to_string(), at)),
            Ok(("f.isi.arpa.".into(), 12))
        );
        assert_eq!(
            name_at(&message, 12).map(|(n, at)| (n.to_string(), at)),
            Ok(("foo.f.isi.arpa.".into(), 18))
        );
        assert_eq!(
            name_at(&message, 18).map(|(n, at)| (n.to_string(), at)),
            Ok(("arpa.".into(), 20))
        );
    }

    #[test]
    fn rfc9267_s2_pointers_that_loop_or_run_off_are_refused() {
        let bad: &[(&[u8], usize)] = &[
            (b"\xc0\x00", 0),
            (b"\x01a\xc0\x00", 2),
            (b"\x01a\xc0\x02", 0),
            (b"\xc0\x02\x00", 0),
            (b"\xc0", 0),
            (b"\x05abc", 0),
            (b"\x41a\x00", 0),
            (b"\x80a\x00", 0),
            (b"", 0),
        ];
        for (message, at) in bad {
            let found = name_at(message, *at);
            assert!(
                found.is_err() || message == &b"\x01a\xc0\x00".as_slice(),
                "{message:?} {found:?}"
            );
        }
    }

    #[test]
    fn a_part_cannot_see_behind_its_end() {
        let message = b"\x03abc\x00";
        let mut reader = Reader::new(message);
        let mut part = reader.part(3).expect("inside");
        assert!(part.name().is_err());
        assert_eq!(reader.position(), 3);
    }

    #[test]
    fn a_name_of_more_than_255_octets_is_refused() {
        let mut message = [[1, b'a'].repeat(127), vec![0]].concat();
        let start = message.len();
        message.extend_from_slice(&[1, b'b', 0xc0, 0]);
        assert!(name_at(&message, 0).is_ok());
        assert_eq!(
            name_at(&message, start).map(|_| ()),
            Err("a domain name longer than 255 octets")
        );
    }
}
