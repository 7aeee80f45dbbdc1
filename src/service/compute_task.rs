//! Runs one task: claims it, loads its profiles, scores them, records the outcome.
//!
//! Idempotent: the ledger decides. A pointer without a queued, due task is settled at once; a
//! second run of the same task has a newer lease token, and only the newest may record an outcome.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use metrics::{counter, histogram};
use tokio::{sync::Notify, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, debug, error, error_span, info, warn};
use ulid::Ulid;

use super::{
    Backoff,
    compiled_profiles::{CompiledProfiles, ProfileToScore},
    dependencies,
    dispatcher::Dispatcher,
    failure::{AttemptError, NextStep, spread},
    leases::LeaseKeeper,
    panics::{self, Panicked},
    profiles::{self, Comparison, CompiledProfile, ScoredMatch},
    result_documents::{BatchReporter, announce_documents, store_document},
};
use crate::{
    documents::DocumentStore,
    domain::{
        error_fingerprint::first_detail,
        event::format_timestamp,
        identifiers::{BatchId, JobId, ProfileId, TaskId, WorkId},
        queue_name::QueueName,
        task::{ClaimedTask, Pair, Task, TaskError, TaskMatch},
    },
    outage::{OutageReports, with_causes},
    queue::{PointerHandler, PointerOutcome},
    store::{
        Dependencies, Dispatch, DocumentAnnouncements, FailedMatches, Guarded, Leases, NewResult,
        Outcomes, PairVersions, Recorded, StoreError,
    },
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Engine};

/// The maximum number of profiles that an error names.
const NAMED_PROFILES: usize = 20;

/// The limits of the pauses between attempts to write while the database is unavailable.
const SHORTEST_WRITE_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_WRITE_PAUSE: Duration = Duration::from_secs(2);

/// Scores a comparison's subject with another compiled profile and writes the given time into the
/// document; `None` for two profiles of the same kind.
pub type ScorePair = fn(&mut Comparison, &CompiledProfile, Pair, &str) -> Option<ScoredMatch>;

/// Starts the scoring of a task apart from the runtime's threads, which it would block.
pub type StartScoring = fn(Box<dyn FnOnce() -> ScoredTask + Send>) -> JoinHandle<ScoredTask>;

/// The ports of the ledger that the run of a task itself needs.
pub trait TaskPorts: Leases + Outcomes + DocumentAnnouncements {}

impl<T: Leases + Outcomes + DocumentAnnouncements + ?Sized> TaskPorts for T {}

/// The ports and settings of running tasks.
pub struct TaskRunner<S: ?Sized> {
    /// The ledger.
    pub store: Arc<S>,
    /// The dispatch of the task, which is undone if the task can't be claimed.
    pub dispatch: Arc<dyn Dispatch>,
    /// The tasks that wait for matches of this one.
    pub dependencies: Arc<dyn Dependencies>,
    /// Saves the report of the batch that the task ends.
    pub reporter: Arc<dyn BatchReporter>,
    /// The store of large result documents.
    pub documents: Arc<dyn DocumentStore>,
    /// The scoring engine.
    pub engine: Arc<Engine>,
    /// The cache of compiled profiles.
    pub profiles: Arc<CompiledProfiles>,
    /// The function that scores a pair: [`profiles::score`].
    pub score_pair: ScorePair,
    /// The function that starts scoring: [`tokio::task::spawn_blocking`].
    pub start_scoring: StartScoring,
    /// The function that draws a number in [0, 1) for the lengths of pauses.
    pub draw: fn() -> f64,
    /// The leases of this process.
    pub leases: Arc<LeaseKeeper>,
    /// Notified when a window has room again.
    pub dispatcher: Arc<Dispatcher>,
    /// Notified when deliveries were recorded.
    pub deliveries_recorded: Arc<Notify>,
    /// Decides which writes that fail are worth a log line.
    pub write_reports: OutageReports,
    /// The name under which this process claims tasks; each run appends a unique suffix.
    pub worker_name: String,
    /// The maximum number of attempts after the first.
    pub max_retries: u32,
    /// The pauses between attempts.
    pub backoff: Backoff,
    /// The time limit of one attempt.
    pub attempt_timeout: Duration,
    /// The maximum size in bytes of a result document that is stored in the database.
    pub inline_limit: usize,
    /// Cancelled when this process stops: tasks of pointers that it can no longer claim are left to
    /// the sweep.
    pub stopping: CancellationToken,
}

/// The outcome of an attempt.
struct Outcome {
    results: Vec<NewResult>,
    failures: Vec<FailedMatches>,
}

impl Outcome {
    /// Logs and counts the end of the task.
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

/// Each task is spawned on its own: a pool that ends with its Redis connection drops its handlers
/// and must not abort running tasks.
#[async_trait]
impl<S: TaskPorts + ?Sized> PointerHandler for Arc<TaskRunner<S>> {
    async fn handle(&self, id: TaskId) -> PointerOutcome {
        let runner = Arc::clone(self);
        let run = tokio::spawn(async move { runner.claim_and_run(id).await });
        run.await.unwrap_or_else(|panic| {
            error!(%panic, "a task panicked; its lease will expire");
            PointerOutcome::Settled
        })
    }
}

impl<S: TaskPorts + ?Sized> TaskRunner<S> {
    async fn claim_and_run(&self, id: TaskId) -> PointerOutcome {
        // A worker name that is unique to this run: a claim whose answer was lost is repeated under
        // it and finds the task that it took.
        let worker = format!("{}/{}", self.worker_name, Ulid::generate());
        let claim = || self.store.claim(&id, &worker, self.leases.lease());
        let claimed = match self.until_answered(&self.stopping, claim).await {
            Ok(Some(claimed)) => claimed,
            Ok(None) => {
                debug!(task.id = %id, "no task to claim for this pointer");
                return PointerOutcome::Settled;
            }
            Err(error) => {
                warn!(task.id = %id, error = with_causes(&error), "task not claimed");
                // The task is still queued in the ledger, but its pointer was consumed. If this
                // call fails too, the sweep finds the task later.
                if let Err(error) = self.dispatch.undo_dispatch(std::slice::from_ref(&id)).await {
                    debug!(
                        task.id = %id,
                        %error,
                        "the task stays marked as dispatched until the sweep finds it"
                    );
                }
                return PointerOutcome::Settled;
            }
        };
        self.dispatcher.task_taken(claimed.task.queue);
        let task = &claimed.task;
        let batch_id = task.batch_id.as_ref().map(BatchId::as_str);
        let job_id = task.job_id.as_ref().map(JobId::as_str);
        // Of the highest level, so that no filter of the log drops the ids.
        let span = error_span!(
            "task.compute_match",
            trace.id = task.trace.map(|trace| display(trace.trace_id())),
            job.id = batch_id.or(job_id).map(display),
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
            // A run whose lease is lost would only write what is refused.
            biased;
            () = guard.lost.cancelled() => {
                warn!("lease lost, or the task was cancelled; this run records nothing");
                return PointerOutcome::Settled;
            }
            outcome = attempt => outcome.unwrap_or(Err(AttemptError::TimedOut {
                seconds: self.attempt_timeout.as_secs(),
            })),
        };
        histogram!("matching_attempt_duration_seconds", "queue" => claimed.task.queue.as_str())
            .record(began.elapsed().as_secs_f64());
        match outcome {
            Ok(outcome) => self.record(claimed, &guard.lost, &outcome).await,
            Err(error) => self.record_failure(claimed, &guard.lost, &error).await,
        }
    }

    /// Loads and scores the profiles, and stores large documents. Writes nothing to the ledger.
    async fn attempt(&self, claimed: &ClaimedTask) -> Result<Outcome, AttemptError> {
        let task = &claimed.task;
        let counterpart_ids: Vec<ProfileId> =
            task.matches.iter().map(|one| one.counterpart_id).collect();
        let (kind, id) = (task.subject_kind, task.subject_id);
        let subject_ids = [id];
        let (mut subject, counterparts) = tokio::try_join!(
            self.profiles.read(kind, &subject_ids),
            self.profiles.read(kind.counterpart(), &counterpart_ids),
        )?;
        let Some(subject) = subject.remove(&id) else {
            let error = profiles::not_found(kind, id);
            return Ok(Outcome {
                results: vec![],
                failures: vec![failed(&task.matches, error)],
            });
        };
        let subject_version = subject.version();
        let versions: HashMap<ProfileId, PairVersions> = counterparts
            .iter()
            .map(|(id, read)| (*id, PairVersions::of(kind, subject_version, read.version())))
            .collect();
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
        let (score_pair, task_for_scoring, span) = (self.score_pair, task.clone(), Span::current());
        let profiles = Arc::clone(&self.profiles);
        let computed_at = format_timestamp(crate::clock::now());
        // A thread can't be stopped from outside; it checks between matches whether its outcome is
        // still awaited.
        let abandoned = CancellationToken::new();
        let _abandon = abandoned.clone().drop_guard();
        let scored = (self.start_scoring)(Box::new(move || {
            let scoring = Scoring {
                engine: &engine,
                profiles: &profiles,
                score_pair,
                task: &task_for_scoring,
                computed_at: &computed_at,
                abandoned: &abandoned,
            };
            span.in_scope(|| scoring.run(&subject, &counterparts))
        }))
        .await
        .map_err(|error| {
            error!(
                is_panic = error.is_panic(),
                "the scoring thread ended without an outcome"
            );
            AttemptError::BrokeOff
        })?;
        Ok(Outcome {
            results: self.place_results(task, &versions, scored.results).await?,
            failures: scored.failures,
        })
    }

    async fn place_results(
        &self,
        task: &Task,
        versions: &HashMap<ProfileId, PairVersions>,
        scored: Vec<(TaskMatch, ScoredMatch)>,
    ) -> Result<Vec<NewResult>, AttemptError> {
        let keyed: Vec<(Option<String>, TaskMatch, ScoredMatch)> = scored
            .into_iter()
            .map(|(one, scored)| {
                let is_large = scored.document.len() > self.inline_limit;
                let pair = task.pair(one.counterpart_id);
                (is_large.then(|| new_key(pair)), one, scored)
            })
            .collect();
        let keys: Vec<String> = keyed.iter().filter_map(|(key, ..)| key.clone()).collect();
        announce_documents(&*self.store, &keys).await?;
        let mut results = Vec::with_capacity(keyed.len());
        for (key, one, scored) in keyed {
            let documents = &*self.documents;
            let document =
                store_document(documents, key, "application/json", scored.document).await?;
            // Every scored match was read.
            let Some(versions) = versions.get(&one.counterpart_id) else {
                continue;
            };
            results.push(NewResult {
                versions: *versions,
                one,
                score: scored.score,
                category: scored.category,
                criterion_scores: scored.criterion_scores,
                score_cap: scored.score_cap,
                document,
            });
        }
        Ok(results)
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

    /// Records an outcome and follows up on it.
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
        let (has_dependents, ended_batch) = match self.until_answered(lost, write).await? {
            Recorded::Written {
                has_dependents,
                ended_batch,
            } => (has_dependents, ended_batch),
            Recorded::Fenced => {
                warn!("another worker holds this task; this run's outcome is discarded");
                return Ok(PointerOutcome::Settled);
            }
        };
        outcome.count(claimed.task.queue);
        if claimed.task.webhook_url.is_some() {
            self.deliveries_recorded.notify_one();
        }
        if has_dependents {
            self.resolve_dependents(&claimed.task, ended_batch.as_ref())
                .await;
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
        let cause = with_causes(error);
        let written = match error.next_step() {
            NextStep::Wait { at_least } => {
                let pause = spread(at_least, (self.draw)());
                let retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                warn!(
                    error = cause,
                    retry_in_ms, "task released; the attempt does not count"
                );
                let write = || self.store.release(claimed, pause, Some(&task_error));
                self.until_answered(lost, write).await
            }
            NextStep::Retry if attempts_left => {
                let pause = self.backoff.pause(claimed.attempt, (self.draw)());
                let retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                warn!(
                    error = cause,
                    retry_in_ms, "attempt failed; it is retried later"
                );
                let write = || self.store.schedule_retry(claimed, pause, &task_error);
                self.until_answered(lost, write).await
            }
            NextStep::Retry | NextStep::GiveUp => {
                error!(
                    error = cause,
                    "attempt failed; the task is a dead letter now"
                );
                let outcome = Outcome {
                    results: vec![],
                    failures: vec![failed(&claimed.task.matches, task_error)],
                };
                return self
                    .write_outcome(claimed, lost, &outcome)
                    .await
                    .unwrap_or_else(|error| {
                        warn!(
                            error = with_causes(&error),
                            "failure not recorded; the lease will expire"
                        );
                        PointerOutcome::Settled
                    });
            }
        };
        match written {
            Ok(Guarded::Written) => {}
            Ok(Guarded::Fenced) => warn!("another worker holds this task"),
            // The lease expires and the task is queued again.
            Err(error) => warn!(
                error = with_causes(&error),
                "failure not recorded; the lease will expire"
            ),
        }
        PointerOutcome::Settled
    }

    /// Queues or fails the tasks that waited for the jobs of this task, or for its batch if the
    /// batch ended with it. If this fails, the sweep of dependencies does it.
    async fn resolve_dependents(&self, task: &Task, ended_batch: Option<&BatchId>) {
        let matches = task.matches.iter();
        let mut ended: Vec<WorkId> = matches
            .map(|one| task.job_id_of(one.position).into())
            .collect();
        ended.extend(ended_batch.cloned().map(WorkId::from));
        if let Err(error) =
            dependencies::resolve(&*self.dependencies, &self.dispatcher, Some(&ended)).await
        {
            warn!(error = with_causes(&error), "dependents wait for the sweep");
        }
    }

    async fn save_report(&self, batch: &BatchId) {
        if let Err(error) = self.reporter.save(batch).await {
            warn!(batch.id = %batch, error = with_causes(&error), "batch report not saved; the sweep retries");
        }
    }

    /// Repeats a write while the database is unavailable or refuses it for a reason that an
    /// operator mends: the computed results are worth keeping, and the lease token decides whether
    /// they still count. There is no other time limit: while the database is unavailable no other
    /// worker can take the task, and if it answers other processes, the token fences this one.
    /// Returns the last error once `given_up` is cancelled: the lease has passed to another worker,
    /// or the process stops and has released its leases.
    async fn until_answered<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        given_up: &CancellationToken,
        mut write: impl FnMut() -> F,
    ) -> Result<T, StoreError> {
        let mut pause = SHORTEST_WRITE_PAUSE;
        loop {
            match write().await {
                Err(error) if error.is_retryable() && !given_up.is_cancelled() => {
                    // The breaker reports a database that answers nothing, but not one that refuses
                    // some statements only.
                    if let Some(failures) = self.write_reports.failed() {
                        warn!(
                            error = with_causes(&error),
                            failures, "tasks can't be claimed or recorded; it is tried again"
                        );
                    }
                    let asked = error.retry_after().unwrap_or(pause);
                    let wait = spread(asked.min(LONGEST_WRITE_PAUSE), (self.draw)());
                    // After the pause or the cancellation the write gets a last attempt.
                    let _ = tokio::time::timeout(wait, given_up.cancelled()).await;
                    pause = (pause * 2).min(LONGEST_WRITE_PAUSE);
                }
                answered => {
                    if answered.is_ok() && self.write_reports.succeeded() {
                        info!("tasks are claimed and recorded again");
                    }
                    return answered;
                }
            }
        }
    }
}

/// The scores of a task's matches.
#[derive(Default)]
pub struct ScoredTask {
    results: Vec<(TaskMatch, ScoredMatch)>,
    failures: Vec<FailedMatches>,
}

/// The CPU-bound part, run on a blocking thread: parse, compile, score, write documents.
struct Scoring<'a> {
    engine: &'a Engine,
    profiles: &'a CompiledProfiles,
    score_pair: ScorePair,
    task: &'a Task,
    computed_at: &'a str,
    /// Cancelled when the outcome is no longer awaited.
    abandoned: &'a CancellationToken,
}

impl Scoring<'_> {
    fn run(
        &self,
        subject: &ProfileToScore,
        counterparts: &HashMap<ProfileId, ProfileToScore>,
    ) -> ScoredTask {
        let task = self.task;
        let compiled = panics::catch(|| {
            let subject = self.compiled(task.subject_kind, task.subject_id, subject)?;
            Ok(Comparison::of(self.engine, &subject))
        });
        let mut comparison = match compiled {
            Ok(Ok(comparison)) => comparison,
            Ok(Err(error)) => return self.all_failed(error),
            Err(panicked) => return self.all_failed(self.panic_error(&task.matches, &panicked)),
        };
        let mut scored = ScoredTask::default();
        // Matches whose scoring panicked share a dead letter, apart from other failures.
        let mut broken: Vec<TaskMatch> = Vec::new();
        let mut first_panic = None;
        for one in &task.matches {
            if self.abandoned.is_cancelled() {
                break;
            }
            let counterpart = counterparts.get(&one.counterpart_id);
            // After a panic the comparison keeps its earlier cache entries.
            match panics::catch(|| self.score_match(&mut comparison, *one, counterpart)) {
                // A subject and a counterpart never have the same kind.
                Ok(Ok(score)) => scored.results.extend(score.map(|score| (*one, score))),
                Ok(Err(error)) => add_failure(&mut scored.failures, task, *one, error),
                Err(panicked) => {
                    broken.push(*one);
                    first_panic.get_or_insert(panicked);
                }
            }
        }
        if let Some(panicked) = first_panic {
            let error = self.panic_error(&broken, &panicked);
            scored.failures.push(failed(&broken, error));
        }
        scored
    }

    /// Compiles the counterpart and scores the match. Fails if the profile isn't stored or can't be
    /// read; returns `None` for two profiles of the same kind, which no task has. May panic: the
    /// caller catches it.
    fn score_match(
        &self,
        comparison: &mut Comparison,
        one: TaskMatch,
        counterpart: Option<&ProfileToScore>,
    ) -> Result<Option<ScoredMatch>, TaskError> {
        let kind = self.task.subject_kind.counterpart();
        let counterpart =
            counterpart.ok_or_else(|| profiles::not_found(kind, one.counterpart_id))?;
        let counterpart = self.compiled(kind, one.counterpart_id, counterpart)?;
        let pair = self.task.pair(one.counterpart_id);
        Ok((self.score_pair)(
            comparison,
            &counterpart,
            pair,
            self.computed_at,
        ))
    }

    fn compiled(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        read: &ProfileToScore,
    ) -> Result<CompiledProfile, TaskError> {
        self.profiles.compile(self.engine, kind, id, read)
    }

    fn all_failed(&self, error: TaskError) -> ScoredTask {
        ScoredTask {
            results: vec![],
            failures: vec![failed(&self.task.matches, error)],
        }
    }

    /// Returns the error of a panic. It names the profiles by their ids and reveals nothing of
    /// their contents.
    fn panic_error(&self, broken: &[TaskMatch], panicked: &Panicked) -> TaskError {
        let task = self.task;
        let ids: Vec<String> = broken
            .iter()
            .take(NAMED_PROFILES)
            .map(|one| one.counterpart_id.to_string())
            .collect();
        let more = match broken.len().saturating_sub(ids.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let detail = format!(
            "scoring {} {} against {} {}{more} broke the engine at {}; report it with these profiles",
            task.subject_kind,
            task.subject_id,
            task.subject_kind.counterpart(),
            ids.join(", "),
            panicked.place,
        );
        error!(detail, "scoring panicked");
        TaskError::new("scoring_panicked", detail)
    }
}

/// Groups failures by code: matches with the same failure share a dead letter.
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

/// Returns a key of the document store for a large result of this pair. Each run has its own, so
/// that it never overwrites a document to which a row points.
fn new_key(pair: Pair) -> String {
    let Pair {
        candidate_id,
        job_posting_id,
    } = pair;
    let run = Ulid::generate();
    format!("results/{candidate_id}/{job_posting_id}/{run}.json")
}

fn failed(matches: &[TaskMatch], error: TaskError) -> FailedMatches {
    FailedMatches {
        matches: matches.to_vec(),
        error,
        split_task_id: Ulid::generate().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier, LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::{
        domain::{submission::WebhookEvents, task::Withdrawal},
        queue::{InProcessQueues, TaskQueues},
        service::fakes::{
            LedgerOfOneTask, NoDocuments, NoReports, NothingDue, ProfilesInMemory,
            ScriptedDependencies, WrittenEnd, id_of, idle_dispatcher,
        },
        store::Profiles,
    };

    const LONG: Duration = Duration::from_mins(10);

    /// Panics for one posting with a message that quotes the profile.
    fn breaks_on_posting_3(
        comparison: &mut Comparison,
        other: &CompiledProfile,
        pair: Pair,
        computed_at: &str,
    ) -> Option<ScoredMatch> {
        assert!(pair.job_posting_id.number() != 3, "a secret of the CV");
        profiles::score(comparison, other, pair, computed_at)
    }

    /// Returns the first attempt at a task of a batch: candidate 1 against these postings.
    fn claimed_task(postings: &[i64]) -> ClaimedTask {
        let matches = (1..).zip(postings).map(|(position, id)| TaskMatch {
            position,
            counterpart_id: id_of(*id),
        });
        ClaimedTask {
            task: Task {
                id: "task".parse().unwrap(),
                job_id: None,
                batch_id: Some("batch".parse().unwrap()),
                queue: QueueName::Bulk,
                subject_kind: ProfileKind::Candidate,
                subject_id: id_of(1),
                matches: matches.collect(),
                webhook_url: None,
                webhook_events: WebhookEvents::Each,
                weights: None,
                trace: None,
            },
            attempt: 1,
            lease_token: 7,
        }
    }

    /// Returns a runner whose ledger has one task: candidate 1 against these postings.
    async fn runner(postings: &[i64], score_pair: ScorePair) -> TaskRunner<LedgerOfOneTask> {
        let stored = Arc::new(ProfilesInMemory::default());
        for (kind, ids) in [
            (ProfileKind::Candidate, &[1][..]),
            (ProfileKind::JobPosting, postings),
        ] {
            let document = |id: &i64| (id_of(*id), format!(r#"{{"id":{id},"title":"Developer"}}"#));
            let documents: Vec<(ProfileId, String)> = ids.iter().map(document).collect();
            stored.put_profiles(kind, &documents).await.unwrap();
        }
        let store = Arc::new(LedgerOfOneTask::new(claimed_task(postings)));
        TaskRunner {
            dispatch: Arc::new(NothingDue),
            dependencies: Arc::<ScriptedDependencies>::default(),
            reporter: Arc::new(NoReports),
            documents: Arc::new(NoDocuments),
            engine: Arc::new(Engine::new(matching_engine::scoring::Weights::default())),
            profiles: Arc::new(CompiledProfiles::new(stored, 1 << 20)),
            score_pair,
            start_scoring: tokio::task::spawn_blocking,
            draw: rand::random,
            leases: LeaseKeeper::new(store.clone(), LONG),
            dispatcher: idle_dispatcher(Arc::new(InProcessQueues::default())),
            deliveries_recorded: Arc::default(),
            write_reports: OutageReports::default(),
            worker_name: "worker".to_owned(),
            max_retries: 3,
            backoff: Backoff {
                base: LONG,
                cap: LONG,
            },
            attempt_timeout: LONG,
            inline_limit: usize::MAX,
            stopping: CancellationToken::new(),
            store,
        }
    }

    async fn handle(runner: &Arc<TaskRunner<LedgerOfOneTask>>) -> PointerOutcome {
        runner.handle("task".parse().unwrap()).await
    }

    /// Returns the only outcome that was recorded.
    fn outcome(ledger: &LedgerOfOneTask) -> (Vec<NewResult>, Vec<FailedMatches>) {
        match ledger.written().pop() {
            Some(WrittenEnd::Outcome { results, failures }) => (results, failures),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_pair_that_breaks_the_engine_fails_alone_and_is_named() {
        let runner = Arc::new(runner(&[1, 2, 3, 4, 5], breaks_on_posting_3).await);
        assert_eq!(handle(&runner).await, PointerOutcome::Settled);

        let (results, failures) = outcome(&runner.store);
        let scored: Vec<i32> = results.iter().map(|result| result.one.position).collect();
        assert_eq!(scored, [1, 2, 4, 5]);
        let [FailedMatches { matches, error, .. }] = &failures[..] else {
            panic!("{failures:?}");
        };
        assert_eq!(matches, &[claimed_task(&[1, 2, 3]).task.matches[2]]);
        assert_eq!(error.code, "scoring_panicked");
        let detail = &error.detail;
        assert!(
            detail.starts_with("scoring candidate 1 against job posting 3 broke the engine at ")
                && detail.contains("compute_task.rs:"),
            "{detail}"
        );
        assert!(!detail.contains("secret"), "{detail}");
    }

    #[tokio::test]
    async fn a_task_whose_only_pair_breaks_the_engine_is_a_dead_letter_at_once() {
        let runner = Arc::new(runner(&[3], breaks_on_posting_3).await);
        let code = "scoring_panicked".to_owned();
        assert_eq!(handle(&runner).await, PointerOutcome::DeadLetter { code });
        let (results, failures) = outcome(&runner.store);
        assert_eq!((results.len(), failures.len()), (0, 1), "no retry can help");
    }

    /// The barrier at which a scoring thread and its test meet: at the beginning of the scoring,
    /// and before its end.
    static RENDEZVOUS: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    static SCORED: AtomicUsize = AtomicUsize::new(0);

    fn waits_for_the_test(
        comparison: &mut Comparison,
        other: &CompiledProfile,
        pair: Pair,
        computed_at: &str,
    ) -> Option<ScoredMatch> {
        if SCORED.fetch_add(1, Ordering::SeqCst) == 0 {
            RENDEZVOUS.wait();
            RENDEZVOUS.wait();
        }
        profiles::score(comparison, other, pair, computed_at)
    }

    #[test]
    fn a_run_that_is_cancelled_ends_at_once_and_its_thread_after_the_pair_at_hand() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let runner = Arc::new(runner(&[1, 2, 3], waits_for_the_test).await);
            let queues = InProcessQueues::default();
            let withdrawals = queues.withdrawals();
            tokio::spawn(Arc::clone(&runner.leases).apply_withdrawals(withdrawals));
            let handling = Arc::clone(&runner);
            let run = tokio::spawn(async move { handle(&handling).await });
            let begun = tokio::task::spawn_blocking(|| RENDEZVOUS.wait());
            begun.await.unwrap();
            let withdrawn = Withdrawal {
                task_id: "task".parse().unwrap(),
                lease_token: 7,
            };
            queues.announce_withdrawals(&[withdrawn]).await.unwrap();
            // The run does not wait for its thread, which is still scoring its first pair.
            assert_eq!(run.await.unwrap(), PointerOutcome::Settled);
            let released = tokio::task::spawn_blocking(|| RENDEZVOUS.wait());
            released.await.unwrap();
            assert!(runner.store.written().is_empty());
        });
        // Dropping the runtime waits for the thread.
        drop(runtime);
        assert_eq!(SCORED.load(Ordering::SeqCst), 1);
    }

    /// Set when the attempt has ended, for which a scoring thread waits if it started at all.
    static ATTEMPT_ENDED: OnceLock<()> = OnceLock::new();

    fn outlasts_its_attempt(
        comparison: &mut Comparison,
        other: &CompiledProfile,
        pair: Pair,
        computed_at: &str,
    ) -> Option<ScoredMatch> {
        ATTEMPT_ENDED.wait();
        profiles::score(comparison, other, pair, computed_at)
    }

    #[tokio::test]
    async fn an_attempt_that_takes_too_long_is_tried_again_later() {
        let mut runner = runner(&[1], outlasts_its_attempt).await;
        runner.attempt_timeout = Duration::ZERO;
        let runner = Arc::new(runner);
        let settled = handle(&runner).await;
        ATTEMPT_ENDED.set(()).unwrap();
        assert_eq!(settled, PointerOutcome::Settled);
        let written = runner.store.written();
        let [
            WrittenEnd::Retry {
                attempt,
                after,
                error,
            },
        ] = &written[..]
        else {
            panic!("{written:?}");
        };
        assert_eq!((*attempt, &*error.code), (1, "attempt_timed_out"));
        assert!(*after > Duration::ZERO);
    }
}
