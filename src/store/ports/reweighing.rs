//! Reweighing: other weights for stored results, without reading a profile or a document.

use async_trait::async_trait;

use super::ResultScope;
use crate::{domain::task::Pair, store::StoreError};
use matching_engine::scoring::Criterion;

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
        weights: &NewWeights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError>;
}

/// Other weights for stored results, with the numbers that the engine derives from them. The store
/// knows none of the engine's formulas but repeats its arithmetic with these.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWeights {
    /// The weights, a JSON object of all criteria, as they are noted with each result.
    pub document: String,
    /// Each criterion's share of the weights, in the order of [`Criterion::ALL`].
    pub shares: [f64; Criterion::ALL.len()],
    /// The lowest score of each category with the category's wire name, best first.
    pub categories: Vec<(f64, &'static str)>,
}
