//! Results for exports.

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::BatchId,
        ranking::{RankedResult, ResultScope},
        task::Pair,
    },
    store::{ResultLists, Results, StoreError},
};

use super::ModelStore;

#[async_trait]
impl ResultLists for ModelStore {
    async fn results_after(
        &self,
        scope: ResultScope,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        let mut found = self.best_results(scope, u32::MAX).await?;
        found.retain(|one| after.is_none_or(|after| one.pair > after));
        found.sort_by_key(|one| one.pair);
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn outdated_in_batch(&self, id: &BatchId) -> Result<Vec<Pair>, StoreError> {
        let own = format!("{id}-");
        let mut outdated = Vec::new();
        let mut take = |one: RankedResult| {
            if one.is_stale || !one.job_id.as_str().starts_with(&own) {
                outdated.push(one.pair);
            }
        };
        self.rank_batch(id, &mut take).await?;
        Ok(outdated)
    }
}
