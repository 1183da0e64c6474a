//! The usual query, read where it lies: without an allocation, and no further than needed to find its ready reply.
//!
//! Whatever is unusual about a query is left to [`Incoming`](super::Incoming), which knows all cases.

use super::cookies::has_good_length;
use super::{Envelope, Query, Transport};
use crate::wire::{
    Class, Edns, EdnsOption, Flags, MAX_OPTIONS, Name, Opcode, OptionCode, Question, Reader, RrType,
};

/// What makes replies to the same question differ, apart from what is patched into them: CD (RFC 4035 section 3.2.2), AD
/// (RFC 6840 section 5.7), whether there is an OPT, DO (RFC 3225) and CO (RFC 9824).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner(u16);

const RD: u16 = 0x0100;
const AD: u16 = 0x0020;
const CD: u16 = 0x0010;
const DO: u16 = 0x8000;
const CO: u16 = 0x4000;
/// A bit of the header that no manner has otherwise.
const OPT: u16 = 0x0001;

/// A query with RD=1 for one name in class IN, its OPT of version 0 where it has one, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain<'q> {
    pub id: u16,
    /// QNAME in the letter case in which it came.
    pub name: &'q [u8],
    pub rtype: RrType,
    pub manner: Manner,
    /// How it came.
    pub transport: Transport,
    /// The longest reply over UDP that its OPT asks for; 0 without one.
    udp_size: u16,
    /// The data of its cookie option, of a length that it can have.
    pub cookie: Option<&'q [u8]>,
    /// Does it ask, over TCP, how long the connection may be idle (RFC 7828)?
    pub keepalive: bool,
}

impl Manner {
    /// Two octets that no other manner has.
    pub const fn octets(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl<'q> Plain<'q> {
    /// The query that `octets` are; `None` when that is not for here to say.
    pub fn read(octets: &'q [u8], transport: Transport) -> Option<Self> {
        let mut reader = Reader::new(octets);
        let mut next = || reader.u16().ok();
        let (id, flags) = (next()?, next()?);
        let ([1, 0, 0, additional @ ..=1], RD) =
            ([next()?, next()?, next()?, next()?], flags & !(AD | CD))
        else {
            return None;
        };
        let name = plain_name(&mut reader)?;
        let rtype = RrType(reader.u16().ok()?);
        if reader.u16() != Ok(Class::IN.0) {
            return None;
        }
        let opt = if additional == 1 { Some(Opt::read(&mut reader)?) } else { None };
        let manner =
            Manner(flags & !RD | opt.as_ref().map_or(0, |opt| opt.flags & (DO | CO) | OPT));
        let (udp_size, Options { cookie, keepalive }) =
            opt.map_or_else(Default::default, |opt| (opt.udp_size, opt.options));
        let keepalive = keepalive && transport == Transport::Tcp;
        let plain = Self { id, name, rtype, manner, transport, udp_size, cookie, keepalive };
        reader.is_empty().then_some(plain)
    }

    const fn has(&self, bit: u16) -> bool {
        self.manner.0 & bit != 0
    }

    /// The longest reply.
    pub fn limit(&self) -> usize {
        self.transport.reply_limit(self.has(OPT).then_some(self.udp_size))
    }

    /// The query, with those of its options that matter to a reply.
    pub fn query(&self) -> Option<Query> {
        let cookie = |data: &[u8]| EdnsOption { code: OptionCode::COOKIE, data: data.into() };
        let cookie = self.cookie.map(cookie).into_iter();
        let keepalive = self.keepalive.then(|| EdnsOption::keepalive(None));
        let edns = self.has(OPT).then(|| Edns {
            udp_size: self.udp_size,
            dnssec_ok: self.has(DO),
            compact_ok: self.has(CO),
            options: cookie.chain(keepalive).collect(),
            ..Edns::default()
        });
        let flags = Flags {
            recursion_desired: true,
            authentic_data: self.has(AD),
            checking_disabled: self.has(CD),
            ..Flags::default()
        };
        let (id, opcode, transport) = (self.id, Opcode::QUERY, self.transport);
        let (cookie, keepalive) = (None, None);
        let envelope = Envelope { id, opcode, flags, edns, transport, cookie, keepalive };
        let question = Question::new(Name::from_wire(self.name).ok()?, self.rtype);
        Some(Query { envelope, question })
    }
}

/// An uncompressed name.
fn plain_name<'q>(reader: &mut Reader<'q>) -> Option<&'q [u8]> {
    let mut rest = reader.clone();
    let mut length = 0;
    loop {
        let label = usize::from(rest.u8().ok()?);
        rest.octets(label).ok().filter(|_| label <= Name::MAX_LABEL)?;
        length += 1 + label;
        if label == 0 {
            return reader.octets(length).ok().filter(|name| name.len() <= Name::MAX_OCTETS);
        }
    }
}

/// What counts of an OPT record.
struct Opt<'q> {
    udp_size: u16,
    flags: u16,
    options: Options<'q>,
}

/// What counts of its options.
#[derive(Default)]
struct Options<'q> {
    /// The data of the first cookie.
    cookie: Option<&'q [u8]>,
    /// Is edns-tcp-keepalive there?
    keepalive: bool,
}

impl<'q> Opt<'q> {
    fn read(reader: &mut Reader<'q>) -> Option<Self> {
        let (owner, rtype) = (reader.u8().ok()?, reader.u16().ok()?);
        let udp_size = reader.u16().ok()?;
        let [_, version, high, low] = reader.u32().ok()?.to_be_bytes();
        if (owner, RrType(rtype), version) != (0, RrType::OPT, 0) {
            return None;
        }
        let length = usize::from(reader.u16().ok()?);
        let options = Options::read(Reader::new(reader.octets(length).ok()?))?;
        Some(Self { udp_size, flags: u16::from_be_bytes([high, low]), options })
    }
}

impl<'q> Options<'q> {
    /// `None` when some option is unusual.
    fn read(mut options: Reader<'q>) -> Option<Self> {
        let mut read = Self::default();
        for _ in 0..MAX_OPTIONS {
            if options.is_empty() {
                return Some(read);
            }
            let (code, length) = (OptionCode(options.u16().ok()?), options.u16().ok()?);
            let data = options.octets(length.into()).ok()?;
            read.keepalive |= code == OptionCode::KEEPALIVE;
            if code == OptionCode::COOKIE && read.cookie.is_none() {
                read.cookie = Some(data).filter(|data| has_good_length(data));
                read.cookie?;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::testing::{octets, query, read_query, with_edns};
    use crate::wire::{Edns, EdnsOption};

    /// What `Plain` reads and `Incoming` reads is the same.
    fn assert_same(octets: &[u8]) {
        let plain = Plain::read(octets, Transport::Udp).expect("a plain query");
        let mut query = read_query(octets);
        let envelope = &query.envelope;
        assert_eq!((plain.id, plain.name), (envelope.id, query.question.name.as_wire()));
        assert_eq!((plain.rtype, Class::IN), (query.question.rtype, query.question.class));
        assert_eq!(plain.limit(), envelope.reply_limit());
        assert_eq!(plain.cookie, envelope.cookie_sent());
        let bit = |bit: u16, set: bool| if set { bit } else { 0 };
        let manner = bit(AD, envelope.flags.authentic_data)
            | bit(CD, envelope.flags.checking_disabled)
            | bit(OPT, envelope.edns.is_some())
            | bit(DO, envelope.dnssec_ok())
            | bit(CO, envelope.edns.as_ref().is_some_and(|edns| edns.compact_ok));
        assert_eq!(plain.manner, Manner(manner));
        if let Some(edns) = &mut query.envelope.edns {
            edns.options.retain(|option| option.code == OptionCode::COOKIE);
            edns.options.truncate(1);
        }
        assert_eq!(plain.query(), Some(query));
    }

    #[test]
    fn usual_queries_are_read_as_elsewhere() {
        for (ad, cd, owner) in [
            (false, false, "www.Example."),
            (true, false, "."),
            (false, true, "a.b.c.d.e.f.example."),
            (true, true, "*.example."),
        ] {
            let mut sent = query(owner, RrType::AAAA);
            sent.envelope.flags.authentic_data = ad;
            sent.envelope.flags.checking_disabled = cd;
            assert_same(&octets(&sent));
            for (size, dnssec_ok, compact_ok) in
                [(0, false, false), (1_232, true, false), (4_096, true, true)]
            {
                let mut sent = with_edns(sent.clone(), size, dnssec_ok);
                let edns = sent.envelope.edns.as_mut().expect("with EDNS");
                edns.compact_ok = compact_ok;
                assert_same(&octets(&sent));
                let edns = sent.envelope.edns.as_mut().expect("with EDNS");
                let option = |code, length| EdnsOption {
                    code: OptionCode(code),
                    data: vec![7; length].into(),
                };
                edns.options = vec![option(12, 40), option(10, 24), option(10, 3), option(8, 7)];
                assert_same(&octets(&sent));
            }
        }
    }

    #[test]
    fn unusual_ones_are_left_to_others() {
        let usual = octets(&with_edns(query("www.example.", RrType::A), 1_232, true));
        assert!(Plain::read(&usual, Transport::Udp).is_some());
        for length in 0..usual.len() {
            assert_eq!(Plain::read(&usual[..length], Transport::Udp), None, "{length}");
        }
        assert_eq!(Plain::read(&[&usual[..], &[0]].concat(), Transport::Udp), None);
        let opt = usual.len() - 11;
        for (at, octet) in [
            (2, 0x81),     // a response
            (2, 0x09),     // another opcode
            (2, 0x00),     // RD=0
            (2, 0x03),     // TC
            (3, 0x01),     // a response code
            (5, 2),        // two questions
            (7, 1),        // an answer
            (9, 1),        // an authority
            (11, 2),       // two additional records
            (12, 0xc0),    // a compressed name
            (12, 0x41),    // a label type that is gone
            (opt - 1, 3),  // class CH
            (opt, 1),      // an OPT not at the root
            (opt + 2, 1),  // something else than OPT
            (opt + 6, 1),  // EDNS version 1
            (opt + 10, 1), // options that are not there
        ] {
            let mut unusual = usual.clone();
            unusual[at] = octet;
            assert_eq!(Plain::read(&unusual, Transport::Udp), None, "{at}");
        }
    }

    #[test]
    fn rfc7873_s5_2_2_a_cookie_of_a_bad_length_is_unusual_and_so_are_dozens_of_options() {
        let with = |options: Vec<(OptionCode, usize)>| {
            let mut sent = with_edns(query("www.example.", RrType::A), 1_232, true);
            let option = |(code, length)| EdnsOption { code, data: vec![7; length].into() };
            let options = options.into_iter().map(option).collect();
            sent.envelope.edns = Some(Edns { options, ..Edns::default() });
            octets(&sent)
        };
        for (length, usual) in [(8, true), (7, false), (15, false), (16, true), (41, false)] {
            let octets = with(vec![(OptionCode::COOKIE, length)]);
            assert_eq!(Plain::read(&octets, Transport::Udp).is_some(), usual, "{length}");
        }
        let octets = with(vec![(OptionCode(12), 0); 40]);
        assert_eq!(Plain::read(&octets, Transport::Udp), None);
    }

    #[test]
    fn rfc7828_s3_3_1_the_option_counts_over_tcp_alone() {
        let mut sent = with_edns(query("www.example.", RrType::A), 1_232, true);
        for (options, transport, counts) in [
            (vec![], Transport::Tcp, false),
            (vec![EdnsOption::keepalive(None)], Transport::Udp, false),
            (vec![EdnsOption::keepalive(None)], Transport::Tcp, true),
        ] {
            sent.envelope.edns = Some(Edns { options, ..Edns::default() });
            let octets = octets(&sent);
            let plain = Plain::read(&octets, transport).expect("a plain query");
            assert_eq!(plain.keepalive, counts);
            let query = plain.query().expect("a query");
            assert_eq!(query.envelope.asks_for_keepalive(), counts);
        }
    }

    #[test]
    fn names_are_at_most_255_octets() {
        for (labels, fits) in [(127, true), (128, false)] {
            let mut octets = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            octets.extend([1, b'a'].repeat(labels));
            octets.extend([0, 0, 1, 0, 1]);
            assert_eq!(Plain::read(&octets, Transport::Udp).is_some(), fits, "{labels}");
        }
    }
}
