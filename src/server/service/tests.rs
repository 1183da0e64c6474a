//! The way of one message, without sockets.

use std::net::Ipv4Addr;

use super::super::testing::{StandIn, name, octets, query, with_edns};
use super::*;
use crate::policy::LocalOptions;
use crate::wire::{EdeCode, Edns, Message, Rcode, RrSet, RrType};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn service(options: ServiceOptions) -> (Rc<Service>, Rc<StandIn>) {
    let stand_in = Rc::new(StandIn::default());
    (Service::new(Arc::new(options), Rc::<StandIn>::clone(&stand_in)), stand_in)
}

async fn said(service: &Service, query: &Query, client: IpAddr) -> Message {
    let octets = match service.take(&octets(query), client, Transport::Udp) {
        Outcome::Silence => panic!("silence"),
        Outcome::Reply(octets) => octets,
        Outcome::Wait(waiting) => waiting.reply().await,
    };
    Message::parse(&octets).expect("a message")
}

fn codes(message: &Message) -> Vec<EdeCode> {
    message.edns.iter().flat_map(Edns::extended_errors).map(|error| error.code).collect()
}

#[tokio::test]
async fn rfc8914_s4_19_strangers_are_refused_whatever_they_ask() {
    let (service, stand_in) = service(ServiceOptions::default());
    let stranger: IpAddr = "192.0.2.1".parse().expect("an address");
    for (owner, rtype, class) in [
        ("hit.example.", RrType::A, Class::IN),
        ("localhost.", RrType::A, Class::IN),
        ("version.bind.", RrType::TXT, Class::CH),
        ("example.", RrType::ANY, Class::IN),
    ] {
        let mut query = with_edns(query(owner, rtype), 1232, true);
        query.question.class = class;
        let reply = said(&service, &query, stranger).await;
        assert_eq!(reply.header.rcode, Rcode::REFUSED, "{owner}");
        assert_eq!(codes(&reply), [EdeCode::PROHIBITED]);
        assert!(reply.answer.is_empty());
    }
    assert_eq!(stand_in.resolved.get(), 0);
}

#[tokio::test]
async fn local_names_never_reach_the_resolver() {
    let (service, stand_in) = service(ServiceOptions::default());
    let query = with_edns(query("LocalHost.", RrType::A), 1232, true);
    let reply = said(&service, &query, CLIENT).await;
    assert!(reply.header.flags.authoritative && !reply.header.flags.authentic_data);
    assert_eq!(&*reply.answer[0].rdatas[0], [127, 0, 0, 1]);
    assert_eq!(stand_in.resolved.get(), 0);
}

#[tokio::test]
async fn rfc1034_s3_6_2_local_aliases_are_resolved_to_the_end() {
    let alias = name("www.example.net.");
    let set = RrSet::new(name("www.corp."), RrType::CNAME, 60, vec![alias.as_wire().into()]);
    let data = vec![set];
    let local = Local::new(LocalOptions { data, ..LocalOptions::default() });
    let (service, stand_in) = service(ServiceOptions { local, ..ServiceOptions::default() });
    let query = with_edns(query("www.corp.", RrType::A), 1232, true);
    let reply = said(&service, &query, CLIENT).await;
    let types: Vec<_> = reply.answer.iter().map(|set| set.rtype).collect();
    assert_eq!(types, [RrType::CNAME, RrType::A]);
    assert!(!reply.header.flags.authentic_data, "the alias is not proven");
    assert_eq!(stand_in.resolved.get(), 1);
}

#[tokio::test]
async fn places_are_given_back() {
    let limits = Limits { waiting_clients: 1, ..Limits::default() };
    let (service, _) = service(ServiceOptions { limits, ..ServiceOptions::default() });
    let query = with_edns(query("never.example.", RrType::A), 1232, false);
    let first = service.take(&octets(&query), CLIENT, Transport::Udp);
    assert_eq!(service.waiting(), 1);
    let second = said(&service, &query, CLIENT).await;
    assert_eq!((second.header.rcode, codes(&second)), (Rcode::SERVFAIL, vec![EdeCode::OTHER]));
    drop(first);
    assert_eq!(service.waiting(), 0);
}

#[tokio::test]
async fn what_the_resolver_says_is_passed_on() {
    let (service, stand_in) = service(ServiceOptions::default());
    for owner in ["hit.example.", "miss.example."] {
        let query = with_edns(query(owner, RrType::A), 1232, true);
        let reply = said(&service, &query, CLIENT).await;
        let flags = reply.header.flags;
        assert!(flags.authentic_data && !flags.authoritative && flags.recursion_available);
        assert_eq!(reply.answer.len(), 1);
    }
    assert_eq!(stand_in.resolved.get(), 1);
}
