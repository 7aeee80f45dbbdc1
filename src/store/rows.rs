//! Rows as both databases return them, and their reading as domain types.
//!
//! The two differ in how they keep a point in time and a list; [`StoredTime`] and [`StoredList`]
//! read both, so that every row is described once.

use chrono::{DateTime, Utc};
use sqlx::{
    Database, Decode, Postgres, Sqlite, Type, error::BoxDynError, postgres::PgTypeInfo,
    sqlite::SqliteTypeInfo,
};
use sqlx_macros::FromRow;

use super::{
    AttemptOutcome, BatchView, DeadLetter, DeadLetterEdits, DeadLetterGroup, DeadLetterHistory,
    DeadLetterStep, DeliveryView, DispatchRound, DocumentPlace, Edited, EndedAttempt, JobView,
    LedgerCounts, ProfileChanges, ProfileVersion, RankedResult, ReadProfile, RecordedAction,
    StoreError, StoredProfile, StoredResult, TimeCursor,
};
use crate::domain::{
    delivery::DueDelivery,
    event::BatchCounts,
    identifiers::{BatchId, DeliveryId, JobId, TaskId},
    operator_action::OperatorActionKind,
    queue_name::QueueName,
    submission::WebhookEvents,
    task::{ClaimedTask, Pair, Task, TaskError, TaskMatch, TaskState},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A point in time: `timestamptz` in PostgreSQL, milliseconds since the epoch in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StoredTime(DateTime<Utc>);

impl StoredTime {
    pub(super) fn time(self) -> DateTime<Utc> {
        self.0
    }
}

impl Type<Postgres> for StoredTime {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl<'r> Decode<'r, Postgres> for StoredTime {
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl Type<Sqlite> for StoredTime {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(stored: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(stored)
    }
}

impl<'r> Decode<'r, Sqlite> for StoredTime {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let milliseconds = <i64 as Decode<Sqlite>>::decode(value)?;
        let time = DateTime::from_timestamp_millis(milliseconds);
        time.map(Self)
            .ok_or_else(|| format!("{milliseconds} ms is no point in time").into())
    }
}

/// Numbers: an array in PostgreSQL, JSON text in SQLite.
#[derive(Debug)]
struct StoredList<T>(Vec<T>);

impl<T> Type<Postgres> for StoredList<T>
where
    Vec<T>: Type<Postgres>,
{
    fn type_info() -> PgTypeInfo {
        <Vec<T> as Type<Postgres>>::type_info()
    }
}

impl<'r, T> Decode<'r, Postgres> for StoredList<T>
where
    Vec<T>: Decode<'r, Postgres>,
{
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <Vec<T> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl<T> Type<Sqlite> for StoredList<T> {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl<'r, T: serde::de::DeserializeOwned> Decode<'r, Sqlite> for StoredList<T> {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str as Decode<Sqlite>>::decode(value)?;
        Ok(Self(serde_json::from_str(text)?))
    }
}

/// The columns of [`TaskRow`].
macro_rules! task_columns {
    () => {
        "id, job_id, batch_id, queue, subject_kind, subject_id, counterpart_ids, positions,
         webhook_url, webhook_events, weights, attempts, lease_token"
    };
}
pub(super) use task_columns;

/// A task with its fencing token: what claiming and failing need.
#[derive(Debug, FromRow)]
pub(super) struct TaskRow {
    id: String,
    job_id: Option<String>,
    batch_id: Option<String>,
    queue: String,
    subject_kind: String,
    subject_id: i64,
    counterpart_ids: StoredList<i64>,
    positions: StoredList<i32>,
    webhook_url: Option<String>,
    webhook_events: String,
    weights: Option<String>,
    attempts: i32,
    lease_token: i64,
}

impl TaskRow {
    pub(super) fn into_claimed(self) -> Result<ClaimedTask, StoreError> {
        let task = Task {
            id: TaskId::from_trusted(self.id),
            job_id: self.job_id.map(JobId::from_trusted),
            batch_id: self.batch_id.map(BatchId::from_trusted),
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            subject_kind: read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?,
            subject_id: self.subject_id,
            matches: task_matches(self.positions, self.counterpart_ids),
            webhook_url: self.webhook_url,
            webhook_events: read(
                "tasks.webhook_events",
                &self.webhook_events,
                WebhookEvents::parse,
            )?,
            weights: self.weights,
        };
        Ok(ClaimedTask {
            task,
            attempt: self.attempts,
            lease_token: self.lease_token,
        })
    }
}

/// One match of a task.
#[derive(FromRow)]
pub(super) struct JobRow {
    batch_id: Option<String>,
    queue: String,
    state: String,
    subject_kind: String,
    subject_id: i64,
    counterpart_id: i64,
    depends_on: Option<String>,
    user_id: Option<String>,
    attempts: i32,
    next_attempt_at: StoredTime,
    error_code: Option<String>,
    error_detail: Option<String>,
    created_at: StoredTime,
    started_at: Option<StoredTime>,
    finished_at: Option<StoredTime>,
}

impl JobRow {
    pub(super) fn into_view(self, job_id: JobId) -> Result<JobView, StoreError> {
        let state = read("tasks.state", &self.state, TaskState::parse)?;
        let kind = read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?;
        let (candidate_id, job_posting_id) = match kind {
            ProfileKind::Candidate => (self.subject_id, self.counterpart_id),
            ProfileKind::JobPosting => (self.counterpart_id, self.subject_id),
        };
        Ok(JobView {
            job_id,
            state,
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            pair: Pair {
                candidate_id,
                job_posting_id,
            },
            batch_id: self.batch_id.map(BatchId::from_trusted),
            depends_on: self.depends_on,
            user_id: self.user_id,
            attempts: self.attempts,
            next_attempt_at: (state == TaskState::Queued).then_some(self.next_attempt_at.0),
            error: self
                .error_code
                .map(|code| TaskError::new(code, self.error_detail.unwrap_or_default())),
            created_at: self.created_at.0,
            started_at: self.started_at.map(|time| time.0),
            finished_at: self.finished_at.map(|time| time.0),
        })
    }
}

/// A batch and the states of its matches.
#[derive(FromRow)]
pub(super) struct BatchRow {
    queue: String,
    subject_kind: String,
    subject_id: i64,
    user_id: Option<String>,
    total: i32,
    waiting: i64,
    queued: i64,
    processing: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
    created_at: StoredTime,
    finished_at: Option<StoredTime>,
}

impl BatchRow {
    pub(super) fn into_view(self, id: BatchId) -> Result<BatchView, StoreError> {
        Ok(BatchView {
            id,
            queue: read("batches.queue", &self.queue, QueueName::parse)?,
            subject_kind: read(
                "batches.subject_kind",
                &self.subject_kind,
                ProfileKind::parse,
            )?,
            subject_id: self.subject_id,
            user_id: self.user_id,
            waiting: self.waiting,
            queued: self.queued,
            processing: self.processing,
            counts: BatchCounts {
                total: i64::from(self.total),
                completed: self.completed,
                failed: self.failed,
                cancelled: self.cancelled,
            },
            created_at: self.created_at.0,
            finished_at: self.finished_at.map(|time| time.0),
        })
    }
}

/// A failed task.
#[derive(FromRow)]
pub(super) struct DeadLetterRow {
    id: String,
    job_id: Option<String>,
    batch_id: Option<String>,
    first_position: i32,
    match_count: i32,
    queue: String,
    subject_kind: String,
    subject_id: i64,
    counterpart_id: i64,
    attempts: i32,
    error_code: String,
    error_detail: String,
    fingerprint: String,
    created_at: StoredTime,
    finished_at: StoredTime,
}

impl DeadLetterRow {
    pub(super) fn into_dead_letter(self) -> Result<DeadLetter, StoreError> {
        let job_id = match (self.job_id, self.batch_id) {
            (None, Some(batch)) => {
                JobId::of_batch(&BatchId::from_trusted(batch), self.first_position)
            }
            (job, _) => JobId::from_trusted(job.unwrap_or_else(|| self.id.clone())),
        };
        Ok(DeadLetter {
            task_id: TaskId::from_trusted(self.id),
            job_id,
            match_count: i64::from(self.match_count),
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            subject_kind: read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?,
            subject_id: self.subject_id,
            counterpart_id: self.counterpart_id,
            attempts: self.attempts,
            error: TaskError::new(self.error_code, self.error_detail),
            fingerprint: self.fingerprint,
            created_at: self.created_at.0,
            failed_at: self.finished_at.0,
        })
    }
}

/// Failed tasks that failed alike, with one of them.
#[derive(FromRow)]
pub(super) struct DeadLetterGroupRow {
    #[sqlx(flatten)]
    example: DeadLetterRow,
    tasks: i64,
    matches: i64,
    first_seen: StoredTime,
    last_seen: StoredTime,
}

impl DeadLetterGroupRow {
    pub(super) fn into_group(self) -> Result<DeadLetterGroup, StoreError> {
        let example = self.example.into_dead_letter()?;
        Ok(DeadLetterGroup {
            fingerprint: example.fingerprint.clone(),
            tasks: self.tasks,
            matches: self.matches,
            first_seen: self.first_seen.0,
            last_seen: self.last_seen.0,
            example,
        })
    }
}

/// A failed task with its matches.
#[derive(FromRow)]
pub(super) struct DeadLetterHistoryRow {
    #[sqlx(flatten)]
    letter: DeadLetterRow,
    counterpart_ids: StoredList<i64>,
    positions: StoredList<i32>,
    webhook_url: Option<String>,
    pub operator_action: Option<String>,
}

impl DeadLetterHistoryRow {
    pub(super) fn task_id(&self) -> &str {
        &self.letter.id
    }

    pub(super) fn into_history(
        self,
        attempts: Vec<EndedAttemptRow>,
        last_action: Option<RecordedActionRow>,
    ) -> Result<DeadLetterHistory, StoreError> {
        Ok(DeadLetterHistory {
            letter: self.letter.into_dead_letter()?,
            matches: task_matches(self.positions, self.counterpart_ids),
            webhook_url: self.webhook_url,
            attempts: attempts
                .into_iter()
                .map(EndedAttemptRow::into_attempt)
                .collect::<Result<_, StoreError>>()?,
            last_action: last_action
                .map(RecordedActionRow::into_recorded)
                .transpose()?,
        })
    }
}

/// How an attempt ended.
#[derive(FromRow)]
pub(super) struct EndedAttemptRow {
    attempt: i32,
    worker: Option<String>,
    began_at: Option<StoredTime>,
    ended_at: StoredTime,
    outcome: String,
    error_code: Option<String>,
    error_detail: Option<String>,
}

impl EndedAttemptRow {
    fn into_attempt(self) -> Result<EndedAttempt, StoreError> {
        Ok(EndedAttempt {
            attempt: self.attempt,
            worker: self.worker,
            began_at: self.began_at.map(|time| time.0),
            ended_at: self.ended_at.0,
            outcome: read(
                "task_attempts.outcome",
                &self.outcome,
                AttemptOutcome::parse,
            )?,
            error: self
                .error_code
                .map(|code| TaskError::new(code, self.error_detail.unwrap_or_default())),
        })
    }
}

/// An operator's action.
#[derive(FromRow)]
pub(super) struct RecordedActionRow {
    id: String,
    at: StoredTime,
    actor: String,
    action: String,
    target: String,
    tasks: i64,
}

impl RecordedActionRow {
    pub(super) fn into_recorded(self) -> Result<RecordedAction, StoreError> {
        let target = |target: &str| serde_json::from_str(target).ok();
        Ok(RecordedAction {
            id: self.id,
            at: self.at.0,
            actor: self.actor,
            kind: read(
                "operator_actions.action",
                &self.action,
                OperatorActionKind::parse,
            )?,
            target: read("operator_actions.target", &self.target, target)?,
            tasks: self.tasks,
        })
    }
}

/// A failed task that is about to be queued again or deleted.
#[derive(FromRow)]
pub(super) struct ChosenRow {
    pub id: String,
    pub job_id: Option<String>,
    pub batch_id: Option<String>,
    pub match_count: i32,
    webhook_events: String,
    finished_at: StoredTime,
}

impl ChosenRow {
    /// Whether it can be changed like this, all else being well: what its batch announces goes to one
    /// receiver.
    pub(super) fn refusal(&self, edits: &DeadLetterEdits) -> Option<Edited> {
        let announces_batch =
            self.batch_id.is_some() && self.webhook_events == WebhookEvents::Batch.as_str();
        if self.match_count != 1 {
            Some(Edited::SeveralMatches)
        } else if edits.webhook_url.is_some() && announces_batch {
            Some(Edited::ReceiverOfBatch)
        } else {
            None
        }
    }
}

/// The tasks of a step, and where the next one goes on.
pub(super) fn dead_letter_step(chosen: &[ChosenRow], limit: u32) -> DeadLetterStep {
    let last = chosen.last().filter(|_| chosen.len() >= limit as usize);
    DeadLetterStep {
        tasks: chosen.len() as u64,
        next: last.map(|row| TimeCursor {
            at: row.finished_at.0,
            id: row.id.clone(),
        }),
    }
}

/// A task and its state, before it is cancelled.
#[derive(FromRow)]
pub(super) struct OpenTaskRow {
    #[sqlx(flatten)]
    task: TaskRow,
    state: String,
}

impl OpenTaskRow {
    pub(super) fn into_claimed(self) -> Result<(ClaimedTask, TaskState), StoreError> {
        let state = read("tasks.state", &self.state, TaskState::parse)?;
        Ok((self.task.into_claimed()?, state))
    }
}

fn task_matches(positions: StoredList<i32>, counterpart_ids: StoredList<i64>) -> Vec<TaskMatch> {
    std::iter::zip(positions.0, counterpart_ids.0)
        .map(|(position, counterpart_id)| TaskMatch {
            position,
            counterpart_id,
        })
        .collect()
}

/// A dispatched task and the time its place in the order came from.
pub(super) type DispatchedRow = (String, StoredTime);

/// A round that took nothing: whether anything is due, and the room that is left in the window.
pub(super) fn nothing_dispatched(backlog: bool, window: u32, dispatched: i64) -> DispatchRound {
    DispatchRound {
        tasks: vec![],
        backlog,
        room: window.saturating_sub(u32::try_from(dispatched).unwrap_or(u32::MAX)),
    }
}

/// The round in which these rows were dispatched, oldest first, and after which the ledger is so.
pub(super) fn dispatch_round(
    mut rows: Vec<DispatchedRow>,
    mut after: DispatchRound,
) -> DispatchRound {
    // What an UPDATE returns comes in no order.
    rows.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    after.tasks = rows
        .into_iter()
        .map(|(id, _)| TaskId::from_trusted(id))
        .collect();
    after
}

/// What each adapter counts, by queue and state.
pub(super) fn ledger_counts(
    rows: Vec<(String, String, i64)>,
    pending_deliveries: i64,
) -> Result<LedgerCounts, StoreError> {
    let tasks = rows
        .into_iter()
        .map(|(queue, state, count)| {
            Ok((
                read("tasks.queue", &queue, QueueName::parse)?,
                read("tasks.state", &state, TaskState::parse)?,
                count,
            ))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(LedgerCounts {
        tasks,
        pending_deliveries,
    })
}

/// The mark of a look at changes and one of them; a look that found none has one row without.
pub(super) type ProfileChangeRow = (i64, Option<i64>, Option<i64>, Option<bool>);

pub(super) fn profile_changes(rows: Vec<ProfileChangeRow>) -> ProfileChanges {
    let mark = rows.first().map_or(0, |(mark, ..)| *mark);
    let changed = rows.into_iter().filter_map(|(_, id, version, is_deleted)| {
        Some(ProfileVersion {
            id: id?,
            version: version?,
            is_deleted: is_deleted?,
        })
    });
    ProfileChanges {
        mark,
        changed: changed.collect(),
    }
}

/// A pair of ids.
#[derive(FromRow)]
pub(super) struct PairRow {
    candidate_id: i64,
    job_posting_id: i64,
}

/// The pairs of rows that were written, in order: what an UPDATE returns comes in none.
pub(super) fn pairs_in_order(rows: Vec<PairRow>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = rows
        .into_iter()
        .map(|row| Pair {
            candidate_id: row.candidate_id,
            job_posting_id: row.job_posting_id,
        })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// A stored profile.
pub(super) type ProfileRow = (String, StoredTime);

pub(super) fn stored_profile((document, updated_at): ProfileRow) -> StoredProfile {
    StoredProfile {
        document,
        updated_at: updated_at.0,
    }
}

/// A profile's id, its revision, and its document unless the caller has it.
pub(super) type ReadProfileRow = (i64, String, Option<String>);

pub(super) fn read_profile((id, revision, document): ReadProfileRow) -> ReadProfile {
    ReadProfile {
        id,
        revision: revision.into(),
        document,
    }
}

/// The newest result of a pair.
#[derive(FromRow)]
pub(super) struct ResultRow {
    job_id: String,
    score: f64,
    category: String,
    criterion_scores: Option<StoredList<Option<f64>>>,
    score_cap: Option<f64>,
    weights: Option<String>,
    document: Option<String>,
    document_key: Option<String>,
    computed_at: StoredTime,
}

impl From<ResultRow> for StoredResult {
    fn from(row: ResultRow) -> Self {
        Self {
            job_id: JobId::from_trusted(row.job_id),
            score: row.score,
            category: row.category,
            criterion_scores: row.criterion_scores.map(|scores| scores.0),
            score_cap: row.score_cap,
            weights: row.weights,
            // A constraint of the table says that one of the two is there.
            document: DocumentPlace::of_columns(row.document, row.document_key)
                .unwrap_or(DocumentPlace::Inline(String::new())),
            computed_at: row.computed_at.0,
        }
    }
}

impl DocumentPlace {
    /// Reads the two columns of which at most one is set.
    pub(super) fn of_columns(inline: Option<String>, key: Option<String>) -> Option<Self> {
        key.map(Self::Key).or(inline.map(Self::Inline))
    }

    /// The two columns: the document, and where it is kept.
    pub(super) fn as_columns(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Inline(document) => (Some(document), None),
            Self::Key(key) => (None, Some(key)),
        }
    }
}

/// One row of a ranking.
#[derive(FromRow)]
pub(super) struct RankedRow {
    candidate_id: i64,
    job_posting_id: i64,
    job_id: String,
    score: f64,
    category: String,
    computed_at: StoredTime,
}

impl From<RankedRow> for RankedResult {
    fn from(row: RankedRow) -> Self {
        Self {
            pair: Pair {
                candidate_id: row.candidate_id,
                job_posting_id: row.job_posting_id,
            },
            job_id: JobId::from_trusted(row.job_id),
            score: row.score,
            category: row.category,
            computed_at: row.computed_at.0,
        }
    }
}

/// A delivery claimed for one attempt.
#[derive(FromRow)]
pub(super) struct DueDeliveryRow {
    id: String,
    url: String,
    receiver: String,
    body: String,
    attempts: i32,
}

impl From<DueDeliveryRow> for DueDelivery {
    fn from(row: DueDeliveryRow) -> Self {
        Self {
            id: DeliveryId::from_trusted(row.id),
            url: row.url,
            receiver: row.receiver,
            body: row.body,
            attempt: row.attempts,
        }
    }
}

/// A delivery as it is shown.
#[derive(FromRow)]
pub(super) struct DeliveryRow {
    id: String,
    event_type: String,
    state: String,
    attempts: i32,
    last_status: Option<i32>,
    last_error: Option<String>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            event_type: row.event_type,
            state: row.state,
            attempts: row.attempts,
            last_status: row.last_status,
            last_error: row.last_error,
        }
    }
}

/// Reads a stored name, or says which column holds one this version does not know.
pub(super) fn read<T>(
    column: &'static str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(value).ok_or_else(|| StoreError::UnknownValue {
        column,
        value: value.to_owned(),
    })
}
