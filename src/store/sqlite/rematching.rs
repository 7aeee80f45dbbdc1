//! The pairs whose results are to be computed again.

use async_trait::async_trait;
use tracing::instrument;

use super::SqliteStore;
use crate::{
    domain::identifiers::ProfileId,
    store::{
        ChangeMark, ChangedDocument, Rematching, StoreError,
        rows::{ChangedDocumentRow, changed_documents},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

#[async_trait]
impl Rematching for SqliteStore {
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
                "SELECT job_posting_id FROM results WHERE candidate_id = ?1
                 ORDER BY score DESC, job_posting_id LIMIT ?2"
            }
            ProfileKind::JobPosting => {
                "SELECT candidate_id FROM results WHERE job_posting_id = ?1
                 ORDER BY score DESC, candidate_id LIMIT ?2"
            }
        };
        let found = sqlx::query_scalar(sql).bind(id).bind(limit);
        Ok(found.fetch_all(&self.readers).await?)
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
        macro_rules! changed {
            ($id:literal, $counterpart:literal, $version:literal) => {
                concat!(
                    "SELECT id, document_version, counterpart_id FROM (
                         SELECT changed.id, document_version, ",
                    $counterpart,
                    " AS counterpart_id,
                             row_number() OVER (PARTITION BY changed.id) AS place
                         FROM (
                             SELECT profile_id AS id, document_version FROM profile_versions
                             WHERE kind = ?5 AND deleted_at IS NULL
                                 AND (document_version, profile_id) > (?1, ?2)
                             ORDER BY document_version, profile_id LIMIT ?3
                         ) AS changed
                         LEFT JOIN results ON ",
                    $id,
                    " = changed.id AND ",
                    $version,
                    " <> changed.document_version
                     ) WHERE place <= ?4 ORDER BY document_version, id"
                )
            };
        }
        let sql = match kind {
            ProfileKind::Candidate => {
                changed!("candidate_id", "job_posting_id", "candidate_version")
            }
            ProfileKind::JobPosting => {
                changed!("job_posting_id", "candidate_id", "job_posting_version")
            }
        };
        let rows: Vec<ChangedDocumentRow> = sqlx::query_as(sql)
            .bind(mark.document_version)
            .bind(mark.profile)
            .bind(limit)
            .bind(counterparts)
            .bind(kind.as_str())
            .fetch_all(&self.readers)
            .await?;
        Ok(changed_documents(rows))
    }
}
