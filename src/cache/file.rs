//! The form of a file of testimonies: what outlives the process. Octets in and out; whose file it is, and where, is the
//! business of who opens it.
//!
//! ```text
//! file   = "BAILIWICK CACHE" version(1), date of writing(8), source(8), record*, end
//! record = kind(1), date on which its TTLs began to run(8), life(4), length(2), message, check(8)
//! end    = kind 0, records(8), check(8)
//! ```
//!
//! Numbers are in network order, dates seconds since 1970; the source is a digest of whom the writer asked. A check is the
//! beginning of the SHA-256 of the record or end before it: a file that was torn or is damaged is noticed where it is. It
//! guards against accidents. That a record is true is proven by the signatures in its message, or not at all.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

use super::testimony::Testimony;
use crate::clock::{Moment, WallSeconds};
use crate::dnssec::{DigestType, digest};

/// What a file begins with. The last octet is the version: another one is another form, and the file is not read.
const MAGIC: [u8; 16] = *b"BAILIWICK CACHE\x01";
/// Octets of a record before its message.
const HEAD: usize = 15;
/// Octets of a check.
const CHECK: usize = 8;
/// The kind that ends a file.
const END: u8 = 0;

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A chain of trust rests on it: a DS RRset or its denial, a DNSKEY RRset.
    Link,
    /// It answers questions.
    Finding,
}

impl Role {
    const fn kind(self) -> u8 {
        match self {
            Self::Link => 1,
            Self::Finding => 2,
        }
    }

    const fn of(kind: u8) -> Option<Self> {
        match kind {
            1 => Some(Self::Link),
            2 => Some(Self::Finding),
            _ => None,
        }
    }
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum Damage {
    /// It is none of ours, or of another version.
    Foreign,
    /// Its writer asked other servers: what these say may not be what ours do.
    OtherSource,
    /// It was written on a date to come: either clock is wrong, and no life can be reckoned.
    FromTheFuture,
    /// It is not as it was written.
    Torn,
    /// It could not be read.
    Unreadable(io::Error),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("it is no cache file of this version"),
            Self::OtherSource => f.write_str("it is of a time when other servers were asked"),
            Self::FromTheFuture => f.write_str("it was written at a date that is still to come"),
            Self::Torn => f.write_str("it is incomplete or damaged"),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof { Self::Torn } else { Self::Unreadable(error) }
    }
}

/// Whom a resolver asks, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source([u8; CHECK]);

impl Source {
    /// What `description` comes to.
    #[must_use]
    pub fn new(description: &str) -> Self {
        Self(check(&[description.as_bytes()]))
    }
}

fn check(octets: &[&[u8]]) -> [u8; CHECK] {
    let digest = digest(DigestType::SHA256, octets).unwrap_or_default();
    digest.first_chunk().copied().unwrap_or_default()
}

/// Writes a file.
#[derive(Debug)]
pub struct FileWriter<W> {
    to: W,
    at: Moment,
    records: u64,
}

impl<W: Write> FileWriter<W> {
    /// Begins a file at the moment `at`.
    ///
    /// # Errors
    /// When it cannot be written; so for the others.
    pub fn new(mut to: W, source: Source, at: Moment) -> io::Result<Self> {
        to.write_all(&MAGIC)?;
        to.write_all(&at.wall.to_be_bytes())?;
        to.write_all(&source.0)?;
        Ok(Self { to, at, records: 0 })
    }

    /// Writes a record. A message that is longer than any is left out.
    ///
    /// # Errors
    /// As there.
    pub fn put(&mut self, role: Role, said: &Testimony) -> io::Result<()> {
        let Ok(length) = u16::try_from(said.message.len()) else { return Ok(()) };
        let since = said.since(self.at).to_be_bytes();
        let (life, length) = (said.life.to_be_bytes(), length.to_be_bytes());
        let head = [&[role.kind()][..], &since, &life, &length].concat();
        self.to.write_all(&head)?;
        self.to.write_all(&said.message)?;
        self.to.write_all(&check(&[&head, &said.message]))?;
        self.records += 1;
        Ok(())
    }

    /// Ends the file; how many records it has.
    ///
    /// # Errors
    /// As there.
    pub fn finish(mut self) -> io::Result<u64> {
        let end = [&[END][..], &self.records.to_be_bytes()].concat();
        self.to.write_all(&end)?;
        self.to.write_all(&check(&[&end]))?;
        self.to.flush()?;
        Ok(self.records)
    }
}

/// Reads a file, record by record.
#[derive(Debug)]
pub struct FileReader<R> {
    from: R,
    at: Moment,
    written: WallSeconds,
    records: u64,
    ended: bool,
}

impl<R: Read> FileReader<R> {
    /// Begins to read at the moment `at`.
    ///
    /// # Errors
    /// When it is no file of ours, from another source, or written at a later date.
    pub fn new(mut from: R, source: Source, at: Moment) -> Result<Self, Damage> {
        let magic: [u8; 16] = array(&mut from)?;
        if magic != MAGIC {
            return Err(Damage::Foreign);
        }
        let written = u64::from_be_bytes(array(&mut from)?);
        if written > at.wall {
            return Err(Damage::FromTheFuture);
        }
        if Source(array(&mut from)?) != source {
            return Err(Damage::OtherSource);
        }
        Ok(Self { from, at, written, records: 0, ended: false })
    }

    fn record(&mut self) -> Result<Option<(Role, Testimony)>, Damage> {
        let [kind] = array(&mut self.from)?;
        if kind == END {
            return self.end().map(|()| None);
        }
        let rest: [u8; HEAD - 1] = array(&mut self.from)?;
        let [s0, s1, s2, s3, s4, s5, s6, s7, l0, l1, l2, l3, n0, n1] = rest;
        let mut message = vec![0; u16::from_be_bytes([n0, n1]).into()];
        self.from.read_exact(&mut message)?;
        let expected = check(&[&[kind], &rest, &message]);
        let since = u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        let role = Role::of(kind).filter(|_| since <= self.written);
        let (Some(role), true) = (role, array(&mut self.from)? == expected) else {
            return Err(Damage::Torn);
        };
        self.records += 1;
        // Both dates are whole seconds: the time between may be longer by one.
        let age = (self.at.wall - since).saturating_add(1);
        let testimony = Testimony {
            message: message.into(),
            age: u32::try_from(age).unwrap_or(u32::MAX),
            noted: self.at,
            life: u32::from_be_bytes([l0, l1, l2, l3]),
        };
        Ok(Some((role, testimony)))
    }

    fn end(&mut self) -> Result<(), Damage> {
        let records: [u8; 8] = array(&mut self.from)?;
        let expected = check(&[&[END], &records]);
        let whole = array(&mut self.from)? == expected;
        if whole && u64::from_be_bytes(records) == self.records {
            Ok(())
        } else {
            Err(Damage::Torn)
        }
    }
}

impl<R: Read> Iterator for FileReader<R> {
    type Item = Result<(Role, Testimony), Damage>;

    /// The next record. Behind a damaged one nothing is read.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.record().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    from.read_exact(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests;
