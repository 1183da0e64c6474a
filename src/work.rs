//! What one client question carries through all rooms: its budget, its trace, and what it is already waiting for.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crate::dnssec::Budget;
use crate::model::{Failure, Response};
use crate::trace::Trace;
use crate::wire::{Name, Question, RrType};

/// Sub-questions within sub-questions: an address of a name server of a zone whose servers' addresses ...
/// Real delegations need three; an attacker's have no end.
pub const MAX_DEPTH: usize = 6;

/// Zones whose chain of trust is proven anew for one question: the zone, its parent and the one above may have rolled
/// their keys since they were cached.
const MAX_RENEWALS: u32 = 3;

/// What came of asking for what a proof needs.
pub type Arrival = Result<Arc<Response>, Failure>;

/// A response that a proof needs.
#[derive(Debug)]
pub struct Fetched {
    response: Arc<Response>,
    _within_reach: Option<Box<dyn Any>>,
}

impl Fetched {
    /// A `response` that others who need it find elsewhere.
    #[must_use]
    pub const fn new(response: Arc<Response>) -> Self {
        Self { response, _within_reach: None }
    }

    /// A `response` that others who need it are handed as long as `flight` is held: until what it is to prove is proven, and kept.
    #[must_use]
    pub fn within_reach(response: Arc<Response>, flight: impl Any) -> Self {
        Self { response, _within_reach: Some(Box::new(flight)) }
    }
}

impl Deref for Fetched {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.response
    }
}

/// The work for one client question. Cloning shares the budget: nothing below resets it.
#[derive(Clone, Debug)]
pub struct Work {
    /// What may still be spent.
    pub budget: Rc<Budget>,
    /// Where steps are recorded.
    pub trace: Trace,
    waits: Rc<Waits>,
    course: Rc<Course>,
}

/// What one line of the work waits for, or did.
#[derive(Debug, Default)]
struct Waits {
    pending: RefCell<Vec<Question>>,
    in_vain: RefCell<Vec<Question>>,
}

/// What came of the work so far, for all its lines.
#[derive(Debug)]
struct Course {
    cached_proofs: Budget,
    minimized: Cell<u32>,
    checking_upstream: Cell<bool>,
    avoided: RefCell<Vec<SocketAddr>>,
    refetched_in_vain: Cell<bool>,
    renewals: Cell<u32>,
    without_hope: Cell<bool>,
    has_lost: Cell<bool>,
    zones: RefCell<Zones>,
    early: RefCell<Vec<(Question, Result<Fetched, Failure>)>>,
}

/// The zones that iteration came to, in their order.
#[derive(Debug, Default)]
struct Zones {
    come_to: Vec<Name>,
    /// So many of them are not news any more.
    seen: usize,
}

impl Work {
    /// The work for a new client question.
    #[must_use]
    pub fn new(mut budget: Budget, trace: Trace) -> Self {
        let course = Course {
            cached_proofs: budget.set_apart(),
            minimized: Cell::default(),
            checking_upstream: Cell::default(),
            avoided: RefCell::default(),
            refetched_in_vain: Cell::default(),
            renewals: Cell::default(),
            without_hope: Cell::default(),
            has_lost: Cell::default(),
            zones: RefCell::default(),
            early: RefCell::default(),
        };
        Self { budget: Rc::new(budget), trace, waits: Rc::default(), course: Rc::new(course) }
    }

    /// What proofs from the cache may cost: a part of the same limits.
    #[must_use]
    pub fn cached_proofs(&self) -> &Budget {
        &self.course.cached_proofs
    }

    /// The same work, for what goes on beside it: that waits for nothing yet, and nothing led nowhere yet.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { waits: Rc::default(), ..self.clone() }
    }

    /// The client's own question has come to the servers of `zone`; sub-questions do not count.
    pub fn come_to(&self, zone: &Name) {
        let come_to = &mut self.course.zones.borrow_mut().come_to;
        if self.waits.pending.borrow().is_empty() && !come_to.contains(zone) {
            come_to.push(zone.clone());
        }
    }

    /// The next of these zones, each once.
    #[must_use]
    pub fn next_zone(&self) -> Option<Name> {
        let zones = &mut *self.course.zones.borrow_mut();
        let next = zones.come_to.get(zones.seen).cloned();
        zones.seen += usize::from(next.is_some());
        next
    }

    /// Keeps what was fetched before anybody wanted it.
    pub fn keep_early(&self, question: Question, found: Result<Fetched, Failure>) {
        self.course.early.borrow_mut().push((question, found));
    }

    /// That, once.
    #[must_use]
    pub fn take_early(&self, question: &Question) -> Option<Result<Fetched, Failure>> {
        let mut early = self.course.early.borrow_mut();
        let at = early.iter().position(|(known, _)| known == question)?;
        Some(early.swap_remove(at).1)
    }

    /// Is everything asked as any other client's work would ask it: of all servers, and with CD=1 of forwarders?
    #[must_use]
    pub fn asks_plainly(&self) -> bool {
        !self.course.checking_upstream.get() && self.course.avoided.borrow().is_empty()
    }

    /// Are forwarders asked with CD=0? Usually not, so that they hide nothing from us; after a bogus answer once, since
    /// a validating one then gives what it could prove (RFC 6840 section 5.9).
    #[must_use]
    pub fn checking_upstream(&self) -> bool {
        self.course.checking_upstream.get()
    }

    /// From here on forwarders are asked with CD=0.
    pub fn ask_checked(&self) {
        self.course.checking_upstream.set(true);
    }

    /// Would [`Work::take_refetch`] allow it?
    #[must_use]
    pub fn may_refetch(&self, server: Option<SocketAddr>) -> bool {
        let doubted = server.is_some_and(|server| self.is_avoided(server));
        !self.course.refetched_in_vain.get() && (doubted || self.budget.may_refetch())
    }

    /// May what `server` said be asked for once more, elsewhere, since it is bogus? A second look is one for each client
    /// question, but a server that lies does so about DS, keys and data: all that it said may be asked for anew.
    #[must_use]
    pub fn take_refetch(&self, server: Option<SocketAddr>) -> bool {
        if !self.may_refetch(server) {
            return false;
        }
        match server {
            Some(doubted) if self.is_avoided(doubted) => true,
            server => {
                self.course.avoided.borrow_mut().extend(server);
                self.budget.take_refetch()
            }
        }
    }

    /// May links of a chain of trust that were cached before the question came be proven anew? That comes before the
    /// data is asked for once more, and is bounded apart from it: zones are renewed one by one, from below.
    #[must_use]
    pub fn take_renewal(&self) -> bool {
        let may = !self.course.refetched_in_vain.get() && self.course.renewals.get() < MAX_RENEWALS;
        self.course.renewals.set(self.course.renewals.get() + u32::from(may));
        may
    }

    /// May a zone whose servers were all silent before be tried all the same? Once in vain, and the client is not kept waiting
    /// for another.
    #[must_use]
    pub fn has_hope(&self) -> bool {
        !self.course.without_hope.get()
    }

    /// It was tried in vain.
    pub fn give_up_hope(&self) {
        self.course.without_hope.set(true);
    }

    /// A server answered that had been silent when it was asked the same before, or another did in place of one that was seen
    /// to answer: the ways to them lose datagrams.
    pub fn note_loss(&self) {
        self.course.has_lost.set(true);
    }

    /// Did it?
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.course.has_lost.get()
    }

    /// The second look showed nothing better: the verdict stands, at once.
    pub fn end_refetches(&self) {
        self.course.refetched_in_vain.set(true);
    }

    /// Did `server` say something bogus? Others are asked before it.
    #[must_use]
    pub fn is_avoided(&self, server: SocketAddr) -> bool {
        self.course.avoided.borrow().contains(&server)
    }

    /// How many minimised questions found no zone cut.
    #[must_use]
    pub fn minimized(&self) -> &Cell<u32> {
        &self.course.minimized
    }

    /// Did `question`, for the address of a name server, lead nowhere already? Delegations in a circle (TsuNAME) would
    /// lead there along every way round it.
    #[must_use]
    pub fn is_in_vain(&self, question: &Question) -> bool {
        self.waits.in_vain.borrow().contains(question)
    }

    /// It led nowhere.
    pub fn note_in_vain(&self, question: Question) {
        self.waits.in_vain.borrow_mut().push(question);
    }

    /// An address was found: what led nowhere for want of it may lead there now.
    pub fn forget_in_vain(&self) {
        self.waits.in_vain.borrow_mut().clear();
    }

    /// Is the address of some server being looked up?
    #[must_use]
    pub fn is_looking_up(&self) -> bool {
        let looks_up = |question: &Question| matches!(question.rtype, RrType::A | RrType::AAAA);
        self.waits.pending.borrow().iter().any(looks_up)
    }

    /// Enters the sub-question `question`. `None` when it is already being waited for, or too deep: waiting for it
    /// would never end.
    #[must_use]
    pub fn enter(&self, question: &Question) -> Option<Pending> {
        let mut pending = self.waits.pending.borrow_mut();
        if pending.len() >= MAX_DEPTH || pending.contains(question) {
            return None;
        }
        pending.push(question.clone());
        Some(Pending { waits: Rc::clone(&self.waits), question: question.clone() })
    }
}

/// A sub-question under way; dropping it leaves it.
#[derive(Debug)]
pub struct Pending {
    waits: Rc<Waits>,
    question: Question,
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut stack = self.waits.pending.borrow_mut();
        if let Some(at) = stack.iter().rposition(|q| *q == self.question) {
            stack.remove(at);
        }
    }
}
