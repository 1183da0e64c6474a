//! The lab on port 53 of its own addresses: the resolver of the release binary finds it as it would find the Internet,
//! with a hints file and trust anchors, and without the address map that `bailiwick lab` uses.

use std::net::IpAddr;
use std::path::Path;
use std::sync::mpsc;

use bailiwick::clock::{Clock, SystemClock};
use bailiwick::lab::{Case, Expectation, Internet, Outcome};
use bailiwick::wire::{Question, Rcode};

use crate::support::{
    Ask, Resolver, Settings, Verdict, add_addresses, ask, conclude, in_namespace,
};

#[test]
#[ignore = "needs a network namespace: run tests/all"]
fn every_case_is_judged_rightly() {
    in_namespace(|directory| every_case(directory, 53));
}

fn every_case(directory: &Path, port: u16) {
    let (internet, resolver) = start(directory, port);
    let complaints: Vec<_> =
        internet.cases().iter().filter_map(|c| complaint(c, &resolver)).collect();
    conclude("lab on port 53", internet.cases().len(), &complaints);
}

/// The lab's servers on their own addresses, and a resolver that knows their hints and trust anchor.
pub fn start(directory: &Path, port: u16) -> (Internet, Resolver) {
    let internet = Internet::new(SystemClock.wall()).expect("the lab");
    add_addresses(&addresses(&internet));
    serve(&internet, port);
    let resolver = Resolver::start("resolver", directory, &settings(&internet, directory));
    (internet, resolver)
}

/// Where the lab's servers are.
pub fn addresses(internet: &Internet) -> Vec<IpAddr> {
    internet.servers().iter().flat_map(|server| server.addresses.clone()).collect()
}

/// What a resolver must know to find the lab as it would find the Internet; the hints lie in `directory`.
pub fn settings(internet: &Internet, directory: &Path) -> Settings {
    let hints = directory.join("root.hints");
    std::fs::write(&hints, internet.hints_text()).expect("written");
    Settings {
        root_hints: Some(hints),
        trust_anchors: Some(internet.anchors_text().lines().map(str::to_owned).collect()),
        ..Settings::default()
    }
}

/// Serves the lab on a thread of its own, which ends with the test's process.
pub fn serve(internet: &Internet, port: u16) {
    let (internet, (ready, wait)) = (internet.clone(), mpsc::channel());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        tokio::task::LocalSet::new().block_on(&runtime.expect("a runtime"), async {
            let _served = internet.serve_on_own_addresses(port).await.expect("served");
            ready.send(()).expect("awaited");
            std::future::pending::<()>().await;
        });
    });
    wait.recv().expect("served");
}

fn complaint(case: &Case, resolver: &Resolver) -> Option<String> {
    let question = Question::new(case.name.clone(), case.rtype);
    let response = ask(resolver.address, &question, Ask::Checked).expect("a response");
    let found = Verdict::of(&response, case.rtype);
    let outcome = match (found.rcode, found.data) {
        (Rcode::NOERROR, true) => Some(Outcome::Answer),
        (Rcode::NOERROR, false) => Some(Outcome::NoData),
        (Rcode::NXDOMAIN, _) => Some(Outcome::NameError),
        _ => None,
    };
    let right = match case.expect {
        Expectation::Secure(wanted) => found.secure && outcome == Some(wanted),
        Expectation::Insecure(wanted, code) => {
            !found.secure
                && outcome == Some(wanted)
                && code.is_none_or(|c| found.ede.contains(&c.0))
        }
        Expectation::Bogus(code) => found.rcode == Rcode::SERVFAIL && found.ede.contains(&code.0),
    };
    (!right).then(|| format!("{question}: expected {}, found {found:?}", case.expect))
}
