//! Records that deny, and not this.

use bailiwick::lab::{Chain, Site, Zone};
use bailiwick::wire::rdata::{Nsec3, base32hex};
use bailiwick::wire::{EdeCode, Message, Rcode, RrSet, RrType};

use crate::asking::*;
use crate::forging::*;
use crate::world::*;

const RECORDS: &str = "www A 198.51.100.1\na A 198.51.100.2\nz A 198.51.100.3\nd DNAME www\nb.ent A 198.51.100.4\n*.wild A 198.51.100.5\n";

fn world(chain: &Chain) -> World {
    World::new([
        ("v", signed("v.test.", RECORDS).chain(chain.clone())),
        ("c", signed("c.v.test.", RECORDS).chain(chain.clone())),
        ("u", Site::unsigned("u.v.test.", RECORDS)),
        ("e", signed("evil.test.", RECORDS).chain(chain.clone())),
    ])
}

/// The authoritative response to the question is turned into a denial with these records.
async fn not_denied(
    world: &World,
    asked: &'static str,
    kind: &'static str,
    rcode: Rcode,
    sets: &[RrSet],
) {
    let hook = || {
        let sets = sets.to_vec();
        let deny = move |reply: &mut Message| {
            deny(reply, rcode, &sets);
            if !reply.authority.iter().any(|set| set.rtype == RrType::SOA) {
                let soa = RrSet::new(name("v.test."), RrType::SOA, 300, vec![soa()]);
                reply.authority.push(sign(soa, "v.test."));
            }
        };
        on(asked, rtype(kind), deny)
    };
    let trial = Trial::of(world).hook(hook);
    let bench = trial.bench();
    // Warm, so that no referral on the way bears the question and is hit as well.
    bench.expect(("v.test.", "SOA", SECURE)).await;
    let answer = bench.ask(asked, kind).await;
    assert_eq!(
        answer.rcode,
        Rcode::SERVFAIL,
        "{asked} {kind}: {}\n{}",
        tell(&answer),
        bench.network.transcript()
    );
    assert!(answer.security.is_bogus(), "{asked} {kind}: {}", tell(&answer));
}

fn soa() -> Box<[u8]> {
    let numbers = [1u32, 3600, 300, 604_800, 300].map(u32::to_be_bytes).concat();
    [name("ns1.v.test.").as_wire(), name("x.v.test.").as_wire(), &numbers].concat().into()
}

fn nsec_at(zone: &Zone, owner: &str) -> RrSet {
    zone.get(&name(owner), RrType::NSEC).expect("an NSEC").clone()
}

fn nsec3_at(zone: &Zone, owner: &str) -> RrSet {
    let hash = zone.hashing().expect("NSEC3").hash(&name(owner));
    zone.nsec3_matching(&hash).expect("an NSEC3").clone()
}

fn nsec3_over(zone: &Zone, covered: &str) -> RrSet {
    let hash = zone.hashing().expect("NSEC3").hash(&name(covered));
    zone.nsec3_covering(&hash).expect("an NSEC3").clone()
}

#[tokio::test(start_paused = true)]
async fn nsec_with_a_next_name_outside_the_zone() {
    let world = world(&Chain::Nsec);
    for next in ["zzz.", "w.test.", "test.", ".", "zz.evil.test."] {
        let forged = sign(nsec("v.test.", next, &[RrType::SOA, RrType::NS]), "v.test.");
        not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &[forged]).await;
    }
}

/// RFC 6840 section 4.1: a delegation's NSEC, or a DNAME's, says nothing about what is below; and the child's apex nothing
/// about its DS.
#[tokio::test(start_paused = true)]
async fn nsec_of_where_authority_ends() {
    let world = world(&Chain::Nsec);
    let (parent, child) = (world.zone("v.test."), world.zone("c.v.test."));
    let at_cut = nsec_at(&parent, "c.v.test.");
    let at_dname = nsec_at(&parent, "d.v.test.");
    let apex = nsec_at(&parent, "v.test.");
    not_denied(&world, "x.d.v.test.", "A", Rcode::NXDOMAIN, &[at_dname.clone(), apex.clone()])
        .await;
    not_denied(&world, "x.d.v.test.", "A", Rcode::NOERROR, &[at_dname, apex.clone()]).await;
    // An insecure delegation that is said to be none, a secure one that is said to be insecure.
    let child_apex = nsec_at(&child, "c.v.test.");
    not_denied(&world, "c.v.test.", "DS", Rcode::NOERROR, &[child_apex]).await;
    let insecure = sign(nsec("c.v.test.", "d.v.test.", &[RrType::NS]), "evil.test.");
    not_denied(&world, "c.v.test.", "DS", Rcode::NOERROR, &[insecure]).await;
    // The parent's NSEC about names in the child, given by the child's server.
    let bench = Bench::new(&world);
    bench.expect(("www.c.v.test.", "A", SECURE)).await;
    for (asked, rcode) in [("no.c.v.test.", Rcode::NXDOMAIN), ("c.v.test.", Rcode::NOERROR)] {
        let sets = vec![at_cut.clone(), apex.clone()];
        let hook = || {
            let sets = sets.clone();
            on(asked, RrType::MX, move |reply| deny(reply, rcode, &sets))
        };
        Trial::of(&world).hook(hook).expect(&[(asked, "MX", bogus(EdeCode::NSEC_MISSING))]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nsec_of_another_signer_or_place() {
    let world = world(&Chain::Nsec);
    let (own, evil) = (world.zone("v.test."), world.zone("evil.test."));
    // Right words, wrong signer.
    let forged = sign(nsec("v.test.", "z.v.test.", &[RrType::SOA]), "evil.test.");
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &[forged]).await;
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &[nsec_at(&evil, "a.evil.test.")])
        .await;
    // Genuine, and over other names.
    let (a, z) = (nsec_at(&own, "a.v.test."), nsec_at(&own, "z.v.test."));
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &[a.clone(), z.clone()]).await;
    not_denied(&world, "www.v.test.", "A", Rcode::NOERROR, &[a, z]).await;
    not_denied(&world, "www.v.test.", "A", Rcode::NOERROR, &[nsec_at(&own, "www.v.test.")]).await;
    // A name in an empty non-terminal's subtree proves that it exists.
    let before = own.nsec_at_or_before(&name("ent.v.test.")).expect("an NSEC").clone();
    let apex = nsec_at(&own, "v.test.");
    not_denied(&world, "www.v.test.", "AAAA", Rcode::NXDOMAIN, &[before, apex]).await;
    // Nothing at all.
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &[]).await;
    not_denied(&world, "www.v.test.", "A", Rcode::NOERROR, &[]).await;
}

/// One half of a proof: the name without the wildcard, the wildcard without the name.
#[tokio::test(start_paused = true)]
async fn half_a_proof() {
    for chain in [Chain::Nsec, nsec3(0)] {
        let world = world(&chain);
        let zone = world.zone("v.test.");
        let halves = if chain == Chain::Nsec {
            vec![vec![nsec_at(&zone, "*.wild.v.test.")]]
        } else {
            let (encloser, next) =
                (nsec3_at(&zone, "wild.v.test."), nsec3_over(&zone, "any.wild.v.test."));
            let (apex, wildcard) = (nsec3_at(&zone, "v.test."), nsec3_at(&zone, "*.wild.v.test."));
            vec![
                vec![encloser.clone(), next],
                vec![encloser, wildcard.clone()],
                vec![apex, wildcard],
            ]
        };
        for sets in halves {
            not_denied(&world, "any.wild.v.test.", "A", Rcode::NXDOMAIN, &sets).await;
            not_denied(&world, "any.wild.v.test.", "A", Rcode::NOERROR, &sets).await;
        }
    }
}

/// RFC 5155 section 8.2: one label below the zone, of the zone's own making, and nobody else's.
#[tokio::test(start_paused = true)]
async fn nsec3_of_another_zone() {
    let world = world(&nsec3(0));
    let (own, child, parent, evil) = (
        world.zone("v.test."),
        world.zone("c.v.test."),
        world.zone("test."),
        world.zone("evil.test."),
    );
    let whole = |zone: &Zone, apex: &str| {
        vec![nsec3_at(zone, apex), nsec3_over(zone, "www.v.test."), nsec3_over(zone, "*.v.test.")]
    };
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &whole(&child, "c.v.test.")).await;
    not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, &whole(&evil, "evil.test.")).await;
    assert!(parent.hashing().is_none());
    // Hashes of v.test. under names that are not directly below it, or are no hash.
    let covering = nsec3_over(&own, "no.v.test.");
    for owner in [
        "0123456789abcdef.v.test.".to_owned(),
        format!("{}.x.v.test.", hash_of("v.test.")),
        "www.v.test.".into(),
    ] {
        let moved = RrSet { owner: name(&owner), ..covering.clone() };
        let moved = sign(RrSet { signatures: Vec::new(), ..moved }, "v.test.");
        not_denied(&world, "www.v.test.", "A", Rcode::NXDOMAIN, std::slice::from_ref(&moved)).await;
        not_denied(&world, "www.v.test.", "A", Rcode::NOERROR, &[nsec3_at(&own, "v.test."), moved])
            .await;
    }
}

fn hash_of(owner: &str) -> String {
    let hashing = bailiwick::lab::Hashing { iterations: 0, salt: Vec::new() };
    base32hex::encode(&hashing.hash(&name(owner)))
}

/// RFC 5155 sections 8.1 and 8.2: flags and hashes that are not defined make a record that is not looked at.
#[tokio::test(start_paused = true)]
async fn nsec3_of_an_unknown_kind() {
    let world = world(&nsec3(0));
    let zone = world.zone("v.test.");
    let whole = [
        nsec3_at(&zone, "v.test."),
        nsec3_over(&zone, "no.v.test."),
        nsec3_over(&zone, "*.v.test."),
    ];
    let bench = Bench::new(&world);
    bench.expect(("no.v.test.", "A", NO_NAME)).await;
    for (at, value) in [(0, 2), (0, 0), (1, 2), (1, 0x80), (1, 3)] {
        let changed = |set: &RrSet| {
            let mut set = RrSet { signatures: Vec::new(), ..set.clone() };
            set.rdatas[0][at] = value;
            assert!(Nsec3::parse(&set.rdatas[0]).is_some());
            sign(set, "v.test.")
        };
        let sets: Vec<_> = whole.iter().map(changed).collect();
        not_denied(&world, "no.v.test.", "A", Rcode::NXDOMAIN, &sets).await;
    }
}

/// RFC 5155 section 8.3 and RFC 6840 section 4.1: the closest encloser must not be a delegation or a DNAME, nor one further up
/// than there is.
#[tokio::test(start_paused = true)]
async fn nsec3_of_where_authority_ends() {
    let world = world(&nsec3(0));
    let zone = world.zone("v.test.");
    for (asked, encloser) in [("x.d.v.test.", "d.v.test."), ("x.www.v.test.", "v.test.")] {
        let sets = [
            nsec3_at(&zone, encloser),
            nsec3_over(&zone, asked),
            nsec3_over(&zone, &format!("*.{encloser}")),
        ];
        not_denied(&world, asked, "A", Rcode::NXDOMAIN, &sets).await;
        not_denied(&world, asked, "A", Rcode::NOERROR, &sets).await;
    }
    not_denied(&world, "www.v.test.", "A", Rcode::NOERROR, &[nsec3_at(&zone, "www.v.test.")]).await;
    not_denied(&world, "c.v.test.", "DS", Rcode::NOERROR, &[nsec3_at(&zone, "c.v.test.")]).await;
    let child = world.zone("c.v.test.");
    not_denied(&world, "c.v.test.", "DS", Rcode::NOERROR, &[nsec3_at(&child, "c.v.test.")]).await;
}

/// RFC 5155 section 8.8: the next closer name is what must be denied; that the name itself is proves nothing where the closest
/// encloser is further down.
#[tokio::test(start_paused = true)]
async fn a_wildcard_proof_for_the_name_and_not_for_the_next_closer() {
    let records = "*.w A 198.51.100.1\nb.w A 198.51.100.2\n";
    let world = World::new([("v", signed("v.test.", records).chain(nsec3(0)))]);
    let zone = world.zone("v.test.");
    let wildcard = zone.get(&name("*.w.v.test."), RrType::A).expect("there").clone();
    // x.b.w: the name is covered, and b.w, the next closer to w, exists.
    let (asked, proof) = ("x.b.w.v.test.", nsec3_over(&zone, "x.b.w.v.test."));
    let hook = || {
        let (set, proof) = (RrSet { owner: name(asked), ..wildcard.clone() }, proof.clone());
        on(asked, RrType::A, move |reply| {
            answer(reply, std::slice::from_ref(&set));
            reply.authority.push(proof.clone());
        })
    };
    Trial::of(&world).hook(hook).expect(&[(asked, "A", bogus(EdeCode::NSEC_MISSING))]).await;
}

/// The proof beside a wildcard's answer is another zone's.
#[tokio::test(start_paused = true)]
async fn a_wildcard_proof_of_another_signer() {
    for chain in [Chain::Nsec, nsec3(0)] {
        let world = world(&chain);
        let hook = || {
            on("any.wild.v.test.", RrType::A, |reply| {
                let denials = |set: &&mut RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
                for set in reply.authority.iter_mut().filter(denials) {
                    *set = sign(set.clone(), "evil.test.");
                }
            })
        };
        let trial = Trial::of(&world).hook(hook);
        trial.expect(&[("any.wild.v.test.", "A", bogus(EdeCode::RRSIGS_MISSING))]).await;
    }
}

/// RFC 5155 section 8.9: Opt-Out makes a delegation insecure only by a span of the parent's own, validated, that covers it.
#[tokio::test(start_paused = true)]
async fn opt_out_that_is_not_the_parents() {
    for chain in [nsec3(0), opt_out()] {
        let world = world(&chain);
        let (evil, child) = (world.zone("evil.test."), world.zone("c.v.test."));
        let forged = |set: RrSet, signer: Option<&str>| {
            let mut set = RrSet { signatures: set.signatures.clone(), ..set };
            set.rdatas[0][1] = 1;
            match signer {
                Some(signer) => sign(set, signer),
                None => set,
            }
        };
        let zone = world.zone("v.test.");
        let (apex, over) = (nsec3_at(&zone, "v.test."), nsec3_over(&zone, "c.v.test."));
        for sets in [
            // Not validated: the flag was set on the way, or another zone signed it.
            vec![
                forged(apex.clone(), Some("evil.test.")),
                forged(over.clone(), Some("evil.test.")),
            ],
            vec![apex.clone(), RrSet { signatures: Vec::new(), ..forged(over.clone(), None) }],
            vec![apex, nsec3_over(&evil, "c.v.test.")],
            vec![nsec3_at(&child, "c.v.test."), nsec3_over(&child, "c.v.test.")],
        ] {
            let hook = || {
                let sets = sets.clone();
                let referral = |asked: &'static str| {
                    let sets = sets.clone();
                    on_all(
                        vec![(asked, RrType::A), (asked, RrType::DS), ("www.c.v.test.", RrType::A)],
                        move |reply| {
                            let ds = |set: &RrSet| set.is(&name("c.v.test."), RrType::DS);
                            if reply.authority.iter().any(ds) {
                                reply.authority.retain(|set| !ds(set));
                                reply.authority.extend(sets.clone());
                            }
                            if reply.answer.iter().any(ds) {
                                deny(reply, Rcode::NOERROR, &sets);
                            }
                        },
                    )
                };
                referral("c.v.test.")
            };
            let bench = Trial::of(&world).hook(hook).bench();
            let answer = bench.ask("www.c.v.test.", "A").await;
            assert!(
                answer.security.is_bogus(),
                "{}\n{}",
                tell(&answer),
                bench.network.transcript()
            );
        }
    }
}

/// A denial that is whole, and hundreds of records beside it, good ones and bad: only what the proof needs is verified.
#[tokio::test(start_paused = true)]
async fn padding_costs_nothing() {
    let records: String = (0..200).map(|n| format!("n{n} A 198.51.100.1\n")).collect();
    for chain in [Chain::Nsec, nsec3(0)] {
        let world = World::new([("v", signed("v.test.", &records).chain(chain))]);
        let zone = world.zone("v.test.");
        let pads: Vec<_> = zone
            .rrsets()
            .filter(|set| matches!(set.rtype, RrType::NSEC | RrType::NSEC3))
            .cloned()
            .collect();
        let spoilt = |set: &RrSet| {
            let mut set = set.clone();
            *set.signatures[0].last_mut().expect("an octet") ^= 1;
            set
        };
        for pads in [pads.clone(), pads.iter().map(spoilt).collect()] {
            let hook = || {
                let pads = pads.clone();
                on_all(vec![("no.v.test.", RrType::A), ("n7.v.test.", RrType::MX)], move |reply| {
                    if reply.header.flags.authoritative {
                        for set in &pads {
                            if !reply
                                .authority
                                .iter()
                                .any(|there| there.owner == set.owner && there.rtype == set.rtype)
                            {
                                reply.authority.push(set.clone());
                            }
                        }
                    }
                })
            };
            let bench = Trial::of(&world).hook(hook).bench();
            let (answer, steps) = bench.explain("no.v.test.", "A").await;
            assert!(
                answer.security.is_secure() && answer.rcode == Rcode::NXDOMAIN,
                "{}",
                tell(&answer)
            );
            assert!(answer.authority.len() <= 4, "{}", tell(&answer));
            assert!(steps.len() < 40);
            let answer = bench.ask("n7.v.test.", "MX").await;
            assert!(
                answer.security.is_secure() && answer.authority.len() == 2,
                "{}",
                tell(&answer)
            );
        }
    }
}
