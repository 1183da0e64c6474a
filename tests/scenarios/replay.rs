//! A script at work: its steps in order, and what came against what should have come.

use std::rc::Rc;
use std::time::Duration;

use bailiwick::server::{Incoming, Origin, Transport, reply};
use bailiwick::trace::Trace;
use bailiwick::wire::{
    Edns, ExtendedError, Flags, Header, Message, Opcode, Rcode, RrSet, compose, rdata_to_text,
};

use super::parsing::parse;
use super::records::Told;
use super::script::{Entry, Script, Step};
use super::world::World;

/// Runs `text` twice: both must come out well, and with the same transcript.
pub async fn twice(text: &str) -> Told<()> {
    let script = Rc::new(parse(text)?);
    let first = once(&script).await?;
    let second = once(&script).await?;
    if first == second {
        return Ok(());
    }
    Err(format!("two runs:\n{}\n{}", first.transcript, second.transcript))
}

/// What the last SERVFAIL of `text` says, if its last answer is one.
pub async fn failure(text: &str) -> Told<Option<ExtendedError>> {
    let script = Rc::new(parse(text)?);
    Ok(once(&script).await?.failure)
}

/// What became of a script.
#[derive(PartialEq, Eq)]
struct Run {
    transcript: String,
    /// The first extended error of the last answer, if that is SERVFAIL.
    failure: Option<ExtendedError>,
}

/// One run.
async fn once(script: &Rc<Script>) -> Told<Run> {
    let world = World::of(script)?;
    let mut last = None;
    for (number, step) in &script.steps {
        world.progress.step.set(*number);
        let outcome = match step {
            Step::Query(query) => {
                last = Some(ask(&world, query).await?);
                Ok(())
            }
            Step::Check(wanted) => last.as_ref().ok_or("no answer yet".into()).and_then(|answer| {
                fulfils_what_holds_always(answer)?;
                compare(wanted, answer)
            }),
            Step::Passes(seconds) => {
                tokio::time::sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
        };
        outcome.map_err(|what| format!("step {number}: {what}\n{}", world.network.transcript()))?;
    }
    usage(script, &world)?;
    let failed = last.filter(|answer| answer.header.rcode == Rcode::SERVFAIL);
    let failure = failed.and_then(|answer| errors(&answer).into_iter().next());
    Ok(Run { transcript: world.network.transcript(), failure })
}

/// The answer to the client, as it is on the wire.
async fn ask(world: &World, entry: &Entry) -> Told<Message> {
    let flags = Flags {
        recursion_desired: entry.has_flag("RD"),
        checking_disabled: entry.has_flag("CD"),
        authentic_data: entry.has_flag("AD"),
        ..Flags::default()
    };
    let header = Header { id: 1, opcode: Opcode::QUERY, flags, rcode: Rcode::NOERROR };
    let mut query = Message::new(header);
    query.questions.extend(entry.question.clone());
    let dnssec_ok = entry.has_flag("DO");
    query.edns = Some(Edns { udp_size: 1232, dnssec_ok, ..Edns::default() });
    let octets = compose(&query, usize::from(u16::MAX), false);
    let Incoming::Query(query) = Incoming::read(&octets, Transport::Tcp) else {
        return Err("no question".into());
    };
    let (question, checking) = (&query.question, query.checking());
    let answer = match world.resolver.answer_from_cache(question, checking) {
        Some(answer) => answer,
        None => world.resolver.resolve(question, checking, Trace::off()).await,
    };
    Message::parse(&reply(&query, answer, Origin::Resolved)).map_err(|error| error.to_string())
}

fn errors(answer: &Message) -> Vec<ExtendedError> {
    answer.edns.iter().flat_map(Edns::extended_errors).collect()
}

/// No SERVFAIL without a reason, and none that is too long to be sent whole.
fn fulfils_what_holds_always(answer: &Message) -> Told<()> {
    let errors = errors(answer);
    let names = |error: &ExtendedError| {
        error.text.split([' ', ':']).next().is_some_and(|subject| subject.ends_with('.'))
    };
    if answer.header.rcode == Rcode::SERVFAIL && !errors.first().is_some_and(names) {
        return Err(format!("SERVFAIL without a reason that names a name first: {errors:?}"));
    }
    match errors.iter().find(|error| error.text.len() > ExtendedError::MAX_TEXT) {
        Some(error) => Err(format!("too long a reason: {}", error.text)),
        None => Ok(()),
    }
}

/// What the MATCH line of `wanted` asks.
fn compare(wanted: &Entry, answer: &Message) -> Told<()> {
    let asked = |word: &str| wanted.has_match("all") || wanted.has_match(word);
    let told = |what: &str| format!("{what} (line {})\n{}", wanted.line, tell(answer));
    let rcode = wanted.rcode.unwrap_or(Rcode::NOERROR);
    if asked("rcode") && rcode != answer.header.rcode {
        return Err(told(&format!("rcode: {}, not {rcode}", answer.header.rcode)));
    }
    if asked("flags") && flags_of(wanted) != flags(answer) {
        return Err(told(&format!("flags: {:?}, not {:?}", flags(answer), flags_of(wanted))));
    }
    for (section, wanted, got) in [
        ("answer", &wanted.answer, &answer.answer),
        ("authority", &wanted.authority, &answer.authority),
    ] {
        let ttl = asked("ttl");
        if asked(section) && bag(wanted, ttl) != bag(got, ttl) {
            return Err(told(&format!("{section}: not {:#?}", bag(wanted, ttl))));
        }
    }
    let codes: Vec<_> = errors(answer).iter().map(|error| error.code.0.to_string()).collect();
    let wanted = wanted.matches.iter().filter_map(|word| word.strip_prefix("ede="));
    for code in wanted {
        let holds = if code == "none" { codes.is_empty() } else { codes.iter().any(|c| c == code) };
        if !holds {
            return Err(told(&format!("extended errors: {codes:?}, not {code}")));
        }
    }
    Ok(())
}

/// Those of the flags that a client looks at.
fn flags(answer: &Message) -> Vec<&'static str> {
    let Flags {
        response,
        authoritative,
        truncated,
        recursion_desired,
        recursion_available,
        authentic_data,
        checking_disabled,
    } = answer.header.flags;
    [
        (response, "QR"),
        (authoritative, "AA"),
        (truncated, "TC"),
        (recursion_desired, "RD"),
        (recursion_available, "RA"),
        (authentic_data, "AD"),
        (checking_disabled, "CD"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect()
}

/// The same of an entry; its DO is not in the header.
fn flags_of(wanted: &Entry) -> Vec<&str> {
    let all = ["QR", "AA", "TC", "RD", "RA", "AD", "CD"];
    all.into_iter().filter(|flag| wanted.has_flag(flag)).collect()
}

/// The records of a section in an order that does not matter, without signatures.
fn bag(sets: &[RrSet], ttl: bool) -> Vec<String> {
    let records = sets.iter().flat_map(|set| {
        let ttl = if ttl { set.ttl.to_string() } else { String::new() };
        let head = format!("{} {ttl} {}", set.owner.to_lowercase(), set.rtype);
        set.rdatas.iter().map(move |rdata| format!("{head} {}", rdata_to_text(set.rtype, rdata)))
    });
    let mut records: Vec<_> = records.collect();
    records.sort();
    records
}

fn tell(answer: &Message) -> String {
    format!(
        "{} {:?}\nanswer: {:#?}\nauthority: {:#?}\n{:?}",
        answer.header.rcode,
        flags(answer),
        bag(&answer.answer, true),
        bag(&answer.authority, true),
        errors(answer)
    )
}

/// Was every entry used but for those that must not be? One that nobody asks for shows nothing.
fn usage(script: &Script, world: &World) -> Told<()> {
    let used = world.progress.used.borrow();
    for entry in script.ranges.iter().flat_map(|range| &range.entries) {
        let asked = used.contains(&entry.line);
        if asked == entry.forbidden {
            let not = if asked { "" } else { " not" };
            let transcript = world.network.transcript();
            return Err(format!("the entry of line {} was{not} used\n{transcript}", entry.line));
        }
    }
    Ok(())
}
