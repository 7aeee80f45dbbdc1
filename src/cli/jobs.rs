//! `matching jobs list|show|cancel`.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::{
    dead_letters::parse_time,
    lines,
    listing::{Form, print_table},
    operator, parse_queue,
};
use crate::{
    application,
    configuration::Settings,
    domain::{
        event::format_timestamp,
        identifiers::{BatchId, CandidateId, JobId, JobPostingId},
        job_filter::{JobCursor, JobFilter, JobPage},
        progress::JobView,
        queue_name::QueueName,
        task::TaskState,
    },
};

/// The most jobs that one call to the store returns.
const PAGE: u32 = 1_000;

#[derive(Args)]
pub(super) struct JobArguments {
    #[command(subcommand)]
    command: JobCommand,
}

#[derive(Subcommand)]
enum JobCommand {
    /// Print jobs, newest first: a table on a terminal, NDJSON elsewhere
    List {
        #[command(flatten)]
        filter: Box<FilterArguments>,
        /// Print at most LIMIT jobs
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Continue after an earlier list, with the cursor that it printed
        #[arg(long, value_parser = parse_cursor)]
        cursor: Option<JobCursor>,
        #[command(flatten)]
        form: Form,
    },
    /// Show one job with its webhooks
    Show {
        /// The id of the job
        id: JobId,
        #[command(flatten)]
        form: Form,
    },
    /// Cancel jobs that have not ended
    Cancel {
        /// The ids of the jobs
        #[arg(required = true, value_name = "ID")]
        ids: Vec<JobId>,
    },
}

/// A filter of jobs; all given conditions must hold.
#[derive(Args)]
struct FilterArguments {
    /// Only jobs of this queue
    #[arg(long, value_name = "NAME", value_parser = parse_queue)]
    queue: Option<QueueName>,
    /// Only jobs in this state
    #[arg(long, value_name = "STATUS", value_parser = parse_state)]
    status: Option<TaskState>,
    /// Only matches of this candidate
    #[arg(long = "candidate", value_name = "ID")]
    candidate_id: Option<CandidateId>,
    /// Only matches of this job posting
    #[arg(long = "job-posting", value_name = "ID")]
    job_posting_id: Option<JobPostingId>,
    /// Only jobs of this batch
    #[arg(long = "batch", value_name = "ID")]
    batch_id: Option<BatchId>,
    /// Only jobs of this user of the platform
    #[arg(long = "user", value_name = "ID")]
    user_id: Option<String>,
    /// Only jobs whose last error has this code
    #[arg(long, value_name = "CODE")]
    error_code: Option<String>,
    /// Only jobs that were submitted at this time or later, such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<DateTime<Utc>>,
    /// Only jobs that were submitted before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<DateTime<Utc>>,
}

impl From<FilterArguments> for JobFilter {
    fn from(arguments: FilterArguments) -> Self {
        Self {
            queue: arguments.queue,
            state: arguments.status,
            candidate_id: arguments.candidate_id,
            job_posting_id: arguments.job_posting_id,
            batch_id: arguments.batch_id,
            user_id: arguments.user_id,
            error_code: arguments.error_code,
            from: arguments.from,
            to: arguments.to,
        }
    }
}

pub(super) async fn run(settings: Settings, arguments: JobArguments) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let jobs = application::job_service(&store);
    match arguments.command {
        JobCommand::List {
            filter,
            limit,
            cursor,
            form,
        } => {
            let filter = JobFilter::from(*filter);
            let (mut found, mut after) = (Vec::new(), cursor);
            // Pages may be empty where no index finds the jobs of a filter.
            loop {
                let missing = limit - u32::try_from(found.len()).unwrap_or(limit);
                let page = JobPage {
                    limit: missing.min(PAGE),
                    after,
                };
                let listing = jobs.list(&filter, &page).await?;
                found.extend(listing.rows);
                after = listing.next;
                if after.is_none() || found.len() >= limit as usize {
                    break;
                }
            }
            print_jobs(found, &form)?;
            if let Some(cursor) = after {
                eprintln!("there may be more: --cursor {}", cursor.encode());
            }
        }
        JobCommand::Show { id, form } => {
            let job = jobs.job(&id).await?;
            let webhooks = jobs.webhooks(&job).await?;
            if form.is_json() {
                lines::print(&application::job_in_json(job, webhooks)?)?;
            } else {
                print_job(&job)?;
                let rows = webhooks.iter().map(|webhook| {
                    [
                        webhook.id.to_string(),
                        webhook.state.as_str().to_owned(),
                        webhook.attempts.to_string(),
                        webhook.last_error.clone().unwrap_or_default(),
                    ]
                });
                print_table(["WEBHOOK", "STATE", "ATTEMPTS", "LAST ERROR"], rows)?;
            }
        }
        JobCommand::Cancel { ids } => {
            let canceller = application::canceller(&store, &settings)?;
            let mut is_done = true;
            for id in ids {
                let outcome = async {
                    canceller.cancel_job(&id, &operator()).await?;
                    jobs.job(&id).await
                };
                match outcome.await {
                    Ok(_) => lines::print(&format!("{id} is cancelled"))?,
                    Err(error) => {
                        is_done = false;
                        eprintln!("error: {id}: {error}");
                    }
                }
            }
            if !is_done {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_jobs(jobs: Vec<JobView>, form: &Form) -> anyhow::Result<()> {
    if form.is_json() {
        for job in jobs {
            lines::print(&application::listed_job_in_json(job)?)?;
        }
        return Ok(());
    }
    let rows = jobs.iter().map(|job| {
        [
            format_timestamp(job.created_at),
            job.job_id.to_string(),
            job.state.as_str().to_owned(),
            job.queue.short_name().to_owned(),
            job.pair.candidate_id.to_string(),
            job.pair.job_posting_id.to_string(),
            job.attempts.to_string(),
            job.error
                .as_ref()
                .map_or_else(String::new, |error| error.code.clone()),
        ]
    });
    let head = [
        "SUBMITTED",
        "JOB",
        "STATUS",
        "QUEUE",
        "CANDIDATE",
        "JOB POSTING",
        "ATTEMPTS",
        "ERROR",
    ];
    print_table(head, rows)
}

fn print_job(job: &JobView) -> anyhow::Result<()> {
    let pair = job.pair;
    lines::print(&format!("job {} is {}", job.job_id, job.state.as_str()))?;
    lines::print(&format!(
        "candidate {}, job posting {}, {}, {} attempts, submitted {}",
        pair.candidate_id,
        pair.job_posting_id,
        job.queue,
        job.attempts,
        format_timestamp(job.created_at),
    ))?;
    if let Some(error) = &job.error {
        lines::print(&format!("{}: {}", error.code, error.detail))?;
    }
    Ok(())
}

fn parse_state(name: &str) -> Result<TaskState, String> {
    TaskState::parse(name).ok_or_else(|| {
        let names = TaskState::ALL.map(TaskState::as_str);
        format!("the states are {}", names.join(", "))
    })
}

fn parse_cursor(text: &str) -> Result<JobCursor, String> {
    JobCursor::decode(text).ok_or_else(|| "a list prints where the next one begins".to_owned())
}
