//! Keys that must not be believed.

use bailiwick::lab::{Fault, Key, Role, Site};
use bailiwick::wire::{EdeCode, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";

async fn verdict_of(site: Site, code: EdeCode) {
    let world = World::new([("k", site)]);
    Trial::of(&world)
        .expect(&[("www.k.test.", "A", bogus(code)), ("no.k.test.", "A", bogus(code))])
        .await;
}

/// RFC 4035 section 5.2: the key that the DS names must have signed the DNSKEY RRset; to be in it is not enough.
#[tokio::test(start_paused = true)]
async fn a_digest_that_fits_is_not_enough() {
    let evil = key(66, Role::Combined);
    let real = Key { role: Role::Standby, ..key(1, Role::Combined) };
    let site = Site::signed("k.test.", WWW, vec![real, evil]).vouched(csk(1));
    verdict_of(site, EdeCode::DNSKEY_MISSING).await;
    let site = signed("k.test.", WWW).fault(Fault::Unsigned(name("k.test."), RrType::DNSKEY));
    verdict_of(site, EdeCode::RRSIGS_MISSING).await;
}

/// RFC 5011 section 2.1: a revoked key signs nothing but its own revocation; also when the DS names it so.
#[tokio::test(start_paused = true)]
async fn revoked() {
    const REVOKED: u16 = 0x181;
    let revoked = |role| Key { flags: REVOKED, ..key(1, role) };
    verdict_of(Site::signed("k.test.", WWW, vec![revoked(Role::Combined)]), EdeCode::DNSSEC_BOGUS)
        .await;
    let zsk = Key { flags: 0x180, ..key(2, Role::ZoneSigning) };
    let site = Site::signed("k.test.", WWW, vec![key(1, Role::KeySigning), zsk]);
    verdict_of(site, EdeCode::DNSSEC_BOGUS).await;
}

/// RFC 4034 sections 2.1.1 and 2.1.2.
#[tokio::test(start_paused = true)]
async fn no_zone_keys() {
    let ksk = || key(1, Role::KeySigning);
    for wrong in [
        Key { flags: 0, ..key(2, Role::ZoneSigning) },
        Key { flags: 1, ..key(2, Role::ZoneSigning) },
        Key { protocol: 2, ..key(2, Role::ZoneSigning) },
        Key { protocol: 0, ..key(2, Role::ZoneSigning) },
    ] {
        let as_csk = Key { role: Role::Combined, ..wrong.clone() };
        verdict_of(Site::signed("k.test.", WWW, vec![ksk(), wrong]), EdeCode::NO_ZONE_KEY_BIT)
            .await;
        verdict_of(Site::signed("k.test.", WWW, vec![as_csk]), EdeCode::NO_ZONE_KEY_BIT).await;
    }
}

/// A DNSKEY RRset with an attacker's key slipped in: it no longer fits its signature, and the key is not used.
#[tokio::test(start_paused = true)]
async fn slipped_in() {
    let world = World::new([("k", signed("k.test.", WWW))]);
    let evil = key(66, Role::Combined);
    let hook = || {
        let forged = a("www.k.test.", 66);
        let forged = Forgery::of(&forged, "k.test.", evil.clone()).sign(forged);
        let rdata = evil.dnskey();
        on_all(vec![("k.test.", RrType::DNSKEY), ("www.k.test.", RrType::A)], move |reply| {
            let keys = reply.answer.first_mut().filter(|set| set.rtype == RrType::DNSKEY);
            match keys {
                Some(set) => set.rdatas.push(rdata.clone()),
                None if reply.header.flags.authoritative => reply.answer = vec![forged.clone()],
                None => {}
            }
        })
    };
    Trial::of(&world)
        .hook(hook)
        .expect(&[("www.k.test.", "A", bogus(EdeCode::DNSSEC_BOGUS))])
        .await;
}
