//! Test: RRSIG, DNSKEY and RRset from live zones of 2018, each verified once by another program.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use super::signature::{Key, Signers, Tried, verify_by};
use super::{Algorithm, Budget, Limits, Policy, Reason, Verified};
use crate::clock::{Instant, Moment};
use crate::wire::rdata::{Dnskey, Rrsig};
use crate::wire::{Class, Reader, RrSet, RrType};

#[test]
fn all_132_signatures_verify_and_none_with_an_octet_changed() {
    let mut algorithms = BTreeMap::new();
    for line in text().lines() {
        let vector = Vector::read(&serde_json::from_str(line).expect("JSON"));
        let rrsig = Rrsig::parse(&vector.set.signatures[0]).expect("an RRSIG");
        *algorithms.entry(rrsig.algorithm).or_insert(0) += 1;
        assert!(vector.verify().is_ok(), "{} {}", vector.set.owner, vector.set.rtype);
        for forged in vector.changed() {
            let reason = forged.verify().expect_err("forged");
            let told = matches!(
                reason,
                Reason::SignatureMismatch { .. } | Reason::NoKeyForSignature { .. }
            );
            assert!(told, "{reason}");
        }
    }
    assert_eq!(algorithms.values().sum::<i32>(), 132, "{algorithms:?}");
    assert_eq!(algorithms.keys().copied().collect::<Vec<u8>>(), [5, 7, 8, 13, 15]);
}

fn text() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rrsig-vectors.jsonl.gz");
    let mut text = String::new();
    let file = std::fs::File::open(path).expect(path);
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    text
}

#[derive(Clone)]
struct Vector {
    set: RrSet,
    dnskey: RrSet,
}

impl Vector {
    fn read(vector: &Value) -> Self {
        let records = vector["rrset"].as_array().expect("records").iter().map(record);
        let mut set = records
            .reduce(|mut set, next| {
                set.rdatas.extend(next.rdatas);
                set
            })
            .expect("a record");
        set.signatures = record(&vector["rrsig"]).rdatas;
        Self { set, dnskey: record(&vector["dnskey"]) }
    }

    fn verify(&self) -> Result<Verified, Reason> {
        let rrsig = Rrsig::parse(&self.set.signatures[0]).expect("an RRSIG");
        let dnskey = Dnskey::parse(&self.dnskey.rdatas[0]).expect("a DNSKEY");
        let key = Key {
            tag: dnskey.key_tag(),
            algorithm: Algorithm(dnskey.algorithm),
            public_key: dnskey.public_key,
        };
        let moment = Moment { now: Instant::from_nanos(1), wall: u64::from(rrsig.inception) + 1 };
        let (policy, budget) = (Policy::default(), Budget::new(Limits::default(), moment.now));
        let signers = Signers { zone: &self.dnskey.owner, keys: &[key], unusable: &[] };
        verify_by(&self.set, signers, moment, &policy, &budget, &mut Tried::default())
    }

    /// The same with one octet of the signature, of the data, or of the key changed.
    fn changed(&self) -> Vec<Self> {
        let flip = |rdata: &mut Box<[u8]>| *rdata.last_mut().expect("an octet") ^= 1;
        let (mut signature, mut data, mut key) = (self.clone(), self.clone(), self.clone());
        flip(&mut signature.set.signatures[0]);
        flip(&mut data.set.rdatas[0]);
        flip(&mut key.dnskey.rdatas[0]);
        vec![signature, data, key]
    }
}

/// One record in wire form, written as hexadecimal digits.
fn record(hex: &Value) -> RrSet {
    let hex = hex.as_str().expect("a string");
    let octet = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex");
    let octets: Vec<u8> = (0..hex.len()).step_by(2).map(octet).collect();
    let mut reader = Reader::new(&octets);
    let owner = reader.name().expect("a name");
    let rtype = RrType(reader.u16().expect("a type"));
    let class = Class(reader.u16().expect("a class"));
    let ttl = reader.u32().expect("a TTL");
    let length = reader.u16().expect("a length");
    let rdata = reader.octets(length.into()).expect("RDATA").into();
    RrSet { class, ..RrSet::new(owner, rtype, ttl, vec![rdata]) }
}
