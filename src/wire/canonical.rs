//! Canonical RDATA form and RRset order (RFC 4034 section 6, as amended by RFC 6840 section 5.1).

use std::borrow::Cow;

use super::rdata::{Field, fields, lowercased_in_canonical_form};
use super::{Rdata, Reader, RrType};

/// RDATA in canonical form: its names in lower case for the types whose form asks for it. Octets that do not fit
/// the type's layout are taken as they are.
#[must_use]
pub fn canonical_rdata(rtype: RrType, rdata: &[u8]) -> Cow<'_, [u8]> {
    if !lowercased_in_canonical_form(rtype) || !rdata.iter().any(u8::is_ascii_uppercase) {
        return rdata.into();
    }
    let mut octets = rdata.to_vec();
    match name_spans(rtype, rdata) {
        Some(spans) => {
            for span in spans {
                octets[span].make_ascii_lowercase();
            }
            octets.into()
        }
        None => rdata.into(),
    }
}

/// Where the names lie in well-formed RDATA of `rtype`.
fn name_spans(rtype: RrType, rdata: &[u8]) -> Option<Vec<std::ops::Range<usize>>> {
    let mut reader = Reader::new(rdata);
    let mut spans = Vec::new();
    for field in fields(rtype)? {
        let start = reader.position();
        match field {
            Field::Octets(length) => drop(reader.octets(*length).ok()?),
            Field::Text => {
                let length = reader.u8().ok()?;
                reader.octets(usize::from(length)).ok()?;
            }
            Field::Name => {
                reader.name().ok()?;
                spans.push(start..reader.position());
            }
            Field::Rest => drop(reader.rest()),
        }
    }
    Some(spans)
}

/// Canonical RDATAs of an RRset in canonical order, copies dropped (RFC 4034 section 6.3).
#[must_use]
pub fn canonical_rrset_order(rtype: RrType, rdatas: &[Rdata]) -> Vec<Cow<'_, [u8]>> {
    let mut canonical: Vec<_> = rdatas.iter().map(|r| canonical_rdata(rtype, r)).collect();
    canonical.sort_unstable();
    canonical.dedup();
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Vec<u8> {
        text.parse::<crate::wire::Name>().expect("a name").as_wire().to_vec()
    }

    #[test]
    fn rfc4034_s6_2_names_are_lowered_in_the_listed_types_only() {
        let mx = [&[0, 10][..], &wire("MAIL.Example.")].concat();
        assert_eq!(
            *canonical_rdata(RrType::MX, &mx),
            *[&[0, 10][..], &wire("mail.example.")].concat()
        );
        let rp = [wire("A.B."), wire("C.D.")].concat();
        assert_eq!(*canonical_rdata(RrType::RP, &rp), *[wire("a.b."), wire("c.d.")].concat());
        let naptr = [&[0, 1, 0, 2, 1, b'U', 1, b'X', 0][..], &wire("N.X.")].concat();
        assert_eq!(
            *canonical_rdata(RrType::NAPTR, &naptr),
            *[&[0, 1, 0, 2, 1, b'U', 1, b'X', 0][..], &wire("n.x.")].concat()
        );
        let svcb = [&[0, 1][..], &wire("TARGET.x.")].concat();
        assert_eq!(*canonical_rdata(RrType::SVCB, &svcb), *svcb);
    }

    #[test]
    fn rfc6672_s2_5_dname_is_lowered() {
        assert_eq!(*canonical_rdata(RrType::DNAME, &wire("X.Y.")), *wire("x.y."));
    }

    #[test]
    fn rfc6840_s5_1_nsec_is_not_lowered() {
        let nsec = [&wire("Next.X.")[..], &[0, 1, 0x40]].concat();
        assert_eq!(*canonical_rdata(RrType::NSEC, &nsec), *nsec);
    }

    #[test]
    fn rfc4034_s6_3_order_is_by_octets_and_copies_drop() {
        let rdatas: Vec<Rdata> =
            [&[2u8][..], &[1, 0], &[1], &[2]].iter().map(|r| (*r).into()).collect();
        let ordered: Vec<_> =
            canonical_rrset_order(RrType::TXT, &rdatas).iter().map(|c| c.to_vec()).collect();
        assert_eq!(ordered, [vec![1], vec![1, 0], vec![2]]);
    }
}
