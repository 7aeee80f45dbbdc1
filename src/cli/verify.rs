//! `matching verify JOB_ID`: a receipt for a stored result.

use std::process::ExitCode;

use clap::Args;

use super::{lines, parse_language};
use crate::{
    application,
    configuration::Settings,
    domain::identifiers::JobId,
    service::verify_result::{Outcome, verify},
};
use matching_engine::scoring::Language;

#[derive(Args)]
pub(super) struct VerifyArguments {
    /// The job's id, as the API returned it or a list of matches shows it
    #[arg(value_name = "JOB_ID")]
    job_id: JobId,
    /// The language of the message, en or fr; by default the configured one
    #[arg(long, value_name = "LANGUAGE", value_parser = parse_language)]
    lang: Option<Language>,
}

/// Prints the receipt as JSON. Succeeds only if the result is verified.
pub(super) async fn run(
    settings: Settings,
    arguments: VerifyArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let documents = application::open_documents(&settings)?;
    let job_id = arguments.job_id;
    let receipt = verify(&*store, &*documents, &job_id).await?;
    let outcome = receipt.outcome;
    let language = arguments.lang.unwrap_or(settings.language);
    lines::print(&application::receipt_in_json(&job_id, receipt, language)?)?;
    Ok(if outcome == Outcome::Verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
