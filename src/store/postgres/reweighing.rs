//! Reweighing: other weights for stored results, computed by one statement for each step.

use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::task::Pair,
    store::{
        ResultScope, Reweighing, StoreError,
        reweighing::{Dialect, PairRow, pairs_in_order},
    },
};
use matching_engine::scoring::{Weights, weight_shares};

/// PostgreSQL's dialect of the statement. Rows are locked in the order of their pairs, as recording
/// results does.
const DIALECT: Dialect = Dialect {
    parameter: '$',
    criterion_score: |at| format!("criterion_scores[{}]", at + 1),
    whole: |number| format!("floor({number})"),
    smaller: "least",
    locking: "FOR UPDATE",
};

#[async_trait]
impl Reweighing for PostgresStore {
    #[instrument(name = "store.reweigh_results", level = "debug", skip_all)]
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &Weights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        self.call(async {
            // Only the scope's shape is written into the text, no value.
            let mut query = sqlx::query_as(AssertSqlSafe(DIALECT.reweigh(scope)));
            for share in weight_shares(weights) {
                query = query.bind(share);
            }
            let rows: Vec<PairRow> = query
                .bind(serde_json::to_string(weights).unwrap_or_default())
                .bind(scope.candidate_id)
                .bind(scope.job_posting_id)
                .bind(after.map_or(i64::MIN, |pair| pair.candidate_id))
                .bind(after.map_or(i64::MIN, |pair| pair.job_posting_id))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            Ok(pairs_in_order(rows))
        })
        .await
    }
}
