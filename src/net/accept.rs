//! Is this reply ours (RFC 5452 section 9.1)? The socket is connected, so the addresses and ports were matched by
//! the kernel; id, direction, operation and question are matched here.

use crate::wire::{Header, Question, Reader};

/// Is `reply` the answer to the message `query` whose question is `question`?
///
/// The question must be repeated, name compared letter by letter without regard to case. A reply without question
/// section passes only when it carries nothing at all: servers that cannot read a query answer with a bare header.
#[must_use]
pub fn is_reply_to(query: &[u8], question: &Question, reply: &[u8]) -> bool {
    let (Ok(sent), Ok(received)) = (Header::peek(query), Header::peek(reply)) else { return false };
    if received.id != sent.id || !received.flags.response || received.opcode != sent.opcode {
        return false;
    }
    match repeated_question(reply) {
        Some(Some(repeated)) => repeated == *question,
        Some(None) => reply[6..12].iter().all(|count| *count == 0),
        None => false,
    }
}

/// The one question of a message; `Some(None)` where the count says that there is none.
#[allow(clippy::option_option, reason = "malformed, none and one are three outcomes")]
fn repeated_question(message: &[u8]) -> Option<Option<Question>> {
    let mut reader = Reader::new(message);
    reader.octets(4).ok()?;
    let count = reader.u16().ok()?;
    reader.octets(6).ok()?;
    match count {
        0 => Some(None),
        1 => {
            let name = reader.name().ok()?;
            let (rtype, class) = (reader.u16().ok()?, reader.u16().ok()?);
            Some(Some(Question {
                name,
                rtype: crate::wire::RrType(rtype),
                class: crate::wire::Class(class),
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Message, Opcode, Rcode, RrType, compose};

    fn question(name: &str) -> Question {
        Question::new(name.parse().expect("a name"), RrType::A)
    }

    fn message(id: u16, response: bool, opcode: Opcode, questions: &[Question]) -> Vec<u8> {
        let flags = Flags { response, ..Flags::default() };
        let mut message = Message::new(Header { id, opcode, flags, rcode: Rcode::NOERROR });
        message.questions = questions.to_vec();
        compose(&message, 512, false)
    }

    #[test]
    fn rfc5452_s9_1_only_the_reply_to_this_question_is_accepted() {
        let asked = question("www.example.");
        let query = message(7, false, Opcode::QUERY, std::slice::from_ref(&asked));
        let reply = |id, response, opcode, questions: &[Question]| {
            is_reply_to(&query, &asked, &message(id, response, opcode, questions))
        };
        assert!(reply(7, true, Opcode::QUERY, &[question("WWW.example.")]));
        assert!(reply(7, true, Opcode::QUERY, &[]), "a bare header");
        assert!(!reply(8, true, Opcode::QUERY, std::slice::from_ref(&asked)), "another id");
        assert!(!reply(7, false, Opcode::QUERY, std::slice::from_ref(&asked)), "a query");
        assert!(!reply(7, true, Opcode::NOTIFY, std::slice::from_ref(&asked)), "another operation");
        assert!(!reply(7, true, Opcode::QUERY, &[question("ww.example.")]), "another name");
        assert!(!reply(7, true, Opcode::QUERY, &[asked.clone(), asked.clone()]), "two questions");
        let other_type = Question { rtype: RrType::AAAA, ..asked.clone() };
        assert!(!reply(7, true, Opcode::QUERY, &[other_type]));
        for length in 0..query.len() {
            assert!(!is_reply_to(&query, &asked, &query[..length]));
        }
    }

    #[test]
    fn a_reply_without_question_may_carry_nothing() {
        let asked = question("www.example.");
        let query = message(7, false, Opcode::QUERY, std::slice::from_ref(&asked));
        let mut reply = message(7, true, Opcode::QUERY, &[]);
        reply[7] = 1; // one answer record claimed
        assert!(!is_reply_to(&query, &asked, &reply));
    }

    #[test]
    fn a_reply_that_ends_within_its_question_is_not_ours() {
        let asked = question("www.example.");
        let query = message(7, false, Opcode::QUERY, std::slice::from_ref(&asked));
        let reply = message(7, true, Opcode::QUERY, std::slice::from_ref(&asked));
        for length in 0..reply.len() {
            assert!(!is_reply_to(&query, &asked, &reply[..length]), "{length}");
        }
        assert!(is_reply_to(&query, &asked, &reply));
        assert!(!is_reply_to(&query[..5], &asked, &reply), "no query was sent");
        let other_class = Question { class: crate::wire::Class::CH, ..asked.clone() };
        assert!(!is_reply_to(&query, &other_class, &reply));
    }
}
