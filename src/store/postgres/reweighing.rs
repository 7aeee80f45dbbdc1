//! Reweighing: other weights for stored results, computed by one statement for each step.

use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::{ranking::ResultScope, task::Pair},
    store::{
        NewWeights, Reweighing, StoreError,
        reweighing::{Dialect, PairRow, pairs_in_order},
    },
};

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
        weights: &NewWeights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        self.call(async {
            // The text contains only the form of the scope and the number of categories, no values.
            let sql = DIALECT.reweigh(scope, weights.categories.len());
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for share in weights.shares {
                query = query.bind(share);
            }
            query = query
                .bind(&weights.document)
                .bind(scope.candidate_id)
                .bind(scope.job_posting_id)
                .bind(after.map_or(i64::MIN, |pair| pair.candidate_id.number()))
                .bind(after.map_or(i64::MIN, |pair| pair.job_posting_id.number()))
                .bind(i64::from(limit));
            for (lowest_score, name) in &weights.categories {
                query = query.bind(lowest_score).bind(*name);
            }
            let rows: Vec<PairRow> = query.fetch_all(&self.pool).await?;
            Ok(pairs_in_order(rows))
        })
        .await
    }
}
