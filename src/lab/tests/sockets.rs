//! The servers on real sockets, asked through the sockets of `net`.
#![allow(clippy::disallowed_methods, reason = "these tests are about sockets")]

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::*;
use crate::entropy::Entropy;
use crate::lab::{Host, Internet, Site};
use crate::net::{AddressMap, Exchange, ExchangeError, NearMisses, Outgoing, Sockets, Transport};
use crate::wire::compose;

async fn ask(
    sockets: &Sockets,
    to: IpAddr,
    transport: Transport,
    query: &Message,
) -> Result<Message, ExchangeError> {
    ask_at(sockets, SocketAddr::new(to, 53), transport, query).await
}

async fn ask_at(
    sockets: &Sockets,
    to: SocketAddr,
    transport: Transport,
    query: &Message,
) -> Result<Message, ExchangeError> {
    let octets = compose(query, 512, false);
    let outgoing = Outgoing {
        to,
        transport,
        alone: false,
        letters: 0,
        cookie: None,
        misses: &NearMisses::default(),
        octets: &octets,
        question: &query.questions[0],
        timeout: Duration::from_secs(5),
    };
    let reply = sockets.exchange(outgoing).await?;
    Ok(Message::parse(&reply).expect("a message"))
}

/// Runs `test` with the built-in Internet on loopback.
fn with_sockets<F: Future<Output = ()>>(test: impl FnOnce(AddressMap, Sockets) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime.expect("a runtime"), async {
        let internet = Internet::new(WALL).expect("built in");
        let served = internet.serve().await.expect("sockets");
        let sockets = Sockets::new(Rc::new(Entropy::system()), Some(served.map.clone()));
        test(served.map.clone(), sockets).await;
        assert!(served.tasks() >= 2);
    });
}

#[test]
fn every_server_answers_on_every_virtual_address_by_udp_and_tcp() {
    with_sockets(|_, sockets| async move {
        let internet = Internet::new(WALL).expect("built in");
        for server in internet.servers() {
            let apex = server.zones[0].apex().to_string();
            for address in &server.addresses {
                for transport in [Transport::Udp, Transport::Tcp] {
                    let query = query(&apex, RrType::SOA);
                    let reply = ask(&sockets, *address, transport, &query).await.expect("a reply");
                    assert!(reply.header.flags.authoritative, "{} {address}", server.name);
                    assert_eq!(reply.answer.len(), 1, "{} {address}", server.name);
                }
            }
        }
        let nobody = IpAddr::from([192, 0, 2, 200]);
        let refused = ask(&sockets, nobody, Transport::Udp, &query(".", RrType::SOA)).await;
        assert_eq!(refused, Err(ExchangeError::Unreachable));
    });
}

#[test]
fn a_long_answer_is_truncated_by_udp_and_whole_by_tcp() {
    with_sockets(|_, sockets| async move {
        let (server, query) =
            (IpAddr::from([198, 51, 100, 2]), query("big.big.test.", RrType::TXT));
        let cut = ask(&sockets, server, Transport::Udp, &query).await.expect("a reply");
        assert!(cut.header.flags.truncated && cut.answer.is_empty());
        let whole = ask(&sockets, server, Transport::Tcp, &query).await.expect("a reply");
        assert!(!whole.header.flags.truncated);
        assert_eq!(whole.answer[0].rdatas.len(), 15);
    });
}

#[test]
fn hosts_can_be_served_on_their_own_addresses() {
    with_sockets(|_, _| async move {
        let address = IpAddr::from([127, 53, 0, 1]);
        let hosts = [Host { name: "only".into(), addresses: vec![address] }];
        let sites = [Site::unsigned(".", "www A 192.0.2.1").on(&["only"])];
        let internet = Internet::build(&hosts, &sites, WALL).expect("one zone");
        let served =
            internet.serve_on_own_addresses(0).await.expect("loopback is the machine's own");
        let at = served.map[&address];
        assert_eq!(at.ip(), address);
        let sockets = Sockets::new(Rc::new(Entropy::system()), None);
        let query = query("www.", RrType::A);
        let reply = ask_at(&sockets, at, Transport::Udp, &query).await.expect("a reply");
        assert_eq!(reply.answer.len(), 1);
    });
}

#[test]
fn what_is_no_query_is_not_answered_or_refused() {
    with_sockets(|served, _| async move {
        let root = served[&IpAddr::from([192, 0, 2, 1])];
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let mut buffer = [0; 512];
        let mut response = compose(&query(".", RrType::SOA), 512, false);
        response[2] |= 0x80;
        for silent in [&[][..], &[1, 2, 3], &response] {
            udp.send_to(silent, root).await.expect("sent");
        }
        let cut = &compose(&query(".", RrType::SOA), 512, false)[..20];
        udp.send_to(cut, root).await.expect("sent");
        let (length, _) = udp.recv_from(&mut buffer).await.expect("one reply");
        let reply = Message::parse(&buffer[..length]).expect("a message");
        assert_eq!((length, reply.header.rcode), (12, Rcode::FORMERR));
        let mut tcp = TcpStream::connect(root).await.expect("a connection");
        tcp.write_all(&[0xff, 0xff, 0, 0]).await.expect("sent");
        assert_eq!(tcp.read(&mut buffer).await.unwrap_or(0), 0, "too long: closed");
    });
}
