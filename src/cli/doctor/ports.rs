//! Do questions leave from ports that nobody can guess (RFC 5452 section 9.2)? Measured on this host's own loopback: what
//! a NAT makes of them is not to be seen from here.
#![allow(clippy::disallowed_methods, reason = "a server of its own is what the ports are seen by")]

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::check::{Check, Finding};
use crate::entropy::Entropy;
use crate::net::{Exchange, NearMisses, Outgoing, Sockets, Transport};
use crate::wire::{Header, Message, Name, Opcode, Question, Rcode, RrType, compose};

const NAME: &str = "source ports";
/// Questions sent: so many random ports lie far apart.
const QUESTIONS: usize = 32;
/// Every other question is one with so many letters.
const MANY_LETTERS: usize = 64;
/// Distinct ports that there must be. Of 32 of 64,512 random ones fewer are no chance.
const LEAST_DISTINCT: usize = 28;
/// From the lowest to the highest. With 32 random ones less is no chance either.
const LEAST_SPREAD: u16 = 16_384;

/// Sends questions to a socket of its own and looks where they come from.
pub(super) async fn check(entropy: Rc<Entropy>) -> Check {
    match seen(entropy).await {
        Ok(ports) => judge(&ports),
        Err(error) => Check::note(NAME, format!("not to be told: {error}")),
    }
}

async fn seen(entropy: Rc<Entropy>) -> io::Result<Vec<u16>> {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let to = server.local_addr()?;
    let sockets = Sockets::new(Rc::clone(&entropy), None);
    let mut ports = Vec::with_capacity(QUESTIONS);
    for letters in (0..QUESTIONS).map(|i| i % 2 * MANY_LETTERS) {
        let asked = ask(&sockets, to, entropy.u16(), letters);
        let (port, _) = tokio::join!(echo(&server), asked);
        ports.push(port?);
    }
    Ok(ports)
}

/// Answers one question by itself; the port that it came from.
async fn echo(server: &UdpSocket) -> io::Result<u16> {
    const RESPONSE: u8 = 0x80;
    let mut octets = [0; 512];
    let (length, from) = server.recv_from(&mut octets).await?;
    octets[2] |= RESPONSE;
    server.send_to(&octets[..length], from).await?;
    Ok(from.port())
}

/// As if so many letters of the name were drawn by chance: by that it is decided who chooses the port.
async fn ask(sockets: &Sockets, to: SocketAddr, id: u16, letters: usize) {
    let flags = crate::wire::Flags::default();
    let mut query =
        Message::new(Header { id, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR });
    let question = Question::new(Name::root(), RrType::SOA);
    query.questions.push(question.clone());
    let octets = compose(&query, 512, false);
    let outgoing = Outgoing {
        to,
        transport: Transport::Udp,
        alone: false,
        octets: &octets,
        question: &question,
        letters,
        cookie: None,
        misses: &NearMisses::default(),
        timeout: Duration::from_secs(1),
    };
    // The port is what matters, not the answer.
    let _ = sockets.exchange(outgoing).await;
}

fn judge(ports: &[u16]) -> Check {
    let distinct: BTreeSet<_> = ports.iter().collect();
    let (least, most) = (ports.iter().min().copied(), ports.iter().max().copied());
    let (least, most) = (least.unwrap_or(0), most.unwrap_or(0));
    let evidence = format!(
        "{} questions from {} ports between {least} and {most}, seen on this host",
        ports.len(),
        distinct.len()
    );
    if distinct.len() < LEAST_DISTINCT.min(ports.len()) || most - least < LEAST_SPREAD {
        return Check::bad(NAME, Finding::GuessablePorts, evidence);
    }
    Check::good(NAME, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::check::worst;

    #[test]
    fn rfc5452_s9_2_fixed_and_counted_ports_are_guessable() {
        let entropy = Entropy::seeded(5);
        let random: Vec<u16> = (0..32).map(|_| entropy.u16().max(1024)).collect();
        let counted: Vec<u16> = (40_000..40_032).collect();
        for (ports, bad) in [(random, false), (counted, true), (vec![5353; 32], true)] {
            assert_eq!(worst(&[judge(&ports)]).is_some(), bad, "{ports:?}");
        }
    }

    #[tokio::test]
    async fn our_own_are_not() {
        let found = check(Rc::new(Entropy::system())).await;
        assert_eq!(worst(std::slice::from_ref(&found)), None, "{found:?}");
        assert!(found.evidence.starts_with("32 questions"), "{found:?}");
    }
}
