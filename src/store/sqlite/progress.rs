//! Progress: whether work that is ready moves.

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::{
    domain::queue_name::QueueName,
    store::{
        COUNTED_DELIVERIES, EXAMINED_ENDPOINTS, NAMED_PROCESSES, NEWEST_ENDS, Progress,
        ProgressLimits, StoreError, WorkProgress,
        rows::{DeliveryProgressRow, ProcessRow, QueueProgressRow},
    },
};

#[async_trait]
impl Progress for SqliteStore {
    #[instrument(name = "store.work_progress", level = "debug", skip_all)]
    async fn work_progress(&self, limits: &ProgressLimits) -> Result<WorkProgress, StoreError> {
        // The tasks with a pointer are at most those of the window, and running ones at most those
        // of the pools; each other value is one end of an index. Only due tasks have a pointer, so
        // `dispatched_seconds` needs no condition on the time.
        let queues: Vec<QueueProgressRow> = sqlx::query_as(
            "SELECT named.value AS queue,
                 (clock.now - (
                     SELECT min(next_attempt_at) FROM tasks
                     WHERE queue = named.value AND state = 'queued' AND dispatched_at IS NULL
                         AND next_attempt_at <= clock.now)) / 1000.0 AS undispatched_seconds,
                 (clock.now - (
                     SELECT min(next_attempt_at) FROM tasks
                     WHERE queue = named.value AND state = 'queued'
                         AND dispatched_at IS NOT NULL)) / 1000.0 AS dispatched_seconds,
                 (clock.now - (
                     SELECT max(finished_at) FROM tasks
                     WHERE queue = named.value AND finished_at IS NOT NULL
                 )) / 1000.0 AS last_end_seconds,
                 EXISTS (
                     SELECT 1 FROM tasks WHERE state = 'processing' AND lease_until > clock.now
                         AND queue = named.value) AS is_running,
                 (SELECT count(*) FROM processes
                  WHERE seen_at > clock.now - ?2
                      AND named.value IN (SELECT value FROM json_each(queues))
                      AND named.value NOT IN (SELECT value FROM json_each(queues_down))
                 ) AS workers,
                 (SELECT count(*) FROM (
                      SELECT finished_at FROM tasks
                      WHERE queue = named.value AND finished_at IS NOT NULL
                      ORDER BY finished_at DESC LIMIT ?5)
                  WHERE finished_at > clock.now - ?3) AS ended,
                 (SELECT count(*) FROM (
                      SELECT finished_at, state, error_code FROM tasks
                      WHERE queue = named.value AND finished_at IS NOT NULL
                      ORDER BY finished_at DESC LIMIT ?5)
                  WHERE finished_at > clock.now - ?3 AND state = 'failed'
                      AND error_code NOT IN (SELECT value FROM json_each(?4))) AS failed,
                 (SELECT min(error_code) FROM (
                      SELECT finished_at, state, error_code FROM tasks
                      WHERE queue = named.value AND finished_at IS NOT NULL
                      ORDER BY finished_at DESC LIMIT ?5)
                  WHERE finished_at > clock.now - ?3 AND state = 'failed'
                      AND error_code NOT IN (SELECT value FROM json_each(?4))) AS failure,
                 paused.paused_at, paused.actor AS paused_by, paused.reason AS pause_reason
             FROM clock CROSS JOIN json_each(?1) AS named
             LEFT JOIN paused_queues AS paused ON paused.queue = named.value
             ORDER BY named.key",
        )
        .bind(Json(QueueName::ALL.map(QueueName::as_str)))
        .bind(milliseconds(limits.silent_after))
        .bind(milliseconds(limits.failed_within))
        .bind(Json(limits.faults_of_callers))
        .bind(NEWEST_ENDS)
        .fetch_all(&self.readers)
        .await?;
        let deliveries: DeliveryProgressRow = sqlx::query_as(
            "WITH RECURSIVE examined (endpoint, number) AS (
                 SELECT min(endpoint), 1 FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 1
                 UNION ALL
                 SELECT (SELECT min(endpoint) FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due = 1
                             AND endpoint > examined.endpoint), number + 1
                 FROM examined WHERE endpoint IS NOT NULL AND number < ?3
             ), due (since) AS (
                 SELECT min(next_attempt_at) FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 0
                 UNION ALL
                 SELECT (SELECT next_attempt_at FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due = 1 AND endpoint = examined.endpoint
                         ORDER BY pending_since, id LIMIT 1)
                 FROM examined
                 WHERE endpoint NOT IN (
                     SELECT endpoint FROM webhook_endpoints
                     WHERE paused_until > (SELECT now FROM clock) - ?1)
             )
             SELECT (clock.now - (SELECT min(since) FROM due)) / 1000.0 AS due_seconds,
                 (SELECT count(*) FROM (
                      SELECT 1 FROM webhook_deliveries
                      WHERE state = 'failed' AND finished_at > clock.now - ?1 LIMIT ?2)
                 ) AS given_up,
                 (SELECT count(*) FROM (
                      SELECT 1 FROM webhook_endpoints
                      WHERE paused_until > clock.now - ?1 LIMIT ?2)
                 ) AS unanswering_endpoints,
                 last.endpoint AS paused_endpoint,
                 last.paused_until AS endpoint_paused_until,
                 last.paused_until <= clock.now AS is_pause_over,
                 last.reason AS endpoint_pause_reason
             FROM clock LEFT JOIN (
                 SELECT endpoint, paused_until, reason FROM webhook_endpoints
                 WHERE paused_until > (SELECT now FROM clock) - ?1
                 ORDER BY paused_until DESC LIMIT 1
             ) AS last ON true",
        )
        .bind(milliseconds(limits.failed_within))
        .bind(COUNTED_DELIVERIES)
        .bind(EXAMINED_ENDPOINTS)
        .fetch_one(&self.readers)
        .await?;
        let faulty: Vec<ProcessRow> = sqlx::query_as(
            "SELECT id, role, queues, queues_down, faults, version, host, system_id, started_at,
                 seen_at
             FROM processes
             WHERE seen_at > (SELECT now FROM clock) - ?1 AND faults <> '{}'
             ORDER BY started_at, id LIMIT ?2",
        )
        .bind(milliseconds(limits.silent_after))
        .bind(NAMED_PROCESSES)
        .fetch_all(&self.readers)
        .await?;
        deliveries.into_progress(queues, faulty)
    }
}
