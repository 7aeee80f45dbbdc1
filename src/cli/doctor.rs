//! `matching doctor`: whether what always holds in the ledger holds now.
//!
//! Safe on a running system: it only reads, in one snapshot, by indexes.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use serde_json::json;

use super::lines;
use crate::{
    application,
    configuration::Settings,
    service::inspection::{find_missing_documents, patient_inspection},
    store::Finding,
};

/// As far back as any clock of ours goes, in hours: a hundred years.
const EVER: u64 = 100 * 366 * 24;

#[derive(Args)]
pub(super) struct DoctorArguments {
    /// Look at work that ended in the last so many hours; 0 looks at all of it. What has not ended
    /// is always looked at
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    hours: u32,
    /// Read every document that is kept in the document store, too
    #[arg(long)]
    documents: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Success only if everything holds.
pub(super) async fn run(
    settings: Settings,
    arguments: DoctorArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_store(&settings).await?;
    store.check().await?;
    let hours = match u64::from(arguments.hours) {
        0 => EVER,
        hours => hours.min(EVER),
    };
    let inspection = patient_inspection(
        Duration::from_hours(hours),
        settings.workers.job_ttl,
        settings.workers.lease,
        settings.queues.sweep_interval,
    );
    let mut found = store.inspect(&inspection).await?;
    if arguments.documents {
        let documents = application::open_documents(&settings)?;
        let missing = find_missing_documents(&*store, &*documents).await?;
        found.findings.push(missing);
    }
    let holds = found.findings.iter().all(Finding::holds);
    if arguments.json {
        let invariants: Vec<_> = found.findings.iter().map(as_json).collect();
        let document = json!({
            "holds": holds,
            "invariants": invariants,
            "dead_letters": found.dead_letters,
        });
        lines::print(&document.to_string())?;
    } else {
        for finding in &found.findings {
            lines::print(&describe(finding))?;
        }
        lines::print(&format!(
            "note    dead letters: {}; `matching dead-letters list` prints them",
            found.dead_letters
        ))?;
    }
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn as_json(finding: &Finding) -> serde_json::Value {
    json!({
        "name": finding.invariant.name(),
        "promise": finding.invariant.promise(),
        "holds": finding.holds(),
        "count": finding.count,
        "examples": finding.examples,
        "advice": (!finding.holds()).then(|| finding.invariant.advice()),
    })
}

fn describe(finding: &Finding) -> String {
    let (name, promise) = (finding.invariant.name(), finding.invariant.promise());
    if finding.holds() {
        return format!("holds   {name}: {promise}");
    }
    let mut examples = finding.examples.join(", ");
    if finding.count > finding.examples.len() as u64 {
        examples.push_str(", …");
    }
    format!(
        "BROKEN  {name}: {promise}\n        {} times: {examples}\n        {}",
        finding.count,
        finding.invariant.advice()
    )
}
