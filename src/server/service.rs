//! One message from a client, from its octets to those of the reply: the way is the same for all transports.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::cookies::{CookieReply, Cookies};
use super::own::{busy, own_answer, prohibited};
use super::plain::Plain;
use super::ready::Ready;
use super::turns::Turns;
use super::{Answerer, Identity, Incoming, Limits, Origin, Query, Transport, fault, reply};
use crate::clock::{Clock, SystemClock};
use crate::entropy::Entropy;
use crate::model::Answer;
use crate::policy::{Access, Local, dangling_alias};
use crate::wire::{Class, Question};

/// What an operator set about clients, shared by all workers.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
    /// Who is answered.
    pub access: Access,
    /// Names that are answered here.
    pub local: Local,
    /// What clients may take.
    pub limits: Limits,
    /// What the server says about itself.
    pub identity: Identity,
    /// The maker of cookies for those who send theirs; without one there are none.
    pub cookies: Option<Arc<Cookies>>,
}

/// One worker's way of answering.
pub struct Service {
    options: Arc<ServiceOptions>,
    answerer: Rc<dyn Answerer>,
    waiting: Rc<Cell<u32>>,
    turns: Rc<Turns>,
    ready: RefCell<Ready>,
}

/// What becomes of a message.
#[must_use]
pub enum Outcome {
    /// Nothing is said.
    Silence,
    /// The reply is there.
    Reply,
    /// The answer takes time.
    Wait(Box<Waiting>),
}

/// A client that waits for an answer, and the place that it takes.
pub struct Waiting {
    answerer: Rc<dyn Answerer>,
    query: Query,
    /// What local data say, up to an alias that leads out of them.
    begun: Option<Answer>,
    turns: Rc<Turns>,
    _place: Place,
}

/// One of the places for waiting clients, taken until it is dropped.
struct Place(Rc<Cell<u32>>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Service {
    /// Answers by `options`, and what they leave open by `answerer`.
    #[must_use]
    pub fn new(options: Arc<ServiceOptions>, answerer: Rc<dyn Answerer>) -> Rc<Self> {
        let ready = Ready::new(&options.limits, &Entropy::system()).into();
        let (waiting, turns) = (Rc::default(), Rc::default());
        Rc::new(Self { options, answerer, waiting, turns, ready })
    }

    /// The limits on clients.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// Is `client` on the access list?
    #[must_use]
    pub fn admits(&self, client: IpAddr) -> bool {
        self.options.access.allows(client)
    }

    /// How many clients wait for an answer.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting.get()
    }

    /// Who has his turn among those that look for answers.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Takes one message from `client`. What is said at once is appended to `out`.
    pub fn take(
        &self,
        octets: &[u8],
        client: IpAddr,
        transport: Transport,
        out: &mut Vec<u8>,
    ) -> Outcome {
        let admitted = self.admits(client);
        let plain = if admitted { Plain::read(octets, transport) } else { None };
        if plain.is_some_and(|plain| self.repeat(&plain, client, out)) {
            return Outcome::Reply;
        }
        let said = match self.with_cookie(Incoming::read(octets, transport), client) {
            Incoming::Nothing => return Outcome::Silence,
            Incoming::Fault(what) => fault(&what),
            Incoming::Query(query) if !admitted => reply(&query, prohibited(), Origin::Resolved),
            Incoming::Query(query) => match self.answer(query, plain) {
                Ok(said) => said,
                Err(waiting) => return Outcome::Wait(waiting),
            },
        };
        out.extend_from_slice(&said);
        Outcome::Reply
    }

    /// Says what was said to the same question before, if that is ready: without a lock, and without an allocation.
    fn repeat(&self, plain: &Plain<'_>, client: IpAddr, out: &mut Vec<u8>) -> bool {
        let Some(versions) = self.answerer.versions() else { return false };
        let cookie = |sent: &[u8]| self.cookie(sent, client);
        self.ready.borrow_mut().repeat(plain, cookie, versions, self.answerer.now(), out)
    }

    fn cookie(&self, sent: &[u8], client: IpAddr) -> Option<CookieReply> {
        self.options.cookies.as_ref()?.reply(sent, client, SystemClock.wall())
    }

    /// The same, with the cookie that goes back.
    fn with_cookie(&self, mut incoming: Incoming, client: IpAddr) -> Incoming {
        let envelope = match &mut incoming {
            Incoming::Query(query) => &mut query.envelope,
            Incoming::Fault(fault) => &mut fault.envelope,
            Incoming::Nothing => return incoming,
        };
        envelope.cookie = envelope.cookie_sent().and_then(|sent| self.cookie(sent, client));
        incoming
    }

    /// What is said to `query` at once, or whoever waits for it.
    fn answer(&self, query: Query, plain: Option<Plain<'_>>) -> Result<Vec<u8>, Box<Waiting>> {
        let question = &query.question;
        if let Some(answer) = own_answer(&query, &self.options.identity) {
            let own = question.class == Class::CH;
            let origin = if own { Origin::Local } else { Origin::Resolved };
            return Ok(reply(&query, answer, origin));
        }
        if let Some(answer) = self.options.local.answer(question) {
            return match dangling_alias(&answer, question.rtype) {
                None => Ok(reply(&query, answer, Origin::Local)),
                Some(_) => self.wait(query, Some(answer)),
            };
        }
        match self.at_hand(&query, plain) {
            Some(said) => Ok(said),
            None => self.wait(query, None),
        }
    }

    /// The reply, if the cache holds the answer. Where the reply to such a query can be ready for the next one, it is kept:
    /// so it is only for what is asked again and again.
    fn at_hand(&self, query: &Query, plain: Option<Plain<'_>>) -> Option<Vec<u8>> {
        let (question, checking) = (&query.question, query.checking());
        let plain = plain.filter(|plain| self.ready.borrow_mut().wants(plain));
        let kept = plain.and_then(|plain| Some((plain, self.answerer.basis(question, checking)?)));
        let answer = self.answerer.answer_from_cache(question, checking)?;
        let kept = kept.filter(|_| answer.errors.is_empty());
        let said = reply(query, answer, Origin::Resolved);
        if let Some((plain, basis)) = kept {
            self.ready.borrow_mut().keep(&plain, &said, basis);
        }
        Some(said)
    }

    fn wait(&self, query: Query, begun: Option<Answer>) -> Result<Vec<u8>, Box<Waiting>> {
        if self.waiting.get() >= self.options.limits.waiting_clients {
            return Ok(reply(&query, busy(), Origin::Resolved));
        }
        self.waiting.set(self.waiting.get() + 1);
        let place = Place(Rc::clone(&self.waiting));
        let (answerer, turns) = (Rc::clone(&self.answerer), Rc::clone(&self.turns));
        Err(Box::new(Waiting { answerer, query, begun, turns, _place: place }))
    }
}

impl Waiting {
    /// The reply, when the answer is there.
    pub async fn reply(self: Box<Self>) -> Vec<u8> {
        let turns = Rc::clone(&self.turns);
        turns.in_turn(self.made()).await
    }

    async fn made(mut self: Box<Self>) -> Vec<u8> {
        match self.begun.take() {
            Some(begun) => {
                let answer = self.follow(begun).await;
                reply(&self.query, answer, Origin::Local)
            }
            None => {
                let question = &self.query.question;
                let answer = self.answerer.resolve(question, self.query.checking()).await;
                reply(&self.query, answer, Origin::Resolved)
            }
        }
    }

    /// `begun`, with what is found behind the alias that it ends in. AA speaks of the first name alone (RFC 1035
    /// section 4.1.1), and nothing behind an alias that nobody signed is secure.
    async fn follow(&self, mut begun: Answer) -> Answer {
        let rtype = self.query.question.rtype;
        let Some(target) = dangling_alias(&begun, rtype) else { return begun };
        let question = Question::new(target, rtype);
        let rest = self.answerer.resolve(&question, self.query.checking()).await;
        (begun.rcode, begun.compact) = (rest.rcode, rest.compact);
        begun.answer.extend(rest.answer);
        begun.authority.extend(rest.authority);
        begun.errors.extend(rest.errors);
        begun.security = begun.security.and(rest.security);
        begun
    }
}

#[cfg(test)]
mod tests;
