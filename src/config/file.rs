//! YAML text to a tree, and from a node of the tree back to its place in the text. Nothing else names the YAML reader.

use serde::de::DeserializeSeed;
use serde_yaml::Deserializer;

use super::error::Problem;
use super::marks::{Part, Seek};
use super::tree::Node;

/// Line and column, both counted from 1; 0 and 0 where they are not known.
pub(super) type Mark = (usize, usize);

/// Reads the text of a configuration file.
///
/// # Errors
/// When it is no YAML, or more than one document.
pub(super) fn read(text: &str) -> Result<Node, (Mark, Problem)> {
    serde_yaml::from_str(text).map_err(|error| syntax(text, &error))
}

/// Where the node at `path` stands; see [`Seek`] for what a path is.
pub(super) fn mark(text: &str, path: &[usize], part: Part) -> Mark {
    seek(Deserializer::from_str(text), Seek { path, part })
}

fn seek(text: Deserializer<'_>, target: Seek<'_>) -> Mark {
    let raised = target.deserialize(text).err();
    raised.and_then(|error| error.location()).map_or((0, 0), |place| (place.line(), place.column()))
}

fn syntax(text: &str, error: &serde_yaml::Error) -> (Mark, Problem) {
    let message = error.to_string();
    if let Some(second) = Deserializer::from_str(text).nth(1)
        && error.location().is_none()
    {
        let top = Seek { path: &[], part: Part::Value };
        let problem =
            Problem::new("a second YAML document", "one file is one document: remove the \"---\"");
        return (seek(second, top), problem);
    }
    let mark = error.location().map_or((0, 0), |place| (place.line(), place.column()));
    let what = message.replacen(&format!(" at line {} column {}", mark.0, mark.1), "", 1);
    let remedy = remedy(&what, text.lines().nth(mark.0.saturating_sub(1)).unwrap_or(""));
    (mark, Problem::new(format!("no valid YAML: {what}"), remedy))
}

/// What most often lies behind an error of syntax in `line`.
fn remedy(what: &str, line: &str) -> &'static str {
    let in_brackets = line.contains("]:") || line.contains("]@");
    if line.starts_with([' ', '\t']) && line.trim_start_matches(' ').starts_with('\t') {
        "indent with spaces, not with tabs"
    } else if in_brackets && line.contains('[') {
        "put addresses with brackets in quotes: \"[::1]:53\""
    } else if what.contains("cannot start any token") || what.contains("anchor") {
        "put the value in quotes"
    } else if what.contains("mapping values are not allowed") {
        "start the keys of one section in the same column; put a value that holds \": \" in quotes"
    } else if what.contains("flow") {
        "close each [ with ] and each { with }, and put commas between"
    } else if what.contains("did not find expected") {
        "start the keys of one section in the same column, and put a blank behind each \":\" and \"-\""
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, path: &[usize], part: Part) -> Mark {
        read(text).expect("valid YAML");
        mark(text, path, part)
    }

    #[test]
    fn places_in_block_style() {
        let text =
            "# comment\na:\n  b: 1 # c: 2\n\n  'd e':\n    - x\n    -   y: 5\n        z:\nq:\n";
        assert_eq!(at(text, &[], Part::Value), (2, 1));
        assert_eq!(at(text, &[0], Part::Key), (2, 1));
        assert_eq!(at(text, &[0, 0], Part::Key), (3, 3));
        assert_eq!(at(text, &[0, 0], Part::Value), (3, 6));
        assert_eq!(at(text, &[0, 1], Part::Key), (5, 3));
        assert_eq!(at(text, &[0, 1], Part::Value), (6, 5));
        assert_eq!(at(text, &[0, 1, 0], Part::Value), (6, 7));
        assert_eq!(at(text, &[0, 1, 1, 0], Part::Value), (7, 12));
        assert_eq!(at(text, &[0, 1, 1, 1], Part::Key), (8, 9));
        assert_eq!(at(text, &[0, 1, 1, 1], Part::Value).0, 8);
        assert_eq!(at(text, &[1], Part::Value).0, 9);
    }

    #[test]
    fn places_in_flow_style_with_aliases_and_duplicates() {
        let text = "a: {\"b, c\": [1, {d: &x \"e]\"}],\n  f: 2, f: *x}\n\"g\" : é]: 3";
        assert!(read(text).is_err());
        let text = "a: {\"b, c\": [1, {d: &x \"e]\"}],\n  f: 2, f: *x}\n\"gé\" : |\n  3";
        assert_eq!(at(text, &[0], Part::Value), (1, 4));
        assert_eq!(at(text, &[0, 0], Part::Key), (1, 5));
        assert_eq!(at(text, &[0, 0, 1, 0], Part::Value), (1, 21));
        assert_eq!(at(text, &[0, 2], Part::Key), (2, 9));
        assert_eq!(at(text, &[0, 2], Part::Value), (1, 21)); // where what the alias stands for is written
        assert_eq!(at(text, &[1], Part::Value), (3, 8));
    }

    #[test]
    fn what_is_not_there_has_the_place_of_what_is_above() {
        assert_eq!(mark("a:\n  b: 1", &[0, 7, 3], Part::Value), (2, 3));
        assert_eq!(mark("a: [1]", &[0, 1], Part::Value), (1, 4));
        assert_eq!(mark("", &[0], Part::Key), (1, 1));
    }

    #[test]
    fn trees() {
        assert_eq!(read(""), Ok(Node::Nothing));
        assert_eq!(read("# nothing\n"), Ok(Node::Nothing));
        assert_eq!(read("---\n"), Ok(Node::Nothing));
        let text = |t: &str| Node::Text(t.into());
        let map = vec![
            ("a".into(), Node::Bool(true)),
            ("a".into(), text("off")),
            ("53".into(), Node::Fraction(1.5)),
            ("b".into(), Node::List(vec![Node::Number(-1), Node::Tagged("x".into())])),
            ("c".into(), text("2027-01-01")),
            ("a list".into(), text("::1")),
        ];
        let written = "a: true\na: off\n53: 1.5\nb: [-1, !x y]\nc: 2027-01-01\n? []\n: ::1";
        assert_eq!(read(written), Ok(Node::Map(map)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([a-c: \n\t\\[\\]{},\"'#&*!|>?%@-]|- |: |\n  |---\n|é|\u{1}){0,40}") {
            let _ = read(&text);
            let _ = mark(&text, &[0, 1, 0], Part::Key);
        }
    }
}
