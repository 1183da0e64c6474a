//! The fields of each type's RDATA as text: the one table that reading and printing follow.

use super::encoded::Groups;
use super::form::Form::{
    self, Base64, Hash, Hex, Ipv4, Ipv6, LongText, Name, Number, Period, Salt, SvcParams, Tag,
    Text, Texts, Time, Type, Types,
};
use super::numbers::{ALGORITHMS, CERTIFICATES};
use crate::wire::RrType;

/// The fields of one type in order: what each is called in errors, and its form.
pub(super) type Layout = &'static [(&'static str, Form)];

/// The layout of `rtype`; `None` when its RDATA has the generic form alone.
pub(super) fn layout(rtype: RrType) -> Option<Layout> {
    LAYOUTS.iter().find(|(types, _)| types.contains(&rtype)).map(|(_, layout)| *layout)
}

const U8: Form = Number(1, &[]);
const U16: Form = Number(2, &[]);
const U32: Form = Number(4, &[]);
const ALGORITHM: Form = Number(1, ALGORITHMS);
const LOCATOR: Form =
    Form::Groups(Groups { count: 4, octets_each: 2, least_digits: 1, separator: ':' });
const EUI48: Form =
    Form::Groups(Groups { count: 6, octets_each: 1, least_digits: 2, separator: '-' });
const EUI64: Form =
    Form::Groups(Groups { count: 8, octets_each: 1, least_digits: 2, separator: '-' });

/// Types of the same layout share a row; the commonest stand first.
const LAYOUTS: &[(&[RrType], Layout)] = &[
    // RFC 1035 section 3.3, RFC 3596, RFC 6672
    (&[RrType::A], &[("address", Ipv4)]),
    (&[RrType::AAAA], &[("address", Ipv6)]),
    (
        &[
            RrType::NS,
            RrType::CNAME,
            RrType::DNAME,
            RrType::PTR,
            RrType::MD,
            RrType::MF,
            RrType::MB,
            RrType::MG,
            RrType::MR,
            RrType::NSAP_PTR,
        ],
        &[("target", Name)],
    ),
    // RFC 4034 sections 2 to 5, RFC 5155 sections 3 and 4, RFC 7344, RFC 2535
    (
        &[RrType::RRSIG, RrType::SIG],
        &[
            ("type covered", Type),
            ("algorithm", ALGORITHM),
            ("labels", U8),
            ("original TTL", U32),
            ("expiration", Time),
            ("inception", Time),
            ("key tag", U16),
            ("signer", Name),
            ("signature", Base64),
        ],
    ),
    (
        &[RrType::DS, RrType::CDS, RrType::DLV],
        &[("key tag", U16), ("algorithm", ALGORITHM), ("digest type", U8), ("digest", Hex)],
    ),
    (
        &[RrType::DNSKEY, RrType::CDNSKEY, RrType::KEY],
        &[("flags", U16), ("protocol", U8), ("algorithm", ALGORITHM), ("key", Base64)],
    ),
    (&[RrType::NSEC], &[("next name", Name), ("types", Types)]),
    (
        &[RrType::NSEC3],
        &[
            ("hash algorithm", U8),
            ("flags", U8),
            ("iterations", U16),
            ("salt", Salt),
            ("next hash", Hash),
            ("types", Types),
        ],
    ),
    (
        &[RrType::NSEC3PARAM],
        &[("hash algorithm", U8), ("flags", U8), ("iterations", U16), ("salt", Salt)],
    ),
    // RFC 1035 section 3.3 again, RFC 1183, RFC 1712, RFC 4408, RFC 9606
    (
        &[RrType::SOA],
        &[
            ("primary server", Name),
            ("mailbox", Name),
            ("serial", U32),
            ("refresh", Period),
            ("retry", Period),
            ("expire", Period),
            ("minimum", Period),
        ],
    ),
    (&[RrType::MX, RrType::RT, RrType::KX, RrType::AFSDB], &[("preference", U16), ("host", Name)]),
    (&[RrType::TXT, RrType::SPF, RrType::RESINFO, RrType::ISDN], &[("text", Texts)]),
    (&[RrType::HINFO], &[("CPU", Text), ("system", Text)]),
    (&[RrType::MINFO], &[("mailbox", Name), ("mailbox for errors", Name)]),
    (&[RrType::RP], &[("mailbox", Name), ("name of the text", Name)]),
    (&[RrType::X25], &[("address", Text)]),
    (&[RrType::GPOS], &[("longitude", Text), ("latitude", Text), ("altitude", Text)]),
    // RFC 2163, RFC 2782, RFC 3403, RFC 7553
    (&[RrType::PX], &[("preference", U16), ("RFC 822 domain", Name), ("X.400 domain", Name)]),
    (&[RrType::SRV], &[("priority", U16), ("weight", U16), ("port", U16), ("target", Name)]),
    (
        &[RrType::NAPTR],
        &[
            ("order", U16),
            ("preference", U16),
            ("flags", Text),
            ("services", Text),
            ("regular expression", Text),
            ("replacement", Name),
        ],
    ),
    (&[RrType::URI], &[("priority", U16), ("weight", U16), ("target", LongText)]),
    // RFC 9460 section 2
    (
        &[RrType::HTTPS, RrType::SVCB],
        &[("priority", U16), ("target", Name), ("parameters", SvcParams)],
    ),
    // RFC 8659, RFC 6698, RFC 8162, RFC 4255, RFC 4398, RFC 7929, RFC 4701
    (&[RrType::CAA], &[("flags", U8), ("tag", Tag), ("value", LongText)]),
    (
        &[RrType::TLSA, RrType::SMIMEA],
        &[("usage", U8), ("selector", U8), ("matching type", U8), ("data", Hex)],
    ),
    (&[RrType::SSHFP], &[("algorithm", U8), ("digest type", U8), ("fingerprint", Hex)]),
    (
        &[RrType::CERT],
        &[
            ("type", Number(2, CERTIFICATES)),
            ("key tag", U16),
            ("algorithm", ALGORITHM),
            ("certificate", Base64),
        ],
    ),
    (&[RrType::OPENPGPKEY], &[("key", Base64)]),
    (&[RrType::DHCID], &[("digest", Base64)]),
    // RFC 8976, RFC 7477
    (
        &[RrType::ZONEMD],
        &[("serial", U32), ("scheme", U8), ("hash algorithm", U8), ("digest", Hex)],
    ),
    (&[RrType::CSYNC], &[("serial", U32), ("flags", U16), ("types", Types)]),
    // RFC 6742 section 2, RFC 7043
    (&[RrType::NID], &[("preference", U16), ("node identifier", LOCATOR)]),
    (&[RrType::L64], &[("preference", U16), ("locator", LOCATOR)]),
    (&[RrType::L32], &[("preference", U16), ("locator", Ipv4)]),
    (&[RrType::LP], &[("preference", U16), ("name of the locator", Name)]),
    (&[RrType::EUI48], &[("address", EUI48)]),
    (&[RrType::EUI64], &[("address", EUI64)]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rdata::{Field, fields};

    /// A field of the text table as what [`fields`] calls it.
    fn wire_fields(layout: Layout) -> Vec<Field> {
        let mut fields = Vec::new();
        for (_, form) in layout {
            let octets = match form {
                Number(width, _) => *width,
                Period | Time => 4,
                Type => 2,
                other => {
                    fields.push(match other {
                        Name => Field::Name,
                        Text => Field::Text,
                        _ => Field::Rest,
                    });
                    continue;
                }
            };
            match fields.last_mut() {
                Some(Field::Octets(before)) => *before += octets,
                _ => fields.push(Field::Octets(octets)),
            }
        }
        fields
    }

    #[test]
    fn the_layouts_for_text_and_for_compression_agree() {
        for (types, layout) in LAYOUTS {
            for rtype in *types {
                if let Some(fields) = fields(*rtype) {
                    assert_eq!(wire_fields(layout), fields, "{rtype}");
                }
            }
        }
    }

    #[test]
    fn no_type_stands_in_two_rows() {
        let mut types: Vec<_> = LAYOUTS.iter().flat_map(|(types, _)| *types).collect();
        let all = types.len();
        types.sort();
        types.dedup();
        assert_eq!(types.len(), all);
    }
}
