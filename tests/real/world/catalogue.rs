//! The zones that the tests want.

use super::{Damage, Denial, Ds, Signer, Zone};

use Denial::{Nsec, Nsec3, OptOut};
use Signer::{Bind, Knot, Ldns};

/// The algorithms that all three signers can make (RFC 8624), each as a list of one.
const ALGORITHMS: [(&[u8], &str); 8] = [
    (&[5], "rsasha1"),
    (&[7], "rsasha1nsec3"),
    (&[8], "rsasha256"),
    (&[10], "rsasha512"),
    (&[13], "ecdsap256sha256"),
    (&[14], "ecdsap384sha384"),
    (&[15], "ed25519"),
    (&[16], "ed448"),
];

/// Everything: each algorithm by each signer with each kind of denial in turn, insecure delegations, odd DS sets, and
/// what is broken; an unsigned child below each zone of the first kind.
pub fn everything() -> Vec<Zone> {
    let mut zones = trunk();
    for (at, signer) in [Bind, Knot, Ldns].into_iter().enumerate() {
        for (turn, (algorithm, label)) in ALGORITHMS.into_iter().enumerate() {
            let zone = algorithm_zone(label, signer, algorithm, at + turn);
            zones.push(Zone::unsigned(&zone.host("sub")));
            zones.push(zone);
        }
    }
    zones.extend(insecure());
    zones.extend(odd_delegations());
    zones.extend(broken());
    zones
}

/// A few, for tests that ask about something else than the zones; all that aliases lead to are there.
pub fn handful() -> Vec<Zone> {
    let mut zones = trunk();
    zones.push(Zone::new("ecdsap256sha256.knot.", Knot, &[13], Nsec3(5)));
    zones.push(Zone::new("ed25519.ldns.", Ldns, &[15], Nsec));
    zones.push(Zone::new("rsasha256.bind.", Bind, &[8], Nsec));
    zones.push(Zone::unsigned("plain.bind."));
    zones.push(Zone::unsigned("plain.optout."));
    zones.push(Zone::new("expired.bind.", Bind, &[13], Nsec).with_damage(Damage::Expired));
    zones.push(Zone::new("corrupt.ldns.", Ldns, &[13], Nsec).with_damage(Damage::WwwCorrupt));
    zones
}

/// The root and the top-level domains: one of each signer, and one with Opt-Out.
fn trunk() -> Vec<Zone> {
    vec![
        Zone::new(".", Bind, &[8], Nsec),
        Zone::new("bind.", Bind, &[8], Nsec),
        Zone::new("knot.", Knot, &[13], Nsec3(0)),
        Zone::new("ldns.", Ldns, &[15], Nsec3(1)),
        Zone::new("optout.", Bind, &[13], OptOut),
    ]
}

fn algorithm_zone(label: &str, signer: Signer, algorithm: &'static [u8], turn: usize) -> Zone {
    let parent = match signer {
        Bind => "bind.",
        Knot => "knot.",
        Ldns | Signer::Nobody => "ldns.",
    };
    // Algorithm 5 is older than NSEC3 and cannot be used with it (RFC 5155 section 2); 7 is the same, made for NSEC3.
    // Aliases lead to 13 by Knot, whose denials are to be secure.
    let denial = match (algorithm, signer, turn % 3) {
        ([5], ..) | (_, _, 0) if algorithm != [7] => Nsec,
        ([13], Knot, _) | (_, _, 0 | 1) => Nsec3(5),
        _ => OptOut,
    };
    Zone::new(&format!("{label}.{parent}"), signer, algorithm, denial)
}

/// Zones without a chain of trust to them, which is proven in each way there is.
fn insecure() -> Vec<Zone> {
    vec![
        Zone::unsigned("plain.bind."),
        Zone::unsigned("plain.knot."),
        Zone::unsigned("plain.ldns."),
        Zone::unsigned("plain.optout."),
        Zone::new("island.ldns.", Ldns, &[13], Nsec).with_ds(Ds::Absent),
        Zone::new("island.optout.", Knot, &[13], Nsec3(0)).with_ds(Ds::Absent),
        Zone::new("digest200.bind.", Bind, &[13], Nsec).with_ds(Ds::UnknownDigest),
        Zone::new("algorithm200.knot.", Knot, &[13], Nsec3(0)).with_ds(Ds::UnknownAlgorithm),
    ]
}

/// Sound zones whose DS set is not the usual one, and one four labels down.
fn odd_delegations() -> Vec<Zone> {
    vec![
        Zone::new("mixed.bind.", Bind, &[13], Nsec).with_ds(Ds::StrangerBesideTrue),
        Zone::new("sha1.ldns.", Ldns, &[13], Nsec).with_ds(Ds::Digests(&["SHA-1"])),
        Zone::new("sha384.knot.", Knot, &[15], Nsec3(0)).with_ds(Ds::Digests(&["SHA-384"])),
        Zone::new("signed.optout.", Ldns, &[14], Nsec3(0)),
        Zone::new("two.bind.", Bind, &[8, 13], Nsec),
        Zone::new("child.mixed.bind.", Knot, &[13], Nsec),
        Zone::new("grandchild.child.mixed.bind.", Ldns, &[8], Nsec3(2)),
        // More iterations than a resolver should follow (RFC 9276 section 3.2).
        Zone::new("iterations.ldns.", Ldns, &[13], Nsec3(200)),
    ]
}

fn broken() -> Vec<Zone> {
    let damaged = |name: &str, signer, damage| {
        let denial = if signer == Knot { Nsec3(0) } else { Nsec };
        Zone::new(name, signer, &[13], denial).with_damage(damage)
    };
    vec![
        damaged("expired.bind.", Bind, Damage::Expired),
        damaged("expired.knot.", Knot, Damage::Expired),
        damaged("expired.ldns.", Ldns, Damage::Expired),
        damaged("future.bind.", Bind, Damage::NotYetValid),
        damaged("future.knot.", Knot, Damage::NotYetValid),
        damaged("unsigned.bind.", Bind, Damage::Unsigned),
        damaged("unsigned.ldns.", Ldns, Damage::Unsigned),
        damaged("nodenials.bind.", Bind, Damage::NoDenials),
        damaged("nodenials.knot.", Knot, Damage::NoDenials),
        damaged("wwwunsigned.knot.", Knot, Damage::WwwUnsigned),
        damaged("corrupt.ldns.", Ldns, Damage::WwwCorrupt),
        damaged("wwwexpired.ldns.", Ldns, Damage::WwwExpired),
        damaged("wrongdigest.knot.", Knot, Damage::None).with_ds(Ds::WrongDigest),
        damaged("downgrade.bind.", Bind, Damage::None).with_ds(Ds::WrongBesideSha1),
        damaged("stranger.ldns.", Ldns, Damage::None).with_ds(Ds::Stranger),
    ]
}
