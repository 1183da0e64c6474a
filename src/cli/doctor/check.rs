//! Checks as data: what was looked at, what was found, and what helps.

use serde_json::{Value, json};

/// What can be wrong, the worst first: what makes the next ones likely, or hides them, comes before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// No server answers in any way.
    Offline,
    /// Somebody else answers in the place of the root servers.
    Intercepted,
    /// The root's signatures say another date than the clock.
    WrongClock,
    /// Nothing comes back over UDP, though it does over TCP.
    NoUdp,
    /// TCP to port 53 does not work.
    NoTcp,
    /// Small answers arrive over UDP, those with DNSSEC do not.
    LargeAnswersLost,
    /// Answers arrive without the DNSSEC records that were asked for.
    NoDnssec,
    /// No trust anchor fits the root's keys.
    AnchorUnfit,
    /// A server that the operator wrote does not do what it is for.
    Upstream,
    /// A forwarder passes no DNSSEC records on.
    ForwarderStrips,
    /// A zone that the operator has resolved from his own servers fails.
    OwnZone,
    /// Addresses of one family are there, and nothing comes back over it.
    FamilyBroken,
    /// The resolver itself fails although all of the above is well.
    Resolution,
    /// Clients cannot be heard.
    Listen,
    /// Too few descriptors for the connections that are allowed.
    FewDescriptors,
    /// Questions leave from ports that can be guessed.
    GuessablePorts,
}

/// One row of the table of findings.
struct Row {
    finding: Finding,
    exit_code: u8,
    name: &'static str,
    remedy: &'static str,
}

/// Every finding with the exit code that tells it, its name in JSON, and what helps. `docs/doctor.md` has the same.
const TABLE: [Row; 16] = [
    Row {
        finding: Finding::Offline,
        exit_code: 10,
        name: "offline",
        remedy: "connect this host; let it send to port 53, UDP and TCP, of any address; or forward to a resolver that \
                 it can reach: forward: [{zone: \".\", to: [ADDRESS]}]",
    },
    Row {
        finding: Finding::Intercepted,
        exit_code: 11,
        name: "intercepted",
        remedy: "have the router or provider leave port 53 alone (\"DNS redirection\", \"DNS hijacking\", \"secure DNS\" in \
                 their menus); or forward to a resolver that passes DNSSEC on: forward: [{zone: \".\", to: [ADDRESS]}]",
    },
    Row {
        finding: Finding::WrongClock,
        exit_code: 12,
        name: "wrong-clock",
        remedy: "set the clock: `timedatectl set-ntp true`, or another NTP client, with servers given by address, since \
                 their names need a right clock",
    },
    Row {
        finding: Finding::NoUdp,
        exit_code: 13,
        name: "no-udp",
        remedy: "let UDP to port 53, and its replies to ports 1024-65535, through the firewall",
    },
    Row {
        finding: Finding::NoTcp,
        exit_code: 14,
        name: "no-tcp",
        remedy: "let TCP to port 53 through the firewall: long answers come over TCP alone (RFC 7766)",
    },
    Row {
        finding: Finding::LargeAnswersLost,
        exit_code: 15,
        name: "large-answers-lost",
        remedy: "let UDP answers with EDNS of up to 1232 octets through the firewall (\"DNS packet inspection\", a limit of \
                 512 octets), or set resolver: {edns-buffer-size: 512}",
    },
    Row {
        finding: Finding::NoDnssec,
        exit_code: 16,
        name: "no-dnssec",
        remedy: "have the firewall or router leave DNS messages as they are: it takes RRSIG records out",
    },
    Row {
        finding: Finding::AnchorUnfit,
        exit_code: 17,
        name: "anchor-unfit",
        remedy: "use dnssec: {trust-anchors: [built-in]} with an up-to-date bailiwick; `bailiwick anchors` lists those in use",
    },
    Row {
        finding: Finding::Upstream,
        exit_code: 18,
        name: "upstream",
        remedy: "correct the address under forward or resolver.stub, or let this host ask there over UDP and TCP",
    },
    Row {
        finding: Finding::ForwarderStrips,
        exit_code: 19,
        name: "forwarder-strips",
        remedy: "forward to a resolver that passes DNSSEC records on, or have that one do so; or forward to none",
    },
    Row {
        finding: Finding::OwnZone,
        exit_code: 20,
        name: "own-zone",
        remedy: "where the zone is unsigned on purpose: dnssec: {negative-trust-anchors: [ZONE]}; where it is signed, a DS \
                 record or a trust anchor for it; else see `bailiwick explain ZONE SOA`",
    },
    Row {
        finding: Finding::FamilyBroken,
        exit_code: 21,
        name: "family-broken",
        remedy: "repair the route of that family, or do without: resolver: {ipv6: false} or {ipv4: false}",
    },
    Row {
        finding: Finding::Resolution,
        exit_code: 22,
        name: "resolution",
        remedy: "`bailiwick explain . SOA` shows each step",
    },
    Row {
        finding: Finding::Listen,
        exit_code: 23,
        name: "listen",
        remedy: "stop what listens there (it may be this resolver itself), or choose another address under listen",
    },
    Row {
        finding: Finding::FewDescriptors,
        exit_code: 24,
        name: "few-descriptors",
        remedy: "raise the limit (LimitNOFILE= in the systemd unit, ulimit -n), or lower limits.tcp-connections",
    },
    Row {
        finding: Finding::GuessablePorts,
        exit_code: 25,
        name: "guessable-ports",
        remedy: "let the program choose its ports (RFC 5452 9.2): no sandbox or proxy may rewrite them",
    },
];

impl Finding {
    fn row(self) -> &'static Row {
        // Each has its row, as a test proves; the first stands in for none.
        TABLE.iter().find(|row| row.finding == self).unwrap_or(&TABLE[0])
    }

    /// What `doctor` exits with when this is the worst.
    pub fn exit_code(self) -> u8 {
        self.row().exit_code
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What helps.
    pub fn remedy(self) -> &'static str {
        self.row().remedy
    }
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As it should be.
    Good,
    /// Worth knowing, or not to be told.
    Note,
    /// Wrong.
    Bad(Finding),
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// What.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What it rests on, in one line.
    pub evidence: String,
}

impl Check {
    fn new(name: &str, outcome: Outcome, evidence: impl Into<String>) -> Self {
        Self { name: name.into(), outcome, evidence: evidence.into() }
    }

    pub fn good(name: &str, evidence: impl Into<String>) -> Self {
        Self::new(name, Outcome::Good, evidence)
    }

    pub fn note(name: &str, evidence: impl Into<String>) -> Self {
        Self::new(name, Outcome::Note, evidence)
    }

    pub fn bad(name: &str, finding: Finding, evidence: impl Into<String>) -> Self {
        Self::new(name, Outcome::Bad(finding), evidence)
    }

    const fn finding(&self) -> Option<Finding> {
        match self.outcome {
            Outcome::Bad(finding) => Some(finding),
            Outcome::Good | Outcome::Note => None,
        }
    }
}

/// The worst that was found.
pub(super) fn worst(checks: &[Check]) -> Option<Finding> {
    checks.iter().filter_map(Check::finding).min()
}

/// For people: one line a check, with the remedy below where there is something to mend.
pub(super) fn to_text(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let line = |check: &Check| {
        let (word, remedy) = match check.outcome {
            Outcome::Good => ("ok  ", String::new()),
            Outcome::Note => ("note", String::new()),
            Outcome::Bad(finding) => ("BAD ", format!("      remedy: {}\n", finding.remedy())),
        };
        format!("{word}  {:width$}  {}\n{remedy}", check.name, check.evidence)
    };
    let end = match worst(checks) {
        None => "all is well\n".into(),
        Some(finding) => {
            format!("the worst: {} (exit code {})\n", finding.name(), finding.exit_code())
        }
    };
    checks.iter().map(line).collect::<String>() + &end
}

/// The same as data.
pub(super) fn to_json(checks: &[Check]) -> Value {
    let check = |check: &Check| {
        let outcome = match check.outcome {
            Outcome::Good => "ok",
            Outcome::Note => "note",
            Outcome::Bad(_) => "bad",
        };
        json!({
            "check": check.name,
            "outcome": outcome,
            "finding": check.finding().map(Finding::name),
            "evidence": check.evidence,
            "remedy": check.finding().map(Finding::remedy),
        })
    };
    json!({
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
        "worst": worst(checks).map(Finding::name),
        "exit-code": worst(checks).map_or(0, Finding::exit_code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_its_own_row_in_order_of_gravity() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.finding.row().name, row.name);
            assert_eq!(usize::from(row.exit_code), 10 + at);
            assert!(at == 0 || TABLE[at - 1].finding < row.finding, "{}", row.name);
        }
        assert_eq!(Finding::GuessablePorts as usize, TABLE.len() - 1, "the last one has a row");
    }

    #[test]
    fn every_finding_is_documented_with_its_code_and_remedy() {
        let page = include_str!("../../../docs/doctor.md");
        for row in &TABLE {
            let start = format!("| {} | `{}` |", row.exit_code, row.name);
            assert!(page.contains(&start), "docs/doctor.md lacks a line that begins {start}");
        }
    }

    #[test]
    fn the_worst_decides_and_each_has_its_remedy() {
        let checks = [
            Check::good("a", "fine"),
            Check::bad("b", Finding::NoTcp, "refused"),
            Check::bad("c", Finding::WrongClock, "1970"),
            Check::note("d", "no IPv6"),
        ];
        assert_eq!(worst(&checks), Some(Finding::WrongClock));
        let text = to_text(&checks);
        for finding in [Finding::NoTcp, Finding::WrongClock] {
            assert!(text.contains(finding.remedy()), "{text}");
        }
        assert!(text.ends_with("wrong-clock (exit code 12)\n"), "{text}");
        let data = to_json(&checks);
        assert_eq!(
            (&data["exit-code"], &data["checks"][1]["finding"]),
            (&json!(12), &json!("no-tcp"))
        );
        assert_eq!((worst(&checks[..1]), &to_json(&checks[..1])["exit-code"]), (None, &json!(0)));
    }
}
