//! A script in parts.

use std::net::IpAddr;

use bailiwick::wire::{Question, Rcode, RrSet};

/// A whole script, its records made.
#[derive(Debug, Default)]
pub struct Script {
    /// The resolver's settings, as written.
    pub config: Vec<(String, String)>,
    pub zones: Vec<ZoneBlock>,
    pub ranges: Vec<Range>,
    pub steps: Vec<(u32, Step)>,
}

impl Script {
    /// What `key` is set to, once for each time it is there.
    pub fn settings<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> {
        self.config.iter().filter(move |(there, _)| there == key).map(|(_, value)| value.as_str())
    }
}

/// A zone that is served as it should be, unless an entry says otherwise.
#[derive(Debug)]
pub struct ZoneBlock {
    pub apex: String,
    pub addresses: Vec<IpAddr>,
    /// How it is signed, and what is broken.
    pub words: Vec<String>,
    pub records: String,
}

/// What the servers at some addresses say during some steps.
#[derive(Debug)]
pub struct Range {
    pub steps: std::ops::RangeInclusive<u32>,
    pub addresses: Vec<IpAddr>,
    pub entries: Vec<Entry>,
}

/// One message: what it must be like, or what it is.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The line in which it begins.
    pub line: usize,
    pub matches: Vec<String>,
    pub adjust: Vec<String>,
    pub flags: Vec<String>,
    pub rcode: Option<Rcode>,
    pub question: Option<Question>,
    pub answer: Vec<RrSet>,
    pub authority: Vec<RrSet>,
    pub additional: Vec<RrSet>,
    /// It must not be used; every other one must.
    pub forbidden: bool,
}

impl Entry {
    pub fn has_match(&self, word: &str) -> bool {
        self.matches.iter().any(|there| there == word)
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|there| there == flag)
    }

    pub fn adjusts(&self, word: &str) -> bool {
        self.adjust.iter().any(|there| there == word)
    }
}

/// One step of the client.
#[derive(Debug)]
pub enum Step {
    Query(Entry),
    Check(Entry),
    /// So many seconds pass.
    Passes(u64),
}
