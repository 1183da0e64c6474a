//! Between what is known and what was said: a finding as the response that it could be made from again, and back. Pure
//! functions; whether it is true is judged by whoever reads it.

use crate::cache::{Findings, Key, Testimony};
use crate::clock::Moment;
use crate::dnssec::{Insecurity, Security};
use crate::iterate::{Class, classify, scrub, settled};
use crate::model::{Checking, Finding, Response};
use crate::wire::{
    Flags, Header, Message, Name, Opcode, ParseError, Question, Rcode, RrSet, compose,
};

/// The longest message (RFC 1035 section 4.2.2).
const LONGEST: usize = 65_535;

/// What says again what `finding`, kept under `key`, rests on. `None` for what no proof made secure or insecure: nobody could
/// judge it again. TTLs are those of `finding.since`.
pub(super) fn of_finding(key: &Key, finding: &Finding, at: Moment) -> Option<Testimony> {
    let proven = match &finding.security {
        Security::Secure => true,
        Security::Insecure(Insecurity::Tolerated { .. } | Insecurity::NeverSigned) => false,
        Security::Insecure(_) => true,
        Security::Bogus(_) | Security::Indeterminate => false,
    };
    if !proven || key.checking == Checking::Disabled || !finding.is_live(at.now) {
        return None;
    }
    let question = Question::new(key.name.clone(), Findings::answers(key));
    let answer = finding.fact.rrsets().cloned().collect();
    let message = said(question, finding.fact.rcode(), answer, finding.authority.clone())?;
    let life = finding.deadline.since(finding.since).as_secs();
    let noted = Moment { now: finding.since, wall: at.wall.saturating_sub(ago(finding, at)) };
    let life = u32::try_from(life).unwrap_or(u32::MAX);
    Some(Testimony { message, age: 0, noted, life })
}

/// Seconds, rounded up, since the TTLs of `finding` were what they say.
fn ago(finding: &Finding, at: Moment) -> u64 {
    let ran = at.now.since(finding.since);
    ran.as_secs() + u64::from(ran.subsec_nanos() > 0)
}

/// What says again what `response` does.
pub(super) fn of_response(response: &Response) -> Option<Testimony> {
    let Response { question, rcode, answer, authority, arrived, .. } = response;
    let message = said(question.clone(), *rcode, answer.clone(), authority.clone())?;
    let life = answer.iter().chain(authority).map(|set| set.ttl).min()?;
    Some(Testimony { message, age: 0, noted: *arrived, life })
}

fn said(
    question: Question,
    rcode: Rcode,
    answer: Vec<RrSet>,
    authority: Vec<RrSet>,
) -> Option<Box<[u8]>> {
    let flags = Flags { response: true, ..Flags::default() };
    let header = Header { id: 0, opcode: Opcode::QUERY, flags, rcode };
    let questions = vec![question];
    let message = Message { questions, answer, authority, ..Message::new(header) };
    let octets = compose(&message, LONGEST, true);
    let whole = Header::peek(&octets).is_ok_and(|header| !header.flags.truncated);
    whole.then(|| octets.into())
}

/// What `testimony` is about: where a finding is kept, and where a link is.
pub(super) fn subject(testimony: &Testimony) -> Result<Option<(Key, Question)>, ParseError> {
    let message = Message::parse(&testimony.message)?;
    let Some(question) = message.question() else { return Ok(None) };
    let key = Findings::key(question.name.clone(), question.rtype, message.header.rcode);
    Ok(Some((key, question.clone())))
}

/// The response that `testimony` is, as a forwarder for everything would give it now: its TTLs counted down, and scrubbed
/// of whatever its question did not ask for. Nobody is told to have said it.
pub(super) fn response(testimony: &Testimony, at: Moment) -> Option<Response> {
    let message = Message::parse(&testimony.message).ok()?;
    let (question, root) = (message.question()?.clone(), Name::root());
    let message = scrub(message, &question, &root);
    let Class::Settles(kind) = classify(&message, &question, &root, true) else { return None };
    let mut response = settled(message, &question, &root, kind, at);
    let age = testimony.age(at);
    for set in response.answer.iter_mut().chain(&mut response.authority) {
        set.ttl = set.ttl.saturating_sub(age);
    }
    Some(Response { unasked: true, ..response })
}
