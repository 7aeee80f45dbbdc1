//! Running one task: claim it, load its profiles, score them, record the outcome.
//!
//! Idempotency: the ledger decides. A pointer without a queued, due task behind it is settled at
//! once; a second run of the same task has a newer lease token, and only the newest may record.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use metrics::{counter, histogram};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
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
        error_fingerprint::first_detail,
        event::format_timestamp,
        identifiers::{BatchId, JobId, TaskId},
        profile_kind::ProfileKind,
        queue_name::QueueName,
        task::{ClaimedTask, Task, TaskError, TaskMatch},
    },
    queue::{PointerHandler, PointerOutcome},
    scoring::Engine,
    store::{FailedMatches, Guarded, NewResult, Recorded, Store, StoreError},
};

/// How long a task rests after an attempt that failed through a fault of ours.
const RELEASE_PAUSE: Duration = Duration::from_secs(2);

/// The pauses between writes while the database is away.
const SHORTEST_WRITE_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_WRITE_PAUSE: Duration = Duration::from_secs(2);

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
    /// Cancelled when this process stops: pointers it can't claim any more are left to the sweep.
    pub stopping: CancellationToken,
}

/// What an attempt found out.
struct Outcome {
    results: Vec<NewResult>,
    failures: Vec<FailedMatches>,
}

impl Outcome {
    /// Says how the task ended: one line, two counters.
    fn count(&self, queue: QueueName) {
        let completed = self.results.len();
        let failed: usize = self.failures.iter().map(|group| group.matches.len()).sum();
        for (outcome, matches) in [("completed", completed), ("failed", failed)] {
            counter!("matching_matches_total", "queue" => queue.as_str(), "outcome" => outcome)
                .increment(matches as u64);
        }
        match self.failures.first() {
            None => info!(completed, "task ended"),
            Some(first) => info!(
                completed,
                failed,
                reason = first.error.code,
                "task ended with failures"
            ),
        }
    }
}

/// A task runs on its own: a pool that ends with its Redis connection drops its handlers, and must
/// not take running tasks with it.
#[async_trait]
impl PointerHandler for Arc<TaskRunner> {
    async fn handle(&self, id: TaskId) -> PointerOutcome {
        let runner = Arc::clone(self);
        let run = tokio::spawn(async move { runner.claim_and_run(id).await });
        run.await.unwrap_or_else(|panic| {
            error!(%panic, "a task's run broke; its lease will expire");
            PointerOutcome::Settled
        })
    }
}

impl TaskRunner {
    async fn claim_and_run(&self, id: TaskId) -> PointerOutcome {
        let claim = || {
            self.store
                .claim(&id, &self.worker_name, self.leases.lease())
        };
        let claimed = match until_answered(&self.stopping, claim).await {
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
        self.dispatcher.task_taken(claimed.task.queue);
        let span = info_span!(
            "task.compute_match",
            task.id = %id,
            task.attempt = claimed.attempt,
            queue.name = %claimed.task.queue,
        );
        self.run(&claimed).instrument(span).await
    }

    async fn run(&self, claimed: &ClaimedTask) -> PointerOutcome {
        let guard = self.leases.keep(claimed);
        let began = Instant::now();
        let attempt = tokio::time::timeout(self.attempt_timeout, self.attempt(claimed));
        let outcome = tokio::select! {
            outcome = attempt => outcome.unwrap_or(Err(AttemptError::TimedOut {
                seconds: self.attempt_timeout.as_secs(),
            })),
            () = guard.lost.cancelled() => {
                warn!("lease lost, or the task was cancelled; this run ends without a trace");
                return PointerOutcome::Settled;
            }
        };
        histogram!("matching_attempt_duration_seconds", "queue" => claimed.task.queue.as_str())
            .record(began.elapsed().as_secs_f64());
        match outcome {
            Ok(outcome) => self.record(claimed, &guard.lost, &outcome).await,
            Err(error) => self.record_failure(claimed, &guard.lost, &error).await,
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
        let engine = match &task.weights {
            None => Arc::clone(&self.engine),
            Some(weights) => match serde_json::from_str(weights) {
                Ok(weights) => Arc::new(Engine::new(weights)),
                Err(error) => {
                    let detail = format!(
                        "the weights kept with this task can't be read; ask again: {error}"
                    );
                    let error = TaskError::new("weights_unreadable", detail);
                    return Ok(Outcome {
                        results: vec![],
                        failures: vec![failed(&task.matches, error)],
                    });
                }
            },
        };
        let task_for_scoring = task.clone();
        // Dropped with this attempt, whatever ends it: what nobody waits for is not scored further.
        let interrupted = CancellationToken::new();
        let _interrupting = interrupted.clone().drop_guard();
        let computed_at = format_timestamp(chrono::Utc::now());
        let scored = tokio::task::spawn_blocking(move || {
            score(
                &engine,
                &task_for_scoring,
                &subject.document,
                &counterparts,
                &computed_at,
                &interrupted,
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
                criterion_scores: scored.criterion_scores,
                score_cap: scored.score_cap,
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
        lost: &CancellationToken,
        outcome: &Outcome,
    ) -> PointerOutcome {
        match self.write_outcome(claimed, lost, outcome).await {
            Ok(settled) => settled,
            Err(error) => self.record_failure(claimed, lost, &error.into()).await,
        }
    }

    /// Records an outcome and sees to all that follows from it.
    async fn write_outcome(
        &self,
        claimed: &ClaimedTask,
        lost: &CancellationToken,
        outcome: &Outcome,
    ) -> Result<PointerOutcome, StoreError> {
        let write = || {
            self.store
                .record_outcome(claimed, &outcome.results, &outcome.failures)
        };
        let (has_dependents, ended_batch) = match until_answered(lost, write).await? {
            Recorded::Written {
                has_dependents,
                ended_batch,
            } => (has_dependents, ended_batch),
            Recorded::Fenced => {
                warn!("another worker has this task now; this run's outcome is dropped");
                return Ok(PointerOutcome::Settled);
            }
        };
        outcome.count(claimed.task.queue);
        if claimed.task.webhook_url.is_some() {
            self.deliveries_recorded.notify_one();
        }
        if has_dependents {
            self.follow_up(&claimed.task).await;
        }
        if let Some(batch) = ended_batch {
            self.save_report(&batch).await;
        }
        Ok(match outcome.failures.first() {
            Some(group) if outcome.results.is_empty() => PointerOutcome::DeadLetter {
                code: group.error.code.clone(),
            },
            _ => PointerOutcome::Settled,
        })
    }

    async fn record_failure(
        &self,
        claimed: &ClaimedTask,
        lost: &CancellationToken,
        error: &AttemptError,
    ) -> PointerOutcome {
        let task_error = error.as_task_error();
        let attempts_left = u32::try_from(claimed.attempt).unwrap_or(u32::MAX) <= self.max_retries;
        let cause = error as &(dyn std::error::Error + Send + Sync);
        let written = match error.next_step() {
            NextStep::Release => {
                warn!(
                    error = cause as &dyn std::error::Error,
                    "attempt given back; it does not count"
                );
                let write = || {
                    self.store
                        .release(claimed, RELEASE_PAUSE, Some(&task_error))
                };
                until_answered(lost, write).await
            }
            NextStep::Retry if attempts_left => {
                let pause = self.backoff.pause(claimed.attempt, rand::random());
                let retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                warn!(
                    error = cause as &dyn std::error::Error,
                    retry_in_ms, "attempt failed, retry later"
                );
                let write = || self.store.schedule_retry(claimed, pause, &task_error);
                until_answered(lost, write).await
            }
            NextStep::Retry | NextStep::DeadLetter => {
                error!(
                    error = cause as &dyn std::error::Error,
                    "attempt failed finally; a dead letter"
                );
                let outcome = Outcome {
                    results: vec![],
                    failures: vec![failed(&claimed.task.matches, task_error)],
                };
                return self
                    .write_outcome(claimed, lost, &outcome)
                    .await
                    .unwrap_or_else(|error| {
                        warn!(%error, "failure not recorded; the lease will expire");
                        PointerOutcome::Settled
                    });
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

/// Repeats a write while the database is away: what was computed is worth keeping, and the ledger's
/// token decides whether it still counts. Ends with the last error once `given_up` is cancelled.
async fn until_answered<T, F: Future<Output = Result<T, StoreError>>>(
    given_up: &CancellationToken,
    mut write: impl FnMut() -> F,
) -> Result<T, StoreError> {
    let mut pause = SHORTEST_WRITE_PAUSE;
    loop {
        match write().await {
            Err(error) if error.is_retryable() && !given_up.is_cancelled() => {
                // Whether the pause ended or it was given up, the write has a last chance.
                let _ = tokio::time::timeout(pause, given_up.cancelled()).await;
                pause = (pause * 2).min(LONGEST_WRITE_PAUSE);
            }
            answered => return answered,
        }
    }
}

struct ScoredTask {
    results: Vec<(TaskMatch, ScoredMatch)>,
    failures: Vec<FailedMatches>,
}

/// The CPU part, run on a blocking thread: parse, compile, score, write documents. Ends early, with
/// what nobody will look at, once it was interrupted.
fn score(
    engine: &Engine,
    task: &Task,
    subject: &str,
    counterparts: &[(i64, String)],
    computed_at: &str,
    interrupted: &CancellationToken,
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
        if interrupted.is_cancelled() {
            break;
        }
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

fn failed(matches: &[TaskMatch], error: TaskError) -> FailedMatches {
    FailedMatches {
        matches: matches.to_vec(),
        error,
        split_task_id: TaskId::from_trusted(Ulid::generate().to_string()),
    }
}
