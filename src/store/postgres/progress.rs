//! Progress: whether work that is ready moves.

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::{
    domain::queue_name::QueueName,
    store::{
        COUNTED_DELIVERIES, EXAMINED_ENDPOINTS, NAMED_PROCESSES, NEWEST_ENDS, Progress,
        ProgressLimits, StoreError, WorkProgress,
        rows::{DeliveryProgressRow, ProcessRow, QueueProgressRow},
    },
};

#[async_trait]
impl Progress for PostgresStore {
    #[instrument(name = "store.work_progress", level = "debug", skip_all)]
    async fn work_progress(&self, limits: &ProgressLimits) -> Result<WorkProgress, StoreError> {
        self.call(async {
            // The tasks with a pointer are at most those of the window, and running ones at most
            // those of the pools; each other value is one end of an index. Only due tasks have a
            // pointer, so `dispatched_seconds` needs no condition on the time.
            let queues: Vec<QueueProgressRow> = sqlx::query_as(
                "WITH running AS MATERIALIZED (
                     SELECT queue FROM tasks WHERE state = 'processing' AND lease_until > now()
                 )
                 SELECT named.queue,
                     extract(epoch FROM now() - (
                         SELECT min(next_attempt_at) FROM tasks
                         WHERE queue = named.queue AND state = 'queued' AND dispatched_at IS NULL
                             AND next_attempt_at <= now()
                     ))::double precision AS undispatched_seconds,
                     extract(epoch FROM now() - (
                         SELECT min(next_attempt_at) FROM tasks
                         WHERE queue = named.queue AND state = 'queued'
                             AND dispatched_at IS NOT NULL
                     ))::double precision AS dispatched_seconds,
                     extract(epoch FROM now() - newest.last_end)::double precision
                         AS last_end_seconds,
                     EXISTS (SELECT FROM running WHERE queue = named.queue) AS is_running,
                     (SELECT count(*) FROM processes
                      WHERE seen_at > now() - make_interval(secs => $2)
                          AND named.queue = ANY (queues)
                          AND named.queue <> ALL (queues_down)) AS workers,
                     newest.ended, newest.failed, newest.failure,
                     paused.paused_at, paused.actor AS paused_by, paused.reason AS pause_reason
                 FROM unnest($1::text[]) WITH ORDINALITY AS named (queue, place)
                 LEFT JOIN paused_queues AS paused ON paused.queue = named.queue
                 CROSS JOIN LATERAL (
                     SELECT max(finished_at) AS last_end,
                         count(*) FILTER (WHERE is_recent) AS ended,
                         count(*) FILTER (WHERE is_recent AND is_own_fault) AS failed,
                         min(error_code) FILTER (WHERE is_recent AND is_own_fault) AS failure
                     FROM (
                         SELECT finished_at, error_code,
                             finished_at > now() - make_interval(secs => $3) AS is_recent,
                             state = 'failed' AND error_code <> ALL ($4) AS is_own_fault
                         FROM tasks WHERE queue = named.queue AND finished_at IS NOT NULL
                         ORDER BY finished_at DESC LIMIT $5
                     ) AS one
                 ) AS newest
                 ORDER BY named.place",
            )
            .bind(QueueName::ALL.map(QueueName::as_str).as_slice())
            .bind(seconds(limits.silent_after))
            .bind(seconds(limits.failed_within))
            .bind(limits.faults_of_callers)
            .bind(i64::from(NEWEST_ENDS))
            .fetch_all(&self.pool)
            .await?;
            let deliveries: DeliveryProgressRow = sqlx::query_as(
                "WITH RECURSIVE examined (endpoint, number) AS (
                     SELECT min(endpoint), 1 FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due
                     UNION ALL
                     SELECT (SELECT min(endpoint) FROM webhook_deliveries
                             WHERE state = 'pending' AND is_due
                                 AND endpoint > examined.endpoint), number + 1
                     FROM examined WHERE endpoint IS NOT NULL AND number < $3
                 )
                 SELECT extract(epoch FROM now() - least(
                         (SELECT min(next_attempt_at) FROM webhook_deliveries
                          WHERE state = 'pending' AND NOT is_due),
                         (SELECT min(next_attempt_at) FROM examined
                          CROSS JOIN LATERAL (
                              SELECT next_attempt_at FROM webhook_deliveries
                              WHERE state = 'pending' AND is_due AND endpoint = examined.endpoint
                              ORDER BY pending_since, id LIMIT 1
                          ) AS next
                          WHERE NOT EXISTS (
                              SELECT FROM webhook_endpoints
                              WHERE endpoint = examined.endpoint
                                  AND paused_until > now() - make_interval(secs => $1)))
                     ))::double precision AS due_seconds,
                     (SELECT count(*) FROM (
                         SELECT FROM webhook_deliveries
                         WHERE state = 'failed'
                             AND finished_at > now() - make_interval(secs => $1)
                         LIMIT $2
                     ) AS failed) AS given_up,
                     (SELECT count(*) FROM (
                         SELECT FROM webhook_endpoints
                         WHERE paused_until > now() - make_interval(secs => $1)
                         LIMIT $2
                     ) AS paused) AS unanswering_endpoints,
                     last.endpoint AS paused_endpoint,
                     last.paused_until AS endpoint_paused_until,
                     last.paused_until <= now() AS is_pause_over,
                     last.reason AS endpoint_pause_reason
                 FROM (SELECT) AS one
                 LEFT JOIN LATERAL (
                     SELECT endpoint, paused_until, reason FROM webhook_endpoints
                     WHERE paused_until > now() - make_interval(secs => $1)
                     ORDER BY paused_until DESC LIMIT 1
                 ) AS last ON true",
            )
            .bind(seconds(limits.failed_within))
            .bind(i64::from(COUNTED_DELIVERIES))
            .bind(i64::from(EXAMINED_ENDPOINTS))
            .fetch_one(&self.pool)
            .await?;
            let faulty: Vec<ProcessRow> = sqlx::query_as(
                "SELECT id, role, queues, queues_down, faults, version, host, system_id, started_at,
                     seen_at
                 FROM processes
                 WHERE seen_at > now() - make_interval(secs => $1) AND faults <> '{}'
                 ORDER BY started_at, id LIMIT $2",
            )
            .bind(seconds(limits.silent_after))
            .bind(i64::from(NAMED_PROCESSES))
            .fetch_all(&self.pool)
            .await?;
            deliveries.into_progress(queues, faulty)
        })
        .await
    }
}
