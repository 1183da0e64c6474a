//! Octets from a client to what is asked, or to the error that they are answered with.

use std::time::Duration;

use super::cookies::{CookieReply, is_well_formed};
use crate::model::Checking;
use crate::wire::{
    Edns, ExtendedError, Flags, Header, Message, Opcode, OptionCode, Question, Rcode, Reader,
    RrType,
};

/// How a query came, and its reply goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In one datagram.
    Udp,
    /// On a connection.
    Tcp,
}

impl Transport {
    /// UDP octets that every client takes.
    const LEAST_UDP: u16 = 512;

    /// The longest reply, in octets, to a client whose OPT says that it takes `udp_size`: what the client takes over UDP
    /// (RFC 6891 section 6.2.3: less than 512 means 512; without OPT, RFC 1035 section 4.2.1), and never more than passes
    /// unfragmented.
    pub(super) fn reply_limit(self, udp_size: Option<u16>) -> usize {
        usize::from(match (self, udp_size) {
            (Self::Tcp, _) => u16::MAX,
            (Self::Udp, None) => Self::LEAST_UDP,
            (Self::Udp, Some(size)) => size.clamp(Self::LEAST_UDP, Envelope::UDP_SIZE),
        })
    }
}

/// What a reply repeats of its query, and what bounds it: all but the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The query's id.
    pub id: u16,
    /// Its operation.
    pub opcode: Opcode,
    /// Its flags: RD, CD and AD matter.
    pub flags: Flags,
    /// Its OPT record.
    pub edns: Option<Edns>,
    /// How it came.
    pub transport: Transport,
    /// The cookie option of the reply.
    pub cookie: Option<CookieReply>,
    /// How long the connection may be idle, where the reply tells it (RFC 7828).
    pub keepalive: Option<Duration>,
}

impl Envelope {
    fn new(header: &Header, edns: Option<Edns>, transport: Transport) -> Self {
        let &Header { id, opcode, flags, .. } = header;
        Self { id, opcode, flags, edns, transport, cookie: None, keepalive: None }
    }

    /// The cookie option that came (RFC 7873).
    #[must_use]
    pub fn cookie_sent(&self) -> Option<&[u8]> {
        self.edns.as_ref().and_then(|edns| edns.option(OptionCode::COOKIE))
    }

    /// Does the client ask how long its connection may be idle? Over UDP that is ignored (RFC 7828 section 3.3.1).
    #[must_use]
    pub fn asks_for_keepalive(&self) -> bool {
        let asks = |edns: &Edns| edns.option(OptionCode::KEEPALIVE).is_some();
        self.transport == Transport::Tcp && self.edns.as_ref().is_some_and(asks)
    }

    /// Does the client want DNSSEC records (RFC 3225 section 3)?
    #[must_use]
    pub fn dnssec_ok(&self) -> bool {
        self.edns.as_ref().is_some_and(|edns| edns.dnssec_ok)
    }

    /// The longest reply, in octets.
    #[must_use]
    pub fn reply_limit(&self) -> usize {
        self.transport.reply_limit(self.edns.as_ref().map(|edns| edns.udp_size))
    }

    /// UDP octets of the longest reply that is sent, and the longest query that is asked for (RFC 9715 R3, R5, and what
    /// DNS flag day 2020 settled on: fits IPv6's least MTU of 1280).
    pub const UDP_SIZE: u16 = 1232;
}

/// A well-formed question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All but the question.
    pub envelope: Envelope,
    /// The question, in the letter case in which it came.
    pub question: Question,
}

impl Query {
    /// Does the client want verdicts (RFC 4035 section 3.2.2)?
    #[must_use]
    pub const fn checking(&self) -> Checking {
        if self.envelope.flags.checking_disabled { Checking::Disabled } else { Checking::Enabled }
    }
}

/// A message that is answered with an error, whatever it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// All but the question.
    pub envelope: Envelope,
    /// The question, where there is exactly one that can be read.
    pub question: Option<Question>,
    /// The error.
    pub rcode: Rcode,
    /// What it is about.
    pub error: Option<ExtendedError>,
}

/// What came from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A question.
    Query(Query),
    /// A message that is answered with an error.
    Fault(Fault),
    /// Nothing to answer: shorter than a header, or a response. Answering those would let two servers talk to each other
    /// for ever.
    Nothing,
}

impl Incoming {
    /// Reads what came.
    #[must_use]
    pub fn read(octets: &[u8], transport: Transport) -> Self {
        match Header::peek(octets) {
            Ok(header) if !header.flags.response => Self::read_request(octets, &header, transport),
            _ => Self::Nothing,
        }
    }

    fn read_request(octets: &[u8], header: &Header, transport: Transport) -> Self {
        let fault = |rcode| {
            let (question, edns) = salvage(octets);
            let envelope = Envelope::new(header, edns, transport);
            Self::Fault(Fault { envelope, question, rcode, error: None })
        };
        if header.opcode != Opcode::QUERY {
            return fault(Rcode::NOTIMP);
        }
        let Ok(mut message) = Message::parse(octets) else { return fault(Rcode::FORMERR) };
        match &message.edns {
            Some(edns) if edns.version > 0 => return fault(Rcode::BADVERS), // RFC 6891 section 6.1.3
            Some(edns) if edns.malformed => return fault(Rcode::FORMERR),   // RFC 6891 section 7
            Some(edns) if !is_well_formed(edns) => return fault(Rcode::FORMERR), // RFC 7873 section 5.2.2
            _ => {}
        }
        match (message.questions.pop(), message.questions.is_empty()) {
            (Some(question), true) => {
                let envelope = Envelope::new(header, message.edns, transport);
                Self::Query(Query { envelope, question })
            }
            _ => fault(Rcode::FORMERR), // RFC 9619 section 4; a query without a question asks nothing
        }
    }
}

/// What can be repeated of a message that has some fault: its question, if it is the only one, and whether there was an
/// OPT record, for then the reply needs one too (RFC 6891 section 7).
fn salvage(octets: &[u8]) -> (Option<Question>, Option<Edns>) {
    if let Ok(mut message) = Message::parse(octets) {
        let question = message.questions.pop().filter(|_| message.questions.is_empty());
        return (question, message.edns);
    }
    let mut reader = Reader::new(octets);
    let count = |reader: &mut Reader<'_>| reader.u16().unwrap_or(0);
    let [_, _, questions, answers, authorities, additionals] =
        std::array::from_fn(|_| count(&mut reader));
    let mut first = None;
    for _ in 0..questions {
        let Some(question) = read_question(&mut reader) else { return (None, None) };
        first = first.or(Some(question));
    }
    let records = u32::from(answers) + u32::from(authorities) + u32::from(additionals);
    let has_opt = (0..records).map_while(|_| skip_record(&mut reader)).any(|t| t == RrType::OPT);
    (first.filter(|_| questions == 1), has_opt.then(Edns::default))
}

fn read_question(reader: &mut Reader<'_>) -> Option<Question> {
    let name = reader.name().ok()?;
    let (rtype, class) = (reader.u16().ok()?, reader.u16().ok()?);
    Some(Question { class: crate::wire::Class(class), ..Question::new(name, RrType(rtype)) })
}

/// Passes over one record; its type. `None` where its owner cannot be read.
fn skip_record(reader: &mut Reader<'_>) -> Option<RrType> {
    reader.name().ok()?;
    let rtype = RrType(reader.u16().ok()?);
    let length = reader.octets(6).ok().and_then(|_| reader.u16().ok());
    let _ = length.map(|length| reader.octets(length.into())); // cut short: the next owner is not there either
    Some(rtype)
}

#[cfg(test)]
mod tests;
