//! What an authoritative server answers (RFC 1034 section 4.3.2, RFC 4035 section 3.1, RFC 5155 section 7.2).

use std::borrow::Borrow;

use super::lookup::{Found, find};
use super::proofs::{self, Proof};
use super::{Zone, additional};
use crate::wire::rdata::target;
use crate::wire::{
    Class, Edns, Flags, Header, Message, Name, Opcode, Question, Rcode, RrSet, RrType,
};

/// Aliases followed inside one response; a server that serves a loop must end somewhere.
const MAX_ALIASES: usize = 12;
/// The largest UDP message offered and sent (the size agreed upon for the DNS flag day 2020).
const UDP_SIZE: u16 = 1232;

/// The response of a server that serves `zones` to `query`.
#[must_use]
pub fn respond<Z: Borrow<Zone>>(zones: &[Z], query: &Message) -> Message {
    let mut reply = Message::new(reply_header(&query.header));
    reply.questions.clone_from(&query.questions);
    let edns =
        |query: &Edns| Edns { udp_size: UDP_SIZE, dnssec_ok: query.dnssec_ok, ..Edns::default() };
    reply.edns = query.edns.as_ref().map(edns);
    let question = match answerable(query) {
        Ok(question) => question,
        Err(rcode) => {
            reply.header.rcode = rcode;
            return reply;
        }
    };
    let dnssec = query.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
    let mut walk = Walk { zones, rtype: question.rtype, dnssec, reply };
    walk.run(&question.name);
    walk.reply
}

/// Octets that a UDP response to `query` may have (RFC 6891 section 6.2.5).
#[must_use]
pub fn udp_limit(query: &Message) -> usize {
    usize::from(query.edns.as_ref().map_or(512, |edns| edns.udp_size.clamp(512, UDP_SIZE)))
}

/// The CD bit is copied and otherwise ignored (RFC 4035 section 3.1.6).
fn reply_header(query: &Header) -> Header {
    let flags = Flags {
        response: true,
        recursion_desired: query.flags.recursion_desired,
        checking_disabled: query.flags.checking_disabled,
        ..Flags::default()
    };
    Header { id: query.id, opcode: query.opcode, flags, rcode: Rcode::NOERROR }
}

/// The one question in class IN, or why there is no answer to it.
fn answerable(query: &Message) -> Result<&Question, Rcode> {
    if query.header.opcode != Opcode::QUERY {
        return Err(Rcode::NOTIMP);
    }
    if query.edns.as_ref().is_some_and(|edns| edns.version != 0) {
        return Err(Rcode::BADVERS); // RFC 6891 section 6.1.3
    }
    match query.questions.as_slice() {
        [question] if question.class != Class::IN => Err(Rcode::REFUSED),
        [question] if question.rtype.is_meta() && question.rtype != RrType::ANY => {
            Err(Rcode::REFUSED)
        }
        [question] => Ok(question),
        _ => Err(Rcode::FORMERR),
    }
}

/// One response under way.
struct Walk<'z, Z> {
    zones: &'z [Z],
    rtype: RrType,
    dnssec: bool,
    reply: Message,
}

impl<'z, Z: Borrow<Zone>> Walk<'z, Z> {
    /// Answers for `name` and, as long as they are served here, for the names that it is an alias of.
    fn run(&mut self, name: &Name) {
        let mut name = name.clone();
        for alias in 0..=MAX_ALIASES {
            let Some(zone) = self.zone_for(&name) else {
                if alias == 0 {
                    self.reply.header.rcode = Rcode::REFUSED;
                }
                return;
            };
            let found = find(zone, &name, self.rtype);
            if alias == 0 {
                let authoritative = !matches!(found, Found::Delegation(_));
                self.reply.header.flags.authoritative = authoritative;
            }
            match self.step(zone, &name, found) {
                Some(target) => name = target,
                None => return,
            }
        }
    }

    /// The deepest zone that holds `name`; for a DS, the parent's side of the zone cut if it is served here (RFC 4035
    /// section 3.1.4.1).
    fn zone_for(&self, name: &Name) -> Option<&'z Zone> {
        let mut holding: Vec<&'z Zone> = self
            .zones
            .iter()
            .map(Borrow::borrow)
            .filter(|z| name.is_at_or_below(z.apex()))
            .collect();
        holding.sort_by_key(|zone| zone.apex().label_count());
        let deepest = holding.pop()?;
        let parent = holding.pop().filter(|parent| {
            self.rtype == RrType::DS && deepest.apex() == name && parent.is_cut(name)
        });
        Some(parent.unwrap_or(deepest))
    }

    /// Puts what was found into the reply; an alias gives the name to go on with.
    fn step(&mut self, zone: &'z Zone, name: &Name, found: Found<'z>) -> Option<Name> {
        match found {
            Found::Delegation(ns) => self.referral(zone, ns),
            Found::Dname(dname) => return self.dname(name, dname),
            Found::Exact(node) => {
                let proof = || proofs::no_data(zone, name);
                return self.node(zone, name, node, Vec::new, proof);
            }
            Found::Wildcard { encloser, node } => {
                let expanded = || proofs::wildcard_answer(zone, name, &encloser);
                let no_data = || proofs::wildcard_no_data(zone, name, &encloser);
                return self.node(zone, name, node, expanded, no_data);
            }
            Found::Nothing { encloser } => {
                self.reply.header.rcode = Rcode::NXDOMAIN;
                self.negative(zone, || proofs::name_error(zone, name, &encloser));
            }
        }
        None
    }

    /// Answers from the RRsets of a name, which may be a wildcard's: then `expanded` proves that it may be.
    fn node(
        &mut self,
        zone: &'z Zone,
        name: &Name,
        node: &'z [RrSet],
        expanded: impl FnOnce() -> Proof<'z>,
        no_data: impl FnOnce() -> Proof<'z>,
    ) -> Option<Name> {
        let answer = answers(node, self.rtype);
        let cname = node.iter().find(|set| set.rtype == RrType::CNAME);
        let alias = cname.filter(|_| answer.is_empty());
        if let Some(cname) = alias {
            self.answer(name, cname);
        }
        for set in &answer {
            self.answer(name, set);
        }
        if answer.is_empty() && alias.is_none() {
            self.negative(zone, no_data);
            return None;
        }
        if alias.is_none() {
            self.name_servers(zone, name);
        }
        self.prove(expanded);
        additional::add(zone, self.dnssec, &mut self.reply);
        alias.and_then(cname_target)
    }

    /// A DNAME and the CNAME that it makes (RFC 6672 section 3.1).
    fn dname(&mut self, name: &Name, dname: &RrSet) -> Option<Name> {
        let to = target(RrType::DNAME, dname.rdatas.first()?)?;
        self.answer(&dname.owner, dname);
        let Ok(renamed) = name.substitute(&dname.owner, &to) else {
            self.reply.header.rcode = Rcode::YXDOMAIN;
            return None;
        };
        let renamed = renamed?;
        let rdata = renamed.as_wire().into();
        self.answer(name, &RrSet::new(name.clone(), RrType::CNAME, dname.ttl, vec![rdata]));
        (self.rtype != RrType::CNAME).then_some(renamed)
    }

    /// The zone cut's name servers, the DS RRset or the proof that there is none (RFC 4035 section 3.1.4), and glue.
    fn referral(&mut self, zone: &'z Zone, ns: &'z RrSet) {
        self.authority(ns);
        match zone.get(&ns.owner, RrType::DS) {
            Some(ds) if self.dnssec => self.authority(ds),
            Some(_) => {}
            None => self.prove(|| proofs::no_data(zone, &ns.owner)),
        }
        additional::add(zone, self.dnssec, &mut self.reply);
    }

    /// The SOA with the TTL of negative answers (RFC 2308 section 3), and the proof.
    fn negative(&mut self, zone: &'z Zone, proof: impl FnOnce() -> Proof<'z>) {
        if let Some((soa, _)) = zone.soa() {
            self.authority(&RrSet { ttl: zone.negative_ttl(), ..soa.clone() });
        }
        self.prove(proof);
    }

    /// The zone's own name servers, unless they are the answer.
    fn name_servers(&mut self, zone: &'z Zone, name: &Name) {
        let asked = matches!(self.rtype, RrType::NS | RrType::ANY) && name == zone.apex();
        if let Some(ns) = zone.get(zone.apex(), RrType::NS).filter(|_| !asked) {
            self.authority(ns);
        }
    }

    fn prove(&mut self, proof: impl FnOnce() -> Proof<'z>) {
        if self.dnssec {
            proof().into_iter().for_each(|set| self.authority(set));
        }
    }

    fn answer(&mut self, owner: &Name, set: &RrSet) {
        let set = RrSet { owner: owner.clone(), ..self.shaped(set) };
        additional::add_once(&mut self.reply.answer, set);
    }

    fn authority(&mut self, set: &RrSet) {
        let set = self.shaped(set);
        additional::add_once(&mut self.reply.authority, set);
    }

    /// Signatures go only to those who ask for them (RFC 4035 section 3.1).
    fn shaped(&self, set: &RrSet) -> RrSet {
        additional::shaped(set, self.dnssec)
    }
}

/// The RRsets of `node` that answer `rtype`. RRSIGs lie with what they cover, so asking for them takes putting them
/// together.
fn answers(node: &[RrSet], rtype: RrType) -> Vec<RrSet> {
    if rtype != RrType::RRSIG {
        let wanted = |set: &&RrSet| set.rtype == rtype || rtype == RrType::ANY;
        return node.iter().filter(wanted).cloned().collect();
    }
    let signatures = node.iter().flat_map(|set| &set.signatures).cloned().collect::<Vec<_>>();
    match node.first() {
        Some(first) if !signatures.is_empty() => {
            vec![RrSet::new(first.owner.clone(), RrType::RRSIG, first.ttl, signatures)]
        }
        _ => Vec::new(),
    }
}

fn cname_target(cname: &RrSet) -> Option<Name> {
    target(RrType::CNAME, cname.rdatas.first()?)
}
