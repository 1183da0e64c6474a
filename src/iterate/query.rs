//! The message that goes out, and how the reply is undone of what was random in it.

use crate::entropy::Entropy;
use crate::net::{Cookie, CookieSent};
use crate::wire::{
    Edns, EdnsOption, Flags, Header, Message, Name, Opcode, OptionCode, Question, Rcode, compose,
};

/// Queries are small: a name of 255 octets and a cookie of 40 leave room.
const MAX_QUERY: usize = 512;

/// What a query is made of besides its question.
pub(super) struct Parts<'a> {
    /// RD, with CD or without: for forwarders.
    pub flags: Flags,
    /// The size offered, where there is to be an OPT record.
    pub udp_size: Option<u16>,
    /// The cookie, where one is to be sent.
    pub cookie: Option<Cookie>,
    /// Is the server to be asked to keep the connection open? Never over UDP (RFC 7828 section 3.2.1).
    pub keepalive: bool,
    /// Is the name to be in random letters?
    pub random_case: bool,
    pub entropy: &'a Entropy,
}

/// A query as it goes out.
pub(super) struct Query {
    pub octets: Vec<u8>,
    /// Letters of its name that were drawn by chance.
    pub letters: usize,
    pub cookie: Option<CookieSent>,
}

/// The message to send: DO and an OPT for as many octets as are offered (RFC 4035 section 4.1).
pub(super) fn query(question: &Question, parts: Parts<'_>) -> Query {
    let Parts { flags, udp_size, cookie, keepalive, random_case, entropy } = parts;
    let id = entropy.u16();
    let header = Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut message = Message::new(header);
    // Who does not keep the letters of names writes them small, whatever the client's are.
    let name = if random_case {
        in_random_case(&question.name, entropy)
    } else {
        question.name.to_lowercase()
    };
    message.questions.push(Question { name, ..question.clone() });
    let is_letter = |octet: &&u8| octet.is_ascii_alphabetic(); // length octets are below the letters
    let letters =
        if random_case { question.name.as_wire().iter().filter(is_letter).count() } else { 0 };
    let cookie = cookie.filter(|_| udp_size.is_some());
    let option =
        |cookie: &Cookie| EdnsOption { code: OptionCode::COOKIE, data: cookie.to_option().into() };
    let keepalive = keepalive.then(|| EdnsOption::keepalive(None));
    let options = cookie.iter().map(option).chain(keepalive).collect();
    message.edns =
        udp_size.map(|udp_size| Edns { udp_size, dnssec_ok: true, options, ..Edns::default() });
    Query {
        octets: compose(&message, MAX_QUERY, false),
        letters,
        cookie: cookie.map(|c| CookieSent { client: c.client, seen: c.server.is_some() }),
    }
}

/// Each letter upper or lower case by chance (draft-vixie-dnsext-dns0x20): what a forger must guess as well.
fn in_random_case(name: &Name, entropy: &Entropy) -> Name {
    const CASE: u8 = 0x20;
    let mut octets = name.as_wire().to_vec();
    let mut chance = [0; Name::MAX_OCTETS.div_ceil(8)];
    entropy.fill(&mut chance);
    for (i, octet) in octets.iter_mut().enumerate() {
        // Length octets are below the letters.
        if octet.is_ascii_alphabetic() && chance[i / 8] >> (i % 8) & 1 == 1 {
            *octet ^= CASE;
        }
    }
    Name::from_wire(&octets).unwrap_or_else(|_| name.clone())
}

/// Writes the question's own letters over the ones that were sent: then all names in `reply` that point there are as
/// the zone would have them for this question, and chance stays out of caches and answers.
pub(super) fn restore_case(reply: &mut [u8], question: &Question) {
    let name = question.name.as_wire();
    let at = Header::OCTETS..Header::OCTETS + name.len();
    if let Some(repeated) = reply.get_mut(at).filter(|r| r.eq_ignore_ascii_case(name)) {
        repeated.copy_from_slice(name);
    }
}

/// The same for a server that wrote the name out in full: its records are the question's.
pub(super) fn restore_owners(message: &mut Message, question: &Question) {
    let sets = [&mut message.answer, &mut message.authority].into_iter().flatten();
    sets.filter(|set| set.owner == question.name)
        .for_each(|set| set.owner.clone_from(&question.name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{RrSet, RrType};

    fn asked() -> Question {
        Question::new("www.Example-1.com.".parse().expect("a name"), RrType::CNAME)
    }

    fn sent(random_case: bool, cookie: Option<Cookie>) -> Message {
        let entropy = Entropy::seeded(4);
        let udp_size = Some(1232);
        let (flags, keepalive) = (Flags::default(), false);
        let parts = Parts { flags, udp_size, cookie, keepalive, random_case, entropy: &entropy };
        Message::parse(&query(&asked(), parts).octets).expect("a query")
    }

    #[test]
    fn rfc7828_s3_2_1_the_option_is_empty_and_for_tcp_alone() {
        let (flags, cookie, entropy) = (Flags::default(), None, &Entropy::seeded(4));
        let option = |udp_size, keepalive| {
            let cookie = cookie.clone();
            let parts = Parts { flags, udp_size, cookie, keepalive, random_case: true, entropy };
            let edns = Message::parse(&query(&asked(), parts).octets).expect("a query").edns?;
            edns.option(OptionCode::KEEPALIVE).map(<[u8]>::to_vec)
        };
        assert_eq!(option(Some(1232), false), None);
        assert_eq!(option(Some(1232), true), Some(vec![]));
        assert_eq!(option(None, true), None, "without OPT");
    }

    #[test]
    fn the_name_goes_out_in_random_letters_and_comes_back_in_its_own() {
        assert!(sent(false, None).questions[0].name.eq_case(&asked().name.to_lowercase()));
        let mut reply = sent(true, None);
        assert_eq!(reply.questions[0], asked());
        assert!(!reply.questions[0].name.eq_case(&asked().name));
        reply.header.flags.response = true;
        let owner = reply.questions[0].name.clone();
        let target = owner.as_wire().into();
        reply.answer = vec![RrSet::new(owner, RrType::CNAME, 60, vec![target])];
        let mut octets = compose(&reply, 512, false);
        restore_case(&mut octets, &asked());
        let restored = Message::parse(&octets).expect("a message");
        assert!(restored.answer[0].owner.eq_case(&asked().name));
        assert_eq!(&*restored.answer[0].rdatas[0], asked().name.as_wire());
        restore_owners(&mut reply, &asked());
        assert!(reply.answer[0].owner.eq_case(&asked().name));
    }

    #[test]
    fn every_letter_is_as_often_upper_as_lower_case() {
        let entropy = Entropy::seeded(9);
        let mut upper = [0; 19];
        for _ in 0..1_000 {
            let name = in_random_case(&asked().name, &entropy);
            let letters = name.as_wire().iter().zip(&mut upper);
            letters.for_each(|(octet, count)| *count += u32::from(octet.is_ascii_uppercase()));
        }
        let letters = asked().name.as_wire().to_vec();
        for (octet, count) in letters.iter().zip(upper) {
            let expected = if octet.is_ascii_alphabetic() { 400..600 } else { 0..1 };
            assert!(expected.contains(&count), "{octet} {count}");
        }
    }

    #[test]
    fn short_and_foreign_replies_are_left_alone() {
        for reply in [&[0; 5][..], &[0; 40]] {
            let mut same = reply.to_vec();
            restore_case(&mut same, &asked());
            assert_eq!(same, reply);
        }
    }
}
