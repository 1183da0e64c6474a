//! `bailiwick serve`: answers clients until stopped.

use std::rc::Rc;
use std::sync::Arc;

use super::args::ConfigFile;
use super::common::{Ending, failed, load};
use super::keeper::Keeper;
use super::log;
use crate::clock::SystemClock;
use crate::entropy::Entropy;
use crate::net::Sockets;
use crate::resolver::{Resolver, Shared};
use crate::server::{Answerer, Server, Stop};
use crate::state::StateFile;

/// In the state directory.
const CACHE_FILE: &str = "cache";

pub(super) fn run(config: &ConfigFile) -> Ending {
    let mut config = load(config.path.as_deref())?;
    log::start(config.log);
    let server = Server::bind(config.server_options()).map_err(failed)?;
    let (limits, granted) = (config.server_limits, server.upstream_descriptors());
    config.settings.iterate.do_not_query.own = server.reached_at();
    let kept = config.state_directory.filter(|_| config.settings.persist);
    let shared = Shared::new(config.settings, Arc::new(SystemClock));
    let stop = Stop::new();
    let keeper = kept.map(|directory| {
        let file = StateFile::new(&directory, CACHE_FILE);
        Keeper::start(Arc::clone(&shared), file, config.persist_interval, stop.clone())
    });
    let worker = move |_number: usize| -> Rc<dyn Answerer> {
        let entropy = Rc::new(Entropy::system());
        let exchange = Rc::new(Sockets::within(Rc::clone(&entropy), limits, granted));
        Resolver::in_local_set(Arc::clone(&shared), exchange, entropy)
    };
    let ended = server.run(&worker, &stop).map_err(failed);
    if let Some(keeper) = keeper {
        stop.stop(); // also where the server could not run
        keeper.finish();
    }
    ended
}
