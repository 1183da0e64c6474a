//! What outlives the process: written from what is known, read into what is to be judged anew. Which file it is, and when it
//! is written, is the business of who has one.

use std::io::{self, Read, Write};

use super::testimony::{of_finding, subject};
use super::witness::link_key;
use super::{Shared, Validation};
use crate::cache::{Cache, Damage, FileReader, FileWriter, Key, Role, Source, Testimony};
use crate::clock::Moment;
use crate::wire::{Class, RrType};

/// Seconds that something must be good for to be worth writing: a restart takes some of them.
const WORTH_WRITING: u32 = 30;

/// What came of reading.
#[derive(Debug)]
pub struct Recollection {
    /// Records that are to be judged when they are asked for.
    pub records: u64,
    /// Records that are over, or cannot be read.
    pub passed_over: u64,
    /// Why the rest, or all of it, was not read.
    pub damage: Option<Damage>,
}

/// The records of a file in the making, within what it may weigh when it is read.
struct Records<W> {
    writer: FileWriter<W>,
    at: Moment,
    left: u64,
}

impl<W: Write> Records<W> {
    fn put(&mut self, role: Role, key: &Key, said: &Testimony) -> io::Result<()> {
        let weight = said.weight(key);
        let worth = said.age(self.at).saturating_add(WORTH_WRITING) < said.life;
        if !worth || weight > self.left {
            return Ok(());
        }
        self.left -= weight;
        self.writer.put(role, said)
    }
}

impl Shared {
    /// Writes what is known and can be proven again to `to`, and tells how many records that are. What is asked for now goes
    /// before what nobody has asked for since the start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_down(&self, to: impl Write) -> io::Result<u64> {
        let (cache, at) = (&self.cache, self.clock.moment());
        let (links, findings) = Cache::file_shares(self.settings.cache_octets);
        let writer = FileWriter::new(to, self.source(), at)?;
        let mut records = Records { writer, at, left: links };
        for (key, said) in cache.links.iter(at) {
            records.put(Role::Link, &key, &said)?;
        }
        records.left = findings;
        for (key, finding) in cache.findings.iter() {
            if let Some(said) = of_finding(&key, &finding, at) {
                records.put(Role::Finding, &key, &said)?;
            }
        }
        for (key, said) in cache.recalled.iter(at) {
            records.put(Role::Finding, &key, &said)?;
        }
        records.writer.finish()
    }

    /// Reads what was written down, as far as it can be read. Nothing of it counts before it is proven.
    pub fn recall(&self, from: impl Read) -> Recollection {
        let mut read = Recollection { records: 0, passed_over: 0, damage: None };
        let moment = self.clock.moment();
        let records = match FileReader::new(from, self.source(), moment) {
            Ok(records) => records,
            Err(damage) => return Recollection { damage: Some(damage), ..read },
        };
        for record in records {
            match record {
                Ok((role, said)) => match self.take_in(role, said, moment) {
                    Some(()) => read.records += 1,
                    None => read.passed_over += 1,
                },
                Err(damage) => read.damage = Some(damage),
            }
        }
        read
    }

    fn take_in(&self, role: Role, said: Testimony, at: Moment) -> Option<()> {
        if !said.is_live(at) || self.settings.validation == Validation::Off {
            return None;
        }
        let (key, question) = subject(&said).ok()?.filter(|(_, q)| q.class == Class::IN)?;
        let cache = &self.cache;
        match role {
            Role::Link => {
                let is_link = matches!(question.rtype, RrType::DS | RrType::DNSKEY);
                let key = link_key(&question);
                let is_news = is_link && cache.links.get(&key, at).is_none();
                is_news.then(|| cache.links.put(key, said))
            }
            // In this order, so that it does not stay beside what is found meanwhile: that is newer.
            Role::Finding => {
                cache.recalled.put(key.clone(), said);
                let is_news = !cache.findings.has(&key);
                if !is_news {
                    cache.recalled.remove(&key);
                }
                is_news.then_some(())
            }
        }
    }

    /// Whom this resolver asks: what was written by who asked others is not read.
    #[must_use]
    pub fn source(&self) -> Source {
        let options = &self.settings.iterate;
        Source::new(&format!("{:?} {:?}", options.hints, options.zones))
    }
}
