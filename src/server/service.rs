//! One message from a client, from its octets to those of the reply: the way is the same for all transports.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::cookies::{CookieReply, Cookies};
use super::own::{busy, own_answer, prohibited};
use super::plain::Plain;
use super::ready::{Asked, Ready};
use super::respond::write_reply;
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
        let asked = plain.map(|plain| self.ready.borrow().asked(plain));
        if asked.is_some_and(|asked| self.repeat(&asked, client, out)) {
            return Outcome::Reply;
        }
        let incoming = match plain.and_then(|plain| plain.query()) {
            Some(query) => Incoming::Query(query),
            None => Incoming::read(octets, transport),
        };
        match self.with_options(incoming, client) {
            Incoming::Nothing => return Outcome::Silence,
            Incoming::Fault(what) => out.extend_from_slice(&fault(&what)),
            Incoming::Query(query) if !admitted => {
                write_reply(&query, prohibited(), Origin::Resolved, out);
            }
            Incoming::Query(query) => {
                if let Err(waiting) = self.answer(query, asked, out) {
                    return Outcome::Wait(waiting);
                }
            }
        }
        Outcome::Reply
    }

    /// Says what was said to the same question before, if that is ready: without a lock, and without an allocation.
    fn repeat(&self, asked: &Asked<'_>, client: IpAddr, out: &mut Vec<u8>) -> bool {
        let Some(versions) = self.answerer.versions() else { return false };
        let cookie = |sent: &[u8]| self.cookie(sent, client);
        self.ready.borrow_mut().repeat(asked, cookie, versions, self.answerer.now(), out)
    }

    fn cookie(&self, sent: &[u8], client: IpAddr) -> Option<CookieReply> {
        self.options.cookies.as_ref()?.reply(sent, client, SystemClock.wall())
    }

    /// The same, with the cookie that goes back, and the time for which the connection may be idle (RFC 7828 section 3.3.2).
    fn with_options(&self, mut incoming: Incoming, client: IpAddr) -> Incoming {
        let envelope = match &mut incoming {
            Incoming::Query(query) => &mut query.envelope,
            Incoming::Fault(fault) => &mut fault.envelope,
            Incoming::Nothing => return incoming,
        };
        envelope.keepalive = envelope.asks_for_keepalive().then(|| self.limits().idle_time());
        envelope.cookie = envelope.cookie_sent().and_then(|sent| self.cookie(sent, client));
        incoming
    }

    /// Says what there is to say to `query` at once.
    ///
    /// # Errors
    /// Whoever waits for the answer.
    fn answer(
        &self,
        query: Query,
        asked: Option<Asked<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Box<Waiting>> {
        let question = &query.question;
        if let Some(answer) = own_answer(&query, &self.options.identity) {
            let own = question.class == Class::CH;
            let origin = if own { Origin::Local } else { Origin::Resolved };
            write_reply(&query, answer, origin, out);
        } else if let Some(answer) = self.options.local.answer(question) {
            if dangling_alias(&answer, question.rtype).is_some() {
                return self.wait(query, Some(answer), out);
            }
            write_reply(&query, answer, Origin::Local, out);
        } else if !self.is_at_hand(&query, asked, out) {
            return self.wait(query, None, out);
        }
        Ok(())
    }

    /// Says the answer, if the cache holds it. Where the reply to such a query can be ready for the next one, it is kept: so
    /// it is only for what is asked again and again.
    fn is_at_hand(&self, query: &Query, asked: Option<Asked<'_>>, out: &mut Vec<u8>) -> bool {
        let (question, checking) = (&query.question, query.checking());
        let asked = asked.filter(|asked| self.ready.borrow_mut().wants(asked));
        let kept = asked.and_then(|asked| Some((asked, self.answerer.basis(question, checking)?)));
        let Some(answer) = self.answerer.answer_from_cache(question, checking) else {
            return false;
        };
        let kept = kept.filter(|_| answer.errors.is_empty());
        let start = out.len();
        write_reply(query, answer, Origin::Resolved, out);
        if let Some((asked, basis)) = kept {
            self.ready.borrow_mut().keep(&asked, &out[start..], basis);
        }
        true
    }

    fn wait(
        &self,
        query: Query,
        begun: Option<Answer>,
        out: &mut Vec<u8>,
    ) -> Result<(), Box<Waiting>> {
        if self.waiting.get() >= self.options.limits.waiting_clients {
            write_reply(&query, busy(), Origin::Resolved, out);
            return Ok(());
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
