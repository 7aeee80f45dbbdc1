//! Builders and helpers of the contract tests: submissions with defaults, claims, outcomes.

use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use matching::{
    domain::{
        dead_letter::{DeadLetter, DeadLetterFilter},
        delivery::{Delivery, DeliveryFilter, DeliveryPage},
        dependency::{Dependency, OnParentFailure},
        identifiers::{BatchId, DeadLetterId, InvalidId, JobId, TaskId, WorkId},
        operator_action::{OperatorAction, OperatorActionKind},
        paging::NewestFirst,
        queue_name::QueueName,
        submission::{NewTask, Submission, SubmissionIdentity, SubmissionOptions, WebhookEvents},
        task::{ClaimedTask, TaskError, TaskMatch, TaskState},
        trace::TraceContext,
    },
    store::{
        DeliveryClaim, DocumentLocation, FailedMatches, NewResult, PairVersions, Recorded,
        StoreError, SubmissionOutcome,
    },
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Criterion};
use ulid::Ulid;

use crate::support::databases::TestStore;

/// A lease that no test outlives.
pub const LONG: Duration = Duration::from_hours(1);

/// Returns ids that sort in the order of their creation, so that "oldest first" is unambiguous even
/// if two rows have the same millisecond.
fn next_id(kind: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{kind}{:06}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the id of a candidate, a job posting or a profile of either kind.
pub fn id_of<Id: TryFrom<i64, Error = InvalidId>>(number: i64) -> Id {
    Id::try_from(number).unwrap()
}

/// Returns the name of a dead letter by this id of its task or job.
pub fn named(id: impl Display) -> DeadLetterId {
    id.to_string().parse().unwrap()
}

/// A builder of submissions: candidate 1, the standard queue, no webhook.
pub struct Asking(Submission);

/// Starts a submission of one match, with job posting 10.
pub fn single() -> Asking {
    let job_id = next_id("job").parse::<JobId>().unwrap();
    asking(SubmissionIdentity::Single(job_id), &[10], 1)
}

/// Starts a submission of many matches, in tasks of up to `chunk`.
pub fn bulk(job_postings: &[i64], chunk: usize) -> Asking {
    let batch_id = next_id("batch").parse::<BatchId>().unwrap();
    asking(SubmissionIdentity::Batch(batch_id), job_postings, chunk)
}

fn asking(identity: SubmissionIdentity, counterparts: &[i64], chunk: usize) -> Asking {
    let tasks = counterparts
        .chunks(chunk)
        .enumerate()
        .map(|(index, chunk_ids)| NewTask {
            id: next_id("task").parse::<TaskId>().unwrap(),
            first_position: i32::try_from(index * chunk + 1).unwrap(),
            counterpart_ids: chunk_ids.iter().map(|number| id_of(*number)).collect(),
        })
        .collect();
    Asking(Submission {
        identity,
        named_by_caller: false,
        idempotency_key: None,
        fingerprint: "this call".to_owned(),
        subject_kind: ProfileKind::Candidate,
        subject_id: id_of(1),
        tasks,
        options: SubmissionOptions {
            queue: QueueName::Standard,
            depends_on: None,
            dependency_expiry: LONG,
            webhook_url: None,
            webhook_events: WebhookEvents::Each,
            user_id: None,
            weights: None,
            trace: TraceContext::begun(Ulid::generate()),
        },
    })
}

impl Asking {
    pub fn named(mut self, id: &str) -> Self {
        self.0.identity = match self.0.identity {
            SubmissionIdentity::Single(_) => {
                SubmissionIdentity::Single(id.parse::<JobId>().unwrap())
            }
            SubmissionIdentity::Batch(_) => {
                SubmissionIdentity::Batch(id.parse::<BatchId>().unwrap())
            }
        };
        self.0.named_by_caller = true;
        self
    }

    pub fn with_key(mut self, key: &str) -> Self {
        self.0.idempotency_key = Some(key.to_owned());
        self
    }

    pub fn with_fingerprint(mut self, fingerprint: &str) -> Self {
        fingerprint.clone_into(&mut self.0.fingerprint);
        self
    }

    pub fn of_candidate(mut self, number: i64) -> Self {
        self.0.subject_id = id_of(number);
        self
    }

    pub fn of_job_posting(mut self, number: i64) -> Self {
        self.0.subject_kind = ProfileKind::JobPosting;
        self.0.subject_id = id_of(number);
        self
    }

    pub fn in_queue(mut self, queue: QueueName) -> Self {
        self.0.options.queue = queue;
        self
    }

    pub fn after(mut self, parent: &str) -> Self {
        self.0.options.depends_on = Some(Dependency::on(parent.parse::<WorkId>().unwrap()));
        self
    }

    /// Runs the task even if the dependency fails. Requires a dependency.
    pub fn running_anyway(mut self) -> Self {
        let dependency = self.0.options.depends_on.as_mut().unwrap();
        dependency.on_failure = OnParentFailure::Run;
        self
    }

    pub fn waiting_at_most(mut self, expiry: Duration) -> Self {
        self.0.options.dependency_expiry = expiry;
        self
    }

    pub fn announcing(mut self, events: WebhookEvents) -> Self {
        self.0.options.webhook_url = Some("https://platform.example/hook".to_owned());
        self.0.options.webhook_events = events;
        self
    }

    /// Sets the URL of the receiver. Requires announced events.
    pub fn to(mut self, url: &str) -> Self {
        self.0.options.webhook_url = Some(url.to_owned());
        self
    }

    pub fn for_user(mut self, user: &str) -> Self {
        self.0.options.user_id = Some(user.to_owned());
        self
    }

    pub fn weighed(mut self, weights: &str) -> Self {
        self.0.options.weights = Some(weights.to_owned());
        self
    }

    /// Submits it; returns any outcome.
    pub async fn offer(self, store: &TestStore) -> SubmissionOutcome {
        self.try_offer(store).await.unwrap()
    }

    /// Submits it to a store that may not answer.
    pub async fn try_offer(self, store: &TestStore) -> Result<SubmissionOutcome, StoreError> {
        store.submit(&self.0, false).await
    }

    /// Returns the store's answer to an earlier submission.
    pub async fn earlier_submission(self, store: &TestStore) -> Option<SubmissionOutcome> {
        store.earlier_submission(&self.0).await.unwrap()
    }

    /// Submits it; panics unless it is new.
    pub async fn submit(self, store: &TestStore) -> Submission {
        let accepted = store.submit(&self.0, false).await.unwrap();
        assert_eq!(accepted, SubmissionOutcome::New);
        self.0
    }

    /// Submits it as dispatched; panics unless it is new.
    pub async fn submit_dispatched(self, store: &TestStore) -> Submission {
        let accepted = store.submit(&self.0, true).await.unwrap();
        assert_eq!(accepted, SubmissionOutcome::New);
        self.0
    }
}

/// Returns the job id of the n-th match, or of the only one.
pub fn job(submission: &Submission, position: i32) -> JobId {
    match &submission.identity {
        SubmissionIdentity::Single(id) => id.clone(),
        SubmissionIdentity::Batch(id) => JobId::of_batch(id, position),
    }
}

/// Returns the submission's batch.
pub fn batch(submission: &Submission) -> BatchId {
    submission.identity.as_str().parse().unwrap()
}

/// Claims a submission's only or first task.
pub async fn claim(store: &TestStore, submission: &Submission) -> ClaimedTask {
    claim_for(store, &submission.tasks[0].id, LONG).await
}

/// Claims all of a submission's tasks.
pub async fn claim_all(store: &TestStore, submission: &Submission) -> Vec<ClaimedTask> {
    let mut claimed = Vec::new();
    for task in &submission.tasks {
        claimed.push(claim_for(store, &task.id, LONG).await);
    }
    claimed
}

pub async fn claim_for(store: &TestStore, id: &TaskId, lease: Duration) -> ClaimedTask {
    let claimed = store.claim(id, "worker", lease).await.unwrap();
    claimed.expect("the task is queued and due")
}

/// Claims a task with a lease that expires at once, and expires it.
pub async fn lose_worker(store: &TestStore, id: &TaskId) -> ClaimedTask {
    let claimed = claim_for(store, id, Duration::ZERO).await;
    store.expire_leases(100, LONG).await.unwrap();
    claimed
}

/// Returns a result with this score.
pub fn result(one: TaskMatch, score: f64) -> NewResult {
    NewResult {
        one,
        score,
        category: "good",
        criterion_scores: [Some(score); Criterion::ALL.len()],
        score_cap: None,
        versions: PairVersions {
            candidate: 0,
            job_posting: 0,
        },
        document: DocumentLocation::Inline(format!("{{\"score\":{score}}}")),
    }
}

/// Returns a result with this score for each match.
pub fn results(claimed: &ClaimedTask, score: f64) -> Vec<NewResult> {
    let matches = claimed.task.matches.iter();
    matches.map(|one| result(*one, score)).collect()
}

/// Returns failed matches with this error code.
pub fn failure(matches: &[TaskMatch], code: &str) -> FailedMatches {
    FailedMatches {
        matches: matches.to_vec(),
        error: TaskError::new(code, "what happened"),
        split_task_id: next_id("task").parse::<TaskId>().unwrap(),
    }
}

/// Records a result for each match.
pub async fn complete(store: &TestStore, claimed: &ClaimedTask) -> Recorded {
    let results = results(claimed, 0.7);
    store.record_outcome(claimed, &results, &[]).await.unwrap()
}

/// Records that every match failed.
pub async fn fail(store: &TestStore, claimed: &ClaimedTask) -> Recorded {
    let failures = [failure(&claimed.task.matches, "candidate_not_found")];
    store.record_outcome(claimed, &[], &failures).await.unwrap()
}

/// Claims and completes all tasks.
pub async fn run(store: &TestStore, submission: &Submission) {
    for claimed in claim_all(store, submission).await {
        complete(store, &claimed).await;
    }
}

/// Saves a batch's report in its current generation.
pub async fn save_report(store: &TestStore, id: &BatchId, report: &DocumentLocation) {
    let generation = store.report_generation(id).await.unwrap();
    let generation = generation.expect("the batch has ended");
    store
        .save_batch_report(id, generation, report)
        .await
        .unwrap();
}

/// Returns an operator action of this kind.
pub fn action(kind: OperatorActionKind) -> OperatorAction {
    OperatorAction {
        id: next_id("action"),
        actor: "tester".to_owned(),
        kind,
        target: serde_json::json!({"all": true}),
    }
}

/// Requests the first rows of a list that is sorted newest first.
pub fn newest(limit: u32) -> NewestFirst {
    NewestFirst { limit, after: None }
}

/// Selects these dead letters, or all.
pub fn letters(ids: Option<&[TaskId]>) -> DeadLetterFilter {
    ids.map_or_else(DeadLetterFilter::default, |ids| {
        DeadLetterFilter::of_tasks(ids.iter().cloned())
    })
}

/// Returns all dead letters, newest first.
pub async fn dead_letters(store: &TestStore) -> Vec<DeadLetter> {
    let listed = store.dead_letters(&letters(None), &newest(100)).await;
    listed.unwrap()
}

/// Queues these dead letters again, or all; returns their number.
pub async fn retry_letters(store: &TestStore, ids: Option<&[TaskId]>) -> u64 {
    let action = action(OperatorActionKind::Retry);
    let (filter, page) = (letters(ids), newest(100));
    let retried = store.retry_dead_letters(&filter, &page, &action).await;
    retried.unwrap().changed
}

/// Deletes these dead letters, or all; returns their number.
pub async fn purge_letters(store: &TestStore, ids: Option<&[TaskId]>) -> u64 {
    let action = action(OperatorActionKind::Purge);
    let (filter, page) = (letters(ids), newest(100));
    let purged = store.purge_dead_letters(&filter, &page, &action).await;
    purged.unwrap().changed
}

/// Returns the webhooks about a job or batch, oldest first.
pub async fn webhooks_of(store: &TestStore, job_id: &str) -> Vec<Delivery> {
    let filter = DeliveryFilter {
        job_id: Some(job_id.parse().unwrap()),
        ..DeliveryFilter::default()
    };
    let mut found = store.deliveries(&filter, &first_page(100)).await.unwrap();
    found.reverse();
    found
}

/// Returns a claim of up to so many webhooks, all of which may go to one endpoint.
pub fn claim_of(limit: u32) -> DeliveryClaim {
    DeliveryClaim {
        limit,
        endpoint_limit: limit,
        lease: LONG,
        last_served: None,
        except: vec![],
    }
}

/// Requests the first rows of a list of webhooks.
pub fn first_page(limit: u32) -> DeliveryPage {
    DeliveryPage { limit, after: None }
}

pub async fn state(store: &TestStore, id: &JobId) -> TaskState {
    store.job(id).await.unwrap().unwrap().state
}

/// Returns the code of the last error, if there is one.
pub async fn error_code(store: &TestStore, id: &JobId) -> Option<String> {
    let view = store.job(id).await.unwrap().unwrap();
    view.error.map(|error| error.code)
}
