//! Giving stored results other weights: their scores and categories, not their profiles or
//! documents, which readers get made anew.
//!
//! Results are taken in steps, each its own short transaction, so that a million of them hold no
//! lock for long. Whoever reads meanwhile sees some results with the old weights and some with the
//! new. A second run changes nothing that the first did, so a call that ended early is repeated.

use tracing::info;

use crate::store::{BatchReports, RankedResult, ResultScope, Results, Reweighing, StoreError};
use matching_engine::scoring::Weights;

/// Results of one step.
const STEP: u32 = 1_000;

/// What was done.
#[derive(Debug, Clone)]
pub struct Reweighed {
    /// How many results have the weights now.
    pub updated: u64,
    /// The best of them.
    pub best: Vec<RankedResult>,
}

/// Gives the results of a scope these weights, and returns the best `limit` of them. A result that
/// is computed anew later has the weights of that computation again.
///
/// # Errors
/// When the database fails; some steps may have been taken then.
pub async fn reweigh(
    store: &(impl Reweighing + BatchReports + Results + ?Sized),
    scope: ResultScope,
    weights: &Weights,
    limit: u32,
) -> Result<Reweighed, StoreError> {
    let mut updated = 0;
    let mut after = None;
    let stepped = loop {
        match store.reweigh_results(scope, weights, after, STEP).await {
            Ok(pairs) if pairs.is_empty() => break Ok(()),
            Ok(pairs) => {
                updated += pairs.len() as u64;
                after = pairs.last().copied();
            }
            Err(error) => break Err(error),
        }
    };
    // However far it came: a saved report must not show scores that are no more.
    let dropped = store.drop_batch_reports(scope).await;
    stepped?;
    dropped?;
    info!(results = updated, "results were given other weights");
    let best = store.best_results(scope, limit).await?;
    Ok(Reweighed { updated, best })
}
