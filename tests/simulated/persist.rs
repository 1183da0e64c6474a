//! What outlives a process: that it answers without a server, and that nothing of it is believed on its word.

use std::time::Duration;

use bailiwick::cache::{Damage, FileReader, FileWriter, Role, Testimony};
use bailiwick::dnssec::{NegativeTrustAnchor, NegativeTrustAnchors, Security};
use bailiwick::lab::{Chain, Key, Keyring, Role as KeyRole, Site};
use bailiwick::model::Answer;
use bailiwick::resolver::Settings;
use bailiwick::wire::{Message, Rcode, RrSet, RrType, compose};
use tokio::time::advance;

use super::world::{ROOT, TOP, World, addresses};

const DATA: &str = "$TTL 600\nwww A 198.51.100.1\nalias CNAME www\nshort 60 A 198.51.100.6\n*.wild A 198.51.100.2\n\
                    old DNAME www.plain.com.";

/// What is asked, and what must come of it, before and after.
const QUESTIONS: &[(&str, &str)] = &[
    ("www.example.com.", "A"),
    ("alias.example.com.", "A"),
    ("x.wild.example.com.", "A"),
    ("no.example.com.", "A"),
    ("www.example.com.", "MX"),
    ("sub.old.example.com.", "CNAME"),
    ("www.hashed.com.", "A"),
    ("no.hashed.com.", "A"),
    ("www.plain.com.", "A"),
    ("no.plain.com.", "A"),
    ("example.com.", "DNSKEY"),
    ("example.com.", "DS"),
];

fn world() -> World {
    world_with_key(0)
}

/// The one in which `example.com.` is signed by the `nth` of the keys, all others by the first.
fn world_with_key(nth: usize) -> World {
    let keys = |nth: usize| {
        let pair = Keyring::built_in().expect("keys").ed25519[nth].clone();
        vec![Key::new(pair, KeyRole::Combined)]
    };
    let signed = |apex: &str, records: &str, on| Site::signed(apex, records, keys(0)).on(&[on]);
    let hashed = Chain::Nsec3 { iterations: 0, salt: Vec::new(), opt_out: false };
    let sites = [
        signed(".", "", "root"),
        signed("com.", "", "top"),
        Site::signed("example.com.", DATA, keys(nth)).on(&["one"]),
        signed("hashed.com.", DATA, "one").chain(hashed),
        Site::unsigned("plain.com.", "$TTL 600\nwww A 198.51.100.3").on(&["one"]),
    ];
    let persistent = |settings: &mut Settings| {
        settings.persist = true;
        settings.ageing.serve_stale.enabled = false;
    };
    World::with(&[ROOT, TOP, ("one", &["192.0.2.21"])], &sites, persistent)
}

fn written(world: &World) -> Vec<u8> {
    let mut file = Vec::new();
    assert!(world.shared.write_down(&mut file).expect("written") > 0);
    file
}

/// A process that starts with `file`; how much of that is to be judged.
fn started(world: &World, file: &[u8], set: impl FnOnce(&mut Settings)) -> (World, u64) {
    let next = world.restarted(0, set);
    let read = next.shared.recall(file);
    assert!(read.damage.is_none(), "{read:?}");
    (next, read.records)
}

/// What the records of `file` become by `change`, for `world` to read.
fn changed(
    world: &World,
    file: &[u8],
    mut change: impl FnMut(Role, &mut Testimony, &mut Message),
) -> Vec<u8> {
    let (source, moment) = (world.shared.source(), world.shared.clock.moment());
    let mut to = Vec::new();
    let mut writer = FileWriter::new(&mut to, source, moment).expect("written");
    for record in FileReader::new(file, source, moment).expect("a file") {
        let (role, mut said) = record.expect("a record");
        let mut message = Message::parse(&said.message).expect("a message");
        change(role, &mut said, &mut message);
        said.message = compose(&message, 65_535, true).into();
        writer.put(role, &said).expect("written");
    }
    writer.finish().expect("written");
    to
}

fn told(answer: &Answer) -> (Rcode, Security, Vec<String>) {
    (answer.rcode, answer.security.clone(), addresses(answer))
}

fn is(message: &Message, name: &str, rtype: RrType) -> bool {
    let name = name.parse().expect("a name");
    message.question().is_some_and(|q| q.name == name && q.rtype == rtype)
}

fn kill_all(world: &World) {
    world.kill(&["192.0.2.1", "192.0.2.2", "192.0.2.21"]);
}

#[tokio::test(start_paused = true)]
async fn all_that_was_proven_is_proven_again_without_a_server() {
    let first = world();
    let mut before = Vec::new();
    for (name, rtype) in QUESTIONS {
        before.push(told(&first.ask(name, rtype).await));
    }
    let secure = before.iter().filter(|(_, security, _)| security.is_secure()).count();
    assert_eq!(secure, 10, "{before:?}");
    let mut file = written(&first);
    kill_all(&first);
    for process in 0..3 {
        let (next, records) = started(&first, &file, |_| ());
        assert!(records >= 15, "{records}");
        file = written(&next); // of what nobody has asked for yet
        if process == 1 {
            continue;
        }
        for ((name, rtype), before) in QUESTIONS.iter().zip(&before) {
            let (answer, asked) = next.asked(name, rtype).await;
            assert_eq!((&told(&answer), asked.as_str()), (before, ""), "{name} {rtype}");
        }
        file = written(&next); // of what was asked for
    }
}

#[tokio::test(start_paused = true)]
async fn lives_go_on_over_a_restart() {
    let first = world();
    first.ask("short.example.com.", "A").await;
    first.ask("www.example.com.", "A").await;
    advance(Duration::from_secs(20)).await;
    let file = written(&first);
    advance(Duration::from_secs(15)).await;
    let (next, _) = started(&first, &file, |_| ());
    let (answer, asked) = next.asked("short.example.com.", "A").await;
    let ttl = answer.answer[0].ttl;
    assert!((22..=25).contains(&ttl) && asked.is_empty(), "{ttl} {asked}");
    let (later, _) = started(&first, &file, |_| ());
    advance(Duration::from_secs(26)).await;
    let (answer, asked) = later.asked("short.example.com.", "A").await;
    assert!(answer.answer[0].ttl == 60 && !asked.is_empty(), "it is over");
    let (_, asked) = later.asked("www.example.com.", "A").await;
    assert!(asked.is_empty(), "{asked}");
}

/// Keys that were written down may be another's by now: those of a process that was down for long are doubted first.
#[tokio::test(start_paused = true)]
async fn rfc4035_s4_7_keys_that_were_rolled_over_meanwhile_make_nothing_bogus() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    let (next, _) = started(&world_with_key(1), &written(&first), |_| ());
    let (answer, asked) = next.asked("www.example.com.", "A").await;
    assert!(answer.security.is_secure() && asked.is_empty(), "{asked}");
    let answer = next.ask("x.wild.example.com.", "A").await;
    assert!(answer.security.is_secure(), "{answer:?}");
}

/// The least TTL that the operator wants is for what comes from servers.
#[tokio::test(start_paused = true)]
async fn no_life_is_stretched_by_being_written_down() {
    let first = world();
    first.ask("www.plain.com.", "A").await;
    advance(Duration::from_secs(200)).await;
    let (next, _) = started(&first, &written(&first), |settings| settings.ttl.min = 550);
    let (answer, asked) = next.asked("www.plain.com.", "A").await;
    assert!(answer.answer[0].ttl <= 400 && asked.is_empty(), "{}", answer.answer[0].ttl);
}

#[tokio::test(start_paused = true)]
async fn a_date_that_went_back_reckons_no_life() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    let file = written(&first);
    let back = first.restarted(-1, |_| ());
    let read = back.shared.recall(&file[..]);
    assert!(matches!((read.records, read.damage), (0, Some(Damage::FromTheFuture))));
    let (answer, asked) = back.asked("www.example.com.", "A").await;
    assert!(answer.security.is_secure() && !asked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_over_by_the_date_is_passed_over() {
    let first = world();
    first.ask("www.plain.com.", "A").await;
    let file = written(&first);
    let later = first.restarted(100_000, |_| ());
    let read = later.shared.recall(&file[..]);
    assert_eq!(read.records, 0, "{read:?}");
    assert!(read.passed_over > 0 && read.damage.is_none());
}

/// Data, keys, the DS record, the denial: whichever was changed is asked for anew, and nothing fails for it.
#[tokio::test(start_paused = true)]
async fn what_was_changed_is_forgotten_and_makes_nothing_bogus() {
    let first = world();
    for (name, rtype) in QUESTIONS {
        first.ask(name, rtype).await;
    }
    let file = written(&first);
    for (name, rtype) in [
        ("www.example.com.", RrType::A),
        ("no.example.com.", RrType::A),
        ("example.com.", RrType::DNSKEY),
        ("example.com.", RrType::DS),
        ("com.", RrType::DNSKEY),
        (".", RrType::DNSKEY),
        ("plain.com.", RrType::DS),
    ] {
        let mut times = 0;
        let tampered = changed(&first, &file, |_, _, message| {
            if is(message, name, rtype) {
                times += 1;
                let sets = message.answer.iter_mut().chain(&mut message.authority);
                sets.for_each(|set| set.rdatas[0].reverse());
            }
        });
        assert!(times > 0, "{name} {rtype}");
        let (next, _) = started(&first, &tampered, |_| ());
        for (asked, asked_type) in QUESTIONS {
            let right = told(&first.ask(asked, asked_type).await);
            assert_eq!(told(&next.ask(asked, asked_type).await), right, "{name}: {asked}");
        }
        let (_, asked) = next.asked("www.example.com.", "A").await;
        assert!(asked.is_empty(), "kept: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_record_is_secure_or_unsigned_on_its_word() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    first.ask("www.plain.com.", "A").await;
    let file = written(&first);
    let strip = |sets: &mut Vec<RrSet>| sets.iter_mut().for_each(|set| set.signatures.clear());
    let forged = |sets: &mut Vec<RrSet>| {
        sets.iter_mut().for_each(|set| set.rdatas = vec![[203, 0, 113, 66].into()]);
    };
    let unsigned = changed(&first, &file, |role, _, message| {
        if role == Role::Finding && is(message, "www.example.com.", RrType::A) {
            strip(&mut message.answer);
            forged(&mut message.answer);
        }
    });
    let (next, _) = started(&first, &unsigned, |_| ());
    let answer = next.ask("www.example.com.", "A").await;
    assert_eq!(
        (answer.security.is_secure(), addresses(&answer)[0].as_str()),
        (true, "198.51.100.1")
    );
    // A link that says that the zone is unsigned needs its proof as well.
    let insecure = changed(&first, &file, |_, _, message| {
        if is(message, "example.com.", RrType::DS) {
            message.answer.clear();
        } else if is(message, "www.example.com.", RrType::A) {
            strip(&mut message.answer);
            forged(&mut message.answer);
        }
    });
    let (next, _) = started(&first, &insecure, |_| ());
    let answer = next.ask("www.example.com.", "A").await;
    assert_eq!(
        (answer.security.is_secure(), addresses(&answer)[0].as_str()),
        (true, "198.51.100.1")
    );
}

/// That a name exists without a type is no proof that it has none, nor that it does not exist.
#[tokio::test(start_paused = true)]
async fn a_denial_says_no_more_than_it_proves() {
    let first = world();
    first.ask("www.example.com.", "MX").await;
    let file = changed(&first, &written(&first), |role, _, message| {
        if role == Role::Finding {
            message.header.rcode = Rcode::NXDOMAIN;
            message.questions[0].rtype = RrType(0);
        }
    });
    let (next, _) = started(&first, &file, |settings| settings.aggressive_denial = false);
    for rtype in ["A", "MX"] {
        let right = told(&first.ask("www.example.com.", rtype).await);
        assert_eq!(told(&next.ask("www.example.com.", rtype).await), right, "{rtype}");
    }
}

#[tokio::test(start_paused = true)]
async fn signatures_are_judged_by_todays_date_and_lives_by_the_signatures() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    let file = written(&first);
    let month = first.restarted(30 * 86_400, |_| ());
    // As young as can be, by who wrote the file.
    let moment = month.shared.clock.moment();
    let fresh = changed(&month, &file, |_, said, _| {
        (said.age, said.noted, said.life) = (0, moment, u32::MAX);
    });
    let read = month.shared.recall(&fresh[..]);
    assert!(read.records > 0, "{read:?}");
    let (answer, asked) = month.asked("www.example.com.", "A").await;
    assert!(answer.security.is_bogus() && !asked.is_empty(), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn todays_anchors_and_negative_anchors_count() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    first.ask("www.plain.com.", "A").await;
    let file = written(&first);
    let (next, _) = started(&first, &file, |settings| {
        let zone = "example.com.".parse().expect("a name");
        let negative = NegativeTrustAnchor { zone, reason: "they know".into(), until: None };
        settings.negative_anchors = NegativeTrustAnchors::new(vec![negative]);
    });
    let (answer, asked) = next.asked("www.example.com.", "A").await;
    assert!(matches!(answer.security, Security::Insecure(_)) && asked.is_empty(), "{answer:?}");
    // An anchor that fits no key: what rests on the root's keys is not believed, signed or not.
    let other = bailiwick::dnssec::TrustAnchor::new(
        "com.".parse().expect("a name"),
        RrType::DS,
        [&[0, 1, 15, 2][..], &[7; 32]].concat().into(),
        "test".into(),
    );
    let (next, _) =
        started(&first, &file, |settings| settings.anchors = other.into_iter().collect());
    for name in ["www.example.com.", "www.plain.com."] {
        let (answer, asked) = next.asked(name, "A").await;
        assert!(answer.security.is_bogus() && !asked.is_empty(), "{name}: {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_found_meanwhile_is_newer() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    first.ask("www.example.com.", "MX").await;
    advance(Duration::from_secs(10)).await;
    let file = written(&first);
    let next = first.restarted(0, |_| ());
    next.ask("www.example.com.", "A").await;
    next.shared.recall(&file[..]);
    let question = |rtype: &str| ("www.example.com.".to_owned(), rtype.to_owned());
    let about: Vec<_> = next
        .shared
        .cache
        .recalled
        .iter(next.shared.clock.moment())
        .map(|(key, _)| (key.name.to_string(), key.rtype.to_string()))
        .collect();
    assert_eq!(about, [question("MX")]);
}

#[tokio::test(start_paused = true)]
async fn who_asks_others_does_not_read_it() {
    let first = world();
    first.ask("www.example.com.", "A").await;
    let file = written(&first);
    let other = first.restarted(0, |settings| settings.iterate.hints.servers.clear());
    let read = other.shared.recall(&file[..]);
    assert!(matches!((read.records, read.damage), (0, Some(Damage::OtherSource))));
}

#[tokio::test(start_paused = true)]
async fn without_it_nothing_is_kept_for_it() {
    let first = world();
    let plain = first.restarted(0, |settings| settings.persist = false);
    plain.ask("www.example.com.", "A").await;
    assert!(!plain.shared.cache.links.are_kept());
    assert_eq!(plain.shared.cache.links.iter(plain.shared.clock.moment()).count(), 0);
}

/// A cache that is full of names writes no more than there is room for when it is read.
#[tokio::test(start_paused = true)]
async fn a_file_is_bounded() {
    let first = world();
    let small = first.restarted(0, |settings| {
        settings.cache_octets = 1 << 20;
        settings.aggressive_denial = false;
    });
    for number in 0..1_000 {
        small.ask(&format!("n{number}.wild.example.com."), "A").await;
    }
    let file = written(&small);
    assert!(file.len() < (1 << 20) / 100 * 12, "{}", file.len());
    let (next, records) = started(&small, &file, |_| ());
    assert!(records > 100, "{records}");
    let kept = next.shared.cache.recalled.iter(next.shared.clock.moment()).count() as u64;
    assert!(kept * 10 >= records * 8, "{kept} of {records}");
    let narrow = small.restarted(0, |settings| settings.cache_octets = 200_000);
    let read = narrow.shared.recall(&file[..]);
    assert!(matches!(read.damage, Some(Damage::Torn)) && read.records < records, "{read:?}");
}
