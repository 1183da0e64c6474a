//! Answers to octets: pure functions of the query and the answer.

use super::cookies::CookieReply;
use super::{Envelope, Fault, Query};
use crate::model::Answer;
use crate::wire::{
    Edns, EdnsOption, ExtendedError, Flags, Header, OptionCode, Parts, Rcode, RrSet, RrType,
};

/// Whose data an answer gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This server's own: AA is set, as RFC 6303 section 3 has it for local zones and as other resolvers do for local data.
    Local,
    /// Other servers'.
    Resolved,
}

/// The reply to `query`. The question is echoed in the letter case in which it came, and owner names equal to it point at
/// it.
#[must_use]
pub fn reply(query: &Query, answer: Answer, origin: Origin) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    write_reply(query, answer, origin, &mut out);
    out
}

/// The same, appended to `out`.
pub(super) fn write_reply(query: &Query, mut answer: Answer, origin: Origin, out: &mut Vec<u8>) {
    let envelope = &query.envelope;
    let mut header = header(envelope, restored(&answer, envelope));
    header.flags.authoritative = origin == Origin::Local;
    header.flags.authentic_data = is_authentic(query, &answer);
    if !carries_data(answer.rcode) {
        answer.answer.clear();
        answer.authority.clear();
    } else if !envelope.dnssec_ok() {
        // RFC 4035 section 3.2.1: DNSSEC types are stripped, unless asked for; signatures are left out by `finish`.
        let wanted = |set: &RrSet| !set.rtype.is_dnssec() || set.rtype == query.question.rtype;
        answer.answer.retain(wanted);
        answer.authority.retain(wanted);
    }
    answer.answer.iter_mut().for_each(|set| turn(set, query));
    let parts = Parts {
        header: &header,
        questions: std::slice::from_ref(&query.question),
        answer: &answer.answer,
        authority: &answer.authority,
        additional: &[],
        edns: None,
    };
    finish(parts, envelope, &answer.errors, out);
}

/// Turns the addresses that were asked for, so that clients who take the first one are spread over all (RFC 1794). By the
/// query's id, which is as good as a random number and no state.
fn turn(set: &mut RrSet, query: &Query) {
    if set.rtype == query.question.rtype && is_turned(set.rtype) {
        let by = turned_by(query.envelope.id, set.rdatas.len());
        set.rdatas.rotate_left(by);
    }
}

/// Are RRsets of this type turned?
pub(super) const fn is_turned(rtype: RrType) -> bool {
    matches!(rtype, RrType::A | RrType::AAAA)
}

/// Which of `count` records is the first one in the reply to the query with `id`.
pub(super) fn turned_by(id: u16, count: usize) -> usize {
    usize::from(id).checked_rem(count).unwrap_or(0)
}

/// The reply to a message with a fault: the header, the question where it can be told, and OPT.
#[must_use]
pub fn fault(fault: &Fault) -> Vec<u8> {
    let mut out = Vec::new();
    let header = &header(&fault.envelope, fault.rcode);
    let (questions, none) = (fault.question.as_slice(), &[][..]);
    let parts =
        Parts { header, questions, answer: none, authority: none, additional: none, edns: None };
    finish(parts, &fault.envelope, fault.error.as_slice(), &mut out);
    out
}

/// The response code, NXDOMAIN again where compact denial made it NOERROR: for clients that want no proofs (RFC 9824
/// section 5), and for those that say by CO that they know what the proof means (section 5.1).
fn restored(answer: &Answer, envelope: &Envelope) -> Rcode {
    let compact_ok = envelope.edns.as_ref().is_some_and(|edns| edns.compact_ok);
    if answer.compact && answer.rcode == Rcode::NOERROR && (compact_ok || !envelope.dnssec_ok()) {
        return Rcode::NXDOMAIN;
    }
    answer.rcode
}

/// RD and CD are copied (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2); recursion is available.
fn header(envelope: &Envelope, rcode: Rcode) -> Header {
    let flags = Flags {
        response: true,
        recursion_desired: envelope.flags.recursion_desired,
        recursion_available: true,
        checking_disabled: envelope.flags.checking_disabled,
        ..Flags::default()
    };
    Header { id: envelope.id, opcode: envelope.opcode, flags, rcode }
}

/// AD: all that is said is proven (RFC 4035 section 3.2.3), and the client said by DO or AD that it knows the bit
/// (RFC 6840 section 5.8). CD=1 does not matter: the data were judged all the same, and the bit says no more than that.
/// RRSIG RRsets are never signed themselves (RFC 4035 section 2.2).
fn is_authentic(query: &Query, answer: &Answer) -> bool {
    let envelope = &query.envelope;
    answer.security.is_secure()
        && carries_data(answer.rcode)
        && query.question.rtype != RrType::RRSIG
        && (envelope.dnssec_ok() || envelope.flags.authentic_data)
}

/// Is this a response code of an answer, or of a failure, which has no data? YXDOMAIN shows the DNAME that made too long
/// a name (RFC 6672 section 2.2).
const fn carries_data(rcode: Rcode) -> bool {
    matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::YXDOMAIN)
}

/// Adds the OPT record, if the query had one (RFC 6891 section 7), and writes the message within the client's limit.
/// Extended errors that do not fit are the first to go, and are missed by TC (RFC 8914 section 3).
fn finish(parts: Parts<'_>, envelope: &Envelope, errors: &[ExtendedError], out: &mut Vec<u8>) {
    let (limit, signatures) = (envelope.reply_limit(), envelope.dnssec_ok());
    let mut edns = envelope.edns.as_ref().map(|edns| Edns {
        udp_size: Envelope::UDP_SIZE,
        dnssec_ok: edns.dnssec_ok,   // RFC 3225 section 3
        compact_ok: edns.compact_ok, // RFC 9824 section 5.1
        options: options(envelope),
        ..Edns::default()
    });
    let start = out.len();
    Parts { edns: edns.as_ref(), ..parts }.compose(out, limit, signatures);
    let Some(edns) = edns.as_mut().filter(|_| !errors.is_empty()) else { return };
    let said = &out[start..];
    if is_truncated(said) {
        return;
    }
    let told = fitting(errors, limit - said.len().min(limit));
    let mut header = *parts.header;
    header.flags.truncated = told.len() < errors.len();
    edns.options.extend(told);
    out.truncate(start);
    Parts { header: &header, edns: Some(edns), ..parts }.compose(out, limit, signatures);
}

/// Those that answer the client's.
fn options(envelope: &Envelope) -> Vec<EdnsOption> {
    let cookie = |data: CookieReply| EdnsOption { code: OptionCode::COOKIE, data: data.into() };
    let keepalive = |idle| EdnsOption::keepalive(Some(idle));
    envelope.cookie.map(cookie).into_iter().chain(envelope.keepalive.map(keepalive)).collect()
}

fn is_truncated(octets: &[u8]) -> bool {
    Header::peek(octets).is_ok_and(|header| header.flags.truncated)
}

/// The options of as many errors, from the first on, as `room` octets hold; one whose text does not fit goes without
/// it.
fn fitting(errors: &[ExtendedError], mut room: usize) -> Vec<EdnsOption> {
    const CODE_AND_LENGTH: usize = 4;
    let mut take = |error: &ExtendedError| {
        let bare = ExtendedError { text: String::new(), ..*error };
        let options = [error.to_option(), bare.to_option()];
        let fits = options.into_iter().find(|o| o.data.len() + CODE_AND_LENGTH <= room)?;
        room -= fits.data.len() + CODE_AND_LENGTH;
        Some(fits)
    };
    errors.iter().map_while(&mut take).collect()
}

#[cfg(test)]
mod tests;
