//! What came from the right address and port, and is not the reply: a forger's attempt, or a server with a habit of its
//! own. It never ends the wait and is held against no server (CVE-2023-26437); the question goes over TCP as well, where
//! no stranger can answer.

use std::cell::RefCell;

use tokio::sync::Notify;

use crate::wire::Rcode;

/// In what a reply misses its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearMiss {
    /// It cannot be read, or is no response to this operation.
    Malformed,
    /// Another id.
    Id,
    /// Another name, type or class, or none.
    Question,
    /// The name in other letters than it was sent in.
    Case,
    /// Another client cookie, or none although this address sends them (RFC 7873 section 5.3).
    Cookie,
    /// A header alone, which anybody could have made who guessed the id.
    BareError(Rcode),
}

/// The near misses of one question.
#[derive(Debug, Default)]
pub struct NearMisses {
    seen: RefCell<Seen>,
    first: Notify,
}

/// Bounded, whatever a forger sends.
#[derive(Debug, Default)]
struct Seen {
    count: u32,
    other_than_case: bool,
    error: Option<Rcode>,
    other_than_error: bool,
}

impl NearMisses {
    /// One more.
    pub fn note(&self, miss: NearMiss) {
        let mut seen = self.seen.borrow_mut();
        seen.count = seen.count.saturating_add(1);
        seen.other_than_case |= miss != NearMiss::Case;
        match miss {
            NearMiss::BareError(rcode) => seen.error = Some(rcode),
            _ => seen.other_than_error = true,
        }
        self.first.notify_one();
    }

    /// Waits for the first one.
    pub async fn first(&self) {
        self.first.notified().await;
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.seen.borrow().count
    }

    /// Was there one, and did each miss in nothing but the case?
    #[must_use]
    pub fn is_case_alone(&self) -> bool {
        let seen = self.seen.borrow();
        seen.count > 0 && !seen.other_than_case
    }

    /// The error, when there was nothing but headers alone.
    #[must_use]
    pub fn bare_error(&self) -> Option<Rcode> {
        let seen = self.seen.borrow();
        seen.error.filter(|_| !seen.other_than_error)
    }
}
