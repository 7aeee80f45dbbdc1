//! Jobs and batches as callers poll them, and the counts of the ledger.

use std::collections::BTreeMap;

use async_trait::async_trait;
use matching::{
    domain::{
        delivery::DeliveryState,
        identifiers::{BatchId, JobId},
        progress::{BatchView, JobView},
        task::TaskState,
    },
    store::{Jobs, LedgerCounts, StoreError},
};

use super::ModelStore;

#[async_trait]
impl Jobs for ModelStore {
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        let ledger = self.ledger();
        let Some((index, position)) = ledger.find_job(id) else {
            return Ok(None);
        };
        let row = &ledger.tasks[index];
        let mut matches = row.task.matches.iter();
        let one = matches.find(|one| row.task.job_id.is_some() || one.position == position);
        Ok(one.map(|one| JobView {
            job_id: id.clone(),
            state: row.state,
            queue: row.task.queue,
            pair: row.task.pair(one.counterpart_id),
            batch_id: row.task.batch_id.clone(),
            depends_on: row.depends_on.as_ref().map(|parent| parent.id.clone()),
            user_id: row.user_id.clone(),
            trace: row.task.trace,
            has_receiver: row.task.webhook_url.is_some(),
            attempts: row.attempts,
            next_attempt_at: (row.state == TaskState::Queued).then_some(row.next_attempt_at),
            error: row.error.clone(),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }))
    }

    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        let ledger = self.ledger();
        let count = |state| i64::try_from(ledger.matches_in(id, state)).unwrap();
        Ok(ledger.batch_row(id).map(|batch| BatchView {
            id: id.clone(),
            queue: batch.queue,
            subject_kind: batch.subject_kind,
            subject_id: batch.subject_id,
            user_id: batch.user_id.clone(),
            waiting: count(TaskState::Waiting),
            queued: count(TaskState::Queued),
            processing: count(TaskState::Processing),
            counts: ledger.batch_counts(batch),
            generation: batch.report_generation,
            created_at: batch.created_at,
            finished_at: batch.finished_at,
        }))
    }

    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        let ledger = self.ledger();
        let mut tasks = BTreeMap::new();
        for row in &ledger.tasks {
            if !matches!(row.state, TaskState::Completed | TaskState::Cancelled) {
                *tasks
                    .entry((row.task.queue, row.state.as_str()))
                    .or_insert(0) += 1;
            }
        }
        let deliveries = |state| {
            let rows = ledger.deliveries.iter();
            i64::try_from(rows.filter(|row| row.state == state).count()).unwrap()
        };
        Ok(LedgerCounts {
            tasks: tasks
                .into_iter()
                .filter_map(|((queue, state), count)| {
                    Some((queue, TaskState::parse(state)?, count))
                })
                .collect(),
            pending_deliveries: deliveries(DeliveryState::Pending),
            given_up_deliveries: deliveries(DeliveryState::Failed),
        })
    }
}
