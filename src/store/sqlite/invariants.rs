//! The ledger's invariants as SQL, each answered by indexes: unfinished work by the partial ones,
//! ended work by the time of its end. Each statement returns the first ids that break its
//! invariant, and their total count.

use async_trait::async_trait;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::store::{
    Finding, Invariant, InvariantFindings, InvariantLimits, Invariants, StoreError, rows::EXAMPLES,
};

/// Selects batches that have not ended, or ended recently.
macro_rules! batches_in_scope {
    () => {
        "SELECT id, total, remaining, purged, finished_at FROM batches WHERE finished_at IS NULL
         UNION ALL
         SELECT id, total, remaining, purged, finished_at FROM batches
         WHERE finished_at > (SELECT now FROM clock) - ?2"
    };
}

/// Selects completed and failed tasks; the first condition is that of a partial index. Completed
/// tasks of batches have no index of their own: they are found through their batch, which ends no
/// earlier.
macro_rules! ended_tasks {
    () => {
        concat!(
            "SELECT * FROM tasks WHERE batch_id IS NULL AND state IN ('completed', 'cancelled')
                 AND state = 'completed' AND finished_at > (SELECT now FROM clock) - ?2
             UNION ALL
             SELECT * FROM tasks
             WHERE state = 'failed' AND finished_at > (SELECT now FROM clock) - ?2
             UNION ALL
             SELECT tasks.* FROM (",
            batches_in_scope!(),
            ") AS batch JOIN tasks ON batch_id = batch.id
             WHERE state = 'completed' AND tasks.finished_at > (SELECT now FROM clock) - ?2"
        )
    };
}

const BATCH_POSITIONS: &str = concat!(
    "SELECT batch_id, count(*) OVER () FROM (
         SELECT batch.id AS batch_id, total, purged, count(place.value) AS places,
             count(DISTINCT place.value) AS different,
             min(place.value) AS first, max(place.value) AS last
         FROM (",
    batches_in_scope!(),
    ") AS batch LEFT JOIN tasks ON tasks.batch_id = batch.id
             LEFT JOIN json_each(tasks.positions) AS place
         GROUP BY batch.id, total, purged
     )
     WHERE places + purged <> total OR different <> places OR first < 1 OR last > total
     ORDER BY batch_id LIMIT ?1"
);

const BATCH_REMAINING: &str = concat!(
    "SELECT id, count(*) OVER () FROM (",
    batches_in_scope!(),
    ") AS batch WHERE remaining <> (
         SELECT coalesce(sum(json_array_length(positions)), 0) FROM tasks
         WHERE batch_id = batch.id AND state IN ('waiting', 'queued', 'processing'))
     ORDER BY id LIMIT ?1"
);

const BATCH_END: &str = concat!(
    "SELECT id, count(*) OVER () FROM (",
    batches_in_scope!(),
    ") AS batch WHERE (finished_at IS NULL) <> EXISTS (
         SELECT 1 FROM tasks
         WHERE batch_id = batch.id AND state IN ('waiting', 'queued', 'processing'))
     ORDER BY id LIMIT ?1"
);

const COMPLETED_RESULTS: &str = concat!(
    "SELECT job, count(*) OVER () FROM (
         SELECT coalesce(task.job_id, task.batch_id || '-' || (task.positions ->> one.key)) AS job,
             task.subject_kind, task.subject_id, one.value AS counterpart_id
         FROM (",
    ended_tasks!(),
    ") AS task JOIN json_each(task.counterpart_ids) AS one WHERE task.state = 'completed'
     )
     WHERE NOT EXISTS (
         SELECT 1 FROM results
         WHERE candidate_id = CASE subject_kind
                 WHEN 'candidate' THEN subject_id ELSE counterpart_id END
             AND job_posting_id = CASE subject_kind
                 WHEN 'candidate' THEN counterpart_id ELSE subject_id END)
     ORDER BY job LIMIT ?1"
);

const LEASES: &str = "SELECT id, count(*) OVER () FROM tasks
     WHERE state = 'processing'
         AND (lease_until IS NULL OR lease_until <= (SELECT now FROM clock) - ?2)
     ORDER BY id LIMIT ?1";

const DISPATCHED_TASKS: &str = "SELECT id, count(*) OVER () FROM tasks
     WHERE state = 'queued' AND dispatched_at <= (SELECT now FROM clock) - ?2
     ORDER BY id LIMIT ?1";

/// Uses the sweep's expression, except that the end of a parent that still runs is the greatest
/// integer.
const DEPENDENCIES: &str = "SELECT id, count(*) OVER () FROM (
         SELECT id, created_at, waits_until, coalesce(
             (SELECT CASE WHEN parent.state IN ('completed', 'failed', 'cancelled')
                  THEN parent.finished_at ELSE 9223372036854775807 END
              FROM tasks AS parent WHERE parent.job_id = child.depends_on),
             (SELECT CASE WHEN parent.state IN ('completed', 'failed', 'cancelled')
                  THEN parent.finished_at ELSE 9223372036854775807 END
              FROM tasks AS parent
              WHERE parent.batch_id = child.depends_on_batch
                  AND child.depends_on_position
                      BETWEEN parent.first_position AND parent.last_position
                  AND child.depends_on_position IN (SELECT value FROM json_each(parent.positions))),
             (SELECT coalesce(finished_at, 9223372036854775807) FROM batches
              WHERE id = child.depends_on),
             (SELECT reported_at FROM dependency_reports WHERE id = child.depends_on),
             9223372036854775807) AS parent_ended_at
         FROM tasks AS child WHERE state = 'waiting'
     )
     WHERE min(max(parent_ended_at, created_at), waits_until) <= (SELECT now FROM clock) - ?2
     ORDER BY id LIMIT ?1";

/// A delivery's id ends with the task's run and the match's position: a dead letter that was
/// retried also has an older delivery.
/// After a purge, a job of the same name may have older deliveries.
const MATCH_WEBHOOKS: &str = concat!(
    "SELECT job, count(*) OVER () FROM (
         SELECT coalesce(task.job_id, task.batch_id || '-' || place.value) AS job, task.state,
             task.created_at, '_' || task.lease_token || '_' || place.value AS run
         FROM (",
    ended_tasks!(),
    ") AS task JOIN json_each(task.positions) AS place
         WHERE task.webhook_url IS NOT NULL
             AND (task.webhook_events = 'each' OR task.batch_id IS NULL)
     ) AS ended
     WHERE (
         SELECT count(*) FROM webhook_deliveries AS delivery
         WHERE delivery.job_id = job AND event_type = 'match.' || ended.state
             AND substr(delivery.id, -length(run)) = run
             AND delivery.created_at >= ended.created_at) <> 1
     ORDER BY job LIMIT ?1"
);

/// A batch that a retry reopened also has older deliveries.
const BATCH_WEBHOOKS: &str = "SELECT id, count(*) OVER () FROM (
         SELECT id,
             (SELECT count(*) FROM webhook_deliveries
              WHERE job_id = batches.id AND event_type = 'batch.completed'
                  AND created_at >= batches.finished_at) AS announced,
             EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id
                 AND webhook_url IS NOT NULL AND webhook_events = 'batch') AS has_receiver
         FROM batches WHERE finished_at > (SELECT now FROM clock) - ?2
     ) AS batch
     WHERE announced > 1 OR (announced = 0 AND has_receiver)
     ORDER BY id LIMIT ?1";

/// Deliveries to a paused endpoint wait for its answer.
const DELIVERIES_ON_TIME: &str = "SELECT id, count(*) OVER () FROM webhook_deliveries AS delivery
     WHERE state = 'pending' AND next_attempt_at <= (SELECT now FROM clock) - ?2
         AND NOT EXISTS (SELECT 1 FROM webhook_endpoints AS known
             WHERE known.endpoint = delivery.endpoint
                 AND paused_until > (SELECT now FROM clock) - ?2)
     ORDER BY id LIMIT ?1";

const RESULT_DOCUMENTS: &str = "SELECT job_id, count(*) OVER () FROM results
     WHERE document IS NULL AND document_key IS NULL
     ORDER BY job_id LIMIT ?1";

/// The statement of each invariant that SQL can check. Parameters: the maximum number of ids, and
/// the limit that [`InvariantLimits`] sets, if any.
const STATEMENTS: [(Invariant, &str); 11] = [
    (Invariant::BatchPositions, BATCH_POSITIONS),
    (Invariant::BatchRemaining, BATCH_REMAINING),
    (Invariant::BatchEnd, BATCH_END),
    (Invariant::CompletedResults, COMPLETED_RESULTS),
    (Invariant::Leases, LEASES),
    (Invariant::DispatchedTasks, DISPATCHED_TASKS),
    (Invariant::Dependencies, DEPENDENCIES),
    (Invariant::MatchWebhooks, MATCH_WEBHOOKS),
    (Invariant::BatchWebhooks, BATCH_WEBHOOKS),
    (Invariant::DeliveriesOnTime, DELIVERIES_ON_TIME),
    (Invariant::ResultDocuments, RESULT_DOCUMENTS),
];

#[async_trait]
impl Invariants for SqliteStore {
    #[instrument(name = "store.check_invariants", level = "debug", skip_all)]
    async fn check_invariants(
        &self,
        limits: &InvariantLimits,
    ) -> Result<InvariantFindings, StoreError> {
        // A reader's transaction sees the database as of its first statement.
        let mut snapshot = self.readers.begin().await?;
        let mut findings = Vec::with_capacity(STATEMENTS.len());
        for (invariant, sql) in STATEMENTS {
            let mut query = sqlx::query_as(sql).bind(EXAMPLES);
            if let Some(limit) = limits.of(invariant) {
                query = query.bind(milliseconds(limit));
            }
            let rows = query.fetch_all(&mut *snapshot).await?;
            findings.push(Finding::of_rows(invariant, rows));
        }
        let dead_letters: i64 =
            sqlx::query_scalar("SELECT count(*) FROM tasks WHERE state = 'failed'")
                .fetch_one(&mut *snapshot)
                .await?;
        let given_up: i64 =
            sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE state = 'failed'")
                .fetch_one(&mut *snapshot)
                .await?;
        snapshot.rollback().await?;
        Ok(InvariantFindings {
            findings,
            dead_letters: u64::try_from(dead_letters).unwrap_or(0),
            given_up_deliveries: u64::try_from(given_up).unwrap_or(0),
        })
    }
}
