//! Results for exports.

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, stale::is_stale};
use crate::{
    domain::{
        identifiers::{BatchId, CandidateId, JobPostingId},
        ranking::{RankedResult, ResultScope},
        task::Pair,
    },
    store::{ResultLists, StoreError, rows::RankedRow},
};

#[async_trait]
impl ResultLists for PostgresStore {
    #[instrument(name = "store.results_after", level = "debug", skip_all)]
    async fn results_after(
        &self,
        scope: ResultScope,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        // Each scope has an index in this order, or one of its beginning.
        macro_rules! results {
            ($condition:literal) => {
                concat!(
                    "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ",
                    is_stale!(),
                    " AS is_stale FROM results
                     WHERE (candidate_id, job_posting_id) > ($1, $2) AND ",
                    $condition,
                    " ORDER BY candidate_id, job_posting_id LIMIT $5"
                )
            };
        }
        let sql = match (scope.candidate_id, scope.job_posting_id) {
            (None, None) => results!("$3 IS NULL AND $4 IS NULL"),
            (Some(_), None) => results!("candidate_id = $3 AND $4 IS NULL"),
            (None, Some(_)) => results!("job_posting_id = $4 AND $3 IS NULL"),
            (Some(_), Some(_)) => results!("candidate_id = $3 AND job_posting_id = $4"),
        };
        self.call(async {
            let rows: Vec<RankedRow> = sqlx::query_as(sql)
                .bind(after.map_or(0, |pair| pair.candidate_id.number()))
                .bind(after.map_or(0, |pair| pair.job_posting_id.number()))
                .bind(scope.candidate_id)
                .bind(scope.job_posting_id)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            Ok(rows.into_iter().map(RankedResult::from).collect())
        })
        .await
    }

    #[instrument(
        name = "store.outdated_in_batch",
        level = "debug",
        skip_all,
        fields(batch.id = %id)
    )]
    async fn outdated_in_batch(&self, id: &BatchId) -> Result<Vec<Pair>, StoreError> {
        self.call(async {
            let rows: Vec<(CandidateId, JobPostingId)> = sqlx::query_as(concat!(
                "WITH pairs AS (
                     SELECT DISTINCT
                         CASE subject_kind WHEN 'candidate' THEN subject_id
                             ELSE counterpart_id END AS candidate_id,
                         CASE subject_kind WHEN 'candidate' THEN counterpart_id
                             ELSE subject_id END AS job_posting_id
                     FROM tasks CROSS JOIN LATERAL unnest(counterpart_ids) AS counterpart_id
                     WHERE batch_id = $1 AND state = 'completed'
                 )
                 SELECT candidate_id, job_posting_id
                 FROM pairs JOIN results USING (candidate_id, job_posting_id)
                 WHERE left(job_id, length($1) + 1) <> $1 || '-' OR ",
                is_stale!()
            ))
            .bind(id.as_str())
            .fetch_all(&self.pool)
            .await?;
            let pairs = rows.into_iter().map(|(candidate_id, job_posting_id)| Pair {
                candidate_id,
                job_posting_id,
            });
            Ok(pairs.collect())
        })
        .await
    }
}
