//! `bailiwick explain NAME [TYPE]`: one resolution, step by step, with a cold cache.

use super::args::Explain;
use super::common::{Ending, failed, load, runtime};
use super::explanation::Explanation;
use crate::clock::{Clock, SystemClock};
use crate::lab::Internet;
use crate::model::Checking;
use crate::net::AddressMap;
use crate::resolver::{Settings, Validation};
use crate::trace::Trace;
use crate::wire::Question;

pub(super) fn run(explain: &Explain) -> Ending {
    let question = Question::new(explain.name.clone(), explain.rtype);
    let explanation = if explain.lab { in_lab(question)? } else { in_earnest(question, explain)? };
    if explain.json {
        println!("{:#}", explanation.to_json());
    } else {
        print!("{}", explanation.to_text());
    }
    Ok(())
}

fn in_earnest(
    question: Question,
    explain: &Explain,
) -> Result<Explanation, std::process::ExitCode> {
    let config = load(explain.config.path.as_deref())?;
    runtime()?.block_on(async { Ok(resolve(question, config.settings, None).await) })
}

fn in_lab(question: Question) -> Result<Explanation, std::process::ExitCode> {
    let internet = Internet::new(SystemClock.wall()).map_err(failed)?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime()?, async {
        let served = internet.serve().await.map_err(failed)?;
        let settings = super::lab::settings(&internet, Validation::On);
        Ok(resolve(question, settings, Some(served.map.clone())).await)
    })
}

async fn resolve(question: Question, settings: Settings, map: Option<AddressMap>) -> Explanation {
    let resolver = super::lab::resolver(settings, map);
    let trace = Trace::recording();
    let answer = resolver.resolve(&question, Checking::Enabled, trace.clone()).await;
    Explanation { question, answer, steps: trace.steps() }
}
