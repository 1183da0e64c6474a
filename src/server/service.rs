//! One message from a client, from its octets to those of the reply: the way is the same for all transports.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use super::cookies::Cookies;
use super::own::{busy, own_answer, prohibited};
use super::{Answerer, Identity, Incoming, Limits, Origin, Query, Transport, fault, reply};
use crate::clock::{Clock, SystemClock};
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
}

/// What becomes of a message.
#[must_use]
pub enum Outcome {
    /// Nothing is said.
    Silence,
    /// This is said at once.
    Reply(Vec<u8>),
    /// The answer takes time.
    Wait(Box<Waiting>),
}

/// A client that waits for an answer, and the place that it takes.
pub struct Waiting {
    answerer: Rc<dyn Answerer>,
    query: Query,
    /// What local data say, up to an alias that leads out of them.
    begun: Option<Answer>,
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
        Rc::new(Self { options, answerer, waiting: Rc::default() })
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

    /// Takes one message from `client`.
    pub fn take(&self, octets: &[u8], client: IpAddr, transport: Transport) -> Outcome {
        match self.with_cookie(Incoming::read(octets, transport), client) {
            Incoming::Nothing => Outcome::Silence,
            Incoming::Fault(what) => Outcome::Reply(fault(&what)),
            Incoming::Query(query) if !self.admits(client) => {
                Outcome::Reply(reply(&query, prohibited(), Origin::Resolved))
            }
            Incoming::Query(query) => self.answer(query),
        }
    }

    /// The same, with the cookie that goes back.
    fn with_cookie(&self, mut incoming: Incoming, client: IpAddr) -> Incoming {
        let envelope = match &mut incoming {
            Incoming::Query(query) => &mut query.envelope,
            Incoming::Fault(fault) => &mut fault.envelope,
            Incoming::Nothing => return incoming,
        };
        if let (Some(cookies), Some(sent)) = (&self.options.cookies, envelope.cookie_sent()) {
            envelope.cookie = cookies.reply(sent, client, SystemClock.wall());
        }
        incoming
    }

    fn answer(&self, query: Query) -> Outcome {
        let question = &query.question;
        if let Some(answer) = own_answer(&query, &self.options.identity) {
            let own = question.class == Class::CH;
            let origin = if own { Origin::Local } else { Origin::Resolved };
            return Outcome::Reply(reply(&query, answer, origin));
        }
        if let Some(answer) = self.options.local.answer(question) {
            return match dangling_alias(&answer, question.rtype) {
                None => Outcome::Reply(reply(&query, answer, Origin::Local)),
                Some(_) => self.wait(query, Some(answer)),
            };
        }
        match self.answerer.answer_from_cache(question, query.checking()) {
            Some(answer) => Outcome::Reply(reply(&query, answer, Origin::Resolved)),
            None => self.wait(query, None),
        }
    }

    fn wait(&self, query: Query, begun: Option<Answer>) -> Outcome {
        if self.waiting.get() >= self.options.limits.waiting_clients {
            return Outcome::Reply(reply(&query, busy(), Origin::Resolved));
        }
        self.waiting.set(self.waiting.get() + 1);
        let place = Place(Rc::clone(&self.waiting));
        let answerer = Rc::clone(&self.answerer);
        Outcome::Wait(Box::new(Waiting { answerer, query, begun, _place: place }))
    }
}

impl Waiting {
    /// The reply, when the answer is there.
    pub async fn reply(mut self: Box<Self>) -> Vec<u8> {
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
