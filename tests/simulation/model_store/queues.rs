//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;
use matching::{
    domain::{
        operator_action::OperatorAction,
        queue_depth::{QueueDepth, QueuePause},
        queue_name::QueueName,
        task::TaskState,
    },
    store::{Queues, StoreError},
};

use super::{ModelStore, TaskRow};

#[async_trait]
impl Queues for ModelStore {
    async fn pause_queue(
        &self,
        queue: QueueName,
        reason: Option<&str>,
        action: &OperatorAction,
    ) -> Result<bool, StoreError> {
        let mut ledger = self.ledger();
        if ledger.paused.contains_key(&queue) {
            return Ok(false);
        }
        let pause = QueuePause {
            at: ledger.now,
            actor: action.actor.clone(),
            reason: reason.map(str::to_owned),
        };
        ledger.paused.insert(queue, pause);
        ledger.insert_action(action, 0);
        Ok(true)
    }

    async fn resume_queue(
        &self,
        queue: QueueName,
        action: &OperatorAction,
    ) -> Result<bool, StoreError> {
        let mut ledger = self.ledger();
        let was_paused = ledger.paused.remove(&queue).is_some();
        if was_paused {
            ledger.insert_action(action, 0);
        }
        Ok(was_paused)
    }

    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError> {
        let ledger = self.ledger();
        let now = ledger.now;
        let depths = QueueName::ALL.into_iter().map(|queue| {
            let rows = || ledger.tasks.iter().filter(|row| row.task.queue == queue);
            let count = |wanted: &dyn Fn(&TaskRow) -> bool| {
                i64::try_from(rows().filter(|row| wanted(row)).count()).unwrap()
            };
            let in_state = |state| count(&|row| row.state == state);
            let is_ready = |row: &&TaskRow| {
                row.state == TaskState::Queued
                    && (row.dispatched_at.is_some() || row.next_attempt_at <= now)
            };
            let oldest = rows().filter(is_ready).map(|row| row.next_attempt_at).min();
            QueueDepth {
                queue,
                waiting: in_state(TaskState::Waiting),
                queued: in_state(TaskState::Queued),
                dispatched: count(&|row| {
                    row.state == TaskState::Queued && row.dispatched_at.is_some()
                }),
                processing: in_state(TaskState::Processing),
                dead: in_state(TaskState::Failed),
                ended: count(&|row| row.finished_at.is_some_and(|at| at > now - drained_over)),
                oldest_seconds: oldest.map(|at| (now - at).as_seconds_f64().max(0.0)),
                pause: ledger.paused.get(&queue).cloned(),
            }
        });
        Ok(depths.collect())
    }
}
