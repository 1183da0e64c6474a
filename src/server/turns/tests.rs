//! Turns without a server: whoever is polled does hard work.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Wake;

use super::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task that works hard whenever it is polled, and has no end.
struct Task {
    woken: Arc<Woken>,
    polled: Rc<Cell<u32>>,
    future: std::pin::Pin<Box<dyn Future<Output = ()>>>,
}

impl Task {
    fn new(turns: &Rc<Turns>) -> Self {
        let (turns, polled) = (Rc::clone(turns), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&polled);
        let work = poll_fn(move |_| {
            counted.set(counted.get() + 1);
            let begun = SystemClock.now();
            while SystemClock.now().since(begun) < SLICE {}
            Poll::Pending
        });
        let future = Box::pin(async move { turns.in_turn(work).await });
        Self { woken: Arc::default(), polled, future }
    }

    fn poll(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        assert!(self.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }

    fn polled_and_woken(&self) -> (u32, u32) {
        (self.polled.get(), self.woken.0.load(Ordering::Relaxed))
    }
}

#[test]
fn each_look_lets_one_hard_worker_go_on() {
    let turns = Rc::new(Turns::default());
    let looks = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&looks));
    let look = || turns.looked(&Context::from_waker(&waker));
    look();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::new(&turns)).collect();
    tasks.iter_mut().for_each(Task::poll);
    let seen = |tasks: &[Task]| tasks.iter().map(Task::polled_and_woken).collect::<Vec<_>>();
    assert_eq!(seen(&tasks), [(1, 0), (0, 0), (0, 0)]);
    assert!(looks.0.load(Ordering::Relaxed) > 0, "those who wait want a look");
    look();
    assert_eq!(seen(&tasks), [(1, 0), (0, 1), (0, 0)]);
    tasks[1].poll();
    look();
    tasks[2].poll();
    assert_eq!(seen(&tasks), [(1, 0), (1, 1), (1, 1)]);
}

#[test]
fn nobody_passes_whoever_waited() {
    let turns = Rc::new(Turns::default());
    let waker = Waker::from(Arc::<Woken>::default());
    let look = || turns.looked(&Context::from_waker(&waker));
    look();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::new(&turns)).collect();
    for _ in 0..30 {
        tasks.iter_mut().for_each(Task::poll); // the first one is always the first to be polled
        look();
    }
    let polled: Vec<_> = tasks.iter().map(|task| task.polled.get()).collect();
    assert_eq!(polled.iter().sum::<u32>(), 30);
    assert!(polled.iter().all(|polled| *polled >= 6), "{polled:?}");
}

/// The order in which those leave the row who began at these milliseconds, have worked for so many and joined it.
fn order(joined: &[(u64, u64, u64)]) -> Vec<usize> {
    let at = |millis: u64| Instant::from_nanos(millis * 1_000_000);
    let stand = |(number, (began, worked, now)): (u64, &(u64, u64, u64))| {
        Stand::new(at(*began), Duration::from_millis(*worked), at(*now), number)
    };
    let stands: Vec<_> = (0..).zip(joined).map(stand).collect();
    let mut row = Row::default();
    stands.iter().for_each(|stand| row.join(*stand, Waker::noop().clone()));
    let first = std::iter::from_fn(|| row.leave_first());
    first.filter_map(|(first, _)| stands.iter().position(|stand| *stand == first)).collect()
}

#[test]
fn who_is_under_way_for_long_lets_pass_whoever_came_a_moment_ago_but_not_for_ever() {
    for (joined, expected) in [
        (&[(0, 0, 0), (0, 0, 0), (0, 0, 0)][..], &[0, 1, 2][..]),
        (&[(0, 0, 0), (1, 0, 1), (2, 0, 2)], &[0, 1, 2]),
        (&[(0, 0, 500), (0, 0, 500), (500, 0, 501)], &[2, 0, 1]), // a crowd that a slow server's answer woke
        (&[(0, 0, 500), (490, 0, 500), (500, 0, 504)], &[1, 2, 0]), // what is begun is done first
        (&[(0, 0, 90), (40, 0, 95), (20, 0, 30), (95, 0, 95)], &[0, 2, 1, 3]),
        (&[(0, 0, 250), (299, 0, 299), (301, 0, 301)], &[1, 0, 2]), // it waited for 150 ms more than is usual
        (&[(0, 0, 500), (599, 0, 599), (601, 0, 601)], &[1, 0, 2]), // and it for much more
        (&[(0, 0, 100), (0, 0, 101), (1, 0, 101)], &[0, 2, 1]),
        (&[(0, 3, 10), (11, 0, 11), (13, 0, 13)], &[1, 0, 2]), // much work weighs
    ] {
        assert_eq!(order(joined), expected, "{joined:?}");
    }
}

#[test]
fn whoever_goes_away_leaves_his_turn() {
    let turns = Rc::new(Turns::default());
    let waker = Waker::from(Arc::<Woken>::default());
    let look = || turns.looked(&Context::from_waker(&waker));
    look();
    let mut tasks: Vec<_> = (0..4).map(|_| Task::new(&turns)).collect();
    tasks.iter_mut().for_each(Task::poll);
    drop(tasks.remove(2)); // in the row
    look();
    drop(tasks.remove(1)); // whose turn it was
    assert_eq!(tasks[1].polled_and_woken(), (0, 1));
    tasks[1].poll();
    assert_eq!(tasks[1].polled_and_woken(), (1, 1));
    assert!(turns.row.borrow().is_empty() && turns.next.borrow().is_none());
}

#[test]
fn without_looks_nobody_waits() {
    let turns = Rc::new(Turns::default());
    let mut tasks: Vec<_> = (0..3).map(|_| Task::new(&turns)).collect();
    tasks.iter_mut().for_each(Task::poll);
    assert!(tasks.iter().all(|task| task.polled.get() == 1));
    let waker = Waker::from(Arc::<Woken>::default());
    turns.looked(&Context::from_waker(&waker));
    tasks.iter_mut().for_each(Task::poll);
    assert_eq!(tasks[2].polled.get(), 1);
    turns.end();
    assert_eq!(tasks[2].polled_and_woken(), (1, 1), "the end wakes all");
    tasks.iter_mut().for_each(Task::poll);
    assert_eq!(tasks[2].polled.get(), 2);
}
