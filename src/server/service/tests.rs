//! The way of one message, without sockets.

use std::net::Ipv4Addr;

use super::super::testing::{StandIn, name, octets, query, with_edns};
use super::*;
use crate::policy::LocalOptions;
use crate::wire::{EdeCode, Edns, Message, OptionCode, Rcode, RrSet, RrType};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn service(options: ServiceOptions) -> (Rc<Service>, Rc<StandIn>) {
    let stand_in = Rc::new(StandIn::default());
    (Service::new(Arc::new(options), Rc::<StandIn>::clone(&stand_in)), stand_in)
}

async fn said(service: &Service, query: &Query, client: IpAddr) -> Message {
    let mut out = Vec::new();
    let octets = match service.take(&octets(query), client, Transport::Udp, &mut out) {
        Outcome::Silence => panic!("silence"),
        Outcome::Reply => out,
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

/// The stand-in has the answer at hand, and another one.
#[tokio::test]
async fn local_data_come_before_what_the_cache_holds() {
    let data = vec![RrSet::new(name("hit.corp."), RrType::A, 60, vec![[10, 0, 0, 1].into()])];
    let local = Local::new(LocalOptions { data, ..LocalOptions::default() });
    let (service, stand_in) = service(ServiceOptions { local, ..ServiceOptions::default() });
    for (owner, address) in [("hit.corp.", [10, 0, 0, 1]), ("hit.example.", [192, 0, 2, 1])] {
        let query = with_edns(query(owner, RrType::A), 1232, true);
        let reply = said(&service, &query, CLIENT).await;
        assert_eq!(*reply.answer[0].rdatas[0], address, "{owner}");
    }
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
    let first = service.take(&octets(&query), CLIENT, Transport::Udp, &mut Vec::new());
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

#[tokio::test]
async fn whatever_octets_come_replies_can_be_read_and_are_bounded() {
    let (service, _) = service(ServiceOptions::default());
    let entropy = crate::entropy::Entropy::seeded(1);
    let owners = ["hit.hit.example.", "a.a.onion.", "big.example.", "1.1.10.in-addr.arpa."];
    for round in 0..20_000_u32 {
        let rtype = RrType(entropy.u16() % 300);
        let mut sent = query(owners[entropy.below(4) as usize], rtype);
        if entropy.below(2) == 0 {
            sent = with_edns(sent, entropy.u16(), entropy.below(2) == 0);
        }
        let mut sent = octets(&sent);
        for _ in 0..entropy.below(4) {
            let at = entropy.below(u32::try_from(sent.len()).expect("short")) as usize;
            sent[at] = entropy.u16().to_be_bytes()[0];
        }
        sent.truncate(entropy.below(200) as usize);
        let transport = if round % 2 == 0 { Transport::Udp } else { Transport::Tcp };
        let mut reply = Vec::new();
        match service.take(&sent, CLIENT, transport, &mut reply) {
            Outcome::Silence => continue,
            Outcome::Reply => {}
            Outcome::Wait(_) => continue, // whether they are answered depends on the stand-in
        }
        let limit = if transport == Transport::Udp { 1232 } else { 65_535 };
        let message = Message::parse(&reply).expect("a message");
        assert!(message.header.flags.response && reply.len() <= limit);
        assert_eq!(reply[..2], sent[..2]);
    }
    assert_eq!(service.waiting(), 0);
}

#[tokio::test]
async fn rfc7873_s5_2_a_client_that_sends_its_cookie_gets_ours() {
    let cookies = Some(Arc::new(Cookies::new(&crate::entropy::Entropy::seeded(1))));
    let (service, _) = service(ServiceOptions { cookies, ..ServiceOptions::default() });
    let ask = async |data: &[u8], client: IpAddr| {
        let mut query = with_edns(query("localhost.", RrType::A), 1232, true);
        let option = crate::wire::EdnsOption { code: OptionCode::COOKIE, data: data.into() };
        query.envelope.edns.as_mut().expect("with EDNS").options = vec![option];
        let reply = said(&service, &query, client).await;
        let cookie = reply.edns.as_ref().and_then(|e| e.option(OptionCode::COOKIE));
        (reply.header.rcode, cookie.map(<[u8]>::to_vec))
    };
    let (rcode, first) = ask(&[5; 8], CLIENT).await;
    let first = first.expect("a cookie");
    assert_eq!((rcode, first.len(), &first[..8]), (Rcode::NOERROR, 24, &[5; 8][..]));
    assert_eq!(ask(&first, CLIENT).await, (Rcode::NOERROR, Some(first.clone())), "a good one");
    let (rcode, renewed) = ask(&[&[5; 8][..], &[0; 16]].concat(), CLIENT).await;
    assert_eq!(
        (rcode, renewed.map(|c| c.len())),
        (Rcode::NOERROR, Some(24)),
        "a wrong one is none"
    );
    assert_eq!(ask(&[5; 9], CLIENT).await.0, Rcode::FORMERR);
    let stranger = "192.0.2.1".parse().expect("an address");
    assert_eq!(ask(&[5; 8], stranger).await.0, Rcode::REFUSED);
    let none = said(&service, &with_edns(query("localhost.", RrType::A), 1232, true), CLIENT).await;
    assert!(none.edns.expect("with EDNS").options.is_empty());
}
