//! Reweighing: other weights for stored results, computed by one statement for each step.

use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use tracing::instrument;

use super::SqliteStore;
use crate::{
    domain::{ranking::ResultScope, task::Pair},
    store::{
        NewWeights, Reweighing, StoreError,
        reweighing::{Dialect, PairRow, pairs_in_order},
    },
};

/// SQLite's dialect of the statement.
const DIALECT: Dialect = Dialect {
    parameter: '?',
    criterion_score: |at| format!("criterion_scores ->> '$[{at}]'"),
    whole: |number| format!("CAST({number} AS INTEGER)"),
    smaller: "min",
    locking: "",
};

#[async_trait]
impl Reweighing for SqliteStore {
    #[instrument(name = "store.reweigh_results", level = "debug", skip_all)]
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &NewWeights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
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
            .bind(limit);
        for (lowest_score, name) in &weights.categories {
            query = query.bind(lowest_score).bind(*name);
        }
        let rows: Vec<PairRow> = query.fetch_all(&self.writer).await?;
        Ok(pairs_in_order(rows))
    }
}
