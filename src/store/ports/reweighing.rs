//! Reweighing: other weights for stored results, without reading a profile or a document.

use async_trait::async_trait;

use super::ResultScope;
use crate::{domain::task::Pair, store::StoreError};
use matching_engine::scoring::Weights;

/// The reweighing of stored results.
#[async_trait]
pub trait Reweighing: Send + Sync + 'static {
    /// Gives the next `limit` results of a scope, in the order of their pairs and after the pair
    /// `after`, the score and category that the engine gives them with these weights, and notes the
    /// weights. Returns the pairs in order; none at the end of the scope. Results of versions that
    /// kept no scores of criteria are skipped.
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError>;
}
