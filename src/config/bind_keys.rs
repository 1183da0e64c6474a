//! Trust anchors in BIND's own words: `trust-anchors { . static-ds 20326 8 2 "E06D…"; };` and what that statement was
//! called before. `initial-key` and `initial-ds` are taken as they stand.

use super::error::{Problem, quoted};
use crate::wire::{Name, Record, read_numbered_records};

const STATEMENTS: [&str; 3] = ["trust-anchors", "managed-keys", "trusted-keys"];

/// What is wrong, and in which line.
type Lined<T> = Result<T, (usize, Problem)>;

/// A word, the text of a quoted string, or one of `{};`, and its line.
struct Token<'t> {
    text: &'t str,
    line: usize,
    quoted: bool,
}

impl Token<'_> {
    fn is(&self, mark: &str) -> bool {
        !self.quoted && self.text == mark
    }
}

/// Does `text` look like a file of BIND's statements?
pub(super) fn is_bind(text: &str) -> bool {
    let mut line = 1;
    let first = next_token(text, &mut line).ok().flatten();
    first.is_some_and(|(token, _)| STATEMENTS.contains(&token.text))
}

/// The records that the statements of `text` stand for, with their lines.
///
/// # Errors
/// At the first thing that is no such statement.
pub(super) fn records(text: &str) -> Lined<Vec<(usize, Record)>> {
    let tokens = tokens(text)?;
    let mut left = tokens.as_slice();
    let mut records = Vec::new();
    while let Some((statement, behind)) = left.split_first() {
        if !STATEMENTS.contains(&statement.text) {
            return Err(unexpected(statement, "a trust-anchors statement"));
        }
        left = expect("{", behind, statement.line)?;
        while left.first().is_some_and(|token| !token.is("}")) {
            let ends = |token: &Token<'_>| token.is(";") || token.is("}");
            let end = left.iter().position(ends).unwrap_or(left.len());
            records.extend(entry(&left[..end])?);
            left = expect(";", &left[end..], statement.line)?;
        }
        left = expect("}", left, statement.line)?;
        left = expect(";", left, statement.line)?;
    }
    Ok(records)
}

/// One anchor: `name [kind] number number number "data"`.
fn entry(tokens: &[Token<'_>]) -> Lined<Vec<(usize, Record)>> {
    let Some((name, rest)) = tokens.split_first() else { return Ok(Vec::new()) };
    let kind = rest.first().map_or("", |token| token.text);
    let (rtype, rest) = match kind {
        "static-ds" | "initial-ds" => ("DS", &rest[1..]),
        "static-key" | "initial-key" => ("DNSKEY", &rest[1..]),
        _ => ("DNSKEY", rest), // trusted-keys has no word for it
    };
    let data: Vec<_> =
        rest.iter().map(|token| token.text.replace(['\n', '\r', '\t'], " ")).collect();
    let record = format!("{} IN {rtype} {}", name.text, data.join(" "));
    let records = read_numbered_records(&record, &Name::root(), 0)
        .map_err(|error| (name.line, Problem::new(error.what, "")))?;
    Ok(records.into_iter().map(|(_, record)| (name.line, record)).collect())
}

fn expect<'a, 't>(mark: &str, tokens: &'a [Token<'t>], line: usize) -> Lined<&'a [Token<'t>]> {
    match tokens.split_first() {
        Some((token, behind)) if token.is(mark) => Ok(behind),
        Some((token, _)) => Err(unexpected(token, mark)),
        None => Err((line, Problem::new(format!("a statement that does not end: no {mark}"), ""))),
    }
}

fn unexpected(token: &Token<'_>, wanted: &str) -> (usize, Problem) {
    (token.line, Problem::new(format!("expected {wanted}, found {}", quoted(token.text)), ""))
}

fn tokens(text: &str) -> Lined<Vec<Token<'_>>> {
    let (mut rest, mut line, mut tokens) = (text, 1, Vec::new());
    while let Some((token, behind)) = next_token(rest, &mut line)? {
        tokens.push(token);
        rest = behind;
    }
    Ok(tokens)
}

/// The first token of `text` and what is behind it; `line` goes along.
fn next_token<'t>(text: &'t str, line: &mut usize) -> Lined<Option<(Token<'t>, &'t str)>> {
    let text = skip_blanks(text, line)?;
    let Some(first) = text.chars().next() else { return Ok(None) };
    let start = *line;
    let token = |text, quoted| Token { text, line: start, quoted };
    match first {
        '"' => {
            let problem = Problem::new("a quoted string that is not closed", "add the \"");
            let (inside, behind) = text[1..].split_once('"').ok_or((start, problem))?;
            *line += newlines(inside);
            Ok(Some((token(inside, true), behind)))
        }
        '{' | '}' | ';' => Ok(Some((token(&text[..1], false), &text[1..]))),
        _ => {
            let ends = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"');
            let end = text.find(ends).unwrap_or(text.len());
            Ok(Some((token(&text[..end], false), &text[end..])))
        }
    }
}

/// Skips blanks and comments of all three kinds.
fn skip_blanks<'t>(mut text: &'t str, line: &mut usize) -> Lined<&'t str> {
    loop {
        let trimmed = text.trim_start();
        *line += newlines(&text[..text.len() - trimmed.len()]);
        if let Some(comment) = trimmed.strip_prefix("/*") {
            let problem = Problem::new("a comment that is not closed", "add the */");
            let (inside, behind) = comment.split_once("*/").ok_or((*line, problem))?;
            *line += newlines(inside);
            text = behind;
        } else if trimmed.starts_with("//") || trimmed.starts_with('#') {
            text = trimmed.find('\n').map_or("", |end| &trimmed[end..]);
        } else {
            return Ok(trimmed);
        }
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<Vec<(usize, String)>, (usize, String)> {
        assert!(is_bind(text), "{text}");
        let shown = |(line, record): (usize, Record)| (line, record.to_string());
        let records = records(text).map_err(|(line, problem)| (line, problem.what))?;
        Ok(records.into_iter().map(shown).collect())
    }

    #[test]
    fn statements() {
        let text = "# BIND's file\n/* several\nlines */ // of comment\ntrust-anchors {\n\
            \t. initial-key 257 3 13 \"AQID\n\t\tBAUG\"; # 5\n  \"corp.example\" static-ds 5 8 2\n \"AB CD\";\n};\n\
            trusted-keys { a. 257 3 8 \"AQID\"; };\nmanaged-keys { };\n";
        let expected = [
            (5, ". 0 IN DNSKEY 257 3 13 AQIDBAUG"),
            (7, "corp.example. 0 IN DS 5 8 2 abcd"),
            (10, "a. 0 IN DNSKEY 257 3 8 AQID"),
        ];
        assert_eq!(lines(text), Ok(expected.map(|(line, text)| (line, text.into())).to_vec()));
    }

    #[test]
    fn malformed_statements_are_refused_at_their_line() {
        for (text, line, what) in [
            ("trust-anchors", 1, "a statement that does not end: no {"),
            ("trust-anchors {", 1, "a statement that does not end: no }"),
            ("trust-anchors { }", 1, "a statement that does not end: no ;"),
            (
                "trust-anchors { };\noptions { };",
                2,
                "expected a trust-anchors statement, found \"options\"",
            ),
            ("trust-anchors {\n. static-ds 1 8 2 \"AB\" };", 2, "expected ;"),
            (
                "trust-anchors {\n. static-ds 1 8 2 \"XY\"; };",
                2,
                "DS digest: expected hexadecimal digits",
            ),
            (
                "trust-anchors {\n. static-ds 1 8 2 \"AB; };",
                2,
                "a quoted string that is not closed",
            ),
            ("trust-anchors {\n/* };", 2, "a comment that is not closed"),
        ] {
            let error = lines(text).expect_err(text);
            assert_eq!(error.0, line, "{text} {error:?}");
            assert!(error.1.starts_with(what), "{text} {error:?}");
        }
    }

    #[test]
    fn master_files_are_not_bind_s() {
        for text in ["", ". IN DS 1 8 2 AB", "; trust-anchors {", "# trust-anchors", "/*"] {
            assert!(!is_bind(text), "{text}");
        }
    }
}
