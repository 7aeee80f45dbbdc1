//! Results for exports.

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::BatchId,
        ranking::{RankedResult, ResultScope},
        task::Pair,
    },
    store::StoreError,
};

/// Lists results for exports.
#[async_trait]
pub trait ResultLists: Send + Sync + 'static {
    /// Returns at most `limit` results of a scope after this pair, in the order of their pairs, so
    /// that a caller can page through all of them.
    async fn results_after(
        &self,
        scope: ResultScope,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError>;

    /// Returns the pairs of a batch's completed matches whose results are stale, or were replaced by
    /// jobs of other batches or by single jobs.
    async fn outdated_in_batch(&self, id: &BatchId) -> Result<Vec<Pair>, StoreError>;
}
