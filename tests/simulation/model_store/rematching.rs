//! The pairs whose results are to be computed again.

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::{CandidateId, JobPostingId, ProfileId},
        ranking::ResultScope,
        task::Pair,
    },
    store::{ChangeMark, ChangedDocument, Rematching, Results, StoreError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::ModelStore;

fn counterpart(kind: ProfileKind, pair: Pair) -> ProfileId {
    match kind {
        ProfileKind::Candidate => pair.job_posting_id.without_kind(),
        ProfileKind::JobPosting => pair.candidate_id.without_kind(),
    }
}

#[async_trait]
impl Rematching for ModelStore {
    async fn matched_counterparts(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        limit: u32,
    ) -> Result<Vec<ProfileId>, StoreError> {
        let scope = ResultScope {
            candidate_id: CandidateId::of_profile(kind, id),
            job_posting_id: JobPostingId::of_profile(kind, id),
        };
        let best = self.best_results(scope, limit).await?;
        Ok(best.iter().map(|one| counterpart(kind, one.pair)).collect())
    }

    async fn changed_documents(
        &self,
        kind: ProfileKind,
        mark: ChangeMark,
        limit: u32,
        counterparts: u32,
    ) -> Result<Vec<ChangedDocument>, StoreError> {
        let mut ledger = self.ledger();
        let stored = ledger.profiles_of(kind).iter();
        let stored = stored.filter(|(_, row)| row.document.is_some());
        let mut changed: Vec<ChangedDocument> = stored
            .map(|(id, row)| ChangedDocument {
                id: *id,
                mark: ChangeMark {
                    document_version: row.document_version,
                    profile: id.number(),
                },
                stale: vec![],
            })
            .filter(|one| one.mark > mark)
            .collect();
        changed.sort_by_key(|one| one.mark);
        changed.truncate(limit as usize);
        for one in &mut changed {
            let rows = ledger.results.iter().filter(|(pair, row)| {
                let (id, version) = match kind {
                    ProfileKind::Candidate => {
                        (pair.candidate_id.without_kind(), row.versions.candidate)
                    }
                    ProfileKind::JobPosting => {
                        (pair.job_posting_id.without_kind(), row.versions.job_posting)
                    }
                };
                id == one.id && version != one.mark.document_version
            });
            let stale = rows.map(|(pair, _)| counterpart(kind, *pair));
            one.stale = stale.take(counterparts as usize).collect();
        }
        Ok(changed)
    }
}
