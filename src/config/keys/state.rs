//! `state-directory`: where that is kept which outlives the process.

use crate::config::config::Config;
use crate::config::section::Section;

/// Reads the key.
pub(super) fn read(top: &Section<'_>, config: &mut Config) {
    let Some(value) = top.value("state-directory") else { return };
    if value.is_word("off") {
        config.state_directory = None;
    } else if let Some(path) = value.read(|v| v.text("the path of a directory, or off")) {
        config.state_directory = Some(value.reading().beside(path));
    }
}
