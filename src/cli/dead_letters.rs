//! `matching dead-letters list|retry|purge`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{lines, parse_queue};
use crate::{
    application,
    configuration::Settings,
    domain::{event::format_timestamp, identifiers::TaskId, queue_name::QueueName},
    store::DeadLetter,
};

#[derive(Args)]
pub(super) struct DeadLetterArguments {
    #[command(subcommand)]
    command: DeadLetterCommand,
}

#[derive(Subcommand)]
enum DeadLetterCommand {
    /// Print failed tasks as NDJSON, newest first
    List {
        /// Those of this queue only
        #[arg(long, value_name = "NAME", value_parser = parse_queue)]
        queue: Option<QueueName>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Queue failed tasks again, with their attempts reset
    Retry(Selection),
    /// Delete failed tasks for good
    Purge(Selection),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Selection {
    /// The tasks' ids, as `list` prints them
    #[arg(value_name = "TASK_ID")]
    ids: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

impl Selection {
    fn ids(self) -> Option<Vec<TaskId>> {
        (!self.all).then(|| self.ids.into_iter().map(TaskId::from_trusted).collect())
    }
}

pub(super) async fn run(
    settings: Settings,
    arguments: DeadLetterArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_store(&settings).await?;
    store.check().await?;
    match arguments.command {
        DeadLetterCommand::List { queue, limit } => {
            for letter in store.dead_letters(queue, limit).await? {
                lines::print(&describe(&letter))?;
            }
        }
        DeadLetterCommand::Retry(selection) => {
            let ids = selection.ids();
            let retried = store.retry_dead_letters(ids.as_deref()).await?;
            lines::print(&format!("{retried} tasks are queued again"))?;
            return Ok(all_found(ids, retried));
        }
        DeadLetterCommand::Purge(selection) => {
            let ids = selection.ids();
            let purged = store.purge_dead_letters(ids.as_deref()).await?;
            lines::print(&format!("{purged} tasks were deleted"))?;
            return Ok(all_found(ids, purged));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails when some of the ids given are no dead letters.
fn all_found(ids: Option<Vec<TaskId>>, found: u64) -> ExitCode {
    let missing = ids.map_or(0, |ids| (ids.len() as u64).saturating_sub(found));
    if missing == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "{missing} of the ids are no dead letters; `matching dead-letters list` prints those"
    );
    ExitCode::FAILURE
}

fn describe(letter: &DeadLetter) -> String {
    serde_json::json!({
        "task_id": letter.task_id.as_str(),
        "job_id": letter.job_id.as_str(),
        "matches": letter.match_count,
        "queue": letter.queue.as_str(),
        "subject": format!("{} {}", letter.subject_kind, letter.subject_id),
        "attempts": letter.attempts,
        "error": {"code": letter.error.code, "detail": letter.error.detail},
        "failed_at": format_timestamp(letter.failed_at),
    })
    .to_string()
}
