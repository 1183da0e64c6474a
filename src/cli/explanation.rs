//! One resolution told: its steps, its verdict and the rule, for people and as data.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::dnssec::{Security, Spent};
use crate::model::Answer;
use crate::trace::Step;
use crate::wire::{Question, RrSet, rrset_to_text};

/// Everything there is to tell.
pub(super) struct Explanation {
    pub question: Question,
    pub answer: Answer,
    pub steps: Vec<Step>,
}

impl Explanation {
    /// For people: the walk, the chain of trust, the verdict, the records.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.question);
        for step in &self.steps {
            let (what, told) = step_text(step);
            let _ = writeln!(text, "  {what:<9} {told}"); // writing to a string does not fail
        }
        let Answer { rcode, security, .. } = &self.answer;
        let _ = writeln!(
            text,
            "verdict: {security}\n  rule: {}\n  response code: {rcode}",
            security.rule()
        );
        for error in &self.answer.errors {
            let _ = writeln!(
                text,
                "  extended error {} ({}): {}",
                error.code.0, error.code, error.text
            );
        }
        let _ = writeln!(text, "  servers asked: {}", self.asked());
        for (section, sets) in
            [("answer", &self.answer.answer), ("authority", &self.answer.authority)]
        {
            if !sets.is_empty() {
                let lines = sets.iter().map(rrset_to_text).collect::<String>();
                let _ = writeln!(text, "{section}:\n{}", lines.trim_end());
            }
        }
        text
    }

    fn asked(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Asked { .. })).count()
    }

    /// As data.
    pub fn to_json(&self) -> Value {
        let errors = self.answer.errors.iter();
        let error = |e: &crate::wire::ExtendedError| json!({ "code": e.code.0, "name": e.code.to_string(), "text": e.text });
        json!({
            "question": { "name": self.question.name.to_string(), "type": self.question.rtype.to_string() },
            "steps": self.steps.iter().map(step_json).collect::<Vec<_>>(),
            "rcode": self.answer.rcode.to_string(),
            "verdict": security_json(&self.answer.security),
            "extended-errors": errors.map(error).collect::<Vec<_>>(),
            "servers-asked": self.asked(),
            "answer": records(&self.answer.answer),
            "authority": records(&self.answer.authority),
        })
    }
}

/// What kind of step, and what happened.
fn step_text(step: &Step) -> (&'static str, String) {
    match step {
        Step::Question { question, purpose } => ("question", format!("{question} ({purpose})")),
        Step::Cached { question, found } => ("cached", format!("{question}: {found}")),
        Step::Renewed { question, left } => {
            ("prefetch", format!("{question}: ends in {left} ms, resolved again in the background"))
        }
        Step::Stale { question, why } => ("stale", format!("{question}: {}", why.join("; "))),
        Step::Deduced { question, zone, what } => {
            ("deduced", format!("{question}: {what}, by cached records of zone {zone}"))
        }
        Step::Asked { server, zone, question, transport, outcome, micros } => {
            let millis = *micros / 1_000;
            let tenth = *micros % 1_000 / 100;
            let told = format!(
                "{server} ({transport}, zone {zone}) {question}: {outcome}, {millis}.{tenth} ms"
            );
            ("asked", told)
        }
        Step::Referral { parent, zone, servers } => {
            let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
            ("referral", format!("{parent} -> {zone} served by {}", servers.join(", ")))
        }
        Step::Link { zone, what, rule } => ("link", format!("{zone} {what} [{rule}]")),
        Step::Judged { what, security, rule } => ("judged", format!("{what}: {security} [{rule}]")),
        Step::Done { spent } => ("spent", spent_text(spent)),
    }
}

fn spent_text(spent: &Spent) -> String {
    let Spent {
        packets,
        octets,
        good_signatures,
        known_signatures,
        failed_signatures,
        nsec3_hashes,
    } = spent;
    format!(
        "{packets} packets sent, {octets} octets received, {good_signatures} good and {failed_signatures} failed \
         signature checks, {known_signatures} known to be good from before, {nsec3_hashes} NSEC3 hashes"
    )
}

fn step_json(step: &Step) -> Value {
    match step {
        Step::Question { question, purpose } => {
            json!({ "step": "question", "question": question.to_string(), "purpose": purpose })
        }
        Step::Cached { question, found } => {
            json!({ "step": "cached", "question": question.to_string(), "found": found })
        }
        Step::Renewed { question, left } => {
            json!({ "step": "prefetch", "question": question.to_string(), "milliseconds": left })
        }
        Step::Stale { question, why } => {
            json!({ "step": "stale", "question": question.to_string(), "why": why })
        }
        Step::Deduced { question, zone, what } => json!({
            "step": "deduced",
            "question": question.to_string(),
            "zone": zone.to_string(),
            "what": what,
        }),
        Step::Asked { server, zone, question, transport, outcome, micros } => json!({
            "step": "asked",
            "server": server.to_string(),
            "zone": zone.to_string(),
            "question": question.to_string(),
            "transport": transport,
            "outcome": outcome,
            "microseconds": micros,
        }),
        Step::Referral { parent, zone, servers } => json!({
            "step": "referral",
            "parent": parent.to_string(),
            "zone": zone.to_string(),
            "servers": servers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Step::Link { zone, what, rule } => {
            json!({ "step": "link", "zone": zone.to_string(), "what": what, "rule": rule })
        }
        Step::Judged { what, security, rule } => json!({
            "step": "judged",
            "what": what,
            "verdict": security_json(security),
            "rule": rule,
        }),
        Step::Done { spent } => json!({
            "step": "spent",
            "packets": spent.packets,
            "octets": spent.octets,
            "good-signatures": spent.good_signatures,
            "known-signatures": spent.known_signatures,
            "failed-signatures": spent.failed_signatures,
            "nsec3-hashes": spent.nsec3_hashes,
        }),
    }
}

fn security_json(security: &Security) -> Value {
    let (status, reason) = match security {
        Security::Secure => ("secure", None),
        Security::Insecure(why) => ("insecure", Some(why.to_string())),
        Security::Bogus(reason) => ("bogus", Some(reason.to_string())),
        Security::Indeterminate => ("indeterminate", None),
    };
    json!({ "status": status, "reason": reason, "rule": security.rule() })
}

fn records(sets: &[RrSet]) -> Vec<String> {
    let text: String = sets.iter().map(rrset_to_text).collect();
    text.lines().map(str::to_owned).collect()
}
