//! The house keeps its order: layers, no cycles, crates named in one room each, files and functions of a size to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the lowest layer up. A room may name those of lower layers; those of one layer never name each other.
const LAYERS: &[&[&str]] = &[
    &["clock", "entropy", "state"],
    &["wire"],
    &["dnssec"],
    &["model"],
    &["trace"],
    &["work"],
    &["cache", "net"],
    &["iterate"],
    &["validate"],
    &["resolver"],
    &["policy"],
    &["server"],
    &["config"],
    &["lab"],
    &["cli"],
    &["main", "lib"],
];

/// Crates that one place alone may name, and where.
const CONFINED: &[(&str, &str)] = &[
    ("ring::", "src/dnssec/crypto.rs"),
    ("sha1::", "src/dnssec/crypto.rs"),
    ("ed448_goldilocks_plus::", "src/dnssec/crypto.rs"),
    ("hickory_proto::", "src/wire/"),
    ("serde_yaml::", "src/config/file.rs"),
    ("getrandom::", "src/entropy.rs"),
];

const MAX_FILE_LINES: usize = 800;
const MAX_FUNCTION_LINES: usize = 100;

#[test]
fn no_room_names_one_above_or_beside_it() {
    let layer = |room: &str| LAYERS.iter().position(|rooms| rooms.contains(&room));
    let mut broken = Vec::new();
    for file in sources() {
        let own = file.room();
        let own_layer = layer(&own).unwrap_or_else(|| unplaced(&own));
        for path in file.paths().filter(|path| path[0] == "crate" && path.len() > 1) {
            let other = &path[1];
            let allowed =
                *other == own || layer(other).is_none_or(|l| l < own_layer) || own == "lib";
            if !allowed {
                broken.push(format!("{} names {other}", file.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn unplaced(room: &str) -> usize {
    unreachable!("the room {room} has no place in LAYERS")
}

#[test]
fn no_cycles_between_files() {
    let files = sources();
    let index = Index::new(&files);
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.name.ends_with("mod.rs")) {
        let used = file
            .paths()
            .filter_map(|path| index.resolve(file, &path))
            .filter(|used| *used != file.name);
        graph.insert(&file.name, used.collect());
    }
    let cycles: Vec<_> = graph.keys().filter_map(|file| cycle(&graph, file)).collect();
    assert!(cycles.is_empty(), "{cycles:#?}");
}

/// The shortest way from `start` back to itself.
fn cycle(graph: &BTreeMap<&str, BTreeSet<&str>>, start: &str) -> Option<String> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in graph.get(way.last()?.as_str()).into_iter().flatten() {
                if *next == start {
                    return Some(format!("{} -> {start}", way.join(" -> ")));
                }
                if seen.insert(*next) {
                    longer.push([way.as_slice(), &[(*next).to_owned()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

#[test]
fn crates_stay_where_they_belong() {
    let strays: Vec<_> = sources()
        .iter()
        .flat_map(|file| CONFINED.iter().map(move |(name, place)| (file, name, place)))
        .filter(|(file, name, place)| {
            !file.name.starts_with(**place) && names_crate(&file.code, name)
        })
        .map(|(file, name, _)| format!("{} names {name}", file.name))
        .collect();
    assert!(strays.is_empty(), "{strays:#?}");
}

/// Is `name::` there as the start of a path, not as the end of another word?
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn files_and_functions_can_be_read() {
    let mut long = Vec::new();
    for file in sources() {
        let lines = file.whole.lines().count();
        if lines > MAX_FILE_LINES {
            long.push(format!("{}: {lines} lines", file.name));
        }
        long.extend(long_functions(&file));
    }
    assert!(long.is_empty(), "{long:#?}");
}

fn long_functions(file: &Source) -> Vec<String> {
    let lines: Vec<&str> = file.whole.lines().collect();
    let starts = (0..lines.len()).filter(|i| {
        let line = lines[*i].trim_start();
        line.contains("fn ")
            && line.split("fn ").next().is_some_and(|before| before.split(' ').all(is_qualifier))
    });
    let length = |start: usize| {
        let indent = lines[start].len() - lines[start].trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        lines[start..].iter().position(|line| *line == closing).map_or(1, |n| n + 1)
    };
    starts
        .map(|start| (start, length(start)))
        .filter(|(_, length)| *length > MAX_FUNCTION_LINES)
        .map(|(start, length)| format!("{}:{}: {length} lines", file.name, start + 1))
        .collect()
}

fn is_qualifier(word: &str) -> bool {
    matches!(word, "" | "pub" | "async" | "const" | "pub(super)" | "pub(crate)")
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    let marks = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!("];
    let left: Vec<_> = sources()
        .iter()
        .flat_map(|file| {
            marks.iter().filter(|m| file.whole.contains(**m)).map(|m| format!("{}: {m}", file.name))
        })
        .collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// One file of `src`, with and without comments, strings and tests.
struct Source {
    name: String,
    whole: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let read = |path: &PathBuf| {
        let whole = fs::read_to_string(path).expect("a source file");
        let name = path.strip_prefix(root).expect("below the root").display().to_string();
        Source { code: code_alone(&whole), name, whole }
    };
    files.iter().map(read).filter(|file| !is_test(&file.name)).collect()
}

fn is_test(name: &str) -> bool {
    ["/tests.rs", "/testing.rs", "/vectors.rs"].iter().any(|end| name.ends_with(end))
        || name.contains("/tests/")
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

fn code_alone(whole: &str) -> String {
    let production = whole.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(whole);
    let without_comments = production.lines().map(|line| line.split("//").next().unwrap_or(""));
    without_comments.collect::<Vec<_>>().join("\n")
}

impl Source {
    /// The room: the first directory below `src`, or the file itself.
    fn room(&self) -> String {
        self.module()[0].clone()
    }

    /// The path of the module that the file is: `src/dnssec/nsec.rs` is `[dnssec, nsec]`.
    fn module(&self) -> Vec<String> {
        let inner = self.name.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').filter(|part| *part != "mod").map(str::to_owned).collect()
    }

    /// Every path in the code that begins with `crate` or `super`, braces expanded.
    fn paths(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        ["crate::", "super::"].into_iter().flat_map(|start| {
            let begins = |at: &usize| {
                !self.code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            };
            let found = self.code.match_indices(start).map(|(at, _)| at).filter(begins);
            found.flat_map(|at| expand(&self.code[at..]))
        })
    }
}

/// The paths that begin at the start of `text`: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(text: &str) -> Vec<Vec<String>> {
    let mut reader = text.chars().peekable();
    let mut found = Vec::new();
    tree(&mut reader, &[], &mut found);
    found
}

fn tree(
    reader: &mut std::iter::Peekable<std::str::Chars<'_>>,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) {
    let mut path = prefix.to_vec();
    loop {
        let mut word = String::new();
        while let Some(c) = reader.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '*') {
            word.push(c);
        }
        if !word.is_empty() {
            path.push(word);
        }
        let mut ahead = reader.clone();
        if ahead.next() != Some(':') || ahead.next() != Some(':') {
            found.push(path);
            return;
        }
        *reader = ahead;
        if reader.next_if_eq(&'{').is_some() {
            loop {
                while reader.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
                if reader.next_if_eq(&'}').is_some() || reader.peek().is_none() {
                    return;
                }
                tree(reader, &path, found);
                // An `as` renames: skip it.
                while reader.next_if(|c| *c != ',' && *c != '}').is_some() {}
            }
        }
    }
}

/// Which file defines what a path names.
struct Index {
    /// Module path to file.
    modules: BTreeMap<Vec<String>, String>,
    /// What a room re-exports: module path and item to file.
    exports: BTreeMap<(Vec<String>, String), String>,
}

impl Index {
    fn new(files: &[Source]) -> Self {
        let modules: BTreeMap<_, _> = files.iter().map(|f| (f.module(), f.name.clone())).collect();
        let mut exports = BTreeMap::new();
        for file in files.iter().filter(|file| file.name.ends_with("mod.rs")) {
            for line in file.code.split(';').filter_map(|s| s.split("use ").nth(1)) {
                for path in expand(line.trim()).into_iter().filter(|p| p.len() > 1) {
                    let inner = [file.module(), path[..path.len() - 1].to_vec()].concat();
                    if let Some(target) = modules.get(&inner) {
                        exports
                            .insert((file.module(), path[path.len() - 1].clone()), target.clone());
                    }
                }
            }
        }
        Self { modules, exports }
    }

    /// The file that defines what `path`, written in `file`, names.
    fn resolve(&self, file: &Source, path: &[String]) -> Option<&str> {
        let mut absolute = if path[0] == "crate" { Vec::new() } else { file.module() };
        let mut rest = path;
        while let Some((first, behind)) =
            rest.split_first().filter(|(f, _)| *f == "super" || *f == "crate")
        {
            if first == "super" {
                absolute.pop();
            }
            rest = behind;
        }
        for part in rest {
            let deeper = [absolute.clone(), vec![part.clone()]].concat();
            if !self.modules.contains_key(&deeper) {
                let export = self.exports.get(&(absolute.clone(), part.clone()));
                return export.or_else(|| self.modules.get(&absolute)).map(String::as_str);
            }
            absolute = deeper;
        }
        self.modules.get(&absolute).map(String::as_str)
    }
}
