//! `matching dead-letters list|groups|show|retry|purge|actions`.

use std::process::ExitCode;

use chrono::{DateTime, Datelike, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    confirmation::confirm,
    lines,
    listing::{Form, print_table},
    operator, parse_queue,
};
use crate::{
    application,
    configuration::Settings,
    domain::{
        dead_letter::{DeadLetter, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory},
        event::format_timestamp,
        identifiers::{CandidateId, DeadLetterId, JobPostingId, TaskId},
        operator_action::RecordedAction,
        paging::{Listing, NewestFirst, STORABLE_YEARS, TimeCursor},
        queue_name::QueueName,
    },
    service::dead_letters::DeadLetterService,
};

#[derive(Args)]
pub(super) struct DeadLetterArguments {
    #[command(subcommand)]
    command: DeadLetterCommand,
}

#[derive(Subcommand)]
enum DeadLetterCommand {
    /// Print failed tasks, newest first: a table on a terminal, NDJSON elsewhere
    List {
        #[command(flatten)]
        filter: FilterArguments,
        /// Print at most LIMIT entries
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Continue after an earlier page, with the cursor that it printed
        #[arg(long, value_parser = parse_cursor)]
        cursor: Option<TimeCursor>,
        #[command(flatten)]
        form: Form,
    },
    /// Count failed tasks by error fingerprint, the largest group first
    Groups {
        #[command(flatten)]
        filter: FilterArguments,
        /// Print at most LIMIT groups
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        #[command(flatten)]
        form: Form,
    },
    /// Show one failed task with its attempts
    Show {
        /// The id of the task, or of a job that failed
        id: DeadLetterId,
        #[command(flatten)]
        form: Form,
    },
    /// Queue failed tasks again, with their attempts reset
    Retry(Selection),
    /// Delete failed tasks permanently; asks first on a terminal
    Purge {
        #[command(flatten)]
        selection: Selection,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Print operator actions, newest first
    Actions {
        /// Print at most LIMIT entries
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        #[command(flatten)]
        form: Form,
    },
}

/// A filter of dead letters; all given conditions must hold.
#[derive(Args, Default)]
struct FilterArguments {
    /// Only tasks of this queue
    #[arg(long, value_name = "NAME", value_parser = parse_queue)]
    queue: Option<QueueName>,
    /// Only tasks with this error code
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Only tasks with this error fingerprint, as `groups` prints it
    #[arg(long)]
    fingerprint: Option<String>,
    /// Only tasks with a match of this candidate
    #[arg(long = "candidate", value_name = "ID")]
    candidate_id: Option<CandidateId>,
    /// Only tasks with a match of this job posting
    #[arg(long = "job-posting", value_name = "ID")]
    job_posting_id: Option<JobPostingId>,
    /// Only tasks that failed at this time or later, such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<DateTime<Utc>>,
    /// Only tasks that failed before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<DateTime<Utc>>,
}

impl FilterArguments {
    /// Returns the conditions as a filter, which selects all dead letters if there are none. Task
    /// ids are added by [`Selection`].
    fn into_conditions(self) -> DeadLetterFilter {
        DeadLetterFilter {
            task_ids: None,
            queue: self.queue,
            reason: self.reason,
            fingerprint: self.fingerprint,
            candidate_id: self.candidate_id,
            job_posting_id: self.job_posting_id,
            from: self.from,
            to: self.to,
        }
    }
}

#[derive(Args)]
struct Selection {
    /// The ids of tasks, as `list` prints them
    #[arg(value_name = "TASK_ID")]
    ids: Vec<TaskId>,
    #[command(flatten)]
    filter: FilterArguments,
    /// Select all dead letters
    #[arg(long)]
    all: bool,
    /// Only count the selected tasks, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the count as JSON
    #[arg(long)]
    json: bool,
}

impl Selection {
    /// Returns the filter from ids, from conditions, or of all dead letters. Exactly one of the
    /// three must be given, so that an omission changes nothing.
    fn into_filter(self) -> DeadLetterFilter {
        let mut filter = self.filter.into_conditions();
        let has_filter = filter != DeadLetterFilter::default();
        let stated = [!self.ids.is_empty(), has_filter, self.all];
        if stated.into_iter().filter(|stated| *stated).count() != 1 {
            let problem = "say which: ids, a filter such as --reason, or --all; one of the three";
            clap::Error::raw(
                clap::error::ErrorKind::ArgumentConflict,
                format!("{problem}\n"),
            )
            .exit();
        }
        if !self.ids.is_empty() {
            filter.task_ids = Some(self.ids);
        }
        filter
    }
}

pub(super) async fn run(
    settings: Settings,
    arguments: DeadLetterArguments,
) -> anyhow::Result<ExitCode> {
    let database = settings.database_name();
    let store = application::open_existing_store(&settings).await?;
    let dead_letters = DeadLetterService::new(store.clone(), store, None);
    match arguments.command {
        DeadLetterCommand::List {
            filter,
            limit,
            cursor,
            form,
        } => {
            let page = NewestFirst {
                limit,
                after: cursor,
            };
            let listing = dead_letters.list(&filter.into_conditions(), &page).await?;
            if listing.rows.is_empty() {
                eprintln!("no dead letters in {database}");
            }
            print_list(&listing, &form)?;
        }
        DeadLetterCommand::Groups {
            filter,
            limit,
            form,
        } => {
            let filter = filter.into_conditions();
            print_groups(&dead_letters.groups(&filter, limit).await?, &form)?;
        }
        DeadLetterCommand::Show { id, form } => {
            print_history(&dead_letters.show(&id).await?, &form)?;
        }
        DeadLetterCommand::Retry(selection) => {
            let (json, dry_run) = (selection.json, selection.dry_run);
            let filter = selection.into_filter();
            if dry_run {
                let selected = dead_letters.count(&filter).await?;
                let text = format!("{selected} tasks would be queued again");
                print_count(json, &json!({"dry_run": true, "tasks": selected}), text)?;
                return Ok(all_found(&filter, selected));
            }
            let retried = dead_letters.retry(&filter, &operator()).await?;
            let text = format!("{retried} tasks are queued again");
            print_count(json, &json!({"retried": retried}), text)?;
            return Ok(all_found(&filter, retried));
        }
        DeadLetterCommand::Purge { selection, yes } => {
            let (json, dry_run) = (selection.json, selection.dry_run);
            let filter = selection.into_filter();
            let selected = dead_letters.count(&filter).await?;
            if dry_run {
                let text = format!("{selected} tasks would be deleted");
                print_count(json, &json!({"dry_run": true, "tasks": selected}), text)?;
                return Ok(all_found(&filter, selected));
            }
            let question = format!("Delete {selected} dead letters permanently from {database}?");
            if !confirm(&question, yes)? {
                eprintln!("nothing was deleted");
                return Ok(ExitCode::FAILURE);
            }
            let purged = dead_letters.purge(&filter, &operator()).await?;
            let text = format!("{purged} tasks were deleted");
            print_count(json, &json!({"purged": purged}), text)?;
            return Ok(all_found(&filter, purged));
        }
        DeadLetterCommand::Actions { limit, form } => {
            let page = NewestFirst { limit, after: None };
            print_actions(&dead_letters.actions(&page).await?.rows, &form)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails if some of the given ids are not dead letters.
fn all_found(filter: &DeadLetterFilter, found: u64) -> ExitCode {
    let asked = filter.task_ids.as_ref().map_or(0, |ids| ids.len() as u64);
    let missing = asked.saturating_sub(found);
    if missing == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "{missing} of the ids are no dead letters; `matching dead-letters list` prints those"
    );
    ExitCode::FAILURE
}

fn print_list(listing: &Listing<DeadLetter, TimeCursor>, form: &Form) -> anyhow::Result<()> {
    let letters = &listing.rows;
    if form.is_json() {
        for letter in letters {
            lines::print(&describe(letter).to_string())?;
        }
    } else {
        let rows = letters.iter().map(|letter| {
            [
                letter.task_id.to_string(),
                format_timestamp(letter.failed_at),
                letter.queue.to_string(),
                format!("{} {}", letter.subject_kind, letter.subject_id),
                letter.match_count.to_string(),
                letter.attempts.to_string(),
                letter.fingerprint.clone(),
            ]
        });
        let head = [
            "TASK",
            "FAILED",
            "QUEUE",
            "SUBJECT",
            "MATCHES",
            "ATTEMPTS",
            "FINGERPRINT",
        ];
        print_table(head, rows)?;
    }
    if let Some(cursor) = &listing.next {
        eprintln!("there may be more: --cursor {}", cursor.encode());
    }
    Ok(())
}

fn print_groups(groups: &[DeadLetterGroup], form: &Form) -> anyhow::Result<()> {
    if form.is_json() {
        for group in groups {
            let line = json!({
                "fingerprint": group.fingerprint,
                "tasks": group.tasks,
                "matches": group.matches,
                "first_seen": format_timestamp(group.first_seen),
                "last_seen": format_timestamp(group.last_seen),
                "example": describe(&group.example),
            });
            lines::print(&line.to_string())?;
        }
        return Ok(());
    }
    let rows = groups.iter().map(|group| {
        [
            group.tasks.to_string(),
            group.matches.to_string(),
            format_timestamp(group.first_seen),
            format_timestamp(group.last_seen),
            group.fingerprint.clone(),
            group.example.error.detail.clone(),
        ]
    });
    let head = [
        "TASKS",
        "MATCHES",
        "FIRST",
        "LAST",
        "FINGERPRINT",
        "EXAMPLE",
    ];
    print_table(head, rows)
}

fn print_history(history: &DeadLetterHistory, form: &Form) -> anyhow::Result<()> {
    let letter = &history.letter;
    if form.is_json() {
        let mut document = describe(letter);
        let attempts = history.attempts.iter().map(|attempt| {
            json!({
                "attempt": attempt.attempt,
                "worker": attempt.worker,
                "began_at": attempt.began_at.map(format_timestamp),
                "ended_at": format_timestamp(attempt.ended_at),
                "outcome": attempt.outcome.as_str(),
                "error": attempt.error.as_ref().map(
                    |error| json!({"code": error.code, "detail": error.detail})),
            })
        });
        document["webhook_url"] = history.webhook_url.clone().into();
        document["history"] = attempts.collect();
        document["last_action"] = history.last_action.as_ref().map(describe_action).into();
        return lines::print(&document.to_string());
    }
    lines::print(&format!("task {}, job {}", letter.task_id, letter.job_id))?;
    lines::print(&format!(
        "{} of {} {} in {}, {} attempts, failed {}",
        letter.match_count,
        letter.subject_kind,
        letter.subject_id,
        letter.queue,
        letter.attempts,
        format_timestamp(letter.failed_at),
    ))?;
    lines::print(&format!("{}: {}", letter.error.code, letter.error.detail))?;
    if let Some(action) = &history.last_action {
        lines::print(&format!(
            "last action: {} by {} at {}",
            action.kind.as_str(),
            action.actor,
            format_timestamp(action.at)
        ))?;
    }
    let rows = history.attempts.iter().map(|attempt| {
        let error = attempt.error.as_ref();
        [
            attempt.attempt.to_string(),
            attempt.began_at.map(format_timestamp).unwrap_or_default(),
            format_timestamp(attempt.ended_at),
            attempt.outcome.as_str().to_owned(),
            attempt.worker.clone().unwrap_or_default(),
            error.map_or_else(String::new, |error| {
                format!("{}: {}", error.code, error.detail)
            }),
        ]
    });
    print_table(
        ["ATTEMPT", "BEGAN", "ENDED", "OUTCOME", "WORKER", "ERROR"],
        rows,
    )
}

fn print_actions(actions: &[RecordedAction], form: &Form) -> anyhow::Result<()> {
    if form.is_json() {
        for action in actions {
            lines::print(&describe_action(action).to_string())?;
        }
        return Ok(());
    }
    let rows = actions.iter().map(|action| {
        [
            format_timestamp(action.at),
            action.actor.clone(),
            action.kind.as_str().to_owned(),
            action.tasks.to_string(),
            action.target.to_string(),
        ]
    });
    print_table(["AT", "ACTOR", "ACTION", "TASKS", "TARGET"], rows)
}

pub(super) fn print_count(json: bool, document: &Value, text: String) -> anyhow::Result<()> {
    lines::print(&if json { document.to_string() } else { text })
}

fn describe(letter: &DeadLetter) -> Value {
    json!({
        "task_id": letter.task_id.as_str(),
        "job_id": letter.job_id.as_str(),
        "matches": letter.match_count,
        "queue": letter.queue.as_str(),
        "subject": format!("{} {}", letter.subject_kind, letter.subject_id),
        "attempts": letter.attempts,
        "error": {"code": letter.error.code, "detail": letter.error.detail},
        "fingerprint": letter.fingerprint,
        "failed_at": format_timestamp(letter.failed_at),
    })
}

pub(super) fn describe_action(action: &RecordedAction) -> Value {
    json!({
        "id": action.id,
        "at": format_timestamp(action.at),
        "actor": action.actor,
        "action": action.kind.as_str(),
        "target": action.target,
        "tasks": action.tasks,
    })
}

pub(super) fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.to_utc())
        .filter(|time| STORABLE_YEARS.contains(&time.year()))
        .ok_or_else(|| "a time reads as 2026-11-24T10:00:00Z".to_owned())
}

fn parse_cursor(text: &str) -> Result<TimeCursor, String> {
    TimeCursor::decode(text).ok_or_else(|| "a page prints where the next one begins".to_owned())
}
