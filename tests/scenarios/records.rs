//! The records of scripts: master-file lines, with keys, signatures and hashes that are made when the script is read.

use bailiwick::clock::WallSeconds;
use bailiwick::dnssec::{Algorithm, DigestType, nsec3_hash};
use bailiwick::lab::{Key, Role, Validity, ds, signature};
use bailiwick::wire::rdata::{Nsec3Params, base32hex};
use bailiwick::wire::{Class, Name, Rdata, Record, RrSet, RrType, read_records, rrsets};

use super::ed25519::{ed25519, key_of};

/// TTL of a record that states none.
const TTL: u32 = 3600;

pub type Told<T> = Result<T, String>;

pub fn name(text: &str) -> Told<Name> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

/// Key `number` of the zone at `apex`; 0 is the one that signs a ZONE.
pub fn key(apex: &str, number: u8) -> Key {
    Key::new(ed25519(key_of(&apex.to_lowercase()).wrapping_add(number)), Role::Combined)
}

/// `OWNER [TTL] TYPE @ZONE[#NUMBER] [OPTION=VALUE...]`.
struct Made<'l> {
    owner: Name,
    ttl: Option<u32>,
    rtype: RrType,
    /// The type that an RRSIG covers.
    covered: Option<RrType>,
    zone: String,
    number: u8,
    options: Vec<&'l str>,
}

impl<'l> Made<'l> {
    /// `None` when the line has no key in it.
    fn read(line: &'l str) -> Told<Option<Self>> {
        let mut words: Vec<_> = line.split_whitespace().filter(|word| *word != "IN").collect();
        let Some(at) = words.iter().position(|word| word.starts_with('@')) else {
            return Ok(None);
        };
        let options = words.split_off(at + 1);
        let wrong = || format!("not a record with a key: {line}");
        let owner = name(words.first().ok_or_else(wrong)?)?;
        let ttl = words.get(1).and_then(|word| word.parse().ok());
        let types = &words[if ttl.is_some() { 2 } else { 1 }..at];
        let rtype = |word: &&str| word.parse::<RrType>().map_err(|_| wrong());
        let (zone, number) = words[at][1..].split_once('#').unwrap_or((&words[at][1..], "0"));
        Ok(Some(Self {
            ttl,
            rtype: types.first().ok_or_else(wrong).and_then(rtype)?,
            covered: types.get(1).map(rtype).transpose()?,
            zone: if zone.is_empty() { owner.to_string() } else { zone.into() },
            number: number.parse().map_err(|_| wrong())?,
            owner,
            options,
        }))
    }

    fn option<T: std::str::FromStr>(&self, key: &str) -> Told<Option<T>> {
        let value = self.options.iter().filter_map(|option| option.split_once('='));
        let value = value.into_iter().find(|(there, _)| *there == key).map(|(_, value)| value);
        value.map(|v| v.parse().map_err(|_| format!("{key}={v}"))).transpose()
    }

    fn key(&self) -> Told<Key> {
        let key = key(&self.zone, self.number);
        let mut public_key = key.public_key.clone();
        if self.options.contains(&"short") {
            public_key.pop();
        }
        Ok(Key {
            flags: self.option("flags")?.unwrap_or(key.flags),
            algorithm: self.option("algorithm")?.map_or(key.algorithm, Algorithm),
            public_key,
            ..key
        })
    }

    /// The DNSKEY or DS record.
    fn record(&self) -> Told<Record> {
        let dnskey = self.key()?.dnskey();
        let rdata = match self.rtype {
            RrType::DNSKEY => dnskey,
            RrType::DS => {
                let digest = DigestType(self.option("digest")?.unwrap_or(2));
                let rdata = ds(&name(&self.zone)?, &dnskey, digest);
                self.with_digest_number(rdata.ok_or("no DS")?)?
            }
            other => return Err(format!("no {other} is made of a key")),
        };
        let (owner, ttl) = (self.owner.clone(), self.ttl.unwrap_or(TTL));
        Ok(Record { owner, class: Class::IN, rtype: self.rtype, ttl, rdata })
    }

    /// `called=N`: the DS says that its digest is of that type.
    fn with_digest_number(&self, mut rdata: Rdata) -> Told<Rdata> {
        if let Some(called) = self.option("called")? {
            rdata[3] = called;
        }
        Ok(rdata)
    }

    /// The signature over the RRset among `sets` that it covers.
    fn sign(&self, sets: &mut [RrSet], wall: WallSeconds) -> Told<()> {
        let covered = self.covered.ok_or("an RRSIG that covers nothing")?;
        let set = sets.iter_mut().find(|set| set.is(&self.owner, covered));
        let set = set.ok_or_else(|| format!("nothing to sign at {} {covered}", self.owner))?;
        let mut signed = RrSet { signatures: Vec::new(), ..set.clone() };
        if let Some(ttl) = self.ttl {
            signed.ttl = ttl; // the original TTL
        }
        if let Some(labels) = self.option("labels")? {
            let encloser = self.owner.ancestor(labels).ok_or("too many labels")?;
            signed.owner = encloser.wildcard().map_err(|error| error.to_string())?;
        }
        let validity = Validity {
            inception: wall.saturating_add_signed(self.option("from")?.unwrap_or(-86_400)),
            expiration: wall.saturating_add_signed(self.option("until")?.unwrap_or(13 * 86_400)),
        };
        let made = signature(&name(&self.zone)?, &signed, &self.key()?, validity);
        let mut made = made.map_err(|error| error.to_string())?;
        if let Some(field) = self.option("labels-field")? {
            made[3] = field;
        }
        if self.options.contains(&"spoilt") {
            *made.last_mut().ok_or("no signature")? ^= 1;
        }
        set.signatures.push(made);
        Ok(())
    }
}

/// The RRsets of one section.
pub fn section(text: &str, wall: WallSeconds) -> Told<Vec<RrSet>> {
    let (mut records, mut signatures) = (Vec::new(), Vec::new());
    let lines: Vec<_> = text.lines().map(with_hashes).collect::<Told<_>>()?;
    for line in &lines {
        match Made::read(line)? {
            Some(made) if made.rtype == RrType::RRSIG => signatures.push(made),
            Some(made) => records.push(made.record()?),
            None => {
                let read = read_records(line, &Name::root(), TTL);
                records.extend(read.map_err(|error| format!("{line}: {error}"))?);
            }
        }
    }
    let mut sets = rrsets(records);
    signatures.iter().try_for_each(|made| made.sign(&mut sets, wall))?;
    Ok(sets)
}

/// `{NAME}` becomes the NSEC3 hash of the name without salt and iterations, `{NAME+}` and `{NAME-}` the next and the
/// last value beside it.
fn with_hashes(line: &str) -> Told<String> {
    let mut made = String::new();
    let mut rest = line;
    while let Some((before, inside)) = rest.split_once('{') {
        let (inside, after) = inside.split_once('}').ok_or_else(|| format!("no }} in {line}"))?;
        made += before;
        made += &hash(inside)?;
        rest = after;
    }
    Ok(made + rest)
}

fn hash(text: &str) -> Told<String> {
    let plain = text.trim_end_matches(['+', '-']);
    let params = Nsec3Params { hash_algorithm: 1, iterations: 0, salt: &[] };
    let mut hash = nsec3_hash(&name(plain)?, &params);
    let step: fn(u8) -> (u8, bool) = match text.chars().last() {
        Some('+') => |octet| octet.overflowing_add(1),
        Some('-') => |octet| octet.overflowing_sub(1),
        _ => return Ok(base32hex::encode(&hash)),
    };
    for octet in hash.iter_mut().rev() {
        let (next, carried) = step(*octet);
        *octet = next;
        if !carried {
            break;
        }
    }
    Ok(base32hex::encode(&hash))
}
