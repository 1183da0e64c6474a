//! Running: workers, each with its own thread, runtime, sockets and resolver, from start to orderly stop.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::task::{JoinSet, LocalSet, spawn_local};

use super::connections::Connections;
use super::cookies::Cookies;
use super::descriptors::Descriptors;
use super::listen::{Listeners, WorkerSockets};
use super::sockets::{raise_descriptor_limit, reached_at};
use super::turns::Turns;
use super::{
    Answerer, BindError, Identity, Limits, Listen, Service, ServiceOptions, Stop, tcp, udp,
};
use crate::entropy::Entropy;
use crate::policy::{Access, Local};

/// What an operator can set about serving.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Who is answered.
    pub access: Access,
    /// Names that are answered here.
    pub local: Local,
    /// What clients may take.
    pub limits: Limits,
    /// What the server says about itself.
    pub identity: Identity,
    /// Octets that the ready replies of all workers may take together, where a bound covers them with other things.
    pub ready_octets: Option<u64>,
    /// Threads that answer; 0 is one for each processor.
    pub workers: usize,
}

impl Options {
    fn workers(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        if self.workers == 0 { processors() } else { self.workers }
    }

    /// The limits on clients of one of so many workers: ready replies stay within its part of what all may take.
    fn limits(&self, workers: usize) -> Limits {
        let part = self.ready_octets.map(|octets| octets / workers.max(1) as u64);
        let part = part.map_or(u32::MAX, |part| u32::try_from(part).unwrap_or(u32::MAX));
        let ready_reply_octets = self.limits.ready_reply_octets.min(part);
        Limits { ready_reply_octets, ..self.limits }
    }

    /// How many TCP connections there may be, at the most, where the system grants so many open files.
    #[must_use]
    pub fn connections_within(&self, granted: u64) -> usize {
        Descriptors::divide(granted, self.workers(), self.listen.len(), &self.limits).clients
    }
}

/// Makes the answerer of a worker, on its thread; workers are numbered from 0.
pub type Factory = dyn Fn(usize) -> Rc<dyn Answerer> + Send + Sync;

/// A server whose sockets are bound.
#[derive(Debug)]
pub struct Server {
    listeners: Listeners,
    options: Arc<ServiceOptions>,
    connections: Arc<Connections>,
    descriptors: Descriptors,
}

/// How long clients that wait for an answer may still get it when the server stops: most answers take less, and whoever
/// waits longer is served sooner by the server that starts again.
const GRACE: Duration = Duration::from_millis(800);

/// How often it is looked whether they have got it.
const GRACE_STEP: Duration = Duration::from_millis(10);

impl Server {
    /// Binds all sockets. They hold what comes until the server runs.
    ///
    /// # Errors
    /// When one cannot be bound; the message names the remedy.
    pub fn bind(options: Options) -> Result<Self, BindError> {
        let workers = options.workers();
        let listeners = Listeners::bind(&options.listen, workers)?;
        let limits = options.limits(workers);
        let Options { access, local, identity, .. } = options;
        let granted = raise_descriptor_limit();
        let addresses = listeners.addresses.len();
        let descriptors = Descriptors::divide(granted.open, workers, addresses, &limits);
        descriptors.tell(granted, &limits);
        let Descriptors { clients, client, .. } = descriptors;
        let connections = Connections::new(clients, client, limits.idle_time());
        let cookies = Some(Arc::new(Cookies::new(&Entropy::system())));
        let options = Arc::new(ServiceOptions { access, local, limits, identity, cookies });
        Ok(Self { listeners, options, connections, descriptors })
    }

    /// Where it listens, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listeners.addresses
    }

    /// Every address at which it is reached, those of this host's interfaces included where it listens on all of them: a
    /// resolver that asks one of these asks itself.
    #[must_use]
    pub fn reached_at(&self) -> Vec<SocketAddr> {
        self.addresses().iter().flat_map(|address| reached_at(*address)).collect()
    }

    /// How many workers it has.
    #[must_use]
    pub const fn workers(&self) -> usize {
        self.listeners.workers.len()
    }

    /// How many sockets towards servers each worker may have, as far as the system's limit of open files goes.
    #[must_use]
    pub const fn upstream_descriptors(&self) -> u32 {
        self.descriptors.upstream
    }

    /// Runs all workers on threads of their own, and returns when they have stopped: because of `stop`, SIGINT or SIGTERM.
    ///
    /// # Errors
    /// When a thread or runtime cannot be made, or a worker failed.
    pub fn run(self, factory: &Factory, stop: &Stop) -> io::Result<()> {
        self.log_addresses();
        let Self { listeners, options, connections, .. } = self;
        thread::scope(|scope| {
            let _stops_if_this_fails = StopOnDrop(stop.clone());
            let mut threads = Vec::new();
            for (number, sockets) in listeners.workers.into_iter().enumerate() {
                let (options, connections) = (Arc::clone(&options), Arc::clone(&connections));
                let work = move || {
                    let _stops_the_others = StopOnDrop(stop.clone());
                    let worker = async {
                        let service = Service::new(options, factory(number));
                        serve(sockets, service, connections, stop.clone()).await
                    };
                    runtime()?.block_on(LocalSet::new().run_until(worker))
                };
                let name = format!("worker-{number}");
                threads.push(thread::Builder::new().name(name).spawn_scoped(scope, work)?);
            }
            let signals = runtime()?.block_on(stop.on_signals());
            stop.stop();
            let failed = || Err(io::Error::other("a worker failed"));
            let ends = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| failed()));
            ends.chain([signals]).collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// Runs one worker on this thread, within the caller's runtime, until `stop`. The sockets of other workers are closed.
    ///
    /// # Errors
    /// When the sockets cannot be given to the runtime.
    pub async fn serve_on_this_thread(
        mut self,
        answerer: Rc<dyn Answerer>,
        stop: Stop,
    ) -> io::Result<()> {
        self.log_addresses();
        self.listeners.workers.truncate(1);
        let sockets = self.listeners.workers.pop().unwrap_or_default();
        let service = Service::new(self.options, answerer);
        LocalSet::new().run_until(serve(sockets, service, self.connections, stop)).await
    }

    fn log_addresses(&self) {
        for address in self.addresses() {
            tracing::info!("listening on {address}, UDP and TCP");
        }
    }
}

/// Gives the signal when a thread ends, however it ends.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// One worker: all its sockets, until `stop`, and then those who wait, for a short time.
async fn serve(
    sockets: WorkerSockets,
    service: Rc<Service>,
    connections: Arc<Connections>,
    stop: Stop,
) -> io::Result<()> {
    let serve_udp =
        |socket| -> Listening { Box::pin(udp::serve(socket, Rc::clone(&service), stop.clone())) };
    let mut datagrams: Vec<_> = sockets.udp.into_iter().map(serve_udp).collect();
    let mut listeners = JoinSet::new();
    for listener in sockets.tcp {
        let (service, connections) = (Rc::clone(&service), Arc::clone(&connections));
        listeners.spawn_local(tcp::serve(listener, service, connections, stop.clone()));
    }
    let watched = Arc::clone(&connections);
    let watch = spawn_local(async move { watched.watch().await });
    let mut outcome = Ok(());
    while let Some(ended) = next_ended(&mut datagrams, &mut listeners, service.turns()).await {
        if let Err(error) = ended {
            tracing::error!(%error, "a listener failed");
            outcome = Err(error);
        }
        stop.stop(); // one listener alone never ends in good order
    }
    service.turns().end();
    connections.end();
    for _ in 0..GRACE.as_millis() / GRACE_STEP.as_millis() {
        if service.waiting() == 0 && connections.count() == 0 {
            break;
        }
        tokio::time::sleep(GRACE_STEP).await;
    }
    watch.abort();
    outcome
}

/// A listener for UDP.
type Listening = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// The next listener to end. Those for UDP are no tasks but a part of the worker, which has its turn after every few dozen
/// tasks (`LocalSet` has 61 of them run at a time): in one row with those thousands that a slow server's answers wake, they
/// would keep whoever can be answered at once waiting for all of them.
async fn next_ended(
    datagrams: &mut Vec<Listening>,
    others: &mut JoinSet<io::Result<()>>,
    turns: &Turns,
) -> Option<io::Result<()>> {
    poll_fn(|context| {
        for at in 0..datagrams.len() {
            if let Poll::Ready(ended) = datagrams[at].as_mut().poll(context) {
                drop(datagrams.swap_remove(at));
                return Poll::Ready(Some(ended));
            }
        }
        turns.looked(context);
        match others.poll_join_next(context) {
            Poll::Ready(None) if !datagrams.is_empty() => Poll::Pending,
            ended => ended.map(|ended| {
                ended.map(|ended| ended.unwrap_or_else(|error| Err(io::Error::other(error))))
            }),
        }
    })
    .await
}

#[cfg(test)]
mod tests;
