//! RDATA as text: along the layout of its type, or in the generic form (RFC 3597 section 5).

use super::TextError;
use super::form::Form;
use super::layout::{Layout, layout};
use super::tokens::{Entries, Tokens};
use crate::wire::{Name, Rdata, Reader, RrType};

/// What the generic form begins with.
const GENERIC: &str = "\\#";

/// Reads the RDATA of one record of `rtype` in master-file text; relative names are below `origin`. Every type may
/// be written in the generic form `\# length hex` (RFC 3597 section 5).
///
/// # Errors
/// When the text does not fit the type, or the type has no text but the generic form.
pub fn rdata_from_text(rtype: RrType, text: &str, origin: &Name) -> Result<Rdata, TextError> {
    let mut entries = Entries::new(text);
    let tokens = entries.next_entry()?.map_or_else(Vec::new, |entry| entry.tokens);
    if let Some(second) = entries.next_entry()? {
        return Err(second.tokens[0].expected("the data of one record"));
    }
    read(rtype, &mut Tokens::new(&tokens), origin)
}

/// RDATA of `rtype` in master-file text on one line, printable ASCII whoever sent it. Octets that do not fit the
/// type's layout, and unknown types, have the generic form (RFC 3597 section 5).
#[must_use]
pub fn rdata_to_text(rtype: RrType, rdata: &[u8]) -> String {
    let mut text = String::new();
    push(rtype, rdata, &mut text);
    text
}

/// Reads the RDATA that the tokens left are.
pub(super) fn read(
    rtype: RrType,
    tokens: &mut Tokens<'_, '_>,
    origin: &Name,
) -> Result<Rdata, TextError> {
    let start = tokens.peek();
    let mut octets = Vec::with_capacity(32);
    if start.is_some_and(|token| token.plain(GENERIC) == Ok(GENERIC)) {
        read_generic(tokens, &mut octets).map_err(|e| e.of(rtype))?;
    } else {
        let layout = layout(rtype).ok_or_else(|| no_layout(rtype, tokens))?;
        for (field, form) in layout {
            let read = form.read(tokens, origin, &mut octets);
            read.map_err(|e| e.of(format_args!("{rtype} {field}")))?;
        }
    }
    tokens.finish().map_err(|e| e.of(rtype))?;
    match start {
        Some(start) if octets.len() > usize::from(u16::MAX) => {
            Err(start.error(format!("{rtype}: more than 65535 octets of data")))
        }
        _ => Ok(octets.into_boxed_slice()),
    }
}

fn no_layout(rtype: RrType, tokens: &mut Tokens<'_, '_>) -> TextError {
    const WANTED: &str = "its data as \\# length hex (RFC 3597)";
    match tokens.take(WANTED) {
        Ok(token) => token.expected(WANTED).of(rtype),
        Err(missing) => missing.of(rtype),
    }
}

/// Reads `\# length hex`.
fn read_generic(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    let mark = tokens.take(GENERIC)?;
    let mut length = Vec::new();
    Form::Number(2, &[]).read(tokens, &Name::root(), &mut length)?;
    if tokens.peek().is_some() {
        Form::Hex.read(tokens, &Name::root(), octets)?;
    }
    let stated = length.iter().fold(0, |n, octet| n << 8 | usize::from(*octet));
    if octets.len() == stated {
        return Ok(());
    }
    Err(mark.error(format!("{stated} octets were announced, {} are there", octets.len())))
}

/// Appends the text of `rdata`.
pub(super) fn push(rtype: RrType, rdata: &[u8], text: &mut String) {
    let start = text.len();
    if layout(rtype).and_then(|layout| push_fields(layout, rdata, text)).is_none() {
        text.truncate(start);
        text.push_str(&format!("{GENERIC} {}", rdata.len()));
        if !rdata.is_empty() {
            text.push(' ');
            data_encoding::HEXLOWER.encode_append(rdata, text);
        }
    }
}

/// Appends the fields with one blank between; `None` when the octets do not fit.
fn push_fields(layout: Layout, rdata: &[u8], text: &mut String) -> Option<()> {
    let mut rdata = Reader::new(rdata);
    let start = text.len();
    for (_, form) in layout {
        if text.len() > start {
            text.push(' ');
        }
        form.write(&mut rdata, text)?;
    }
    let printed = text.trim_end_matches(' ').len(); // the last field may be an empty list
    text.truncate(printed.max(start));
    rdata.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::wire::read_records;

    fn read_at_example(rtype: RrType, text: &str) -> Result<Rdata, TextError> {
        rdata_from_text(rtype, text, &"example.".parse().expect("a name"))
    }

    /// A type, its RDATA as written, and as printed where that differs.
    const EXAMPLES: &[(RrType, &str, &str)] = &[
        (RrType::A, "192.0.2.1", ""),
        (RrType::AAAA, "2001:DB8::0:1", "2001:db8::1"),
        (RrType::NS, "Ns1", "Ns1.example."),
        (RrType::CNAME, "@", "example."),
        (RrType::DNAME, "a\\.b\\032.c.", "a\\.b\\032.c."),
        (RrType::PTR, ".", ""),
        (
            RrType::SOA,
            "a b 4294967295 1h 1m30s 1w 0",
            "a.example. b.example. 4294967295 3600 90 604800 0",
        ),
        (RrType::MX, "10 mail.", ""),
        (
            RrType::TXT,
            "\"a b\" \\\"\\065\\\\ \"\" \"\\200\\010;\"",
            "\"a b\" \"\\\"A\\\\\" \"\" \"\\200\\010;\"",
        ),
        (RrType::SPF, "é", "\"\\195\\169\""),
        (RrType::HINFO, "KLH-10 ITS", "\"KLH-10\" \"ITS\""),
        (RrType::MINFO, "a. b.", ""),
        (RrType::RP, "a. b.", ""),
        (RrType::AFSDB, "1 a.", ""),
        (RrType::RT, "1 a.", ""),
        (RrType::KX, "1 a.", ""),
        (RrType::PX, "1 a. b.", ""),
        (RrType::SRV, "0 5 5060 sip.", ""),
        (
            RrType::NAPTR,
            "0 0 \"\" u \"!^ftp://([^:/?#]*).*$!\\\\1!i\" .",
            "0 0 \"\" \"u\" \"!^ftp://([^:/?#]*).*$!\\\\1!i\" .",
        ),
        (RrType::CAA, "128 issue \"ca.example; policy=ev\"", ""),
        (RrType::CAA, "0 issue ca.example", "0 issue \"ca.example\""),
        (RrType::CDS, "0 0 0 00", ""),
        (RrType::CDS, "0 DELETE 0 00", "0 0 0 00"),
        (RrType::CDNSKEY, "0 3 0 AA==", ""),
        (RrType::DLV, "1 RsaSha256 2 AB", "1 8 2 ab"),
        (RrType::NSEC3PARAM, "1 0 0 -", ""),
        (
            RrType::NSEC3,
            "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR",
            "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
        ),
        (RrType::NSEC, "a. TYPE1234 mx A", "a. A MX TYPE1234"),
        (RrType::TLSA, "3 1 1 ab cd", "3 1 1 abcd"),
        (RrType::SMIMEA, "3 1 1 ab", ""),
        (RrType::SSHFP, "4 2 ab", ""),
        (RrType::URI, "10 1 \"ftp://ftp1.example.com/public\"", ""),
        (RrType::CERT, "PKIX 1 8 AAEC", "1 1 8 AAEC"),
        (RrType::OPENPGPKEY, "AA EC", "AAEC"),
        (RrType::ZONEMD, "2018031500 1 1 fede", ""),
        (RrType::CSYNC, "66 3 A NS AAAA", ""),
        (RrType::EUI48, "00-00-5e-00-53-2a", ""),
        (RrType::EUI64, "00-00-5E-EF-10-00-00-2A", "00-00-5e-ef-10-00-00-2a"),
        (RrType::NID, "10 14:4fff:0:EE64", "10 0014:4fff:0000:ee64"),
        (RrType::L64, "10 2001:0DB8:1140:1000", "10 2001:0db8:1140:1000"),
        (RrType::L32, "10 10.1.2.0", ""),
        (RrType::LP, "10 l64.", ""),
        (
            RrType::RRSIG,
            "A 5 3 86400 1048354263 20030220173103 2642 @ AAEC",
            "A 5 3 86400 20030322173103 20030220173103 2642 example. AAEC",
        ),
    ];

    #[test]
    fn every_type_reads_prints_and_reads_again() {
        for (rtype, written, printed) in EXAMPLES {
            let rdata = read_at_example(*rtype, written).expect(written);
            let text = rdata_to_text(*rtype, &rdata);
            assert_eq!(text, if printed.is_empty() { *written } else { *printed }, "{rtype}");
            assert_eq!(read_at_example(*rtype, &text), Ok(rdata), "{rtype} {text}");
        }
    }

    #[test]
    fn rfc4034_examples() {
        let key = "256 3 5 ( AQPSKmynfzW4kyBv015MUG2DeIQ3
            Cbl+BBZH4b/0PY1kxkmvHjcZc8no kfzj31GajIQKY+5CptLr3buXA10h
            WqTkF7H6RfoRqXQeogmMHfpftf6z Mv1LyBUgia7za6ZEzOJBOztyvhjL
            742iU/TpPSEDhm2SNKLijfUppn1U aNvv4w==  )"; // section 2.3
        let key = read_at_example(RrType::DNSKEY, key).expect("a key");
        assert_eq!((&key[..4], key.len()), (&[1, 0, 3, 5][..], 4 + 2 + 128));
        let signature = "A 5 3 86400 20030322173103 (
            20030220173103 2642 example.com.
            oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr PYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o
            B9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3t GNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkG
            J5D6fwFm8nN+6pBzeDQfsS3Ap3o= )"; // section 3.3
        let signature = read_at_example(RrType::RRSIG, signature).expect("a signature");
        let fixed =
            b"\0\x01\x05\x03\0\x01\x51\x80\x3e\x7c\x9d\xd7\x3e\x55\x10\xd7\x0a\x52\x07example";
        assert!(signature.starts_with(fixed), "{signature:02x?}");
        let nsec = "host.example.com. ( A MX RRSIG NSEC TYPE1234 )"; // section 4.3
        let octets = [
            &b"\x04host\x07example\x03com\0\0\x06\x40\x01\0\0\0\x03\x04\x1b"[..],
            &[0; 26],
            &[0x20],
        ];
        assert_eq!(*read_at_example(RrType::NSEC, nsec).expect("an NSEC"), *octets.concat());
        let ds = "60485 5 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )"; // section 5.4
        let ds = read_at_example(RrType::DS, ds).expect("a DS");
        let printed = "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118";
        assert_eq!(rdata_to_text(RrType::DS, &ds), printed);
    }

    #[test]
    fn rfc3597_s5_what_does_not_fit_prints_generic() {
        for (rtype, octets, text) in [
            (RrType::A, &[1u8, 2, 3][..], "\\# 3 010203"),
            (RrType::A, &[1, 2, 3, 4, 5], "\\# 5 0102030405"),
            (RrType::NS, &[0xc0, 0], "\\# 2 c000"),
            (RrType::TXT, &[], "\\# 0"),
            (RrType::TXT, &[2, b'a'], "\\# 2 0261"),
            (RrType::DNSKEY, &[1, 0, 3, 8], "\\# 4 01000308"),
            (RrType::CAA, &[0, 1, b' ', b'x'], "\\# 4 00012078"),
            (RrType::NSEC, &[0, 0, 2, 0x40, 0], "\\# 5 0000024000"),
            (RrType::SVCB, &[0, 1, 0, 0, 3, 0, 0, 0, 3, 0, 0], "\\# 11 0001000003000000030000"),
            (RrType(65280), &[0xff], "\\# 1 ff"),
        ] {
            assert_eq!(rdata_to_text(rtype, octets), text, "{rtype}");
            assert_eq!(read_at_example(rtype, text).as_deref(), Ok(octets), "{rtype}");
        }
    }

    #[test]
    fn malformed_rdata_is_refused() {
        let long = "a".repeat(256);
        for (rtype, text) in [
            (RrType::A, ""),
            (RrType::A, "1.2.3"),
            (RrType::A, "01.2.3.4"),
            (RrType::A, "\"1.2.3.4\""),
            (RrType::A, "1.2.3.4\n1.2.3.5"),
            (RrType::AAAA, "1.2.3.4"),
            (RrType::MX, "65536 a"),
            (RrType::MX, "-1 a"),
            (RrType::MX, "+1 a"),
            (RrType::MX, "1"),
            (RrType::TXT, ""),
            (RrType::TXT, &long),
            (RrType::TXT, "\\256"),
            (RrType::TXT, "\\12"),
            (RrType::TXT, "a\\"),
            (RrType::TXT, "a\"b\""),
            (RrType::CAA, "0 a-b x"),
            (RrType::CAA, "0 issue"),
            (RrType::DS, "1 8 2"),
            (RrType::DS, "1 8 2 abc"),
            (RrType::DS, "1 FOO 2 ab"),
            (RrType::DS, "1 256 2 ab"),
            (RrType::DNSKEY, "1 3 8 A"),
            (RrType::DNSKEY, "1 3 8 AB=="),
            (RrType::RRSIG, "A 8 1 1 20231301000000 0 1 . AAAA"),
            (RrType::NSEC, "a. FOO"),
            (RrType::NSEC3, "1 0 0 abc 2t7b A"),
            (RrType::NSEC3, "1 0 0 - 2t7bx= A"),
            (RrType::EUI48, "00-00-5e-00-53"),
            (RrType::EUI48, "00-00-5e-00-53-2g"),
            (RrType::EUI48, "0-00-5e-00-53-20"),
            (RrType::NID, "1 00014:4fff:ff20:ee64"),
            (RrType::NID, "1 :4fff:ff20:ee64"),
            (RrType::NID, "1 14:4fff:ff20:ee64:0"),
            (RrType(65280), "x"),
            (RrType(65280), ""),
            (RrType(65280), "\\#"),
            (RrType(65280), "\\# 1"),
            (RrType(65280), "\\# 0 00"),
            (RrType(65280), "\\# 65536"),
            (RrType::OPENPGPKEY, &"AAAA".repeat(22_000)),
        ] {
            let found = read_at_example(rtype, text);
            assert!(found.is_err(), "{rtype} {text} {found:?}");
        }
    }

    /// RDATA of the examples and the zones, for tests that alter it.
    static WELL_FORMED: LazyLock<Vec<(RrType, Rdata)>> = LazyLock::new(|| {
        let zone = include_str!("../../../tests/data/zones/rfc5155-example.zone");
        let records = read_records(zone, &Name::root(), 0).expect("a zone");
        let examples = EXAMPLES.iter().map(|(t, text, _)| (*t, read_at_example(*t, text)));
        let svcb = "1 . mandatory=port alpn=\"a\\\\,b\" port=1 ipv4hint=192.0.2.1 ech=AAAA ipv6hint=:: key9=x";
        [(RrType::SVCB, read_at_example(RrType::SVCB, svcb))]
            .into_iter()
            .chain(examples)
            .map(|(rtype, rdata)| (rtype, rdata.expect("well-formed")))
            .chain(records.into_iter().map(|r| (r.rtype, r.rdata)))
            .collect()
    });

    fn assert_round_trip(rtype: RrType, rdata: &[u8]) {
        let text = rdata_to_text(rtype, rdata);
        assert!(text.bytes().all(|o| matches!(o, b' '..=b'~')), "{text:?}");
        assert_eq!(read_at_example(rtype, &text).as_deref(), Ok(rdata), "{rtype} {text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_octets_print_and_read_back(rtype in 0u16..270, rdata: Vec<u8>) {
            assert_round_trip(RrType(rtype), &rdata);
        }

        #[test]
        fn altered_records_print_and_read_back(
            pick: prop::sample::Index,
            at: prop::sample::Index,
            octet: u8,
            cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        ) {
            let (rtype, rdata) = pick.get(&WELL_FORMED);
            let mut rdata = rdata.to_vec();
            let at = at.index(rdata.len());
            rdata[at] = octet;
            rdata.truncate(cut.map_or(rdata.len(), |c| c.index(rdata.len() + 1)));
            assert_round_trip(*rtype, &rdata);
        }
    }
}
