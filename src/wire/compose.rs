//! Messages to octets: name compression, size limits, truncation at RRset boundaries.

use super::name::wire_length;
use super::rdata::{Field, fields, may_be_compressed};
use super::{Edns, Header, Message, Question, Reader, RrSet, RrType};

/// Names that a new one is compared with. More would cost a large answer quadratic time for little gain
/// (CVE-2024-8508).
const COMPRESSION_CANDIDATES: usize = 64;
/// Room for so many of them, which most messages have, is there from the start.
const USUAL_CANDIDATES: usize = 16;
/// Octets for which there is room from the start: most messages are smaller, and so small a block costs little.
const USUAL_OCTETS: usize = 1_000;

/// The sections that hold RRsets, in the order of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Answer = 1,
    Authority = 2,
    Additional = 3,
}

/// Builds one message within a limit of octets.
#[derive(Debug)]
pub struct Composer {
    octets: Vec<u8>,
    limit: usize,
    /// Names already written: their offsets, all below 0x4000, and how many octets they have without pointers.
    names: Vec<(u16, usize)>,
    counts: [u16; 4],
}

impl Composer {
    /// Starts a message; `limit` counts all its octets. The upper bits of the response code go into the OPT record.
    #[must_use]
    pub fn new(header: &Header, limit: usize) -> Self {
        let mut octets = Vec::with_capacity(limit.clamp(Header::OCTETS, USUAL_OCTETS));
        octets.extend_from_slice(&header.id.to_be_bytes());
        octets.extend_from_slice(&header.bits().to_be_bytes());
        octets.extend_from_slice(&[0; 8]);
        Self { octets, limit, names: Vec::with_capacity(USUAL_CANDIDATES), counts: [0; 4] }
    }

    /// Writes a question; `false` when it does not fit.
    pub fn question(&mut self, question: &Question) -> bool {
        self.whole_or_nothing(|c| {
            c.name(question.name.as_wire(), true);
            c.octets.extend_from_slice(&question.rtype.0.to_be_bytes());
            c.octets.extend_from_slice(&question.class.0.to_be_bytes());
            c.counts[0] += 1;
        })
    }

    /// Writes a whole RRset, with its signatures where wanted; writes nothing and says `false` when it does not fit.
    fn rrset(&mut self, section: Section, set: &RrSet, with_signatures: bool) -> bool {
        self.whole_or_nothing(|c| {
            let data = set.rdatas.iter().map(|rdata| (set.rtype, rdata));
            let signatures = set.signatures.iter().map(|rdata| (RrType::RRSIG, rdata));
            let mut owner = None;
            for (rtype, rdata) in data.chain(signatures.filter(|_| with_signatures)) {
                match owner {
                    Some(at) => c.pointer(at),
                    None => owner = c.name(set.owner.as_wire(), true),
                }
                c.record(section, set, rtype, rdata);
            }
        })
    }

    /// Writes what follows the owner of a record.
    fn record(&mut self, section: Section, set: &RrSet, rtype: RrType, rdata: &[u8]) {
        self.octets.extend_from_slice(&rtype.0.to_be_bytes());
        self.octets.extend_from_slice(&set.class.0.to_be_bytes());
        self.octets.extend_from_slice(&set.ttl.to_be_bytes());
        let length_at = self.octets.len();
        self.octets.extend_from_slice(&[0; 2]);
        if !(may_be_compressed(rtype) && self.compressed_rdata(rtype, rdata)) {
            self.octets.extend_from_slice(rdata);
        }
        let length = u16::try_from(self.octets.len() - length_at - 2).unwrap_or(u16::MAX);
        self.octets[length_at..length_at + 2].copy_from_slice(&length.to_be_bytes());
        self.counts[section as usize] = self.counts[section as usize].saturating_add(1);
    }

    /// Writes RDATA with its names compressed; `false`, and nothing written, when it does not fit the layout.
    fn compressed_rdata(&mut self, rtype: RrType, rdata: &[u8]) -> bool {
        let (start, mut reader) = (self.octets.len(), Reader::new(rdata));
        for field in fields(rtype).unwrap_or(&[]) {
            let written = match field {
                Field::Name => wire_length(&rdata[reader.position()..])
                    .map(|length| reader.octets(length).map(|name| self.name(name, false)).is_ok()),
                Field::Octets(length) => {
                    Ok(reader.octets(*length).map(|o| self.octets.extend_from_slice(o)).is_ok())
                }
                Field::Text | Field::Rest => Ok(false), // no type that may be compressed has these
            };
            if written != Ok(true) {
                self.forget_from(start);
                return false;
            }
        }
        if !reader.is_empty() {
            self.forget_from(start);
            return false;
        }
        true
    }

    /// Writes a name, its longest known suffix as a pointer. Owner names may take another's letter case; names in
    /// RDATA keep theirs. Where it lies, or one that is equal, if a pointer may lead there, is given back.
    fn name(&mut self, name: &[u8], any_case: bool) -> Option<u16> {
        let (mut rest, mut whole) = (name, None);
        while rest[0] != 0 {
            // Only a name as long can be equal: of each that was written at most one suffix is compared.
            let same_length = self.names.iter().filter(|(_, length)| *length == rest.len());
            let known = same_length.map(|(at, _)| *at).find(|at| self.is_at(*at, rest, any_case));
            if let Some(at) = known {
                self.pointer(at);
                return whole.or_else(|| (rest.len() == name.len()).then_some(at));
            }
            if let Ok(at @ ..0x4000) = u16::try_from(self.octets.len())
                && self.names.len() < COMPRESSION_CANDIDATES
            {
                self.names.push((at, rest.len()));
                whole = whole.or_else(|| (rest.len() == name.len()).then_some(at));
            }
            let (label, behind) = rest.split_at(usize::from(rest[0]) + 1);
            self.octets.extend_from_slice(label);
            rest = behind;
        }
        self.octets.push(0);
        whole
    }

    fn pointer(&mut self, to: u16) {
        self.octets.extend_from_slice(&(0xc000 | to).to_be_bytes());
    }

    /// Does the name written at `at` equal the wire name `wanted`?
    fn is_at(&self, at: u16, mut wanted: &[u8], any_case: bool) -> bool {
        let mut at = usize::from(at);
        loop {
            // The name being written now ends where the octets do.
            let Some(length) = self.octets.get(at).copied() else { return false };
            if length >= 0xc0 {
                at = usize::from(length & 0x3f) << 8 | usize::from(self.octets[at + 1]);
                continue;
            }
            let end = at + 1 + usize::from(length);
            let (Some(mine), Some(theirs)) =
                (self.octets.get(at..end), wanted.get(..1 + usize::from(length)))
            else {
                return false;
            };
            if !(mine == theirs || any_case && mine.eq_ignore_ascii_case(theirs)) {
                return false;
            }
            if length == 0 {
                return true;
            }
            (at, wanted) = (end, &wanted[theirs.len()..]);
        }
    }

    fn whole_or_nothing(&mut self, write: impl FnOnce(&mut Self)) -> bool {
        let (start, counts) = (self.octets.len(), self.counts);
        write(self);
        if self.octets.len() <= self.limit {
            return true;
        }
        self.forget_from(start);
        self.counts = counts;
        false
    }

    fn forget_from(&mut self, start: usize) {
        self.octets.truncate(start);
        self.names.retain(|(at, _)| usize::from(*at) < start);
    }

    /// Sets TC (RFC 2181 section 9).
    fn truncate(&mut self) {
        self.octets[2] |= 0x02;
    }

    /// Writes the OPT record, whatever the limit, and closes the message.
    fn finish(mut self, edns: Option<&Edns>, header: &Header) -> Vec<u8> {
        if let Some(edns) = edns {
            self.opt(edns, header);
        }
        for (i, count) in self.counts.iter().enumerate() {
            self.octets[4 + 2 * i..6 + 2 * i].copy_from_slice(&count.to_be_bytes());
        }
        self.octets
    }

    fn opt(&mut self, edns: &Edns, header: &Header) {
        self.octets.push(0);
        self.octets.extend_from_slice(&RrType::OPT.0.to_be_bytes());
        self.octets.extend_from_slice(&edns.udp_size.to_be_bytes());
        self.octets.push(u8::try_from(header.rcode.0 >> 4).unwrap_or(0));
        self.octets.push(edns.version);
        self.octets.extend_from_slice(&edns.flags().to_be_bytes());
        let length = u16::try_from(edns.wire_length() - 11).unwrap_or(u16::MAX);
        self.octets.extend_from_slice(&length.to_be_bytes());
        for option in &edns.options {
            self.octets.extend_from_slice(&option.code.0.to_be_bytes());
            self.octets.extend_from_slice(
                &u16::try_from(option.data.len()).unwrap_or(u16::MAX).to_be_bytes(),
            );
            self.octets.extend_from_slice(&option.data);
        }
        self.counts[3] += 1;
    }
}

/// The octets of `message`, at most `limit` of them. What does not fit is left out whole, RRset by RRset: in the
/// answer and authority sections that sets TC; additional RRsets go silently (RFC 2181 section 9). Signatures are
/// written where `with_signatures` says so.
#[must_use]
pub fn compose(message: &Message, limit: usize, with_signatures: bool) -> Vec<u8> {
    let reserved = message.edns.as_ref().map_or(0, Edns::wire_length);
    let mut composer = Composer::new(&message.header, limit.min(65_535).saturating_sub(reserved));
    let mut complete = message.questions.iter().all(|q| composer.question(q));
    for (section, sets) in
        [(Section::Answer, &message.answer), (Section::Authority, &message.authority)]
    {
        complete = complete && sets.iter().all(|set| composer.rrset(section, set, with_signatures));
    }
    if complete {
        for set in &message.additional {
            composer.rrset(Section::Additional, set, with_signatures);
        }
    } else {
        composer.truncate();
    }
    composer.finish(message.edns.as_ref(), &message.header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Name, Opcode, Rcode};

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn message() -> Message {
        let header = Header {
            id: 7,
            opcode: Opcode::QUERY,
            flags: Flags { response: true, ..Flags::default() },
            rcode: Rcode::BADVERS,
        };
        let mut message = Message::new(header);
        message.questions.push(Question::new(name("www.Example."), RrType::MX));
        let mx = [&[0, 10][..], name("mail.example.").as_wire()].concat();
        let mut set = RrSet::new(name("www.example."), RrType::MX, 300, vec![mx.into()]);
        set.signatures.push(
            [&RrType::MX.0.to_be_bytes()[..], &[8; 16], name("example.").as_wire(), &[1; 64]]
                .concat()
                .into(),
        );
        message.answer.push(set);
        message.additional.push(RrSet::new(
            name("mail.example."),
            RrType::A,
            60,
            vec![[1, 2, 3, 4].into(), [1, 2, 3, 5].into()],
        ));
        message.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
        message
    }

    #[test]
    fn round_trip_keeps_everything() {
        let message = message();
        let octets = compose(&message, 1232, true);
        assert_eq!(Message::parse(&octets), Ok(message));
    }

    #[test]
    fn rfc2181_s9_what_does_not_fit_sets_tc_and_leaves_no_partial_rrset() {
        let whole = compose(&message(), 1232, true).len();
        for limit in 0..whole {
            let octets = compose(&message(), limit, true);
            let parsed = Message::parse(&octets).expect("a message");
            assert!(octets.len() <= limit.max(12 + 11), "{limit}");
            let without_additional = parsed.answer.len() == 1;
            assert_eq!(parsed.header.flags.truncated, !without_additional, "{limit}");
            assert!(parsed.additional.is_empty() && parsed.edns.is_some());
        }
    }

    #[test]
    fn rfc3597_s4_names_in_newer_types_are_not_compressed() {
        let mut message = message();
        let srv = [&[0; 6][..], name("www.example.").as_wire()].concat();
        message.answer =
            vec![RrSet::new(name("www.example."), RrType::SRV, 1, vec![srv.clone().into()])];
        let octets = compose(&message, 1232, false);
        assert!(octets.windows(srv.len()).any(|w| w == srv));
    }

    #[test]
    fn a_name_may_repeat_its_own_labels() {
        let mut message = message();
        message.answer.clear();
        for text in [".", "a.a.a.", "a.a.", "A.a.a.a."] {
            message.questions = vec![Question::new(name(text), RrType::A)];
            let parsed = Message::parse(&compose(&message, 1232, false)).expect("a message");
            assert_eq!(parsed.questions, message.questions);
        }
    }

    #[test]
    fn rdata_names_keep_their_case() {
        let mut message = message();
        message.answer = vec![RrSet::new(
            name("www.example."),
            RrType::CNAME,
            1,
            vec![name("WWW.example.").as_wire().into()],
        )];
        let parsed = Message::parse(&compose(&message, 1232, false)).expect("a message");
        assert_eq!(&*parsed.answer[0].rdatas[0], name("WWW.example.").as_wire());
    }
}
