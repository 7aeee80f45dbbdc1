//! The states of jobs and batches that callers wait for.

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::SqliteStore;
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
impl Watching for SqliteStore {
    #[instrument(name = "store.job_states", level = "debug", skip_all)]
    async fn job_states(
        &self,
        wanted: &[(JobId, Option<String>)],
    ) -> Result<Vec<JobState>, StoreError> {
        let singles: Vec<(&str, Option<&str>)> = wanted
            .iter()
            .map(|(id, held)| (id.as_str(), held.as_deref()))
            .collect();
        let matches = WantedMatches::of(wanted);
        let of_batches: Vec<(&str, &str, i32, Option<&str>)> = (0..matches.ids.len())
            .map(|n| {
                let batch_id = matches.batch_ids[n].as_str();
                (
                    matches.ids[n],
                    batch_id,
                    matches.positions[n],
                    matches.held[n],
                )
            })
            .collect();
        let rows: Vec<JobStateRow> = sqlx::query_as(
            "SELECT * FROM (
                 SELECT wanted.value ->> 0 AS wanted_id, wanted.value ->> 1 AS held,
                     state || '.' || lease_token AS version, batch_id, queue, state, subject_kind,
                     subject_id, counterpart_ids ->> 0 AS counterpart_id, depends_on, user_id, traceparent,
                     webhook_url IS NOT NULL AS has_receiver, attempts, next_attempt_at, error_code,
                     error_detail, created_at, started_at, finished_at
                 FROM json_each(?1) AS wanted CROSS JOIN tasks ON job_id = wanted.value ->> 0
                 UNION ALL
                 SELECT wanted.value ->> 0, wanted.value ->> 3, state || '.' || lease_token,
                     batch_id, queue, state, subject_kind, subject_id,
                     counterpart_ids ->> place.key, depends_on, user_id, traceparent, webhook_url IS NOT NULL,
                     attempts, next_attempt_at, error_code, error_detail, created_at, started_at,
                     finished_at
                 FROM json_each(?2) AS wanted
                 CROSS JOIN tasks ON batch_id = wanted.value ->> 1
                     AND (wanted.value ->> 2) BETWEEN first_position AND last_position
                 CROSS JOIN json_each(positions) AS place ON place.value = wanted.value ->> 2
             )
             WHERE version IS NOT held",
        )
        .bind(Json(singles))
        .bind(Json(of_batches))
        .fetch_all(&self.readers)
        .await?;
        job_states(rows)
    }

    #[instrument(name = "store.batch_states", level = "debug", skip_all)]
    async fn batch_states(&self, wanted: &[BatchId]) -> Result<Vec<BatchState>, StoreError> {
        let ids: Vec<&str> = wanted.iter().map(BatchId::as_str).collect();
        let rows = super::jobs::batches(&self.readers, &ids).await?;
        rows.into_iter()
            .map(|(id, row)| row.into_view(id).map(BatchState::from))
            .collect()
    }
}
