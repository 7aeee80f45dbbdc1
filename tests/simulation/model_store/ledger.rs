//! The rows of the model, and the changes that several ports have in common.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use matching::{
    domain::{
        dead_letter::AttemptOutcome,
        delivery::{DeliveryState, NewDelivery},
        dependency::{Dependency, DependencyOutcome},
        error_fingerprint::fingerprint,
        event::{self, BatchCounts, MatchEnding},
        identifiers::{BatchId, EndpointId, JobId, ProfileId, TaskId, WorkId},
        operator_action::{OperatorAction, RecordedAction},
        process::RunningProcess,
        queue_depth::QueuePause,
        queue_name::QueueName,
        task::{ClaimedTask, Pair, Task, TaskError, TaskMatch, TaskState},
    },
    store::{CriterionScores, DocumentLocation, PairVersions},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::api_keys::ApiKeyRow;

/// The most matches that one step fails outside their workers.
pub const FAILED_IN_A_STEP: usize = 5_000;
/// The number of attempts that a task's history keeps.
const ATTEMPTS_KEPT: i64 = 50;

/// All rows.
pub struct Ledger {
    /// The time of the current transaction.
    pub now: DateTime<Utc>,
    /// The difference between the store's clock and the time that passed.
    pub skew: TimeDelta,
    pub tasks: Vec<TaskRow>,
    pub batches: Vec<BatchRow>,
    pub keys: Vec<KeyRow>,
    pub reports: Vec<ReportRow>,
    pub paused: BTreeMap<QueueName, QueuePause>,
    pub actions: Vec<RecordedAction>,
    pub api_keys: Vec<ApiKeyRow>,
    /// In the order of their first sign of life.
    pub processes: Vec<RunningProcess>,
    pub results: BTreeMap<Pair, ResultRow>,
    /// Documents without a row that points to them, and since when.
    pub orphans: Vec<(String, DateTime<Utc>)>,
    pub deliveries: Vec<DeliveryRow>,
    pub paused_endpoints: BTreeMap<EndpointId, PauseRow>,
    pub candidates: BTreeMap<ProfileId, ProfileRow>,
    pub job_postings: BTreeMap<ProfileId, ProfileRow>,
    /// The number of writes of profiles.
    pub profile_writes: i64,
}

/// One unit of dispatch.
#[derive(Clone)]
pub struct TaskRow {
    pub task: Task,
    pub state: TaskState,
    pub attempts: i32,
    pub worker_losses: i32,
    pub lease_token: i64,
    pub lease_until: Option<DateTime<Utc>>,
    pub worker: Option<String>,
    pub next_attempt_at: DateTime<Utc>,
    pub dispatched_at: Option<DateTime<Utc>>,
    pub depends_on: Option<Dependency>,
    pub waits_until: Option<DateTime<Utc>>,
    pub user_id: Option<String>,
    pub error: Option<TaskError>,
    pub fingerprint: Option<String>,
    pub operator_action: Option<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub history: Vec<AttemptRow>,
}

/// An attempt that ended without a result.
#[derive(Clone)]
pub struct AttemptRow {
    pub lease_token: i64,
    pub attempt: i32,
    pub worker: Option<String>,
    pub began_at: Option<DateTime<Utc>>,
    pub ended_at: DateTime<Utc>,
    pub outcome: AttemptOutcome,
    pub error: Option<TaskError>,
}

/// One bulk call.
pub struct BatchRow {
    pub id: BatchId,
    pub queue: QueueName,
    pub subject_kind: ProfileKind,
    pub subject_id: ProfileId,
    pub user_id: Option<String>,
    pub total: i32,
    pub remaining: i32,
    pub purged: i32,
    pub report: Option<DocumentLocation>,
    pub report_generation: i64,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A key that a caller chose.
pub struct KeyRow {
    /// `id` or `idempotency_key`.
    pub kind: &'static str,
    pub key: String,
    pub fingerprint: String,
    pub submission_id: String,
}

/// A report about outside work.
pub struct ReportRow {
    pub id: WorkId,
    pub outcome: DependencyOutcome,
    pub reported_at: DateTime<Utc>,
}

/// The newest result of a pair.
pub struct ResultRow {
    pub job_id: JobId,
    pub score: f64,
    pub category: String,
    pub criterion_scores: Option<CriterionScores>,
    pub score_cap: Option<f64>,
    pub weights: Option<String>,
    pub versions: PairVersions,
    /// `None` only where a test planted it.
    pub document: Option<DocumentLocation>,
    pub computed_at: DateTime<Utc>,
}

/// A webhook.
#[derive(Clone)]
pub struct DeliveryRow {
    pub delivery: NewDelivery,
    pub endpoint: EndpointId,
    pub state: DeliveryState,
    pub attempts: i32,
    pub next_attempt_at: DateTime<Utc>,
    /// True from the time of the next attempt until it begins.
    pub is_due: bool,
    /// The time at which it was recorded, or last resent.
    pub pending_since: DateTime<Utc>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub operator_action: Option<String>,
}

/// An endpoint that is paused, or has not accepted a webhook since its pause.
pub struct PauseRow {
    pub until: DateTime<Utc>,
    pub reason: String,
}

/// A stored or deleted profile.
pub struct ProfileRow {
    /// `None` if it was deleted.
    pub document: Option<String>,
    pub version: i64,
    /// The version of the last write that changed the document.
    pub document_version: i64,
    pub updated_at: DateTime<Utc>,
}

impl TaskRow {
    pub fn claimed(&self) -> ClaimedTask {
        ClaimedTask {
            task: self.task.clone(),
            attempt: self.attempts,
            lease_token: self.lease_token,
        }
    }

    pub fn has_position(&self, position: i32) -> bool {
        self.task.matches.iter().any(|one| one.position == position)
    }

    pub fn is_of(&self, batch: &BatchId) -> bool {
        self.task.batch_id.as_ref() == Some(batch)
    }

    /// True if the task waits for this job or batch by name.
    pub fn waits_for(&self, name: &WorkId) -> bool {
        self.state == TaskState::Waiting
            && self
                .depends_on
                .as_ref()
                .is_some_and(|parent| parent.id == *name)
    }

    /// True if the task waits for a match of this batch.
    pub fn waits_for_match_of(&self, batch: &WorkId) -> bool {
        let parent = self.depends_on.as_ref();
        let position = parent.and_then(|parent| parent.batch_position.as_ref());
        self.state == TaskState::Waiting
            && position.is_some_and(|(id, _)| id.as_str() == batch.as_str())
    }

    /// Takes the task from its worker and queues it again.
    pub fn queue_again(&mut self, due: DateTime<Utc>) {
        self.state = TaskState::Queued;
        self.lease_until = None;
        self.dispatched_at = None;
        self.next_attempt_at = due;
    }

    pub fn end(&mut self, state: TaskState, error: Option<&TaskError>, now: DateTime<Utc>) {
        self.state = state;
        self.finished_at = Some(now);
        self.lease_until = None;
        self.dispatched_at = None;
        self.error = error.cloned();
        self.fingerprint = error.map(fingerprint);
    }

    /// Records the end of the newest attempt, after the error was written to the row.
    pub fn note(&mut self, outcome: AttemptOutcome, now: DateTime<Utc>) {
        let token = self.lease_token;
        if self.history.iter().all(|known| known.lease_token != token) {
            self.history.push(AttemptRow {
                lease_token: token,
                attempt: self.attempts + i32::from(outcome == AttemptOutcome::Released),
                worker: self.worker.clone(),
                began_at: self.started_at,
                ended_at: now,
                outcome,
                error: self.error.clone(),
            });
        }
        self.history
            .retain(|known| known.lease_token > token - ATTEMPTS_KEPT);
    }

    /// A row for some of the matches, which end apart from the others.
    pub fn split_off(&self, id: TaskId, matches: Vec<TaskMatch>) -> Self {
        let mut row = self.clone();
        row.task.id = id;
        row.task.job_id = None;
        row.task.matches = matches;
        row.worker_losses = 0;
        row.waits_until = None;
        row.error = None;
        row.fingerprint = None;
        row.history = vec![];
        row
    }
}

impl Ledger {
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            skew: TimeDelta::zero(),
            tasks: vec![],
            batches: vec![],
            keys: vec![],
            reports: vec![],
            paused: BTreeMap::new(),
            actions: vec![],
            api_keys: vec![],
            processes: vec![],
            results: BTreeMap::new(),
            orphans: vec![],
            deliveries: vec![],
            paused_endpoints: BTreeMap::new(),
            candidates: BTreeMap::new(),
            job_postings: BTreeMap::new(),
            profile_writes: 0,
        }
    }

    pub fn find(&self, id: &TaskId) -> Option<usize> {
        self.tasks.iter().position(|row| row.task.id == *id)
    }

    /// The row of a single match, or of a batch's n-th match, with its position in the batch.
    pub fn find_job(&self, id: &JobId) -> Option<(usize, i32)> {
        let mut rows = self.tasks.iter();
        if let Some(single) = rows.position(|row| row.task.job_id.as_ref() == Some(id)) {
            return Some((single, 1));
        }
        let (batch, position) = id.as_batch_position()?;
        let mut rows = self.tasks.iter();
        let found = rows.position(|row| row.is_of(&batch) && row.has_position(position))?;
        Some((found, position))
    }

    pub fn batch_row(&self, id: &BatchId) -> Option<&BatchRow> {
        self.batches.iter().find(|batch| batch.id == *id)
    }

    pub fn batch_mut(&mut self, id: &BatchId) -> Option<&mut BatchRow> {
        self.batches.iter_mut().find(|batch| batch.id == *id)
    }

    /// The number of a batch's matches in this state, without purged ones.
    pub fn matches_in(&self, batch: &BatchId, state: TaskState) -> usize {
        let rows = self.tasks.iter();
        let rows = rows.filter(|row| row.is_of(batch) && row.state == state);
        rows.map(|row| row.task.matches.len()).sum()
    }

    pub fn batch_counts(&self, batch: &BatchRow) -> BatchCounts {
        let count = |state| i64::try_from(self.matches_in(&batch.id, state)).unwrap();
        BatchCounts {
            total: i64::from(batch.total),
            completed: count(TaskState::Completed),
            failed: count(TaskState::Failed) + i64::from(batch.purged),
            cancelled: count(TaskState::Cancelled),
        }
    }

    /// Records that no row points to a document any more.
    pub fn orphan(&mut self, location: Option<DocumentLocation>) {
        if let Some(DocumentLocation::Key(key)) = location
            && self.orphans.iter().all(|(known, _)| *known != key)
        {
            self.orphans.push((key, self.now));
        }
    }

    /// Ends the announcement of a document: a row points to it now.
    pub fn adopt(&mut self, location: &DocumentLocation) {
        if let DocumentLocation::Key(key) = location {
            self.orphans.retain(|(known, _)| known != key);
        }
    }

    /// Fails a whole task outside a worker.
    pub fn fail(&mut self, index: usize, error: &TaskError) {
        let now = self.now;
        let row = &mut self.tasks[index];
        row.end(TaskState::Failed, Some(error), now);
        let claimed = row.claimed();
        self.announce_failed(&claimed, &claimed.task.matches, error);
        self.count_down(
            &claimed.task,
            claimed.lease_token,
            claimed.task.matches.len(),
        );
    }

    pub fn announce_failed(
        &mut self,
        claimed: &ClaimedTask,
        matches: &[TaskMatch],
        error: &TaskError,
    ) {
        for one in matches {
            self.announce(claimed, *one, MatchEnding::Failed(error));
        }
    }

    pub fn announce(&mut self, claimed: &ClaimedTask, one: TaskMatch, ending: MatchEnding<'_>) {
        let (task, run) = (&claimed.task, claimed.lease_token);
        self.deliver(event::match_delivery(task, run, one, ending, self.now));
    }

    /// Records a delivery, unless its run was announced before.
    pub fn deliver(&mut self, delivery: Option<NewDelivery>) {
        let Some(delivery) = delivery else { return };
        let known = |row: &DeliveryRow| row.delivery.id == delivery.id;
        if !self.deliveries.iter().any(known) {
            self.deliveries.push(DeliveryRow {
                endpoint: EndpointId::of(&delivery.url),
                delivery,
                state: DeliveryState::Pending,
                attempts: 0,
                next_attempt_at: self.now,
                is_due: true,
                pending_since: self.now,
                last_status: None,
                last_error: None,
                created_at: self.now,
                finished_at: None,
                operator_action: None,
            });
        }
    }

    /// Subtracts ended matches from the count of the task's batch; returns the batch if it ended.
    pub fn count_down(&mut self, task: &Task, run: i64, ended: usize) -> Option<BatchId> {
        let (id, now) = (task.batch_id.as_ref()?, self.now);
        let batch = self.batch_mut(id)?;
        batch.remaining -= i32::try_from(ended).unwrap();
        batch.finished_at = (batch.remaining == 0).then_some(now);
        batch.finished_at?;
        let batch = self.batch_row(id)?;
        let (counts, generation) = (self.batch_counts(batch), batch.report_generation);
        self.deliver(event::batch_delivery(
            id, task, run, counts, generation, now,
        ));
        Some(id.clone())
    }

    /// Records one step of an action; one that changed nothing is not recorded.
    pub fn record_action(&mut self, action: &OperatorAction, tasks: usize) {
        if tasks > 0 {
            self.insert_action(action, tasks);
        }
    }

    /// Records an action, also one that changed no task, or adds a step to its record.
    pub fn insert_action(&mut self, action: &OperatorAction, tasks: usize) {
        let tasks = i64::try_from(tasks).unwrap();
        match self.actions.iter_mut().find(|known| known.id == action.id) {
            Some(known) => known.tasks += tasks,
            None => self.actions.push(RecordedAction {
                id: action.id.clone(),
                at: self.now,
                actor: action.actor.clone(),
                kind: action.kind,
                target: action.target.clone(),
                tasks,
            }),
        }
    }

    /// Drops the report of a batch whose ranking changed.
    pub fn drop_report(&mut self, index: usize) {
        let batch = &mut self.batches[index];
        batch.report_generation += 1;
        let dropped = batch.report.take();
        self.orphan(dropped);
    }

    /// The rows that meet the condition, by the key and then by age, at most `limit`.
    pub fn first<K: Ord>(
        &self,
        limit: u32,
        condition: impl Fn(&TaskRow) -> bool,
        key: impl Fn(&TaskRow) -> K,
    ) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.tasks.len())
            .filter(|index| condition(&self.tasks[*index]))
            .collect();
        rows.sort_by_key(|index| key(&self.tasks[*index]));
        rows.truncate(limit as usize);
        rows
    }
}
