//! Which DNSKEY does a DS record or a trust anchor name (RFC 4034 section 5, RFC 4035 section 5.2)?

use super::{DigestType, Policy, Reason, Vouch, crypto};
use crate::wire::rdata::{Dnskey, Ds};
use crate::wire::{Name, RrSet};

/// DS records looked at for one zone: two keys with two digests each, twice.
const MAX_DS: usize = 8;
/// Keys whose digest is computed for one DS record.
const MAX_SAME_TAG: usize = 4;

/// The DNSKEYs of `dnskey` that `vouch` names. Where a digest does not fit, `reason` says so.
pub(super) fn named_keys<'a>(
    zone: &Name,
    dnskey: &'a RrSet,
    vouch: &Vouch,
    policy: &Policy,
    reason: &mut Option<Reason>,
) -> Vec<Dnskey<'a>> {
    let keys: Vec<_> = dnskey.rdatas.iter().filter_map(|rdata| Dnskey::parse(rdata)).collect();
    let mut named: Vec<Dnskey<'a>> = Vec::new();
    let mut name = |key: &Dnskey<'a>| {
        if !named.contains(key) {
            named.push(*key);
        }
    };
    for anchor in vouch.dnskey_anchors() {
        keys.iter().filter(|key| same_key(key, &anchor)).for_each(&mut name);
    }
    for ds in considered(vouch.ds_records(), zone, policy) {
        let same = |key: &&Dnskey<'a>| key.algorithm == ds.algorithm && key.key_tag() == ds.key_tag;
        for key in keys.iter().filter(same).take(MAX_SAME_TAG) {
            if digest_fits(zone, key, &ds) {
                name(key);
            } else {
                let digest = DigestType(ds.digest_type);
                let mismatch =
                    Reason::DigestMismatch { zone: zone.clone(), key_tag: ds.key_tag, digest };
                *reason = Some(mismatch.or(reason.take()));
            }
        }
    }
    named
}

/// The DS records that count: supported ones, and SHA-1 only where there is nothing better (RFC 4509 section 3).
fn considered<'a>(ds: Vec<Ds<'a>>, zone: &Name, policy: &Policy) -> Vec<Ds<'a>> {
    let mut supported: Vec<_> = ds.into_iter().filter(|ds| policy.supports_ds(zone, ds)).collect();
    let is_sha1 = |ds: &Ds<'_>| ds.digest_type == DigestType::SHA1.0;
    if supported.iter().any(|ds| !is_sha1(ds)) {
        supported.retain(|ds| !is_sha1(ds));
    }
    supported.truncate(MAX_DS);
    supported
}

/// Digest of owner name and RDATA (RFC 4034 section 5.1.4).
fn digest_fits(zone: &Name, key: &Dnskey<'_>, ds: &Ds<'_>) -> bool {
    let parts = [zone.to_lowercase().as_wire(), key.rdata()].map(<[u8]>::to_vec);
    let digest = crypto::digest(DigestType(ds.digest_type), &[&parts[0], &parts[1]]);
    digest.is_some_and(|digest| digest == ds.digest)
}

/// The same key, whatever its flags: an anchor is often written without the revoked bit that the zone may have set.
fn same_key(key: &Dnskey<'_>, anchor: &Dnskey<'_>) -> bool {
    key.algorithm == anchor.algorithm
        && key.protocol == anchor.protocol
        && key.public_key == anchor.public_key
}

/// The reason when no key is named.
pub(super) fn no_match(zone: &Name, dnskey: &RrSet, vouch: &Vouch) -> Reason {
    let by = vouch.voucher();
    let anchors = vouch.dnskey_anchors().map(|key| key.key_tag());
    let wanted = vouch.ds_records().iter().map(|ds| ds.key_tag).chain(anchors).collect();
    let found = dnskey
        .rdatas
        .iter()
        .filter_map(|rdata| Dnskey::parse(rdata))
        .map(|key| key.key_tag())
        .collect();
    Reason::NoMatchingKey { zone: zone.clone(), by, wanted, found }
}
