//! Hashed owner names (RFC 5155 section 5).

use super::sha1;
use crate::wire::Name;
use crate::wire::rdata::{Nsec3Params, base32hex};

/// The hash algorithm that is defined (RFC 5155 section 11).
pub(super) const SHA1_HASH: u8 = 1;

/// The hash of `name` (RFC 5155 section 5).
#[must_use]
pub fn hash(name: &Name, params: &Nsec3Params<'_>) -> [u8; 20] {
    let mut hash = sha1(name.to_lowercase().as_wire(), params.salt);
    for _ in 0..params.iterations {
        hash = sha1(&hash, params.salt);
    }
    hash
}

/// What one hash costs, in SHA-1 invocations of one block: a long salt makes each iteration as dear as several.
pub(super) fn cost(params: &Nsec3Params<'_>) -> u32 {
    let blocks = (20 + params.salt.len() + 9).div_ceil(64);
    (u32::from(params.iterations) + 1).saturating_mul(u32::try_from(blocks).unwrap_or(u32::MAX))
}

/// The hash in the first label of an NSEC3's owner; `None` unless the owner is one label below `zone` (RFC 5155
/// section 3) and that label is a SHA-1 hash.
#[must_use]
pub fn owner_hash(zone: &Name, owner: &Name) -> Option<[u8; 20]> {
    if owner.label_count() != zone.label_count() + 1 || !owner.is_below(zone) {
        return None;
    }
    base32hex::decode_array(owner.labels().next()?)
}

/// Does the span from `owner` to `next` hold `hash`, strictly inside? The last span goes on to the first hash.
pub(super) fn covers(owner: &[u8; 20], next: &[u8], hash: &[u8; 20]) -> bool {
    let (owner, hash) = (owner.as_slice(), hash.as_slice());
    if owner < next { owner < hash && hash < next } else { owner < hash || hash < next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc5155_appendix_a_hashes() {
        let params =
            Nsec3Params { hash_algorithm: 1, iterations: 12, salt: &[0xaa, 0xbb, 0xcc, 0xdd] };
        for (name, hashed) in [
            ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
            ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
            ("ai.example", "gjeqe526plbf1g8mklp59enfd789njgi"),
            ("*.w.EXAMPLE", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
            ("xx.example", "t644ebqk9bibcna874givr6joj62mlhv"),
        ] {
            let name: Name = name.parse().expect("a name");
            assert_eq!(base32hex::encode(&hash(&name, &params)), hashed);
        }
        assert_eq!(cost(&params), 13);
        // SHA-1 works on 64 octets, and puts 9 of its own behind the message.
        assert_eq!(cost(&Nsec3Params { salt: &[0; 35], ..params }), 13);
        assert_eq!(cost(&Nsec3Params { salt: &[0; 36], ..params }), 26);
    }

    #[test]
    fn rfc5155_s8_an_owner_is_one_label_below_its_zone() {
        let zone: Name = "example".parse().expect("a name");
        let hash = |owner: &str| owner_hash(&zone, &owner.parse().expect("a name"));
        assert!(hash("0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example").is_some());
        assert!(hash("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.a.example").is_none());
        assert!(hash("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom").is_none());
        assert!(hash("0p9mhaveqvm6t7vbl5lop2u3t2rp3to.example").is_none());
        assert!(hash("a.example").is_none());
    }

    #[test]
    fn spans_wrap_around() {
        let at = |octet| [octet; 20];
        assert!(
            covers(&at(1), &at(5), &at(3))
                && !covers(&at(1), &at(5), &at(5))
                && !covers(&at(1), &at(5), &at(1))
        );
        assert!(
            covers(&at(5), &at(1), &at(7))
                && covers(&at(5), &at(1), &at(0))
                && !covers(&at(5), &at(1), &at(3))
        );
        assert!(covers(&at(5), &at(5), &at(3)) && !covers(&at(5), &at(5), &at(5)), "one record");
    }
}
