//! Results and rankings.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::DocumentLocation;
use crate::{
    domain::{
        identifiers::{BatchId, JobId, ProfileId},
        paging::Page,
        ranking::{RankedResult, ResultScope},
        task::Pair,
    },
    store::StoreError,
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Criterion};

/// The newest result of each pair.
#[async_trait]
pub trait Results: Send + Sync + 'static {
    /// Returns the newest result of a pair.
    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError>;

    /// Returns a page of the results of one profile, best first.
    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError>;

    /// Passes the results of a batch's completed matches to `take` one by one, best first. The
    /// database sorts them once; this process doesn't hold them in memory, however large the batch.
    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError>;

    /// Returns the top `limit` results of a scope.
    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError>;
}

/// The score of each criterion in [0, 1], to four digits, in the order of [`Criterion::ALL`];
/// `None` for a criterion without data.
pub type CriterionScores = [Option<f64>; Criterion::ALL.len()];

/// The newest result of a pair.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The id of the job that computed it.
    pub job_id: JobId,
    /// The score, in [0, 1].
    pub score: f64,
    /// The category's wire name.
    pub category: String,
    /// The score of each criterion; `None` for results of older versions, which stored none.
    pub criterion_scores: Option<Vec<Option<f64>>>,
    /// The upper limit of the score, if a must-have is not met.
    pub score_cap: Option<f64>,
    /// The weights of a later reweighing, a JSON object of all criteria; `None` if the weights in
    /// the document apply.
    pub weights: Option<String>,
    /// The document, or its key.
    pub document: DocumentLocation,
    /// The time at which it was recorded.
    pub computed_at: DateTime<Utc>,
    /// True if a profile was changed after it was read for this result.
    pub is_stale: bool,
}
