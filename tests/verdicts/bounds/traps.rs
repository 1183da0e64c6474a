//! KeyTrap (CVE-2023-50387), the NSEC3 encloser attack (CVE-2023-50868), and zones that are bogus for ever.

use bailiwick::lab::{Chain, Hook, Key, Role, Site};
use bailiwick::model::Answer;
use bailiwick::wire::{EdeCode, Message, Rcode, RrSet, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::odd::keys::with_tag;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";

/// As many signatures as fit, all by the key's tag and none good.
fn trap(set: &mut RrSet, count: u8) {
    let good = set.signatures[0].clone();
    let bad = |n: u8| {
        let mut rdata = good.clone();
        let at = rdata.len() - 1 - usize::from(n) / 8;
        rdata[at] ^= 1 << (n % 8);
        rdata
    };
    set.signatures = (0..count).map(bad).collect();
}

fn trap_in(kinds: &'static [RrType]) -> Hook {
    Box::new(move |passing| {
        if passing.query.questions[0].name.is_at_or_below(&name("k.test.")) {
            let Message { answer, authority, .. } = passing.reply;
            let sets = answer.iter_mut().chain(authority).filter(|set| kinds.contains(&set.rtype));
            sets.filter(|set| !set.signatures.is_empty()).for_each(|set| trap(set, 200));
        }
        true
    })
}

/// A key and seven others of its tag.
fn colliding() -> Vec<Key> {
    let real = key(1, Role::Combined);
    let others = (0..7).map(|salt| with_tag(real.tag(), salt));
    std::iter::once(real.clone()).chain(others).collect()
}

fn names_the_limit(answer: &Answer, limit: &str) {
    let text = &answer.errors[0].text;
    assert!(answer.security.is_bogus() && text.contains(limit), "{limit}: {}", tell(answer));
}

#[tokio::test(start_paused = true)]
async fn key_trap() {
    let one = World::new([("k", Site::signed("k.test.", WWW, csk(1)))]);
    let many = World::new([("k", Site::signed("k.test.", WWW, colliding()).vouched(csk(1)))]);
    for (world, kinds) in [
        (&one, &[RrType::DNSKEY][..]),
        (&one, &[RrType::A]),
        (&one, &[RrType::NSEC, RrType::SOA]),
        (&many, &[RrType::DNSKEY]),
        (&many, &[RrType::A]),
        (&many, &[RrType::NSEC]),
        (&many, &[RrType::A, RrType::DNSKEY, RrType::NSEC, RrType::SOA]),
    ] {
        let (asked, kind) =
            if kinds.contains(&RrType::NSEC) { ("no.k.test.", "A") } else { ("www.k.test.", "A") };
        let bench = Bench::new(world).hooked(trap_in(kinds));
        let (answer, spent) = bench.cost(asked, kind).await;
        names_the_limit(&answer, "limits.failed-signatures = 8");
        assert_eq!(spent.failed_signatures, 8);
        assert!(spent.good_signatures <= 12, "{spent:?}");
        assert!(bench.network.queries() < 30, "{}", bench.network.transcript());
        // It is kept for the same question (RFC 9520 section 3.4) and is nobody else's verdict: another leads to the servers.
        let sent = bench.network.queries();
        names_the_limit(&bench.ask(asked, kind).await, "limits.failed-signatures = 8");
        assert_eq!(bench.network.queries(), sent);
        let _other = bench.ask(&format!("other.{asked}"), kind).await;
        assert!(bench.network.queries() > sent, "a limit was kept for others");
    }
}

/// Hundreds of DS records, all of tags that are there, none of a key that is: eight times four digests and no more.
#[tokio::test(start_paused = true)]
async fn ds_trap() {
    let ds: Vec<Key> =
        (0..100).map(|salt| with_tag(key(1, Role::Combined).tag(), 100 + salt)).collect();
    let ds = ds.into_iter().map(|key| Key { role: Role::Combined, ..key }).collect();
    let world = World::new([("k", Site::signed("k.test.", WWW, colliding()).vouched(ds))]);
    Trial::of(&world).expect(&[("www.k.test.", "A", bogus(EdeCode::DNSKEY_MISSING))]).await;
}

/// RFC 9276 section 3.2, CVE-2026-11605: hundreds of signed NSEC or NSEC3 beside the denial; those that the proof does not
/// need are not verified.
#[tokio::test(start_paused = true)]
async fn padded_denials() {
    for chain in [Chain::Nsec, nsec3(0), nsec3(50)] {
        let records: String = (0..200).map(|n| format!("n{n} A 198.51.100.1\n")).collect();
        let world = World::new([("k", signed("k.test.", &records).chain(chain.clone()))]);
        let bench = Bench::new(&world);
        let (answer, plain) = bench.cost("no.k.test.", "A").await;
        bench.assert("plain", &answer, RrType::A, NO_NAME);
        let padding = padding(&world, &records).await;
        assert!(padding.len() > 90, "{}", padding.len());
        let bench = Bench::new(&world).hooked(Box::new(move |passing| {
            if passing.reply.header.rcode == Rcode::NXDOMAIN {
                passing.reply.authority.extend(padding.iter().cloned());
            }
            true
        }));
        let (answer, padded) = bench.cost("no.k.test.", "A").await;
        bench.assert("padded", &answer, RrType::A, NO_NAME);
        assert_eq!(padded.good_signatures, plain.good_signatures, "{chain:?}");
        assert_eq!(padded.nsec3_hashes, plain.nsec3_hashes, "{chain:?}");
    }
}

/// Signed NSEC or NSEC3 of the zone, as its denials give them.
async fn padding(world: &World, records: &str) -> Vec<RrSet> {
    let bench = Bench::new(world);
    let mut sets: Vec<RrSet> = Vec::new();
    for record in records.lines() {
        let owner = record.split_whitespace().next().expect("an owner");
        for set in bench.ask(&format!("{owner}.k.test."), "MX").await.authority {
            let is_denial = matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
            if is_denial && !sets.iter().any(|there| there.is(&set.owner, set.rtype)) {
                sets.push(set);
            }
        }
    }
    sets
}

/// Names of very many labels below a zone with the most iterations that are taken.
#[tokio::test(start_paused = true)]
async fn nsec3_enclosers() {
    let world = World::new([("k", signed("k.test.", WWW).chain(nsec3(50)))]);
    let bench = Bench::new(&world);
    let deep = format!("{}k.test.", "x.".repeat(120));
    let (answer, spent) = bench.cost(&deep, "A").await;
    names_the_limit(&answer, "limits.nsec3-hashes = 4000");
    assert!(spent.nsec3_hashes <= 4_000 && spent.good_signatures < 20, "{spent:?}");
    // What real names have is far from the limit.
    let usual = format!("{}k.test.", "x.".repeat(32));
    let answer = bench.ask(&usual, "A").await;
    bench.assert(&usual, &answer, RrType::A, NO_NAME);
}

/// More iterations than are computed: insecure, or a failure that says so, as the operator wants; and only by signed records.
#[tokio::test(start_paused = true)]
async fn nsec3_iterations() {
    let insecure = |outcome| {
        bailiwick::lab::Expectation::Insecure(outcome, Some(EdeCode::UNSUPPORTED_NSEC3_ITERATIONS))
    };
    use bailiwick::lab::Outcome::{Answer as There, NameError, NoData};
    let world = World::new([
        ("k", signed("k.test.", "www A 198.51.100.1\n*.wild A 198.51.100.2\n").chain(nsec3(200))),
        ("u", Site::unsigned("u.k.test.", WWW)),
        ("s", signed("s.k.test.", WWW)),
    ]);
    let rows = &[
        ("www.k.test.", "A", SECURE),
        ("www.k.test.", "MX", insecure(NoData)),
        ("no.k.test.", "A", insecure(NameError)),
        ("any.wild.k.test.", "A", insecure(There)),
        ("www.u.k.test.", "A", insecure(There)),
        ("u.k.test.", "DS", insecure(NoData)),
        ("www.s.k.test.", "A", SECURE),
        ("no.s.k.test.", "A", NO_NAME),
    ];
    Trial::of(&world).expect(rows).await;
    let failing = &[
        ("www.k.test.", "A", SECURE),
        ("no.k.test.", "A", bogus(EdeCode::UNSUPPORTED_NSEC3_ITERATIONS)),
        ("www.u.k.test.", "A", bogus(EdeCode::UNSUPPORTED_NSEC3_ITERATIONS)),
        ("www.s.k.test.", "A", SECURE),
    ];
    Trial::of(&world).settings(|s| s.policy.nsec3_servfail_above = Some(150)).expect(failing).await;
    // The same said by nobody: iterations in records without signature, or with another's, make nothing insecure.
    let world = World::new([
        ("k", signed("k.test.", WWW).chain(nsec3(0))),
        ("s", signed("s.k.test.", WWW)),
    ]);
    for signer in [None, Some("test."), Some("s.k.test.")] {
        let hook = move || {
            let hook: Hook = Box::new(move |passing| {
                let ds = |set: &RrSet| set.is(&name("s.k.test."), RrType::DS);
                let Message { answer, authority, .. } = passing.reply;
                if authority.iter().chain(answer.iter()).any(ds) {
                    answer.retain(|set| !ds(set));
                    authority.retain(|set| !ds(set));
                    let rdata = [&[1, 0, 1, 0xf4, 0, 20][..], &[0; 20], &[0, 1, 0x40]].concat();
                    let owner = format!("{}.k.test.", "v".repeat(32));
                    let set = RrSet::new(name(&owner), RrType::NSEC3, 300, vec![rdata.into()]);
                    authority.push(signer.map_or(set.clone(), |signer| sign(set, signer)));
                }
                true
            });
            hook
        };
        let bench = Trial::of(&world).hook(hook).bench();
        let answer = bench.ask("www.s.k.test.", "A").await;
        assert!(answer.security.is_bogus(), "{signer:?}: {}", tell(&answer));
    }
}

/// RFC 4035 section 4.7, RFC 9520 section 3: what is bogus is asked for once more, and then for a while not again.
#[tokio::test(start_paused = true)]
async fn one_refetch() {
    use bailiwick::lab::Fault;
    let refetches = bailiwick::dnssec::Limits::default().refetches as usize;
    let sites = [
        signed("k.test.", WWW).fault(Fault::Stripped),
        signed("k.test.", WWW).fault(Fault::Expired),
        signed("k.test.", WWW).fault(Fault::DsAltered),
        signed("k.test.", WWW).fault(Fault::NoKeys),
        signed("k.test.", WWW).fault(Fault::Unsigned(name("www.k.test."), RrType::A)),
        signed("k.test.", WWW).fault(Fault::Altered(name("www.k.test."), RrType::A)),
    ];
    for site in sites {
        let world = World::new([("k", site)]);
        let bench = Bench::new(&world);
        let answer = bench.ask("www.k.test.", "A").await;
        assert!(answer.security.is_bogus(), "{}", tell(&answer));
        let transcript = bench.network.transcript();
        for asked in ["www.k.test. A", "k.test. DNSKEY", "k.test. DS", ". DNSKEY", "test. DNSKEY"] {
            let count =
                transcript.lines().filter(|line| line.contains(&format!(" {asked}:"))).count();
            assert!(count <= 1 + refetches, "{asked}\n{transcript}");
        }
        let sent = bench.network.queries();
        for _ in 0..20 {
            bench.ask("www.k.test.", "A").await;
        }
        assert_eq!(bench.network.queries(), sent);
    }
}

/// A limit that is reached while it is looked for whether a cut explains a failure is told as such, and kept for nobody else.
#[tokio::test(start_paused = true)]
async fn a_limit_behind_a_failure_is_no_verdict() {
    let world = World::new([("k", signed("k.test.", WWW))]);
    let hook = trap_in(&[RrType::A, RrType::NSEC]);
    let mut settings = settings(&world);
    (settings.limits.failed_signatures, settings.limits.refetches) = (250, 0);
    let bench = Bench::with(&world, settings.clone()).hooked(hook);
    assert!(bench.ask("www.k.test.", "A").await.security.is_bogus());
    settings.limits.failed_signatures = 201; // the answer's are 200
    let bench = Bench::with(&world, settings).hooked(trap_in(&[RrType::A, RrType::NSEC]));
    for rtype in ["A", "AAAA"] {
        let sent = bench.network.queries();
        names_the_limit(&bench.ask("www.k.test.", rtype).await, "limits.failed-signatures = 201");
        assert!(bench.network.queries() > sent, "a limit was kept for {rtype}");
    }
}
