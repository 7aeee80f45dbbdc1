//! Results and rankings.

use async_trait::async_trait;
use futures::TryStreamExt;
use tracing::instrument;

use super::{PostgresStore, stale::is_stale};
use crate::{
    domain::{
        identifiers::{BatchId, ProfileId},
        paging::Page,
        ranking::{RankedResult, ResultScope},
        task::Pair,
    },
    store::{
        Results, StoreError, StoredResult,
        rows::{RankedRow, ResultRow},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

#[async_trait]
impl Results for PostgresStore {
    #[instrument(
        name = "store.result",
        level = "debug",
        skip_all,
        fields(candidate.id = %pair.candidate_id, job_posting.id = %pair.job_posting_id)
    )]
    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        self.call(async {
            let row: Option<ResultRow> =
                sqlx::query_as(concat!(
"SELECT job_id, score, category, criterion_scores, score_cap, weights, document,
                     document_key, computed_at, ", is_stale!(), " AS is_stale
                 FROM results
                 WHERE candidate_id = $1 AND job_posting_id = $2"))
                .bind(pair.candidate_id)
                .bind(pair.job_posting_id)
                .fetch_optional(&self.pool)
                .await?;
            Ok(row.map(StoredResult::from))
        })
        .await
    }

    #[instrument(
        name = "store.ranked_results",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        self.call(async {
            // No score is above 1; the plain upper bound lets a later page start within the index.
            let sql = match kind {
                ProfileKind::Candidate => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     WHERE candidate_id = $1 AND score <= coalesce($3, 1) AND score >= $6
                         AND ($3 IS NULL OR score < $3 OR (candidate_id, job_posting_id) > ($4, $5))
                     ORDER BY score DESC, candidate_id, job_posting_id LIMIT $2")
                }
                ProfileKind::JobPosting => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     WHERE job_posting_id = $1 AND score <= coalesce($3, 1) AND score >= $6
                         AND ($3 IS NULL OR score < $3 OR (candidate_id, job_posting_id) > ($4, $5))
                     ORDER BY score DESC, candidate_id, job_posting_id LIMIT $2")
                }
            };
            let rows: Vec<RankedRow> = sqlx::query_as(sql)
                .bind(id)
                .bind(i64::from(page.limit))
                .bind(page.after.map(|cursor| cursor.score))
                .bind(page.after.map(|cursor| cursor.candidate_id))
                .bind(page.after.map(|cursor| cursor.job_posting_id))
                .bind(page.min_score)
                .fetch_all(&self.pool)
                .await?;
            Ok(rows.into_iter().map(RankedResult::from).collect())
        })
        .await
    }

    #[instrument(name = "store.rank_batch", level = "debug", skip_all, fields(batch.id = %id))]
    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError> {
        self.call(async {
            let mut rows = sqlx::query_as::<_, RankedRow>(concat!(
                "WITH pairs AS (
                     SELECT DISTINCT
                         CASE subject_kind WHEN 'candidate' THEN subject_id
                             ELSE counterpart_id END AS candidate_id,
                         CASE subject_kind WHEN 'candidate' THEN counterpart_id
                             ELSE subject_id END AS job_posting_id
                     FROM tasks CROSS JOIN LATERAL unnest(counterpart_ids) AS counterpart_id
                     WHERE batch_id = $1 AND state = 'completed'
                 )
                 SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ",
                is_stale!(),
                " AS is_stale
                 FROM pairs JOIN results USING (candidate_id, job_posting_id)
                 ORDER BY score DESC, candidate_id, job_posting_id"
            ))
            .bind(id.as_str())
            .fetch(&self.pool);
            while let Some(row) = rows.try_next().await? {
                take(RankedResult::from(row));
            }
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.best_results", level = "debug", skip_all)]
    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        self.call(async {
            let sql = match (scope.candidate_id, scope.job_posting_id) {
                (None, None) => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     ORDER BY score DESC, candidate_id, job_posting_id LIMIT $3")
                }
                (Some(_), None) => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     WHERE candidate_id = $1
                     ORDER BY score DESC, candidate_id, job_posting_id LIMIT $3")
                }
                (None, Some(_)) => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     WHERE job_posting_id = $2
                     ORDER BY score DESC, candidate_id, job_posting_id LIMIT $3")
                }
                (Some(_), Some(_)) => {
                    concat!("SELECT candidate_id, job_posting_id, job_id, score, category, computed_at, ", is_stale!(), " AS is_stale
                     FROM results
                     WHERE candidate_id = $1 AND job_posting_id = $2 LIMIT $3")
                }
            };
            let rows: Vec<RankedRow> = sqlx::query_as(sql)
                .bind(scope.candidate_id)
                .bind(scope.job_posting_id)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            Ok(rows.into_iter().map(RankedResult::from).collect())
        })
        .await
    }
}
