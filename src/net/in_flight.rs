//! The questions in flight on one connection, and what came back for each: pure bookkeeping.

use std::time::Duration;

use super::accept::judge;
use super::transport::Transport;
use crate::clock::Instant;

/// Messages that answer nothing, while a question waits: a server that sends more of them is given up.
const MAX_STRAY_MESSAGES: u32 = 4;

/// A connection on which a reply is due, and none came for so long, may be dead: those who come now take another. Longer than
/// nearly all servers are away, and a third of what a question has time for.
const STALLS_AFTER: Duration = Duration::from_millis(500);

/// The server sends what nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unasked;

/// The questions of one connection.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    questions: Vec<Asked>,
    /// Since when a reply is due: since the last one, or since there was a question for it.
    due_since: Instant,
}

/// One question.
#[derive(Debug)]
struct Asked {
    query: Box<[u8]>,
    reply: Option<Vec<u8>>,
    /// Does anybody wait? What comes for one that was given up is passed over.
    awaited: bool,
    strays: u32,
}

impl Asked {
    fn is_due(&self) -> bool {
        self.reply.is_none()
    }
}

/// The id of a message.
pub(super) fn id(message: &[u8]) -> Option<u16> {
    message.first_chunk::<2>().map(|id| u16::from_be_bytes(*id))
}

impl InFlight {
    /// How many there are, those included that were given up and may be answered yet.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Does anybody wait for one of them?
    pub fn is_awaited(&self) -> bool {
        self.questions.iter().any(|asked| asked.awaited)
    }

    /// Is there one that was not answered yet?
    pub fn is_due(&self) -> bool {
        self.questions.iter().any(Asked::is_due)
    }

    /// Is a reply due for suspiciously long?
    pub fn is_stalled(&self, now: Instant) -> bool {
        self.is_due() && now.since(self.due_since) >= STALLS_AFTER
    }

    /// Is there one with the id of `query` (RFC 7766 section 6.2.1)?
    pub fn has_id_of(&self, query: &[u8]) -> bool {
        self.questions.iter().any(|asked| id(&asked.query) == id(query))
    }

    /// One more, which somebody waits for.
    pub fn ask(&mut self, query: &[u8], now: Instant) {
        if !self.is_due() {
            self.due_since = now;
        }
        let asked = Asked { query: query.into(), reply: None, awaited: true, strays: 0 };
        self.questions.push(asked);
    }

    /// Gives `message` to the question that it answers: replies come in any order, and are told apart by id and question (RFC
    /// 7766 section 7).
    ///
    /// # Errors
    /// When it answers none, and that too often; at once where none is left to be answered.
    pub fn deliver(&mut self, message: &[u8], now: Instant) -> Result<(), Unasked> {
        let answered = |asked: &Asked| {
            asked.is_due() && judge(&asked.query, None, Transport::Tcp, message).is_ok()
        };
        let Some(at) = self.questions.iter().position(answered) else { return self.note_stray() };
        self.due_since = now;
        if self.questions[at].awaited {
            self.questions[at].reply = Some(message.to_vec());
        } else {
            self.questions.swap_remove(at);
        }
        Ok(())
    }

    fn note_stray(&mut self) -> Result<(), Unasked> {
        let mut suffered = self.is_due();
        for asked in self.questions.iter_mut().filter(|asked| asked.is_due()) {
            asked.strays += 1;
            suffered &= asked.strays <= MAX_STRAY_MESSAGES;
        }
        if suffered { Ok(()) } else { Err(Unasked) }
    }

    /// The reply to the question with `id`, which ends it.
    pub fn take(&mut self, id: u16) -> Option<Vec<u8>> {
        let at = self.questions.iter().position(|asked| asked.is(id) && !asked.is_due())?;
        self.questions.swap_remove(at).reply
    }

    /// Nobody waits for the reply to the question with `id` any more.
    pub fn give_up(&mut self, id: u16) {
        let Some(at) = self.questions.iter().position(|asked| asked.is(id)) else { return };
        if self.questions[at].is_due() {
            self.questions[at].awaited = false;
        } else {
            self.questions.swap_remove(at);
        }
    }
}

impl Asked {
    fn is(&self, wanted: u16) -> bool {
        id(&self.query) == Some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Header, Message, Opcode, Question, Rcode, RrType, compose};

    const RESPONSE: u8 = 0x80;

    fn at(millis: u64) -> Instant {
        Instant::from_nanos(millis * 1_000_000)
    }

    fn query(id: u16, name: &str) -> Vec<u8> {
        let flags = Flags::default();
        let header = Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        message.questions.push(Question::new(name.parse().expect("a name"), RrType::A));
        compose(&message, 512, false)
    }

    fn reply(id: u16, name: &str) -> Vec<u8> {
        let mut octets = query(id, name);
        octets[2] |= RESPONSE;
        octets
    }

    fn asked(ids: &[u16]) -> InFlight {
        let mut in_flight = InFlight::default();
        ids.iter().for_each(|id| in_flight.ask(&query(*id, "a.example."), at(0)));
        in_flight
    }

    #[test]
    fn rfc7766_s7_replies_come_in_any_order() {
        let mut in_flight = asked(&[1, 2, 3]);
        for id in [3, 1, 2] {
            assert_eq!(in_flight.take(id), None);
            assert_eq!(in_flight.deliver(&reply(id, "a.example."), at(1)), Ok(()));
            assert_eq!(in_flight.take(id), Some(reply(id, "a.example.")));
        }
        assert_eq!(in_flight.len(), 0);
    }

    #[test]
    fn rfc7766_s7_id_and_question_must_be_those_of_the_question() {
        for stray in [
            reply(2, "a.example."),
            reply(1, "b.example."),
            query(1, "a.example."),
            vec![],
            vec![0, 1],
        ] {
            let mut in_flight = asked(&[1]);
            for _ in 0..MAX_STRAY_MESSAGES {
                assert_eq!(in_flight.deliver(&stray, at(1)), Ok(()));
            }
            assert_eq!(in_flight.deliver(&reply(1, "A.Example."), at(1)), Ok(()));
            assert!(in_flight.take(1).is_some());
            let mut in_flight = asked(&[1]);
            let strays = || in_flight.deliver(&stray, at(1));
            let last = std::iter::repeat_with(strays).nth(MAX_STRAY_MESSAGES as usize);
            assert_eq!(last, Some(Err(Unasked)));
        }
    }

    #[test]
    fn what_comes_when_nothing_is_due_was_not_asked_for() {
        assert_eq!(asked(&[]).deliver(&reply(1, "a.example."), at(1)), Err(Unasked));
        let mut in_flight = asked(&[1]);
        assert_eq!(in_flight.deliver(&reply(1, "a.example."), at(1)), Ok(()));
        assert_eq!(in_flight.deliver(&reply(1, "a.example."), at(1)), Err(Unasked), "twice");
        assert!(in_flight.take(1).is_some());
    }

    #[test]
    fn rfc7766_s6_2_1_an_id_is_in_flight_until_it_was_answered() {
        let mut in_flight = asked(&[1]);
        assert!(in_flight.has_id_of(&query(1, "b.example.")));
        assert!(!in_flight.has_id_of(&query(2, "a.example.")));
        in_flight.give_up(1);
        assert!(in_flight.has_id_of(&query(1, "b.example.")) && !in_flight.is_awaited());
        assert_eq!(in_flight.deliver(&reply(1, "a.example."), at(1)), Ok(()));
        assert!(!in_flight.has_id_of(&query(1, "b.example.")), "its late reply was passed over");
        assert_eq!((in_flight.take(1), in_flight.len()), (None, 0));
    }

    #[test]
    fn one_that_is_given_up_with_its_reply_there_is_gone() {
        let mut in_flight = asked(&[1, 2]);
        assert_eq!(in_flight.deliver(&reply(1, "a.example."), at(1)), Ok(()));
        in_flight.give_up(1);
        in_flight.give_up(9);
        assert_eq!((in_flight.len(), in_flight.is_awaited()), (1, true));
    }

    #[test]
    fn without_a_reply_it_is_stalled_from_the_oldest_question_on() {
        let mut in_flight = asked(&[1]);
        in_flight.ask(&query(2, "a.example."), at(400));
        assert!(!in_flight.is_stalled(at(499)) && in_flight.is_stalled(at(500)));
        assert_eq!(in_flight.deliver(&reply(2, "a.example."), at(450)), Ok(()));
        assert!(!in_flight.is_stalled(at(949)) && in_flight.is_stalled(at(950)));
        assert_eq!(in_flight.deliver(&reply(1, "a.example."), at(950)), Ok(()));
        assert!(!in_flight.is_stalled(at(9_000)), "nothing is due");
        in_flight.ask(&query(3, "a.example."), at(9_000));
        assert!(!in_flight.is_stalled(at(9_499)));
    }
}
