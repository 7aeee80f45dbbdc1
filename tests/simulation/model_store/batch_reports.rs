//! Batch reports: the saved rankings of ended batches.

use async_trait::async_trait;
use matching::{
    domain::{identifiers::BatchId, ranking::ResultScope, task::TaskState},
    store::{BatchReports, DocumentLocation, StoreError},
};

use super::{ModelStore, results::is_in};

#[async_trait]
impl BatchReports for ModelStore {
    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentLocation>, StoreError> {
        let ledger = self.ledger();
        Ok(ledger.batch_row(id).and_then(|batch| batch.report.clone()))
    }

    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        let ledger = self.ledger();
        let mut missing: Vec<_> = ledger
            .batches
            .iter()
            .filter(|batch| batch.finished_at.is_some() && batch.report.is_none())
            .collect();
        missing.sort_by_key(|batch| batch.finished_at);
        let ids = missing.into_iter().map(|batch| batch.id.clone());
        Ok(ids.take(limit as usize).collect())
    }

    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError> {
        let ledger = self.ledger();
        let ended = ledger
            .batch_row(id)
            .filter(|batch| batch.finished_at.is_some());
        Ok(ended.map(|batch| batch.report_generation))
    }

    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentLocation,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let current = ledger
            .batch_mut(id)
            .filter(|batch| batch.finished_at.is_some() && batch.report_generation == generation);
        let Some(batch) = current else { return Ok(()) };
        let replaced = batch.report.replace(report.clone());
        ledger.orphan(replaced.filter(|replaced| replaced != report));
        ledger.adopt(report);
        Ok(())
    }

    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        for index in 0..ledger.batches.len() {
            let batch = &ledger.batches[index];
            // The two conditions of a scope may hold for different matches of a task.
            let has_match = ledger.tasks.iter().any(|row| {
                let pairs = || row.task.matches.iter();
                let pairs = || pairs().map(|one| row.task.pair(one.counterpart_id));
                let of_candidate = ResultScope {
                    job_posting_id: None,
                    ..scope
                };
                let of_posting = ResultScope {
                    candidate_id: None,
                    ..scope
                };
                row.is_of(&batch.id)
                    && row.state == TaskState::Completed
                    && pairs().any(|pair| is_in(of_candidate, pair))
                    && pairs().any(|pair| is_in(of_posting, pair))
            });
            if batch.finished_at.is_some() && has_match {
                ledger.drop_report(index);
            }
        }
        Ok(())
    }
}
