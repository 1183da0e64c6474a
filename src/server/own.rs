//! Questions that are answered without asking anybody: about this server, and those that a resolver declines.

use super::Query;
use crate::dnssec::Security;
use crate::model::Answer;
use crate::wire::{Class, EdeCode, ExtendedError, Question, Rcode, RrSet, RrType};

/// What the server says about itself in class CH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The answer to `version.bind` and `version.server`. The default names the program and not its version, which would
    /// tell more to attackers than to anybody else. `None`: REFUSED.
    pub version: Option<String>,
    /// The answer to `id.server` and `hostname.bind` (RFC 4892 section 3.1): which of several servers this is. `None`, the
    /// default: REFUSED.
    pub id: Option<String>,
}

impl Default for Identity {
    fn default() -> Self {
        Self { version: Some("bailiwick".to_owned()), id: None }
    }
}

/// The TTL of the answer to ANY: long enough that nobody asks again soon (RFC 8482 section 4.2).
const ANY_TTL: u32 = 3_600;

/// The answer, where the server itself gives or declines it.
pub(super) fn own_answer(query: &Query, identity: &Identity) -> Option<Answer> {
    let question = &query.question;
    match question.class {
        Class::IN => declined(query).or_else(|| minimal_any(question)),
        Class::CH => Some(about_self(question, identity)),
        class => Some(not_supported(format!("class {class} is not served"))),
    }
}

/// Questions of class IN that a resolver declines.
fn declined(query: &Query) -> Option<Answer> {
    let rtype = query.question.rtype;
    if rtype == RrType::NXNAME {
        let text = "NXNAME is a signal in NSEC records and not a type to ask for".to_owned();
        let error = ExtendedError { code: EdeCode::INVALID_QUERY_TYPE, text };
        return Some(Answer { errors: vec![error], ..empty(Rcode::FORMERR) }); // RFC 9824 section 3.5
    }
    if rtype != RrType::ANY && (rtype.is_meta() || rtype.0 == 0) {
        return Some(not_supported(format!("type {rtype} is not answered by a resolver")));
    }
    if !query.envelope.flags.recursion_desired {
        let text = "only recursive service is given: set RD".to_owned();
        return Some(refused(EdeCode::NOT_AUTHORITATIVE, text)); // RFC 8914 section 4.21
    }
    None
}

/// RFC 8482 section 4.2: a synthesised HINFO RRset. A resolver never knows all RRsets of a name, and asking for them all
/// is what amplifiers are for. With DO=1 there is no signature over it: it is not zone data.
fn minimal_any(question: &Question) -> Option<Answer> {
    const RDATA: &[u8] = b"\x07RFC8482\x00";
    (question.rtype == RrType::ANY).then(|| {
        let set = RrSet::new(question.name.clone(), RrType::HINFO, ANY_TTL, vec![RDATA.into()]);
        Answer { answer: vec![set], ..empty(Rcode::NOERROR) }
    })
}

/// RFC 4892 section 3.1, and the names that BIND made custom.
fn about_self(question: &Question, identity: &Identity) -> Answer {
    let text = match question.name.to_lowercase().as_wire() {
        b"\x07version\x04bind\x00" | b"\x07version\x06server\x00" => &identity.version,
        b"\x02id\x06server\x00" | b"\x08hostname\x04bind\x00" => &identity.id,
        _ => &None,
    };
    match text {
        None => not_supported(format!("{question} is not told")),
        Some(text) if matches!(question.rtype, RrType::TXT | RrType::ANY) => {
            let set =
                RrSet::new(question.name.clone(), RrType::TXT, 0, vec![character_string(text)]);
            Answer { answer: vec![RrSet { class: Class::CH, ..set }], ..empty(Rcode::NOERROR) }
        }
        Some(_) => empty(Rcode::NOERROR),
    }
}

/// RFC 1035 section 3.3: a length octet and up to 255 others.
fn character_string(text: &str) -> Box<[u8]> {
    let octets = &text.as_bytes()[..text.len().min(255)];
    let length = u8::try_from(octets.len()).unwrap_or(u8::MAX);
    [&[length], octets].concat().into()
}

/// The answer to clients whom the access list does not admit (RFC 8914 section 4.19). The code says it all: to an address
/// that may be forged nothing is sent that makes the reply longer.
pub(super) fn prohibited() -> Answer {
    refused(EdeCode::PROHIBITED, String::new())
}

/// The answer while all places of waiting clients are taken. SERVFAIL, for it says that this server has a problem
/// (RFC 1035 section 4.1.1) and sends stubs to their next one at once: silence would cost them seconds and make them
/// retransmit, and REFUSED would say that it is of no use to come again.
pub(super) fn busy() -> Answer {
    let text = "too many clients are waiting".to_owned();
    let error = ExtendedError { code: EdeCode::OTHER, text };
    Answer::failed(Security::Indeterminate, error)
}

fn not_supported(text: String) -> Answer {
    refused(EdeCode::NOT_SUPPORTED, text)
}

fn refused(code: EdeCode, text: String) -> Answer {
    Answer { errors: vec![ExtendedError { code, text }], ..empty(Rcode::REFUSED) }
}

const fn empty(rcode: Rcode) -> Answer {
    Answer {
        rcode,
        answer: Vec::new(),
        authority: Vec::new(),
        security: Security::Indeterminate,
        compact: false,
        errors: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::testing::query;

    fn said(query: &Query) -> Option<(Rcode, Option<EdeCode>, Vec<RrSet>)> {
        let answer = own_answer(query, &Identity::default())?;
        Some((answer.rcode, answer.errors.first().map(|e| e.code), answer.answer))
    }

    fn refused_with(code: EdeCode) -> Option<(Rcode, Option<EdeCode>, Vec<RrSet>)> {
        Some((Rcode::REFUSED, Some(code), Vec::new()))
    }

    #[test]
    fn ordinary_questions_are_not_answered_here() {
        for rtype in [RrType::A, RrType::RRSIG, RrType::NSEC, RrType::DS, RrType(65_280)] {
            assert_eq!(said(&query("www.example.", rtype)), None, "{rtype}");
        }
    }

    #[test]
    fn rfc8914_s4_21_no_recursion_desired_is_refused() {
        let mut query = query("www.example.", RrType::A);
        query.envelope.flags.recursion_desired = false;
        assert_eq!(said(&query), refused_with(EdeCode::NOT_AUTHORITATIVE));
    }

    #[test]
    fn rfc6895_s3_1_meta_types_and_transfers_are_refused() {
        for rtype in [249, 250, 251, 252, 253, 254, 41, 129, 200, 0] {
            let refused = refused_with(EdeCode::NOT_SUPPORTED);
            assert_eq!(said(&query(".", RrType(rtype))), refused, "{rtype}");
        }
    }

    #[test]
    fn rfc9824_s3_5_nxname_is_a_format_error() {
        let expected = Some((Rcode::FORMERR, Some(EdeCode::INVALID_QUERY_TYPE), Vec::new()));
        assert_eq!(said(&query("www.example.", RrType::NXNAME)), expected);
    }

    #[test]
    fn rfc8482_s4_2_any_is_a_synthesised_hinfo() {
        let (rcode, error, sets) = said(&query("www.Example.", RrType::ANY)).expect("an answer");
        assert_eq!((rcode, error, sets.len()), (Rcode::NOERROR, None, 1));
        assert!(sets[0].is(&"www.example.".parse().expect("a name"), RrType::HINFO));
        assert_eq!((&*sets[0].rdatas[0], sets[0].ttl), (&b"\x07RFC8482\x00"[..], 3_600));
    }

    #[test]
    fn rfc4892_s3_1_identity_in_class_ch() {
        let identity = Identity { id: Some("node 1".to_owned()), ..Identity::default() };
        let text = |name: &str, rtype, identity: &Identity| {
            let mut query = query(name, rtype);
            query.question.class = Class::CH;
            query.envelope.flags.recursion_desired = false;
            let answer = own_answer(&query, identity).expect("an answer");
            assert!(answer.answer.iter().all(|set| set.class == Class::CH && set.ttl == 0));
            let text = answer.answer.first().map(|set| set.rdatas[0].to_vec());
            (answer.rcode, text)
        };
        let given = |text: &[u8]| (Rcode::NOERROR, Some(text.to_vec()));
        for name in ["version.bind.", "VERSION.server."] {
            assert_eq!(text(name, RrType::TXT, &identity), given(b"\x09bailiwick"));
        }
        for name in ["id.server.", "hostname.bind."] {
            assert_eq!(text(name, RrType::TXT, &identity), given(b"\x06node 1"));
            assert_eq!(text(name, RrType::TXT, &Identity::default()), (Rcode::REFUSED, None));
        }
        assert_eq!(text("version.bind.", RrType::A, &identity), (Rcode::NOERROR, None));
        assert_eq!(text("authors.bind.", RrType::TXT, &identity), (Rcode::REFUSED, None));
        let long = Identity { id: Some("x".repeat(300)), version: None };
        assert_eq!(text("id.server.", RrType::TXT, &long).1.map(|t| t.len()), Some(256));
        assert_eq!(text("version.bind.", RrType::TXT, &long), (Rcode::REFUSED, None));
    }

    #[test]
    fn classes_other_than_in_and_ch_are_refused() {
        for class in [Class::HS, Class::ANY, Class::NONE, Class(0), Class(65_280)] {
            let mut query = query("www.example.", RrType::A);
            query.question.class = class;
            assert_eq!(said(&query), refused_with(EdeCode::NOT_SUPPORTED), "{class}");
        }
    }
}
