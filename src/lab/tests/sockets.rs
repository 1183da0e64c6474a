//! The servers on real sockets, asked through the sockets of `net`.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::entropy::Entropy;
use crate::lab::Internet;
use crate::net::{Exchange, ExchangeError, Outgoing, Sockets, Transport};
use crate::wire::compose;

async fn ask(
    sockets: &Sockets,
    to: IpAddr,
    transport: Transport,
    query: &Message,
) -> Result<Message, ExchangeError> {
    let octets = compose(query, 512, false);
    let outgoing = Outgoing {
        to: SocketAddr::new(to, 53),
        transport,
        octets: &octets,
        question: &query.questions[0],
        timeout: Duration::from_secs(5),
    };
    let reply = sockets.exchange(outgoing).await?;
    Ok(Message::parse(&reply).expect("a message"))
}

/// Runs `test` with the built-in Internet on loopback.
fn with_sockets<F: Future<Output = ()>>(test: impl FnOnce(Internet, Sockets) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime.expect("a runtime"), async {
        let internet = Internet::new(WALL).expect("built in");
        let served = internet.serve().await.expect("sockets");
        let sockets = Sockets::new(Rc::new(Entropy::system()), Some(served.map.clone()));
        test(internet, sockets).await;
        assert!(served.tasks() >= 2);
    });
}

#[test]
fn every_server_answers_on_every_virtual_address_by_udp_and_tcp() {
    with_sockets(|internet, sockets| async move {
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
