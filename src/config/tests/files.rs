//! What the configuration file refers to.

use std::path::PathBuf;

use super::good;
use crate::config::Config;

/// A directory of its own for the files of one test.
fn directory(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bailiwick-{}-{test}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a directory");
    path
}

#[test]
fn files_lie_beside_the_configuration_and_tell_their_own_errors() {
    let directory = directory("beside");
    let write =
        |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    write(
        "c.yaml",
        "resolver: {root-hints: h}\ndnssec: {trust-anchors: [k, built-in]}\nlog: {x: 1}",
    );
    write("h", ". NS a.\na. A 10.0.0.1\n");
    write(
        "k",
        "corp.example. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n",
    );
    let file = directory.join("c.yaml");
    let (name_of, load) =
        (|f: &str| directory.join(f).display().to_string(), || Config::load(Some(&file)));
    let first = load().expect_err("an unknown key");
    assert_eq!(first.len(), 1, "{first:?}");
    write("c.yaml", "resolver: {root-hints: h}\ndnssec: {trust-anchors: [k, built-in]}\n");
    let config = load().expect("a configuration");
    assert_eq!(config.settings.iterate.hints.servers.len(), 1);
    assert!(config.settings.iterate.do_not_query.networks.is_empty(), "a private Internet");
    let sources: Vec<_> =
        config.settings.anchors.iter().map(|anchor| anchor.source().to_string()).collect();
    assert_eq!(sources, ["built-in".into(), "built-in".into(), format!("{}:1", name_of("k"))]);
    write("h", ". NS a.\n");
    write("k", ";\nx\n");
    let told: Vec<_> =
        load().expect_err("bad files").iter().map(|e| (e.file.clone(), e.line)).collect();
    assert_eq!(told, [(name_of("h"), 1), (name_of("k"), 2)]);
    std::fs::write(&file, b"a: 1\n\n\xff").expect("a file");
    assert_eq!(
        load().expect_err("no UTF-8").first().map(|e| (e.line, e.what.as_str())),
        Some((3, "no UTF-8 text"))
    );
    std::fs::remove_dir_all(&directory).expect("the directory");
}

#[test]
fn a_record_in_the_file_has_its_line_for_a_source() {
    let ds = "DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
    let config = good(&format!("dnssec:\n  trust-anchors:\n  - built-in\n  - \"a. {ds}\"\n"));
    let last = config.settings.anchors.iter().last().map(|anchor| anchor.source().to_string());
    assert_eq!(last, Some("c.yaml:4".into()));
}
