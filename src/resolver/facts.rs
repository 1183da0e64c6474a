//! What a response states, fact by fact along its alias chain. A pure function: whether it is true is judged later.

use crate::iterate::alias_target;
use crate::model::{Fact, Kind, Response};
use crate::wire::{Name, Rcode, RrSet, RrType};

/// The facts of `response` in the order of its chain, each with the name it is about. The first is about the name asked
/// for; there is always one.
pub(super) fn facts(response: &Response) -> Vec<(Name, Fact)> {
    let rtype = response.question.rtype;
    if rtype == RrType::ANY && response.kind == Kind::Answer {
        return all(response);
    }
    let mut facts = Vec::with_capacity(1);
    let mut name = response.question.name.clone();
    let mut sets = response.answer.iter().peekable();
    while let Some(set) = sets.next() {
        if set.rtype == rtype && !leads_on(set, &name) {
            facts.push((name, Fact::Data(set.clone())));
            return facts;
        }
        if set.rtype == RrType::DNAME {
            sets.next_if(|next| next.is(&name, RrType::CNAME)); // made anew from the DNAME
        }
        let (fact, target) = alias(set, &name);
        facts.push((name, fact));
        match target {
            Some(target) => name = target,
            None => return facts,
        }
    }
    if let Some(fact) = denial(response, &name, facts.is_empty()) {
        facts.push((name, fact));
    }
    facts
}

/// What there is of all types, each to be judged (RFC 6840 section 4.2). Signatures without their RRset are left out,
/// unless there is nothing else.
fn all(response: &Response) -> Vec<(Name, Fact)> {
    let name = &response.question.name;
    let fact = |set: &RrSet| match set.rtype {
        RrType::CNAME => alias(set, name).0,
        _ => Fact::Data(set.clone()),
    };
    let signatures_alone = response.answer.iter().all(|set| set.rtype == RrType::RRSIG);
    let counts = |set: &&RrSet| signatures_alone || set.rtype != RrType::RRSIG;
    response.answer.iter().filter(counts).map(|set| (name.clone(), fact(set))).collect()
}

/// Is this an alias of `name` rather than what was asked for? A question for CNAME is answered by the alias; one for
/// the DNAME at its own owner is not led on by it.
fn leads_on(set: &RrSet, name: &Name) -> bool {
    set.rtype == RrType::CNAME || set.rtype == RrType::DNAME && set.owner != *name
}

/// The alias that `set` makes of `name`, and where it leads: nowhere when the name grows too long. The CNAME of a DNAME
/// is made here (RFC 6672 section 3.1), whatever the server made of it.
fn alias(set: &RrSet, name: &Name) -> (Fact, Option<Name>) {
    let dname = (set.rtype == RrType::DNAME).then_some(set);
    let cname = (set.rtype == RrType::CNAME).then_some(set);
    let Some(target) = alias_target(name, dname, cname) else {
        return (Fact::NameTooLong(set.clone()), None);
    };
    let made = || RrSet::new(name.clone(), RrType::CNAME, set.ttl, vec![target.as_wire().into()]);
    let fact = Fact::Alias {
        cname: cname.cloned().unwrap_or_else(made),
        dname: dname.cloned(),
        target: target.clone(),
    };
    (fact, Some(target))
}

/// What the response denies about the end of its chain. Behind an alias only a denial by a zone that holds the target
/// counts; otherwise the target is asked for.
fn denial(response: &Response, name: &Name, alone: bool) -> Option<Fact> {
    let denied = match response.kind {
        Kind::NameError => Fact::NameError,
        Kind::NoData => Fact::NoData,
        Kind::Alias if response.rcode == Rcode::NXDOMAIN => Fact::NameError,
        Kind::Alias => Fact::NoData,
        Kind::Answer => return None,
    };
    let zone_holds_it = || response.soa().is_some_and(|soa| name.is_at_or_below(&soa.owner));
    (alone || response.question.rtype != RrType::CNAME && zone_holds_it()).then_some(denied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::wire::Question;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn pointing(owner: &str, rtype: RrType, target: &str) -> RrSet {
        RrSet::new(name(owner), rtype, 60, vec![name(target).as_wire().into()])
    }

    fn response(asked: &str, rtype: RrType, kind: Kind, answer: Vec<RrSet>) -> Response {
        let rcode = Rcode::NOERROR;
        let question = Question::new(name(asked), rtype);
        let (zone, arrived) = (name("example"), Moment::default());
        Response {
            question,
            zone,
            server: None,
            unasked: false,
            kind,
            rcode,
            answer,
            authority: vec![],
            apex: None,
            arrived,
        }
    }

    fn told(response: &Response) -> Vec<String> {
        let text = |(name, fact): (Name, Fact)| match fact {
            Fact::Data(set) => format!("{name} {}", set.rtype),
            Fact::Alias { target, dname, .. } => {
                format!("{name} -> {target}{}", if dname.is_some() { " by DNAME" } else { "" })
            }
            denied => format!("{name} {denied:?}"),
        };
        facts(response).into_iter().map(text).collect()
    }

    #[test]
    fn one_fact_a_link() {
        let a = RrSet::new(name("c.example"), RrType::A, 60, vec![[192, 0, 2, 1].into()]);
        let chain = vec![
            pointing("a.example", RrType::CNAME, "b.d.example"),
            pointing("d.example", RrType::DNAME, "example"),
            pointing("b.d.example", RrType::CNAME, "lie.example"),
            pointing("b.example", RrType::CNAME, "c.example"),
            a,
        ];
        let told = told(&response("a.example", RrType::A, Kind::Answer, chain));
        let expected = [
            "a.example. -> b.d.example.",
            "b.d.example. -> b.example. by DNAME",
            "b.example. -> c.example.",
            "c.example. A",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn rfc6840_s4_2_all_types_are_facts_of_their_own() {
        let a = || RrSet::new(name("a.example"), RrType::A, 60, vec![[192, 0, 2, 1].into()]);
        let signatures = || RrSet { rtype: RrType::RRSIG, ..a() };
        let asked = |sets| told(&response("a.example", RrType::ANY, Kind::Answer, sets));
        assert_eq!(asked(vec![a(), signatures()]), ["a.example. A"]);
        assert_eq!(asked(vec![signatures()]), ["a.example. RRSIG"]);
    }

    #[test]
    fn rfc1034_s3_6_2_a_question_for_an_alias_ends_with_it() {
        let cname = || vec![pointing("a.example", RrType::CNAME, "b.example")];
        let asked = |rtype| told(&response("a.example", rtype, Kind::Alias, cname()));
        assert_eq!(asked(RrType::CNAME), ["a.example. -> b.example."]);
        assert_eq!(asked(RrType::A), ["a.example. -> b.example."]);
        let dname = vec![pointing("d.example", RrType::DNAME, "x.example")];
        let told = told(&response("d.example", RrType::DNAME, Kind::Answer, dname));
        assert_eq!(told, ["d.example. DNAME"]);
    }

    #[test]
    fn a_denial_behind_an_alias_counts_where_its_zone_holds_the_target() {
        let mut response = response(
            "a.example",
            RrType::A,
            Kind::Alias,
            vec![pointing("a.example", RrType::CNAME, "b.example")],
        );
        response.rcode = Rcode::NXDOMAIN;
        assert_eq!(told(&response).len(), 1);
        response.authority.push(RrSet::new(name("example"), RrType::SOA, 60, vec![[0; 22].into()]));
        assert_eq!(told(&response)[1], "b.example. NameError");
    }

    #[test]
    fn rfc6672_s2_2_a_name_that_grows_too_long_is_a_fact() {
        let long = "abcdefgh.".repeat(27);
        let dname = vec![pointing("d.example", RrType::DNAME, &long)];
        let asked = response("abcdefghijklmno.d.example", RrType::A, Kind::Alias, dname);
        let facts = facts(&asked);
        assert!(matches!(&facts[..], [(_, Fact::NameTooLong(set))] if set.rtype == RrType::DNAME));
        assert_eq!(facts[0].1.rcode(), Rcode::YXDOMAIN);
    }
}
