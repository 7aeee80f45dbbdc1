//! `matching doctor`: checks the ledger's invariants, whether work moves, and the servers.
//!
//! Safe on a running system: it only reads, by indexes, the invariants in one snapshot. If an
//! encoder is configured, requests one vector from it.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use serde_json::json;

use super::lines;
use crate::{
    application,
    configuration::Settings,
    service::{
        encoder::{EncoderError, TextEncoder},
        invariants::{Verdict, check_invariants, limits_of_running_system},
        progress::{ProgressCheck, judge, read_progress, warning_of_paused_endpoints},
        servers::{check_servers, find_warnings},
    },
};
use matching_engine::profiles::encoding::Encoding;

/// The longest period that the service's clocks allow, in hours: a hundred years.
const EVER: u64 = 100 * 366 * 24;

#[derive(Args)]
pub(super) struct DoctorArguments {
    /// Check work that ended in the last HOURS hours; 0 checks all of it. Unfinished work is always
    /// checked
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    hours: u32,
    /// Also read every document that is kept in the document store
    #[arg(long)]
    documents: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Checks the system and prints the findings; succeeds only if all invariants hold and work moves.
pub(super) async fn run(
    settings: Settings,
    arguments: DoctorArguments,
) -> anyhow::Result<ExitCode> {
    let database = settings.database_name();
    let store = application::open_existing_store(&settings).await?;
    let hours = match u64::from(arguments.hours) {
        0 => EVER,
        hours => hours.min(EVER),
    };
    let limits = limits_of_running_system(
        Duration::from_hours(hours),
        settings.workers.job_ttl,
        settings.workers.lease,
        settings.queues.sweep_interval,
    );
    let documents = if arguments.documents {
        Some(application::open_documents(&settings)?)
    } else {
        None
    };
    let found = check_invariants(&*store, documents.as_deref(), &limits).await?;
    let encoder = match application::open_encoder(&settings)? {
        Some(encoder) => Some(ask(&encoder).await),
        None => None,
    };
    let queues = application::open_queues(&settings, "matching:doctor")?;
    let facts = read_progress(&*store).await?;
    let mut progress = judge(&facts);
    progress.extend(check_servers(&*store, &*queues).await);
    let mut warnings = find_warnings(&*store, &*queues).await;
    warnings.extend(warning_of_paused_endpoints(&facts));
    let holds = found.invariants.iter().all(|verdict| verdict.holds)
        && progress.iter().all(|check| check.fault.is_none())
        && !matches!(encoder, Some(Err(_)));
    if arguments.json {
        let invariants: Vec<_> = found.invariants.iter().map(as_json).collect();
        let document = json!({
            "database": database,
            "holds": holds,
            "invariants": invariants,
            "progress": progress.iter().map(progress_as_json).collect::<Vec<_>>(),
            "warnings": warnings,
            "dead_letters": found.dead_letters,
            "given_up_webhooks": found.given_up_deliveries,
            "encoder": encoder.as_ref().map(encoder_as_json),
        });
        lines::print(&document.to_string())?;
    } else {
        lines::print(&format!("looking at {database}"))?;
        for verdict in &found.invariants {
            lines::print(&describe(verdict))?;
        }
        for check in &progress {
            lines::print(&describe_progress(check))?;
        }
        if let Some(answer) = &encoder {
            lines::print(&describe_encoder(answer))?;
        }
        for warning in &warnings {
            lines::print(&format!("WARNING {warning}"))?;
        }
        lines::print(&format!(
            "note    dead letters: {}; `matching dead-letters list` prints them",
            found.dead_letters
        ))?;
        lines::print(&format!(
            "note    webhooks given up: {}; `matching webhooks attempts --state failed` prints them",
            found.given_up_deliveries
        ))?;
    }
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Requests the vector of one word.
async fn ask(encoder: &Arc<dyn TextEncoder>) -> Result<Encoding, EncoderError> {
    let encodings = encoder.encode(&["accountant".to_owned()]).await?;
    let nothing = EncoderError::Unusable("it holds no vector");
    encodings.into_iter().next().ok_or(nothing)
}

fn encoder_as_json(answer: &Result<Encoding, EncoderError>) -> serde_json::Value {
    match answer {
        Ok(encoding) => json!({
            "answers": true,
            "model": encoding.model,
            "dimensions": encoding.components().len(),
        }),
        Err(error) => json!({"answers": false, "error": error.to_string()}),
    }
}

fn describe_encoder(answer: &Result<Encoding, EncoderError>) -> String {
    let promise = "encoder: the encoder makes vectors";
    match answer {
        Ok(encoding) => {
            let dimensions = encoding.components().len();
            format!(
                "holds   {promise}, {dimensions} numbers each, by {}",
                encoding.model
            )
        }
        Err(error) => format!(
            "BROKEN  {promise}\n        {error}\n        look at encoder.url, encoder.model and \
             encoder.api_key; profiles put meanwhile have no encoding, put them again"
        ),
    }
}

fn progress_as_json(check: &ProgressCheck) -> serde_json::Value {
    json!({"name": check.name, "holds": check.fault.is_none(), "detail": check.fault})
}

fn describe_progress(check: &ProgressCheck) -> String {
    match &check.fault {
        None => format!("holds   {}", check.name),
        Some(fault) => format!("BROKEN  {}\n        {fault}", check.name),
    }
}

fn as_json(verdict: &Verdict) -> serde_json::Value {
    json!({
        "name": verdict.name,
        "promise": verdict.promise,
        "holds": verdict.holds,
        "count": verdict.count,
        "examples": verdict.examples,
        "advice": (!verdict.holds).then_some(verdict.advice),
    })
}

fn describe(verdict: &Verdict) -> String {
    let Verdict {
        name,
        promise,
        advice,
        count,
        ..
    } = verdict;
    if verdict.holds {
        return format!("holds   {name}: {promise}");
    }
    let mut examples = verdict.examples.join(", ");
    if *count > verdict.examples.len() as u64 {
        examples.push_str(", …");
    }
    format!("BROKEN  {name}: {promise}\n        {count} times: {examples}\n        {advice}")
}
