//! Where the names lie inside RDATA, per type: for expanding compression on the way in, for compressing on the way
//! out, and for lower-casing in the canonical form.

use crate::wire::RrType;

/// One field of an RDATA layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Field {
    /// So many octets.
    Octets(usize),
    /// A length octet and that many octets (character-string).
    Text,
    /// A domain name.
    Name,
    /// All that is left.
    Rest,
}

/// The fields of a type whose RDATA holds names that a sender may have compressed: those of RFC 1035, and those
/// of RFC 3597 section 4 that a receiver should decompress. `None`: the RDATA is taken as it is.
///
/// RRSIG and NSEC (RFC 4034 sections 3.1.7, 4.1.1) are here because some servers compress their names all the same.
/// SVCB and HTTPS are not: RFC 9460 section 2.2 forbids it.
pub(in crate::wire) fn fields(rtype: RrType) -> Option<&'static [Field]> {
    use Field::{Name, Octets, Rest, Text};
    Some(match rtype {
        RrType::NS
        | RrType::MD
        | RrType::MF
        | RrType::CNAME
        | RrType::MB
        | RrType::MG
        | RrType::MR
        | RrType::PTR
        | RrType::NSAP_PTR
        | RrType::DNAME => &[Name],
        RrType::SOA => &[Name, Name, Octets(20)],
        RrType::MINFO | RrType::RP => &[Name, Name],
        RrType::MX | RrType::AFSDB | RrType::RT | RrType::KX => &[Octets(2), Name],
        RrType::PX => &[Octets(2), Name, Name],
        RrType::SRV => &[Octets(6), Name],
        RrType::NAPTR => &[Octets(4), Text, Text, Text, Name],
        RrType::SIG | RrType::RRSIG => &[Octets(18), Name, Rest],
        RrType::NXT | RrType::NSEC => &[Name, Rest],
        _ => return None,
    })
}

/// Types whose names are lower-cased in the canonical form: RFC 4034 section 6.2 (3) without NSEC (RFC 6840
/// section 5.1); the signer name of an RRSIG is lower-cased where the signed data are built. A6 is obsolete and taken
/// as it is.
pub(in crate::wire) fn lowercased_in_canonical_form(rtype: RrType) -> bool {
    !matches!(rtype, RrType::NSEC | RrType::NSAP_PTR) && fields(rtype).is_some()
}

/// Types whose RDATA names may be compressed when sending: the well-known ones of RFC 1035 alone (RFC 3597
/// section 4).
#[must_use]
pub const fn may_be_compressed(rtype: RrType) -> bool {
    matches!(
        rtype,
        RrType::NS
            | RrType::CNAME
            | RrType::SOA
            | RrType::PTR
            | RrType::MX
            | RrType::MINFO
            | RrType::MB
            | RrType::MG
            | RrType::MR
    )
}
