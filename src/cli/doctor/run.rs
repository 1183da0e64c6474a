//! The subcommand: from its options to an exit code.

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::LocalSet;

use super::ask::Asker;
use super::check::{Check, to_json, to_text, worst};
use super::examine::Patient;
use super::{host, ports};
use crate::cli::args::Doctor;
use crate::cli::common::{Ending, failed, runtime, tell_errors};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::entropy::Entropy;
use crate::lab::Internet;
use crate::net::{AddressMap, Sockets};
use crate::resolver::{Settings, Validation};

/// 0 when all is well, 1 when the configuration cannot be read, else the code of the worst finding.
pub(in crate::cli) fn run(doctor: &Doctor) -> Ending {
    let checks = if doctor.lab { in_lab()? } else { in_earnest(doctor)? };
    if doctor.json {
        println!("{:#}", to_json(&checks));
    } else {
        print!("{}", to_text(&checks));
    }
    worst(&checks).map_or(Ok(()), |finding| Err(ExitCode::from(finding.exit_code())))
}

fn in_earnest(doctor: &Doctor) -> Result<Vec<Check>, ExitCode> {
    let config = Config::load(doctor.config.path.as_deref()).map_err(|e| tell_errors(&e))?;
    let mut checks = host::checks(&config, SystemClock.wall());
    LocalSet::new().block_on(&runtime()?, async {
        checks.push(ports::check(Rc::new(Entropy::system())).await);
        checks.extend(patient(config.settings, None).examine().await);
    });
    Ok(checks)
}

/// The way to the lab's servers, which is always well.
fn in_lab() -> Result<Vec<Check>, ExitCode> {
    let internet = Internet::new(SystemClock.wall()).map_err(failed)?;
    LocalSet::new().block_on(&runtime()?, async {
        let served = internet.serve().await.map_err(failed)?;
        let settings = crate::cli::lab::settings(&internet, Validation::On);
        Ok(patient(settings, Some(served.map.clone())).examine().await)
    })
}

fn patient(settings: Settings, map: Option<AddressMap>) -> Patient {
    let entropy = Rc::new(Entropy::system());
    let exchange = Rc::new(Sockets::new(Rc::clone(&entropy), map));
    Patient { settings, asker: Asker { exchange, entropy }, clock: Arc::new(SystemClock) }
}
