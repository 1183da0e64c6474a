//! Messages to octets: name compression, size limits, truncation at RRset boundaries.

use super::name::wire_length;
use super::rdata::{Field, fields, may_be_compressed};
use super::{Edns, Header, Message, Question, Reader, RrSet, RrType};

/// Names that a new one is compared with. More would cost a large answer quadratic time for little gain
/// (CVE-2024-8508).
const COMPRESSION_CANDIDATES: usize = 64;

/// The sections that hold RRsets, in the order of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Answer = 1,
    Authority = 2,
    Additional = 3,
}

/// A message whose parts lie elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'m> {
    /// The header.
    pub header: &'m Header,
    /// The questions.
    pub questions: &'m [Question],
    /// The answer section.
    pub answer: &'m [RrSet],
    /// The authority section.
    pub authority: &'m [RrSet],
    /// The additional section.
    pub additional: &'m [RrSet],
    /// The OPT record.
    pub edns: Option<&'m Edns>,
}

/// The first names that were written, in the order of their places: where, all below 0x4000, and how many octets they have
/// without pointers.
struct Names {
    places: [(u16, u8); COMPRESSION_CANDIDATES],
    count: usize,
}

impl Names {
    const NONE: Self = Self { places: [(0, 0); COMPRESSION_CANDIDATES], count: 0 };

    /// Notes the name of `length` octets at `at`, if a pointer can reach it and there is room: then `at` is given back.
    fn note(&mut self, at: usize, length: usize) -> Option<u16> {
        let (Ok(at @ ..0x4000), Ok(length)) = (u16::try_from(at), u8::try_from(length)) else {
            return None;
        };
        *self.places.get_mut(self.count)? = (at, length);
        self.count += 1;
        Some(at)
    }

    /// Where those of `length` octets are.
    fn of_length(&self, length: usize) -> impl Iterator<Item = u16> {
        let same_length = move |(_, other): &&(u16, u8)| usize::from(*other) == length;
        self.places[..self.count].iter().filter(same_length).map(|(at, _)| *at)
    }

    fn forget_from(&mut self, start: usize) {
        self.count = self.places[..self.count].partition_point(|(at, _)| usize::from(*at) < start);
    }
}

/// Writes one message within a limit of octets, behind what is there already.
struct Composer<'o> {
    octets: &'o mut Vec<u8>,
    /// Where the message begins.
    start: usize,
    limit: usize,
    names: Names,
    counts: [u16; 4],
}

impl<'o> Composer<'o> {
    /// Starts a message; `limit` counts all its octets. The upper bits of the response code go into the OPT record.
    fn new(octets: &'o mut Vec<u8>, header: &Header, limit: usize) -> Self {
        let start = octets.len();
        octets.extend_from_slice(&header.id.to_be_bytes());
        octets.extend_from_slice(&header.bits().to_be_bytes());
        octets.extend_from_slice(&[0; 8]);
        Self { octets, start, limit, names: Names::NONE, counts: [0; 4] }
    }

    /// Octets of the message so far.
    fn length(&self) -> usize {
        self.octets.len() - self.start
    }

    /// Writes a question; `false` when it does not fit.
    fn question(&mut self, question: &Question) -> bool {
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
                if c.length() > c.limit {
                    break; // it goes again: what fills a message over TCP is not written for a datagram
                }
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
        let (start, mut reader) = (self.length(), Reader::new(rdata));
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
            let is_at = |at: &u16| self.is_at(*at, rest, any_case);
            let known = self.names.of_length(rest.len()).find(is_at);
            if let Some(at) = known {
                self.pointer(at);
                return if rest.len() == name.len() { Some(at) } else { whole };
            }
            let noted = self.names.note(self.length(), rest.len());
            if rest.len() == name.len() {
                whole = noted;
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
        let (message, mut at) = (&self.octets[self.start..], usize::from(at));
        loop {
            // The name being written now ends where the octets do.
            let Some(length) = message.get(at).copied() else { return false };
            if length >= 0xc0 {
                at = usize::from(length & 0x3f) << 8 | usize::from(message[at + 1]);
                continue;
            }
            let end = at + 1 + usize::from(length);
            let (Some(mine), Some(theirs)) =
                (message.get(at..end), wanted.get(..1 + usize::from(length)))
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
        let (start, counts) = (self.length(), self.counts);
        write(self);
        if self.length() <= self.limit {
            return true;
        }
        self.forget_from(start);
        self.counts = counts;
        false
    }

    fn forget_from(&mut self, start: usize) {
        self.octets.truncate(self.start + start);
        self.names.forget_from(start);
    }

    /// Sets TC (RFC 2181 section 9).
    fn truncate(&mut self) {
        self.octets[self.start + 2] |= 0x02;
    }

    /// Writes the OPT record, whatever the limit, and closes the message.
    fn finish(mut self, edns: Option<&Edns>, header: &Header) {
        if let Some(edns) = edns {
            self.opt(edns, header);
        }
        let counts = &mut self.octets[self.start + 4..][..8];
        for (place, count) in counts.chunks_exact_mut(2).zip(self.counts) {
            place.copy_from_slice(&count.to_be_bytes());
        }
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

impl Parts<'_> {
    /// Appends the message to `octets`, at most `limit` octets of it. What does not fit is left out whole, RRset by RRset: in
    /// the answer and authority sections that sets TC; additional RRsets go silently (RFC 2181 section 9). Signatures are
    /// written where `with_signatures` says so.
    pub fn compose(&self, octets: &mut Vec<u8>, limit: usize, with_signatures: bool) {
        let reserved = self.edns.map_or(0, Edns::wire_length);
        let limit = limit.min(65_535).saturating_sub(reserved);
        let mut composer = Composer::new(octets, self.header, limit);
        let mut complete = self.questions.iter().all(|q| composer.question(q));
        for (section, sets) in
            [(Section::Answer, self.answer), (Section::Authority, self.authority)]
        {
            complete =
                complete && sets.iter().all(|set| composer.rrset(section, set, with_signatures));
        }
        if complete {
            for set in self.additional {
                composer.rrset(Section::Additional, set, with_signatures);
            }
        } else {
            composer.truncate();
        }
        composer.finish(self.edns, self.header);
    }
}

/// The octets of `message`, at most `limit` of them, as [`Parts::compose`] writes them.
#[must_use]
pub fn compose(message: &Message, limit: usize, with_signatures: bool) -> Vec<u8> {
    let Message { header, questions, answer, authority, additional, edns } = message;
    let parts = Parts { header, questions, answer, authority, additional, edns: edns.as_ref() };
    let mut octets = Vec::with_capacity(512);
    parts.compose(&mut octets, limit, with_signatures);
    octets
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
