//! Everything durable: profiles, the ledger of tasks, results and webhook deliveries.
//!
//! The only room with SQL in it. [`Store`] is the port the rest of the service sees; `postgres` and
//! `sqlite` are its two adapters, held to one behaviour by the contract suite in
//! `tests/integration/store`. Each writing method is one business event in one transaction. The
//! database's clock decides leases and due times, so the clocks of workers may disagree: callers
//! pass durations, never instants.

mod cancelling;
mod dead_letters;
mod error;
mod paging;
mod views;

mod invariants;
mod leases;
mod migrations;
mod outcome;
mod queues;
mod reweighing;
mod rows;
mod waiting;

pub mod postgres;
pub mod sqlite;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::mpsc;

pub use self::{
    cancelling::Cancelled,
    dead_letters::{
        AttemptOutcome, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
        DeadLetterStep, Edited, EndedAttempt, NewestFirst, RecordedAction, STORABLE_YEARS,
        TimeCursor,
    },
    error::StoreError,
    invariants::{Finding, Inspection, Invariant, KeptDocument, LedgerInspection},
    paging::{Page, PageCursor},
    views::{
        BatchView, DeadLetter, DeliveryView, JobView, LedgerCounts, QueueDepth, RankedResult,
        StoredProfile, StoredResult,
    },
};
use crate::breaker::Breaker;
use crate::domain::{
    delivery::DueDelivery,
    dependency::DependencyOutcome,
    identifiers::{BatchId, DeliveryId, JobId, TaskId},
    operator_action::OperatorAction,
    queue_name::QueueName,
    submission::Submission,
    task::{ClaimedTask, Pair, TaskError, TaskMatch},
};
use matching_engine::profiles::profile_kind::ProfileKind;
use matching_engine::scoring::{Criterion, Weights};

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is in the ledger now.
    New,
    /// The same call was accepted before, under this id; nothing was written.
    Repeated {
        /// The job's or batch's id of the first call.
        id: String,
    },
    /// The id or idempotency key belongs to another call; nothing was written.
    Conflict {
        /// What the key was used for before, for people.
        detail: String,
    },
    /// It would wait for itself, directly or through others; nothing was written.
    DependencyCycle {
        /// The names of the chain, from what it waits for to what waits for it.
        chain: Vec<String>,
    },
    /// It would be one more than the
    /// [`CHAIN_LIMIT`](crate::domain::dependency::CHAIN_LIMIT) jobs that may wait in a row; nothing
    /// was written.
    ChainTooLong,
}

/// What became of a report about outside work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyReport {
    /// It counts from now on.
    Recorded,
    /// The same was reported before.
    Repeated,
    /// Another outcome was reported before, and stands.
    Contradicts {
        /// What was reported first.
        earlier: DependencyOutcome,
    },
    /// The id is a job or batch of this service, which knows by itself how that ends.
    OwnWork,
}

impl Accepted {
    /// What an earlier use of the same key means for this submission.
    fn of_earlier(kind: &str, fingerprint: &str, id: String, submission: &Submission) -> Self {
        if fingerprint == submission.fingerprint {
            return Self::Repeated { id };
        }
        let what = if kind == "id" {
            "id"
        } else {
            "Idempotency-Key"
        };
        Self::Conflict {
            detail: format!("the {what} was used before, for another request"),
        }
    }

    /// The caller's name for a submission would be ambiguous.
    fn name_in_use(taken: &str) -> Self {
        Self::Conflict {
            detail: format!("the id is taken by {taken}, or could be confused with it"),
        }
    }
}

/// One score to record.
#[derive(Debug, Clone)]
pub struct NewResult {
    /// Which match of the task.
    pub one: TaskMatch,
    /// In [0, 1], rounded to 4 digits.
    pub score: f64,
    /// The category's stable name.
    pub category: &'static str,
    /// The score of each criterion, as the engine gives it.
    pub criterion_scores: CriterionScores,
    /// The most the score may be, since a knock-out failed.
    pub score_cap: Option<f64>,
    /// The result document, or where it is kept.
    pub document: DocumentPlace,
}

/// The score of each criterion in [0, 1], to four digits, in the order of [`Criterion::ALL`]; none
/// without data.
pub type CriterionScores = [Option<f64>; Criterion::ALL.len()];

/// Some of the results: all, or those of a candidate, of a job posting, or of one pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultScope {
    /// Only this candidate's.
    pub candidate_id: Option<i64>,
    /// Only this job posting's.
    pub job_posting_id: Option<i64>,
}

/// Tells the documents of a profile apart: no two that it ever had share one.
pub type Revision = Arc<str>;

/// Whom profiles are read for. Requests never keep an attempt waiting for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileReader {
    /// Somebody who waits for an answer.
    Request,
    /// A run of a claimed task.
    Attempt,
}

/// A profile as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProfile {
    /// The platform's id.
    pub id: i64,
    /// Which of its documents this is.
    pub revision: Revision,
    /// The document; none where the caller has it.
    pub document: Option<String>,
}

/// The profiles of a kind that were written since some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChanges {
    /// What to ask with the next time: every write that this look could not see yet, because its
    /// transaction had not committed, has this version or a later one.
    pub mark: i64,
    /// Profiles put or deleted, in no order. One that was listed before may be listed again.
    pub changed: Vec<ProfileVersion>,
}

/// One profile's last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileVersion {
    /// The platform's id.
    pub id: i64,
    /// Differs from that of every other write of this profile.
    pub version: i64,
    /// Whether it was deleted, not put.
    pub is_deleted: bool,
}

/// Where a result document is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentPlace {
    /// In the row itself.
    Inline(String),
    /// In the document store, under this key.
    Key(String),
}

/// Some matches of a task that failed for good, for one reason.
#[derive(Debug, Clone)]
pub struct FailedMatches {
    /// Which matches.
    pub matches: Vec<TaskMatch>,
    /// Why.
    pub error: TaskError,
    /// The id of the ledger row they become, unless they are the whole task.
    pub split_task_id: TaskId,
}

/// What recording an outcome did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Everything was written.
    Written {
        /// Whether tasks wait for this one or its batch.
        has_dependents: bool,
        /// The batch, if this was its last task.
        ended_batch: Option<BatchId>,
    },
    /// The lease had passed to somebody else, or the task had ended: nothing was written.
    Fenced,
}

/// Whether a guarded write was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// It was.
    Written,
    /// The lease had passed to somebody else, or the task had ended: nothing was written.
    Fenced,
}

/// What a sweep for expired leases found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpiredLeases {
    /// Tasks that are queued again.
    pub requeued: u64,
    /// Tasks that became dead letters (`worker_lost`).
    pub quarantined: u64,
}

/// What a look at waiting tasks changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedDependencies {
    /// How many tasks were moved.
    pub moved: u32,
    /// Whether there may be more to move.
    pub more: bool,
    /// Queues that have a task more.
    pub queued: Vec<QueueName>,
    /// Jobs and batches that failed because of it, whose own dependents may now be resolved.
    pub ended: Vec<String>,
}

impl ResolvedDependencies {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.moved == 0
    }
}

/// How one attempt at a delivery ended.
#[derive(Debug, Clone)]
pub enum DeliveryOutcome {
    /// Received.
    Delivered {
        /// The receiver's HTTP status.
        status: u16,
    },
    /// Try again after this long.
    Retry {
        /// The pause.
        after: Duration,
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// What went wrong.
        error: String,
        /// Whether this counted as an attempt (an open breaker does not).
        consumed: bool,
    },
    /// Given up.
    Failed {
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
}

/// What became of deliveries whose receiver is paused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostponedDeliveries {
    /// How many wait until the pause is over.
    pub postponed: u64,
    /// How many were given up, since they have waited for too long.
    pub given_up: u64,
}

/// How many deliveries are put off at once.
const POSTPONED_AT_ONCE: u32 = 10_000;

/// The durable side of the service.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Brings the schema up to date; safe to call from several processes at once.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Whether the database answers and its schema is this version's.
    async fn check(&self) -> Result<(), StoreError>;

    /// The breaker before a database that can be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }

    // Profiles.

    /// Stores documents under their ids, replacing older ones; later entries win.
    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(i64, String)],
    ) -> Result<PutProfiles, StoreError>;

    /// Stores what comes in parts, written while later ones are still being made; later entries win.
    /// All or nothing: `None`, with nothing stored, where the parts broke off before their end.
    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError>;

    /// One document.
    async fn profile(
        &self,
        kind: ProfileKind,
        id: i64,
    ) -> Result<Option<StoredProfile>, StoreError>;

    /// Those of the profiles that exist, in no order, as of one moment. A document whose revision the
    /// caller has already is left out.
    async fn profiles(
        &self,
        reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(i64, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError>;

    /// Removes a document; says whether it was there. Its results stay.
    async fn delete_profile(&self, kind: ProfileKind, id: i64) -> Result<bool, StoreError>;

    /// At most `limit` documents with ids above `after`, by rising id: the way through all of them.
    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, String)>, StoreError>;

    /// The profiles written since the look that gave this mark, whoever wrote them; without one,
    /// all that are there. At most `limit`: an answer of that many may lack some, and its mark is
    /// worth nothing. Deletions are listed for a day; who looks less often starts anew.
    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError>;

    // The ledger, from the caller's side.

    /// Writes a submission in one transaction. `dispatched` says that the caller will push the
    /// tasks' pointers itself, right after the commit. Calls at the same moment can't close a cycle
    /// of waiting jobs between them, nor take names that could be confused.
    async fn accept(
        &self,
        submission: &Submission,
        dispatched: bool,
    ) -> Result<Accepted, StoreError>;

    /// What a call with these keys was answered before, if there was one; nothing is written.
    async fn accepted_before(
        &self,
        submission: &Submission,
    ) -> Result<Option<Accepted>, StoreError>;

    /// The state of one match.
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError>;

    /// The state of a batch.
    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError>;

    /// Records how work outside this service ended. The first report stays.
    async fn report_dependency(
        &self,
        id: &JobId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError>;

    // The ledger, from the dispatcher's side.

    /// Marks due tasks as dispatched, oldest first, while fewer than `window` are, and returns
    /// them. Only one process does this at a time; the others get nothing. A paused queue has
    /// neither tasks nor room.
    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError>;

    /// Takes the mark back: the pointers did not reach the queue.
    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError>;

    /// Takes the mark back from at most `limit` tasks dispatched at least this long ago and still not
    /// claimed, the oldest marks first.
    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Requeues tasks whose lease ran out; the second loss quarantines. A step quarantines few enough
    /// matches to end in time; the next finds the others.
    async fn expire_leases(&self, limit: u32) -> Result<ExpiredLeases, StoreError>;

    /// Moves waiting tasks whose dependency has ended, was reported, or has expired: those that wait
    /// for one of these jobs or batches (a batch's name stands for those of its matches too), or
    /// any. Each of the two ways to be found, an ended dependency and the end of the waiting time,
    /// moves at most `limit`, and fails only as many matches as one transaction has time for; the
    /// answer says whether there may be more. A call without `ended` looks at the dependencies of a part of the waiting tasks, where these
    /// have very many, and the next calls at the rest.
    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError>;

    // The ledger, from the worker's side.

    /// Takes a queued, due task: one attempt more, a new lease token. `None` when there is nothing
    /// to do (any more, or yet) behind the pointer. A task that is left for later, because it is not
    /// due or its queue is paused, counts as not dispatched from now on.
    ///
    /// The name of the worker is one that no other claim has. So a claim whose answer was lost can be
    /// made again under it: it returns the task as taken the first time.
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError>;

    /// Prolongs leases; returns those that are lost.
    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError>;

    /// Records the outcome of a task: results, failed matches, deliveries, and the batch's count.
    /// Every match of the task is in `results` or in `failures`.
    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError>;

    /// Puts a task back for another attempt after a pause.
    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError>;

    /// Puts a task back untried: a stopping worker, or a part of ours that is away. The attempt
    /// does not count.
    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError>;

    /// Puts all of these back untried and due at once, those that are still held under their tokens;
    /// returns how many that were.
    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError>;

    // Dead letters.

    /// Failed tasks, newest first.
    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError>;

    /// Failed tasks that failed alike, counted; the largest groups first.
    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError>;

    /// One failed task with its attempts, by its own id or by that of a job of it.
    async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetterHistory>, StoreError>;

    /// Queues one page of failed tasks again, with their attempts reset. Their jobs keep their ids,
    /// and their batches are open again. What fails anew meanwhile is on no later page.
    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError>;

    /// Changes a failed task of one match and queues it again.
    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError>;

    /// Deletes one page of failed tasks for good. A batch keeps counting its purged matches as
    /// failed; a single match leaves nothing, so the same call again is a new one.
    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError>;

    /// Those of the tasks that are dead letters, in no order.
    async fn which_are_dead(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError>;

    /// What operators did, newest first.
    async fn operator_actions(&self, page: &NewestFirst)
    -> Result<Vec<RecordedAction>, StoreError>;

    // Cancelling.

    /// Withdraws a job that has not ended. A match of a batch moves to a row of its own,
    /// `split_task_id`, where its task holds others, and those are queued again if they were running:
    /// no run that was under way may record anything.
    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError>;

    /// Withdraws all matches of a batch that have not ended.
    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError>;

    // Retention. Each call is one small step of at most `limit` rows of each kind.

    /// Forgets what ended at least this long ago: completed and cancelled single matches, batches
    /// without dead letters, their keys, deliveries, and reports about outside work that nothing
    /// waits for. Results stay.
    async fn forget_ended(&self, older_than: Duration, limit: u32)
    -> Result<Forgotten, StoreError>;

    /// Deletes tasks that failed at least this long ago, as a purge does.
    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Forgets what operators did at least this long ago.
    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;

    /// Says that documents are about to be stored under these keys: unless a row points to them
    /// within this time, they are orphaned then. Recording an outcome or a report takes its own out.
    async fn announce_documents(&self, keys: &[String], within: Duration)
    -> Result<(), StoreError>;

    /// Keys of documents that no row has pointed to for at least this long.
    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;

    /// Says that these orphaned documents are deleted.
    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError>;

    // Results.

    /// The newest result of a pair.
    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError>;

    /// The results of one profile, best first.
    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: i64,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError>;

    /// Hands over the results of a batch's completed matches one by one, best first. They are sorted
    /// once and not held here, whatever the batch's size.
    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError>;

    /// The best results of a scope.
    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError>;

    /// Gives the next `limit` results of a scope, those after the pair `after`, the score and
    /// category that an engine with these weights gives them, and notes the weights. Returns the
    /// pairs in their order; none at the end. Results of versions that kept no scores of criteria
    /// are passed over.
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError>;

    /// Drops the reports of ended batches with a match in the scope, those that are about to be saved
    /// too: they are written anew.
    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError>;

    /// Ended batches whose report is not saved yet.
    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError>;

    /// The generation of an ended batch's report: another one whenever the ranking may have changed.
    /// None while the batch runs.
    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError>;

    /// Saves the report of an ended batch: its ranking when it ended. Does nothing where the ranking
    /// was read in an earlier generation than the batch's.
    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentPlace,
    ) -> Result<(), StoreError>;

    /// The saved report, if the batch has ended.
    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentPlace>, StoreError>;

    // Webhook deliveries.

    /// Takes due deliveries for one attempt each; they come back by themselves if `lease` passes
    /// without an outcome. Passed over are those of the receivers in `except`, which have enough to do
    /// or are paused; however many those are, they cost nothing.
    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Puts off the due deliveries to a receiver that is paused, untried: until the pause is over, or,
    /// where one was recorded at least `give_up_after` ago, for good. The 10,000 that are due longest;
    /// the rest has its turn in a later pause.
    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError>;

    /// Records how an attempt ended.
    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError>;

    /// The deliveries about one job or batch, oldest first.
    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError>;

    // Queues.

    /// Stops handing out a queue's tasks, in all processes, until it is resumed.
    async fn pause_queue(&self, queue: QueueName) -> Result<(), StoreError>;

    /// Hands out a queue's tasks again.
    async fn resume_queue(&self, queue: QueueName) -> Result<(), StoreError>;

    /// How much each queue holds, most urgent first, and how many tasks ended in the last
    /// `drained_over`.
    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError>;

    // Watching.

    /// How many tasks and deliveries are in which state.
    async fn counts(&self) -> Result<LedgerCounts, StoreError>;

    /// Checks what always holds, in one snapshot that keeps nobody waiting; writes nothing.
    async fn inspect(&self, inspection: &Inspection) -> Result<LedgerInspection, StoreError>;

    /// The documents that rows point to, by key, from after this one.
    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError>;

    /// Whether a row points to this document now.
    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError>;
}

/// Some of the profiles to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfilePart {
    /// Documents with their ids.
    Documents(Vec<(i64, String)>),
    /// Those before were all.
    End,
}

/// What a put changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutProfiles {
    /// Profiles that were not there before.
    pub created: u64,
    /// Profiles that replaced an older document.
    pub replaced: u64,
}

/// What was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Single matches and batches.
    pub submissions: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Reports about outside work.
    pub dependency_reports: u64,
}

impl Forgotten {
    /// Whether there was nothing to forget.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a round of dispatching took.
#[derive(Debug, Clone, Default)]
pub struct DispatchRound {
    /// The tasks to push, in order.
    pub tasks: Vec<TaskId>,
    /// Whether due tasks remain that the window had no room for.
    pub backlog: bool,
    /// How many tasks more the window has room for.
    pub room: u32,
}
