//! The bailiwick rule, in one place for all callers: of a message only that is kept which its server may say, and
//! which the question asked for.

use crate::wire::{Class, Message, Name, Question, RrSet, RrType, rdata};

/// Aliases followed inside one message; a longer chain is cut and its tail asked for.
const MAX_ALIASES: usize = 11;

/// `message`, the response of a server of `zone` to `question`, without
/// - whatever is not of class IN or not at or below `zone` (RFC 5452 section 6, RFC 2181 section 5.4.1),
/// - answers that are not on the alias chain from the question's name,
/// - authority records other than SOA, NS, DS, NSEC and NSEC3, and additional ones other than addresses.
#[must_use]
pub fn scrub(mut message: Message, question: &Question, zone: &Name) -> Message {
    let inside = |set: &RrSet| set.class == Class::IN && set.owner.is_at_or_below(zone);
    message.answer.retain(inside);
    message.answer = alias_chain(message.answer, question);
    message.authority.retain(|set| inside(set) && is_authority_type(set.rtype));
    message.additional.retain(|set| inside(set) && matches!(set.rtype, RrType::A | RrType::AAAA));
    message
}

const fn is_authority_type(rtype: RrType) -> bool {
    matches!(rtype, RrType::SOA | RrType::NS | RrType::DS | RrType::NSEC | RrType::NSEC3)
}

/// The RRsets that lead from the question's name to what is asked, in that order.
fn alias_chain(mut sets: Vec<RrSet>, question: &Question) -> Vec<RrSet> {
    let mut chain = Vec::with_capacity(sets.len());
    let mut name = question.name.clone();
    for _ in 0..=MAX_ALIASES {
        let wanted = |set: &RrSet| {
            set.owner == name && (set.rtype == question.rtype || question.rtype == RrType::ANY)
        };
        let leads = |set: &RrSet| set.rtype == RrType::DNAME && name.is_below(&set.owner);
        let by_dname = question.rtype == RrType::CNAME && sets.iter().any(leads);
        if !by_dname && sets.iter().any(wanted) {
            chain.extend(sets.extract_if(.., |set| wanted(set)));
            break;
        }
        // One that leads on twice may come once (RFC 2181 section 5).
        let dname = take(&mut sets, leads).or_else(|| chain.iter().find(|s| leads(s)).cloned());
        let cname = take(&mut sets, |set| set.is(&name, RrType::CNAME));
        let target = alias_target(&name, dname.as_ref(), cname.as_ref());
        chain.extend(dname);
        chain.extend(cname);
        match target {
            Some(target) if !by_dname => name = target,
            _ => break, // asked for by itself, no alias, or one that leads to a name too long to be one
        }
    }
    chain
}

fn take(sets: &mut Vec<RrSet>, wanted: impl Fn(&RrSet) -> bool) -> Option<RrSet> {
    sets.iter().position(wanted).map(|at| sets.remove(at))
}

/// Where `name` leads: by the DNAME where there is one (RFC 6672 section 3.4), else by the CNAME.
#[must_use]
pub fn alias_target(name: &Name, dname: Option<&RrSet>, cname: Option<&RrSet>) -> Option<Name> {
    match dname {
        Some(set) => {
            name.substitute(&set.owner, &rdata::target(set.rtype, set.rdatas.first()?)?).ok()?
        }
        None => cname.and_then(|set| rdata::target(set.rtype, set.rdatas.first()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Header, Opcode, Rcode};

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn a(owner: &str) -> RrSet {
        RrSet::new(name(owner), RrType::A, 60, vec![[192, 0, 2, 1].into()])
    }

    fn pointing(owner: &str, rtype: RrType, target: &str) -> RrSet {
        RrSet::new(name(owner), rtype, 60, vec![name(target).as_wire().into()])
    }

    fn message(answer: Vec<RrSet>, authority: Vec<RrSet>, additional: Vec<RrSet>) -> Message {
        let header =
            Header { id: 0, opcode: Opcode::QUERY, flags: Flags::default(), rcode: Rcode::NOERROR };
        Message { answer, authority, additional, ..Message::new(header) }
    }

    fn owners(sets: &[RrSet]) -> Vec<String> {
        sets.iter().map(|s| format!("{} {}", s.owner, s.rtype)).collect()
    }

    #[test]
    fn rfc5452_s6_nothing_outside_the_zone_is_kept_in_any_section() {
        let outside = || a("www.victim.net");
        let scrubbed = scrub(
            message(
                vec![a("www.example.com"), outside()],
                vec![
                    pointing("net", RrType::NS, "ns.evil"),
                    pointing("example.com", RrType::NS, "ns.example.com"),
                    a("x.example.com"),
                ],
                vec![outside(), a("ns.example.com"), pointing("x.example.com", RrType::CNAME, "y")],
            ),
            &Question::new(name("www.example.com"), RrType::A),
            &name("example.com"),
        );
        assert_eq!(owners(&scrubbed.answer), ["www.example.com. A"]);
        assert_eq!(owners(&scrubbed.authority), ["example.com. NS"]);
        assert_eq!(owners(&scrubbed.additional), ["ns.example.com. A"]);
    }

    #[test]
    fn only_the_alias_chain_is_kept_in_its_order() {
        let answer = vec![
            a("c.example"),
            a("unasked.example"),
            pointing("b.example", RrType::CNAME, "c.example"),
            pointing("a.example", RrType::CNAME, "b.example"),
        ];
        let scrubbed = scrub(
            message(answer, vec![], vec![]),
            &Question::new(name("a.example"), RrType::A),
            &name("example"),
        );
        assert_eq!(
            owners(&scrubbed.answer),
            ["a.example. CNAME", "b.example. CNAME", "c.example. A"]
        );
    }

    #[test]
    fn rfc6672_s3_4_a_dname_leads_and_its_cname_follows() {
        let answer = vec![
            pointing("x.d.example", RrType::CNAME, "x.t.example"),
            pointing("d.example", RrType::DNAME, "t.example"),
            a("x.t.example"),
        ];
        let scrubbed = scrub(
            message(answer, vec![], vec![]),
            &Question::new(name("x.d.example"), RrType::A),
            &name("example"),
        );
        assert_eq!(
            owners(&scrubbed.answer),
            ["d.example. DNAME", "x.d.example. CNAME", "x.t.example. A"]
        );
    }

    #[test]
    fn rfc2181_s5_a_dname_comes_once_and_leads_on_twice() {
        let answer = vec![
            pointing("d.example", RrType::DNAME, "example"),
            pointing("x.d.d.example", RrType::CNAME, "x.d.example"),
            pointing("x.d.example", RrType::CNAME, "x.example"),
            a("x.example"),
        ];
        let scrubbed = scrub(
            message(answer, vec![], vec![]),
            &Question::new(name("x.d.d.example"), RrType::A),
            &name("example"),
        );
        let expected = [
            "d.example. DNAME",
            "x.d.d.example. CNAME",
            "d.example. DNAME",
            "x.d.example. CNAME",
            "x.example. A",
        ];
        assert_eq!(owners(&scrubbed.answer), expected);
    }

    #[test]
    fn a_loop_of_aliases_ends() {
        let answer = vec![
            pointing("a.example", RrType::CNAME, "b.example"),
            pointing("b.example", RrType::CNAME, "a.example"),
        ];
        let scrubbed = scrub(
            message(answer, vec![], vec![]),
            &Question::new(name("a.example"), RrType::A),
            &name("example"),
        );
        assert_eq!(scrubbed.answer.len(), 2);
    }

    #[test]
    fn rfc5452_s6_only_class_in_and_the_types_of_each_section_are_kept() {
        let of = |rtype| RrSet { rtype, ..a("example") };
        let other_class = || RrSet { class: Class::CH, ..a("example") };
        let types = [RrType::SOA, RrType::NS, RrType::DS, RrType::NSEC, RrType::NSEC3, RrType::TXT];
        let authority = types.map(of).into_iter().chain([other_class()]).collect();
        let additional = vec![of(RrType::A), of(RrType::AAAA), of(RrType::TXT), other_class()];
        let scrubbed = scrub(
            message(vec![a("example"), other_class()], authority, additional),
            &Question::new(name("example"), RrType::A),
            &Name::root(),
        );
        let rtypes = |sets: &[RrSet]| sets.iter().map(|s| s.rtype).collect::<Vec<_>>();
        assert_eq!(rtypes(&scrubbed.answer), [RrType::A]);
        assert_eq!(rtypes(&scrubbed.authority), types[..5]);
        assert_eq!(rtypes(&scrubbed.additional), [RrType::A, RrType::AAAA]);
    }

    fn chain(answer: Vec<RrSet>, owner: &str, rtype: RrType) -> Vec<String> {
        let question = Question::new(name(owner), rtype);
        owners(&scrub(message(answer, vec![], vec![]), &question, &Name::root()).answer)
    }

    #[test]
    fn a_question_for_every_type_keeps_every_type_of_the_name() {
        let answer = || vec![a("a"), pointing("a", RrType::NS, "ns"), a("b")];
        assert_eq!(chain(answer(), "a", RrType::ANY), ["a. A", "a. NS"]);
        assert_eq!(chain(answer(), "a", RrType::NS), ["a. NS"]);
        assert!(chain(answer(), "a", RrType::TXT).is_empty());
    }

    #[test]
    fn rfc1034_s3_6_2_a_question_for_an_alias_is_answered_by_it() {
        let answer = || vec![pointing("a", RrType::CNAME, "b"), a("b")];
        assert_eq!(chain(answer(), "a", RrType::CNAME), ["a. CNAME"]);
        assert_eq!(chain(answer(), "a", RrType::A), ["a. CNAME", "b. A"]);
    }

    #[test]
    fn rfc6672_s2_2_a_dname_leads_nowhere_from_its_own_name_or_to_a_name_too_long() {
        let dname = |target: &str| vec![pointing("d", RrType::DNAME, target), a("d"), a("t")];
        assert_eq!(chain(dname("t"), "d", RrType::A), ["d. A"]);
        assert!(chain(dname("t"), "e", RrType::A).is_empty());
        let long = ["x"; 127].join(".");
        assert_eq!(chain(dname(&long), "b.d", RrType::A), ["d. DNAME"]);
        let cname = pointing("a", RrType::CNAME, "c");
        let target = |dname: Option<&RrSet>| alias_target(&name("b.d"), dname, Some(&cname));
        assert_eq!(target(None), Some(name("c")));
        assert_eq!(target(Some(&pointing("d", RrType::DNAME, "t"))), Some(name("b.t")));
        assert_eq!(alias_target(&name("b.d"), None, None), None);
    }

    #[test]
    fn rfc6672_s3_1_a_question_for_the_cname_that_a_dname_makes_is_answered_by_both() {
        let answer = || {
            vec![
                pointing("b.d", RrType::CNAME, "b.t"),
                pointing("d", RrType::DNAME, "t"),
                pointing("b.t", RrType::CNAME, "c"),
                pointing("e", RrType::DNAME, "t"),
            ]
        };
        assert_eq!(chain(answer(), "b.d", RrType::CNAME), ["d. DNAME", "b.d. CNAME"]);
        assert_eq!(chain(answer(), "b.t", RrType::CNAME), ["b.t. CNAME"]);
        let beside = vec![pointing("d", RrType::DNAME, "t"), a("b.d")];
        assert_eq!(chain(beside, "b.d", RrType::A), ["b.d. A"]);
    }

    #[test]
    fn a_chain_of_aliases_is_cut_after_twelve() {
        let alias = |i: u32| {
            pointing(&format!("a{i}.example"), RrType::CNAME, &format!("a{}.example", i + 1))
        };
        let all: Vec<_> = (0..20).map(alias).collect();
        assert_eq!(chain(all, "a0.example", RrType::A).len(), 12);
    }
}
