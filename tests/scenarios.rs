//! Scripted conversations: what servers say, what a client asks, what it must get. `tests/scenarios/README.md` has the
//! language. Each script runs twice, under paused time, and must give the same transcript.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "verdicts/ed25519.rs"]
mod ed25519;
#[path = "scenarios/parsing.rs"]
mod parsing;
#[path = "scenarios/records.rs"]
mod records;
#[path = "scenarios/replay.rs"]
mod replay;
#[path = "scenarios/script.rs"]
mod script;
#[path = "scenarios/world.rs"]
mod world;

/// The least number of scripts that there must be: none gets lost unnoticed.
const AT_LEAST: usize = 100;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// The scripts of one folder, in the order of their names.
fn scripts(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let mut scripts: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "rpl"));
    scripts.sort();
    scripts
}

/// Runs every script of `folder` twice; all that fail are told.
async fn replay(folder: &str) {
    let mut failed = Vec::new();
    for path in scripts(folder) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let text = fs::read_to_string(&path).expect("a script");
        if let Err(what) = replay::twice(&text).await {
            failed.push(format!("{folder}/{}: {what}", name.unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

macro_rules! folders {
    ($($name:ident),*) => {
        $(#[tokio::test(start_paused = true)]
        async fn $name() {
            replay(stringify!($name)).await;
        })*

        const FOLDERS: &[&str] = &[$(stringify!($name)),*];
    };
}

folders!(iteration, caching, right, fooled, policy, faults);

#[test]
fn every_folder_is_replayed() {
    let entries = fs::read_dir(root()).expect("a folder").map(|entry| entry.expect("an entry"));
    for folder in entries.filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().to_string_lossy().into_owned();
        assert!(FOLDERS.contains(&name.as_str()), "{name}");
    }
    let count: usize = FOLDERS.iter().map(|folder| scripts(folder).len()).sum();
    assert!(count >= AT_LEAST, "{count} scripts");
}

/// Each script says at its head what it is about, and by which rule.
#[test]
fn every_script_describes_itself() {
    for folder in FOLDERS {
        for path in scripts(folder) {
            let text = fs::read_to_string(&path).expect("a script");
            let head = text.lines().take_while(|line| line.starts_with(';')).collect::<String>();
            assert!(head.len() > 30 && head.contains("RFC "), "{}", path.display());
        }
    }
}

/// The head of `docs/faults.md`.
const HEAD: &str = "\
# Faults and what is told of them

Each fault is made in a zone, a server or a message by the script of its name in [tests/scenarios](../tests/scenarios);
the last two columns are what its client gets on the wire (RFC 8914), names first, in at most 200 octets. No SERVFAIL
leaves without a reason. A test makes this table and compares.

| fault | rule | EDE | what is told |
|---|---|---|---|
";

/// The least number of faults in that table.
const FAULTS: usize = 60;

/// The table is what the program says, of each script of which the last word is SERVFAIL.
#[tokio::test(start_paused = true)]
async fn rfc8914_s4_the_documented_faults_are_those_on_the_wire() {
    let (mut told, mut faults) = (HEAD.to_owned(), 0);
    for path in ["faults", "fooled"].into_iter().flat_map(scripts) {
        let text = fs::read_to_string(&path).expect("a script");
        let Some(error) = replay::failure(&text).await.expect("a run") else { continue };
        let (what, rule) = head(&text);
        told +=
            &format!("| {what} | {rule} | {} {} | {} |\n", error.code.0, error.code, error.text);
        faults += 1;
    }
    let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.md");
    fs::write(&made, &told).expect("a file");
    let documented = fs::read_to_string(documented).unwrap_or_default();
    assert!(documented == told, "docs/faults.md differs from {}", made.display());
    assert!(faults >= FAULTS, "{faults} faults");
}

/// What the comment at the head of a script says, and the rule that it names last.
fn head(text: &str) -> (String, String) {
    let lines = text.lines().take_while(|line| line.starts_with(';'));
    let text = lines.map(|line| line.trim_start_matches(';').trim()).collect::<Vec<_>>().join(" ");
    let (what, rule) = text.split_once(". RFC ").expect("a sentence and a rule");
    (what.into(), format!("RFC {}", rule.trim_end_matches('.')))
}

/// A script that must fail does: a wrong expectation is found, and so is a message that nobody sent.
#[tokio::test(start_paused = true)]
async fn a_wrong_expectation_is_found() {
    let script = |rcode: &str, answer: &str| {
        format!(
            "SCENARIO_BEGIN a host\nZONE_BEGIN example. 192.0.2.2\nwww A 198.51.100.1\nZONE_END\n\
             STEP 1 QUERY\nENTRY_BEGIN\nREPLY RD DO\nSECTION QUESTION\nwww.example. IN A\nENTRY_END\n\
             STEP 2 CHECK_ANSWER\nENTRY_BEGIN\nMATCH all\nREPLY QR RD RA AD DO {rcode}\nSECTION QUESTION\n\
             www.example. IN A\nSECTION ANSWER\nwww.example. A {answer}\nENTRY_END\nSCENARIO_END\n"
        )
    };
    assert_eq!(replay::twice(&script("NOERROR", "198.51.100.1")).await, Ok(()));
    for (rcode, answer, told) in [
        ("NXDOMAIN", "198.51.100.1", "rcode: NOERROR, not NXDOMAIN"),
        ("NOERROR", "198.51.100.2", "answer:"),
    ] {
        let failed = replay::twice(&script(rcode, answer)).await.expect_err("a failure");
        assert!(failed.contains(told), "{failed}");
    }
    assert!(replay::twice("SCENARIO_BEGIN\nNONSENSE\n").await.is_err());
    assert!(replay::twice(&script("NOERROOR", "198.51.100.1")).await.is_err());
}

/// No script passes whatever comes: with another response code as its last word, none does.
#[tokio::test(start_paused = true)]
async fn each_script_can_fail() {
    for path in FOLDERS.iter().flat_map(|folder| scripts(folder)) {
        let text = fs::read_to_string(&path).expect("a script");
        let (before, last) = text.rsplit_once("\nREPLY ").expect("a last word");
        let (reply, rest) = last.split_once('\n').expect("a line");
        let rcodes = ["NOERROR", "NXDOMAIN", "SERVFAIL"];
        let flags: Vec<_> = reply.split(' ').filter(|word| !rcodes.contains(word)).collect();
        let wrong = format!("{before}\nREPLY {} REFUSED\n{rest}", flags.join(" "));
        assert!(replay::twice(&wrong).await.is_err(), "{}", path.display());
    }
}
