//! The PostgreSQL adapter: for several processes, any size, and what production runs on.
//!
//! One file for each part of [`Store`]. Rows are locked with `SKIP LOCKED` so that processes never
//! queue behind each other; arrays travel through `unnest`, so a chunk of 500 results is one
//! statement.

mod accept;
mod attempts;
mod cancelling;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod jobs;
mod leases;
mod operator_actions;
mod outcome;
mod profiles;
mod results;
mod retention;

use std::{
    str::FromStr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    Executor, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use self::dependencies::SweepPosition;
use super::{
    Accepted, BatchView, Cancelled, DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup,
    DeadLetterHistory, DeadLetterStep, DeliveryOutcome, DeliveryView, DispatchRound, DocumentPlace,
    Edited, ExpiredLeases, FailedMatches, Forgotten, Guarded, JobView, LedgerCounts, NewResult,
    NewestFirst, Page, ProfileChanges, PutProfiles, RankedResult, Recorded, RecordedAction,
    ResolvedDependencies, ResultScope, Store, StoreError, StoredProfile, StoredResult, migrations,
};
use crate::domain::{
    delivery::DueDelivery,
    dependency::DependencyOutcome,
    identifiers::{BatchId, DeliveryId, JobId, TaskId},
    operator_action::OperatorAction,
    profile_kind::ProfileKind,
    queue_name::QueueName,
    submission::Submission,
    task::{ClaimedTask, Pair, TaskError},
};
use crate::scoring::Weights;

static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrations::of(sqlx::migrate!("migrations/postgres")));

/// The store in a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    sweep_position: Arc<SweepPosition>,
}

impl PostgresStore {
    /// Prepares a pool without connecting, so that a process can start while the database is away.
    ///
    /// # Errors
    /// When the URL can't be read.
    pub fn connect_lazy(
        url: &str,
        max_connections: u32,
        acquire_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("matching");
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(acquire_timeout)
            // Compiling a plan takes seconds where running it takes milliseconds.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute("SET jit = off").await?;
                    Ok(())
                })
            })
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            sweep_position: Arc::default(),
        })
    }

    /// The pool, for tests that look at rows.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// Seconds as PostgreSQL's `make_interval(secs => …)` takes them.
fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[async_trait]
impl Store for PostgresStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(MIGRATIONS.run(&self.pool).await?)
    }

    async fn check(&self) -> Result<(), StoreError> {
        let applied = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&self.pool)
            .await?;
        migrations::check(&MIGRATIONS, applied)
    }

    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(i64, String)],
    ) -> Result<PutProfiles, StoreError> {
        profiles::put(&self.pool, kind, profiles).await
    }

    async fn profile(
        &self,
        kind: ProfileKind,
        id: i64,
    ) -> Result<Option<StoredProfile>, StoreError> {
        profiles::get(&self.pool, kind, id).await
    }

    async fn profiles(
        &self,
        kind: ProfileKind,
        ids: &[i64],
    ) -> Result<Vec<(i64, String)>, StoreError> {
        profiles::get_many(&self.pool, kind, ids).await
    }

    async fn delete_profile(&self, kind: ProfileKind, id: i64) -> Result<bool, StoreError> {
        profiles::delete(&self.pool, kind, id).await
    }

    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        profiles::get_after(&self.pool, kind, after, limit).await
    }

    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError> {
        profiles::changes(&self.pool, kind, since, limit).await
    }

    async fn accept(
        &self,
        submission: &Submission,
        dispatched: bool,
    ) -> Result<Accepted, StoreError> {
        accept::accept(&self.pool, submission, dispatched).await
    }

    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        jobs::job(&self.pool, id).await
    }

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        jobs::batch(&self.pool, id).await
    }

    async fn report_dependency(
        &self,
        id: &JobId,
        outcome: DependencyOutcome,
    ) -> Result<bool, StoreError> {
        dependencies::report(&self.pool, id, outcome).await
    }

    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError> {
        dispatch::due(&self.pool, queue, window).await
    }

    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        dispatch::undo(&self.pool, ids).await
    }

    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
    ) -> Result<u64, StoreError> {
        dispatch::undo_stale(&self.pool, queue, older_than).await
    }

    async fn expire_leases(&self, limit: u32) -> Result<ExpiredLeases, StoreError> {
        leases::expire(&self.pool, limit).await
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        match ended {
            Some(ended) => dependencies::follow_up(&self.pool, ended, limit).await,
            None => dependencies::sweep(&self.pool, &self.sweep_position, limit).await,
        }
    }

    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        leases::claim(&self.pool, id, worker, lease).await
    }

    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        leases::renew(&self.pool, leases, lease).await
    }

    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        outcome::record(&self.pool, claimed, results, failures).await
    }

    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        leases::give_back(&self.pool, claimed, after, Some(error), true).await
    }

    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        leases::give_back(&self.pool, claimed, after, reason, false).await
    }

    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        dead_letters::list(&self.pool, filter, page).await
    }

    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError> {
        dead_letters::groups(&self.pool, filter, limit).await
    }

    async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetterHistory>, StoreError> {
        dead_letters::find(&self.pool, id).await
    }

    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        dead_letters::retry(&self.pool, filter, page, action).await
    }

    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError> {
        dead_letters::edit(&self.pool, id, edits, action).await
    }

    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        dead_letters::purge(&self.pool, filter, page, action).await
    }

    async fn which_are_dead(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError> {
        dead_letters::which_are_dead(&self.pool, ids).await
    }

    async fn operator_actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Vec<RecordedAction>, StoreError> {
        operator_actions::list(&self.pool, page).await
    }

    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        cancelling::job(&self.pool, id, split_task_id, action).await
    }

    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        cancelling::batch(&self.pool, id, action).await
    }

    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        retention::forget_ended(&self.pool, older_than, limit).await
    }

    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        dead_letters::forget(&self.pool, older_than, limit).await
    }

    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        retention::forget_operator_actions(&self.pool, older_than, limit).await
    }

    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        retention::orphaned_documents(&self.pool, since, limit).await
    }

    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        retention::forget_orphaned_documents(&self.pool, keys).await
    }

    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        results::of_pair(&self.pool, pair).await
    }

    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: i64,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        results::of_profile(&self.pool, kind, id, page).await
    }

    async fn batch_results(
        &self,
        id: &BatchId,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        results::of_batch(&self.pool, id, page).await
    }

    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        results::best(&self.pool, scope, limit).await
    }

    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        results::reweigh(&self.pool, scope, weights, after, limit).await
    }

    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<Vec<String>, StoreError> {
        results::drop_batch_reports(&self.pool, scope).await
    }

    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        results::batches_without_report(&self.pool, limit).await
    }

    async fn save_batch_report(
        &self,
        id: &BatchId,
        report: &DocumentPlace,
    ) -> Result<(), StoreError> {
        results::save_batch_report(&self.pool, id, report).await
    }

    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentPlace>, StoreError> {
        results::batch_report(&self.pool, id).await
    }

    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        deliveries::claim(&self.pool, limit, lease).await
    }

    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        deliveries::record(&self.pool, id, outcome).await
    }

    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        deliveries::of_job(&self.pool, job_id).await
    }

    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        jobs::counts(&self.pool).await
    }
}
