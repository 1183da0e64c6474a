//! `bailiwick selftest`: asks the lab everything once, as a client over UDP and TCP, and compares.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::LocalSet;

use super::anchors::table;
use super::args::Selftest;
use super::common::{Ending, failed, runtime};
use super::lab::{listen, resolver, settings};
use crate::clock::{Clock, SystemClock};
use crate::lab::{Case, Expectation, Internet, Outcome};
use crate::resolver::Validation;
use crate::server::Stop;
use crate::wire::{Edns, Flags, Header, Message, Opcode, Question, Rcode, RrSet, compose};

pub(super) fn run(selftest: &Selftest) -> Ending {
    let started = SystemClock.now();
    let internet = Internet::new(SystemClock.wall()).map_err(failed)?;
    let validation = if selftest.validation { Validation::On } else { Validation::Off };
    let results = LocalSet::new()
        .block_on(&runtime()?, ask_everything(&internet, validation))
        .map_err(failed)?;
    let mut rows = vec![["question", "expected", "found", ""].map(String::from)];
    rows.extend(internet.cases().iter().zip(&results).map(|(case, found)| row(case, found)));
    let right = internet.cases().iter().zip(&results).filter(|(case, found)| agrees(case, found));
    let (right, all) = (right.count(), internet.cases().len());
    let took = SystemClock.now().since(started).as_millis();
    print!("{}\n{right} of {all} as expected, in {took} ms\n", table(&rows));
    if right == all && all > 0 { Ok(()) } else { Err(std::process::ExitCode::FAILURE) }
}

async fn ask_everything(internet: &Internet, validation: Validation) -> io::Result<Vec<Message>> {
    let served = internet.serve().await?;
    let server = listen(([127, 0, 0, 1], 0).into()).map_err(io::Error::other)?;
    let at = server.addresses().first().copied().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let resolver = resolver(settings(internet, validation), Some(served.map.clone()));
    let stop = Stop::new();
    let client = async {
        let mut found = Vec::new();
        for case in internet.cases() {
            found.push(ask(at, Question::new(case.name.clone(), case.rtype)).await?);
        }
        stop.stop();
        Ok(found)
    };
    let (ended, found) = tokio::join!(server.serve_on_this_thread(resolver, stop.clone()), client);
    ended.and(found)
}

/// Over UDP, and again over TCP when the answer was cut short.
#[allow(clippy::disallowed_methods, reason = "the test is a client, and has a client's sockets")]
async fn ask(at: SocketAddr, question: Question) -> io::Result<Message> {
    let flags = Flags { recursion_desired: true, ..Flags::default() };
    let mut query =
        Message::new(Header { id: 7, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR });
    query.questions.push(question);
    query.edns = Some(Edns { udp_size: 1232, dnssec_ok: true, ..Edns::default() });
    let query = compose(&query, 512, false);
    let socket = UdpSocket::bind((at.ip(), 0)).await?;
    socket.connect(at).await?;
    socket.send(&query).await?;
    let mut octets = vec![0; 1232];
    let length = socket.recv(&mut octets).await?;
    let reply = Message::parse(&octets[..length]).map_err(io::Error::other)?;
    if !reply.header.flags.truncated {
        return Ok(reply);
    }
    let mut stream = TcpStream::connect(at).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &query].concat()).await?;
    let mut octets = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut octets).await?;
    Message::parse(&octets).map_err(io::Error::other)
}

/// Response code, AD, data and extended errors are what the case expects.
fn agrees(case: &Case, found: &Message) -> bool {
    let told = || found.edns.as_ref().into_iter().flat_map(Edns::extended_errors);
    let secure = found.header.flags.authentic_data;
    match case.expect {
        Expectation::Secure(outcome) => secure && outcome_of(case, found) == Some(outcome),
        Expectation::Insecure(outcome, code) => {
            !secure
                && outcome_of(case, found) == Some(outcome)
                && code.is_none_or(|code| told().any(|error| error.code == code))
        }
        Expectation::Bogus(code) => {
            found.header.rcode == Rcode::SERVFAIL && told().any(|error| error.code == code)
        }
    }
}

fn outcome_of(case: &Case, found: &Message) -> Option<Outcome> {
    let there = |set: &RrSet| set.rtype == case.rtype;
    match found.header.rcode {
        Rcode::NOERROR if found.answer.iter().any(there) => Some(Outcome::Answer),
        Rcode::NOERROR => Some(Outcome::NoData),
        Rcode::NXDOMAIN => Some(Outcome::NameError),
        _ => None,
    }
}

fn row(case: &Case, found: &Message) -> [String; 4] {
    let secure = if found.header.flags.authentic_data { ", secure" } else { "" };
    let errors = found.edns.as_ref().into_iter().flat_map(Edns::extended_errors);
    let errors: String =
        errors.map(|error| format!(", EDE {} {}", error.code.0, error.text)).collect();
    let verdict = if agrees(case, found) { "ok" } else { "FAILED" };
    [
        format!("{} {}", case.name, case.rtype),
        case.expect.to_string(),
        format!("{}{secure}{errors}", found.header.rcode),
        verdict.into(),
    ]
}
