//! Keys, digests and the times of signatures.

use std::rc::Rc;
use std::sync::Arc;

use bailiwick::dnssec::{Algorithm, DigestType, SigningKey};
use bailiwick::lab::{Key, Role, Site, Zone};
use bailiwick::wire::rdata::Dnskey;
use bailiwick::wire::{EdeCode, Message, RrType};

use crate::asking::*;
use crate::forging::{Forgery, from, key_of_zone, on};
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";
const ROWS: &[Row] =
    &[("www.k.test.", "A", SECURE), ("www.k.test.", "MX", NO_DATA), ("no.k.test.", "A", NO_NAME)];

fn world(site: Site) -> World {
    World::new([("k", site)])
}

/// RFC 4509 section 3: SHA-1 does not count where there is anything better, neither for the zone nor against it.
#[tokio::test(start_paused = true)]
async fn digests_mixed() {
    use DigestType as D;
    let site = || signed("k.test.", WWW);
    for digests in [
        &[D::SHA1, D::SHA256][..],
        &[D::SHA384],
        &[D::SHA1],
        &[D(250), D::SHA256],
        &[D::SHA1, D(250)],
    ] {
        Trial::of(&world(site().digests(digests))).expect(ROWS).await;
    }
    // The SHA-1 of the right key beside the SHA-256 of another: the former is not looked at.
    let right = world(site().digests(&[D::SHA1]));
    let other = world(site().vouched(vec![key(99, Role::Combined)]));
    let ds = |world: &World| {
        world.zone("test.").get(&name("k.test."), RrType::DS).expect("a DS").rdatas.clone()
    };
    let mixed = [ds(&right), ds(&other)].concat();
    let text: String =
        mixed.iter().map(|rdata| format!("k DS \\# {} {}\n", rdata.len(), hex(rdata))).collect();
    let test = signed("test.", &(text + "k NS ns1.k\nns1.k A 192.0.2.1\n"));
    let world =
        World::of([("root", signed(".", "")), ("test", test), ("0k", site().vouched(Vec::new()))]);
    let bench = Bench::new(&world);
    bench.expect(("www.k.test.", "A", bogus(EdeCode::DNSKEY_MISSING))).await;
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// RFC 6840 section 5.11: one way that is good suffices, whatever fails beside it.
#[tokio::test(start_paused = true)]
async fn one_good_path_suffices() {
    let strange = |seed| Key { role: Role::KeySigning, ..key(seed, Role::KeySigning) };
    let unknown = Key { algorithm: Algorithm(250), ..strange(5) };
    let sites = [
        Site::signed("k.test.", WWW, csk(1)).vouched(vec![
            strange(9),
            strange(8),
            key(1, Role::Combined),
        ]),
        Site::signed("k.test.", WWW, csk(1)).vouched(vec![unknown.clone(), key(1, Role::Combined)]),
        Site::signed("k.test.", WWW, vec![unknown, key(1, Role::Combined)]).vouched(csk(1)),
        Site::signed(
            "k.test.",
            WWW,
            vec![key(7, Role::Combined).unpublished(), key(1, Role::Combined)],
        )
        .vouched(csk(1)),
    ];
    for site in sites {
        Trial::of(&world(site)).expect(ROWS).await;
    }
}

/// Bad signatures beside the good one, by keys that are there and by keys that are not, in front of it.
#[tokio::test(start_paused = true)]
async fn one_good_signature_suffices() {
    let world = world(signed("k.test.", WWW));
    let junk = || {
        on("www.k.test.", RrType::A, |reply: &mut Message| {
            let Some(set) = reply.answer.first_mut() else { return };
            let by = |seed| Forgery::of(set, "k.test.", key(seed, Role::Combined)).rdata(set);
            let mut bad = set.signatures[0].to_vec();
            *bad.last_mut().expect("an octet") ^= 1;
            let mut signatures = vec![bad.into()];
            signatures.extend((100..120).map(by));
            signatures.append(&mut set.signatures);
            set.signatures = signatures;
        })
    };
    Trial::of(&world).hook(junk).expect(&ROWS[..1]).await;
}

fn rsa(pkcs8: &str, algorithm: Algorithm) -> Arc<SigningKey> {
    let base64: String = pkcs8.split_ascii_whitespace().collect();
    let octets = data_encoding::BASE64.decode(base64.as_bytes()).expect("base64");
    Arc::new(SigningKey::from_pkcs8(algorithm, &octets).expect("a key"))
}

/// RFC 3110 section 2: exponents of up to 33 bits, with a length of one octet or of three, and leading zeros in either
/// number.
#[tokio::test(start_paused = true)]
async fn rsa_in_every_shape() {
    let pairs = [
        Arc::clone(&keyring().rsa_sha256),
        Arc::clone(&keyring().rsa_sha512),
        rsa(include_str!("../rsa-exponent-4294967297.b64"), Algorithm::RSASHA256),
        rsa(include_str!("../rsa-exponent-8589934591.b64"), Algorithm::RSASHA512),
    ];
    for pair in pairs {
        for public_key in shapes(&pair.public_key()) {
            let key = Key { public_key, ..Key::new(Arc::clone(&pair), Role::Combined) };
            Trial::of(&world(Site::signed("k.test.", WWW, vec![key]))).expect(&ROWS[..1]).await;
        }
    }
}

fn shapes(public_key: &[u8]) -> Vec<Vec<u8>> {
    let (exponent, modulus) = public_key[1..].split_at(public_key[0].into());
    let octets = u8::try_from(exponent.len()).expect("a short one");
    vec![
        public_key.to_vec(),
        [&[0, 0, octets], exponent, modulus].concat(),
        [&[octets + 2, 0, 0], exponent, modulus].concat(),
        [&[octets], exponent, &[0, 0, 0], modulus].concat(),
    ]
}

/// An exponent of more than 33 bits makes a key unusable, and nothing else bogus; where no other can be used, the reason says
/// so.
#[tokio::test(start_paused = true)]
async fn unusable_keys() {
    let pair = keyring().rsa_sha256;
    let public_key = pair.public_key();
    let (_, modulus) = public_key[1..].split_at(public_key[0].into());
    let too_long = [&[5, 4, 0, 0, 0, 1], modulus].concat();
    let unusable = |role| Key { public_key: too_long.clone(), ..Key::new(Arc::clone(&pair), role) };
    let beside =
        Site::signed("k.test.", WWW, vec![unusable(Role::Combined), key(1, Role::Combined)]);
    Trial::of(&world(beside)).expect(ROWS).await;
    for keys in [
        vec![unusable(Role::Combined)],
        vec![key(1, Role::KeySigning), unusable(Role::ZoneSigning)],
    ] {
        let world = world(Site::signed("k.test.", WWW, keys));
        let rows = &[("www.k.test.", "A", bogus(EdeCode::DNSSEC_BOGUS))];
        Trial::of(&world).expect(rows).await;
        let answer = Bench::new(&world).ask("www.k.test.", "A").await;
        assert!(
            answer.errors[0].text.contains("exponent of more than 33 bits"),
            "{}",
            tell(&answer)
        );
    }
}

/// A key of `wanted` tag that verifies nothing. The tag is a sum with end-around carry (RFC 4034 appendix B), so two octets
/// set it.
pub fn with_tag(wanted: u16, salt: u8) -> Key {
    let mut key = key(200, Role::Standby);
    key.public_key = vec![salt; 32];
    key.public_key[..2].fill(0);
    let lacking = wanted.wrapping_sub(key.tag());
    let mut fits = |carry: &u16| {
        let octets = lacking.wrapping_sub(*carry).to_be_bytes();
        key.public_key[..2].copy_from_slice(&octets);
        key.tag() == wanted
    };
    (0..4).find(|carry| fits(carry)).expect("every tag is there");
    key
}

/// RFC 4035 section 5.3.1: keys of one tag are tried one after the other, four at the most, in whichever order they come.
#[tokio::test(start_paused = true)]
async fn keys_of_one_tag() {
    let real = key(1, Role::Combined);
    let others: Vec<_> = (0..3).map(|salt| with_tag(real.tag(), salt)).collect();
    let site =
        Site::signed("k.test.", WWW, [vec![real.clone()], others].concat()).vouched(vec![real]);
    let world = world(site);
    let server = world.host("k");
    for turn in 0..4 {
        let hook = || {
            from(server, move |query, reply| {
                if query.questions[0].rtype == RrType::DNSKEY {
                    reply.answer[0].rdatas.rotate_left(turn);
                }
            })
        };
        let rows = [("www.k.test.", "A", SECURE), ("k.test.", "DS", SECURE)];
        Trial::of(&world).hook(hook).expect(&rows).await;
        let tags = world
            .zone("k.test.")
            .get(&name("k.test."), RrType::DNSKEY)
            .expect("keys")
            .rdatas
            .clone();
        let tags: Vec<_> =
            tags.iter().map(|rdata| Dnskey::parse(rdata).expect("a key").key_tag()).collect();
        assert!(tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
    }
}

/// More than 4 KB of keys come over TCP.
#[tokio::test(start_paused = true)]
async fn very_many_keys() {
    let pair = keyring().rsa_sha256;
    let idle = |salt: u8| {
        let mut key = Key::new(Arc::clone(&pair), Role::Standby);
        *key.public_key.last_mut().expect("an octet") = salt;
        key
    };
    let keys = (0..20).map(idle).chain(csk(1)).collect();
    let world = world(Site::signed("k.test.", WWW, keys));
    Trial::of(&world).expect(ROWS).await;
    let bench = Bench::new(&world);
    let answer = bench.ask("k.test.", "DNSKEY").await;
    let octets: usize = answer.answer[0].rdatas.iter().map(|rdata| rdata.len()).sum();
    assert!(octets > 4096 && bench.network.transcript().contains("tcp"), "{octets}");
}

/// RFC 4034 section 3.1.5: times are serial numbers, and wrap in 2106.
#[tokio::test(start_paused = true)]
async fn times_in_serial_arithmetic() {
    const WRAP: u64 = 1 << 32;
    let day = 86_400;
    for (wall, begins, ends, good) in [
        (WRAP - day, WRAP - 2 * day, WRAP + 2 * day, true),
        (WRAP + day, WRAP - 2 * day, WRAP + 2 * day, true),
        (WRAP + 3 * day, WRAP - 2 * day, WRAP + 2 * day, false),
        (WRAP - 3 * day, WRAP - 2 * day, WRAP + 2 * day, false),
        (WRAP + 2 * day, WRAP - 2 * day, WRAP + 2 * day, true),
        (WRAP - 2 * day, WRAP - 2 * day, WRAP + 2 * day, true),
        (WALL, WALL, WALL, true),
        (WALL, WALL - 1, WALL - 1, false),
        (WALL, WALL + 1, WALL + 2, false),
    ] {
        let world = resigned(&world(signed("k.test.", WWW)), begins, ends);
        let bench = Bench::at(&world, settings(&world), wall);
        let answer = bench.ask("www.k.test.", "A").await;
        assert_eq!(answer.security.is_secure(), good, "{wall} {begins} {ends}: {}", tell(&answer));
    }
}

/// The same world, all its signatures valid from `begins` to `ends`.
fn resigned(world: &World, begins: u64, ends: u64) -> World {
    let serial = |time: u64| u32::try_from(time & 0xffff_ffff).expect("32 bits");
    let mut internet = (*world.internet).clone();
    let sign = |zone: &Zone| {
        let (apex, mut zone) = (zone.apex().to_string(), zone.clone());
        for set in zone.rrsets_mut().filter(|set| !set.signatures.is_empty()) {
            let mut forgery = Forgery::of(set, &apex, key_of_zone(&apex));
            (forgery.inception, forgery.expiration) = (serial(begins), serial(ends));
            set.signatures = vec![forgery.rdata(set)];
        }
        zone
    };
    internet.change_zones(sign);
    World { internet: Rc::new(internet) }
}
