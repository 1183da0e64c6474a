//! Replies kept ready: a question asked again is answered by a copy of the octets, patched where replies differ.
//!
//! Each worker has its own, so that a hit takes no lock and writes nothing that another worker reads. A reply is kept
//! when a question was answered from the cache for the second time, for most are not asked that often, and only if it is complete, rests on
//! findings alone ([`Basis`]) and tells no extended error. What is patched into it: id, letter case of the question, TTLs,
//! the turn of addresses, the client's cookie, the idle time of its connection. The transport is no part of what is
//! compared, for a complete reply is the same for all that take it whole; shorter ones are made anew.
//!
//! It is given as long as no finding that it rests on has changed, or is due for renewal: then the shared cache is asked, which
//! so sees all questions about names that it should renew.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use lru::LruCache;

use super::Limits;
use super::cookies::CookieReply;
use super::plain::{Manner, Plain};
use super::respond::{is_turned, turned_by};
use crate::cache::{Basis, Versions};
use crate::clock::Instant;
use crate::entropy::Entropy;
use crate::wire::rdata::may_be_compressed;
use crate::wire::{EdnsOption, Header, OptionCode, Reader, RrType, block};

/// What an entry costs beside its octets: its node and its slot in the table.
const ENTRY_OVERHEAD: usize = 200;

/// No reply takes more than one part of so many: it would put out too many others.
const LARGEST_SHARE: usize = 8;

/// Ready replies of one worker, those given last at the front.
pub(super) struct Ready {
    replies: LruCache<u64, Entry, BuildHasherDefault<Hashed>>,
    octets: usize,
    most: usize,
    most_octets: usize,
    seed: [u64; 2],
    seen: Seen,
    keepalive: Keepalive,
}

/// A query for which there may be a ready reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'q> {
    pub plain: Plain<'q>,
    hash: u64,
}

/// Bits by which it is known that a question was answered from the cache before, of as many questions as they have room for.
struct Seen {
    bits: Box<[u64]>,
    set: usize,
}

impl Seen {
    /// Words of 64 bits: 8 KiB.
    const WORDS: usize = 1_024;

    fn new() -> Self {
        Self { bits: vec![0; Self::WORDS].into(), set: 0 }
    }

    /// Was `hash` seen? From here on it was. When a quarter of all bits are set it starts anew.
    fn insert(&mut self, hash: u64) -> bool {
        let at = (hash >> 32) as usize % (Self::WORDS * 64);
        let (word, bit) = (&mut self.bits[at / 64], 1 << (at % 64));
        if *word & bit != 0 {
            return true;
        }
        *word |= bit;
        self.set += 1;
        if self.set > Self::WORDS * 16 {
            self.bits.fill(0);
            self.set = 0;
        }
        false
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ready({} replies, {} octets)", self.replies.len(), self.octets)
    }
}

impl Ready {
    /// None yet, of as many as `limits` allow. Hashes are seeded by `entropy`, so that nobody can choose names that push out
    /// each other.
    pub fn new(limits: &Limits, entropy: &Entropy) -> Self {
        Self {
            replies: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            octets: 0,
            most: limits.ready_replies as usize,
            most_octets: limits.ready_reply_octets as usize,
            seed: [entropy.u64(), entropy.u64()],
            seen: Seen::new(),
            keepalive: keepalive(limits.idle_time()),
        }
    }

    /// `plain`, and where its reply would be.
    pub fn asked<'q>(&self, plain: Plain<'q>) -> Asked<'q> {
        Asked { plain, hash: hash(self.seed, &plain) }
    }

    /// Is it worth while to keep the reply to `asked`, which the cache answers once more?
    pub fn wants(&mut self, asked: &Asked<'_>) -> bool {
        self.most > 0 && self.seen.insert(asked.hash)
    }

    /// Appends the reply to `asked` to `out`, if it is here and still good at `now`.
    pub fn repeat(
        &mut self,
        Asked { plain, hash }: &Asked<'_>,
        cookie: impl FnOnce(&[u8]) -> Option<CookieReply>,
        versions: &Versions,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(entry) = self.replies.get(hash) else { return false };
        if !entry.answers(plain) || !entry.is_good(versions, now) {
            return false;
        }
        let cookie = plain.cookie.and_then(cookie);
        let options = Options { cookie, keepalive: plain.keepalive.then_some(self.keepalive) };
        let fits = entry.length() + options.length() <= plain.limit();
        if fits {
            entry.write(plain, &options, now, out);
        }
        fits
    }

    /// Keeps `reply` to `asked`, which was made of what `basis` stands for.
    pub fn keep(&mut self, Asked { plain, hash }: &Asked<'_>, reply: &[u8], basis: Basis) {
        let Some(entry) = Entry::new(plain, reply, basis) else { return };
        if entry.weight() > self.most_octets / LARGEST_SHARE {
            return;
        }
        self.octets += entry.weight();
        let former = self.replies.put(*hash, entry);
        self.octets -= former.map_or(0, |former| former.weight());
        while self.replies.len() > self.most || self.octets > self.most_octets {
            let Some((_, oldest)) = self.replies.pop_lru() else { return };
            self.octets -= oldest.weight();
        }
    }
}

/// SipHash over all that is compared. Equal hashes of different questions push out each other, and no more.
#[allow(deprecated, reason = "the standard library's SipHash-2-4, whose successor takes no seed")]
fn hash([first, second]: [u64; 2], plain: &Plain<'_>) -> u64 {
    let mut lower = [0; 255];
    let lower = &mut lower[..plain.name.len()];
    lower.copy_from_slice(plain.name);
    lower.make_ascii_lowercase(); // lengths of labels are below all letters
    let mut hasher = std::hash::SipHasher::new_with_keys(first, second);
    let ([a, b], [c, d]) = (plain.manner.octets(), plain.rtype.0.to_be_bytes());
    hasher.write_u32(u32::from_ne_bytes([a, b, c, d]));
    hasher.write(lower);
    hasher.finish()
}

/// A hash as it is: the keys are hashes already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        octets.iter().for_each(|octet| self.0 = self.0 << 8 | u64::from(*octet));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Octets of a cookie option in a reply.
const COOKIE_OPTION: usize = 4 + size_of::<CookieReply>();

/// An edns-tcp-keepalive option, whole.
type Keepalive = [u8; 6];

/// The one that says for how long a connection may be idle.
fn keepalive(idle: Duration) -> Keepalive {
    let [code, length] = [OptionCode::KEEPALIVE.0, 2].map(u16::to_be_bytes);
    let mut whole = [code[0], code[1], length[0], length[1], 0, 0];
    whole[4..].copy_from_slice(&EdnsOption::keepalive(Some(idle)).data);
    whole
}

/// The options of one reply.
struct Options {
    cookie: Option<CookieReply>,
    keepalive: Option<Keepalive>,
}

impl Options {
    /// Octets of them all.
    fn length(&self) -> usize {
        self.cookie.map_or(0, |_| COOKIE_OPTION) + self.keepalive.map_or(0, |option| option.len())
    }

    /// Adds them to the OPT record without options that `out` ends with, if there are any.
    fn write(&self, out: &mut Vec<u8>) {
        let (end, [_, .., high, low]) = (out.len(), self.length().to_be_bytes());
        if (high, low) == (0, 0) {
            return;
        }
        out[end - 2..].copy_from_slice(&[high, low]);
        if let Some(cookie) = self.cookie {
            out.extend_from_slice(&OptionCode::COOKIE.0.to_be_bytes());
            out.extend_from_slice(&[0, cookie.len() as u8]);
            out.extend_from_slice(&cookie);
        }
        out.extend_from_slice(self.keepalive.as_ref().map_or(&[][..], |option| option));
    }
}

/// One reply.
struct Entry {
    /// The reply without a cookie, and behind it, two octets each, where its TTLs lie and where its addresses.
    octets: Box<[u8]>,
    ttls: u16,
    addresses: u16,
    address_octets: u16,
    /// Which of the addresses comes first in it.
    turned: u16,
    manner: Manner,
    /// Names in its RDATA may point into the question, whose letter case would become theirs.
    of_one_case: bool,
    until: Instant,
    basis: Basis,
}

impl Entry {
    /// The entry for `reply` to `plain`; `None` if it has something that cannot be patched.
    fn new(plain: &Plain<'_>, reply: &[u8], basis: Basis) -> Option<Self> {
        let layout = Layout::of(plain, reply)?;
        let places = layout.ttls.iter().chain(&layout.addresses);
        let mut octets = Vec::with_capacity(layout.end + 2 * places.clone().count());
        octets.extend_from_slice(&reply[..layout.end]);
        if layout.end < reply.len() {
            octets[layout.end - 2..].fill(0); // an OPT without options
        }
        places.for_each(|at| octets.extend_from_slice(&at.to_be_bytes()));
        let count = |list: &[u16]| u16::try_from(list.len()).ok();
        let turned = turned_by(plain.id, layout.addresses.len());
        let life = Duration::from_secs(layout.least_ttl.into());
        Some(Self {
            octets: octets.into(),
            ttls: count(&layout.ttls)?,
            addresses: count(&layout.addresses)?,
            address_octets: layout.address_octets,
            turned: u16::try_from(turned).ok()?,
            manner: plain.manner,
            of_one_case: layout.of_one_case,
            until: basis.until.min(basis.ticking_since + life),
            basis,
        })
    }

    /// Octets of the reply.
    fn length(&self) -> usize {
        self.octets.len() - 2 * usize::from(self.ttls + self.addresses)
    }

    fn weight(&self) -> usize {
        ENTRY_OVERHEAD + block(self.octets.len())
    }

    /// Is it the reply to `plain`? Its question says so.
    fn answers(&self, plain: &Plain<'_>) -> bool {
        let question = &self.octets[Header::OCTETS..];
        let Some((name, rest)) = question.split_at_checked(plain.name.len()) else { return false };
        self.manner == plain.manner
            && rest.starts_with(&plain.rtype.0.to_be_bytes())
            && (name == plain.name || !self.of_one_case && name.eq_ignore_ascii_case(plain.name))
    }

    fn is_good(&self, versions: &Versions, now: Instant) -> bool {
        now < self.until && self.basis.is_current(versions)
    }

    fn write(&self, plain: &Plain<'_>, options: &Options, now: Instant, out: &mut Vec<u8>) {
        let (reply, places) = self.octets.split_at(self.length());
        let (ttls, addresses) = places.split_at(2 * usize::from(self.ttls));
        let start = out.len();
        out.extend_from_slice(reply);
        let written = &mut out[start..];
        written[..2].copy_from_slice(&plain.id.to_be_bytes());
        written[Header::OCTETS..][..plain.name.len()].copy_from_slice(plain.name);
        count_down(written, ttls, now.since(self.basis.ticking_since).as_secs());
        self.turn(reply, written, addresses, plain.id);
        options.write(out);
    }

    /// Puts the addresses in the order that the query with `id` gets.
    fn turn(&self, reply: &[u8], written: &mut [u8], addresses: &[u8], id: u16) {
        let count = usize::from(self.addresses);
        let by = turned_by(id, count) + count - usize::from(self.turned);
        if count < 2 || by == count {
            return;
        }
        let place = |of: usize| place(&addresses[2 * of..]);
        let length = usize::from(self.address_octets);
        for to in 0..count {
            let from = &reply[place((to + by) % count)..][..length];
            written[place(to)..][..length].copy_from_slice(from);
        }
    }
}

/// The place that the first two octets name.
fn place(octets: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([octets[0], octets[1]]))
}

/// Takes `age` seconds from the TTLs at these places.
fn count_down(reply: &mut [u8], places: &[u8], age: u64) {
    let age = u32::try_from(age).unwrap_or(u32::MAX);
    if age == 0 {
        return;
    }
    for at in places.chunks_exact(2).map(place) {
        if let Some(octets) = reply[at..].first_chunk_mut::<4>() {
            *octets = u32::from_be_bytes(*octets).saturating_sub(age).to_be_bytes();
        }
    }
}

/// Where in a reply lies what must be patched.
#[derive(Default)]
struct Layout {
    ttls: Vec<u16>,
    least_ttl: u32,
    addresses: Vec<u16>,
    address_octets: u16,
    of_one_case: bool,
    /// Where the reply ends without options.
    end: usize,
}

impl Layout {
    /// Of `reply` to `plain`; `None` where it is not complete, or has addresses of different lengths.
    fn of(plain: &Plain<'_>, reply: &[u8]) -> Option<Self> {
        const QTYPE_QCLASS: usize = 4;
        if Header::peek(reply).ok()?.flags.truncated {
            return None;
        }
        let mut reader = Reader::new(reply);
        reader.octets(6).ok()?;
        let [answers, authorities, additionals] =
            [reader.u16().ok()?, reader.u16().ok()?, reader.u16().ok()?];
        reader.octets(plain.name.len() + QTYPE_QCLASS).ok()?;
        let mut layout = Self { least_ttl: u32::MAX, end: reply.len(), ..Self::default() };
        for section in [answers, authorities, additionals].iter().enumerate() {
            for _ in 0..*section.1 {
                layout.record(&mut reader, plain, section.0 == 0)?;
            }
        }
        reader.is_empty().then_some(layout)
    }

    fn record(&mut self, reader: &mut Reader<'_>, plain: &Plain<'_>, answers: bool) -> Option<()> {
        skip_name(reader)?;
        let (rtype, _class) = (RrType(reader.u16().ok()?), reader.u16().ok()?);
        let ttl_at = reader.position();
        let (ttl, length) = (reader.u32().ok()?, reader.u16().ok()?);
        let rdata_at = reader.position();
        reader.octets(length.into()).ok()?;
        if rtype == RrType::OPT {
            self.end = rdata_at;
            return Some(());
        }
        self.least_ttl = self.least_ttl.min(ttl);
        self.ttls.push(u16::try_from(ttl_at).ok()?);
        self.of_one_case |= may_be_compressed(rtype);
        if answers && rtype == plain.rtype && is_turned(rtype) {
            if !self.addresses.is_empty() && self.address_octets != length {
                return None;
            }
            self.address_octets = length;
            self.addresses.push(u16::try_from(rdata_at).ok()?);
        }
        Some(())
    }
}

/// Passes over a name as this server writes them, its end perhaps a pointer.
fn skip_name(reader: &mut Reader<'_>) -> Option<()> {
    loop {
        match reader.u8().ok()? {
            0 => return Some(()),
            0xc0.. => return reader.u8().ok().map(drop),
            label => reader.octets(label.into()).ok()?,
        };
    }
}

#[cfg(test)]
mod tests;
