//! Whole master files (RFC 1035 section 5.1): directives, and what a record takes over from those before it.

use super::numbers::period;
use super::tokens::{Entries, Entry, Token, Tokens};
use super::types::rtype;
use super::{Record, TextError, names, rdata};
use crate::wire::{Class, Name, Rdata, RrType};

/// Reads the records of a master file.
///
/// Relative names are below `origin` until a `$ORIGIN` says otherwise. A record without a TTL has that of the last
/// `$TTL` (RFC 2308 section 4), else that of the record before it (RFC 1035 section 5.1), else `default_ttl`; an
/// RRSIG without one has its original TTL (RFC 4034 section 3.1.4). A record without a class has that of the record
/// before it, else IN. `$INCLUDE` and other directives are refused: this layer opens no files.
///
/// # Errors
/// At the first line that is no record and no directive.
pub fn read_records(text: &str, origin: &Name, default_ttl: u32) -> Result<Vec<Record>, TextError> {
    let numbered = read_numbered_records(text, origin, default_ttl)?;
    Ok(numbered.into_iter().map(|(_, record)| record).collect())
}

/// The same, each record with the line it starts in.
///
/// # Errors
/// As [`read_records`].
pub fn read_numbered_records(
    text: &str,
    origin: &Name,
    default_ttl: u32,
) -> Result<Vec<(usize, Record)>, TextError> {
    let mut state = State {
        origin: origin.clone(),
        owner: None,
        class: Class::IN,
        ttl: default_ttl,
        ttl_is_directive: false,
    };
    let mut records = Vec::new();
    let mut entries = Entries::new(text);
    while let Some(entry) = entries.next_entry()? {
        if is_directive(&entry) {
            state.directive(&entry)?;
        } else {
            records.push((entry.tokens[0].line, state.record(&entry)?));
        }
    }
    Ok(records)
}

/// What a record takes over where it states nothing itself.
struct State {
    origin: Name,
    owner: Option<Name>,
    class: Class,
    ttl: u32,
    /// Was `ttl` stated by `$TTL`, so that no record changes it?
    ttl_is_directive: bool,
}

fn is_directive(entry: &Entry<'_>) -> bool {
    let first = &entry.tokens[0];
    !entry.leading_blank && first.plain("").is_ok_and(|word| word.starts_with('$'))
}

impl State {
    fn directive(&mut self, entry: &Entry<'_>) -> Result<(), TextError> {
        let mut tokens = Tokens::new(&entry.tokens);
        let directive = tokens.take("a directive")?;
        match directive.text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.origin = names::name(tokens.take("a domain name")?, &self.origin)?,
            "$TTL" => {
                self.ttl = read_ttl(tokens.take("a TTL")?)?;
                self.ttl_is_directive = true;
            }
            "$INCLUDE" => {
                return Err(directive
                    .error("$INCLUDE is not supported; put the lines of that file in its place"));
            }
            _ => {
                return Err(directive.error(format!(
                    "{} is no directive known here, only $ORIGIN and $TTL are; an owner that starts with $ is written \\$",
                    directive.shown()
                )));
            }
        }
        tokens.finish()
    }

    fn record(&mut self, entry: &Entry<'_>) -> Result<Record, TextError> {
        let mut tokens = Tokens::new(&entry.tokens);
        if !entry.leading_blank {
            self.owner = Some(names::name(tokens.take("an owner name")?, &self.origin)?);
        }
        let owner = self.owner.clone().ok_or_else(|| {
            entry.tokens[0]
                .error("the first record starts with a blank; write its owner name in front")
        })?;
        let head = Head::read(&mut tokens)?;
        let rdata = rdata::read(head.rtype, &mut tokens, &self.origin)?;
        self.class = head.class.unwrap_or(self.class);
        if let Some(ttl) = head.ttl.filter(|_| !self.ttl_is_directive) {
            self.ttl = ttl;
        }
        let ttl = head.ttl.or_else(|| original_ttl(head.rtype, &rdata)).unwrap_or(self.ttl);
        Ok(Record { owner, class: self.class, rtype: head.rtype, ttl, rdata })
    }
}

/// What stands between owner and RDATA.
struct Head {
    ttl: Option<u32>,
    class: Option<Class>,
    rtype: RrType,
}

impl Head {
    /// Reads TTL and class, in either order, and the type. A TTL starts with a digit, as no mnemonic does.
    fn read(tokens: &mut Tokens<'_, '_>) -> Result<Self, TextError> {
        let (mut ttl, mut class) = (None, None);
        loop {
            let token = tokens.take("a record type")?;
            let word = token.plain("a record type")?;
            if ttl.is_none() && word.starts_with(|c: char| c.is_ascii_digit()) {
                ttl = Some(read_ttl(token)?);
            } else if class.is_none()
                && let Ok(found) = word.parse()
            {
                class = Some(found);
            } else {
                let rtype = rtype(token)?;
                if rtype.is_meta() {
                    return Err(token.error(format!("{rtype} is for messages; no zone holds it")));
                }
                return Ok(Self { ttl, class, rtype });
            }
        }
    }
}

fn read_ttl(token: Token<'_>) -> Result<u32, TextError> {
    const WANTED: &str = "a TTL in seconds, or with units as 1h30m";
    period(token.plain(WANTED)?).ok_or_else(|| token.expected(WANTED))
}

fn original_ttl(rtype: RrType, rdata: &Rdata) -> Option<u32> {
    let field = rdata.get(4..8).filter(|_| rtype == RrType::RRSIG)?;
    field.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wire::{RrSet, rrset_to_text, rrsets};

    const RFC4035: &str = include_str!("../../../tests/data/zones/rfc4035-example.zone");
    const RFC5155: &str = include_str!("../../../tests/data/zones/rfc5155-example.zone");

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn read(text: &str) -> Result<Vec<Record>, TextError> {
        read_records(text, &name("Example."), 42)
    }

    fn lines(text: &str) -> Vec<String> {
        read(text).expect("a zone").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rfc1035_s5_1_what_a_record_takes_over() {
        let text = "
@ IN 60 NS Ns1 ; class first
  A 192.0.2.1
b.other. 1H CH NS (
   ns.
 )
\tNS ns2.
$ORIGIN Sub
c AAAA 2001:DB8::1
$TTL 1d ; from here on
  IN A 192.0.2.2
* 5 TXT a \"b c\"
  TXT (d
e) f
";
        let expected = [
            "Example. 60 IN NS Ns1.Example.",
            "Example. 60 IN A 192.0.2.1",
            "b.other. 3600 CH NS ns.",
            "b.other. 3600 CH NS ns2.",
            "c.Sub.Example. 3600 CH AAAA 2001:db8::1",
            "c.Sub.Example. 86400 IN A 192.0.2.2",
            "*.Sub.Example. 5 IN TXT \"a\" \"b c\"",
            "*.Sub.Example. 86400 IN TXT \"d\" \"e\" \"f\"",
        ];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn a_ttl_that_nothing_states_is_the_default_or_that_which_was_signed() {
        let text =
            "a A 192.0.2.1\na RRSIG A 8 2 60 20260101000000 20250101000000 1 @ AAAA\na A 192.0.2.2";
        let ttls: Vec<_> = read(text).expect("a zone").iter().map(|r| r.ttl).collect();
        assert_eq!(ttls, [42, 60, 42]);
    }

    #[test]
    fn rfc3597_s5_examples() {
        let text = "
a.example. CLASS32 TYPE731 \\# 6 abcd (
                                 ef 01 23 45 )
b.example. HS TYPE62347 \\# 0
e.example. IN A \\# 4 0A000001
e.example. CLASS1 TYPE1 10.0.0.2
";
        let expected = [
            "a.example. 42 CLASS32 TYPE731 \\# 6 abcdef012345",
            "b.example. 42 HS TYPE62347 \\# 0",
            "e.example. 42 IN A 10.0.0.1",
            "e.example. 42 IN A 10.0.0.2",
        ];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn malformed_files_are_refused_at_their_line() {
        for (text, line, what) in [
            ("\n$INCLUDE x", 2, "$INCLUDE is not supported"),
            ("$GENERATE 1-2 a A 192.0.2.$", 1, "\"$GENERATE\" is no directive"),
            ("$TTL", 1, "expected a TTL, found the end"),
            ("$TTL 1x", 1, "expected a TTL in seconds"),
            ("$TTL 1 2", 1, "expected the end of the line, found \"2\""),
            ("$ORIGIN a..b", 1, "\"a..b\" is an empty label"),
            (" A 192.0.2.1", 1, "the first record starts with a blank"),
            ("a", 1, "expected a record type, found the end"),
            ("a IN 5", 1, "expected a record type, found the end"),
            ("a IN CH A 192.0.2.1", 1, "\"CH\" is no record type"),
            ("a 5 5 A 192.0.2.1", 1, "\"5\" is no record type"),
            ("a 4294967296 A 192.0.2.1", 1, "expected a TTL"),
            ("a ANY A 192.0.2.1\nb IN ANY \\# 0", 2, "ANY is for messages"),
            ("a IN OPT \\# 0", 1, "OPT is for messages"),
            ("a FOO bar", 1, "\"FOO\" is no record type"),
            ("a \"A\" 192.0.2.1", 1, "expected a record type, unquoted"),
            ("\"a\" A 192.0.2.1", 1, "expected a domain name, unquoted"),
            ("a A 192.0.2.1\n\nb A 192.0.2.256", 3, "A address: expected an IPv4 address"),
            ("a SOA (a b ; one\n 1 2\n 3x 4 5\n)", 3, "SOA retry: expected seconds"),
            ("a SOA (a b\n 1 2\n 3 4\n)", 3, "SOA minimum: expected seconds"),
            ("a DS 1 8 2 (\nABCD\nEFGH )", 3, "DS digest: expected hexadecimal digits"),
            ("a A 192.0.2.1 192.0.2.2", 1, "A: expected the end of the line"),
            ("a TXT \"b\nc\"", 1, "a quoted string that is not closed"),
            ("a\nA 192.0.2.1", 1, "expected a record type"),
            ("a A (\n192.0.2.1\nb A 192.0.2.2\n", 1, "a ( without its )"),
        ] {
            let error = read(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?} {error}");
            assert!(error.what.starts_with(what), "{text:?} {error}");
        }
    }

    /// Reads `zone`, prints it RRset by RRset, and reads that again.
    fn round_trip(zone: &str) -> (usize, Vec<RrSet>) {
        let records = read(zone).expect("a zone");
        assert_eq!(records.len(), zone.lines().count());
        let printed: Vec<_> = records.iter().map(|r| format!("{r}\n")).collect();
        assert!(printed.iter().all(|line| !line.contains("\\#")));
        assert_eq!(read(&printed.concat()).as_ref(), Ok(&records));
        let count = records.len();
        let sets = rrsets(records);
        let again: String = sets.iter().map(rrset_to_text).collect();
        let lines = |text: &str| text.lines().map(String::from).collect::<BTreeSet<_>>();
        assert_eq!(lines(&again), lines(&printed.concat()));
        (count, sets)
    }

    #[test]
    fn rfc4035_appendix_a_zone() {
        let (records, sets) = round_trip(RFC4035);
        assert_eq!((records, sets.len()), (63, 32));
        let keys = sets.iter().find(|set| set.is(&name("example."), RrType::DNSKEY));
        let keys = keys.expect("the keys of the zone");
        assert_eq!((keys.rdatas.len(), keys.signatures.len()), (2, 2));
        assert!(sets.iter().all(|set| set.rtype != RrType::RRSIG));
    }

    #[test]
    fn rfc5155_appendix_a_zone() {
        let (records, sets) = round_trip(RFC5155);
        assert_eq!((records, sets.len()), (70, 36));
        let first = sets.iter().find(|set| set.rtype == RrType::NSEC3).map(rrset_to_text);
        let first = first.expect("the first NSEC3");
        let expected = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 3600 IN NSEC3 1 1 12 aabbccdd \
                        2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM\n";
        assert!(first.starts_with(expected), "{first}");
    }

    #[test]
    fn signatures_go_to_what_they_cover() {
        let signature = "8 1 60 20260101000000 20250101000000 1 @ AAAA";
        let text =
            format!("a RRSIG A {signature}\na TXT x\nA 7 A 192.0.2.1\na RRSIG MX {signature}");
        let sets = rrsets(read(&text).expect("a zone"));
        let shown: Vec<_> =
            sets.iter().map(|s| (s.rtype, s.ttl, s.rdatas.len(), s.signatures.len())).collect();
        let expected = [(RrType::TXT, 42, 1, 0), (RrType::A, 7, 1, 1), (RrType::RRSIG, 60, 1, 0)];
        assert_eq!(shown, expected);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([ \t\n\r();\"\\\\@$.=,A-z0-9é#-]|A 192|\n@ 5 |TXT |SVCB 1 \\. |\\\\# 1 |\\$TTL ){0,40}") {
            let _ = read(&text);
        }
    }
}
