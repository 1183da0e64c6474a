//! A referral's records as a delegation, and what it tells about the child's DS.

use std::net::{IpAddr, SocketAddr};

use crate::clock::Moment;
use crate::model::{Delegation, Kind, NameServer, Response, Source};
use crate::wire::{Class, Message, Name, Question, Rcode, RrSet, RrType, rdata};

/// Name servers kept of one delegation (NRDelegation: hundreds of names cost hundreds of look-ups).
const MAX_SERVERS: usize = 20;
/// Addresses kept of one name server.
pub(super) const MAX_ADDRESSES: usize = 6;

/// The delegation of `zone` that the scrubbed referral `message` makes, and the TTL of its NS RRset. Glue is believed
/// for names below the zone whose server spoke: the scrub has seen to that.
pub(super) fn delegation(message: &Message, zone: &Name) -> Option<(Delegation, u32)> {
    let ns =
        message.authority.iter().chain(&message.answer).find(|set| set.is(zone, RrType::NS))?;
    let names = ns.rdatas.iter().filter_map(|r| rdata::target(RrType::NS, r)).take(MAX_SERVERS);
    let servers = names.map(|name| NameServer { addresses: glue(message, &name), name }).collect();
    Some((Delegation::new(zone.clone(), servers, Source::Referral), ns.ttl))
}

/// The addresses in a referral from a server of `parent` that are of none of its names (RFC 9499 section 7: glue for
/// unrelated name servers), as the message has them before it is scrubbed.
///
/// Two zones in different parents whose servers lie in each other can be reached by nothing else. To believe them for
/// the zone that is delegated gives nobody any power: whoever may delegate it may give its servers any name, and so
/// any address.
pub(super) fn unrelated_glue(message: &Message, parent: &Name) -> Vec<IpAddr> {
    let ns = message.authority.iter().filter(|set| set.rtype == RrType::NS);
    let servers: Vec<Name> = ns
        .flat_map(|set| set.rdatas.iter().take(MAX_SERVERS))
        .filter_map(|r| rdata::target(RrType::NS, r))
        .filter(|name| !name.is_at_or_below(parent))
        .collect();
    let of_server = |set: &&RrSet| set.class == Class::IN && servers.contains(&set.owner);
    let sets = message.additional.iter().filter(of_server);
    sets.flat_map(addresses_of).take(MAX_ADDRESSES).collect()
}

fn glue(message: &Message, name: &Name) -> Vec<IpAddr> {
    let sets = message.additional.iter().filter(|set| set.owner == *name);
    sets.flat_map(addresses_of).take(MAX_ADDRESSES).collect()
}

/// The addresses in an A or AAAA RRset.
pub(super) fn addresses_of(set: &RrSet) -> impl Iterator<Item = IpAddr> + '_ {
    set.rdatas.iter().filter_map(|r| rdata::address(set.rtype, r))
}

/// What the authority section of a referral from `parent` tells about the DS of `zone`: as the response that a DS
/// question to the parent would have brought. `None` when it tells nothing signed.
pub(super) fn told_about_ds(
    message: &Message,
    parent: &Name,
    zone: &Name,
    server: SocketAddr,
    arrived: Moment,
) -> Option<Response> {
    let signed = |set: &&RrSet| !set.signatures.is_empty();
    let ds: Vec<_> = message
        .authority
        .iter()
        .filter(|set| set.is(zone, RrType::DS))
        .filter(signed)
        .cloned()
        .collect();
    let denial = |set: &&RrSet| matches!(set.rtype, RrType::NSEC | RrType::NSEC3);
    let denials: Vec<_> = message.authority.iter().filter(denial).filter(signed).cloned().collect();
    if ds.is_empty() && denials.is_empty() {
        return None;
    }
    Some(Response {
        question: Question::new(zone.clone(), RrType::DS),
        zone: parent.clone(),
        server: Some(server),
        unasked: true,
        kind: if ds.is_empty() { Kind::NoData } else { Kind::Answer },
        rcode: Rcode::NOERROR,
        authority: if ds.is_empty() { denials } else { Vec::new() },
        apex: None,
        answer: ds,
        arrived,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Flags, Header, Opcode};

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    fn message(servers: u8) -> Message {
        let header =
            Header { id: 0, opcode: Opcode::QUERY, flags: Flags::default(), rcode: Rcode::NOERROR };
        let mut message = Message::new(header);
        let ns =
            (0..servers).map(|i| name(&format!("ns{i}.child.example")).as_wire().into()).collect();
        message.authority.push(RrSet::new(name("child.example"), RrType::NS, 77, ns));
        let addresses = (0..20).map(|i| [192, 0, 2, i].into()).collect();
        message.additional.push(RrSet::new(name("ns0.child.example"), RrType::A, 60, addresses));
        message
    }

    #[test]
    fn names_and_addresses_are_bounded() {
        let (delegation, ttl) =
            delegation(&message(200), &name("child.example")).expect("a delegation");
        assert_eq!((delegation.servers.len(), ttl), (MAX_SERVERS, 77));
        assert_eq!(delegation.servers[0].addresses.len(), MAX_ADDRESSES);
    }

    #[test]
    fn rfc4035_s4_2_an_unsigned_word_about_ds_is_no_word() {
        let mut message = message(1);
        let (parent, zone) = (name("example"), name("child.example"));
        let told = |message: &Message| {
            let server = SocketAddr::from(([192, 0, 2, 1], 53));
            told_about_ds(message, &parent, &zone, server, Moment::default())
        };
        assert_eq!(told(&message), None);
        message.authority.push(RrSet::new(zone.clone(), RrType::DS, 60, vec![[1; 36].into()]));
        assert_eq!(told(&message), None);
        message.authority[1].signatures.push([0; 40].into());
        let told = told(&message).expect("told");
        assert_eq!((told.kind, told.answer.len()), (Kind::Answer, 1));
    }
}
