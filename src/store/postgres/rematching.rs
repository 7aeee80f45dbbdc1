//! The pairs whose results are to be computed again.

use async_trait::async_trait;
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::identifiers::ProfileId,
    store::{
        ChangeMark, ChangedDocument, Rematching, StoreError,
        rows::{ChangedDocumentRow, changed_documents},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

#[async_trait]
impl Rematching for PostgresStore {
    #[instrument(
        name = "store.matched_counterparts",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn matched_counterparts(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        limit: u32,
    ) -> Result<Vec<ProfileId>, StoreError> {
        let sql = match kind {
            ProfileKind::Candidate => {
                "SELECT job_posting_id FROM results WHERE candidate_id = $1
                 ORDER BY score DESC, job_posting_id LIMIT $2"
            }
            ProfileKind::JobPosting => {
                "SELECT candidate_id FROM results WHERE job_posting_id = $1
                 ORDER BY score DESC, candidate_id LIMIT $2"
            }
        };
        self.call(async {
            let found = sqlx::query_scalar(sql).bind(id).bind(i64::from(limit));
            Ok(found.fetch_all(&self.pool).await?)
        })
        .await
    }

    #[instrument(
        name = "store.changed_documents",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn changed_documents(
        &self,
        kind: ProfileKind,
        mark: ChangeMark,
        limit: u32,
        counterparts: u32,
    ) -> Result<Vec<ChangedDocument>, StoreError> {
        // Transactions commit in any order: a version counts once all transactions up to it have
        // ended.
        macro_rules! changed {
            ($table:literal, $id:literal, $counterpart:literal, $version:literal) => {
                concat!(
                    "SELECT changed.id, document_version, counterpart_id
                     FROM (
                         SELECT id, document_version FROM ",
                    $table,
                    " WHERE (document_version, id) > ($1, $2)
                             AND document_version
                                 < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                         ORDER BY document_version, id LIMIT $3
                     ) AS changed
                     LEFT JOIN LATERAL (
                         SELECT ",
                    $counterpart,
                    " AS counterpart_id FROM results WHERE ",
                    $id,
                    " = changed.id AND ",
                    $version,
                    " <> changed.document_version LIMIT $4
                     ) AS stale ON true
                     ORDER BY document_version, changed.id"
                )
            };
        }
        let sql = match kind {
            ProfileKind::Candidate => changed!(
                "candidates",
                "candidate_id",
                "job_posting_id",
                "candidate_version"
            ),
            ProfileKind::JobPosting => changed!(
                "job_postings",
                "job_posting_id",
                "candidate_id",
                "job_posting_version"
            ),
        };
        self.call(async {
            let rows: Vec<ChangedDocumentRow> = sqlx::query_as(sql)
                .bind(mark.document_version)
                .bind(mark.profile)
                .bind(i64::from(limit))
                .bind(i64::from(counterparts))
                .fetch_all(&self.pool)
                .await?;
            Ok(changed_documents(rows))
        })
        .await
    }
}
