//! The SQLite adapter: one file, nothing to install; what runs when no database is configured.
//!
//! One file for each part of [`Store`]. SQLite lets one connection write at a time: there is one
//! writer, whose transactions take the lock when they begin, and several readers, which never wait
//! for it (write-ahead log). Other processes may use the file as well; they wait their turn. Rows
//! travel as JSON through `json_each`, so a chunk of 500 results is one statement.
//!
//! A statement that writes and returns rows outside a transaction is always read to its end: it
//! commits there, and only then may its effect be believed.

mod accept;
mod attempts;
mod cancelling;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod invariants;
mod jobs;
mod leases;
mod operator_actions;
mod outcome;
mod profiles;
mod queues;
mod results;
mod retention;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    SqlitePool, SqliteTransaction,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::mpsc;

use super::{
    Accepted, BatchView, Cancelled, DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup,
    DeadLetterHistory, DeadLetterStep, DeliveryOutcome, DeliveryView, DependencyReport,
    DispatchRound, DocumentPlace, Edited, ExpiredLeases, FailedMatches, Forgotten, Guarded,
    Inspection, JobView, KeptDocument, LedgerCounts, LedgerInspection, NewResult, NewestFirst,
    Page, PostponedDeliveries, ProfileChanges, ProfilePart, ProfileReader, PutProfiles, QueueDepth,
    RankedResult, ReadProfile, Recorded, RecordedAction, ResolvedDependencies, ResultScope,
    Revision, Store, StoreError, StoredProfile, StoredResult, migrations, waiting::SweepPosition,
};
use crate::domain::{
    delivery::DueDelivery,
    dependency::DependencyOutcome,
    identifiers::{BatchId, DeliveryId, JobId, TaskId},
    operator_action::OperatorAction,
    queue_name::QueueName,
    submission::Submission,
    task::{ClaimedTask, Pair, TaskError},
};
use matching_engine::profiles::profile_kind::ProfileKind;
use matching_engine::scoring::Weights;

static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrations::of(sqlx_macros::migrate!("migrations/sqlite")));

/// How many connections read at once; each is a thread.
const READERS: u32 = 4;

/// The store in a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    sweep_position: Arc<SweepPosition>,
}

impl SqliteStore {
    /// Opens the file, and creates it and its folder where they are missing. `busy_timeout` is how
    /// long a call waits for its turn to write, behind calls of this process and of others.
    ///
    /// # Errors
    /// When the folder or file can't be made, or the file is no database.
    pub async fn open(path: &Path, busy_timeout: Duration) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(sqlx::Error::Io)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was accepted survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().acquire_timeout(busy_timeout);
        let writer = pool
            .clone()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        let readers = pool
            .max_connections(READERS)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self {
            writer,
            readers,
            sweep_position: Arc::default(),
        })
    }

    /// The writer, for tests that look at rows or change them.
    pub fn pool(&self) -> &SqlitePool {
        &self.writer
    }

    /// Begins a transaction that may write, and waits for the lock first: a transaction that began
    /// as a reader could not always become a writer later.
    async fn begin(&self) -> Result<SqliteTransaction<'static>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Milliseconds, as all times of the schema.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Store for SqliteStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        // SQLite has no lock of its own for migrating; the one for writing serves.
        let mut transaction = self.begin().await?;
        // `run` takes no connection inside an async trait (a lifetime it can't generalise over).
        MIGRATIONS
            .run_direct(None, &mut *transaction, false)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn check(&self) -> Result<(), StoreError> {
        let applied = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&self.readers)
            .await?;
        migrations::check(&MIGRATIONS, applied)
    }

    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(i64, String)],
    ) -> Result<PutProfiles, StoreError> {
        profiles::put(self, kind, profiles).await
    }

    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        profiles::put_parts(self, kind, parts).await
    }

    async fn profile(
        &self,
        kind: ProfileKind,
        id: i64,
    ) -> Result<Option<StoredProfile>, StoreError> {
        profiles::get(self, kind, id).await
    }

    async fn profiles(
        &self,
        _reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(i64, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        profiles::get_many(self, kind, wanted).await
    }

    async fn delete_profile(&self, kind: ProfileKind, id: i64) -> Result<bool, StoreError> {
        profiles::delete(self, kind, id).await
    }

    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        profiles::get_after(self, kind, after, limit).await
    }

    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError> {
        profiles::changes(self, kind, since, limit).await
    }

    async fn accept(
        &self,
        submission: &Submission,
        dispatched: bool,
    ) -> Result<Accepted, StoreError> {
        accept::accept(self, submission, dispatched).await
    }

    async fn accepted_before(
        &self,
        submission: &Submission,
    ) -> Result<Option<Accepted>, StoreError> {
        accept::accepted_before(self, submission).await
    }

    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        jobs::job(self, id).await
    }

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        jobs::batch(&self.readers, id).await
    }

    async fn report_dependency(
        &self,
        id: &JobId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        dependencies::report(self, id, outcome).await
    }

    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError> {
        dispatch::due(self, queue, window).await
    }

    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        dispatch::undo(self, ids).await
    }

    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        dispatch::undo_stale(self, queue, older_than, limit).await
    }

    async fn expire_leases(&self, limit: u32) -> Result<ExpiredLeases, StoreError> {
        leases::expire(self, limit).await
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        match ended {
            Some(ended) => dependencies::follow_up(self, ended, limit).await,
            None => dependencies::sweep(self, limit).await,
        }
    }

    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        leases::claim(self, id, worker, lease).await
    }

    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        leases::renew(self, leases, lease).await
    }

    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        outcome::record(self, claimed, results, failures).await
    }

    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        leases::give_back(self, claimed, after, Some(error), true).await
    }

    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        leases::give_back(self, claimed, after, reason, false).await
    }

    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        leases::release_all(self, leases).await
    }

    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        dead_letters::list(self, filter, page).await
    }

    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError> {
        dead_letters::groups(self, filter, limit).await
    }

    async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetterHistory>, StoreError> {
        dead_letters::find(self, id).await
    }

    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        dead_letters::retry(self, filter, page, action).await
    }

    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError> {
        dead_letters::edit(self, id, edits, action).await
    }

    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        dead_letters::purge(self, filter, page, action).await
    }

    async fn which_are_dead(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError> {
        dead_letters::which_are_dead(self, ids).await
    }

    async fn operator_actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Vec<RecordedAction>, StoreError> {
        operator_actions::list(self, page).await
    }

    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        cancelling::job(self, id, split_task_id, action).await
    }

    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        cancelling::batch(self, id, action).await
    }

    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        retention::forget_ended(self, older_than, limit).await
    }

    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        dead_letters::forget(self, older_than, limit).await
    }

    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        retention::forget_operator_actions(self, older_than, limit).await
    }

    async fn announce_documents(
        &self,
        keys: &[String],
        within: Duration,
    ) -> Result<(), StoreError> {
        retention::announce_documents(self, keys, within).await
    }

    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        retention::orphaned_documents(self, since, limit).await
    }

    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        retention::forget_orphaned_documents(self, keys).await
    }

    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        results::of_pair(self, pair).await
    }

    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: i64,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        results::of_profile(self, kind, id, page).await
    }

    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError> {
        results::rank_batch(self, id, take).await
    }

    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        results::best(self, scope, limit).await
    }

    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        results::reweigh(self, scope, weights, after, limit).await
    }

    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
        results::drop_batch_reports(self, scope).await
    }

    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        results::batches_without_report(self, limit).await
    }

    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError> {
        results::report_generation(self, id).await
    }

    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentPlace,
    ) -> Result<(), StoreError> {
        results::save_batch_report(self, id, generation, report).await
    }

    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentPlace>, StoreError> {
        results::batch_report(self, id).await
    }

    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError> {
        deliveries::claim(self, limit, lease, except).await
    }

    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError> {
        deliveries::postpone(self, receiver, pause, give_up_after, reason).await
    }

    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        deliveries::record(self, id, outcome).await
    }

    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        deliveries::of_job(self, job_id).await
    }

    async fn pause_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        queues::pause(self, queue).await
    }

    async fn resume_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        queues::resume(self, queue).await
    }

    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError> {
        queues::depths(self, drained_over).await
    }

    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        jobs::counts(self).await
    }

    async fn inspect(&self, inspection: &Inspection) -> Result<LedgerInspection, StoreError> {
        invariants::inspect(self, inspection).await
    }

    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError> {
        invariants::kept_documents(self, after, limit).await
    }

    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError> {
        invariants::keeps_document(self, key).await
    }
}
