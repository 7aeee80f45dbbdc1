//! Retention: deletes ended work, in small steps.

use std::time::Duration;

use async_trait::async_trait;
use matching::{
    domain::{delivery::DeliveryState, identifiers::BatchId, task::TaskState},
    store::{Forgotten, Retention, StoreError},
};

use super::{ModelStore, TaskRow};

#[async_trait]
impl Retention for ModelStore {
    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now - older_than;
        let has_ended = |row: &TaskRow| {
            row.task.batch_id.is_none()
                && matches!(row.state, TaskState::Completed | TaskState::Cancelled)
                && row.finished_at.is_some_and(|at| at <= until)
        };
        let singles = ledger.first(limit, has_ended, |row| row.finished_at);
        let mut gone: Vec<String> = singles
            .iter()
            .filter_map(|index| ledger.tasks[*index].task.job_id.as_ref())
            .map(ToString::to_string)
            .collect();
        let mut index = 0;
        ledger.tasks.retain(|_| {
            index += 1;
            !singles.contains(&(index - 1))
        });
        let mut batches: Vec<_> = ledger
            .batches
            .iter()
            .filter(|batch| batch.finished_at.is_some_and(|at| at <= until))
            .filter(|batch| ledger.matches_in(&batch.id, TaskState::Failed) == 0)
            .collect();
        batches.sort_by_key(|batch| batch.finished_at);
        let batches: Vec<BatchId> = batches
            .into_iter()
            .take(limit as usize)
            .map(|batch| batch.id.clone())
            .collect();
        for id in &batches {
            if let Some(index) = ledger.batches.iter().position(|batch| batch.id == *id) {
                let batch = ledger.batches.remove(index);
                ledger.orphan(batch.report);
            }
            ledger.tasks.retain(|row| !row.is_of(id));
            gone.push(id.to_string());
        }
        ledger.keys.retain(|key| !gone.contains(&key.submission_id));
        let mut left = limit;
        let mut deliveries = 0;
        ledger.deliveries.retain(|row| {
            let goes = left > 0
                && row.state != DeliveryState::Pending
                && row.finished_at.is_some_and(|at| at <= until);
            left -= u32::from(goes);
            deliveries += u64::from(goes);
            !goes
        });
        let mut left = limit;
        let mut dependency_reports = 0;
        let reports = std::mem::take(&mut ledger.reports).into_iter();
        let kept = reports.filter(|report| {
            let goes = left > 0
                && report.reported_at <= until
                && !ledger.tasks.iter().any(|row| row.waits_for(&report.id));
            left -= u32::from(goes);
            dependency_reports += u64::from(goes);
            !goes
        });
        ledger.reports = kept.collect();
        Ok(Forgotten {
            submissions: gone.len() as u64,
            deliveries,
            dependency_reports,
        })
    }
}
