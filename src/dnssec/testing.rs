//! What the tests of this room share: a tiny zone that signs what it is given, with any field of a signature changed,
//! and chains of NSEC and NSEC3 records.

use std::sync::Arc;

use data_encoding::BASE64;

use super::denial::{self, Denial, NoDs};
use super::{
    Algorithm, Budget, DigestType, Evidence, Limits, Policy, ProofError, Reason, SigningKey, Spans,
    TrustAnchor, Verified, Vouch, ZoneKeys, digest, nsec3, signed_data, verify_rrset, zone_keys,
};
use crate::clock::{Instant, Moment};
use crate::wire::rdata::{Dnskey, Nsec3, Nsec3Params, Rrsig, TypeBitmap, base32hex};
use crate::wire::{Name, Rdata, RrSet, RrType, read_records, rrsets};

/// 2026-01-01: when the tests run.
pub(super) const NOW: u64 = 1_767_225_600;
/// The same as RRSIG records have it.
pub(super) const NOW_SERIAL: u32 = 1_767_225_600;
const DAY: u32 = 86_400;

pub(super) fn name(text: &str) -> Name {
    text.parse().expect(text)
}

pub(super) fn at(wall: u64) -> Moment {
    Moment { now: Instant::from_nanos(1), wall }
}

pub(super) fn budget() -> Budget {
    budget_of(Limits::default())
}

pub(super) fn budget_of(limits: Limits) -> Budget {
    Budget::new(limits, at(NOW).now)
}

/// The RRsets in lines of master-file text, indented as one likes.
pub(super) fn sets(text: &str) -> Vec<RrSet> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    rrsets(read_records(&lines.join("\n"), &Name::root(), 3600).expect(text))
}

/// The one RRset in `text`.
pub(super) fn set(text: &str) -> RrSet {
    let mut sets = sets(text);
    assert_eq!(sets.len(), 1, "{text}");
    sets.remove(0)
}

pub(super) fn types(text: &str) -> Vec<RrType> {
    text.split_whitespace().map(|word| word.parse().expect(word)).collect()
}

/// A key pair and what its DNSKEY record says of it.
#[derive(Clone, Debug)]
pub(super) struct TestKey {
    pub pair: Arc<SigningKey>,
    pub flags: u16,
    pub protocol: u8,
    pub algorithm: Algorithm,
}

impl TestKey {
    fn new(algorithm: Algorithm, base64: &str) -> Self {
        let base64: String = base64.split_ascii_whitespace().collect();
        let pkcs8 = BASE64.decode(base64.as_bytes()).expect("base64");
        let pair = Arc::new(SigningKey::from_pkcs8(algorithm, &pkcs8).expect("a key"));
        Self { pair, flags: 257, protocol: 3, algorithm }
    }

    pub fn ed25519() -> Self {
        Self::new(Algorithm::ED25519, include_str!("../lab/keys/ed25519-1.b64"))
    }

    /// Another one.
    pub fn stranger() -> Self {
        Self::new(Algorithm::ED25519, include_str!("../lab/keys/ed25519-2.b64"))
    }

    pub fn p256() -> Self {
        Self::new(Algorithm::ECDSAP256SHA256, include_str!("../lab/keys/p256-1.b64"))
    }

    pub fn p384() -> Self {
        Self::new(Algorithm::ECDSAP384SHA384, include_str!("../lab/keys/p384.b64"))
    }

    pub fn ed448() -> Self {
        Self::new(Algorithm::ED448, include_str!("../lab/keys/ed448.b64"))
    }

    pub fn rsa(algorithm: Algorithm) -> Self {
        Self::new(algorithm, include_str!("../lab/keys/rsa2048.b64"))
    }

    pub fn rdata(&self) -> Rdata {
        let [hi, lo] = self.flags.to_be_bytes();
        [&[hi, lo, self.protocol, self.algorithm.0], &*self.pair.public_key()].concat().into()
    }

    pub fn tag(&self) -> u16 {
        Dnskey::parse(&self.rdata()).expect("a DNSKEY").key_tag()
    }
}

/// The fields of an RRSIG before it is signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub covered: RrType,
    pub algorithm: u8,
    pub labels: u8,
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub key_tag: u16,
    pub signer: Name,
}

impl Draft {
    /// Its RDATA, with the signature of `set` by `key`; with some octets where there is nothing to sign.
    fn signed(&self, set: &RrSet, key: &TestKey) -> Rdata {
        let mut rdata = self.covered.0.to_be_bytes().to_vec();
        rdata.extend([self.algorithm, self.labels]);
        for number in [self.original_ttl, self.expiration, self.inception] {
            rdata.extend(number.to_be_bytes());
        }
        rdata.extend(self.key_tag.to_be_bytes());
        rdata.extend(self.signer.as_wire());
        let data = signed_data(set, &Rrsig::parse(&rdata).expect("an RRSIG"));
        rdata.extend(key.pair.sign(&data.unwrap_or_default()).expect("a signature"));
        rdata.into()
    }
}

/// A zone and its keys.
#[derive(Clone, Debug)]
pub(super) struct TestZone {
    pub apex: Name,
    pub keys: Vec<TestKey>,
}

/// `example.`, with one key.
pub(super) fn example() -> TestZone {
    TestZone { apex: name("example."), keys: vec![TestKey::ed25519()] }
}

impl TestZone {
    /// The signature of `set` by the first key, from yesterday until tomorrow, after `change`.
    pub fn signature(&self, set: &RrSet, change: impl FnOnce(&mut Draft)) -> Rdata {
        self.signature_by(&self.keys[0], set, change)
    }

    pub fn signature_by(
        &self,
        key: &TestKey,
        set: &RrSet,
        change: impl FnOnce(&mut Draft),
    ) -> Rdata {
        let mut draft = Draft {
            covered: set.rtype,
            algorithm: key.algorithm.0,
            labels: u8::try_from(set.owner.signed_label_count()).expect("few labels"),
            original_ttl: set.ttl,
            expiration: NOW_SERIAL + DAY,
            inception: NOW_SERIAL - DAY,
            key_tag: key.tag(),
            signer: self.apex.clone(),
        };
        change(&mut draft);
        draft.signed(set, key)
    }

    /// `set` with that signature in place of those it has.
    pub fn signed(&self, set: RrSet) -> RrSet {
        self.signed_with(set, |_| {})
    }

    pub fn signed_with(&self, mut set: RrSet, change: impl FnOnce(&mut Draft)) -> RrSet {
        set.signatures = vec![self.signature(&set, change)];
        set
    }

    /// The DNSKEY RRset, signed by the first key.
    pub fn dnskey(&self) -> RrSet {
        let rdatas = self.keys.iter().map(TestKey::rdata).collect();
        self.signed(RrSet::new(self.apex.clone(), RrType::DNSKEY, 3600, rdatas))
    }

    /// The first key as a trust anchor.
    pub fn anchor(&self) -> Vouch {
        self.anchors(RrType::DNSKEY, vec![self.keys[0].rdata()])
    }

    pub fn anchors(&self, rtype: RrType, rdatas: Vec<Rdata>) -> Vouch {
        let anchor = |rdata| TrustAnchor::new(self.apex.clone(), rtype, rdata, "test".into());
        Vouch::Anchors(rdatas.into_iter().filter_map(anchor).collect())
    }

    /// The DS RDATA of `key`.
    pub fn ds(&self, key: &TestKey, digest_type: DigestType) -> Rdata {
        let value = digest(digest_type, &[self.apex.as_wire(), &key.rdata()]);
        let [hi, lo] = key.tag().to_be_bytes();
        [&[hi, lo, key.algorithm.0, digest_type.0], &*value.expect("a digest")].concat().into()
    }

    /// The keys of its DNSKEY RRset, by the anchor.
    pub fn zone_keys(&self) -> ZoneKeys {
        self.keys_by(&self.dnskey(), &self.anchor()).expect("keys")
    }

    pub fn keys_by(&self, dnskey: &RrSet, vouch: &Vouch) -> Result<ZoneKeys, Reason> {
        zone_keys(&self.apex, dnskey, vouch, at(NOW), &Policy::default(), &budget())
    }

    pub fn verify(&self, set: &RrSet) -> Result<Verified, Reason> {
        self.verify_at(set, NOW)
    }

    pub fn verify_at(&self, set: &RrSet, wall: u64) -> Result<Verified, Reason> {
        verify_rrset(set, &self.zone_keys(), at(wall), &Policy::default(), &budget())
    }
}

/// Records of one zone that may deny something.
pub(super) struct Denying {
    pub keys: ZoneKeys,
    pub sets: Vec<RrSet>,
    pub policy: Policy,
    pub moment: Moment,
}

impl Denying {
    pub fn new(keys: ZoneKeys, sets: Vec<RrSet>) -> Self {
        Self { keys, sets, policy: Policy::default(), moment: at(NOW) }
    }

    pub fn with<T>(
        &self,
        prove: impl FnOnce(&mut Evidence<'_>) -> Result<T, ProofError>,
    ) -> Result<T, ProofError> {
        self.with_budget(&budget(), prove)
    }

    pub fn with_budget<T>(&self, budget: &Budget, prove: impl FnOnce(&mut Evidence<'_>) -> T) -> T {
        prove(&mut Evidence::new(&self.sets, &self.keys, self.moment, &self.policy, budget))
    }

    /// Makes every signature a wrong one.
    pub fn forge(&mut self) {
        self.sets.iter_mut().for_each(|set| set.signatures[0][30] ^= 1);
    }

    pub fn name_error(&self, owner: &str) -> Result<Denial, ProofError> {
        self.with(|evidence| denial::prove_name_error(&name(owner), evidence))
    }

    pub fn no_data(&self, owner: &str, rtype: RrType) -> Result<Denial, ProofError> {
        self.with(|evidence| denial::prove_no_data(&name(owner), rtype, evidence))
    }

    pub fn no_ds(&self, owner: &str) -> Result<NoDs, ProofError> {
        self.with(|evidence| denial::prove_no_ds(&name(owner), evidence)).map(|(no_ds, _)| no_ds)
    }

    pub fn no_exact_match(&self, owner: &str, encloser: &str) -> Result<Denial, ProofError> {
        self.with(|evidence| denial::prove_no_exact_match(&name(owner), &name(encloser), evidence))
    }
}

/// Verified records as a cache keeps them: each found by what lies behind it.
pub(super) struct Kept(pub Vec<Verified>);

impl Kept {
    /// All of `sets`, verified by `keys`.
    pub fn new(sets: &[RrSet], keys: &ZoneKeys) -> Self {
        let (policy, budget) = (Policy::default(), budget());
        let verify = |set| verify_rrset(set, keys, at(NOW), &policy, &budget).expect("verified");
        Self(sets.iter().map(verify).collect())
    }

    /// Those of the same owners as `sets`.
    pub fn only(&self, sets: &[RrSet]) -> Self {
        let wanted = |kept: &&Verified| sets.iter().any(|set| set.owner == kept.rrset().owner);
        Self(self.0.iter().filter(wanted).cloned().collect())
    }

    fn of(&self, rtype: RrType) -> impl Iterator<Item = &Verified> {
        self.0.iter().filter(move |kept| kept.rrset().rtype == rtype)
    }
}

impl Spans for Kept {
    fn nsec(&self, name: &Name) -> Option<&Verified> {
        let in_front = self.of(RrType::NSEC).filter(|kept| kept.rrset().owner <= *name);
        in_front.max_by_key(|kept| &kept.rrset().owner)
    }

    fn hashing(&self) -> Option<Nsec3Params<'_>> {
        let first = self.of(RrType::NSEC3).next()?;
        Some(Nsec3::parse(&first.rrset().rdatas[0])?.params)
    }

    fn nsec3(&self, hash: &[u8; 20]) -> Option<&Verified> {
        let place = |kept: &&Verified| {
            let owner = nsec3::owner_hash(kept.zone(), &kept.rrset().owner);
            (owner <= Some(*hash), owner) // behind the last hash, the last span goes on in front of the first
        };
        self.of(RrType::NSEC3).max_by_key(place)
    }

    fn kept_hash(&self, _: &Name) -> Option<[u8; 20]> {
        None
    }

    fn keep_hash(&self, _: &Name, _: [u8; 20]) {}
}

/// Signed NSEC records of `zone`, one of each line `owner next types`.
pub(super) fn nsec(zone: &TestZone, lines: &[&str]) -> Denying {
    let record = |line: &&str| {
        let (owner, rest) = line.split_once(' ').expect(line);
        zone.signed(set(&format!("{owner} 300 NSEC {rest}")))
    };
    Denying::new(zone.zone_keys(), lines.iter().map(record).collect())
}

/// How the tests' zones are hashed.
pub(super) const PARAMS: Nsec3Params<'static> =
    Nsec3Params { hash_algorithm: 1, iterations: 1, salt: &[0xab] };

/// The signed NSEC3 chain of `zone` over the names of the lines `owner types`, all with `flags`.
pub(super) fn nsec3(zone: &TestZone, flags: u8, lines: &[&str]) -> Denying {
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .map(|(owner, bits)| (name(owner), types(bits)))
        .collect();
    let sets = hashed_chain(&zone.apex, &names, |_| flags);
    let signed = sets.into_iter().map(|set| zone.signed(set)).collect();
    Denying::new(zone.zone_keys(), signed)
}

/// The NSEC3 records over `names`; `flags` of each by its place in the chain.
pub(super) fn hashed_chain(
    apex: &Name,
    names: &[(Name, Vec<RrType>)],
    flags: impl Fn(&[u8; 20]) -> u8,
) -> Vec<RrSet> {
    let mut hashed: Vec<_> =
        names.iter().map(|(name, types)| (nsec3::hash(name, &PARAMS), types)).collect();
    hashed.sort();
    let next = |i: usize| &hashed[(i + 1) % hashed.len()].0;
    let record = |(i, (hash, types)): (usize, &([u8; 20], &Vec<RrType>))| {
        nsec3_record(apex, flags(hash), &PARAMS, hash, next(i), types)
    };
    hashed.iter().enumerate().map(record).collect()
}

pub(super) fn nsec3_record(
    apex: &Name,
    flags: u8,
    params: &Nsec3Params<'_>,
    hash: &[u8],
    next: &[u8],
    types: &[RrType],
) -> RrSet {
    let owner = apex.prepend(base32hex::encode(hash).as_bytes()).expect("an owner");
    let [hi, lo] = params.iterations.to_be_bytes();
    let length = |octets: &[u8]| u8::try_from(octets.len()).expect("short");
    let mut rdata = vec![params.hash_algorithm, flags, hi, lo, length(params.salt)];
    rdata.extend(params.salt);
    rdata.push(length(next));
    rdata.extend(next);
    rdata.extend(TypeBitmap::build(types));
    RrSet::new(owner, RrType::NSEC3, 300, vec![rdata.into()])
}
