//! The states of jobs and batches that callers wait for.

use async_trait::async_trait;
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchState, JobState},
    },
    store::{
        StoreError, Watching,
        rows::{JobStateRow, WantedMatches, job_states},
    },
};

#[async_trait]
impl Watching for PostgresStore {
    #[instrument(name = "store.job_states", level = "debug", skip_all)]
    async fn job_states(
        &self,
        wanted: &[(JobId, Option<String>)],
    ) -> Result<Vec<JobState>, StoreError> {
        self.call(async {
            let ids: Vec<&str> = wanted.iter().map(|(id, _)| id.as_str()).collect();
            let held: Vec<Option<&str>> = wanted.iter().map(|(_, held)| held.as_deref()).collect();
            let of_batches = WantedMatches::of(wanted);
            let batch_ids: Vec<&str> = of_batches.batch_ids.iter().map(BatchId::as_str).collect();
            let rows: Vec<JobStateRow> = sqlx::query_as(
                "SELECT * FROM (
                     SELECT wanted.id AS wanted_id, held, state || '.' || lease_token AS version,
                         batch_id, queue, state, subject_kind, subject_id,
                         counterpart_ids[1] AS counterpart_id, depends_on, user_id, traceparent,
                         webhook_url IS NOT NULL AS has_receiver, attempts, next_attempt_at,
                         error_code, error_detail, created_at, started_at, finished_at
                     FROM unnest($1::text[], $2::text[]) AS wanted (id, held)
                     JOIN tasks ON job_id = wanted.id
                     WHERE job_id = ANY ($1)
                     UNION ALL
                     SELECT wanted.id, held, state || '.' || lease_token,
                         tasks.batch_id, queue, state, subject_kind, subject_id,
                         counterpart_ids[array_position(positions, wanted.position)], depends_on,
                         user_id, traceparent, webhook_url IS NOT NULL, attempts, next_attempt_at,
                         error_code, error_detail, created_at, started_at, finished_at
                     FROM unnest($3::text[], $4::text[], $5::integer[], $6::text[])
                         AS wanted (id, batch_id, position, held)
                     JOIN tasks ON tasks.batch_id = wanted.batch_id
                         AND wanted.position BETWEEN first_position AND last_position
                         AND wanted.position = ANY (positions)
                     WHERE tasks.batch_id = ANY ($4)
                 ) AS found
                 WHERE version IS DISTINCT FROM held",
            )
            .bind(ids)
            .bind(held)
            .bind(&of_batches.ids)
            .bind(batch_ids)
            .bind(&of_batches.positions)
            .bind(&of_batches.held)
            .fetch_all(&self.pool)
            .await?;
            job_states(rows)
        })
        .await
    }

    #[instrument(name = "store.batch_states", level = "debug", skip_all)]
    async fn batch_states(&self, wanted: &[BatchId]) -> Result<Vec<BatchState>, StoreError> {
        self.call(async {
            let ids: Vec<&str> = wanted.iter().map(BatchId::as_str).collect();
            let rows = super::jobs::batches(&self.pool, &ids).await?;
            rows.into_iter()
                .map(|(id, row)| row.into_view(id).map(BatchState::from))
                .collect()
        })
        .await
    }
}
