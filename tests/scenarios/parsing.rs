//! Text to a [`Script`]: the dialect of Deckard and Unbound, as far as it is of use here, with zones and signatures.

use std::net::IpAddr;

use bailiwick::clock::WallSeconds;
use bailiwick::wire::Question;

use super::records::{Told, name, section};
use super::script::{Entry, Range, Script, Step, ZoneBlock};

/// 2026-01-01: the date of scripts that have none.
const WALL: WallSeconds = 1_767_225_600;

/// The date of a script: `val-override-timestamp`, in seconds since 1970.
pub fn date(script: &Script) -> Told<WallSeconds> {
    let set = script.settings("val-override-timestamp").next();
    set.map_or(Ok(WALL), |text| text.parse().map_err(|_| format!("no date: {text}")))
}

/// What `text` says.
///
/// # Errors
/// The first line that says nothing known, so that nothing is passed over in silence.
pub fn parse(text: &str) -> Told<Script> {
    let mut lines = Lines { lines: text.lines().collect(), at: 0 };
    let mut script = Script::default();
    if let Some(end) = lines.lines.iter().position(|line| line.trim() == "CONFIG_END") {
        while lines.at < end {
            let (key, value) =
                lines.next().and_then(|line| line.split_once(':')).unwrap_or_default();
            if !key.is_empty() {
                script.config.push((key.trim().into(), unquoted(value).into()));
            }
        }
        lines.at = end + 1;
    }
    let wall = date(&script)?;
    while let Some(line) = lines.next() {
        let at = lines.at;
        statement(line, &mut lines, &mut script, wall)
            .map_err(|what| format!("line {at}: {what}"))?;
    }
    Ok(script)
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches('"')
}

/// The lines that are left, without comments and empty ones.
struct Lines<'t> {
    lines: Vec<&'t str>,
    at: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        loop {
            let line = *self.lines.get(self.at)?;
            self.at += 1;
            let line = line.split_once(';').map_or(line, |(before, _)| before).trim();
            if !line.is_empty() {
                return Some(line);
            }
        }
    }

    /// The lines up to one that begins with `end`.
    fn until(&mut self, end: &str) -> Told<Vec<&'t str>> {
        let mut block = Vec::new();
        loop {
            match self.next().ok_or_else(|| format!("no {end}"))? {
                line if line.starts_with(end) => return Ok(block),
                line => block.push(line),
            }
        }
    }
}

fn statement(
    line: &str,
    lines: &mut Lines<'_>,
    script: &mut Script,
    wall: WallSeconds,
) -> Told<()> {
    let words: Vec<_> = line.split_whitespace().collect();
    match words[0] {
        "SCENARIO_BEGIN" | "SCENARIO_END" => {}
        "ZONE_BEGIN" => script.zones.push(zone(&words, &lines.until("ZONE_END")?)?),
        "RANGE_BEGIN" => script.ranges.push(range(&words, lines, wall)?),
        "STEP" => script.steps.push(step(&words, lines, wall)?),
        word => return Err(format!("{word} is not known")),
    }
    Ok(())
}

fn number<T: std::str::FromStr>(words: &[&str], at: usize) -> Told<T> {
    let word = words.get(at).ok_or("a number is missing")?;
    word.parse().map_err(|_| format!("{word} is no number"))
}

/// `ZONE_BEGIN APEX ADDRESS... [WORD...]`, and master-file lines.
fn zone(words: &[&str], lines: &[&str]) -> Told<ZoneBlock> {
    let apex = (*words.get(1).ok_or("a zone without a name")?).to_owned();
    let (mut addresses, mut others) = (Vec::new(), Vec::new());
    for word in &words[2..] {
        match word.parse::<IpAddr>() {
            Ok(address) => addresses.push(address),
            Err(_) => others.push((*word).to_owned()),
        }
    }
    Ok(ZoneBlock { apex, addresses, words: others, records: lines.join("\n") + "\n" })
}

/// `RANGE_BEGIN FIRST LAST`, addresses and entries.
fn range(words: &[&str], lines: &mut Lines<'_>, wall: WallSeconds) -> Told<Range> {
    let steps = number(words, 1)?..=number(words, 2)?;
    let mut range = Range { steps, addresses: Vec::new(), entries: Vec::new() };
    loop {
        let line = lines.next().ok_or("no RANGE_END")?;
        match line.split_once(char::is_whitespace) {
            None if line == "RANGE_END" => return Ok(range),
            None if line == "ENTRY_BEGIN" => range.entries.push(entry(lines, wall)?),
            Some(("ADDRESS", address)) => {
                let address = address.trim();
                let read = address.parse().map_err(|_| format!("{address} is no address"))?;
                range.addresses.push(read);
            }
            _ => return Err(format!("{line} in a range")),
        }
    }
}

fn step(words: &[&str], lines: &mut Lines<'_>, wall: WallSeconds) -> Told<(u32, Step)> {
    let at = number(words, 1)?;
    let mut message = || match lines.next() {
        Some("ENTRY_BEGIN") => entry(lines, wall),
        _ => Err("a step without an entry".to_owned()),
    };
    let step = match words.get(2).copied() {
        Some("QUERY") => Step::Query(message()?),
        Some("CHECK_ANSWER") => Step::Check(message()?),
        Some("TIME_PASSES") if words.get(3) == Some(&"ELAPSE") => Step::Passes(number(words, 4)?),
        other => return Err(format!("no step {other:?}")),
    };
    Ok((at, step))
}

const MATCHES: &[&str] = &[
    "all",
    "question",
    "qname",
    "qtype",
    "subdomain",
    "UDP",
    "TCP",
    "edns",
    "noedns",
    "flags",
    "rcode",
    "answer",
    "authority",
    "ttl",
    "opcode",
];
const ADJUSTS: &[&str] = &["copy_id", "copy_query", "do_not_answer", "no_edns", "once"];
const FLAGS: &[&str] = &["QR", "AA", "TC", "RD", "RA", "AD", "CD", "DO"];

/// The words of a line, if all of them are among `known`.
fn words_among(words: &[&str], known: &[&str]) -> Told<Vec<String>> {
    match words.iter().find(|word| !known.contains(word) && !word.starts_with("ede=")) {
        Some(word) => Err(format!("{word} is not known")),
        None => Ok(words.iter().map(|word| (*word).to_owned()).collect()),
    }
}

/// What follows ENTRY_BEGIN.
fn entry(lines: &mut Lines<'_>, wall: WallSeconds) -> Told<Entry> {
    let mut entry = Entry { line: lines.at, ..Entry::default() };
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in lines.until("ENTRY_END")? {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[0] {
            "MATCH" => entry.matches.extend(words_among(&words[1..], MATCHES)?),
            "ADJUST" => entry.adjust.extend(words_among(&words[1..], ADJUSTS)?),
            "REPLY" => reply_words(&words[1..], &mut entry)?,
            "SECTION" => sections.push((words.get(1).copied().unwrap_or(""), String::new())),
            "FORBIDDEN" => entry.forbidden = true,
            _ => {
                let (_, text) = sections.last_mut().ok_or_else(|| format!("{line} in an entry"))?;
                *text += line;
                *text += "\n";
            }
        }
    }
    for (what, text) in &sections {
        match *what {
            "QUESTION" => entry.question = Some(question(text)?),
            "ANSWER" => entry.answer = section(text, wall)?,
            "AUTHORITY" => entry.authority = section(text, wall)?,
            "ADDITIONAL" => entry.additional = section(text, wall)?,
            other => return Err(format!("no section {other}")),
        }
    }
    Ok(entry)
}

/// Flags and a response code, in any order.
fn reply_words(words: &[&str], entry: &mut Entry) -> Told<()> {
    let (flags, rcodes): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| FLAGS.contains(word));
    entry.flags.extend(words_among(&flags, FLAGS)?);
    for word in rcodes {
        entry.rcode = Some(word.parse().map_err(|_| format!("{word} is not known"))?);
    }
    Ok(())
}

fn question(text: &str) -> Told<Question> {
    let words: Vec<_> = text.split_whitespace().filter(|word| *word != "IN").collect();
    match words[..] {
        [asked, kind] => {
            let rtype = kind.parse().map_err(|_| format!("no type {kind}"))?;
            Ok(Question::new(name(asked)?, rtype))
        }
        _ => Err(format!("no question: {text}")),
    }
}
