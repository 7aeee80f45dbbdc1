//! The PostgreSQL adapter: for several processes, any size, and what production runs on.
//!
//! One file for each part of [`Store`]. Rows are locked with `SKIP LOCKED` so that processes never
//! queue behind each other; arrays travel through `unnest`, so a chunk of 500 results is one
//! statement.
//!
//! Every call goes through [`PostgresStore::call`]: a breaker that turns it away at once while the
//! server is away, and a limit to how long it may take, since a connection whose packets vanish
//! reports nothing for a quarter of an hour. Only migrations and inspections may take as long as
//! they need. What keeps accepted work going (claims, the profiles of attempts, leases, outcomes,
//! dispatch, deliveries) has connections of its own, which requests can't take.

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
mod together;

use std::{
    str::FromStr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use futures::FutureExt;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::mpsc;

use self::{accept::PlainMatch, leases::Claim, together::CallsTogether};
use super::{
    Accepted, BatchView, Cancelled, DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup,
    DeadLetterHistory, DeadLetterStep, DeliveryOutcome, DeliveryView, DependencyReport,
    DispatchRound, DocumentPlace, Edited, ExpiredLeases, FailedMatches, Forgotten, Guarded,
    Inspection, JobView, KeptDocument, LedgerCounts, LedgerInspection, NewResult, NewestFirst,
    Page, PostponedDeliveries, ProfileChanges, ProfilePart, ProfileReader, PutProfiles, QueueDepth,
    RankedResult, ReadProfile, Recorded, RecordedAction, ResolvedDependencies, ResultScope,
    Revision, Store, StoreError, StoredProfile, StoredResult, migrations, waiting::SweepPosition,
};
use crate::breaker::{Breaker, BreakerSettings};
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
    LazyLock::new(|| migrations::of(sqlx_macros::migrate!("migrations/postgres")));

/// A connection that was used this recently is taken for good without asking it.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long a connection may take to show that it still works.
const PING_LIMIT: Duration = Duration::from_secs(1);
/// The server ends a statement at its own limit; the client's comes this much later, so that it
/// means that no server answers.
const CLIENT_MARGIN: Duration = Duration::from_secs(1);

/// How much to ask of the server, and how patiently.
#[derive(Debug, Clone, Copy)]
pub struct PostgresSettings {
    /// Connections of this process; at least 2.
    pub max_connections: u32,
    /// How long a call waits for one of them.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// When calls to a server that is away are paused.
    pub breaker: BreakerSettings,
}

/// The store in a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    /// For requests, and for what may wait behind them.
    pool: PgPool,
    /// For claims, the profiles of attempts, leases, outcomes, dispatch and deliveries.
    work_pool: PgPool,
    breaker: Breaker,
    call_limit: Duration,
    sweep_position: Arc<SweepPosition>,
    together: Arc<CallsTogether>,
}

impl PostgresStore {
    /// Prepares connections without connecting, so that a process can start while the database is
    /// away.
    ///
    /// # Errors
    /// When the URL can't be read.
    pub fn connect_lazy(url: &str, settings: &PostgresSettings) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("matching");
        let (for_requests, for_work) = shares(settings.max_connections);
        let call_limit = settings.acquire_timeout + settings.statement_timeout + CLIENT_MARGIN;
        let requests = pool(settings, for_requests).connect_lazy_with(options.clone());
        let work = pool(settings, for_work).connect_lazy_with(options);
        Ok(Self {
            together: Arc::new(CallsTogether::new(&requests, &work, call_limit)),
            pool: requests,
            work_pool: work,
            breaker: Breaker::new("the database", settings.breaker),
            call_limit,
            sweep_position: Arc::default(),
        })
    }

    /// How many calls were tried alone because the statement that they shared with others failed, for
    /// tests; operators find it in the log.
    pub fn calls_tried_alone(&self) -> u64 {
        self.together.tried_alone()
    }

    /// The pool, for tests that look at rows.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Makes a call unless the server is away, and for as long as is reasonable.
    fn call<'a, T: 'a>(
        &'a self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'a {
        self.breaker
            .call(StoreError::is_outage, self.within_limit(call))
    }

    /// Makes a call for as long as is reasonable. On the heap, since a transaction's future is large and
    /// would be moved from wrapper to wrapper.
    fn within_limit<'a, T: 'a>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'a {
        let limit = self.call_limit;
        tokio::time::timeout(limit, Box::pin(call))
            .map(move |answer| answer.unwrap_or(Err(StoreError::TimedOut { limit })))
    }
}

/// How many connections are for requests, and how many for accepted work. Each has half and work the
/// odd one: it takes all that the pools of tasks and webhooks, renewals and sweeps ask for at once.
fn shares(max_connections: u32) -> (u32, u32) {
    let for_requests = (max_connections / 2).max(1);
    let for_work = max_connections.saturating_sub(for_requests).max(1);
    (for_requests, for_work)
}

/// Connections that are asked before they are trusted, within a limit: the library's own check
/// would wait for ever on one whose packets vanish, and keep its place in the pool meanwhile.
fn pool(settings: &PostgresSettings, connections: u32) -> PgPoolOptions {
    let limit = settings.statement_timeout.as_millis();
    // A client that vanished in a transaction would hold its locks for as long as its connection
    // seems alive. Compiling a plan takes seconds where running it takes milliseconds. A plan that was
    // made while a table was nearly empty may be kept when it no longer is.
    let session = format!(
        "SET jit = off; SET enable_seqscan = off; SET statement_timeout = {limit};
         SET idle_in_transaction_session_timeout = {limit}"
    );
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(move |connection, _| {
            let session = AssertSqlSafe(session.clone());
            Box::pin(async move {
                connection.execute(session).await?;
                Ok(())
            })
        })
        .test_before_acquire(false)
        .before_acquire(|connection, usage| {
            Box::pin(async move {
                Ok(usage.idle_for < TRUSTED_IDLE || answers_to(connection.ping()).await)
            })
        })
        // A call that was given up leaves its answer in the connection; this reads it, or gives the
        // connection up as well. The library asks once more by itself, which can't be turned off.
        .after_release(|connection, _| {
            Box::pin(async move { Ok(answers_to(connection.execute(OWN_PLANS)).await) })
        })
}

/// Statements that many small calls share are planned once: making a plan takes longer than the statement of
/// a single match, and PostgreSQL would make one each time, since it takes one row for cheaper than the ten
/// that it expects of an array. Whatever the tables were like then, rows are found by their ids: where it
/// joins them with what was asked for, such a statement asks for `id = ANY ($1)` as well.
const ONE_PLAN: &str = "SET plan_cache_mode = force_generic_plan";
/// How other calls find a connection.
const OWN_PLANS: &str = "RESET plan_cache_mode";

async fn answers_to<T>(question: impl Future<Output = Result<T, sqlx::Error>>) -> bool {
    tokio::time::timeout(PING_LIMIT, question)
        .await
        .is_ok_and(|answer| answer.is_ok())
}

/// Seconds as PostgreSQL's `make_interval(secs => …)` takes them.
fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[async_trait]
impl Store for PostgresStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        // Without a limit: a migration may rewrite a large table, or wait for another process's.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.pool.options().get_acquire_timeout())
            .connect_lazy_with((*self.pool.connect_options()).clone());
        let migrating = async { Ok(MIGRATIONS.run(&pool).await?) };
        let outcome = self.breaker.call(StoreError::is_outage, migrating).await;
        pool.close().await;
        outcome
    }

    async fn check(&self) -> Result<(), StoreError> {
        let looking = async {
            Ok(
                sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                    .fetch_one(&self.pool)
                    .await?,
            )
        };
        migrations::check(&MIGRATIONS, self.call(looking).await?)
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }

    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(i64, String)],
    ) -> Result<PutProfiles, StoreError> {
        self.call(profiles::put(&self.pool, kind, profiles)).await
    }

    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        self.call(profiles::put_parts(&self.pool, kind, parts))
            .await
    }

    async fn profile(
        &self,
        kind: ProfileKind,
        id: i64,
    ) -> Result<Option<StoredProfile>, StoreError> {
        self.call(profiles::get(&self.pool, kind, id)).await
    }

    async fn profiles(
        &self,
        reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(i64, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        match reader {
            ProfileReader::Request => {
                self.call(profiles::get_many(&self.pool, kind, wanted))
                    .await
            }
            ProfileReader::Attempt => self.call(self.together.read(kind, wanted)).await,
        }
    }

    async fn delete_profile(&self, kind: ProfileKind, id: i64) -> Result<bool, StoreError> {
        self.call(profiles::delete(&self.pool, kind, id)).await
    }

    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        self.call(profiles::get_after(&self.pool, kind, after, limit))
            .await
    }

    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError> {
        self.call(profiles::changes(&self.pool, kind, since, limit))
            .await
    }

    async fn accept(
        &self,
        submission: &Submission,
        dispatched: bool,
    ) -> Result<Accepted, StoreError> {
        match PlainMatch::of(submission, dispatched) {
            Some(plain) => {
                self.call(self.together.accept(plain)).await?;
                Ok(Accepted::New)
            }
            None => {
                self.call(accept::accept(&self.pool, submission, dispatched))
                    .await
            }
        }
    }

    async fn accepted_before(
        &self,
        submission: &Submission,
    ) -> Result<Option<Accepted>, StoreError> {
        self.call(accept::accepted_before(&self.pool, submission))
            .await
    }

    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        if let Some(single) = self.call(self.together.look_up(id)).await? {
            return Ok(Some(single));
        }
        self.call(jobs::of_batch(&self.pool, id)).await
    }

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        self.call(jobs::batch(&self.pool, id)).await
    }

    async fn report_dependency(
        &self,
        id: &JobId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        self.call(dependencies::report(&self.pool, id, outcome))
            .await
    }

    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError> {
        self.call(dispatch::due(&self.work_pool, queue, window))
            .await
    }

    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        self.call(dispatch::undo(&self.work_pool, ids)).await
    }

    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let undoing = dispatch::undo_stale(&self.work_pool, queue, older_than, limit);
        self.call(undoing).await
    }

    async fn expire_leases(&self, limit: u32) -> Result<ExpiredLeases, StoreError> {
        self.call(leases::expire(&self.work_pool, limit)).await
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        if let Some(ended) = ended {
            let looking = dependencies::follow_up(&self.work_pool, ended, limit);
            return self.call(looking).await;
        }
        let looking = dependencies::sweep(&self.work_pool, &self.sweep_position, limit);
        self.call(looking).await
    }

    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let claim = Claim {
            id: id.clone(),
            worker: worker.to_owned(),
            lease,
        };
        self.call(self.together.claim(claim)).await
    }

    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        self.call(leases::renew(&self.work_pool, leases, lease))
            .await
    }

    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        self.call(self.together.record(claimed, results, failures))
            .await
    }

    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        self.call(leases::give_back(
            &self.work_pool,
            claimed,
            after,
            Some(error),
            true,
        ))
        .await
    }

    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        self.call(leases::give_back(
            &self.work_pool,
            claimed,
            after,
            reason,
            false,
        ))
        .await
    }

    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        self.call(leases::release_all(&self.work_pool, leases))
            .await
    }

    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.call(dead_letters::list(&self.pool, filter, page))
            .await
    }

    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError> {
        self.call(dead_letters::groups(&self.pool, filter, limit))
            .await
    }

    async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetterHistory>, StoreError> {
        self.call(dead_letters::find(&self.pool, id)).await
    }

    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        self.call(dead_letters::retry(&self.pool, filter, page, action))
            .await
    }

    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError> {
        self.call(dead_letters::edit(&self.pool, id, edits, action))
            .await
    }

    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<DeadLetterStep, StoreError> {
        self.call(dead_letters::purge(&self.pool, filter, page, action))
            .await
    }

    async fn which_are_dead(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError> {
        self.call(dead_letters::which_are_dead(&self.pool, ids))
            .await
    }

    async fn operator_actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Vec<RecordedAction>, StoreError> {
        self.call(operator_actions::list(&self.pool, page)).await
    }

    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        self.call(cancelling::job(&self.pool, id, split_task_id, action))
            .await
    }

    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        self.call(cancelling::batch(&self.pool, id, action)).await
    }

    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        self.call(retention::forget_ended(&self.pool, older_than, limit))
            .await
    }

    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.call(dead_letters::forget(&self.pool, older_than, limit))
            .await
    }

    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.call(retention::forget_operator_actions(
            &self.pool, older_than, limit,
        ))
        .await
    }

    async fn announce_documents(
        &self,
        keys: &[String],
        within: Duration,
    ) -> Result<(), StoreError> {
        self.call(retention::announce_documents(&self.work_pool, keys, within))
            .await
    }

    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        self.call(retention::orphaned_documents(&self.pool, since, limit))
            .await
    }

    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        self.call(retention::forget_orphaned_documents(&self.pool, keys))
            .await
    }

    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        self.call(results::of_pair(&self.pool, pair)).await
    }

    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: i64,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        self.call(results::of_profile(&self.pool, kind, id, page))
            .await
    }

    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError> {
        self.call(results::rank_batch(&self.pool, id, take)).await
    }

    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        self.call(results::best(&self.pool, scope, limit)).await
    }

    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        self.call(results::reweigh(&self.pool, scope, weights, after, limit))
            .await
    }

    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
        self.call(results::drop_batch_reports(&self.pool, scope))
            .await
    }

    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        self.call(results::batches_without_report(&self.pool, limit))
            .await
    }

    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError> {
        self.call(results::report_generation(&self.pool, id)).await
    }

    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentPlace,
    ) -> Result<(), StoreError> {
        let saving = results::save_batch_report(&self.pool, id, generation, report);
        self.call(saving).await
    }

    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentPlace>, StoreError> {
        self.call(results::batch_report(&self.pool, id)).await
    }

    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError> {
        self.call(deliveries::claim(&self.work_pool, limit, lease, except))
            .await
    }

    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError> {
        let pool = &self.work_pool;
        self.call(deliveries::postpone(
            pool,
            receiver,
            pause,
            give_up_after,
            reason,
        ))
        .await
    }

    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        self.call(deliveries::record(&self.work_pool, id, outcome))
            .await
    }

    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        self.call(deliveries::of_job(&self.pool, job_id)).await
    }

    async fn pause_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        self.call(queues::pause(&self.pool, queue)).await
    }

    async fn resume_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        self.call(queues::resume(&self.pool, queue)).await
    }

    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError> {
        self.call(queues::depths(&self.pool, drained_over)).await
    }

    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        self.call(jobs::counts(&self.pool)).await
    }

    async fn inspect(&self, inspection: &Inspection) -> Result<LedgerInspection, StoreError> {
        // Without a limit, since a large ledger takes its time; and not through the breaker, where it
        // could be the probe that everybody waits for.
        invariants::inspect(&self.pool, inspection).await
    }

    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError> {
        self.call(invariants::kept_documents(&self.pool, after, limit))
            .await
    }

    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError> {
        self.call(invariants::keeps_document(&self.pool, key)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_has_at_least_half_of_the_connections_and_requests_have_the_rest() {
        for (all, expected) in [(2, (1, 1)), (3, (1, 2)), (7, (3, 4)), (20, (10, 10))] {
            assert_eq!(shares(all), expected);
        }
    }
}
