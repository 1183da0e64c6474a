//! Every MUST of DNSSEC that binds a validator, and of what resolvers owe each other against forgery, has a test named after it, or says why not: `musts.tsv` is the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The RFCs, and of each the sections in which MUST, SHALL or REQUIRED stands, but for what only explains the words.
#[rustfmt::skip]
const RFCS: [(u16, &str); 19] = [
    (4033, ""),
    (4034, "2 2.1.1 2.1.2 2.2 3 3.1.3 3.1.5 3.1.7 3.1.8.1 3.2 4 4.1.1 4.1.2 4.2 5.2 5.3 6.3 A A.1.1 B"),
    (4035, "2.1 2.2 2.3 2.4 2.5 2.6 3 3.1 3.1.1 3.1.2 3.1.3 3.1.3.1 3.1.3.2 3.1.3.3 3.1.3.4 3.1.4 3.1.4.1 3.1.5 \
        3.1.6 3.2.1 3.2.2 3.2.3 4.1 4.2 4.3 4.4 4.6 4.7 4.8 4.9 4.9.1 4.9.3 5 5.2 5.3.1 5.3.2 5.3.3 5.4 5.5"),
    (4470, "3"),
    (4509, "2 3"),
    (5155, "2 3 3.2.1 3.3 4 4.1.2 6 7.1 7.2 7.2.2 7.2.3 7.2.4 7.2.5 7.2.6 7.2.7 7.2.8 7.2.9 7.5 8.1 8.2 8.3 8.4 \
        8.5 8.6 8.7 8.8 8.9 9.1 9.2 10.2 10.3 10.4 11 12.1.3 C.1 C.2.1"),
    (5452, "9.1 9.2"),
    (5702, "2.1 2.2 3 5.2 8.2"),
    (6605, "4 5"),
    (6672, "2.1 2.3 2.4 2.5 3.1 3.2 3.4 5.2 5.3.4 8 A.1 A.2"),
    (6840, "2.1 4.1 4.2 4.3 4.4 5.2 5.3 5.6 5.11 5.12 6.4"),
    (8080, "8"),
    (8198, "5 5.3 A"),
    (8767, "4"),
    (9077, "3 3.1 3.2 3.3"),
    (9276, "3.1 3.2"),
    (9824, "3.1 3.5 7.1 7.2"),
    (9904, "1.2 2.2 3 4 6"),
    (9905, "2 5"),
];

/// Where tests named after an RFC must be in the table.
const ROOMS: [&str; 3] = ["src/dnssec", "src/validate", "tests/verdicts"];

struct Rule<'t> {
    rfc: u16,
    section: &'t str,
    level: &'t str,
    rule: &'t str,
    proof: Proof<'t>,
}

enum Proof<'t> {
    Tests(Vec<&'t str>),
    NotOurs,
    Later,
}

const TABLE: &str = include_str!("musts.tsv");

fn rules() -> impl Iterator<Item = Rule<'static>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        let [rfc, section, level, rule, proof] = cells.try_into().expect("five cells");
        let proof = match proof.split_once(": ") {
            Some(("not ours", why)) if !why.is_empty() => Proof::NotOurs,
            Some(("later", what)) if !what.is_empty() => Proof::Later,
            _ => Proof::Tests(proof.split(", ").collect()),
        };
        Rule { rfc: rfc.parse().expect(line), section, level, rule, proof }
    })
}

#[test]
fn every_rule_is_whole() {
    for rule in rules() {
        assert!(matches!(rule.level, "M" | "S" | "o" | "-"), "{} {}", rule.rfc, rule.section);
        assert!(!rule.section.is_empty() && !rule.rule.is_empty(), "{}", rule.rfc);
    }
}

#[test]
fn every_section_with_a_must_is_in_the_table() {
    let told: BTreeSet<(u16, &str)> = rules().map(|rule| (rule.rfc, rule.section)).collect();
    let sections = RFCS.iter().flat_map(|(rfc, sections)| {
        sections.split_ascii_whitespace().map(move |section| (*rfc, section))
    });
    let missing: Vec<_> = sections.filter(|section| !told.contains(section)).collect();
    assert!(missing.is_empty(), "not in tests/musts.tsv: {missing:#?}");
    assert!(RFCS.iter().all(|(rfc, _)| told.iter().any(|(other, _)| other == rfc)));
}

#[test]
fn every_test_of_the_table_exists() {
    let known = tests_below(&["src", "tests"]);
    let unknown: Vec<_> = rules()
        .filter_map(|rule| match rule.proof {
            Proof::Tests(tests) => Some((rule.rfc, rule.section, tests)),
            Proof::NotOurs | Proof::Later => None,
        })
        .flat_map(|(rfc, section, tests)| tests.into_iter().map(move |t| (rfc, section, t)))
        .filter(|(_, _, test)| !known.contains_key(*test))
        .collect();
    assert!(unknown.is_empty(), "no such test: {unknown:#?}");
}

#[test]
fn every_test_that_is_named_after_an_rfc_is_in_the_table() {
    let listed: BTreeSet<&str> = rules()
        .flat_map(|rule| match rule.proof {
            Proof::Tests(tests) => tests,
            Proof::NotOurs | Proof::Later => Vec::new(),
        })
        .collect();
    let missing: Vec<_> = tests_below(&ROOMS)
        .into_iter()
        .filter(|(test, _)| is_named_after_an_rfc(test) && !listed.contains(test.as_str()))
        .map(|(test, file)| format!("{file}: {test}"))
        .collect();
    assert!(missing.is_empty(), "not in tests/musts.tsv: {missing:#?}");
}

fn is_named_after_an_rfc(test: &str) -> bool {
    test.strip_prefix("rfc").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// How many rules have tests: for `cargo test -- --nocapture`.
#[test]
fn the_table_counted() {
    let (mut tested, mut not_ours, mut later) = (0, 0, 0);
    for rule in rules() {
        match rule.proof {
            Proof::Tests(_) => tested += 1,
            Proof::NotOurs => not_ours += 1,
            Proof::Later => later += 1,
        }
    }
    println!("{tested} rules with tests, {not_ours} of others, {later} for later");
    assert!(tested > 100);
}

/// The test functions in the files below `directories`, each with its file.
fn tests_below(directories: &[&str]) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    directories.iter().for_each(|directory| collect(&root.join(directory), &mut files));
    let mut tests = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        for name in tests_in(&text) {
            tests.insert(
                name.to_owned(),
                file.strip_prefix(root).expect("below").display().to_string(),
            );
        }
    }
    tests
}

/// Names of the functions behind a `#[test]` or `#[tokio::test(...)]`.
fn tests_in(text: &str) -> impl Iterator<Item = &str> {
    let mut armed = false;
    text.lines().map(str::trim).filter_map(move |line| {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            armed = true;
            return None;
        }
        let name = line.trim_start_matches("async ").strip_prefix("fn ")?.split('(').next()?;
        std::mem::take(&mut armed).then_some(name)
    })
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}
