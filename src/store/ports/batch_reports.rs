//! Batch reports: the saved rankings of ended batches.

use async_trait::async_trait;

use super::DocumentLocation;
use crate::{
    domain::{identifiers::BatchId, ranking::ResultScope},
    store::StoreError,
};

/// The saved rankings of ended batches.
#[async_trait]
pub trait BatchReports: Send + Sync + 'static {
    /// Returns the saved report, if there is one.
    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentLocation>, StoreError>;

    /// Returns ended batches whose report is not saved yet, in the order of their ends.
    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError>;

    /// Returns the generation of an ended batch's report, which changes whenever the ranking may
    /// have changed, or `None` while the batch runs.
    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError>;

    /// Saves the report of an ended batch. Does nothing if the ranking was read in an earlier
    /// generation than the batch's.
    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentLocation,
    ) -> Result<(), StoreError>;

    /// Drops the reports of ended batches with a match in the scope, so that they are written
    /// again. Raises the generation, which also refuses reports that are being written at the same
    /// time.
    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError>;
}
