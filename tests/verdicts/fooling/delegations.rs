//! Referrals and DS RRsets that are not what they seem.

use std::sync::Arc;

use bailiwick::dnssec::SigningKey;
use bailiwick::lab::{Key, Role, Site, Tamper};
use bailiwick::model::Checking;
use bailiwick::wire::{EdeCode, RrSet, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const WWW: &str = "www A 198.51.100.1\n";

fn world() -> World {
    World::new([
        ("v", signed("v.test.", WWW)),
        ("s", signed("s.test.", WWW)),
        ("u", Site::unsigned("u.test.", WWW)),
        ("c", signed("c.test.", "@ CNAME www.v.test.\nwww A 198.51.100.1\n")),
    ])
}

/// Alters the DS RRset of `v.test.` wherever it comes by.
fn ds_of_v(change: impl Fn(&mut Vec<RrSet>) + 'static) -> bailiwick::lab::Hook {
    Box::new(move |passing| {
        let zone = name("v.test.");
        for section in [&mut passing.reply.answer, &mut passing.reply.authority] {
            if section.iter().any(|set| set.is(&zone, RrType::DS)) {
                change(section);
            }
        }
        true
    })
}

/// A referral with another zone's DS, genuine in itself; renamed, it is not even that.
#[tokio::test(start_paused = true)]
async fn the_ds_of_a_sibling() {
    let world = world();
    let sibling = world.zone("test.").get(&name("s.test."), RrType::DS).expect("a DS").clone();
    let renamed = RrSet { owner: name("v.test."), ..sibling.clone() };
    let replaced = || {
        let renamed = renamed.clone();
        ds_of_v(move |section| {
            section.retain(|set| set.rtype != RrType::DS);
            section.push(renamed.clone());
        })
    };
    Trial::of(&world)
        .hook(replaced)
        .expect(&[("www.v.test.", "A", bogus(EdeCode::DNSSEC_BOGUS))])
        .await;
    // Beside the zone's own it does no harm.
    let beside = || {
        let sibling = sibling.clone();
        ds_of_v(move |section| section.insert(0, sibling.clone()))
    };
    Trial::of(&world)
        .hook(beside)
        .expect(&[("www.v.test.", "A", SECURE), ("www.s.test.", "A", SECURE)])
        .await;
}

/// The DS is taken away: without proof of its absence that makes nothing insecure. Asked for, the parent gives it.
#[tokio::test(start_paused = true)]
async fn a_ds_taken_away() {
    let world = world();
    let hook = || Tamper::DropDs.hook(None);
    Trial::of(&world)
        .hook(hook)
        .expect(&[("www.v.test.", "A", SECURE), ("www.u.test.", "A", INSECURE)])
        .await;
    let always = || ds_of_v(|section| section.retain(|set| set.rtype != RrType::DS));
    let bench = Trial::of(&world).hook(always).bench();
    let answer = bench.ask("www.v.test.", "A").await;
    assert!(answer.security.is_bogus(), "{}", tell(&answer));
}

/// What a referral told wrongly is not held against what the parent says when it is asked; for however many zones.
#[tokio::test(start_paused = true)]
async fn hearsay_does_not_cost_the_second_try() {
    let world = World::new([
        ("v", signed("v.test.", WWW)),
        ("c", signed("c.v.test.", WWW)),
        ("d", signed("d.c.v.test.", WWW)),
    ]);
    let hook = || {
        let hook: bailiwick::lab::Hook = Box::new(|passing| {
            if passing.query.questions[0].rtype != RrType::DS {
                for set in passing.reply.authority.iter_mut().filter(|set| set.rtype == RrType::DS)
                {
                    set.rdatas.iter_mut().for_each(|rdata| rdata[5] ^= 1);
                }
            }
            true
        });
        hook
    };
    Trial::of(&world).hook(hook).expect(&[("www.d.c.v.test.", "A", SECURE)]).await;
}

/// A broken forwarder leads a DS question on along the child's alias; the child signs that, and the parent does not
/// (RFC 4035 section 3.1.4.1).
#[tokio::test(start_paused = true)]
async fn an_alias_for_a_ds() {
    let world = world();
    let alias = world.zone("c.test.").get(&name("c.test."), RrType::CNAME).expect("there").clone();
    let hook = || {
        let alias = alias.clone();
        on("c.test.", RrType::DS, move |reply| answer(reply, std::slice::from_ref(&alias)))
    };
    let bench = Trial::of(&world).hook(hook).bench();
    let answer = bench.ask("c.test.", "DS").await;
    assert!(answer.security.is_bogus(), "{}", tell(&answer));
    // The referral told the DS; the alias asked for makes no zone insecure, nor another's.
    let rows = &[("www.c.test.", "A", SECURE), ("c.test.", "A", SECURE)];
    Trial::of(&world).alone().hook(hook).expect(rows).await;
    let both = || {
        let alias = alias.clone();
        let mut drop = ds_of_c();
        let mut lead = on("c.test.", RrType::DS, move |reply| {
            crate::forging::answer(reply, std::slice::from_ref(&alias))
        });
        let hook: bailiwick::lab::Hook = Box::new(move |passing| {
            let bailiwick::lab::Passing { from, transport, query, reply } = passing;
            drop(bailiwick::lab::Passing { from, transport, query, reply: &mut *reply })
                && lead(bailiwick::lab::Passing { from, transport, query, reply })
        });
        hook
    };
    let bench = Trial::of(&world).hook(both).bench();
    let answer = bench.ask("www.c.test.", "A").await;
    assert!(answer.security.is_bogus(), "{}", tell(&answer));
}

fn ds_of_c() -> bailiwick::lab::Hook {
    Box::new(|passing| {
        passing.reply.authority.retain(|set| !set.is(&name("c.test."), RrType::DS));
        true
    })
}

/// A wildcard's alias, genuine, is shown for the DS of a zone that exists beside it (RFC 4035 section 5.3.4).
#[tokio::test(start_paused = true)]
async fn a_wildcard_alias_for_a_ds() {
    for chain in [bailiwick::lab::Chain::Nsec, nsec3(0)] {
        let world = World::new([
            ("p", signed("p.test.", "* CNAME www\nwww A 198.51.100.1\n").chain(chain)),
            ("c", Site::unsigned("c.p.test.", WWW)),
        ]);
        let wildcard =
            world.zone("p.test.").get(&name("*.p.test."), RrType::CNAME).expect("there").clone();
        let set = RrSet { owner: name("c.p.test."), ..wildcard };
        let hook = || {
            let set = set.clone();
            let hook: bailiwick::lab::Hook = Box::new(move |passing| {
                let denials = |there: &RrSet| matches!(there.rtype, RrType::NSEC | RrType::NSEC3);
                if passing.query.questions[0].rtype == RrType::DS {
                    crate::forging::answer(passing.reply, std::slice::from_ref(&set));
                } else if passing
                    .reply
                    .authority
                    .iter()
                    .any(|there| there.is(&name("c.p.test."), RrType::NS))
                {
                    passing.reply.authority.retain(|there| !denials(there));
                }
                true
            });
            hook
        };
        let bench = Trial::of(&world).hook(hook).bench();
        let answer = bench.ask("www.c.p.test.", "A").await;
        assert_eq!(answer.errors[0].code, EdeCode::NSEC_MISSING, "{}", tell(&answer));
    }
}

/// One of two servers lies, about one thing or about everything: the other is asked, whatever the zone is signed by, and
/// however dear a failed check is.
#[tokio::test(start_paused = true)]
async fn one_server_of_two() {
    let ring = keyring();
    let by = |pair: &Arc<SigningKey>| vec![Key::new(Arc::clone(pair), Role::Combined)];
    let twice = || [by(&ring.p384), csk(7)].concat();
    for keys in [csk(7), by(&ring.p384), twice()] {
        let world = World::new([("a b", Site::signed("v.test.", WWW, keys))]);
        let liar = world.host("b");
        for kinds in [
            &[RrType::DNSKEY][..],
            &[RrType::A],
            &[RrType::NSEC],
            &[RrType::DNSKEY, RrType::A, RrType::NSEC, RrType::SOA],
        ] {
            let hook = || {
                from(liar, move |_, reply| {
                    for section in [&mut reply.answer, &mut reply.authority] {
                        let sets = section.iter_mut().filter(|set| kinds.contains(&set.rtype));
                        for signature in sets.flat_map(|set| &mut set.signatures) {
                            *signature.last_mut().expect("an octet") ^= 1;
                        }
                    }
                })
            };
            let rows = &[("www.v.test.", "A", SECURE), ("no.v.test.", "A", NO_NAME)];
            Trial::of(&world).hook(hook).expect(rows).await;
        }
    }
}

/// A zone below an unsigned one, and an unsigned one below a signed one: no signature makes the former secure, and the absence
/// of any the latter not bogus.
#[tokio::test(start_paused = true)]
async fn cd_gives_what_was_found() {
    let world = world();
    let bench = Bench::new(&world).hooked(on("www.v.test.", RrType::A, |reply| {
        reply.answer.iter_mut().for_each(|set| set.signatures.clear());
    }));
    let answer = bench.ask_checking("www.v.test.", "A", Checking::Disabled).await;
    assert!(answer.answer.len() == 1 && !answer.security.is_secure(), "{}", tell(&answer));
    bench.expect(("www.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))).await;
}
