//! Trust anchors: those built in, from files, and written in the configuration.

use std::path::Path;

use super::bind_keys;
use super::error::{ConfigError, Problem, quoted};
use super::reading::text_of;
use crate::dnssec::{AnchorProblem, DigestType, TrustAnchor, digest};
use crate::wire::{Class, Name, Record, TextError, read_numbered_records};

/// What `built-in` means.
const BUILT_IN: &str = include_str!("../../trust-anchors/root.key");

/// The trust anchors of the root zone, as IANA publishes them.
pub(super) fn built_in() -> Vec<TrustAnchor> {
    let records = records(BUILT_IN).unwrap_or_default(); // a test reads them
    records.into_iter().filter_map(|(_, record)| anchor(record, "built-in".into()).ok()).collect()
}

/// The anchor in the text of one record.
pub(super) fn from_text(text: &str, source: String) -> Result<TrustAnchor, Problem> {
    let error = |error: TextError| Problem::new(error.what, "");
    let mut records = read_numbered_records(text, &Name::root(), 0).map_err(error)?;
    match (records.pop(), records.is_empty()) {
        (Some((_, record)), true) => anchor(record, source),
        _ => {
            let what = format!("expected one record, found {}", quoted(text));
            Err(Problem::new(what, "write one DS or DNSKEY record for each item"))
        }
    }
}

/// The anchors in a file: DS and DNSKEY records one for each line, Unbound's `auto-trust-anchor-file`, or
/// `trust-anchors` statements of BIND.
///
/// # Errors
/// Every line that is no anchor; that there is none at all.
pub(super) fn from_file(path: &Path) -> Result<Vec<TrustAnchor>, Vec<ConfigError>> {
    let text = text_of(path).map_err(|error| vec![error])?;
    let name = path.display().to_string();
    let fail = |(line, problem)| ConfigError::in_file(&name, line, problem);
    let records = records(&text).map_err(|error| vec![fail(error)])?;
    if records.is_empty() {
        let problem = Problem::new("there is no trust anchor in it", "add DS or DNSKEY records");
        return Err(vec![fail((0, problem))]);
    }
    let (mut anchors, mut errors) = (Vec::new(), Vec::new());
    for (line, record) in records {
        match anchor(record, format!("{name}:{line}")) {
            Ok(anchor) => anchors.push(anchor),
            Err(problem) => errors.push(fail((line, problem))),
        }
    }
    if errors.is_empty() { Ok(anchors) } else { Err(errors) }
}

/// The records of a file with their lines.
fn records(text: &str) -> Result<Vec<(usize, Record)>, (usize, Problem)> {
    if text.trim_start().starts_with('<') {
        let problem = Problem::new("XML, not records", "write its KeyDigests as DS records");
        return Err((1, problem));
    }
    if bind_keys::is_bind(text) {
        return bind_keys::records(text);
    }
    let mut records = read_numbered_records(text, &Name::root(), 0)
        .map_err(|error| (error.line, Problem::new(error.what, "")))?;
    let lines: Vec<_> = text.lines().collect();
    let line = |number: usize| lines.get(number.saturating_sub(1)).copied().unwrap_or("");
    records.retain(|(number, _)| is_trusted(line(*number)));
    Ok(records)
}

/// Unbound keeps keys that it does not trust in the same file, and says so in a comment: only VALID (2) and MISSING (3)
/// ones are trusted (RFC 5011 section 4.2).
fn is_trusted(line: &str) -> bool {
    let state = line.split_once(";;state=").map(|(_, state)| state.trim_start());
    state.is_none_or(|state| state.starts_with(['2', '3']))
}

fn anchor(record: Record, source: String) -> Result<TrustAnchor, Problem> {
    let Record { owner, class, rtype, rdata, .. } = record;
    let shown = format!("{owner} {rtype}");
    if class != Class::IN {
        return Err(Problem::new(
            format!("{shown} is of class {class}"),
            "anchors are of class IN",
        ));
    }
    let anchor = TrustAnchor::new(owner, rtype, rdata, source).ok_or_else(|| {
        Problem::new(format!("{shown} is no trust anchor"), "write a DS or DNSKEY record")
    })?;
    let tag = anchor.key_tag();
    match anchor.check() {
        Ok(()) => Ok(anchor),
        // Whole, and under the number of another digest: it fits no key, so its zone fails unless another anchor vouches
        // for it. That is safe, and what other resolvers make of it; a warning says so at the start. One that is cut
        // short is no copy of anything.
        Err(AnchorProblem::DigestLength { found, .. }) if is_length_of_a_digest(found) => {
            Ok(anchor)
        }
        Err(problem) => {
            let what = format!("{shown} {tag} can verify nothing: {problem}");
            Err(Problem::new(what, "remove it, or write it anew from its source"))
        }
    }
}

/// Is there a digest of so many octets: SHA-1, SHA-256 or SHA-384?
fn is_length_of_a_digest(octets: usize) -> bool {
    [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384]
        .into_iter()
        .filter_map(|digest_type| digest(digest_type, &[]))
        .any(|digest| digest.len() == octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::RrType;

    /// The public keys of IANA's root-anchors.xml.
    const ROOT_KEYS: &str = "\
. IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=
. IN DNSKEY 257 3 8 AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc=
";
    const DS: &str =
        "IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

    #[test]
    fn the_built_in_anchors_are_the_digests_of_iana_s_keys() {
        let (anchors, keys) = (built_in(), records(ROOT_KEYS).expect("keys"));
        assert_eq!(anchors.iter().map(TrustAnchor::key_tag).collect::<Vec<_>>(), [20326, 38696]);
        for (anchor, (_, key)) in anchors.iter().zip(keys) {
            let ds = anchor.ds().expect("a DS");
            let computed = digest(DigestType(ds.digest_type), &[&[0], &key.rdata]);
            assert_eq!(computed.as_deref(), Some(ds.digest));
            assert_eq!((anchor.source(), ds.algorithm), ("built-in", 8));
            assert!(anchor.zone().is_root());
        }
    }

    fn text(text: &str) -> Result<Vec<(usize, String)>, (usize, String)> {
        let records = records(text).map_err(|(line, problem)| (line, problem.what))?;
        let one = |(line, record)| match anchor(record, String::new()) {
            Ok(anchor) => Ok((line, format!("{} {}", anchor.zone(), anchor.key_tag()))),
            Err(problem) => Err((line, problem.what)),
        };
        records.into_iter().map(one).collect()
    }

    #[test]
    fn files_of_records() {
        let file = format!("; comment\n\n. 3600 {DS} ; KSK-2017\ncorp.example. {DS}\n{ROOT_KEYS}");
        let expected = [(3, ". 20326"), (4, "corp.example. 20326"), (5, ". 20326"), (6, ". 38696")];
        assert_eq!(text(&file), Ok(expected.map(|(line, t)| (line, t.into())).to_vec()));
    }

    #[test]
    fn rfc5011_s4_2_unbound_s_file_holds_keys_that_are_not_trusted() {
        let key = |at: usize| ROOT_KEYS.lines().nth(at).expect("a key");
        let file = |first: u8, second: u8| {
            format!(
                "; autotrust trust anchor file\n;;id: . 1\n;;last_queried: 1 ;;x\n\
                 {} ;{{id = 20326 (ksk), size = 2048b}} ;;state={first} [  VALID  ] ;;count=0\n\
                 {} ;{{id = 38696 (ksk), size = 2048b}} ;;state={second} [ ADDPEND ] ;;count=2\n",
                key(0),
                key(1)
            )
        };
        let (old, new) = ((4, ". 20326".to_string()), (5, ". 38696".to_string()));
        assert_eq!(text(&file(2, 1)), Ok(vec![old.clone()]));
        assert_eq!(text(&file(4, 2)), Ok(vec![new.clone()]));
        assert_eq!(text(&file(3, 2)), Ok(vec![old, new]));
    }

    #[test]
    fn what_is_no_anchor_is_refused_at_its_line() {
        for (file, line, what) in [
            (
                ". IN DS 1 8 2 ABCD",
                1,
                ". DS 1 can verify nothing: the digest has 2 octets, but SHA-256 has 32",
            ),
            (
                "\n. IN DS 20326 8 2 E06D4",
                2,
                "DS digest: expected hexadecimal digits, two to an octet, found \"E06D4\"",
            ),
            (
                ". IN DS 20326 3 2 E06D",
                1,
                ". DS 20326 can verify nothing: algorithm 3 is not supported",
            ),
            (". CH DS 1 8 1 AB", 1, ". DS is of class CH"),
            ("\n\n. IN NS a.", 3, ". NS is no trust anchor"),
            (
                ". IN DNSKEY 257 3 13 AAAA",
                1,
                ". DNSKEY 1038 can verify nothing: the key is malformed",
            ),
            ("hello", 1, "expected a record type, found the end of the line"),
            ("<?xml version=\"1.0\"?>", 1, "XML, not records"),
        ] {
            let error = text(file).expect_err(file);
            assert_eq!((error.0, error.1.as_str()), (line, what));
        }
    }

    #[test]
    fn one_record_of_text() {
        let anchor = from_text(&format!("corp.example. {DS}"), "c.yaml:7".into());
        assert_eq!(
            anchor.map(|a| (a.key_tag(), a.rtype(), a.source().to_string())),
            Ok((20326, RrType::DS, "c.yaml:7".into()))
        );
        for wrong in ["; nothing", ". IN DS", &format!(". {DS}\n. {DS}")] {
            assert!(from_text(wrong, String::new()).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(file in "(\\. IN DS 1 8 2 |trust-anchors|[ \n;{}\"<()./*#é]|static-ds|;;state=|AB){0,20}") {
            let _ = text(&file);
        }
    }
}
