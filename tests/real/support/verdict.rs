//! What a response says about its question, and how many said the right thing.

use bailiwick::wire::{Message, Rcode, RrType};

use super::resolver::stand_in;

/// What a response says about its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The response code.
    pub rcode: Rcode,
    /// AD.
    pub secure: bool,
    /// The answer section holds an RRset of the type that was asked for.
    pub data: bool,
    /// And that RRset has signatures.
    pub signed: bool,
    /// The codes of the extended errors.
    pub ede: Vec<u16>,
    /// Their texts.
    pub texts: Vec<String>,
}

impl Verdict {
    /// What `response` says; `rtype` was asked for.
    pub fn of(response: &Message, rtype: RrType) -> Self {
        let errors: Vec<_> = response.edns.iter().flat_map(|edns| edns.extended_errors()).collect();
        let wanted = response.answer.iter().find(|set| set.rtype == rtype);
        Self {
            rcode: response.header.rcode,
            secure: response.header.flags.authentic_data,
            data: wanted.is_some(),
            signed: wanted.is_some_and(|set| !set.signatures.is_empty()),
            ede: errors.iter().map(|e| e.code.0).collect(),
            texts: errors.into_iter().map(|e| e.text).collect(),
        }
    }

    /// Is one of the `wanted` extended errors there? With none wanted it is always so.
    ///
    /// Of Unbound any code about DNSSEC will do: it judges the same, but where a set of keys fails it names what was
    /// wrong with the anchor that it tried last.
    pub fn is_explained(&self, wanted: &[u16]) -> bool {
        let explains = |code: &u16| wanted.contains(code) || stand_in() && (1..=12).contains(code);
        wanted.is_empty() || self.ede.iter().any(explains)
    }
}

/// Prints how many of `asked` questions had the right answer; `complaints` are about the others, and any fails the test.
pub fn conclude(what: &str, asked: usize, complaints: &[String]) {
    const SHOWN: usize = 40;
    println!("{what}: {} of {asked} as expected", asked - complaints.len());
    let shown = complaints[..complaints.len().min(SHOWN)].join("\n");
    assert!(complaints.is_empty(), "{what}: {} complaints:\n{shown}", complaints.len());
}
