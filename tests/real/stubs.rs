//! What real clients see: dig with its many ways to ask, and delv, which validates everything again by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Resolver, conclude, in_namespace, run};
use crate::world::{First, World, handful};

const SECURE: &str = "www.ed25519.ldns.";
const INSECURE: &str = "www.plain.bind.";
const BOGUS: &str = "www.expired.bind.";
const NO_NAME: &str = "none.rsasha256.bind.";
const LARGE: &str = "large.rsasha256.bind.";

#[test]
#[ignore = "needs dig, nsd, knotd and the signers: run tests/all"]
fn dig_sees_what_it_asks_for() {
    in_namespace(|directory| {
        let (_world, resolver) = start(directory);
        let complaints: Vec<_> =
            DIG.iter().filter_map(|row| row.complaint(&dig(&resolver, row))).collect();
        conclude("dig", DIG.len(), &complaints);
    });
}

#[test]
#[ignore = "needs delv, nsd, knotd and the signers: run tests/all"]
fn delv_validates_every_answer_again() {
    in_namespace(|directory| {
        let (world, resolver) = start(directory);
        let anchors = bind_anchors(directory, &world.anchor);
        let mut complaints = Vec::new();
        for (name, rtype, wanted) in DELV {
            for cd in ["+cd", "+nocd"] {
                let printed = delv(&resolver, &anchors, &[cd, name, rtype]);
                // Without CD the resolver says SERVFAIL, and delv has nothing to judge.
                let refused = cd == "+nocd" && name == BOGUS;
                let wanted = if refused { ";; resolution failed: failure" } else { wanted };
                if !printed.contains(wanted) {
                    complaints.push(format!("delv {cd} {name} {rtype}: not {wanted}:\n{printed}"));
                }
            }
        }
        conclude("delv", DELV.len() * 2, &complaints);
    });
}

fn start(directory: &Path) -> (World, Resolver) {
    let world = World::build(directory, handful(), First::Nsd);
    let resolver = Resolver::start("resolver", directory, &world.settings());
    (world, resolver)
}

/// What dig is to print when called in this way.
struct Row {
    arguments: &'static [&'static str],
    status: &'static str,
    /// AD.
    ad: bool,
    /// TC.
    tc: bool,
    /// How many records the answer has; those with RRSIG count.
    answers: usize,
}

const fn row(
    arguments: &'static [&'static str],
    status: &'static str,
    ad: bool,
    answers: usize,
) -> Row {
    Row { arguments, status, ad, tc: false, answers }
}

const DIG: [Row; 20] = [
    // AD in the query asks for AD in the response, without DO (RFC 6840 section 5.7).
    row(&[SECURE, "A"], "NOERROR", true, 1),
    row(&["+noadflag", SECURE, "A"], "NOERROR", false, 1),
    row(&["+noedns", SECURE, "A"], "NOERROR", true, 1),
    row(&["+noedns", "+noadflag", SECURE, "A"], "NOERROR", false, 1),
    row(&["+dnssec", SECURE, "A"], "NOERROR", true, 2),
    row(&["+dnssec", "+noadflag", SECURE, "A"], "NOERROR", true, 2),
    row(&["+dnssec", "+tcp", SECURE, "A"], "NOERROR", true, 2),
    row(&["+dnssec", SECURE, "MX"], "NOERROR", true, 0),
    row(&["+dnssec", INSECURE, "A"], "NOERROR", false, 1),
    row(&["+dnssec", NO_NAME, "A"], "NXDOMAIN", true, 0),
    row(&["+tcp", NO_NAME, "A"], "NXDOMAIN", true, 0),
    row(&[BOGUS, "A"], "SERVFAIL", false, 0),
    row(&["+noedns", BOGUS, "A"], "SERVFAIL", false, 0),
    row(&["+dnssec", "+tcp", BOGUS, "A"], "SERVFAIL", false, 0),
    // CD: broken data are handed out, never with AD.
    row(&["+cd", BOGUS, "A"], "NOERROR", false, 1),
    row(&["+cd", "+dnssec", BOGUS, "A"], "NOERROR", false, 2),
    row(&["+cd", "+dnssec", INSECURE, "A"], "NOERROR", false, 1),
    // Eight records of 200 octets: cut over UDP, whole over TCP, to which dig turns by itself.
    row(&["+dnssec", LARGE, "TXT"], "NOERROR", true, 9),
    row(&["+dnssec", "+tcp", LARGE, "TXT"], "NOERROR", true, 9),
    Row { tc: true, ..row(&["+dnssec", "+ignore", LARGE, "TXT"], "NOERROR", true, 0) },
];

fn dig(resolver: &Resolver, row: &Row) -> String {
    let mut dig = Command::new("dig");
    dig.args([&format!("@{}", resolver.ip()), "-p", &resolver.address.port().to_string()]);
    run(dig.args(["+tries=1", "+timeout=10"]).args(row.arguments))
}

impl Row {
    fn complaint(&self, printed: &str) -> Option<String> {
        let flags = printed.lines().find_map(|line| line.strip_prefix(";; flags: "));
        let (flags, counts) = flags.and_then(|f| f.split_once(';')).unwrap_or_default();
        let has = |flag| flags.split(' ').any(|f| f == flag);
        let right = printed.contains(&format!("status: {},", self.status))
            && has("ad") == self.ad
            && has("tc") == self.tc
            && has("ra")
            && counts.contains(&format!("ANSWER: {},", self.answers));
        (!right).then(|| format!("dig {}:\n{printed}", self.arguments.join(" ")))
    }
}

/// What delv is to say of each answer.
const DELV: [(&str, &str, &str); 12] = [
    (".", "SOA", "; fully validated"),
    (SECURE, "A", "; fully validated"),
    (LARGE, "TXT", "; fully validated"),
    ("x.wild.ed25519.ldns.", "A", "; fully validated"),
    ("peer.rsasha256.bind.", "A", "; fully validated"),
    ("www.tree.rsasha256.bind.", "A", "; fully validated"),
    (NO_NAME, "A", "; negative response, fully validated"),
    (SECURE, "MX", "; negative response, fully validated"),
    ("none.ecdsap256sha256.knot.", "A", "; negative response, fully validated"),
    ("empty.ecdsap256sha256.knot.", "A", "; negative response, fully validated"),
    (INSECURE, "A", "; unsigned answer"),
    (BOGUS, "A", "RRSIG has expired"),
];

fn delv(resolver: &Resolver, anchors: &Path, arguments: &[&str]) -> String {
    let mut delv = Command::new("delv");
    delv.args([&format!("@{}", resolver.ip()), "-p", &resolver.address.port().to_string()]);
    delv.arg("-a").arg(anchors).arg("+root=.").args(arguments);
    // It fails where validation does, which is one of the things to see.
    let output = delv.output().expect("delv runs; see tests/all");
    [output.stdout, output.stderr].map(|o| String::from_utf8_lossy(&o).into_owned()).concat()
}

/// The DS record as a file of trust anchors that BIND's programs read.
fn bind_anchors(directory: &Path, ds: &str) -> PathBuf {
    let fields: Vec<&str> = ds.split_ascii_whitespace().skip_while(|f| *f != "DS").collect();
    let [_, tag, algorithm, kind, digest] = fields[..] else { panic!("not a DS record: {ds}") };
    let text = format!("trust-anchors {{ . static-ds {tag} {algorithm} {kind} \"{digest}\"; }};\n");
    let file = directory.join("bind.keys");
    fs::write(&file, text).expect("the anchors");
    file
}
