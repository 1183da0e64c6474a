//! The cache file of `serve`: read in the background at the start, written now and then and at the end. Whatever fails is told
//! in one line, and nobody is answered later or worse for it.

use std::io::{self, BufReader};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::resolver::{Recollection, Shared};
use crate::server::Stop;
use crate::state::StateFile;

/// How long the end waits for the last writing, which begins when the server begins to stop. The file is as before until it
/// is done, so a disk that hangs costs what is new alone.
const LAST_WRITING: Duration = Duration::from_secs(2);

/// The thread that reads and writes.
pub(super) struct Keeper {
    done: mpsc::Receiver<()>,
}

impl Keeper {
    /// Reads `file` for `shared`, and writes it every `interval` until `stop`.
    pub fn start(shared: Arc<Shared>, file: StateFile, interval: Duration, stop: Stop) -> Self {
        let (sender, done) = mpsc::channel();
        let work = move || {
            let mut writing = Writing { shared, file, failed: false };
            writing.read();
            if let Err(error) = writing.until(&stop, interval) {
                tracing::error!(%error, "the cache file is not kept");
            }
            let _ = sender.send(()); // whoever waited too long is gone
        };
        if let Err(error) = thread::Builder::new().name("cache-file".into()).spawn(work) {
            tracing::error!(%error, "the cache file is neither read nor kept");
        }
        Self { done }
    }

    /// Waits for the last writing, when the server has stopped.
    pub fn finish(self) {
        if self.done.recv_timeout(LAST_WRITING) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the cache file was not written to its end, and is as before");
        }
    }
}

struct Writing {
    shared: Arc<Shared>,
    file: StateFile,
    /// The last try, which was told.
    failed: bool,
}

impl Writing {
    fn read(&self) {
        let path = self.file.path().display();
        let file = match self.file.open() {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%path, %error, "the cache file is not read");
                return;
            }
        };
        let began = self.shared.clock.now();
        let Recollection { records, passed_over, damage } =
            self.shared.recall(BufReader::new(file));
        let took = self.shared.clock.now().since(began).as_millis();
        match damage {
            None => tracing::info!(%path, records, passed_over, ms = took, "read the cache file"),
            Some(why) => tracing::warn!(%path, %why, records, "the cache file is not read"),
        }
    }

    fn until(&mut self, stop: &Stop, interval: Duration) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let pause = || async { tokio::time::timeout(interval, stop.stopped()).await };
        while runtime.block_on(pause()).is_err() {
            self.write();
        }
        self.write();
        Ok(())
    }

    /// Writes it. Of failures in a row the first is told.
    fn write(&mut self) {
        let path = self.file.path().display();
        match self.file.replace(|to| self.shared.write_down(to)) {
            Ok(records) => {
                tracing::debug!(%path, records, "wrote the cache file");
                self.failed = false;
            }
            Err(error) if !self.failed => {
                tracing::warn!(%path, %error, "the cache file cannot be written");
                self.failed = true;
            }
            Err(_) => {}
        }
    }
}
