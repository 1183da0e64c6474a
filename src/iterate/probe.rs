//! Questions for which no client waits, or not for long. They live in the iterator, and whichever question is under way, or
//! comes next, moves them on.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use crate::clock::Instant;
use crate::net::{Exchange, ExchangeError, NearMisses, Outgoing};

/// How long a reply is waited for.
pub(super) const WAIT: Duration = Duration::from_millis(1_500);
/// Such questions at a time, each with a socket of its own: a worker's one probe a second and its tries at silent zones.
const MOST: usize = 64;
const HALF: usize = MOST / 2;
/// Of the places of all of them, questions whose replies nobody waits for any more take these alone: who has many questions
/// asked must not keep it from being found out who is alive.
const MOST_LEFT: usize = HALF;
/// The time between two tries where half of the places are taken: the others come free at this pace, so that there is one at any
/// time, however many zones are silent, and not none for as long as a reply is waited for.
const PACE: Duration = Duration::from_nanos(WAIT.as_nanos() as u64 / HALF as u64);

type Probe = Pin<Box<dyn Future<Output = ()>>>;

/// Those under way.
#[derive(Default)]
pub(super) struct Probes {
    under_way: RefCell<Vec<Probe>>,
    /// When the latest of them began.
    latest: Cell<Instant>,
    bell: Arc<Bell>,
}

/// Rings when one of them can be moved on: who looks while it is silent need not look at each of them.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    /// Who looked last, and may still be waiting.
    looker: Mutex<Option<Waker>>,
}

impl Bell {
    fn looker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.looker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        if let Some(looker) = &*self.looker() {
            looker.wake_by_ref();
        }
    }
}

impl Probes {
    /// Moves them on; `context` is woken when there is more to do.
    pub fn poll(&self, context: &Context<'_>) {
        let mut looker = self.bell.looker();
        if !looker.as_ref().is_some_and(|looker| looker.will_wake(context.waker())) {
            *looker = Some(context.waker().clone());
        }
        drop(looker);
        self.look();
    }

    /// Moves them on for nobody in particular.
    pub fn look(&self) {
        if self.bell.rung.swap(false, Ordering::Acquire)
            && let Ok(mut probes) = self.under_way.try_borrow_mut()
        {
            let waker = Waker::from(Arc::clone(&self.bell));
            let mut context = Context::from_waker(&waker);
            probes.retain_mut(|probe| probe.as_mut().poll(&mut context).is_pending());
        }
    }

    pub fn has_room(&self) -> bool {
        self.has_places(MOST)
    }

    /// Has it room for a try, of which there may be many? They take the second half of the places at a pace.
    pub fn has_room_for_try(&self, now: Instant) -> bool {
        let most = if now.since(self.latest.get()) >= PACE { MOST } else { HALF };
        self.has_places(most)
    }

    fn has_places(&self, most: usize) -> bool {
        self.under_way.try_borrow().is_ok_and(|probes| probes.len() < most)
    }

    /// Starts one, and sends it on its way; not when there is no room.
    pub fn start(&self, probe: impl Future<Output = ()> + 'static, now: Instant) {
        if self.has_room() {
            self.latest.set(now);
            self.under_way.borrow_mut().push(Box::pin(probe));
            self.bell.rung.store(true, Ordering::Release);
            self.look();
        }
    }

    /// Carries one question to its end, also when its reply is not waited for any more, if there is room for it then. What is
    /// `held` is held for so long.
    pub async fn carry(
        &self,
        exchange: &Rc<dyn Exchange>,
        outgoing: Outgoing<'_>,
        held: impl Sized + 'static,
    ) -> Result<Vec<u8>, ExchangeError> {
        let exchange = Rc::clone(exchange);
        let (octets, question) = (outgoing.octets.to_vec(), outgoing.question.clone());
        let Outgoing { to, transport, alone, letters, cookie, timeout, .. } = outgoing;
        let reply = Box::pin(async move {
            let (_until_its_end, misses) = (held, &NearMisses::default());
            let (octets, question) = (&*octets, &question);
            let outgoing = Outgoing {
                to,
                transport,
                alone,
                octets,
                question,
                letters,
                cookie,
                misses,
                timeout,
            };
            exchange.exchange(outgoing).await
        });
        Carried { probes: self, reply: Some(reply) }.await
    }

    /// Takes over what nobody waits for any more. Whoever looks next moves it on: who leaves it may be at his end himself.
    fn take_over(&self, reply: Reply) {
        if let Ok(mut probes) = self.under_way.try_borrow_mut()
            && probes.len() < MOST_LEFT
        {
            probes.push(Box::pin(async move {
                let _nobody_waits = reply.await;
            }));
            drop(probes);
            Arc::clone(&self.bell).wake();
        }
    }
}

type Reply = Pin<Box<dyn Future<Output = Result<Vec<u8>, ExchangeError>>>>;

/// A question that is carried: by whoever waits for its reply, and when he does not any more by whoever looks.
struct Carried<'a> {
    probes: &'a Probes,
    /// Until it is there.
    reply: Option<Reply>,
}

impl Future for Carried<'_> {
    type Output = Result<Vec<u8>, ExchangeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(reply) = &mut self.reply else { return Poll::Pending };
        let outcome = ready!(reply.as_mut().poll(context));
        self.reply = None;
        Poll::Ready(outcome)
    }
}

impl Drop for Carried<'_> {
    fn drop(&mut self) {
        if let Some(reply) = self.reply.take() {
            self.probes.take_over(reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::net::SocketAddr;

    use super::*;
    use crate::clock::{Clock, SimulatedClock};
    use crate::net::{ExchangeFuture, Transport};
    use crate::wire::{Name, Question, RrType};

    #[test]
    fn so_many_and_no_more() {
        let (probes, started) = (Probes::default(), Rc::new(Cell::new(0)));
        for _ in 0..100 {
            let started = Rc::clone(&started);
            let probe = async move {
                started.set(started.get() + 1);
                pending().await
            };
            probes.start(probe, Instant::default());
        }
        assert_eq!((started.get(), probes.has_room()), (MOST, false));
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_tries_there_would_be_one_begins_each_47_milliseconds() {
        let (probes, clock) = (Probes::default(), SimulatedClock::starting_at(0));
        let (mut began, mut longest) = (Vec::new(), Duration::ZERO);
        for _ in 0..5_000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let now = clock.now();
            probes.look();
            if probes.has_room_for_try(now) {
                longest = began.last().map_or(longest, |then| longest.max(now.since(*then)));
                began.push(now);
                probes.start(tokio::time::sleep(WAIT), now);
            }
        }
        let at_once = began.iter().filter(|then| then.since(began[0]) < PACE).count();
        assert!(at_once >= HALF, "{at_once}: few need not wait");
        assert!(longest <= PACE + Duration::from_millis(1), "{longest:?}");
    }

    /// Answers at the second look.
    struct AtTheSecondLook(Cell<u32>);

    impl Exchange for AtTheSecondLook {
        fn exchange<'a>(&'a self, outgoing: Outgoing<'a>) -> ExchangeFuture<'a> {
            Box::pin(poll_fn(move |context| {
                self.0.set(self.0.get() + 1);
                context.waker().wake_by_ref();
                if self.0.get() < 2 {
                    Poll::Pending
                } else {
                    Poll::Ready(Ok(outgoing.octets.into()))
                }
            }))
        }
    }

    fn question() -> Question {
        Question::new(Name::root(), RrType::NS)
    }

    fn outgoing<'a>(question: &'a Question, misses: &'a NearMisses) -> Outgoing<'a> {
        Outgoing {
            to: SocketAddr::from(([192, 0, 2, 1], 53)),
            transport: Transport::Tcp,
            alone: false,
            octets: &[1, 2],
            question,
            letters: 0,
            cookie: None,
            misses,
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_question_is_carried_to_its_end_whether_its_reply_is_waited_for_or_not() {
        let (question, misses) = (question(), NearMisses::default());
        let outgoing = outgoing(&question, &misses);
        for waits in [true, false] {
            let (probes, held) = (Probes::default(), Rc::new(()));
            let answering = Rc::new(AtTheSecondLook(Cell::default()));
            let exchange: Rc<dyn Exchange> = Rc::clone(&answering) as _;
            let mut carried = Box::pin(probes.carry(&exchange, outgoing, Rc::clone(&held)));
            let mut context = Context::from_waker(Waker::noop());
            assert!(carried.as_mut().poll(&mut context).is_pending());
            assert_eq!((answering.0.get(), Rc::strong_count(&held)), (1, 2));
            if waits {
                assert_eq!(carried.as_mut().poll(&mut context), Poll::Ready(Ok(vec![1, 2])));
            } else {
                drop(carried);
                probes.look();
            }
            assert_eq!((answering.0.get(), Rc::strong_count(&held)), (2, 1), "{waits}");
        }
    }

    /// Whoever looked last may have come to his end, and looks no more.
    #[test]
    fn who_waits_for_a_question_that_is_carried_is_woken_himself() {
        let (question, misses, probes) = (question(), NearMisses::default(), Probes::default());
        let [looker, waiter] = [0, 1].map(|_| Arc::new(Bell::default()));
        probes.poll(&Context::from_waker(&Waker::from(Arc::clone(&looker))));
        let exchange: Rc<dyn Exchange> = Rc::new(AtTheSecondLook(Cell::default()));
        let mut carried = Box::pin(probes.carry(&exchange, outgoing(&question, &misses), ()));
        let waker = Waker::from(Arc::clone(&waiter));
        assert!(carried.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let is_woken = |bell: &Bell| bell.rung.load(Ordering::Acquire);
        assert_eq!((is_woken(&looker), is_woken(&waiter)), (false, true));
        drop(carried);
        assert!(is_woken(&looker), "now he moves it on");
    }

    #[test]
    fn questions_that_were_left_take_half_of_the_room() {
        /// Never answers.
        struct Silent;
        impl Exchange for Silent {
            fn exchange<'a>(&'a self, _: Outgoing<'a>) -> ExchangeFuture<'a> {
                Box::pin(pending())
            }
        }
        let (question, misses, probes) = (question(), NearMisses::default(), Probes::default());
        let exchange: Rc<dyn Exchange> = Rc::new(Silent);
        for _ in 0..MOST {
            let one = outgoing(&question, &misses);
            let mut carried = Box::pin(probes.carry(&exchange, one, ()));
            assert!(carried.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(carried);
        }
        assert!(probes.under_way.borrow().len() == MOST_LEFT && probes.has_room());
    }

    #[test]
    fn they_are_looked_at_when_one_of_them_wakes_and_then_the_last_looker_is_woken() {
        let (probes, polls) = (Probes::default(), Rc::new(Cell::new(0)));
        let sleeper = Rc::new(RefCell::new(None::<Waker>));
        let (counted, sleeps) = (Rc::clone(&polls), Rc::clone(&sleeper));
        let probe = poll_fn(move |context| {
            counted.set(counted.get() + 1);
            *sleeps.borrow_mut() = Some(context.waker().clone());
            if counted.get() == 3 { Poll::Ready(()) } else { Poll::Pending }
        });
        probes.start(probe, Instant::default());
        let looker = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&looker));
        (0..1_000).for_each(|_| probes.poll(&Context::from_waker(&waker)));
        assert_eq!(polls.get(), 1, "a thousand questions woke for reasons of their own");
        let wake = || sleeper.borrow().as_ref().expect("polled").wake_by_ref();
        wake();
        assert!(looker.rung.load(Ordering::Acquire));
        probes.look();
        assert_eq!(polls.get(), 2);
        wake();
        probes.look();
        assert!(polls.get() == 3 && probes.under_way.borrow().is_empty());
    }
}
