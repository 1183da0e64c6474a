//! What is this response, seen from its question? A pure function; the loop acts on its result.

use std::fmt;

use crate::model::{Kind, Trouble};
use crate::wire::{Message, Name, Question, Rcode, RrSet, RrType, rdata};

/// What a scrubbed message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// It settles the question, or leads it on by an alias.
    Settles(Kind),
    /// It names the servers of a zone below (RFC 1034 section 4.3.2 step 3b).
    Referral(Name),
    /// It would settle the question, but does not speak for the zone: it counts when no server says better.
    SecondHand(Kind),
    /// Its server does not serve the zone.
    Lame,
    /// It says nothing that can be used.
    Unusable(Trouble),
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settles(kind) => write!(f, "{kind:?}"),
            Self::SecondHand(kind) => write!(f, "{kind:?}, not authoritative"),
            Self::Referral(zone) => write!(f, "referral to {zone}"),
            Self::Lame => Trouble::Lame.fmt(f),
            Self::Unusable(trouble) => trouble.fmt(f),
        }
    }
}

/// Classifies the scrubbed `message`, the response of a server of `zone` to `question`. A forwarder (`recursive`) is
/// authoritative for nothing, and refers to nobody.
#[must_use]
pub fn classify(message: &Message, question: &Question, zone: &Name, recursive: bool) -> Class {
    if !matches!(message.header.rcode, Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::YXDOMAIN) {
        return Class::Unusable(Trouble::Rcode(message.header.rcode));
    }
    match settled(message, question, zone, recursive) {
        Class::Settles(kind) if !recursive && is_second_hand(message) => Class::SecondHand(kind),
        class => class,
    }
}

/// Does the message, as it came, refer to nothing but zones outside `zone`: upward or sideways? Its server does not
/// serve the zone then, whatever AA says. The scrub takes such records out, so this is seen before it.
#[must_use]
pub fn refers_astray(message: &Message, zone: &Name) -> bool {
    let is = |rtype| move |set: &&RrSet| set.rtype == rtype;
    let mut ns = message.authority.iter().filter(is(RrType::NS)).peekable();
    message.header.rcode == Rcode::NOERROR
        && message.answer.is_empty()
        && !message.authority.iter().any(|set| set.rtype == RrType::SOA)
        && ns.peek().is_some()
        && ns.all(|set| !set.owner.is_at_or_below(zone))
}

/// Without AA, a resolver's memory (RA) or an entirely empty message.
fn is_second_hand(message: &Message) -> bool {
    let flags = message.header.flags;
    let empty = message.answer.is_empty() && message.authority.is_empty();
    !flags.authoritative && (flags.recursion_available && !is_referral_shaped(message) || empty)
}

fn settled(message: &Message, question: &Question, zone: &Name, recursive: bool) -> Class {
    if message.answer.iter().any(leads_nowhere) {
        return Class::Unusable(Trouble::Malformed);
    }
    if let Some(kind) = answer_kind(message, question) {
        return Class::Settles(kind);
    }
    match message.header.rcode {
        Rcode::NXDOMAIN => return Class::Settles(Kind::NameError),
        Rcode::YXDOMAIN => return Class::Unusable(Trouble::Malformed), // and no DNAME (RFC 6672 section 2.2)
        _ => {}
    }
    no_answer(message, question, zone, recursive)
}

fn is_referral_shaped(message: &Message) -> bool {
    message.answer.is_empty() && message.authority.iter().any(|set| set.rtype == RrType::NS)
}

/// An alias whose RDATA is no name.
fn leads_nowhere(set: &RrSet) -> bool {
    matches!(set.rtype, RrType::CNAME | RrType::DNAME)
        && set.rdatas.first().is_none_or(|rdata| rdata::target(set.rtype, rdata).is_none())
}

/// The answer section holds what is asked, or an alias of it. The scrub left nothing else there.
fn answer_kind(message: &Message, question: &Question) -> Option<Kind> {
    let last = message.answer.last()?;
    let asked = last.rtype == question.rtype || question.rtype == RrType::ANY;
    Some(if asked { Kind::Answer } else { Kind::Alias })
}

/// NOERROR and nothing in the answer section: a referral, a denial, or a server that does not know the zone. Without SOA
/// and without NS it is a denial (RFC 2308 section 2.2).
fn no_answer(message: &Message, question: &Question, zone: &Name, recursive: bool) -> Class {
    let has_soa = message
        .authority
        .iter()
        .any(|set| set.rtype == RrType::SOA && question.name.is_at_or_below(&set.owner));
    let ns = message
        .authority
        .iter()
        .find(|set| set.rtype == RrType::NS && question.name.is_at_or_below(&set.owner));
    match ns {
        _ if has_soa => Class::Settles(Kind::NoData),
        Some(set) if !recursive && set.owner.is_below(zone) => below(set, message, question),
        _ if recursive || message.header.flags.authoritative => Class::Settles(Kind::NoData),
        None if message.authority.is_empty() => Class::Settles(Kind::NoData),
        _ => Class::Lame, // upward or sideways
    }
}

/// A referral; to a question for the DS of that very zone it is the parent's way of giving (or denying) the DS.
fn below(ns: &RrSet, message: &Message, question: &Question) -> Class {
    if question.rtype != RrType::DS || ns.owner != question.name {
        return Class::Referral(ns.owner.clone());
    }
    let has_ds = message.authority.iter().any(|set| set.is(&question.name, RrType::DS));
    Class::Settles(if has_ds { Kind::Answer } else { Kind::NoData })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Header, Opcode};

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn set(owner: &str, rtype: RrType) -> RrSet {
        RrSet::new(name(owner), rtype, 60, vec![name("target.example").as_wire().into()])
    }

    fn class(
        rcode: Rcode,
        flags: Flags,
        answer: &[RrSet],
        authority: &[RrSet],
        rtype: RrType,
        recursive: bool,
    ) -> Class {
        let header = Header { id: 0, opcode: Opcode::QUERY, flags, rcode };
        let message = Message {
            answer: answer.to_vec(),
            authority: authority.to_vec(),
            ..Message::new(header)
        };
        classify(
            &message,
            &Question::new(name("www.example."), rtype),
            &name("example."),
            recursive,
        )
    }

    const AA: Flags = Flags {
        response: true,
        authoritative: true,
        truncated: false,
        recursion_desired: false,
        recursion_available: false,
        authentic_data: false,
        checking_disabled: false,
    };
    const PLAIN: Flags = Flags { authoritative: false, ..AA };
    const RA: Flags = Flags { recursion_available: true, ..PLAIN };

    /// Response code, flags, answer, authority, type asked for, by a forwarder?
    type Case = (Rcode, Flags, Vec<RrSet>, Vec<RrSet>, RrType, bool);

    fn cases() -> Vec<(Case, Class)> {
        use RrType as T;
        let a = || vec![set("www.example.", T::A)];
        let cname = || vec![set("www.example.", T::CNAME)];
        let soa = || vec![set("example.", T::SOA)];
        let ns = || vec![set("example.", T::NS)];
        let below = || vec![set("www.example.", T::NS)];
        let up = || vec![set(".", T::NS)];
        let (ok, none) = (Rcode::NOERROR, Vec::new);
        let settles = Class::Settles;
        let referral = || Class::Referral(name("www.example."));
        let second_hand_name_error = Class::SecondHand(Kind::NameError);
        let refused = Class::Unusable(Trouble::Rcode(Rcode::REFUSED));
        vec![
            ((ok, AA, a(), none(), T::A, false), settles(Kind::Answer)),
            ((ok, PLAIN, a(), none(), T::A, false), settles(Kind::Answer)),
            ((ok, RA, a(), none(), T::A, false), Class::SecondHand(Kind::Answer)),
            ((ok, RA, cname(), none(), T::A, false), Class::SecondHand(Kind::Alias)),
            ((ok, RA, none(), soa(), T::A, false), Class::SecondHand(Kind::NoData)),
            ((ok, RA, none(), ns(), T::A, false), Class::Lame),
            ((ok, RA, a(), none(), T::A, true), settles(Kind::Answer)),
            ((ok, AA, cname(), none(), T::A, false), settles(Kind::Alias)),
            ((Rcode::NXDOMAIN, AA, none(), soa(), T::A, false), settles(Kind::NameError)),
            ((ok, AA, none(), soa(), T::A, false), settles(Kind::NoData)),
            ((ok, AA, none(), [soa(), ns()].concat(), T::A, false), settles(Kind::NoData)),
            ((ok, PLAIN, none(), below(), T::A, false), referral()),
            ((ok, RA, none(), below(), T::A, false), referral()),
            ((ok, PLAIN, none(), below(), T::DS, false), settles(Kind::NoData)),
            ((ok, PLAIN, none(), ns(), T::A, false), Class::Lame),
            ((ok, PLAIN, none(), up(), T::A, false), Class::Lame),
            ((ok, PLAIN, none(), none(), T::A, false), Class::SecondHand(Kind::NoData)),
            ((Rcode::NXDOMAIN, PLAIN, none(), none(), T::A, false), second_hand_name_error),
            ((ok, AA, none(), none(), T::A, false), settles(Kind::NoData)),
            ((Rcode::REFUSED, PLAIN, none(), none(), T::A, false), refused),
        ]
    }

    #[test]
    fn rfc1034_s4_3_2_classes() {
        for (i, ((rcode, flags, answer, authority, rtype, recursive), expected)) in
            cases().into_iter().enumerate()
        {
            let found = class(rcode, flags, &answer, &authority, rtype, recursive);
            assert_eq!(found, expected, "case {i}");
        }
    }

    #[test]
    fn rfc2308_s2_2_ns_without_soa_that_lead_upward_are_no_denial() {
        let astray = |flags, answer: &[RrSet], authority: &[RrSet]| {
            let header = Header { id: 0, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
            let (answer, authority) = (answer.to_vec(), authority.to_vec());
            refers_astray(&Message { answer, authority, ..Message::new(header) }, &name("example."))
        };
        let (up, own) = (set(".", RrType::NS), set("example.", RrType::NS));
        let below = set("www.example.", RrType::NS);
        assert!(astray(AA, &[], std::slice::from_ref(&up)));
        assert!(astray(PLAIN, &[], &[up.clone(), set("net.", RrType::NS)]));
        assert!(!astray(AA, &[], &[]));
        assert!(!astray(AA, &[], &[up.clone(), below]));
        assert!(!astray(AA, &[], &[up.clone(), set("example.", RrType::SOA)]));
        assert!(!astray(AA, &[], &[own]));
        assert!(!astray(AA, &[set("www.example.", RrType::A)], &[up]));
    }
}
