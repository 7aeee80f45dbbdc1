//! Running one task: claim it, load its profiles, score them, record the outcome.
//!
//! Idempotency: the ledger decides. A pointer without a queued, due task behind it is settled at
//! once; a second run of the same task has a newer lease token, and only the newest may record.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use metrics::{counter, histogram};
use tokio::{sync::Notify, time::Instant};
use tracing::{Instrument, debug, error, info, info_span, warn};
use ulid::Ulid;

use super::{
    Backoff, dependencies,
    dispatcher::Dispatcher,
    documents_of_results::{place_document, save_batch_report},
    failure::{AttemptError, NextStep},
    leases::LeaseKeeper,
    profiles::{self, ScoredMatch},
};
use crate::{
    documents::DocumentStore,
    domain::{
        event::format_timestamp,
        identifiers::{BatchId, JobId, TaskId},
        profile_kind::ProfileKind,
        task::{ClaimedTask, Task, TaskError, TaskMatch},
    },
    queue::{PointerHandler, PointerOutcome},
    scoring::Engine,
    store::{FailedMatches, Guarded, NewResult, Recorded, Store},
};

/// How long a task rests after an attempt that failed through a fault of ours.
const RELEASE_PAUSE: Duration = Duration::from_secs(2);

/// What running tasks needs.
pub struct TaskRunner {
    /// The ledger.
    pub store: Arc<dyn Store>,
    /// Where large results go.
    pub documents: Arc<dyn DocumentStore>,
    /// The scoring engine.
    pub engine: Arc<Engine>,
    /// This process's leases.
    pub leases: Arc<LeaseKeeper>,
    /// Nudged when a window has room again.
    pub dispatcher: Arc<Dispatcher>,
    /// Rung when deliveries were recorded.
    pub deliveries_recorded: Arc<Notify>,
    /// The name under which this process claims.
    pub worker_name: String,
    /// Attempts after the first.
    pub max_retries: u32,
    /// The pauses between them.
    pub backoff: Backoff,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// The size in bytes up to which a result document stays in the database.
    pub inline_limit: usize,
}

/// What an attempt found out.
struct Outcome {
    results: Vec<NewResult>,
    failures: Vec<FailedMatches>,
}

#[async_trait]
impl PointerHandler for TaskRunner {
    async fn handle(&self, id: TaskId) -> PointerOutcome {
        let claimed = match self
            .store
            .claim(&id, &self.worker_name, self.leases.lease())
            .await
        {
            Ok(Some(claimed)) => claimed,
            Ok(None) => {
                debug!(task.id = %id, "nothing to do behind this pointer");
                return PointerOutcome::Settled;
            }
            Err(error) => {
                // Still queued in the ledger; the sweep dispatches it again.
                warn!(task.id = %id, %error, "task not claimed");
                return PointerOutcome::Settled;
            }
        };
        self.dispatcher.nudge_backlog(claimed.task.queue);
        let span = info_span!(
            "task.compute_match",
            task.id = %id,
            task.attempt = claimed.attempt,
            queue.name = %claimed.task.queue,
        );
        self.run(&claimed).instrument(span).await
    }
}

impl TaskRunner {
    async fn run(&self, claimed: &ClaimedTask) -> PointerOutcome {
        let guard = self.leases.keep(claimed);
        let began = Instant::now();
        let attempt = tokio::time::timeout(self.attempt_timeout, self.attempt(claimed));
        let outcome = tokio::select! {
            outcome = attempt => outcome.unwrap_or(Err(AttemptError::TimedOut {
                seconds: self.attempt_timeout.as_secs(),
            })),
            () = guard.lost.cancelled() => {
                warn!("lease lost; this run ends without a trace");
                return PointerOutcome::Settled;
            }
        };
        let queue = claimed.task.queue.as_str();
        histogram!("matching_task_duration_seconds", "queue" => queue)
            .record(began.elapsed().as_secs_f64());
        match outcome {
            Ok(outcome) => self.record(claimed, &outcome, began).await,
            Err(error) => self.record_failure(claimed, &error).await,
        }
    }

    /// Loads, scores, and puts large documents in their place. Writes nothing to the ledger.
    async fn attempt(&self, claimed: &ClaimedTask) -> Result<Outcome, AttemptError> {
        let task = &claimed.task;
        let counterpart_ids: Vec<i64> = task.matches.iter().map(|one| one.counterpart_id).collect();
        let subject = self
            .store
            .profile(task.subject_kind, task.subject_id)
            .await?;
        let Some(subject) = subject else {
            let error = profiles::not_found(task.subject_kind, task.subject_id);
            return Ok(Outcome {
                results: vec![],
                failures: vec![failed(&task.matches, error)],
            });
        };
        let counterparts = self
            .store
            .profiles(task.subject_kind.counterpart(), &counterpart_ids)
            .await?;
        let engine = Arc::clone(&self.engine);
        let task_for_scoring = task.clone();
        let computed_at = format_timestamp(chrono::Utc::now());
        let scored = tokio::task::spawn_blocking(move || {
            score(
                &engine,
                &task_for_scoring,
                &subject.document,
                &counterparts,
                &computed_at,
            )
        })
        .await
        .map_err(|panic| {
            error!(%panic, "scoring panicked");
            AttemptError::Panicked
        })?;
        let mut results = Vec::with_capacity(scored.results.len());
        for (one, scored) in scored.results {
            let pair = task.pair(one.counterpart_id);
            let key = || {
                format!(
                    "results/{}/{}/{}.json",
                    pair.candidate_id,
                    pair.job_posting_id,
                    Ulid::generate()
                )
            };
            let document = place_document(
                &*self.documents,
                self.inline_limit,
                key,
                "application/json",
                scored.document,
            )
            .await?;
            results.push(NewResult {
                one,
                score: scored.score,
                category: scored.category,
                document,
            });
        }
        Ok(Outcome {
            results,
            failures: scored.failures,
        })
    }

    async fn record(
        &self,
        claimed: &ClaimedTask,
        outcome: &Outcome,
        began: Instant,
    ) -> PointerOutcome {
        let recorded = self
            .store
            .record_outcome(claimed, &outcome.results, &outcome.failures)
            .await;
        let (has_dependents, ended_batch) = match recorded {
            Ok(Recorded::Written {
                has_dependents,
                ended_batch,
            }) => (has_dependents, ended_batch),
            Ok(Recorded::Fenced) => {
                warn!("another worker has this task now; this run's outcome is dropped");
                return PointerOutcome::Settled;
            }
            Err(error) => return self.record_failure(claimed, &error.into()).await,
        };
        let completed = outcome.results.len();
        let failed: usize = outcome
            .failures
            .iter()
            .map(|group| group.matches.len())
            .sum();
        let queue = claimed.task.queue.as_str();
        counter!("matching_matches_total", "queue" => queue, "outcome" => "completed")
            .increment(completed as u64);
        counter!("matching_matches_total", "queue" => queue, "outcome" => "failed")
            .increment(failed as u64);
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(completed, failed, duration_ms, "task ended");
        if claimed.task.webhook_url.is_some() {
            self.deliveries_recorded.notify_one();
        }
        if has_dependents {
            self.follow_up(&claimed.task).await;
        }
        if let Some(batch) = ended_batch {
            self.save_report(&batch).await;
        }
        match outcome.failures.first() {
            Some(group) if completed == 0 => PointerOutcome::DeadLetter {
                code: group.error.code.clone(),
            },
            _ => PointerOutcome::Settled,
        }
    }

    async fn record_failure(&self, claimed: &ClaimedTask, error: &AttemptError) -> PointerOutcome {
        let task_error = error.as_task_error();
        let attempts_left = u32::try_from(claimed.attempt).unwrap_or(u32::MAX) <= self.max_retries;
        let written = match error.next_step() {
            NextStep::Release => {
                warn!(
                    error = error as &dyn std::error::Error,
                    "attempt given back; it does not count"
                );
                self.store
                    .release(claimed, RELEASE_PAUSE, Some(&task_error))
                    .await
            }
            NextStep::Retry if attempts_left => {
                let pause = self.backoff.pause(claimed.attempt, rand::random());
                let retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                warn!(
                    error = error as &dyn std::error::Error,
                    retry_in_ms, "attempt failed, retry later"
                );
                self.store.schedule_retry(claimed, pause, &task_error).await
            }
            NextStep::Retry | NextStep::DeadLetter => {
                return self.give_up(claimed, error, task_error).await;
            }
        };
        match written {
            Ok(Guarded::Written) => {}
            Ok(Guarded::Fenced) => warn!("another worker has this task now"),
            // The lease expires and the task is queued again.
            Err(error) => warn!(%error, "failure not recorded; the lease will expire"),
        }
        PointerOutcome::Settled
    }

    async fn give_up(
        &self,
        claimed: &ClaimedTask,
        error: &AttemptError,
        task_error: TaskError,
    ) -> PointerOutcome {
        let code = task_error.code.clone();
        let failures = [failed(&claimed.task.matches, task_error)];
        match self.store.record_outcome(claimed, &[], &failures).await {
            Ok(Recorded::Written {
                has_dependents,
                ended_batch,
            }) => {
                error!(
                    error = error as &dyn std::error::Error,
                    "task is a dead letter"
                );
                if claimed.task.webhook_url.is_some() {
                    self.deliveries_recorded.notify_one();
                }
                if has_dependents {
                    self.follow_up(&claimed.task).await;
                }
                if let Some(batch) = ended_batch {
                    self.save_report(&batch).await;
                }
                PointerOutcome::DeadLetter { code }
            }
            Ok(Recorded::Fenced) => PointerOutcome::Settled,
            Err(error) => {
                warn!(%error, "failure not recorded; the lease will expire");
                PointerOutcome::Settled
            }
        }
    }

    /// Moves what waited for this task or its batch; the sweep does what fails here.
    async fn follow_up(&self, task: &Task) {
        let mut ended = Vec::new();
        ended.extend(task.job_id.as_ref().map(JobId::to_string));
        ended.extend(task.batch_id.as_ref().map(BatchId::to_string));
        if let Err(error) =
            dependencies::resolve(&*self.store, &self.dispatcher, Some(&ended)).await
        {
            warn!(%error, "dependents wait for the sweep");
        }
    }

    async fn save_report(&self, batch: &BatchId) {
        let saved =
            save_batch_report(&*self.store, &*self.documents, self.inline_limit, batch).await;
        if let Err(error) = saved {
            warn!(batch.id = %batch, %error, "batch report not saved; the sweep tries again");
        }
    }
}

struct ScoredTask {
    results: Vec<(TaskMatch, ScoredMatch)>,
    failures: Vec<FailedMatches>,
}

/// The CPU part, run on a blocking thread: parse, compile, score, write documents.
fn score(
    engine: &Engine,
    task: &Task,
    subject: &str,
    counterparts: &[(i64, String)],
    computed_at: &str,
) -> ScoredTask {
    let subject = match profiles::compile(engine, task.subject_kind, subject) {
        Ok(subject) => subject,
        Err(error) => {
            return ScoredTask {
                results: vec![],
                failures: vec![failed(&task.matches, error)],
            };
        }
    };
    let kind = task.subject_kind.counterpart();
    let documents: HashMap<i64, &str> = counterparts
        .iter()
        .map(|(id, document)| (*id, document.as_str()))
        .collect();
    let mut results = Vec::with_capacity(task.matches.len());
    let mut failures: Vec<FailedMatches> = Vec::new();
    for one in &task.matches {
        let counterpart = documents
            .get(&one.counterpart_id)
            .ok_or_else(|| profiles::not_found(kind, one.counterpart_id))
            .and_then(|document| profiles::compile(engine, kind, document));
        match counterpart {
            Ok(counterpart) => {
                let pair = task.pair(one.counterpart_id);
                let scored = profiles::score(engine, &subject, &counterpart, pair, computed_at);
                // A subject and a counterpart are never of one kind.
                results.extend(scored.map(|scored| (*one, scored)));
            }
            Err(error) => add_failure(&mut failures, task, *one, error),
        }
    }
    ScoredTask { results, failures }
}

/// Groups failures by code: matches that failed alike share a dead letter.
fn add_failure(failures: &mut Vec<FailedMatches>, task: &Task, one: TaskMatch, error: TaskError) {
    match failures
        .iter_mut()
        .find(|group| group.error.code == error.code)
    {
        Some(group) => {
            group.matches.push(one);
            let kind = task.subject_kind.counterpart();
            let count = group.matches.len();
            group.error.detail = match kind {
                ProfileKind::Candidate => format!("{count} candidates failed alike"),
                ProfileKind::JobPosting => format!("{count} job postings failed alike"),
            } + &format!("; the first: {}", first_detail(&group.error.detail));
        }
        None => failures.push(failed(&[one], error)),
    }
}

fn first_detail(detail: &str) -> &str {
    detail
        .split_once("the first: ")
        .map_or(detail, |(_, first)| first)
}

fn failed(matches: &[TaskMatch], error: TaskError) -> FailedMatches {
    FailedMatches {
        matches: matches.to_vec(),
        error,
        split_task_id: TaskId::from_trusted(Ulid::generate().to_string()),
    }
}
