//! Reweighing: gives stored results the scores and categories of other weights. Their documents are
//! rewritten when they are read.
//!
//! Results are reweighed in steps, each a short transaction, so that a million of them hold no lock
//! for long. A reader meanwhile sees some results with the old weights and some with the new. The
//! operation is idempotent, so a call that failed can be repeated.

use tracing::info;

use crate::{
    domain::ranking::{RankedResult, ResultScope},
    store::{BatchReports, NewWeights, Results, Reweighing, StoreError},
};
use matching_engine::scoring::{Category, Weights, weight_shares};

/// The number of results of one step.
const STEP: u32 = 1_000;

/// The outcome of a reweighing.
#[derive(Debug, Clone)]
pub struct Reweighed {
    /// The number of reweighed results.
    pub updated: u64,
    /// The top results among them.
    pub best: Vec<RankedResult>,
}

/// Reweighs the results of a scope, and returns the top `limit` of them. A result that is computed
/// again later has the weights of that computation.
///
/// # Errors
/// If the database fails; some steps may have been committed.
pub async fn reweigh(
    store: &(impl Reweighing + BatchReports + Results + ?Sized),
    scope: ResultScope,
    weights: &Weights,
    limit: u32,
) -> Result<Reweighed, StoreError> {
    let weights = new_weights(weights);
    let mut updated = 0;
    let mut after = None;
    let stepped = loop {
        match store.reweigh_results(scope, &weights, after, STEP).await {
            Ok(pairs) if pairs.is_empty() => break Ok(()),
            Ok(pairs) => {
                updated += pairs.len() as u64;
                after = pairs.last().copied();
            }
            Err(error) => break Err(error),
        }
    };
    // Also after a failure: a saved report must not show scores that were replaced.
    let dropped = store.drop_batch_reports(scope).await;
    stepped?;
    dropped?;
    info!(results = updated, "results were reweighed");
    let best = store.best_results(scope, limit).await?;
    Ok(Reweighed { updated, best })
}

/// Returns weights with the numbers that the engine derives from them.
pub fn new_weights(weights: &Weights) -> NewWeights {
    NewWeights {
        document: serde_json::to_string(weights).unwrap_or_default(),
        shares: weight_shares(weights),
        categories: Category::ALL
            .map(|category| (category.lowest_score(), category.as_str()))
            .to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use async_trait::async_trait;

    use super::*;
    use crate::{
        domain::{
            identifiers::{BatchId, ProfileId},
            paging::Page,
            task::Pair,
        },
        service::fakes::id_of,
        store::{DocumentLocation, StoredResult},
    };
    use matching_engine::profiles::profile_kind::ProfileKind;

    /// Results of which the first step is reweighed and the second fails.
    #[derive(Default)]
    struct FailsAfterAStep {
        steps: Mutex<Vec<Option<Pair>>>,
        dropped_reports: Mutex<Vec<ResultScope>>,
    }

    fn first_pair() -> Pair {
        Pair {
            candidate_id: id_of(1),
            job_posting_id: id_of(2),
        }
    }

    #[async_trait]
    impl Reweighing for FailsAfterAStep {
        async fn reweigh_results(
            &self,
            _scope: ResultScope,
            _weights: &NewWeights,
            after: Option<Pair>,
            _limit: u32,
        ) -> Result<Vec<Pair>, StoreError> {
            self.steps.lock().unwrap().push(after);
            match after {
                None => Ok(vec![first_pair()]),
                Some(_) => Err(StoreError::TimedOut {
                    limit: Duration::from_secs(1),
                }),
            }
        }
    }

    #[async_trait]
    impl BatchReports for FailsAfterAStep {
        async fn batch_report(&self, _: &BatchId) -> Result<Option<DocumentLocation>, StoreError> {
            unreachable!()
        }

        async fn batches_without_report(&self, _: u32) -> Result<Vec<BatchId>, StoreError> {
            unreachable!()
        }

        async fn report_generation(&self, _: &BatchId) -> Result<Option<i64>, StoreError> {
            unreachable!()
        }

        async fn save_batch_report(
            &self,
            _: &BatchId,
            _: i64,
            _: &DocumentLocation,
        ) -> Result<(), StoreError> {
            unreachable!()
        }

        async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
            self.dropped_reports.lock().unwrap().push(scope);
            Ok(())
        }
    }

    #[async_trait]
    impl Results for FailsAfterAStep {
        async fn result(&self, _: Pair) -> Result<Option<StoredResult>, StoreError> {
            unreachable!()
        }

        async fn ranked_results(
            &self,
            _: ProfileKind,
            _: ProfileId,
            _: &Page,
        ) -> Result<Vec<RankedResult>, StoreError> {
            unreachable!()
        }

        async fn rank_batch(
            &self,
            _: &BatchId,
            _: &mut (dyn FnMut(RankedResult) + Send),
        ) -> Result<(), StoreError> {
            unreachable!()
        }

        async fn best_results(
            &self,
            _: ResultScope,
            _: u32,
        ) -> Result<Vec<RankedResult>, StoreError> {
            unreachable!()
        }
    }

    #[tokio::test]
    async fn after_a_failed_step_the_reports_of_the_steps_before_are_dropped_all_the_same() {
        let store = FailsAfterAStep::default();
        let scope = ResultScope {
            candidate_id: Some(id_of(1)),
            job_posting_id: None,
        };
        let failed = reweigh(&store, scope, &Weights::default(), 10).await;
        assert!(matches!(failed, Err(StoreError::TimedOut { .. })));
        assert_eq!(*store.steps.lock().unwrap(), [None, Some(first_pair())]);
        assert_eq!(*store.dropped_reports.lock().unwrap(), [scope]);
    }
}
