//! `bailiwick serve`: answers clients until stopped.

use std::rc::Rc;
use std::sync::Arc;

use super::args::ConfigFile;
use super::log;
use super::run::{Ending, failed, load};
use crate::clock::SystemClock;
use crate::config::{Config, Listen};
use crate::entropy::Entropy;
use crate::net::Sockets;
use crate::policy::Local;
use crate::resolver::{Resolver, Shared};
use crate::server::{self, Answerer, Options, Server, Stop};

pub(super) fn run(config: &ConfigFile) -> Ending {
    let config = load(config.path.as_deref())?;
    log::start(config.log);
    let server = Server::bind(options(&config)).map_err(failed)?;
    let shared = Shared::new(config.settings, Arc::new(SystemClock));
    let worker = move |_number: usize| -> Rc<dyn Answerer> {
        let entropy = Rc::new(Entropy::system());
        let exchange = Rc::new(Sockets::new(Rc::clone(&entropy), None));
        Resolver::new(Arc::clone(&shared), exchange, entropy)
    };
    server.run(&worker, &Stop::new()).map_err(failed)
}

fn options(config: &Config) -> Options {
    let listen =
        |listen: &Listen| server::Listen { address: listen.address, required: !listen.optional };
    Options {
        listen: config.listen.iter().map(listen).collect(),
        access: config.access.clone(),
        local: Local::new(config.local.clone()),
        limits: server::Limits::default(),
        identity: config.identity.clone(),
        workers: config.workers.unwrap_or(0),
    }
}
