//! Is this reply ours (RFC 5452 section 9.1)? The socket is connected, so the addresses and ports were matched by the
//! kernel; id, direction, operation, question with its letters, and cookie are matched here.

use super::near_miss::NearMiss;
use super::transport::Transport;
use crate::wire::{Header, Message, OptionCode, Question, Rcode, Reader};

/// The cookie that went out with a question (RFC 7873).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CookieSent {
    /// The client cookie.
    pub client: [u8; 8],
    /// Did this address answer with a cookie before?
    pub seen: bool,
}

/// Is `reply` the reply to the message `query`, whose cookie is `cookie`?
///
/// Over UDP, anybody may have sent it who guessed: the name must be repeated in the very letters, a header alone does
/// not do, what cannot be read is passed over, and the cookie must be there where one is to be expected. Over TCP it
/// comes from the server: then it is enough that it belongs to this question.
///
/// # Errors
/// In what it misses.
pub fn judge(
    query: &[u8],
    cookie: Option<CookieSent>,
    transport: Transport,
    reply: &[u8],
) -> Result<(), NearMiss> {
    let (Ok(sent), Ok(received)) = (Header::peek(query), Header::peek(reply)) else {
        return Err(NearMiss::Malformed);
    };
    if !received.flags.response || received.opcode != sent.opcode {
        return Err(NearMiss::Malformed);
    }
    if received.id != sent.id {
        return Err(NearMiss::Id);
    }
    let strict = transport == Transport::Udp;
    match (question(query), question(reply)) {
        (Some(sent), Some(repeated)) if sent == repeated => {
            if strict && !sent.name.eq_case(&repeated.name) {
                return Err(NearMiss::Case);
            }
        }
        (_, None) if is_bare_error(received.rcode, reply) => {
            return if strict { Err(NearMiss::BareError(received.rcode)) } else { Ok(()) };
        }
        _ => return Err(NearMiss::Question),
    }
    if strict { judge_body(cookie, received.flags.truncated, reply) } else { Ok(()) }
}

/// A truncated message may end inside a record: then it has no cookie that could be judged, and leads to TCP anyway.
fn judge_body(cookie: Option<CookieSent>, truncated: bool, reply: &[u8]) -> Result<(), NearMiss> {
    let Ok(edns) = Message::skim(reply) else {
        return if truncated { Ok(()) } else { Err(NearMiss::Malformed) };
    };
    let Some(sent) = cookie else { return Ok(()) };
    let received = edns.as_ref().and_then(|edns| edns.option(OptionCode::COOKIE));
    match received {
        None if sent.seen && !truncated => Err(NearMiss::Cookie),
        None => Ok(()),
        Some(cookie) if cookie.get(..8) == Some(&sent.client[..]) => Ok(()),
        Some(_) => Err(NearMiss::Cookie),
    }
}

/// A header without question, answer and authority, which says that the query was not understood or not liked.
fn is_bare_error(rcode: Rcode, reply: &[u8]) -> bool {
    let none = reply.get(4..10).is_some_and(|counts| counts.iter().all(|octet| *octet == 0));
    none && !matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN)
}

/// Do the two messages have their question's name in the same letters?
#[must_use]
pub fn has_same_case(query: &[u8], reply: &[u8]) -> bool {
    match (question(query), question(reply)) {
        (Some(sent), Some(repeated)) => sent.name.eq_case(&repeated.name),
        _ => true,
    }
}

/// The one question of a message.
fn question(message: &[u8]) -> Option<Question> {
    let mut reader = Reader::new(message);
    reader.octets(4).ok()?;
    if reader.u16().ok()? != 1 {
        return None;
    }
    reader.octets(6).ok()?;
    let name = reader.name().ok()?;
    let (rtype, class) = (reader.u16().ok()?, reader.u16().ok()?);
    Some(Question { name, rtype: crate::wire::RrType(rtype), class: crate::wire::Class(class) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Class, Edns, EdnsOption, Flags, Opcode, RrType, compose};
    use Transport::{Tcp, Udp};

    fn asked(name: &str) -> Question {
        Question::new(name.parse().expect("a name"), RrType::A)
    }

    fn message(id: u16, questions: &[Question], rcode: Rcode) -> Message {
        let flags = Flags { response: true, ..Flags::default() };
        let mut message = Message::new(Header { id, opcode: Opcode::QUERY, flags, rcode });
        message.questions = questions.to_vec();
        message
    }

    fn query() -> Vec<u8> {
        let mut message = message(7, &[asked("wWw.exAmple.")], Rcode::NOERROR);
        message.header.flags.response = false;
        compose(&message, 512, false)
    }

    fn judged(reply: &Message) -> [Result<(), NearMiss>; 2] {
        let octets = compose(reply, 512, false);
        [Udp, Tcp].map(|transport| judge(&query(), None, transport, &octets))
    }

    #[test]
    fn rfc5452_s9_1_only_the_reply_to_this_question_is_accepted() {
        let same = asked("wWw.exAmple.");
        let ok = Rcode::NOERROR;
        let of_type = Question { rtype: RrType::AAAA, ..same.clone() };
        let of_class = Question { class: Class::CH, ..same.clone() };
        let one = std::slice::from_ref;
        let miss = |miss: NearMiss| [Err(miss); 2];
        let bare = [Err(NearMiss::BareError(Rcode::REFUSED)), Ok(())];
        for (reply, expected) in [
            (message(7, one(&same), ok), [Ok(()), Ok(())]),
            (message(8, one(&same), ok), miss(NearMiss::Id)),
            (message(7, &[asked("www.example.")], ok), [Err(NearMiss::Case), Ok(())]),
            (message(7, &[asked("ww.example.")], ok), miss(NearMiss::Question)),
            (message(7, &[of_type], ok), miss(NearMiss::Question)),
            (message(7, &[of_class], ok), miss(NearMiss::Question)),
            (message(7, &[same.clone(), same.clone()], ok), miss(NearMiss::Question)),
            (message(7, &[], ok), miss(NearMiss::Question)),
            (message(7, &[], Rcode::NXDOMAIN), miss(NearMiss::Question)),
            (message(7, &[], Rcode::REFUSED), bare),
        ] {
            assert_eq!(judged(&reply), expected, "{reply:?}");
        }
        let mut query = message(7, one(&same), ok);
        query.header.flags.response = false;
        assert_eq!(judged(&query), miss(NearMiss::Malformed), "a query");
        let mut notify = message(7, one(&same), ok);
        notify.header.opcode = Opcode::NOTIFY;
        assert_eq!(judged(&notify), miss(NearMiss::Malformed), "another operation");
    }

    #[test]
    fn letters_are_compared_where_there_are_two_names() {
        let same_case = |questions: &[Question]| {
            has_same_case(&query(), &compose(&message(7, questions, Rcode::NOERROR), 512, false))
        };
        assert!(same_case(&[asked("wWw.exAmple.")]) && !same_case(&[asked("www.exAmple.")]));
        assert!(same_case(&[]), "nothing to compare");
    }

    #[test]
    fn a_header_that_claims_records_is_no_bare_error() {
        let mut reply = compose(&message(7, &[], Rcode::REFUSED), 512, false);
        reply[7] = 1; // one answer record claimed
        assert_eq!(judge(&query(), None, Udp, &reply), Err(NearMiss::Question));
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_unless_it_is_truncated() {
        let mut reply = message(7, &[asked("wWw.exAmple.")], Rcode::NOERROR);
        for truncated in [false, true] {
            reply.header.flags.truncated = truncated;
            let mut octets = compose(&reply, 512, false);
            octets[7] = 1;
            let expected = if truncated { Ok(()) } else { Err(NearMiss::Malformed) };
            assert_eq!(judge(&query(), None, Udp, &octets), expected);
            assert_eq!(judge(&query(), None, Tcp, &octets), Ok(()), "its server's own fault");
            for length in 0..octets.len() {
                let cut = judge(&query(), None, Udp, &octets[..length]);
                assert!(cut.is_err(), "{length}");
            }
        }
    }

    #[test]
    fn rfc7873_s5_3_a_cookie_must_be_there_and_ours() {
        let with = |cookie: Option<&[u8]>| {
            let mut reply = message(7, &[asked("wWw.exAmple.")], Rcode::NOERROR);
            let option = |data: &[u8]| EdnsOption { code: OptionCode::COOKIE, data: data.into() };
            let options = cookie.map(option).into_iter().collect();
            reply.edns = Some(Edns { options, ..Edns::default() });
            compose(&reply, 512, false)
        };
        let mut truncated = with(None);
        truncated[2] |= 0b10;
        let client = [3; 8];
        let sent = Some(CookieSent { client, seen: true });
        assert_eq!(judge(&query(), sent, Udp, &truncated), Ok(()), "it leads to TCP anyway");
        let whole = [3; 24];
        let other = [4; 24];
        for (seen, cookie, expected) in [
            (false, None, Ok(())),
            (true, None, Err(NearMiss::Cookie)),
            (false, Some(&whole[..]), Ok(())),
            (true, Some(&whole[..]), Ok(())),
            (false, Some(&other[..]), Err(NearMiss::Cookie)),
            (true, Some(&whole[..7]), Err(NearMiss::Cookie)),
        ] {
            let sent = Some(CookieSent { client, seen });
            assert_eq!(judge(&query(), sent, Udp, &with(cookie)), expected, "{seen} {cookie:?}");
            assert_eq!(judge(&query(), sent, Tcp, &with(cookie)), Ok(()));
        }
    }
}
