//! Whole messages (RFC 1035 section 4): octets to header, question and RRsets.
//!
//! A malformed frame (counts that lie, a record that runs off the end, a malformed owner name) is an error of the
//! message. Malformed RDATA is not: it is carried as it came, and only a typed view of it fails.

use std::fmt;

use super::grouping::Grouping;
use super::rdata::{Field, fields};
use super::{Class, Edns, Name, Opcode, ParseError, Rcode, Rdata, Reader, RrSet, RrType};

/// The flag bits of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "they are seven independent bits of one octet pair"
)]
pub struct Flags {
    /// QR: this is a response.
    pub response: bool,
    /// AA: authoritative answer.
    pub authoritative: bool,
    /// TC: truncated.
    pub truncated: bool,
    /// RD: recursion desired.
    pub recursion_desired: bool,
    /// RA: recursion available.
    pub recursion_available: bool,
    /// AD: authentic data (RFC 4035 section 3.2.3).
    pub authentic_data: bool,
    /// CD: checking disabled (RFC 4035 section 3.2.2).
    pub checking_disabled: bool,
}

/// Where a flag lies in [`Flags`].
type FlagField = fn(&mut Flags) -> &mut bool;

impl Flags {
    const BITS: [(u16, FlagField); 7] = [
        (0x8000, |f| &mut f.response),
        (0x0400, |f| &mut f.authoritative),
        (0x0200, |f| &mut f.truncated),
        (0x0100, |f| &mut f.recursion_desired),
        (0x0080, |f| &mut f.recursion_available),
        (0x0020, |f| &mut f.authentic_data),
        (0x0010, |f| &mut f.checking_disabled),
    ];

    fn from_bits(bits: u16) -> Self {
        let mut flags = Self::default();
        for (bit, field) in Self::BITS {
            *field(&mut flags) = bits & bit != 0;
        }
        flags
    }

    fn bits(mut self) -> u16 {
        Self::BITS.iter().filter(|(_, field)| *field(&mut self)).map(|(bit, _)| bit).sum()
    }
}

/// The header of a message, without the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The id.
    pub id: u16,
    /// The operation.
    pub opcode: Opcode,
    /// The flags.
    pub flags: Flags,
    /// The response code, with the upper bits of the OPT record where there is one.
    pub rcode: Rcode,
}

impl Header {
    /// Octets of a header on the wire.
    pub const OCTETS: usize = 12;

    /// The header at the start of `message`, whatever follows it. The response code has its lower four bits only.
    ///
    /// # Errors
    /// When there are fewer than 12 octets.
    pub fn peek(message: &[u8]) -> Result<Self, ParseError> {
        Self::parse(&mut Reader::new(message)).map(|(header, _)| header)
    }

    fn parse(reader: &mut Reader<'_>) -> Result<(Self, [u16; 4]), ParseError> {
        let id = reader.u16()?;
        let bits = reader.u16()?;
        let header = Self {
            id,
            opcode: Opcode(u8::try_from(bits >> 11 & 0xf).unwrap_or(0)),
            flags: Flags::from_bits(bits),
            rcode: Rcode(bits & 0xf),
        };
        Ok((header, [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?]))
    }

    /// The second pair of octets of the header.
    pub(super) fn bits(&self) -> u16 {
        self.flags.bits() | u16::from(self.opcode.0 & 0xf) << 11 | self.rcode.0 & 0xf
    }
}

/// What is asked: name, type, class.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// QNAME.
    pub name: Name,
    /// QTYPE.
    pub rtype: RrType,
    /// QCLASS.
    pub class: Class,
}

impl Question {
    /// A question in class IN.
    #[must_use]
    pub const fn new(name: Name, rtype: RrType) -> Self {
        Self { name, rtype, class: Class::IN }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)?;
        if self.class == Class::IN { Ok(()) } else { write!(f, " {}", self.class) }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A message in parts. RRSIGs lie in the `signatures` of the RRset that they cover; those that cover none in their
/// section are an RRset of type RRSIG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The header.
    pub header: Header,
    /// Usually one.
    pub questions: Vec<Question>,
    /// The answer section.
    pub answer: Vec<RrSet>,
    /// The authority section.
    pub authority: Vec<RrSet>,
    /// The additional section without OPT.
    pub additional: Vec<RrSet>,
    /// The OPT record.
    pub edns: Option<Edns>,
}

impl Message {
    /// An empty query or response with `header`.
    #[must_use]
    pub const fn new(header: Header) -> Self {
        Self {
            header,
            questions: Vec::new(),
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            edns: None,
        }
    }

    /// Reads one message. Octets behind the last record are passed over.
    ///
    /// # Errors
    /// When the frame is malformed, or there are two OPT records, or one in the wrong place (RFC 6891 section 6.1.1).
    pub fn parse(octets: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(octets);
        let (header, [questions, answers, authorities, additionals]) = Header::parse(&mut reader)?;
        let mut message = Self::new(header);
        for _ in 0..questions {
            let name = reader.name()?;
            message.questions.push(Question {
                name,
                rtype: RrType(reader.u16()?),
                class: Class(reader.u16()?),
            });
        }
        let mut opt = None;
        message.answer = section(&mut reader, answers, &mut Opt::Misplaced)?;
        message.authority = section(&mut reader, authorities, &mut Opt::Misplaced)?;
        message.additional = section(&mut reader, additionals, &mut Opt::Allowed(&mut opt))?;
        if let Some((edns, upper_rcode)) = opt {
            message.header.rcode.0 |= u16::from(upper_rcode) << 4;
            message.edns = Some(edns);
        }
        Ok(message)
    }

    /// The OPT record of a message that [`Message::parse`] would read. Nothing else is built of it: for those that may be
    /// passed over.
    ///
    /// # Errors
    /// Where `parse` fails.
    pub fn skim(octets: &[u8]) -> Result<Option<Edns>, ParseError> {
        let mut reader = Reader::new(octets);
        let (_, [questions, answers, authorities, additionals]) = Header::parse(&mut reader)?;
        for _ in 0..questions {
            reader.skip_name()?;
            let _type_and_class = (reader.u16()?, reader.u16()?);
        }
        let mut opt = None;
        skim_section(&mut reader, answers, &mut Opt::Misplaced)?;
        skim_section(&mut reader, authorities, &mut Opt::Misplaced)?;
        skim_section(&mut reader, additionals, &mut Opt::Allowed(&mut opt))?;
        Ok(opt.map(|(edns, _)| edns))
    }

    /// The first question.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.questions.first()
    }

    /// Every RRset of all sections.
    pub fn rrsets(&self) -> impl Iterator<Item = &RrSet> {
        self.answer.iter().chain(&self.authority).chain(&self.additional)
    }
}

/// Whether a section may hold the OPT record, and where it goes with the upper bits of the response code.
enum Opt<'o> {
    Misplaced,
    Allowed(&'o mut Option<(Edns, u8)>),
}

impl Opt<'_> {
    /// Takes the one that a section may hold, which begins at `at`.
    fn take(&mut self, at: &Reader<'_>, is_at_root: bool, opt: Body<'_>) -> Result<(), ParseError> {
        match self {
            Self::Allowed(slot) if slot.is_none() && is_at_root => {
                let Body { class, ttl, mut rdata, .. } = opt;
                **slot = Some((Edns::parse(class, ttl, rdata.rest()), ttl.to_be_bytes()[0]));
                Ok(())
            }
            _ => Err(at.error("an OPT record that is the second, misplaced, or not at the root")),
        }
    }
}

/// A record behind its owner.
struct Body<'a> {
    rtype: RrType,
    class: u16,
    ttl: u32,
    rdata: Reader<'a>,
}

impl<'a> Body<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let (rtype, class, ttl) = (RrType(reader.u16()?), reader.u16()?, reader.u32()?);
        let length = usize::from(reader.u16()?);
        Ok(Self { rtype, class, ttl, rdata: reader.part(length)? })
    }
}

/// Reads `count` records and groups them into RRsets.
fn section(
    reader: &mut Reader<'_>,
    count: u16,
    opt: &mut Opt<'_>,
) -> Result<Vec<RrSet>, ParseError> {
    let mut grouping = Grouping::default();
    for _ in 0..count {
        let at = reader.clone();
        let owner = reader.name()?;
        let mut body = Body::read(reader)?;
        if body.rtype == RrType::OPT {
            opt.take(&at, owner.is_root(), body)?;
        } else {
            let rdata = expand(body.rtype, &mut body.rdata);
            grouping.add(owner, body.rtype, Class(body.class), body.ttl, rdata);
        }
    }
    Ok(grouping.finish())
}

/// Passes over `count` records.
fn skim_section(reader: &mut Reader<'_>, count: u16, opt: &mut Opt<'_>) -> Result<(), ParseError> {
    for _ in 0..count {
        let at = reader.clone();
        let owner = reader.skip_name()?;
        let body = Body::read(reader)?;
        if body.rtype == RrType::OPT {
            opt.take(&at, owner == 1, body)?;
        }
    }
    Ok(())
}

/// RDATA with its names uncompressed; the octets as they came where they do not fit the type's layout.
fn expand(rtype: RrType, rdata: &mut Reader<'_>) -> Rdata {
    let raw = rdata.clone().rest();
    fields(rtype).and_then(|layout| expand_fields(layout, rdata).ok()).unwrap_or_else(|| raw.into())
}

fn expand_fields(layout: &[Field], rdata: &mut Reader<'_>) -> Result<Rdata, ParseError> {
    let mut octets = Vec::with_capacity(32);
    for field in layout {
        match field {
            Field::Octets(length) => octets.extend_from_slice(rdata.octets(*length)?),
            Field::Text => {
                let length = rdata.u8()?;
                octets.push(length);
                octets.extend_from_slice(rdata.octets(usize::from(length))?);
            }
            Field::Name => octets.extend_from_slice(rdata.name()?.as_wire()),
            Field::Rest => octets.extend_from_slice(rdata.rest()),
        }
    }
    if !rdata.is_empty() {
        return Err(rdata.error("octets behind the RDATA's last field"));
    }
    Ok(octets.into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{EdnsOption, OptionCode, compose};

    /// With names that point back, records of several types, and an OPT record with an option.
    fn whole() -> Vec<u8> {
        let name = |text: &str| text.parse::<Name>().expect("a name");
        let (owner, rcode) = (name("www.example."), Rcode::NOERROR);
        let header = Header { id: 1, opcode: Opcode::QUERY, flags: Flags::default(), rcode };
        let target = name("a.www.example.").as_wire().into();
        let cookie = EdnsOption { code: OptionCode::COOKIE, data: [7; 8].into() };
        let message = Message {
            questions: vec![Question::new(owner.clone(), RrType::A)],
            answer: vec![RrSet::new(owner.clone(), RrType::CNAME, 60, vec![target])],
            authority: vec![RrSet::new(name("example."), RrType::TXT, 60, vec![[1, 2].into()])],
            additional: vec![RrSet::new(owner, RrType::A, 60, vec![[192, 0, 2, 1].into()])],
            edns: Some(Edns { options: vec![cookie], ..Edns::default() }),
            ..Message::new(header)
        };
        compose(&message, 512, false)
    }

    /// Who is skimmed and not passed over is parsed: the two must not differ about anything.
    #[test]
    fn what_is_skimmed_fails_where_parsing_fails() {
        let same = |octets: &[u8]| {
            let skimmed = Message::skim(octets);
            assert_eq!(skimmed, Message::parse(octets).map(|message| message.edns), "{octets:?}");
            skimmed
        };
        let whole = whole();
        let edns = same(&whole).expect("well-formed").expect("with OPT");
        assert_eq!(edns.option(OptionCode::COOKIE), Some(&[7; 8][..]));
        for end in 0..whole.len() {
            assert!(same(&whole[..end]).is_err());
        }
        let mut refused = 0;
        for at in 0..whole.len() {
            for value in [0, 1, 3, 0x29, 0x3f, 0x40, 0x7f, 0xc0, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                refused += u32::from(same(&changed).is_err());
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
