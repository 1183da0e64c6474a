//! What an attacker, or a signer gone wrong, puts on the wire.

use std::net::IpAddr;

use bailiwick::dnssec::signed_data;
use bailiwick::lab::{Hook, Key, Passing, Validity, signature};
use bailiwick::wire::rdata::{Rrsig, TypeBitmap};
use bailiwick::wire::{Message, Name, Question, Rcode, Rdata, RrSet, RrType};

use super::world::{csk, key_of, name, validity};

/// The key of the zone that `signed` makes.
pub fn key_of_zone(apex: &str) -> Key {
    csk(key_of(apex)).remove(0)
}

/// `set`, signed by the zone at `apex`.
pub fn sign(mut set: RrSet, apex: &str) -> RrSet {
    let rdata = signature(&name(apex), &set, &key_of_zone(apex), validity()).expect("a signature");
    set.signatures = vec![rdata];
    set
}

/// An RRSIG with fields of one's own.
pub struct Forgery<'a> {
    pub signer: &'a str,
    pub key: Key,
    pub labels: u8,
    pub original_ttl: u32,
    pub inception: u32,
    pub expiration: u32,
}

impl<'a> Forgery<'a> {
    /// The fields that the zone at `signer` would write for `set`.
    pub fn of(set: &RrSet, signer: &'a str, key: Key) -> Self {
        let Validity { inception, expiration } = validity();
        let time = |seconds: u64| u32::try_from(seconds).expect("a serial");
        Self {
            signer,
            key,
            labels: u8::try_from(set.owner.signed_label_count()).expect("labels"),
            original_ttl: set.ttl,
            inception: time(inception),
            expiration: time(expiration),
        }
    }

    pub fn rdata(&self, set: &RrSet) -> Rdata {
        let mut rdata = set.rtype.0.to_be_bytes().to_vec();
        rdata.extend([self.key.algorithm.0, self.labels]);
        rdata.extend(self.original_ttl.to_be_bytes());
        rdata.extend(self.expiration.to_be_bytes());
        rdata.extend(self.inception.to_be_bytes());
        rdata.extend(self.key.tag().to_be_bytes());
        rdata.extend_from_slice(name(self.signer).to_lowercase().as_wire());
        let data =
            Rrsig::parse(&[&rdata[..], &[0]].concat()).and_then(|rrsig| signed_data(set, &rrsig));
        // What has no signed data at all is signed all the same: the fields alone must give it away.
        let signature = self.key.pair.sign(&data.unwrap_or_default()).expect("a signature");
        rdata.extend_from_slice(&signature);
        rdata.into()
    }

    pub fn sign(&self, mut set: RrSet) -> RrSet {
        set.signatures = vec![self.rdata(&set)];
        set
    }
}

pub fn a(owner: &str, last: u8) -> RrSet {
    RrSet::new(name(owner), RrType::A, 300, vec![[198, 51, 100, last].into()])
}

pub fn pointing(owner: &str, rtype: RrType, target: &str) -> RrSet {
    RrSet::new(name(owner), rtype, 300, vec![name(target).as_wire().into()])
}

pub fn nsec(owner: &str, next: &str, types: &[RrType]) -> RrSet {
    nsec_of(name(owner), &name(next), types)
}

pub fn nsec_of(owner: Name, next: &Name, types: &[RrType]) -> RrSet {
    let all = [types, &[RrType::RRSIG, RrType::NSEC]].concat();
    let rdata = [next.as_wire(), &TypeBitmap::build(&all)].concat();
    RrSet::new(owner, RrType::NSEC, 300, vec![rdata.into()])
}

/// A hook that alters the responses to one question, from wherever they come.
pub fn on(asked: &str, rtype: RrType, change: impl Fn(&mut Message) + 'static) -> Hook {
    on_all(vec![(asked, rtype)], change)
}

/// The same for several questions.
pub fn on_all(asked: Vec<(&str, RrType)>, change: impl Fn(&mut Message) + 'static) -> Hook {
    let asked: Vec<_> =
        asked.into_iter().map(|(asked, rtype)| Question::new(name(asked), rtype)).collect();
    Box::new(move |passing: Passing<'_>| {
        if passing.query.questions.iter().any(|question| asked.contains(question)) {
            change(passing.reply);
        }
        true
    })
}

/// A hook that alters all responses of one server.
pub fn from(server: IpAddr, change: impl Fn(&Message, &mut Message) + 'static) -> Hook {
    Box::new(move |passing: Passing<'_>| {
        if passing.from == server {
            change(passing.query, passing.reply);
        }
        true
    })
}

/// Makes the response an answer with these RRsets, and nothing else.
pub fn answer(reply: &mut Message, sets: &[RrSet]) {
    clear(reply, Rcode::NOERROR);
    reply.answer = sets.to_vec();
}

/// Makes the response a denial with these RRsets; the SOA that it had stays.
pub fn deny(reply: &mut Message, rcode: Rcode, sets: &[RrSet]) {
    let soa: Vec<_> =
        reply.authority.iter().filter(|set| set.rtype == RrType::SOA).cloned().collect();
    clear(reply, rcode);
    reply.authority = [soa, sets.to_vec()].concat();
}

fn clear(reply: &mut Message, rcode: Rcode) {
    reply.header.rcode = rcode;
    reply.header.flags.authoritative = true;
    reply.answer.clear();
    reply.authority.clear();
    reply.additional.clear();
}
