//! Reweighing: other weights for stored results, without reading a profile or a document.

use async_trait::async_trait;

use crate::{
    domain::{ranking::ResultScope, task::Pair},
    store::StoreError,
};
use matching_engine::scoring::Criterion;

/// The reweighing of stored results.
#[async_trait]
pub trait Reweighing: Send + Sync + 'static {
    /// Reweighs the next `limit` results of a scope, in the order of their pairs and after the pair
    /// `after`: stores the weights, and the score and category that the engine gives with them.
    /// Returns the pairs in order; none at the end of the scope. Skips results of older versions,
    /// which have no scores of criteria.
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &NewWeights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError>;
}

/// Other weights for stored results, with the numbers that the engine derives from them. The store
/// contains none of the engine's formulas; it repeats the arithmetic with these numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWeights {
    /// The weights, a JSON object of all criteria, as they are stored with each result.
    pub document: String,
    /// Each criterion's share of the weights, in the order of [`Criterion::ALL`].
    pub shares: [f64; Criterion::ALL.len()],
    /// The lowest score and the wire name of each category, best first.
    pub categories: Vec<(f64, &'static str)>,
}
