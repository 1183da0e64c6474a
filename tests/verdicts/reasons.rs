//! What holds of every SERVFAIL, whatever the test.

use bailiwick::model::Answer;
use bailiwick::wire::{ExtendedError, Rcode};

/// RFC 8914 section 2: no SERVFAIL without a reason, which names what failed first, and is cut to what is sent.
#[track_caller]
pub fn assert_has_reason(answer: &Answer) {
    if answer.rcode == Rcode::SERVFAIL {
        let error = answer.errors.first().expect("a reason");
        let subject = error.text.split([' ', ':']).next().unwrap_or_default();
        assert!(subject.ends_with('.'), "names no name first: {}", error.text);
        assert!(error.to_option().data.len() <= 2 + ExtendedError::MAX_TEXT, "{}", error.text);
    }
}
